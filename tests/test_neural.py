"""The neural engine in the engine: found where its files are, and used for what it is asked; on tiny nets."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_roop import doctor, faces
from lib_roop.engine import Engine
from lib_roop.errors import InputError, ModelError
from lib_roop.images import read
from lib_roop.options import MODELS, RuntimeOptions, SwapUnit
from lib_roop.portrait import portrait
from lib_roop.provenance import TRAINED_COMPOSITE, type_of
from lib_roop.types import Image
from lib_roop.zoo import catalogue, insightface, inswapper
from lib_roop.zoo.cards import Listed, ModelCard
from tests.fakes import FakeGate, FakeHost
from tests.graphs import linear, write_pack
from tests.swappers.graphs import Toy


def unpinned(card: ModelCard) -> ModelCard:
    """The card of the same file, of which nobody states size and hash."""
    return replace(card, size=0, sha256="", builds=(), urls=())


PACK = replace(insightface.BUFFALO_L, members=tuple(unpinned(card) for card in insightface.BUFFALO_L.members))
CARDS = tuple(unpinned(card) for card in inswapper.CARDS)
KINDS: tuple[Listed, ...] = (PACK, *CARDS)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model folder with a tiny pack and a tiny inswapper_128."""
    folder = tmp_path / "models"
    write_pack(folder / "buffalo_l")
    (folder / "inswapper_128.onnx").write_bytes(Toy().data())
    return folder


def engine_on(folder: Path) -> Engine:
    return Engine(FakeHost(folders=(folder,)), gate=FakeGate(), models=KINDS)


def people(*places: tuple[int, int], green: int = 40) -> Image:
    """A picture with red squares, in which the tiny detector sees faces."""
    picture = np.full((320, 480, 3), (60, 60, 120), np.uint8)
    for x, y in places:
        picture[y : y + 64, x : x + 64] = (250, green, 0)
    return picture


def person(x: int, y: int) -> Image:
    """A picture with a drawn face, red enough for the tiny detector, so that the mesh is found without a search."""
    picture = people()
    drawn = portrait(192, (250, 150, 90), (92, 60, 34))[24:168, 24:168]
    picture[y : y + 64, x : x + 64] = cv2.resize(drawn, (64, 64), interpolation=cv2.INTER_AREA)
    return picture


def test_the_option_names_the_catalogues_swap_models() -> None:
    swappers = [item.name for item in catalogue.MODELS if isinstance(item, ModelCard) and item.task == "swap"]
    assert list(MODELS[2:]) == swappers


def test_auto_takes_the_neural_engine_when_its_files_are_there(models: Path) -> None:
    engine = engine_on(models)
    target = people((96, 96))
    assert engine.detect(target).faces
    swap = engine.swap(people((200, 128), green=90), target, target_faces="all")
    assert (swap.result.engine, swap.result.models) == ("neural", ("inswapper_128",))
    assert engine.analyser.name == "buffalo_l" and type_of(swap.result.engine) == TRAINED_COMPOSITE
    changed = (swap.picture.rgb != target).any(-1)
    assert changed.any() and not changed[:, 400:].any()


def test_auto_takes_the_mesh_when_a_file_is_missing(models: Path) -> None:
    (models / "inswapper_128.onnx").unlink()
    engine = engine_on(models)
    assert engine.neural() is None and engine.swapper("auto").name == "mesh" and engine.analyser.name == "built-in"


def test_files_that_come_while_the_engine_runs_are_found(models: Path) -> None:
    waiting = (models / "inswapper_128.onnx").rename(models / "later")
    engine = engine_on(models)
    assert engine.swapper("auto").name == "mesh"
    waiting.rename(models / "inswapper_128.onnx")
    assert engine.swapper("auto").name == "inswapper_128"


@pytest.mark.parametrize(
    ("gone", "named"), [("inswapper_128.onnx", "inswapper_128"), ("buffalo_l/w600k_r50.onnx", "buffalo_l")]
)
def test_a_model_that_was_named_and_is_not_there_is_told(models: Path, gone: str, named: str) -> None:
    (models / gone).unlink()
    with pytest.raises(ModelError, match=f"inswapper_128 needs {named}, which is not there"):
        engine_on(models).swap(people((96, 96)), people((96, 96)), model="inswapper_128")


