"""Build: a face checkpoint of many pictures, with every face in them shown before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from ...options import BLENDS, NONE
from .. import compat
from ..compat import Wires
from .frame import Answer, Step, Tool, Work, table, turned
from .keeping import Keeping, label

if TYPE_CHECKING:
    from ...gathering import Candidate, Looked, Suggestion
    from ...types import Image

TITLE, NAME = "Build", "build"
HEADS = ("No.", "Picture", "Size", "Sharpness", "Yaw, pitch, roll", "Score", "Resemblance", "Note")
METHODS = [each for each in BLENDS if each != NONE]
SEXES = ("auto", "female", "male")
HELP = (
    "Drop pictures of one person. Every face in them is shown; those that resemble each other are ticked. "
    "Resemblance is the median to the other pictures: 0 for strangers, 1 for the same picture."
)


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    gradio = tool.gradio
    gradio.HTML(f'<p class="roop-line">{HELP}</p>')
    pictures = gradio.File(label="Pictures of one person", file_count="multiple", elem_id=tool.id("pictures"))
    find, stop_finding = tool.buttons("Find faces", "find")
    found = gradio.State(())
    gallery = compat.gallery(tool.widgets, label="Faces", columns=6, height=320, elem_id=tool.id("faces"))
    rows = gradio.HTML("", elem_id=tool.id("table"))
    used = gradio.CheckboxGroup([], label="Faces that are used", elem_id=tool.id("used"))
    finding = Finding(tool, found, gallery, rows, used)
    tool.runs(find, stop_finding, finding.work, Wires([pictures], [found, gallery, rows, used]))

    with compat.row(tool.widgets):
        name = gradio.Textbox(label="Name", max_lines=1, elem_id=tool.id("name"))
        sex = gradio.Radio(list(SEXES), value=SEXES[0], label="Sex", elem_id=tool.id("sex"))
        method = gradio.Dropdown(METHODS, value=METHODS[0], label="Blend", elem_id=tool.id("method"))
    overwrite = gradio.Checkbox(
        False, label="Write over a face of that name; else this one gets a number", elem_id=tool.id("overwrite")
    )
    # Its line stands below its own buttons, far from that of the faces.
    keeping = Keeping(Tool(f"{NAME}_keep", tool.widgets, tool.desk))
    keeping.draw([found, used, name, sex, method, overwrite])


class Finding:
    """Looks at pictures and shows whom they show."""

    def __init__(self, tool: Tool, found: Any, gallery: Any, rows: Any, used: Any) -> None:
        self._tool, self._desk = tool, tool.desk
        self._found, self._gallery, self._rows, self._used = found, gallery, rows, used

    def work(self, files: Any) -> Work:
        """Look at one picture after the other; what was found is shown at each step."""
        from ... import gathering

        paths = compat.paths(files)
        if not paths:
            raise InputError("Drop pictures of one person first.")
        looked: list[Looked] = []
        alike, shown = None, _Files(self._tool)
        yield Step(0, len(paths), _looking(paths[0]), self._answer(shown, [], gathering.Suggestion()))
        for number, path in enumerate(paths):
            with self._desk.turn():
                looked.append(gathering.look(self._desk.engine, path, number))
            candidates = _candidates(looked)
            alike = gathering.compared(candidates, alike)
            suggestion = gathering.suggested(candidates, alike)
            answer = self._answer(shown, looked, suggestion)
            yield Step(number + 1, len(paths), _looking(paths[min(number + 1, len(paths) - 1)]), answer)
        told = f"{len(candidates)} faces in {len(paths)} pictures; {len(suggestion.used)} of them are ticked."
        notes = [f"{one.source.name}: {note}" for one in looked for note in one.notes]
        yield {**answer, **self._tool.say(told, *suggestion.notes, *notes)}

    def _answer(self, shown: _Files, looked: Sequence[Looked], suggestion: Suggestion) -> Answer:
        candidates = _candidates(looked)
        crops = [crop for one in looked for crop in one.crops]
        labels = [label(number, each) for number, each in enumerate(candidates)]
        pictures = [
            (str(shown.of(crop, number, reason)), ": ".join(filter(None, (labels[number], reason))))
            for number, (crop, reason) in enumerate(zip(crops, suggestion.reasons, strict=True))
        ]
        return {
            self._found: tuple(candidates),
            self._gallery: pictures,
            self._rows: _table(looked, suggestion) if looked else "",
            self._used: self._tool.gradio.update(choices=labels, value=[labels[number] for number in suggestion.used]),
        }


class _Files:
    """The close-ups as files; one is written anew only when it turns out to be somebody else's."""

    def __init__(self, tool: Tool) -> None:
        self._scratch = tool.desk.scratch
        self._written: dict[tuple[int, str], Path] = {}

    def of(self, crop: Image, number: int, reason: str) -> Path:
        """The file of the face `number`, whose frame says the `reason` why it is not used."""
        from ... import gathering

        if (number, reason) not in self._written:
            data = gathering.shown(crop, number + 1, reason)
            self._written[number, reason] = self._scratch.put(f"face-{number + 1}.jpg", data)
        return self._written[number, reason]


def _looking(path: Path) -> str:
    return f"Looking at {naming.shown(path.name)}"


def _candidates(looked: Sequence[Looked]) -> list[Candidate]:
    return [each for one in looked for each in one.candidates]


def _table(looked: Sequence[Looked], suggestion: Suggestion) -> str:
    rows: list[tuple[object, ...]] = []
    marked: list[int] = []
    number = 0
    for one in looked:
        for each in one.candidates:
            marked += [len(rows)] if suggestion.reasons[number] else []
            rows.append(_row(number, each, suggestion))
            number += 1
        if one.error:
            marked.append(len(rows))
            # Where a page keeps what was uploaded says nothing to whoever did.
            reason = str(one.error).replace(str(one.source), one.source.name)
            rows.append(("", naming.shown(one.source.name), *[""] * 5, naming.shown(reason)))
    return table(HEADS, rows, marked)


def _row(number: int, candidate: Candidate, suggestion: Suggestion) -> tuple[object, ...]:
    pose, quality = candidate.pose, candidate.quality
    # The three stay on one line of a narrow table.
    angles = turned(pose).replace(" ", "\u00a0")
    measured = f"{quality.size:.0f}\u00a0px", quality.sharpness, angles, float(quality.score)
    return (
        number + 1,
        naming.shown(candidate.name),
        *measured,
        suggestion.resemblance[number],
        suggestion.reasons[number],
    )
