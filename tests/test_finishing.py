"""Restorers, upscalers and maskers by name: the host's and tiny nets in a model folder, through the engine."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images, provenance
from lib_roop.engine import Engine
from lib_roop.errors import ModelError, OptionError
from lib_roop.options import MASKS, OutputOptions, PostOptions, SwapUnit
from lib_roop.types import Image
from lib_roop.zoo import inswapper, maskers, restorers, upscalers
from lib_roop.zoo.cards import Listed
from tests import graphs_restorers as tiny
from tests.fakes import GREENER, FakeGate, FakeHost, FakeRestorer, Fakes, FakeUpscaler, row
from tests.graphs import write_pack
from tests.swappers.graphs import Toy
from tests.test_neural import PACK, people, unpinned

CARDS = (*inswapper.CARDS, *restorers.CARDS, *upscalers.CARDS, *maskers.CARDS)
KINDS: tuple[Listed, ...] = (PACK, *(unpinned(card) for card in CARDS))
FILES = {
    "gfpgan_1.4.onnx": tiny.gfpgan(),
    "codeformer.onnx": tiny.codeformer(),
    "RealESRGAN_x2plus.fp16.onnx": tiny.upscaler(2, unshuffled=2),
    "bisenet_resnet_18.onnx": tiny.parser(c1=(1, 0, 0), c17=(0, 0, 1)),
    "xseg_2.onnx": tiny.occluder(),
}
SOURCE, TARGET = people((200, 128), green=90), people((96, 96))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model folder with a tiny pack, a tiny inswapper_128, and nothing else."""
    folder = tmp_path / "models"
    write_pack(folder / "buffalo_l")
    (folder / "inswapper_128.onnx").write_bytes(Toy().data())
    return folder


def add(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(FILES[name])


def engine_on(folder: Path, **host: object) -> Engine:
    return Engine(FakeHost(folders=(folder,), **host), gate=FakeGate(), models=KINDS)  # type: ignore[arg-type]


def test_auto_takes_gfpgan_after_a_neural_swap_where_it_is_there(models: Path) -> None:
    plain = engine_on(models).swap(SOURCE, TARGET)
    assert plain.result.restorer.name == "none"
    assert plain.result.restorer.reason.startswith("auto found no restorer; get it with: roop models get gfpgan_1.4")
    add(models, "gfpgan_1.4.onnx")
    swap = engine_on(models).swap(SOURCE, TARGET)
    assert (swap.result.restorer.name, swap.result.models) == ("gfpgan_1.4", ("inswapper_128", "gfpgan_1.4"))
    brighter = swap.picture.rgb[118:128, 118:128, 1:].astype(int) - plain.picture.rgb[118:128, 118:128, 1:]
    assert np.abs(brighter - 25.5).max() <= 1.5
    assert engine_on(models).swap(SOURCE, TARGET, restorer="none").result.restorer.reason == ""


def test_auto_prefers_the_hosts_first_restorer(models: Path) -> None:
    add(models, "gfpgan_1.4.onnx")
    first, second = FakeRestorer("CodeFormer"), FakeRestorer("GFPGAN")
    engine = engine_on(models, own_restorers={"CodeFormer": first, "GFPGAN": second})
    assert engine.swap(SOURCE, TARGET).result.restorer.name == "CodeFormer"
    assert engine.swap(SOURCE, TARGET, restorer="GFPGAN", fidelity=0.9).result.restorer.name == "GFPGAN"
    assert (first.crops, second.crops, second.fidelity) == (1, 1, 0.9)


def test_a_picture_is_enhanced_by_the_nets_that_are_there(models: Path) -> None:
    add(models, "gfpgan_1.4.onnx", "RealESRGAN_x2plus.fp16.onnx")
    swap = engine_on(models).enhance(TARGET, PostOptions(upscaler="real_esrgan_x2"))
    assert swap.result.models == ("gfpgan_1.4", "real_esrgan_x2")
    height, width = TARGET.shape[:2]
    assert swap.picture.rgb.shape == (2 * height, 2 * width, 3)
    brighter = swap.picture.rgb[236:256:2, 236:256:2, 1:].astype(int) - TARGET[118:128, 118:128, 1:]
    assert np.abs(brighter - 25.5).max() <= 1.5


def test_auto_leaves_a_mesh_swap_and_says_so() -> None:
    fakes = Fakes(host=FakeHost(own_restorers={"blue": FakeRestorer()}))
    restorer = fakes.engine().swap(row(200), row(10)).result.restorer
    assert restorer.name == "none" and restorer.reason.startswith("auto restores what neural models of 128 pixels drew")
    assert fakes.engine().swap(row(200), row(10), restorer="blue").result.restorer.name == "blue"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"restorer": "gfpgan"}, "There is no restorer 'gfpgan'; did you mean 'gfpgan_1.4'?"),
        ({"upscaler": "lancsoz"}, "There is no upscaler 'lancsoz'; did you mean 'lanczos'?"),
        ({"enhance": "auto", "enhancer": "codeforme"}, "There is no restorer or upscaler 'codeforme'; did you mean"),
        ({"restorr": "none"}, "There is no option 'restorr'; did you mean 'restorer'?"),
        ({"mask": "hul"}, "There is no mask 'hul'; did you mean 'hull'?"),
        ({"mask": "hull:fether=1"}, "There is no edge of a mask 'fether'; did you mean 'feather'?"),
        ({"mask": "hull:top=2"}, "The top of the mask hull goes from 0 to 1, in parts of the face, not '2'."),
        ({"keep": "moth"}, "There is no choice for keep 'moth'; did you mean 'mouth'?"),
        ({"regions": ["skin", "noze"]}, "There is no choice for regions 'noze'; did you mean 'nose'?"),
    ],
)
def test_a_name_that_is_not_known_names_the_one_meant(models: Path, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        engine_on(models).swap(SOURCE, TARGET, **options)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "options",
    [
        {"restorer": "codeformer"},
        {"upscaler": "real_esrgan_x4"},
        {"mask": "regions"},
        {"mask": ["box", "occlusion"]},
        {"enhance": "always"},
        {"enhance": "auto", "enhancer": "real_esrgan_x2"},
        {"restorer": "codeformer-pip"},
    ],
    ids=str,
)
def test_a_net_that_is_missing_is_told_before_anything_is_swapped(models: Path, options: dict[str, object]) -> None:
    engine = engine_on(models)
    with pytest.raises(ModelError, match=r"is missing in|codeformer\.pth in a model folder"):
        engine.swap(SOURCE, TARGET, **options)
    assert isinstance(engine.gate, FakeGate) and not engine.gate.shown


