"""Faces of other tools, taken in file by file: a part of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError
from ...identities import naming
from .. import compat
from ..compat import Wires
from .frame import Step, Tool, Work, table


class Arrivals:
    """Takes in faces of other tools, file by file."""

    def __init__(self, tool: Tool) -> None:
        self._tool, self._desk, gradio = tool, tool.desk, tool.gradio
        with gradio.Accordion("Take in faces of other tools", open=False, elem_id=tool.id("fold")):
            self._files = gradio.File(
                label="Faces of the original roop (.pkl), FaceSwapLab, ReActor or roop (.safetensors)",
                file_count="multiple",
                file_types=[naming.OLD_SUFFIX, naming.SUFFIX],
                elem_id=tool.id("files"),
            )
            self._source = gradio.Textbox(
                label="And all that lie in this folder of the machine that roop runs on",
                max_lines=1,
                visible=tool.desk.folders,
                elem_id=tool.id("folder"),
            )
            self._start, self._stop = tool.buttons("Take them in")
            self._results = gradio.HTML("", elem_id=tool.id("results"))

    def wire(self) -> None:
        """Bind everything."""
        wires = Wires([self._files, self._source], [self._results])
        self._tool.changes_faces(self._tool.runs(self._start, self._stop, self._work, wires))

    def _work(self, files: Any, source: Any) -> Work:
        from ... import library

        folder, paths = self._desk.engine.host.face_folder(), compat.paths(files)
        if (named := str(source or "").strip()) and self._desk.folders:
            paths += library.face_files(_folder(named))
        if not paths:
            raise InputError("Drop files of faces first, or name a folder of them.")
        rows: list[tuple[str, str, str]] = []
        yield Step(0, len(paths), paths[0].name)
        for number, path in enumerate(paths, start=1):
            with self._desk.turn():
                found = library.arrived(folder, path)
            rows.append((found.file, found.path.stem if found.path else "", found.told))
            refused = [place for place, (_, name, _) in enumerate(rows) if not name]
            shown = {self._results: table(("File", "Face", "What became of it"), rows, refused)}
            yield Step(number, len(paths), path.name, shown)
        yield {**shown, **self._tool.say(f"{len(rows) - len(refused)} of {len(rows)} files are kept as faces.")}


def _folder(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise InputError(f"{named} is no folder ({error}); name another.") from error
