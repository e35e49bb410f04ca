"""What all tools of the tab have in common."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lib_roop.errors import InputError
from lib_roop.ui.compat import Widgets, Wires
from lib_roop.ui.tools import tab
from lib_roop.ui.tools.desk import KEPT_SECONDS, Scratch
from lib_roop.ui.tools.frame import Step, Stop, Tool, Work, progress, table
from tests.ui.fake_gradio import VERSIONS, Element, Gradio

NO_DESK: Any = SimpleNamespace()


@pytest.fixture(params=VERSIONS)
def gradio(request: pytest.FixtureRequest) -> Gradio:
    return Gradio(request.param)


class Counting:
    """Long work in three steps; it remembers how it ended."""

    TITLE, NAME = "Counting", "count"

    def __init__(self) -> None:
        self.ended = ""
        self.out: Element
        self.go: Element
        self.stop: Element
        self.line: Element

    def work(self, fails: bool) -> Work:
        try:
            for number in range(3):
                yield Step(number, 3, "counting", {self.out: str(number)})
            if fails:
                raise InputError("Three is too many.")
            yield {self.out: "all"}
            self.ended = "by itself"
        finally:
            self.ended = self.ended or "early"

    def draw(self, tool: Tool) -> None:
        fails = tool.gradio.Checkbox(False, elem_id=tool.id("fails"))
        self.out = tool.gradio.HTML("", elem_id=tool.id("out"))
        self.go, self.stop = tool.buttons("Count")
        tool.changes_faces(tool.runs(self.go, self.stop, self.work, Wires([fails], [self.out])))
        self.line = tool.line


@pytest.fixture
def counting(gradio: Gradio) -> Counting:
    made: Any = Counting()
    tab.draw(Widgets(gradio=gradio), NO_DESK, [made])
    return made  # type: ignore[no-any-return]


def test_steps_are_shown_and_the_last_answer_clears_them(gradio: Gradio, counting: Counting) -> None:
    answers = list(gradio.steps(counting.go, "click", Stop(), False))
    assert [each[counting.out] for each in answers] == ["0", "1", "2", "all"]
    assert "counting (1 of 3)" in answers[1][counting.line] and answers[-1][counting.line] == ""
    assert counting.ended == "by itself"


def test_what_the_user_can_mend_is_said(gradio: Gradio, counting: Counting) -> None:
    *_, last = gradio.steps(counting.go, "click", Stop(), True)
    assert "Three is too many." in last[counting.line]


def test_stop_ends_the_work_after_its_step(gradio: Gradio, counting: Counting) -> None:
    stopping = Stop()
    answers = gradio.steps(counting.go, "click", stopping, False)
    next(answers)
    gradio.follow(counting.stop, "click", stopping)
    assert "stopped" in [each[counting.line] for each in answers][-1]
    assert counting.ended == "early"


def test_a_page_that_is_closed_ends_its_work(gradio: Gradio, counting: Counting) -> None:
    answers: Iterator[Any] = gradio.listener(counting.go, "click").act(Stop(), False)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert counting.ended == "early"


def test_panels_list_the_faces_anew_after_it(gradio: Gradio, counting: Counting) -> None:
    (after,) = gradio.listener(counting.go, "click").after
    assert "facesChanged" in str(after)


def test_tables_and_bars_hold_text_and_no_markup() -> None:
    made = table(["<head>"], [["<b>"], [0.5], [None], [7]], marked=[1])
    assert "<b>" not in made and "&lt;b&gt;" in made and "&lt;head&gt;" in made and ">0.50<" in made
    assert made.count("roop-marked") == 1
    assert "&lt;i&gt; (1 of 2)" in progress(Step(1, 2, "<i>"))


def test_scratch_files_go_when_they_are_old_and_never_leave_their_folder() -> None:
    scratch = Scratch()
    path = scratch.put("../face.png", b"1")
    assert path.read_bytes() == b"1" and path.name == "face.png"
    assert path.is_relative_to(scratch.folder().parent)
    assert scratch.put("face.png", b"2") != path
    old = path.stat().st_mtime - 2 * KEPT_SECONDS
    os.utime(path.parent, (old, old))
    scratch.folder()
    assert not path.exists()
