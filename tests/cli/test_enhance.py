"""roop enhance: faces restored and pictures enlarged from the command line, one by one and whole folders."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images
from lib_roop.engine import Engine
from tests.cli.running import Run, names, save
from tests.fakes import BLUE, GREENER, FakeGate, FakeHost, FakeRestorer, Fakes, FakeUpscaler, row


def engine_with(*restorers: str, gate: FakeGate | None = None) -> Engine:
    own = {name: FakeRestorer(name) for name in restorers}
    host = FakeHost(own_restorers=own, own_upscalers={"green": FakeUpscaler()})
    return Fakes(host=host, gate=gate or FakeGate()).engine()


@pytest.fixture
def fakes() -> Engine:
    return engine_with("blue", "navy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "a.png", row(10, 20))
    save(tmp_path / "empty.png", np.full((40, 60, 3), (0, 30, 30), np.uint8))
    return tmp_path


def test_a_real_picture_is_enlarged(roop: Run, here: Path) -> None:
    ended = roop("enhance", "--target", here / "dark.png", "--restorer", "none", "--upscaler", "lanczos", "--scale", 3)
    assert ended.code == 0 and not ended.err, ended.err
    assert images.read(here / "dark_enhanced.png").rgb.shape == (576, 576, 3)
    assert ended.out.splitlines()[-1] == str(here / "dark_enhanced.png")


def test_every_face_is_restored_by_the_one_to_be_preferred(run_with: Run, fakes: Engine, folder: Path) -> None:
    ended = run_with(fakes, "enhance", "--target", folder / "a.png", "--output", folder / "b.png")
    assert ended.code == 0
    made = images.read(folder / "b.png").rgb
    assert [tuple(made[20, column]) for column in (12, 43)] == [(0, 0, BLUE)] * 2
    assert ended.out.splitlines()[0].startswith("face 0  restored") and "restorer: blue" in ended.out.splitlines()
    assert (images.read(folder / "a.png").rgb == row(10, 20)).all(), "the target stays as it is"


def test_upscale_first_says_which_of_the_two_is_first(run_with: Run, fakes: Engine, folder: Path) -> None:
    words = ("enhance", "--target", folder / "a.png", "--restorer", "navy", "--upscaler", "green")
    run_with(fakes, *words, "--output", folder / "last.png")
    run_with(fakes, *words, "--upscale-first", "--output", folder / "first.png")
    last, first = (images.read(folder / f"{name}.png").rgb[40, 24].tolist() for name in ("last", "first"))
    assert (last, first) == ([0, GREENER, BLUE], [0, 0, BLUE])


def test_the_reports_name_what_ran(run_with: Run, fakes: Engine, folder: Path) -> None:
    kept = folder / "kept.json"
    words = ("--upscaler", "green", "--output", folder / "b.png", "--report", kept, "--json", "-")
    report = run_with(fakes, "enhance", "--target", folder / "a.png", *words).report
    assert (report["engine"], report["models"]) == ("", ["blue_net", "green_net"])
    assert report["restorer"]["name"] == "blue" and report["upscaler"]["name"] == "green" and report["scale"] == 2
    assert [face["status"] for face in report["faces"]] == ["restored", "restored"]
    told = json.loads(kept.read_text())
    assert told["units"] == [] and told["result_options"] == {"upscaler": "green"}
    assert [each["what"] for each in told["inputs"]] == ["the target"]
    (result,) = told["results"]
    marks = {mark["kind"]: mark["value"] for mark in result["marks"]}
    assert marks["digital source type"] == "compositeWithTrainedAlgorithmicMedia"


def test_a_missing_restorer_is_a_note_where_the_picture_is_enlarged_anyway(run_with: Run, folder: Path) -> None:
    ended = run_with(engine_with(), "enhance", "--target", folder / "a.png", "--upscaler", "lanczos")
    assert ended.code == 0
    assert ended.err.startswith("roop: No face is restored: auto found no restorer; get it with: roop models get")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--restorer", "none"), "choose a restorer, an upscaler, or both"),
        (("--restorer", "bleu"), "There is no restorer 'bleu'; did you mean 'blue'?"),
        (("--restore-all",), "There is no option --restore-all"),
        (("--source", "a.png"), "There is no option --source"),
        (("--scale", "9"), "--scale goes from 1 to 8"),
        (("--every", "2"), "--every is for a folder of pictures"),
        (("--output", "HERE/a.png"), "is the target, which would be lost"),
        (("--output", "HERE/b.bmp"), "--output"),
        (("--report", "HERE/a.png"), "is the target, which would be lost"),
        (("--target", "HERE/gone.png"), "gone.png"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    run_with: Run, fakes: Engine, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = names(folder)
    placed = [word.replace("HERE", str(folder)) for word in words]
    run_with(fakes, "enhance", "--target", folder / "a.png", *placed).says(2, sentence)
    assert names(folder) == before


def test_a_picture_without_a_face_has_nothing_to_restore(run_with: Run, fakes: Engine, folder: Path) -> None:
    run_with(fakes, "enhance", "--target", folder / "empty.png").says(3, "No face to restore was found in empty")


def test_a_refused_picture_is_not_written(run_with: Run, folder: Path) -> None:
    engine = engine_with("blue", gate=FakeGate(refuses=2))
    run_with(engine, "enhance", "--target", folder / "a.png", "--output", folder / "b.png").says(4)
    assert names(folder) == {"a.png", "empty.png"}


def test_a_folder_is_gone_through_and_gone_on_with(run_with: Run, fakes: Engine, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    words = ("enhance", "--target", folder, "--output", output, "--csv", tmp_path / "t.csv", "--json", "-")
    report = run_with(fakes, *words).report
    first, second = report["pictures"]
    assert (first["picture"], first["status"], second["status"]) == ("a.png", "enhanced", "kept")
    assert first["models"] == ["blue_net"] and first["swapped"] == 0
    assert tuple(images.read(output / "a.png").rgb[20, 12]) == (0, 0, BLUE) and not (output / "empty.png").exists()
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines()))
    assert [each["status"] for each in rows] == ["enhanced", "kept"]
    again = run_with(fakes, *words).report["pictures"]
    assert [each["status"] for each in again] == ["unchanged", "unchanged"]
    other = run_with(engine_with("navy"), *words).report["pictures"]
    assert other[0]["status"] == "enhanced", "another restorer makes another picture"


def test_in_a_folder_a_picture_without_a_face_is_enlarged(run_with: Run, fakes: Engine, folder: Path) -> None:
    words = ("--output", folder / "out", "--upscaler", "lanczos", "--json", "-")
    report = run_with(fakes, "enhance", "--target", folder, *words).report
    assert {each["status"] for each in report["pictures"]} == {"enhanced"}
    assert images.read(folder / "out" / "empty.png").rgb.shape == (80, 120, 3)


def test_a_folder_without_a_face_says_so(run_with: Run, fakes: Engine, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    save(tmp_path / "in" / "empty.png", np.full((40, 60, 3), (0, 30, 30), np.uint8))
    ended = run_with(fakes, "enhance", "--target", tmp_path / "in", "--output", tmp_path / "out")
    assert ended.code == 3 and "No face of any of 1 pictures was altered." in ended.err
