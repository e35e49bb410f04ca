"""The kept faces: listed, renamed, noted, taken in, handed out and examined."""

import shutil
from dataclasses import replace
from pathlib import Path

import dill
import numpy as np
import pytest

from lib_roop import faces, library
from lib_roop.engine import Engine
from lib_roop.errors import InputError
from lib_roop.identities import checkpoints, glances, record
from lib_roop.library import Arrival, Missing, Taken
from lib_roop.portrait import portrait
from lib_roop.types import Identity
from tests.cli.running import names
from tests.fakes import RECOGNISER, FakeHost, Fakes, row
from tests.graphs import write_pack
from tests.swappers.graphs import Toy
from tests.test_neural import engine_on

DLIB = "dlib_resnet_v1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "faces"


@pytest.fixture
def engine(folder: Path) -> Engine:
    return Fakes(host=FakeHost(faces=folder)).engine()


@pytest.fixture(scope="module")
def builtin() -> Engine:
    """The real one."""
    return Engine()


@pytest.fixture
def anna(engine: Engine, folder: Path) -> Path:
    """A kept face of three pictures, the last of which shows somebody else."""
    built = faces.build(engine, "anna", [row(200), row(204), row(0)])
    return faces.save(built, folder)[0]


def bare(number: int = 0) -> Identity:
    return Identity(name="x", embeddings={RECOGNISER: np.eye(512, dtype=np.float32)[number]})