def test_what_is_known_says_whether_it_is_there(models: Path) -> None:
    add(models, "codeformer.onnx")
    finishers = engine_on(
        models, own_restorers={"GFPGAN": FakeRestorer()}, own_upscalers={"LDSR": FakeUpscaler()}
    ).finishers
    there = {
        "GFPGAN": True,
        **{card.name: False for card in restorers.CARDS},
        "codeformer": True,
        "codeformer-pip": False,
    }
    assert finishers.restorers() == there and list(there)[:3] == ["GFPGAN", "gfpgan_1.4", "codeformer"]
    assert finishers.masks() == {**dict.fromkeys(MASKS, True), "regions": False, "occlusion": False}
    add(models, "xseg_2.onnx")
    assert finishers.masks()["occlusion"] and list(finishers.masks()) == list(MASKS)
    assert finishers.upscalers() == {"LDSR": True, "lanczos": True, "real_esrgan_x2": False, "real_esrgan_x4": False}


def test_every_mask_has_its_masker(models: Path) -> None:
    add(models, "bisenet_resnet_18.onnx", "xseg_2.onnx")
    engine = engine_on(models)
    unit = SwapUnit(mask=(*MASKS, "box:feather=0.2"), keep=("mouth", "eyes"), regions=("hair",))
    found = engine.finishers.maskings(unit, np.zeros((5, 5, 3), np.uint8))
    assert [each.masker.name for each in found] == [*MASKS, "box", "picture", "kept"]
    assert [each.edge.feather for each in found] == [*[0.0] * 5, 0.2, 0.0, 0.0]
    assert [name for each in found for name in each.masker.models] == ["bisenet_resnet_18", "xseg_2"]


def test_regions_say_what_is_replaced(models: Path) -> None:
    add(models, "bisenet_resnet_18.onnx")
    engine = engine_on(models)
    skin, hair = (engine.swap(SOURCE, TARGET, mask="regions", regions=[region]) for region in ("skin", "hair"))
    assert skin.result.models == ("inswapper_128", "bisenet_resnet_18")
    assert (skin.picture.rgb[128, 128] != TARGET[128, 128]).any()
    assert (hair.picture.rgb[128, 128] == TARGET[128, 128]).all()


