"""Explore model, on the page."""

from pathlib import Path

import pytest

from lib_roop.ui.tools import explore
from tests.fakes import FakeHost, Fakes
from tests.ui.fake_gradio import VERSIONS, Element, Gradio
from tests.ui.tools.desks import Page
from tests.zoo.graphs import tiny


@pytest.fixture(params=VERSIONS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "mine.onnx").write_bytes(tiny(inputs={"<b>": ("n", 3)}))
    return Page(Gradio(request.param), explore, Fakes(host=FakeHost(folders=(tmp_path / "nets",))), tmp_path / "out")


def chosen(page: Page, name: str | None, file: str | None = None) -> dict[Element, str]:
    return page.gradio.follow(page.part("run"), "click", name, file)


def test_opening_the_tool_lists_the_nets_that_are_here(page: Page) -> None:
    opened = page.gradio.by_id("roop_explore_tool")
    choices = page.gradio.follow(opened, "select")[page.part("listed")]["choices"]
    assert {"nets/mine.onnx", "builtin/facemesh_468.onnx"} <= set(choices)


def test_a_listed_net_is_shown_with_its_card(page: Page) -> None:
    answer = chosen(page, "builtin/facemesh_468.onnx")
    assert "Apache-2.0 (commercial use is allowed)" in answer[page.part("facts")]
    assert "n x 468 x 3" in answer[page.part("values")] and "Conv" in answer[page.part("operators")]


def test_what_a_file_says_stays_text(page: Page) -> None:
    answer = chosen(page, "nets/mine.onnx")
    assert "unknown" in answer[page.part("facts")]
    assert "&lt;b&gt;" in answer[page.part("values")] and "<b>" not in answer[page.part("values")]


def test_a_file_of_the_users_own_comes_first_and_is_called_by_its_name(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "upload.onnx"
    path.write_bytes(tiny(operator="Abs"))
    answer = chosen(page, "nets/mine.onnx", str(path))
    assert "Abs" in answer[page.part("operators")] and "upload.onnx" in answer[page.part("facts")]
    assert str(tmp_path) not in answer[page.part("facts")]
    path.write_bytes(b"junk")
    told = page.line(chosen(page, None, str(path)))
    assert "The file upload.onnx is no ONNX net" in told and str(tmp_path) not in told


@pytest.mark.parametrize(
    ("name", "sentence"),
    [(None, "Choose a net"), ("nets/gone.onnx", "not there any more"), ("/etc/passwd", "not there any more")],
)
def test_a_page_names_nets_and_never_paths(page: Page, name: str | None, sentence: str) -> None:
    assert sentence in page.line(chosen(page, name))
