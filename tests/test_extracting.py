"""Faces of many pictures, cut out."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lib_roop import extracting, images
from lib_roop.errors import InputError, OptionError
from lib_roop.extracting import Album, Crops, Row
from lib_roop.options import PostOptions
from tests.cli.running import names, save
from tests.fakes import BLUE, FakeHost, FakeRestorer, Fakes, FakeUpscaler, drawn, face, row


def cut_out(paths: list[Path], folder: Path, crops: Crops) -> list[Row]:
    engine = Fakes().engine()
    with extracting.into_folder(folder) as put:
        album = Album(put)
        return [each for path in paths for each in extracting.extracted(engine, path, crops, album)]


@pytest.mark.parametrize("aligned", [True, False])
def test_every_face_becomes_a_marked_square(tmp_path: Path, aligned: bool) -> None:
    rows = cut_out([save(tmp_path / "a.png", row(10, 200))], tmp_path / "out", Crops(aligned=aligned, side=64))
    assert [(each.number, each.file) for each in rows] == [(0, "a_0.png"), (1, "a_1.png")]
    for each, person in zip(rows, (10, 200), strict=True):
        crop = images.read(tmp_path / "out" / each.file)
        assert crop.rgb.shape == (64, 64, 3) and crop.rgb[32, 32, 1] == person
        assert b"digitalsourcetype/composite" in crop.metadata.xmp


def test_pictures_of_one_name_keep_apart(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    paths = [
        save(tmp_path / "one" / "a.png", row(10)),
        save(tmp_path / "other" / "A.png", row(20)),
        save(tmp_path / "other" / "a-2.png", row(30)),
    ]
    rows = cut_out(paths, tmp_path / "out", Crops(side=32))
    assert [each.file for each in rows] == ["a_0.png", "A-2_0.png", "a-2-2_0.png"]
    assert len({name.casefold() for name in names(tmp_path / "out")}) == 3


@pytest.mark.parametrize(
    ("name", "stem"),
    [("../x", "_x"), ("a/b\\c:d", "a_b_c_d"), ("...", "picture"), ("", "picture"), ("\u202eabc", "_abc"), ("王", "王")],
)
def test_names_are_safe_on_every_file_system(name: str, stem: str) -> None:
    made = Album(lambda *_: None).stem(name)
    assert made == stem and Path(made).name == made


def test_a_long_name_leaves_room() -> None:
    assert len(Album(lambda *_: None).stem("é" * 300).encode()) <= extracting.LONGEST


def test_what_cannot_be_used_is_a_row_with_the_reason(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"junk")
    rows = cut_out([bad, save(tmp_path / "empty.png", drawn())], tmp_path / "out", Crops())
    assert [each.face for each in rows] == [None, None]
    assert "no picture" in rows[0].reason and rows[1].reason == extracting.NOBODY
    assert not (tmp_path / "out").exists()


def test_a_reason_names_the_picture_as_the_user_does(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"junk")
    (made,) = extracting.extracted(Fakes().engine(), bad, Crops(), Album(lambda *_: None), "mine.png")
    assert made.picture == "mine.png" and made.reason.startswith("mine.png ") and str(tmp_path) not in made.reason


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something"), extracting.into_folder(tmp_path):
        pass
    with pytest.raises(InputError, match="no folder"), extracting.into_folder(tmp_path / "mine.txt"):
        pass


def test_a_zip_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "faces.zip"
    begun = extracting.into_zip(place)
    begun.__enter__()("a.png", b"1")
    begun.__exit__(RuntimeError, RuntimeError(), None)
    assert names(tmp_path) == set()
    with extracting.into_zip(place) as put:
        put("a.png", b"1")
    assert names(tmp_path) == {"faces.zip"} and zipfile.ZipFile(place).read("a.png") == b"1"
    with pytest.raises(InputError, match="cannot be written"), extracting.into_zip(tmp_path / "none" / "a.zip"):
        pass


def test_the_table_has_a_row_for_each_and_nothing_in_it_is_carried_out() -> None:
    shown = face(0, (1, 2, 30, 40), sex="female", age=30)
    rows = [Row(picture="=1+1.png", number=0, face=shown, file="=1_0.png"), Row(picture="b.png", reason="-none")]
    text = extracting.table(rows).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["picture"], first["file"], second["reason"]) == ("'=1+1.png", "'=1_0.png", "'-none")
    assert (first["x0"], first["y1"], first["sex"], first["age"], first["yaw"]) == (
        "1.0",
        "40.0",
        "female",
        "30",
        "1.0",
    )
    assert second["number"] == second["file"] == ""


def test_a_restorer_draws_in_the_crop_and_it_is_said() -> None:
    picture = images.read(row(10))
    (found,) = Fakes().engine().detect(picture).faces
    restorer = FakeRestorer()
    for aligned in (True, False):
        crops = Crops(side=128, aligned=aligned, restorer=restorer, fidelity=0.2)
        made = extracting.cut(picture, found, crops)
        plain = extracting.cut(picture, found, Crops(side=128, aligned=aligned))
        blue = (made == (0, 0, BLUE)).all(-1)
        assert blue.any() and not blue.all() and np.array_equal(made[0], plain[0])
    assert restorer.fidelity == 0.2 and restorer.crops == 2
    assert b"compositeWithTrainedAlgorithmicMedia" in extracting.encoded(made, crops)
    assert b"compositeWithTrainedAlgorithmicMedia" not in extracting.encoded(plain, Crops())


def test_an_upscaler_enlarges_small_faces_only() -> None:
    picture = images.read(row(10))
    (found,) = Fakes().engine().detect(picture).faces
    upscaler = FakeUpscaler()
    large = extracting.cut(picture, found, Crops(side=256, aligned=False, upscaler=upscaler))
    assert upscaler.pictures == 1 and large.shape == (256, 256, 3) and large[128, 128, 1] > 10
    big = images.read(np.repeat(np.repeat(row(10), 20, 0), 20, 1))
    (near,) = Fakes().engine().detect(big).faces
    extracting.cut(big, near, Crops(side=32, upscaler=upscaler))
    assert upscaler.pictures == 1


def test_what_finishes_is_chosen_by_name() -> None:
    host = FakeHost(own_restorers={"blue": FakeRestorer()}, own_upscalers={"green": FakeUpscaler()})
    engine = Fakes(host=host).engine()
    crops = extracting.finished(engine, Crops(), PostOptions(restorer="blue", upscaler="green", fidelity=0.3))
    assert (crops.restorer, crops.upscaler, crops.fidelity) == (
        host.own_restorers["blue"],
        host.own_upscalers["green"],
        0.3,
    )
    assert extracting.finished(engine, Crops(), PostOptions(restorer="none")).restorer is None
    for name in ("auto", "blu"):
        with pytest.raises(OptionError):
            extracting.finished(engine, Crops(), PostOptions(restorer=name))


@pytest.mark.parametrize("side", [31, 1025])
def test_a_size_has_limits(side: int) -> None:
    with pytest.raises(OptionError, match="size goes from 32 to 1024"):
        Crops(side=side)
