"""Compare, on the page."""

from pathlib import Path

import pytest

from lib_roop.faces import build
from lib_roop.faces import save as keep
from lib_roop.provenance.verify import verify
from lib_roop.ui.tools import compare
from tests.cli.running import save
from tests.fakes import FakeHost, Fakes, drawn, row
from tests.ui.fake_gradio import VERSIONS, Gradio
from tests.ui.tools.desks import Page


@pytest.fixture(params=VERSIONS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    fakes = Fakes(host=FakeHost(faces=tmp_path / "faces"))
    return Page(Gradio(request.param), compare, fakes, tmp_path / "out")


def test_pictures_and_kept_faces_are_compared(page: Page, tmp_path: Path) -> None:
    keep(build(page.fakes.engine(), "Anna", [row(90)]), tmp_path / "faces")
    paths = [save(tmp_path / "<b>.png", row(90)), save(tmp_path / "c.png", row(200))]
    *steps, last = page.works([str(path) for path in paths], ["Anna"])
    assert len(steps) == 3 and "Looking at c.png (1 of 3)" in page.line(steps[1]) and page.turns == 3
    table = last[page.part("table")]
    assert "the same picture" in table and "&lt;b&gt;" in table and "<b>" not in table and table.count("<tr>") == 4
    plot = last[page.part("plot")]
    assert plot["visible"] and any(mark.discloses for mark in verify(Path(plot["value"])))
    assert "w600k_r50" in page.line(last) and "0.28" in page.line(last)


def test_what_cannot_be_compared_is_left_out_and_said(page: Page, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"junk")
    paths = [save(tmp_path / "a.png", row(90)), save(tmp_path / "b.png", row(90)), save(tmp_path / "e.png", drawn())]
    *_, last = page.works([*map(str, paths), str(tmp_path / "bad.png")], ["Nobody"])
    told = page.line(last)
    assert "No face was found in e" in told and "bad.png is no picture" in told and "Nobody" in told
    assert str(tmp_path) not in told and last[page.part("table")].count("<tr>") == 2


@pytest.mark.parametrize("kept", [None, [], ["../../etc/passwd"]])
def test_fewer_than_two_are_refused(page: Page, kept: list[str] | None, tmp_path: Path) -> None:
    (only,) = page.works([str(save(tmp_path / "a.png", row(90)))], kept)[-1:]
    assert "2 to 64" in page.line(only) or "cannot hold" in page.line(only)


def test_the_list_of_kept_faces_is_made_anew(page: Page, tmp_path: Path) -> None:
    again, kept = page.part("face1_refresh"), page.part("kept")
    assert kept.options["choices"] == []
    keep(build(page.fakes.engine(), "Anna", [row(90)]), tmp_path / "faces")
    assert page.gradio.follow(again, "click")[kept] == {"choices": ["Anna"]}
