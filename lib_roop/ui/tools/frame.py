"""What all tools have: ids, a line that says what happened, buttons that start and stop long work, tables."""

from __future__ import annotations

import html
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import RoopError
from .. import compat
from ..compat import Widgets, Wires
from ..panel import sentences
from .desk import Desk

if TYPE_CHECKING:
    from ...types import Pose

Answer = dict[Any, Any]
"""New values by component; the other outputs stay."""
Work = Generator["Step | Answer", None, None]
"""Long work: steps, and answers as they come."""
STOPPED = "It was stopped; what was finished stays."
CHANGED = "() => window.roop && window.roop.facesChanged()"
"""Lets the panels of the page look for face checkpoints again."""


class Stop:
    """Whether a user asked to stop; each page has its own."""

    def __init__(self) -> None:
        self.asked = False


@dataclass(frozen=True, slots=True)
class Step:
    """How far long work is. whole: 0 where nobody knows yet. answer: what is to be shown already."""

    done: int
    whole: int
    what: str
    answer: Answer | None = None


class Tool:
    """A tool being drawn. name: its part of element ids. tab: in which it is, whose select follows when it is opened.

    line: what says sentences, once `place_line` was called.
    """

    def __init__(self, name: str, widgets: Widgets, desk: Desk, tab: Any = None) -> None:
        self.name, self.widgets, self.desk, self.tab = name, widgets, desk, tab
        self.line: Any = None

    @property
    def gradio(self) -> Any:
        """The page's gradio."""
        return self.widgets.gradio

    def id(self, part: str) -> str:
        """The id of an element of the tool, as roop_build_pictures."""
        return self.widgets.elem_id(f"{self.name}_{part}")

    def place_line(self) -> None:
        """Draw the line here. It stands where the user looks: below the button that was clicked."""
        self.line = self.gradio.HTML("", elem_id=self.id("line"))

    def say(self, *told: str) -> Answer:
        """An answer that says some sentences."""
        return {self.line: sentences(told)}

    def on(
        self, listener: Callable[..., Any], act: Callable[..., Answer], wires: Wires, *, numbered: bool = False
    ) -> Any:
        """Let `act` follow what `listener` (as button.click) waits for; a RoopError is said in the tool's line.

        numbered: it is a gallery's select, and `act` gets the number of the picture first.
        """

        def said(*given: Any) -> Answer:
            try:
                return {**self.say(), **act(*given)}
            except RoopError as error:
                return self.say(str(error))

        follows = compat.with_number(self.gradio, said) if numbered else said
        wired = Wires(wires.inputs, [*wires.outputs, self.line], wires.js, wires.quiet)
        return compat.on(self.gradio, listener, follows, wired)

    def runs(self, start: Any, stop: Any, work: Callable[..., Work], wires: Wires, *, stopped: str = STOPPED) -> Any:
        """Let long `work` follow a click on `start`: it yields steps, and an answer at its end; `stop` ends it early.

        Between two steps it is asked whether to go on: a page that was closed stops its work too. After a stop,
        GeneratorExit is raised in `work` where it yielded, what it had shown stays, and `stopped` is said.
        """
        asked = self.gradio.State(Stop())

        def steps(stopping: Stop, *given: Any) -> Iterator[Answer]:
            stopping.asked = False
            going = work(*given)
            try:
                for step in going:
                    if isinstance(step, Step):
                        yield {**(step.answer or {}), self.line: progress(step)}
                    else:
                        yield {**self.say(), **step}
                    if stopping.asked:
                        # What is said is true then: whoever starts again finds nothing of it at work.
                        going.close()
                        yield self.say(stopped)
                        return
            except RoopError as error:
                yield self.say(str(error))
            finally:
                going.close()

        def halt(stopping: Stop) -> Answer:
            stopping.asked = True
            return self.say("It stops after what is being done now.")

        compat.on(self.gradio, stop.click, halt, Wires([asked], [self.line], quiet=True))
        wired = Wires([asked, *wires.inputs], [*wires.outputs, self.line], wires.js, quiet=True)
        return compat.on(self.gradio, start.click, steps, wired)

    def changes_faces(self, followed: Any) -> None:
        """What `on` or `runs` gave keeps, renames or deletes faces: then every panel of the page lists them anew."""
        compat.afterwards(self.gradio, followed, CHANGED)

    def buttons(self, start: str, name: str = "run") -> tuple[Any, Any]:
        """A button that starts long work, and the one that stops it, with the line below unless it was placed."""
        with self.gradio.Row():
            go = self.gradio.Button(start, variant="primary", elem_id=self.id(name))
            stop = self.gradio.Button("Stop", elem_id=self.id(f"{name}_stop"))
        if self.line is None:
            self.place_line()
        return go, stop


def progress(step: Step) -> str:
    """A bar and a word, as HTML."""
    words = html.escape(f"{step.what} ({step.done} of {step.whole})" if step.whole else step.what)
    known = f'value="{step.done}" max="{step.whole}" ' if step.whole else ""
    return f'<p class="roop-line" role="status"><progress {known}aria-label="{words}"></progress> {words}</p>'


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], marked: Iterable[int] = ()) -> str:
    """Rows of texts and numbers as an HTML table; `marked` rows, by number, stand out. What they hold stays text."""
    odd = set(marked)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    body = "".join(
        f"<tr{' class=roop-marked' if number in odd else ''}>" + "".join(_cell(value) for value in row) + "</tr>"
        for number, row in enumerate(rows)
    )
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="roop-table" tabindex="0">{whole}</div>'


def turned(pose: Pose | None) -> str:
    """A head's angles in whole degrees, for a table."""
    return "" if pose is None else ", ".join(f"{round(angle):+d}" for angle in (pose.yaw, pose.pitch, pose.roll))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="roop-number">{value:.2f}</td>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td class="roop-number">{value}</td>'
    return f"<td>{html.escape('' if value is None else str(value))}</td>"
