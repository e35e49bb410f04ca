"""Every family of swap models through the engine, on tiny files of their contracts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from lib_roop import geometry
from lib_roop.engine import Engine
from lib_roop.errors import InputError, ModelError, OptionError
from lib_roop.identities import checkpoints, naming
from lib_roop.options import MODELS, NONE, SwapUnit
from lib_roop.portrait import portrait
from lib_roop.swap import Swap
from lib_roop.swappers.crops import CropSwapper, Enhancement, Opened
from lib_roop.swappers.families import FAMILIES
from lib_roop.swappers.sources import Pictured, portrait_of, unit
from lib_roop.templates import ARCFACE_112_V2, FFHQ_512, scaled
from lib_roop.types import Floats, Identity, Image, SwapJob, Texture
from lib_roop.zoo import catalogue
from lib_roop.zoo.cards import ModelCard, Pixels
from tests import graphs_swappers as tiny
from tests.fakes import FakeGate, FakeHost
from tests.graphs import write_pack
from tests.graphs_restorers import face_at
from tests.swappers.graphs import Toy as InswapperToy
from tests.test_neural import PACK, people, unpinned

CARDS = tuple(
    unpinned(item) for item in catalogue.MODELS if isinstance(item, ModelCard) and item.task in ("swap", "conversion")
)
FAMILY = {card.name: card for card in CARDS if card.task == "swap" and card.family != "inswapper"}
UNIT = {"hyperswap", "simswap", "hififace"}
"""Families that take vectors at length 1."""
SOURCE, TARGET = people((200, 128), green=90), people((96, 96))
MIDDLE = (125, 98)
"""Row and column of the target's face's middle, where the picture is red."""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model folder with a tiny pack and a tiny inswapper_128, so that the pack is what looks at pictures."""
    folder = tmp_path / "models"
    write_pack(folder / "buffalo_l")
    (folder / "inswapper_128.onnx").write_bytes(InswapperToy().data())
    return folder


def add(folder: Path, name: str, **facts: object) -> ModelCard:
    """Put a tiny file of this model there, and the converter that it needs."""
    card = FAMILY[name]
    (folder / "hashes.json").unlink(missing_ok=True)
    (folder / card.file).write_bytes(replace(tiny.Toy(card=card), **facts).data())  # type: ignore[arg-type]
    for needed in card.needs:
        converter = tiny.named(CARDS, needed)
        (folder / converter.file).write_bytes(tiny.converter(converter))
    return card


def engine_on(folder: Path) -> Engine:
    return Engine(FakeHost(folders=(folder,), faces=folder / "faces"), gate=FakeGate(), models=(PACK, *CARDS))


def fed(card: ModelCard, identity: Identity) -> Floats:
    """What the model's file should see of an identity."""
    if (worn := card.feed.source) is not None:
        template = scaled({"ffhq_512": FFHQ_512, "arcface_112_v2": ARCFACE_112_V2}[worn.template], worn.side)
        return np.asarray(Pictured(template, Pixels()).crop(identity).transpose(2, 0, 1) / np.float32(255))
    vector = identity.embeddings["w600k_r50"]
    if card.needs:
        vector = vector @ tiny.turn()
    return unit(vector) if card.family in UNIT else vector


def middle(swap: Swap) -> list[int]:
    return [int(level) for level in swap.picture.rgb[MIDDLE]]


def kept(folder: Path, name: str, seed: int) -> Identity:
    """A face that is kept there: an embedding, and skin of one colour."""
    random = np.random.default_rng(seed)
    points = random.uniform(30, 170, (468, 2)).astype(np.float32)
    rgb = np.full((200, 200, 3), random.integers(40, 220, 3), np.uint8)
    identity = Identity(
        name=name,
        embeddings={"w600k_r50": random.standard_normal(512).astype(np.float32)},
        texture=Texture(rgb, points, np.ones(468, np.float32)),
        shape=np.column_stack([points, np.zeros(468)]).astype(np.float32),
    )
    folder.mkdir(exist_ok=True)
    checkpoints.write(identity, naming.place(folder, name))
    return identity


@pytest.mark.parametrize("name", FAMILY)
def test_a_kept_face_is_put_on_as_its_file_says(models: Path, name: str) -> None:
    card = add(models, name)
    engine = engine_on(models)
    anna, bert = (kept(engine.host.face_folder(), who, seed) for seed, who in enumerate(("anna", "bert")))
    ((swap,), (other,)) = (engine.run(TARGET, [SwapUnit(checkpoint=who, model=name)]) for who in ("anna", "bert"))
    assert (swap.result.engine, swap.result.models) == ("neural", (name, *card.needs))
    assert (swap.picture.rgb[:, 300:] == TARGET[:, 300:]).all()
    # The skin of a kept face is a JPEG.
    np.testing.assert_allclose(middle(swap), tiny.painted(card, fed(card, anna)), atol=2)
    np.testing.assert_allclose(middle(other), tiny.painted(card, fed(card, bert)), atol=2)
    assert middle(swap) != middle(other) != [250, 40, 0]


