"""A folder of pictures on the machine that roop runs on, into another folder, with a row for each picture."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from ...options.film import FolderOptions
from ..asked import Asked
from ..compat import Wires
from .filmed import clock
from .forms import Form
from .frame import Answer, Step, Tool, Work, table
from .sharing import Sharing, watched

if TYPE_CHECKING:
    from ...batch.folder import Run
    from ...batch.making import Row, Task
    from .desk import Desk

HEADS = ("Picture", "Was", "Why", "Swapped", "Similarity", "Results")
MOST_ROWS, NAMED = 200, 5
"""So many rows are shown, the last ones; so many files are named that were passed over."""
STOPPED = "It was stopped; what was finished stays, and the next start with the same settings goes on from there."


@dataclass(slots=True, eq=False)
class Going:
    """A run over a folder, told by the threads that work, and looked at by a page."""

    rows: list[Row] = field(default_factory=list)
    run: Run | None = None
    sharing: Sharing | None = None
    begun: float = 0.0

    def step(self, answer: Callable[[], Answer]) -> Step:
        """How far it is."""
        if self.sharing:
            self.sharing.rest()
        done, whole = len(self.rows), len(self.run) if self.run else 0
        if not done:
            return Step(0, whole, "Looking at the folder" if not whole else "Beginning")
        left = (whole - done) * (time.monotonic() - self.begun) / done
        return Step(done, whole, f"{naming.shown(self.rows[-1].target)} is done, about {clock(left)} left", answer())


class Folder:
    """The fields for a folder, and its work. settings: reads the values of `parts`."""

    def __init__(self, tool: Tool, settings: Callable[[Sequence[Any]], Asked], parts: Sequence[Any]) -> None:
        self._tool, self._desk, self._settings, self._parts, gradio = tool, tool.desk, settings, parts, tool.gradio
        with gradio.Accordion("A folder of pictures", open=False, elem_id=tool.id("fold")):
            self._target = gradio.Textbox(
                label="Folder on the machine that roop runs on", max_lines=1, elem_id=tool.id("target")
            )
            label = "Folder for the results; empty: one among roop's outputs"
            self._output = gradio.Textbox(label=label, max_lines=1, elem_id=tool.id("output"))
            with gradio.Accordion("Names, and which pictures", open=False, elem_id=tool.id("options_fold")):
                self._form = Form(tool, FolderOptions)
            self._go, self._stop = tool.buttons("Go through the folder")
            self._table = gradio.HTML("", elem_id=tool.id("table"))

    def wire(self) -> None:
        """Bind it."""
        given = [self._target, self._output, *self._form.parts, *self._parts]
        self._tool.runs(self._go, self._stop, self._work, Wires(given, [self._table]), stopped=STOPPED)

    def _work(self, target: Any, output: Any, *given: Any) -> Work:
        """One picture after the other; one that fails is a row with its reason."""
        task = self._task(target, output, *given)
        going = Going()

        def shown() -> Answer:
            return {self._table: _table(going.rows, task.output)}

        run = yield from watched(lambda stop: gone_through(self._desk, task, stop, going), lambda: going.step(shown))
        if len(going.rows) < len(run):
            yield {**shown(), **self._tool.say(STOPPED)}
            return
        counts = ", ".join(f"{count} {status}" for status, count in Counter(row.status for row in going.rows).items())
        yield {**shown(), **self._tool.say(f"{counts}; the results are in {task.output}.", *_left(run))}

    def _task(self, target: Any, output: Any, *given: Any) -> Task:
        from ...batch.making import Task

        count = len(self._form.parts)
        options, asked = self._form.read(given[:count]), self._settings(given[count:])
        folder = _typed(target)
        if folder is None or not folder.is_dir():
            raise InputError(
                "Name a folder of pictures that is there." if folder is None else f"{folder} is no folder."
            )
        into = _typed(output) or self._desk.outputs() / folder.resolve().name
        sources = [each for unit in asked.units for each in (*unit.source, unit.like, unit.mask_picture) if each]
        taken = [Path(getattr(each, "path", each)) for each in sources if getattr(each, "path", each)]
        if into.exists() and not into.is_dir():
            raise InputError(f"{into} is a file; name a folder for the results.")
        if any(place.is_dir() and into.resolve() == place.resolve() for place in taken):
            raise InputError(f"{into} holds the sources; choose another folder, or results become sources.")
        return Task(
            units=asked.units, post=asked.post, saving=asked.output, options=options, target=folder, output=into,
            taken=tuple(taken),
        )  # fmt: skip


def gone_through(desk: Desk, task: Task, stop: threading.Event, going: Going) -> Run:
    """The run, its rows told as they come. Raises RoopError."""
    from ... import provenance
    from ...batch.folder import Run
    from ...batch.manifest import Manifest

    provenance.load_key(task.saving)
    going.sharing = sharing = Sharing(desk.turn, desk.engine.host.interrupted, stop)
    try:
        with Manifest(task.output) as book:
            with sharing.taken():
                run = Run(desk.engine, task, book)
            if not len(run):
                raise InputError(" ".join((f"{task.target} holds no picture.", *_left(run))))
            going.run, going.begun = run, time.monotonic()
            for row in run.rows(stop.is_set, sharing.taken):
                going.rows.append(row)
    finally:
        sharing.close()
    return run


def _typed(value: Any) -> Path | None:
    # Windows copies paths in quotes.
    text = str(value or "").strip(' "')
    return Path(text).expanduser() if text else None


def _left(run: Run) -> Iterator[str]:
    """Sentences about what the folder holds beside the pictures that are gone through."""
    for what, names in (("Films", run.found.films), ("Animations", run.found.animations)):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        if names:
            yield f"{what} are gone through one by one, above: {', '.join(map(naming.shown, names[:NAMED]))}{more}."
    if run.found.unread:
        yield f"Folders that could not be read: {', '.join(map(naming.shown, run.found.unread[:NAMED]))}."


def _table(rows: Sequence[Row], output: Path) -> str:
    last = rows[-MOST_ROWS:]
    marked = [number for number, row in enumerate(last) if row.ended in ("failed", "refused")]
    return table(HEADS, map(_cells, last), marked)


def _cells(row: Row) -> tuple[object, ...]:
    faces = f"{row.swapped} of {row.faces}" if row.faces else ""
    results = ", ".join(map(naming.shown, row.outputs))
    return naming.shown(row.target), row.status, row.reason, faces, row.similarity, results