def test_a_drawn_mask_is_any_picture(models: Path, tmp_path: Path) -> None:
    drawing = np.zeros_like(TARGET)
    drawing[:, 128:] = 255
    engine = engine_on(models)
    swap = engine.swap(SOURCE, TARGET, mask_picture=drawing)
    changed = (swap.picture.rgb != TARGET).any(-1)
    assert changed[:, 128:].any() and not changed[:, :128].any()


def test_a_finer_crop_comes_from_any_restorer_or_upscaler(models: Path) -> None:
    add(models, "gfpgan_1.4.onnx", "RealESRGAN_x2plus.fp16.onnx")
    own, green = FakeRestorer("mine"), FakeUpscaler("LDSR")
    engine = engine_on(models, own_restorers={}, own_upscalers={"LDSR": green})
    plain = engine.swap(SOURCE, TARGET, restorer="none").picture.rgb[118:128, 118:128, 1].astype(int)
    made = {"gfpgan_1.4": "gfpgan_1.4", "real_esrgan_x2": "real_esrgan_x2", "LDSR": "green_net", "auto": "gfpgan_1.4"}
    for name, model in made.items():
        swap = engine.swap(SOURCE, TARGET, enhance="always", enhancer=name, own_colours=name == "auto")
        assert swap.result.models == ("inswapper_128", model) and swap.result.restorer.name == "none"
        brighter = (swap.picture.rgb[118:128, 118:128, 1] - plain).mean()
        assert brighter == pytest.approx({"gfpgan_1.4": 25.5, "LDSR": GREENER}.get(name, 0), abs=1.5), name
    assert green.pictures == 1
    hosts = engine_on(models, own_restorers={"mine": own})
    assert hosts.swap(SOURCE, TARGET, enhance="always", restorer="none").result.models == ("inswapper_128", "blue_net")
    assert own.crops == 1


def test_a_crop_is_made_finer_by_itself_only_where_the_target_has_more_pixels(models: Path) -> None:
    engine = engine_on(models, own_upscalers={"green": (green := FakeUpscaler())})
    for size, pictures in ((TARGET, 0), (np.repeat(np.repeat(TARGET, 4, 0), 4, 1), 1)):
        engine.swap(SOURCE, size, enhance="auto", enhancer="green")
        assert green.pictures == pictures


@pytest.mark.parametrize("name", ["gfpgan_1.2", "gpen_bfr_256", "gpen_bfr_512", "gpen_bfr_1024"])
def test_a_restorer_runs_under_its_name(models: Path, name: str) -> None:
    card = next(card for card in restorers.CARDS if card.name == name)
    plain = engine_on(models).swap(SOURCE, TARGET, restorer="none").picture.rgb
    (models / card.file).write_bytes(tiny.gfpgan(card.feed.side))
    swap = engine_on(models).swap(SOURCE, TARGET, restorer=name)
    assert (swap.result.restorer.name, swap.result.models) == (name, ("inswapper_128", name))
    brighter = swap.picture.rgb[118:128, 118:128, 1:].astype(int) - plain[118:128, 118:128, 1:]
    assert np.abs(brighter - 25.5).max() <= 1.5


def test_pixel_boost_makes_a_models_faces_finer_and_leaves_nothing_to_restore(models: Path) -> None:
    add(models, "gfpgan_1.4.onnx")
    engine = engine_on(models)
    plain = engine.swap(SOURCE, TARGET, restorer="none").picture.rgb.astype(int)
    for boost in ("256", "auto"):
        swap = engine.swap(SOURCE, TARGET, boost=boost)
        assert (swap.result.models, swap.result.restorer.name) == (("inswapper_128",), "none")
        assert np.abs(swap.picture.rgb - plain).mean() < 2
    swapper = engine.swapper("inswapper_128")
    first, same, other = (engine.finishers.improved(swapper, SwapUnit(boost=boost)) for boost in ("256", "256", "512"))
    assert first is same and first is not other and (first.side, other.side) == (256, 512)


def test_units_that_ask_for_the_same_finer_crop_are_one_batch(models: Path) -> None:
    add(models, "gfpgan_1.4.onnx")
    engine = engine_on(models)
    swapper = engine.swapper("inswapper_128")
    first, second, other, none = (
        engine.finishers.improved(swapper, SwapUnit(enhance=enhance, sharpen=sharpen))
        for enhance, sharpen in (("auto", False), ("auto", False), ("auto", True), ("none", False))
    )
    assert first is second and first is not other and none is swapper