def test_another_file_in_the_models_place_is_refused_and_not_remembered(models: Path) -> None:
    file = models / "inswapper_128.onnx"
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    engine = engine_on(models)
    with pytest.raises(ModelError, match=r"inswapper_128\.onnx"):
        engine.swap(people((96, 96)), people((96, 96)))
    (models / "hashes.json").unlink(missing_ok=True)
    file.write_bytes(whole)
    assert engine.swap(people((96, 96)), people((96, 96))).result.swapped == 1


def test_each_identity_arrives_in_its_own_face(models: Path) -> None:
    engine = engine_on(models)
    target = read(people((64, 96), (320, 96)))
    pale, dark = people((200, 128), green=120), people((200, 128), green=0)
    right = next(face.id for face in engine.detect(target).faces if face.box[0] > 240)
    places = ("0", str(right))
    units = [SwapUnit(source=(who,), target_faces=where) for who, where in zip((pale, dark), places, strict=True)]
    (both,) = engine.run(target, units)
    alone = [engine.run(target, [unit])[0].picture.rgb for unit in units]
    merged = both.picture.rgb
    assert (merged[:, :240] == alone[0][:, :240]).all() and (merged[:, 240:] == alone[1][:, 240:]).all()
    crossed = engine.run(target, [replace(units[0], source=(dark,)), replace(units[1], source=(pale,))])[0].picture.rgb
    assert (merged[:, :240] != crossed[:, :240]).any() and (merged[:, 240:] != crossed[:, 240:]).any()


def test_another_strength_mixes_the_targets_identity_in(models: Path) -> None:
    engine, target = engine_on(models), people((96, 96))
    whole, half = (engine.swap(people((200, 128), green=0), target, strength=much) for much in (1.0, 0.5))
    assert (whole.picture.rgb != half.picture.rgb).any()


def test_a_face_kept_without_the_packs_embedding_says_what_is_missing(models: Path, tmp_path: Path) -> None:
    engine = engine_on(models)
    (identity,) = engine.identities(SwapUnit(source=(people((96, 96)),)))
    with pytest.raises(InputError, match="lacks the embedding w600k_r50"):
        engine.swapper("inswapper_128").frame(
            engine.detect(people((96, 96))).faces[0], replace(identity, embeddings={})
        )


def renamed(models: Path, name: str, **others: bytes) -> Path:
    """The tiny pack as a folder of the user's own."""
    (models / "buffalo_l").rename(models / "put away")
    return write_pack(models / name, **others)


def test_a_folder_of_ones_own_is_a_pack(models: Path) -> None:
    renamed(models, "mine")
    engine = Engine(FakeHost(folders=(models,), wish=RuntimeOptions(pack="mine")), gate=FakeGate(), models=KINDS)
    swap = engine.swap(people((200, 128), green=90), people((96, 96)))
    assert (engine.analyser.name, swap.result.models) == ("mine", ("inswapper_128",))


@pytest.mark.parametrize(
    ("recogniser", "sentence"),
    [
        (linear(112, 512, cells=7, strength=float("nan")), r"w600k_r50 gives no numbers, on the CPU"),
        (linear(112, 512, cells=7, rows=2), r"The net w600k_r50\.onnx gives \(2, \d+\) for a face where a row"),
    ],
    ids=["no numbers", "other rows"],
)
def test_a_recogniser_that_says_nothing_is_named(models: Path, recogniser: bytes, sentence: str) -> None:
    write_pack(models / "buffalo_l", w600k_r50=recogniser)
    face = np.full((16, 16, 3), (250, 40, 0), np.uint8)
    with pytest.raises(ModelError, match=sentence):
        engine_on(models).swap(face, face)