def old(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(exist_ok=True)
    values = {"embedding": bare(number).embeddings[RECOGNISER], "gender": 0, "age": 25}
    path.write_bytes(dill.dumps(values))
    return path


def test_a_glance_says_what_reading_the_whole_file_says(anna: Path) -> None:
    found, whole = glances.glance(anna), checkpoints.read(anna)
    identity, texture = whole.identity, whole.identity.texture
    assert texture is not None and found.texture == (texture.rgb.shape[1], texture.rgb.shape[0])
    assert found.recognisers == {id_: len(values) for id_, values in identity.embeddings.items()} and found.shape
    assert (found.name, found.bytes, found.origin) == ("anna", anna.stat().st_size, "roop")
    said = found.record
    assert (said.sex, said.age, said.sources) == (identity.sex, identity.age, identity.sources)
    assert (said.created, said.version) == (whole.created, whole.version)


@pytest.mark.parametrize("kind", ["reactor", "faceswaplab"])
def test_a_glance_at_a_face_of_another_tool(tmp_path: Path, kind: str) -> None:
    path = checkpoints.write(replace(bare(), sex="male", age=40), tmp_path / "a.safetensors", kind=kind)
    found = glances.glance(path)
    assert (found.origin, found.recognisers, found.texture) == (kind, {RECOGNISER: 512}, None)
    assert (found.record.sex, found.record.age, found.record.note) == ("male", 40, "")


@pytest.mark.parametrize("keep", [0, 5, 60, 400, -50])
def test_a_file_that_is_cut_short_is_damaged_at_a_glance(anna: Path, keep: int) -> None:
    anna.write_bytes(anna.read_bytes()[:keep])
    with pytest.raises(InputError, match="is no face checkpoint"):
        glances.glance(anna)


def test_skin_that_is_no_picture_is_damaged_at_a_glance(anna: Path) -> None:
    data = anna.read_bytes()
    start = data.index(b"\xff\xd8\xff")
    anna.write_bytes(data[: start + 2] + bytes(len(data) - start - 2))
    with pytest.raises(InputError, match="its texture is damaged"):
        glances.glance(anna)


def test_damaged_files_are_listed_beside_the_faces(anna: Path, folder: Path) -> None:
    (folder / "bad.safetensors").write_bytes(b"no face")
    found = library.listed(folder)
    assert [(face.path, face.preview) for face in found.faces] == [(anna, folder / "anna.png")]
    ((name, sentence),) = found.damaged
    assert name == "bad" and "bad.safetensors is no face checkpoint" in sentence
    assert library.listed(folder / "none").faces == ()


def test_a_note_is_kept_in_the_file_and_nothing_else_changes(anna: Path) -> None:
    before = checkpoints.read(anna)
    skin = checkpoints.content(anna)[-2000:]
    library.described(anna, note="  agreed,\r\nМай 2026 ✓  ")
    found = checkpoints.read(anna)
    assert found.identity.note == glances.glance(anna).record.note == "agreed,\nМай 2026 ✓"
    assert checkpoints.content(anna)[-2000:] == skin and found.created == before.created
    library.described(anna, sex="female")
    kept = checkpoints.read(anna).identity
    assert kept.note.startswith("agreed") and kept.sex == "female"
    library.described(anna, note="")
    assert checkpoints.read(anna).identity.note == ""


def test_a_face_without_notes_has_none(anna: Path) -> None:
    assert b'"note"' not in anna.read_bytes() and glances.glance(anna).record.note == ""


def test_a_note_is_plain_text_of_bounded_length(anna: Path) -> None:
    library.described(anna, note="a\x1b[2J\u202eb\ud800c\0d")
    assert checkpoints.read(anna).identity.note == "a [2J b c d"
    with pytest.raises(InputError, match="at most 1000 letters, not 1001"):
        library.described(anna, note="x" * 1001)
    checkpoints.write(replace(checkpoints.read(anna).identity, note="y" * 5000 + "\x07"), anna, overwrite=True)
    assert glances.glance(anna).record.note == "y" * record.LONGEST_NOTE


def test_a_note_on_a_face_of_another_tool_makes_it_one_of_roops(tmp_path: Path) -> None:
    path = checkpoints.write(bare(), tmp_path / "a.safetensors", kind="reactor")
    library.described(path, note="hers")
    found = checkpoints.read(path)
    assert (found.origin, found.identity.note) == ("roop", "hers")
    np.testing.assert_array_equal(found.identity.embeddings[RECOGNISER], bare().embeddings[RECOGNISER])


def test_a_note_stays_when_the_face_is_completed(engine: Engine, folder: Path) -> None:
    first = faces.settled(faces.build(engine, "anna", [row(200)]), texture=False)
    path, _ = faces.save(first, folder)
    library.described(path, note="hers")
    more = faces.completed(checkpoints.read(path).identity, faces.build(engine, "anna", [row(201)]))
    faces.save(more, folder, overwrite=True)
    assert glances.glance(path).record.note == "hers" and glances.glance(path).texture


def test_a_face_is_renamed_with_its_preview_unless_the_name_is_taken(anna: Path, folder: Path) -> None:
    data = anna.read_bytes()
    assert library.renamed(anna, "anna") == anna
    berta = library.renamed(anna, "Berta")
    assert names(folder) == {"Berta.safetensors", "Berta.png"} and berta.read_bytes() == data
    for file in ("carla.safetensors", "dora.png"):
        (folder / file).write_bytes(b"hers")
        with pytest.raises(Taken, match="already"):
            library.renamed(berta, file.partition(".")[0])
    with pytest.raises(InputError, match="cannot hold"):
        library.renamed(berta, "../x")
    assert library.named(folder, "Berta") == berta
    with pytest.raises(Missing, match="did you mean 'Berta'"):
        library.named(folder, "Bert")


def test_an_export_as_roops_is_the_file_itself(anna: Path) -> None:
    assert library.exported(anna) == anna.read_bytes()
    for kind in ("reactor", "faceswaplab"):
        assert checkpoints.decode(library.exported(anna, kind), "a", "it").origin == kind


def test_faces_of_a_folder_are_taken_in_one_by_one(tmp_path: Path, folder: Path) -> None:
    source = tmp_path / "from"
    old(source / "anna.pkl")
    checkpoints.write(bare(1), source / "anna.safetensors", kind="reactor")
    checkpoints.write(bare(2), source / "Жанна.safetensors", kind="faceswaplab")
    (source / "bad.safetensors").write_bytes(b"no face")
    (source / "evil.pkl").write_bytes(b"cos\nsystem\n(X\x05\x00\x00\x00falsetR.")
    (source / "CON.pkl").write_bytes(old(tmp_path / "con" / "a.pkl").read_bytes())
    (source / "readme.txt").write_text("no face")
    found = [library.arrived(folder, file) for file in library.face_files(source)]
    assert [(each.file, each.path and each.path.stem) for each in found] == [
        ("anna.pkl", "anna"),
        ("anna.safetensors", "anna-2"),
        ("bad.safetensors", None),
        ("CON.pkl", None),
        ("evil.pkl", None),
        ("Жанна.safetensors", "Жанна"),
    ]
    assert [each.told.partition(" ")[0] for each in found[:2]] == ["It", "It"]
    assert "as anna-2, as its own name is taken" in found[1].told and "os.system" in found[4].told
    assert names(folder) == {"anna.safetensors", "anna-2.safetensors", "Жанна.safetensors"}
    again = [library.arrived(folder, file) for file in library.face_files(source)]
    assert again[1] == Arrival("anna.safetensors", folder / "anna-2.safetensors", "It is kept already, as anna-2.")
    assert len(names(folder)) == 3


def test_a_damaged_face_of_that_name_stays_as_it_is(tmp_path: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "anna.safetensors").write_bytes(b"mine")
    found = library.arrived(folder, old(tmp_path / "anna.pkl"))
    assert found.path == folder / "anna-2.safetensors"
    assert (folder / "anna.safetensors").read_bytes() == b"mine"


def test_a_folder_without_faces_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file of a face"):
        library.face_files(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        library.face_files(tmp_path / "none")


def test_who_can_use_a_face_depends_on_what_it_holds(engine: Engine, anna: Path, folder: Path) -> None:
    (use,) = library.uses(engine, glances.glance(anna))
    assert (use.engine, use.model, use.ready) == ("built-in", "mesh", True)
    assert library.summary([use]) == "It can be used by the built-in engine; no neural swap model is here."
    plain = checkpoints.write(bare(), folder / "plain.safetensors")
    (use,) = library.uses(engine, glances.glance(plain))
    assert not use.ready and use.lacks == "it was kept without skin"
    assert "no engine that is here" in library.summary([use])


def test_a_swap_model_that_is_here_says_what_it_needs(tmp_path: Path, folder: Path) -> None:
    engine, pack = engine_on(tmp_path), tmp_path / "buffalo_l"
    write_pack(pack)
    (tmp_path / "inswapper_128.onnx").write_bytes(Toy().data())
    ours, theirs = (
        glances.glance(checkpoints.write(replace(bare(), embeddings=known), folder / f"{number}.safetensors"))
        for number, known in enumerate(({DLIB: np.ones(128, np.float32)}, bare().embeddings))
    )
    assert [(use.model, use.lacks) for use in library.uses(engine, ours)][1:] == [
        ("inswapper_128", f"it lacks {RECOGNISER}")
    ]
    assert library.summary(library.uses(engine, theirs)) == "It can be used by inswapper_128."
    shutil.rmtree(pack)
    (use,) = library.uses(engine, theirs)[1:]
    assert not use.ready and "needs buffalo_l, which is not there" in use.lacks


def test_an_examination_names_the_pictures_of_somebody_else(engine: Engine, builtin: Engine, anna: Path) -> None:
    found = library.examined(builtin, anna)
    assert found.doubted == (3,) and "Of its 3 pictures number 3 looked like another person" in found.told[0]
    without = faces.build(engine, "anna", [row(200), row(204), row(0)], drop_outliers=True)
    assert without.identity.doubted == () and len(without.identity.sources) == 2


def test_an_examination_says_what_is_missing_and_why_no_swap_was_made(builtin: Engine, folder: Path) -> None:
    found = library.examined(builtin, checkpoints.write(bare(), folder / "x.safetensors"))
    told = " ".join(found.told)
    assert (found.engine, found.similarity) == (None, None)
    assert "does not know of which pictures" in told and "The model mesh cannot: it was kept without skin." in told
    assert f"x lacks {DLIB}" in told and "A test swap onto a drawn head could not be made" in told


def test_a_face_is_tried_on_a_drawn_head(builtin: Engine, tmp_path: Path) -> None:
    path, _ = faces.save(faces.build(builtin, "pale", [portrait(192, (236, 190, 166), (92, 60, 34))]), tmp_path)
    found = library.examined(builtin, path)
    assert found.engine == "built-in" and found.similarity is not None and found.similarity > 0.45
    assert found.told[-1].endswith(f"is like the face by {found.similarity:.2f}: the same person.")
    assert names(tmp_path) == {"pale.safetensors", "pale.png"}
