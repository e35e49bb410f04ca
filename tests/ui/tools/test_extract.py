"""Extract, on the page."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from lib_roop.provenance.verify import verify
from lib_roop.ui.tools import extract
from lib_roop.ui.tools.extract import ALIGNED, FOLDER, PLAIN, ZIP
from lib_roop.ui.tools.frame import Stop
from tests.cli.running import names, save
from tests.fakes import FakeHost, FakeRestorer, Fakes, drawn, row
from tests.ui.fake_gradio import VERSIONS, Gradio
from tests.ui.tools.desks import Page


@pytest.fixture(params=VERSIONS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    fakes = Fakes(host=FakeHost(own_restorers={"blue": FakeRestorer()}))
    return Page(Gradio(request.param), extract, fakes, tmp_path / "out")


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two pictures of one name, one without a face, and one that is none."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"junk")
    good = [save(tmp_path / "one" / "a.png", row(10, 200)), save(tmp_path / "other" / "a.png", row(90))]
    return [str(path) for path in (*good, save(tmp_path / "none.png", drawn()), bad)]


def asked(files: list[str], where: str, *, how: str = ALIGNED, restorer: str = "none") -> tuple[Any, ...]:
    return files, how, where, 64, 0.5, restorer, "none"


def test_faces_are_offered_as_a_zip_with_their_table(page: Page, files: list[str]) -> None:
    *steps, last = page.works(*asked(files, ZIP))
    assert len(steps) == len(files) and "Looking at a.png (1 of 4)" in page.line(steps[1])
    assert len(steps[1][page.part("faces")]) == 2 and "a_1.png" in steps[1][page.part("table")]
    offered = last[page.part("file")]
    assert offered["visible"]
    assert zipfile.ZipFile(offered["value"]).namelist() == ["a_0.png", "a_1.png", "a-2_0.png", "faces.csv"]
    table = last[page.part("table")]
    assert table.count("roop-marked") == 2 and "no face was found" in table and "bad.png is no picture" in table
    assert "3 faces were cut out of 4 pictures" in page.line(last) and not page.outputs.exists()
    assert all(any(mark.discloses for mark in verify(Path(each))) for each in last[page.part("faces")])


def test_faces_go_into_a_folder_of_their_own(page: Page, files: list[str]) -> None:
    for _ in range(2):
        *_, last = page.works(*asked(files, FOLDER, how=PLAIN))
        assert not last[page.part("file")]["visible"] and str(page.outputs) in page.line(last)
    assert names(page.outputs) == {"faces", "faces_1"}
    assert names(page.outputs / "faces") == {"a_0.png", "a_1.png", "a-2_0.png", "faces.csv"}


def test_a_stop_leaves_what_was_finished_and_its_table(page: Page, files: list[str]) -> None:
    stopping = Stop()
    answers = page.gradio.steps(page.part("run"), "click", stopping, *asked(files, FOLDER))
    next(answers)
    next(answers)
    page.gradio.follow(page.part("run_stop"), "click", stopping)
    assert "stopped" in page.line(list(answers)[-1])
    assert names(page.outputs / "faces") == {"a_0.png", "a_1.png", "faces.csv"}


def test_a_restorer_is_taken_by_name(page: Page, files: list[str]) -> None:
    page.works(*asked(files, ZIP, restorer="blue"))
    restorer = page.fakes.host.own_restorers["blue"]
    assert isinstance(restorer, FakeRestorer) and restorer.crops == 3
    (only,) = page.works(*asked(files, ZIP, restorer="bleu"))
    assert "did you mean" in page.line(only)


@pytest.mark.parametrize("files", [None, []])
def test_without_pictures_there_is_nothing_to_do(page: Page, files: Any) -> None:
    (only,) = page.works(*asked(files, ZIP))
    assert "Drop the pictures" in page.line(only)


def test_without_a_face_nothing_is_offered(page: Page, files: list[str]) -> None:
    for where in (ZIP, FOLDER):
        *_, last = page.works(*asked(files[2:], where))
        assert last[page.part("file")] == {"value": None, "visible": False} and "0 faces" in page.line(last)
    assert not page.outputs.exists()