def test_the_mesh_model_makes_no_finer_crops_and_says_so() -> None:
    for asked in ({"enhance": "always", "enhancer": "anything"}, {"boost": "512"}):
        notes = Fakes().engine().swap(row(200), row(10), **asked).result.notes
        assert notes == ("Only neural models get finer crops; the mesh model draws as finely as the picture is.",)


def test_a_result_is_enlarged_by_name(models: Path) -> None:
    add(models, "RealESRGAN_x2plus.fp16.onnx")
    engine = engine_on(models)
    for name, scale in (("lanczos", 1.5), ("real_esrgan_x2", 2.0), ("real_esrgan_x2", 3.0)):
        swap = engine.swap(SOURCE, TARGET, upscaler=name, scale=scale)
        assert swap.picture.rgb.shape == (round(320 * scale), round(480 * scale), 3)
        assert (swap.result.upscaler.name, swap.result.scale) == (name, scale)


def test_a_result_that_is_dropped_or_stopped_is_not_enlarged() -> None:
    picture = row(0)
    dropped = Fakes().engine().swap(row(200), picture, strength=0.5, min_similarity=0.99, upscaler="lanczos")
    stopped = Fakes(host=FakeHost(stop=True)).engine().swap(row(200), picture, upscaler="lanczos")
    assert dropped.picture.rgb.shape == stopped.picture.rgb.shape == picture.shape


def test_enlarging_may_come_later_and_before_restoring() -> None:
    fakes = Fakes(host=FakeHost(own_restorers={"blue": FakeRestorer()}))
    engine, picture = fakes.engine(), images.read(row(10))
    post = PostOptions(restorer="blue", upscaler="lanczos", upscale_first=True)
    swap = engine.apply(picture, engine.plan(picture, [SwapUnit(source=(row(200),))]), post)
    assert swap.picture.rgb.shape == picture.rgb.shape and swap.result.restorer.name == "none"
    whole = engine.enlarged(swap, post)
    assert whole.picture.rgb.shape == (120, 80, 3) and whole.result.restorer.name == "blue"
    assert whole.picture.rgb[40, 24].tolist() == [0, 0, 200]
    (at_once,) = engine.run(picture, [SwapUnit(source=(row(200),))], post)
    assert (at_once.picture.rgb == whole.picture.rgb).all()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"restorer": "none"}, provenance.COMPOSITE),
        ({"restorer": "blue"}, provenance.TRAINED_COMPOSITE),
        ({"upscaler": "lanczos"}, provenance.COMPOSITE),
        ({"upscaler": "green"}, provenance.TRAINED_COMPOSITE),
    ],
)
def test_what_a_trained_net_drew_is_marked_so(tmp_path: Path, options: dict[str, object], kind: str) -> None:
    host = FakeHost(own_restorers={"blue": FakeRestorer()}, own_upscalers={"green": FakeUpscaler()})
    fakes = Fakes(host=host)
    fakes.swapper.engine = "built-in"
    swap = fakes.engine().swap(row(200), row(10), **options)
    written = images.read(swap.save(tmp_path / "out.png", OutputOptions(label=True)))
    assert (provenance.TERMS + kind + '"').encode() in written.metadata.xmp or (
        f"{provenance.TERMS}{kind}<".encode() in written.metadata.xmp
    )


def test_unloading_forgets_what_was_opened(models: Path) -> None:
    add(models, "codeformer.onnx")
    engine = engine_on(models)
    before = engine.finishers.restorer("codeformer")
    assert engine.finishers.restorer("codeformer") is before
    engine.unload()
    assert engine.finishers.restorer("codeformer") is not before


def test_another_file_in_a_restorers_place_is_refused(models: Path) -> None:
    (models / "codeformer.onnx").write_bytes(tiny.gfpgan())
    engine = engine_on(models)
    with pytest.raises(ModelError, match=r"codeformer\.onnx has the inputs"):
        engine.swap(SOURCE, TARGET, restorer="codeformer")


def test_a_picture_given_as_a_whole_is_looked_at_as_it_is(models: Path) -> None:
    drawing: Image = np.full_like(TARGET, 255)
    engine = engine_on(models)
    swap = engine.swap(SOURCE, TARGET, mask_picture=replace(images.read(drawing), name="mine"))
    assert (swap.picture.rgb != TARGET).any()
