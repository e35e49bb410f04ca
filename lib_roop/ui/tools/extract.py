"""Extract: all faces of many pictures as crops, in a folder or a zip, with a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from ...options import NONE, PostOptions, SwapUnit
from .. import compat
from ..compat import Wires
from .frame import Answer, Step, Tool, Work, table, turned

if TYPE_CHECKING:
    from ...extracting import Crops, Put, Row

TITLE, NAME = "Extract", "extract"
ALIGNED, PLAIN = "Upright, eyes and mouth in their places", "As they lie in the picture"
ZIP, FOLDER = "A zip to download, whole or not at all", "The folder of results"
HEADS = ("Picture", "No.", "File", "Score", "Yaw, pitch, roll", "Sex", "Age")
MOST_SHOWN, MOST_ROWS = 60, 200
"""So many faces are shown, and so many rows, the last ones; the table in the zip or the folder has all."""


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    gradio, choices = tool.gradio, tool.desk.choices()
    pictures = gradio.File(label="Pictures", file_count="multiple", file_types=["image"], elem_id=tool.id("pictures"))
    with compat.row(tool.widgets):
        how = gradio.Radio([ALIGNED, PLAIN], value=ALIGNED, label="Crops", elem_id=tool.id("how"))
        where = gradio.Radio([ZIP, FOLDER], value=ZIP, label="Where they go", elem_id=tool.id("where"))
    with compat.row(tool.widgets):
        size = gradio.Slider(32, 1024, 256, step=32, label="Size in pixels", elem_id=tool.id("size"))
        threshold = gradio.Slider(
            0.05,
            0.95,
            SwapUnit().detection_threshold,
            step=0.05,
            label="Detection threshold",
            elem_id=tool.id("threshold"),
        )
        restorer = gradio.Dropdown(
            [NONE, *choices.restorers], value=NONE, label="Restorer", elem_id=tool.id("restorer")
        )
        upscaler = gradio.Dropdown(
            [NONE, *choices.upscalers], value=NONE, label="Upscaler for small faces", elem_id=tool.id("upscaler")
        )
    start, stop = tool.buttons("Extract")
    gallery = compat.gallery(tool.widgets, label="Faces", columns=6, height=320, elem_id=tool.id("faces"))
    rows = gradio.HTML("", elem_id=tool.id("table"))
    file = gradio.File(label="Zip", interactive=False, visible=False, elem_id=tool.id("file"))
    work = Extracting(tool, gallery, rows, file).work
    tool.runs(
        start, stop, work, Wires([pictures, how, where, size, threshold, restorer, upscaler], [gallery, rows, file])
    )


class Extracting:
    """Cuts faces out of one picture after the other."""

    def __init__(self, tool: Tool, gallery: Any, rows: Any, file: Any) -> None:
        self._tool, self._desk = tool, tool.desk
        self._gallery, self._rows, self._file = gallery, rows, file

    def work(self, files: Any, how: str, where: str, *settings: Any) -> Work:
        """A picture without a face, or a damaged one, is a row with the reason."""
        from ... import extracting

        paths = compat.paths(files)
        if not paths:
            raise InputError("Drop the pictures whose faces are to be cut out first.")
        crops = self._crops(how == ALIGNED, *settings)
        place, into = self._place(where)
        rows: list[Row] = []
        shown: list[str] = []
        with into as put:
            album = extracting.Album(partial(self._put, put, shown))
            try:
                for number, path in enumerate(paths):
                    yield Step(number, len(paths), f"Looking at {naming.shown(path.name)}", self._answer(rows, shown))
                    with self._desk.turn():
                        rows += extracting.extracted(self._desk.engine, path, crops, album, path.name)
            finally:
                # After a stop, too.
                if any(row.file for row in rows):
                    put(extracting.TABLE, extracting.table(rows))
        count = sum(bool(row.file) for row in rows)
        offered = str(place) if where == ZIP and count else None
        there = f", and lie in {place}" if where == FOLDER and count else ""
        yield {
            **self._answer(rows, shown),
            self._file: self._tool.gradio.update(value=offered, visible=offered is not None),
            **self._tool.say(f"{count} faces were cut out of {len(paths)} pictures{there}."),
        }

    def _put(self, put: Put, shown: list[str], name: str, data: bytes) -> None:
        """A face where it belongs, and the first ones also where the page finds them."""
        put(name, data)
        if len(shown) < MOST_SHOWN:
            shown.append(str(self._desk.scratch.put(name, data)))

    def _crops(self, aligned: bool, size: float, threshold: float, *named: str) -> Crops:
        from ... import extracting

        crops = extracting.Crops(aligned=aligned, side=int(size), unit=SwapUnit(detection_threshold=float(threshold)))
        restorer, upscaler = named
        with self._desk.turn():
            return extracting.finished(self._desk.engine, crops, PostOptions(restorer=restorer, upscaler=upscaler))

    def _place(self, where: str) -> tuple[Path, AbstractContextManager[Put]]:
        from ... import extracting, images

        if where == ZIP:
            path = self._desk.scratch.folder() / "faces.zip"
            return path, extracting.into_zip(path)
        path = images.free_name(self._desk.outputs(), "faces", "")
        return path, extracting.into_folder(path)

    def _answer(self, rows: Sequence[Row], shown: Sequence[str]) -> Answer:
        last = rows[-MOST_ROWS:]
        marked = [number for number, row in enumerate(last) if row.face is None]
        return {self._gallery: list(shown), self._rows: table(HEADS, map(_cells, last), marked) if rows else ""}


def _cells(row: Row) -> tuple[object, ...]:
    face, name = row.face, naming.shown(row.picture)
    if face is None:
        return name, "", naming.shown(row.reason), *[""] * 4
    return name, row.number, row.file, float(face.score), turned(face.pose), face.sex, face.age
