"""Analyse: the faces of a picture with all that is known of them, drawn and in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...options import SwapUnit
from .. import compat
from ..compat import Wires
from .frame import Answer, Tool, table, turned

if TYPE_CHECKING:
    from ...analysing import Looked
    from ...types import Face

TITLE, NAME = "Analyse", "analyse"
HEADS = ("No.", "Score", "Left, top", "Width x height", "Yaw, pitch, roll", "Sex", "Age", "Note")
HELP = (
    "The arrows are the head's axes: red where it looks, green upwards, blue to the picture's right. "
    "Grey boxes just failed the detection threshold."
)


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    gradio = tool.gradio
    with gradio.Row():
        with gradio.Column(min_width=280):
            picture = compat.picture(tool.widgets, label="Picture", elem_id=tool.id("picture"))
            threshold = gradio.Slider(
                0.05, 0.95, SwapUnit().detection_threshold, step=0.05, label="Detection threshold",
                elem_id=tool.id("threshold"),
            )  # fmt: skip
            button = gradio.Button("Analyse", variant="primary", elem_id=tool.id("run"))
            tool.place_line()
        with gradio.Column(min_width=280):
            drawn = compat.shown(tool.widgets, label="Faces", elem_id=tool.id("drawn"))
            gradio.HTML(f'<p class="roop-line">{HELP}</p>')
    rows = gradio.HTML("", elem_id=tool.id("table"))

    def act(given: Any, least: float) -> Answer:
        if given is None:
            raise InputError("Choose a picture first.")
        return _analysed(tool, given, least, drawn, rows)

    tool.on(button.click, act, Wires([picture, threshold], [drawn, rows]))


def _analysed(tool: Tool, given: Any, least: float, drawn: Any, rows: Any) -> Answer:
    from ... import analysing, images, provenance

    picture, engine = images.read(given), tool.desk.engine
    with tool.desk.turn():
        seen = analysing.looked(engine, picture, SwapUnit(detection_threshold=float(least)))
    data = provenance.encoded(analysing.drawn(seen), ".png", source_type=provenance.COMPOSITE)
    path = str(tool.desk.scratch.put("faces.png", data))
    missed = seen.found.near_misses
    cells = [_row(str(number), face) for number, face in enumerate(seen.faces)]
    cells += [_row("", face, "below the threshold") for face in missed]
    return {
        drawn: tool.gradio.update(value=path, visible=True),
        rows: table(HEADS, cells, range(len(seen.faces), len(cells))) if cells else "",
        **tool.say(*_told(seen), *picture.notes),
    }


def _told(seen: Looked) -> list[str]:
    count, missed = len(seen.faces), len(seen.found.near_misses)
    faces = "1 face" if count == 1 else f"{count or 'No'} faces"
    return [f"{faces}, and {missed} that just failed the threshold." if missed else f"{faces}."]


def _row(number: str, face: Face, note: str = "") -> tuple[object, ...]:
    x, y = round(float(face.box[0])), round(float(face.box[1]))
    size = f"{face.width:.0f} x {face.height:.0f}"
    return number, float(face.score), f"{x}, {y}", size, turned(face.pose), face.sex, face.age, note