def test_a_pack_that_does_not_describe_faces_for_the_model_leaves_the_mesh(models: Path) -> None:
    renamed(models, "mine", a_first=linear(112, 64, cells=7))
    engine = Engine(FakeHost(folders=(models,), wish=RuntimeOptions(pack="mine")), gate=FakeGate(), models=KINDS)
    assert engine.swapper("auto").name == "mesh" and engine.analyser.recogniser.id == "a_first"
    with pytest.raises(ModelError, match="inswapper_128 needs the recogniser w600k_r50, which the pack mine lacks"):
        engine.swapper("inswapper_128")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("buffalo_s", "buffalo_s is missing"),
        ("yours", "no pack and no folder 'yours' in .*; roop models list shows the packs"),
        ("../models", "no pack and no folder"),
        ("empty", r"holds no \.onnx file"),
    ],
)
def test_a_pack_that_was_named_and_is_not_there_is_told(models: Path, name: str, sentence: str) -> None:
    (models / "empty").mkdir()
    wish = RuntimeOptions(pack=name)
    with pytest.raises(ModelError, match=sentence):
        Engine(FakeHost(folders=(models,), wish=wish), models=(*KINDS, insightface.BUFFALO_S)).detect(people((96, 96)))


def test_the_size_that_the_detector_looks_at_is_a_setting_that_may_change(models: Path) -> None:
    host = FakeHost(folders=(models,))
    engine = Engine(host, gate=FakeGate(), models=KINDS)
    picture = people((96, 96))
    plain = engine.detect(picture).faces
    host.wish = RuntimeOptions(det_size=640)
    square = engine.detect(picture).faces
    assert len(plain) != len(square), "480 pixels are made 640, and more of the detector's cells see the face"


def test_a_face_that_is_kept_is_described_by_every_recogniser_that_is_there(models: Path) -> None:
    built = faces.build(engine_on(models), "anna", [person(96, 96), person(200, 128)])
    assert set(built.identity.embeddings) == {"dlib_resnet_v1", "w600k_r50"}
    (models / "inswapper_128.onnx").unlink()
    drawn = portrait(192, (236, 190, 166), (92, 60, 34))
    engine = engine_on(models)
    assert engine.analyser.name == "built-in" and set(engine.recognisers) == {"dlib_resnet_v1", "w600k_r50"}
    assert set(faces.build(engine, "anna", [drawn]).identity.embeddings) == set(engine.recognisers)
    (models / "buffalo_l" / "w600k_r50.onnx").unlink()
    assert set(engine.recognisers) == {"dlib_resnet_v1"}
    assert set(faces.build(engine, "anna", [drawn]).identity.embeddings) == {"dlib_resnet_v1"}


def test_what_a_kept_face_lacks_is_said_and_can_be_added(models: Path) -> None:
    engine = engine_on(models)
    whole = faces.build(engine, "anna", [person(96, 96)])
    assert faces.lacking(engine, whole.identity) == ""
    kept = replace(whole.identity, embeddings={"dlib_resnet_v1": whole.identity.embeddings["dlib_resnet_v1"]})
    assert faces.lacking(engine, kept).startswith("anna lacks w600k_r50, which an engine that is there")
    added = faces.completed(kept, whole).identity
    assert (added.embeddings["w600k_r50"] == whole.identity.embeddings["w600k_r50"]).all()
    assert added.texture is kept.texture and added.sources == kept.sources
    bare = replace(kept, texture=None, shape=None)
    assert faces.completed(bare, whole).identity.texture is whole.identity.texture


def test_nothing_of_another_person_is_added_to_a_kept_face(models: Path) -> None:
    built = faces.build(engine_on(models), "anna", [person(96, 96)])
    stranger = replace(built.identity, embeddings={"dlib_resnet_v1": -built.identity.embeddings["dlib_resnet_v1"]})
    with pytest.raises(InputError, match=r"look like another person than anna \(0\.00\)"):
        faces.completed(stranger, built)
    with pytest.raises(InputError, match=r"anna has all that can be added here\.$"):
        faces.completed(built.identity, built)


def test_unloading_drops_the_opened_models(models: Path) -> None:
    engine = engine_on(models)
    before = engine.swapper("auto")
    assert engine.swapper("auto") is before
    engine.unload()
    assert engine.swapper("auto") is not before


def test_the_doctor_opens_the_swap_model_where_the_pack_sees_no_face_in_a_drawing(models: Path) -> None:
    engine = engine_on(models)
    tested = {check.name: check for check in doctor.checks(lambda: engine)}["self-test"]
    assert tested.ok and tested.found.startswith("inswapper_128 opens; its pack sees no face in a drawing")
    (models / "inswapper_128.onnx").write_bytes(b"half of it")
    tested = {check.name: check for check in doctor.checks(lambda: engine_on(models))}["self-test"]
    assert not tested.ok and "inswapper_128.onnx" in tested.mend