@pytest.mark.parametrize("name", ["hyperswap_1a_256", "hififace_unofficial_256"])
def test_a_pictures_face_is_put_on(models: Path, name: str) -> None:
    card = add(models, name)
    engine = engine_on(models)
    swap = engine.swap(SOURCE, TARGET, model=name)
    (identity,) = engine.identities(SwapUnit(source=(SOURCE,), model=name))
    np.testing.assert_allclose(middle(swap), tiny.painted(card, fed(card, identity)), atol=1)


@pytest.mark.parametrize("name", ["simswap_256", "uniface_256"])
def test_a_face_that_lacks_what_the_model_takes_says_how_to_get_it(models: Path, name: str) -> None:
    add(models, name)
    swapper, face = engine_on(models).swapper(name), face_at(90, 90, 80)
    vector = {"w600k_r50": np.ones(512, np.float32)}
    sentence = {
        "simswap_256": "anna lacks the embedding w600k_r50 that simswap_256 needs, .* roop face build",
        "uniface_256": "anna was kept without a picture of the face, which uniface_256 needs; name a source picture",
    }[name]
    with pytest.raises(InputError, match=sentence):
        swapper.frame(face, Identity(name="anna", embeddings=vector if name == "uniface_256" else {}))


@pytest.mark.parametrize("name", ["hyperswap_1a_256", "ghost_1_256", "simswap_unofficial_512", "blendswap_256"])
@pytest.mark.parametrize("which", ["model", "converter", "pack"])
def test_what_is_missing_is_named_with_how_to_get_it(models: Path, name: str, which: str) -> None:
    card = add(models, name)
    if (which == "converter" and not card.needs) or (which == "pack" and card.feed.source):
        assert engine_on(models).swapper(name).name == name
        return
    gone = {"model": name, "converter": "".join(card.needs), "pack": "buffalo_l"}[which]
    (models / "buffalo_l" / "w600k_r50.onnx" if which == "pack" else models / f"{gone}.onnx").unlink()
    with pytest.raises(ModelError, match=f"The model {name} needs {gone}, which is not there; "):
        engine_on(models).swapper(name)


def test_the_catalogues_models_say_the_command_that_gets_them(models: Path) -> None:
    engine = Engine(FakeHost(folders=(models,)), gate=FakeGate())
    with pytest.raises(ModelError, match="get it with: roop models get ghost_2_256, or put the right file there"):
        engine.swapper("ghost_2_256")


def test_auto_takes_them_only_after_inswapper_and_only_whole(models: Path) -> None:
    (models / "inswapper_128.onnx").unlink()
    add(models, "uniface_256")
    add(models, "ghost_3_256")
    (models / "crossface_ghost.onnx").rename(models / "elsewhere")
    engine = engine_on(models)
    assert engine.swapper("auto").name == "mesh", "one takes a picture, the other lacks its converter"
    (models / "elsewhere").rename(models / "crossface_ghost.onnx")
    assert engine.swapper("auto").name == "ghost_3_256"
    add(models, "hyperswap_1b_256")
    assert engine.swapper("auto").name == "hyperswap_1b_256"
    (models / "reswapper_256.onnx").write_bytes(InswapperToy(size=256).data())
    assert engine.swapper("auto").name == "reswapper_256"
    (models / "inswapper_128.onnx").write_bytes(InswapperToy().data())
    assert engine.swapper("auto").name == "inswapper_128"


def test_auto_tries_them_in_the_order_of_the_option() -> None:
    swaps = [item for item in catalogue.MODELS if isinstance(item, ModelCard) and item.task == "swap"]
    assert [card.name for card in swaps] == list(MODELS[2:])
    assert MODELS[:6] == ("auto", "mesh", "inswapper_128", "inswapper_128_fp16", "reswapper_128", "reswapper_256")


def test_a_model_that_takes_a_picture_needs_no_pack(tmp_path: Path) -> None:
    add(tmp_path, "blendswap_256")
    engine = engine_on(tmp_path)
    one, other = portrait(256, (236, 190, 166), (92, 60, 34)), portrait(256, (198, 150, 120), (40, 32, 30))
    swap = engine.swap(one, other, model="blendswap_256")
    assert engine.analyser.name == "built-in" and swap.result.models == ("blendswap_256",)
    assert (swap.picture.rgb != other).any()


