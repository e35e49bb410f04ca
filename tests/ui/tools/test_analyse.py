"""Analyse, on the page."""

from pathlib import Path

import pytest
from PIL import Image as Pillow

from lib_roop.provenance.verify import verify
from lib_roop.ui.tools import analyse
from tests.fakes import Fakes, Person, drawn
from tests.ui.fake_gradio import VERSIONS, Gradio
from tests.ui.tools.desks import Page


@pytest.fixture(params=VERSIONS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    return Page(Gradio(request.param), analyse, Fakes(), tmp_path / "out")


def test_faces_are_drawn_and_listed_with_those_that_just_failed(page: Page) -> None:
    picture = Pillow.fromarray(drawn(Person((5, 5, 20), 1, sex=1), Person((50, 5, 20), 2, score=100)))
    answer = page.gradio.follow(page.part("run"), "click", picture, 0.5)
    table, shown = answer[page.part("table")], answer[page.part("drawn")]
    assert "female" in table and "+1, +2, +3" in table and "20 x 20" in table
    assert table.count("roop-marked") == 1 and table.index("below the threshold") > table.index("roop-marked")
    assert "1 face, and 1 that just failed" in page.line(answer) and page.turns == 1
    assert shown["visible"] and any(mark.discloses for mark in verify(Path(shown["value"])))
    lower = page.gradio.follow(page.part("run"), "click", picture, 0.3)
    assert "2 faces." in page.line(lower) and "roop-marked" not in lower[page.part("table")]


def test_a_picture_without_faces_is_said(page: Page) -> None:
    answer = page.gradio.follow(page.part("run"), "click", Pillow.fromarray(drawn()), 0.5)
    assert "No faces." in page.line(answer) and answer[page.part("table")] == ""


def test_without_a_picture_one_is_asked_for(page: Page) -> None:
    assert "Choose a picture" in page.line(page.gradio.follow(page.part("run"), "click", None, 0.5))
