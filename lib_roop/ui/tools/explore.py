"""Explore: what is in an ONNX file. It is read, and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError, ModelError
from .. import compat
from ..compat import Wires
from .frame import Answer, Tool, table

TITLE, NAME = "Explore model", "explore"
MOST_ROWS = 200
HELP = "What a net takes and gives, and whose it is. A file is read for this and never run."


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    gradio = tool.gradio
    gradio.HTML(f'<p class="roop-line">{HELP}</p>')
    listed = gradio.Dropdown([], label="Nets that are here", elem_id=tool.id("listed"))
    given = gradio.File(label="Or a file of yours (.onnx)", file_types=[".onnx"], elem_id=tool.id("given"))
    button = gradio.Button("Explore", variant="primary", elem_id=tool.id("run"))
    tool.place_line()
    facts, values, operators = (gradio.HTML("", elem_id=tool.id(part)) for part in ("facts", "values", "operators"))

    def show(name: str | None, file: Any) -> Answer:
        path = _chosen(tool, name, compat.paths(file))
        return dict(zip((facts, values, operators), _tables(tool, path), strict=True))

    # The engine, which knows the folders, is not made to draw a page.
    tool.on(tool.tab.select, lambda: {listed: gradio.update(choices=list(_files(tool)))}, Wires((), [listed]))
    tool.on(button.click, show, Wires([listed, given], [facts, values, operators]))


def _files(tool: Tool) -> dict[str, Path]:
    from ...zoo import exploring, store

    return exploring.files(store.folders(tool.desk.engine.host.model_folders()))


def _chosen(tool: Tool, name: str | None, uploaded: list[Path]) -> Path:
    """The file that was given, else the one that was named, which is looked for anew: a page sends no paths."""
    if uploaded:
        return uploaded[0]
    if not name:
        raise InputError("Choose a net, or give a file.")
    found = _files(tool)
    if name not in found:
        raise InputError("That net is not there any more; choose another.")
    return found[name]


def _tables(tool: Tool, path: Path) -> tuple[str, str, str]:
    from ...zoo import exploring

    try:
        found = exploring.explored(path, tool.desk.engine.models)
    except ModelError as error:
        raise ModelError(str(error).replace(str(path), path.name)) from error
    told = [("file", path.name), *exploring.facts(found)]
    rows = [("input", *_cells(each)) for each in found.inputs] + [("output", *_cells(each)) for each in found.outputs]
    counted = list(found.operators.items())
    return (
        table(("", "What the file says"), told),
        table(("", "Name", "Type", "Shape"), rows[:MOST_ROWS]),
        table(("Operator", f"Nodes ({found.nodes})"), counted[:MOST_ROWS]),
    )


def _cells(value: Any) -> tuple[str, str, str]:
    return value.name, value.type, " x ".join(map(str, value.shape))