@pytest.mark.parametrize("name", ["hyperswap_1a_256", "ghost_1_256", "simswap_256"])
def test_the_targets_identity_is_mixed_in_before_it_is_converted(models: Path, name: str) -> None:
    card = add(models, name)
    engine = engine_on(models)
    anna = kept(engine.host.face_folder(), "anna", 1)
    (swap,) = engine.run(TARGET, [SwapUnit(checkpoint="anna", model=name, strength=0.6)])
    (target,) = engine.identities(SwapUnit(source=(TARGET,), model=name))
    vectors = (each.embeddings["w600k_r50"] for each in (anna, target))
    mixed = sum(share * unit(vector) for share, vector in zip((0.6, 0.4), vectors, strict=True))
    both = Identity(name="both", embeddings={"w600k_r50": np.asarray(mixed, np.float32)})
    np.testing.assert_allclose(middle(swap), tiny.painted(card, fed(card, both)), atol=1)


def test_without_an_identity_to_mix_a_weaker_swap_shows_less_of_it(models: Path) -> None:
    add(models, "uniface_256")
    engine = engine_on(models)
    kept(engine.host.face_folder(), "anna", 1)
    unit = SwapUnit(checkpoint="anna", model="uniface_256")
    whole, half, none = (engine.run(TARGET, [replace(unit, strength=much)])[0] for much in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(middle(half), np.mean([middle(whole), (250, 40, 0)], axis=0), atol=1)
    assert (none.picture.rgb == TARGET).all()
    with pytest.raises(OptionError, match="cannot exaggerate; choose a strength of at most 1"):
        engine.run(TARGET, [replace(unit, strength=1.2)])


def test_hyperswaps_own_mask_keeps_the_rest_of_the_picture(models: Path) -> None:
    add(models, "hyperswap_1a_256")
    plain = (engine_on(models).swap(SOURCE, TARGET, model="hyperswap_1a_256").picture.rgb != TARGET).any(-1)
    add(models, "hyperswap_1a_256", masked=True)
    swap = engine_on(models).swap(SOURCE, TARGET, model="hyperswap_1a_256")
    masked = (swap.picture.rgb != TARGET).any(-1)
    assert masked[MIDDLE] and not (masked & ~plain).any()
    # The crop's middle half has a quarter of its area, and the soft box takes some of the rest.
    assert 0.25 < masked.sum() / plain.sum() < 0.6


@pytest.mark.parametrize("side", [30, 64, 150, 400])
@pytest.mark.parametrize("x", [-20, 90])
@pytest.mark.parametrize(("boost", "finer"), [(NONE, 3), ("512", 0), ("1024", 3)])
def test_a_mask_of_the_files_own_fits_crops_of_every_size(
    models: Path, side: int, x: int, boost: str, finer: int
) -> None:
    add(models, "hyperswap_1a_256", masked=True)
    enhance = Enhancement(lambda crops: [crop.repeat(finer, 0).repeat(finer, 1) for crop in crops])
    plain = engine_on(models).swapper("hyperswap_1a_256")
    assert isinstance(plain, CropSwapper)
    swapper = plain.changed(enhance if finer else None, boost=boost)
    identity = Identity(name="anna", embeddings={"w600k_r50": np.ones(512, np.float32)})
    face, target = face_at(x, 90, side), np.full((300, 300, 3), 90, np.uint8)
    spec = swapper.frame(face, identity)
    (patch,) = swapper.swap([SwapJob(geometry.cut(target, spec), identity, 1.0, face)])
    assert patch.mask.shape == patch.rgb.shape[:2]
    # It is 1 in the crop's middle half, wherever that comes to lie.
    inner = geometry.transform([(0.3 * spec.width,) * 2, (0.7 * spec.width,) * 2], geometry.invert(spec.matrix))
    rows, columns = np.nonzero(patch.mask)
    middle = inner.mean(0) - (patch.x, patch.y)
    if (middle > 0).all() and (middle < patch.mask.shape[::-1]).all():
        assert patch.mask[int(middle[1]), int(middle[0])] > 0.9
    reach = 0.5 * spec.width / geometry.scale_of(spec.matrix) + 4
    assert np.ptp(rows) <= reach and np.ptp(columns) <= reach


@pytest.mark.parametrize(
    ("name", "batch"), [("hyperswap_1a_256", 1), ("hyperswap_1a_256", None), ("simswap_256", None), ("uniface_256", 1)]
)
def test_pixel_boost_paints_every_face_of_a_picture_the_same(models: Path, name: str, batch: int | None) -> None:
    card = add(models, name, batch=batch)
    engine = engine_on(models)
    anna = kept(engine.host.face_folder(), "anna", 1)
    target = people((96, 96), (320, 96))
    (swap,) = engine.run(target, [SwapUnit(checkpoint="anna", model=name, target_faces="all", boost="512")])
    assert swap.result.swapped >= 2
    for column in (98, 322):
        np.testing.assert_allclose(swap.picture.rgb[125, column], tiny.painted(card, fed(card, anna)), atol=2)


@pytest.mark.parametrize(
    ("name", "names", "source_first"),
    [
        ("simswap_unofficial_512", ("input", "onnx::Gemm_1", "output"), False),
        ("ghost_2_256", ("target", "source", "1165"), True),
        ("hyperswap_1c_256", ("target", "source", "output"), True),
        ("blendswap_256", ("target", "source", "output"), True),
        ("blendswap_256", ("picture", "face", "made"), True),
        ("uniface_256", ("target", "source", "output"), True),
    ],
)
def test_a_file_may_call_and_order_what_it_takes_as_it_likes(
    models: Path, name: str, names: tuple[str, str, str], source_first: bool
) -> None:
    card = add(models, name, names=names, source_first=source_first)
    engine = engine_on(models)
    anna = kept(engine.host.face_folder(), "anna", 1)
    (swap,) = engine.run(TARGET, [SwapUnit(checkpoint="anna", model=name)])
    np.testing.assert_allclose(middle(swap), tiny.painted(card, fed(card, anna)), atol=2)


@pytest.mark.parametrize(("name", "other"), [("ghost_1_256", "uniface_256"), ("blendswap_256", "hyperswap_1a_256")])
def test_another_familys_file_is_refused(models: Path, name: str, other: str) -> None:
    card = add(models, name)
    (models / card.file).write_bytes(tiny.Toy(card=FAMILY[other]).data())
    with pytest.raises(ModelError, match=rf"{name}.*put the file of {name} in its place"):
        engine_on(models).swapper(name)


def test_a_file_that_gives_no_picture_is_refused() -> None:
    card = FAMILY["hyperswap_1a_256"]
    shapes = {"output": (1, 512)}
    with pytest.raises(ModelError, match=r"The file of hyperswap_1a_256 takes .* put the original file in its place"):
        FAMILIES[card.family](Opened(card, Path(card.file), FakeNet(), card.inputs, shapes))


class FakeNet:
    providers: tuple[str, ...] = ("none",)

    def run(self, inputs: object) -> dict[str, Floats]:
        raise AssertionError(inputs)


def test_a_blend_is_drawn_as_a_face_that_looks_at_the_viewer() -> None:
    astronaut: Image = np.asarray(skimage.data.astronaut(), np.uint8)
    engine = Engine(FakeHost(), gate=FakeGate())
    single, blended = (engine.identities(SwapUnit(source=(astronaut,) * count, model="mesh"))[0] for count in (1, 2))
    crop = Pictured(scaled(ARCFACE_112_V2, 112), Pixels()).crop
    photograph, drawn = crop(single), crop(blended)
    rgb, landmarks = portrait_of(blended)
    assert rgb.shape[0] > rgb.shape[1] * 0.8 and geometry.similarity_fit(landmarks, ARCFACE_112_V2.points)[0, 0] > 0
    inner = np.s_[30:100, 30:82]
    alike = np.corrcoef(photograph[inner].ravel(), drawn[inner].ravel())[0, 1]
    assert alike > 0.8


@pytest.mark.parametrize("stretch", [(1e4, 1e4, 1e4), (1e-3, 1e-3, 1e-3), (1e4, 1e-3, 1), (1e-3, 1e4, 1e4)])
def test_a_blend_is_drawn_at_the_size_that_is_needed_whatever_its_shapes(stretch: tuple[float, ...]) -> None:
    astronaut: Image = np.asarray(skimage.data.astronaut(), np.uint8)
    engine = Engine(FakeHost(), gate=FakeGate())
    (blended,) = engine.identities(SwapUnit(source=(astronaut,) * 2, model="mesh"))
    assert blended.shape is not None
    one = blended.shape / np.ptp(blended.shape, axis=0)
    rgb, landmarks = portrait_of(replace(blended, shape=np.asarray(one * stretch, np.float32)))
    assert max(rgb.shape) == 1024 and (landmarks > 0).all() and (landmarks < rgb.shape[1::-1]).all()
    assert rgb.std() > 10


def test_a_shape_whose_points_lie_in_one_place_is_no_face(tmp_path: Path) -> None:
    flat = replace(kept(tmp_path, "anna", 1), shape=np.ones((468, 3), np.float32))
    with pytest.raises(
        InputError, match="The shape of anna is no face's; make it anew with roop face build NAME PICTURE"
    ):
        Pictured(ARCFACE_112_V2, Pixels()).crop(flat)
