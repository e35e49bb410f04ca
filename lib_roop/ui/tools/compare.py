"""Compare: how alike the faces of pictures and kept faces are, each with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from .. import compat
from ..compat import Wires
from ..panel import REFRESH
from .frame import Answer, Step, Tool, Work, table

if TYPE_CHECKING:
    from ...comparing import Comparison, Subject

TITLE, NAME = "Compare", "compare"
MOST, MOST_ROWS = 64, 200
"""So many faces are compared at once, and so many pairs are listed."""
HEADS = ("Face", "and face", "Similarity", "Meaning")
HELP = "The largest face of each picture is compared. 0 is for strangers, 1 for the same picture."


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    gradio = tool.gradio
    gradio.HTML(f'<p class="roop-line">{HELP}</p>')
    pictures = gradio.File(label="Pictures", file_count="multiple", file_types=["image"], elem_id=tool.id("pictures"))
    with compat.row(tool.widgets):
        kept = gradio.Dropdown(
            list(tool.desk.choices().checkpoints), label="Kept faces", multiselect=True, elem_id=tool.id("kept")
        )
        # Buttons of this id are clicked whenever faces were kept, renamed or deleted.
        again = compat.tool(tool.widgets, REFRESH, "Look for kept faces again", tool.id("face1_refresh"))
    start, stop = tool.buttons("Compare")
    plot = compat.shown(tool.widgets, label="Each with each", height=520, elem_id=tool.id("plot"))
    rows = gradio.HTML("", elem_id=tool.id("table"))
    comparing = Comparing(tool, plot, rows)
    tool.runs(start, stop, comparing.work, Wires([pictures, kept], [plot, rows]))
    tool.on(
        again.click, lambda: {kept: gradio.update(choices=list(tool.desk.choices().checkpoints))}, Wires((), [kept])
    )


class Comparing:
    """Describes one face after the other, and shows how alike they are."""

    def __init__(self, tool: Tool, plot: Any, rows: Any) -> None:
        self._tool, self._desk, self._plot, self._rows = tool, tool.desk, plot, rows

    def work(self, files: Any, kept: Sequence[str] | None) -> Work:
        """Whom a picture does not show, or a file does not hold, is left out, and it is said."""
        from ... import comparing

        paths, names = compat.paths(files), list(kept or ())
        whole = len(paths) + len(names)
        if not 2 <= whole <= MOST:
            raise InputError(f"Choose 2 to {MOST} pictures or kept faces to compare.")
        subjects: list[Subject] = []
        told: list[str] = []
        for number, (name, look) in enumerate(self._looks(paths, names)):
            yield Step(number, whole, f"Looking at {name}")
            try:
                with self._desk.turn():
                    subjects.append(look())
            except InputError as error:
                told.append(naming.shown(str(error)))
        if len(subjects) < 2:
            raise InputError(" ".join(told) or "There is nothing to compare.")
        yield self._shown(comparing.compared(self._desk.engine, subjects), told)

    def _looks(self, paths: Sequence[Path], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """What each is called, and what describes it."""
        from ... import comparing, images

        def look(path: Path) -> Subject:
            try:
                return comparing.shown(self._desk.engine, images.read(path))
            except InputError as error:
                raise InputError(str(error).replace(str(path), path.name)) from error

        def recall(name: str) -> Subject:
            return comparing.kept(self._desk.engine, naming.checked(name))

        yield from ((naming.shown(path.name), lambda path=path: look(path)) for path in paths)
        yield from ((naming.shown(name), lambda name=name: recall(name)) for name in names)

    def _shown(self, found: Comparison, told: Sequence[str]) -> Answer:
        from ... import comparing, images, provenance

        picture = images.read(comparing.matrix(found))
        data = provenance.encoded(picture, ".png", source_type=provenance.COMPOSITE)
        plot = str(self._desk.scratch.put("similarities.png", data))
        limits = found.limits
        means = (
            f"Compared by {found.recogniser}: from {limits.same:g} on it is the same person, below {limits.perhaps:g} "
            "somebody else, and between them perhaps the same."
        )
        return {
            self._plot: self._tool.gradio.update(value=plot, visible=True),
            self._rows: table(HEADS, _rows(found)),
            **self._tool.say(means, *told),
        }


def _rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    """The pairs that are the most alike first, numbered as in the plot."""
    names = [f"{number}  {naming.shown(name)}" for number, name in enumerate(found.names, start=1)]
    for one, other in found.pairs[:MOST_ROWS]:
        alike = float(found.values[one, other])
        yield names[one], names[other], alike, found.limits.meaning(alike)
