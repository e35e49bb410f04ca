"""Swap pictures that are there already: one to look at while settings change, or many into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ... import images
from ...errors import InputError, RoopError
from ...identities import naming
from .. import compat, numbering, viewing
from ..asked import names_somebody
from ..compat import Wires
from ..events import Actions, Again, Answer, Numbered, Shown, bind
from ..fields import REFERENCE, UNIT, Field, mapping
from ..panel import Panel, panel, sentences
from . import results
from .frame import Step, Tool, Work, progress, table
from .results import Done, Shelf, Targets

TITLE, NAME = "Swap pictures", "pictures"
COLUMNS = ("picture", "was", "similarity", "file")
TRY = "Try it with two portraits in the public domain (Grace Hopper, Eileen Collins)"


def draw(tool: Tool) -> None:
    """Draw it and bind what it does."""
    _Drawn(tool).wire()


class _Drawn:
    """The tool's parts and their work."""

    def __init__(self, tool: Tool) -> None:
        self._tool, self._desk, gradio = tool, tool.desk, tool.gradio
        self._chosen, self._shelf = gradio.State(Targets()), gradio.State(Shelf())
        choices = replace(tool.desk.choices(), missing=())
        self._try = gradio.Button(TRY, size="sm", elem_id=tool.id("try")) if tool.desk.samples else None
        with gradio.Row(elem_classes=["roop-desk"]):
            with gradio.Column(min_width=320):
                drawn = panel(replace(tool.widgets, always_on=True), choices, tool.desk.units, is_img2img=False)
            with gradio.Column(min_width=320):
                self._targets()
                faces = compat.shown(tool.widgets, label="Click the faces to swap", elem_id=tool.id("faces"))
                self._swap = gradio.Button("Swap", variant="primary", elem_id=tool.id("swap"))
                tool.place_line()
            with gradio.Column(min_width=320):
                self._view = gradio.HTML("", elem_id=tool.id("view"))
                self._report = gradio.HTML("", elem_id=tool.id("report"))
                self._file = gradio.File(label="Result", interactive=False, elem_id=tool.id("file"))
                self._take = gradio.Button("Use the result as target", elem_id=tool.id("take"))
                self._history = compat.gallery(
                    tool.widgets, label="Results", columns=4, height=160, elem_id=tool.id("history")
                )
        with gradio.Accordion("Many pictures, into a folder", open=False, elem_id=tool.id("many_fold")):
            self._many, self._stop = tool.buttons("Swap all of them", "many")
            self._table = gradio.HTML("", elem_id=tool.id("table"))
            self._files = gradio.File(label="Files", file_count="multiple", interactive=False, elem_id=tool.id("files"))
        # The boxes with numbers belong beside the target, and one line is enough.
        self._panel: Panel = replace(drawn, faces=faces, line=tool.line)

    def _targets(self) -> None:
        tool, gradio = self._tool, self._tool.gradio
        self._dropped = gradio.File(
            label="Pictures to swap faces in", file_count="multiple", file_types=["image"], elem_id=tool.id("targets")
        )
        label = "Paste one, or take a photo"
        self._taken = compat.camera(tool.widgets, label=label, elem_id=tool.id("camera")) if self._desk.live else None
        self._rows = compat.gallery(
            tool.widgets, label="Click one to work on it", columns=4, height=160, visible=False, elem_id=tool.id("rows")
        )

    def wire(self) -> None:
        """Bind everything."""
        tool, drawn, shelf = self._tool, self._panel, self._shelf
        shown = [shelf, self._view, self._report, self._file, self._history]
        self._seen = bind(drawn, tool.widgets, Actions(
            checkpoints=lambda: [path.stem for path in naming.stored(self._desk.engine.host.face_folder())],
            preview=lambda name: viewing.preview(self._desk.engine.host.face_folder(), name),
            presets=self._desk.presets, faces=self._faces, again=self._again, fetch=str,
            ran=lambda _: (), pictures=[self._chosen, shelf], results=shown,
        ))  # fmt: skip
        choosing, targets = [self._chosen, *drawn.components], [self._chosen, self._rows, self._seen, drawn.faces]
        asking = [shelf, *choosing]
        boxes = [self._dropped, *([self._taken] if self._taken is not None else [])]
        changes = [tool.on(box.change, self._choose, Wires([*choosing, *boxes], targets)) for box in boxes]
        changes.append(tool.on(self._rows.select, self._select, Wires(choosing, targets), numbered=True))
        changes.append(tool.on(self._take.click, self._use, Wires(asking, targets)))
        for number, each in enumerate(drawn.tabs, start=1):
            tool.on(each.select, partial(self._counted_for, number), Wires(choosing, targets))
        tool.on(self._swap.click, self._swapped, Wires(asking, shown))
        tool.on(
            self._history.select,
            self._look,
            Wires([shelf], [shelf, self._view, self._report, self._file]),
            numbered=True,
        )
        tool.runs(self._many, self._stop, self._all, Wires(asking, [shelf, self._table, self._files, self._history]))
        if self._try is not None:
            reference = drawn.of[Field(UNIT, 1, REFERENCE)]
            tool.on(self._try.click, partial(self._sampled, reference), Wires((), [reference, self._dropped]))
        if self._desk.live:
            compat.live(tool.gradio, drawn.components, changes, self._anew, Wires(asking, [*shown, tool.line]))

    def _faces(self, given: Sequence[Any], settings: Mapping[str, Any], number: int) -> Numbered:
        """The target at hand with the faces' numbers as a unit counts them."""
        targets: Targets = given[1]
        picture, units = images.read(targets.path), settings.get("units", ())
        chosen = units[number - 1] if number <= len(units) else {}
        with self._desk.turn():
            found = numbering.counted(
                self._desk.engine, picture, chosen, lambda: self._desk.asked({"units": [chosen]}).units[0]
            )
        # As a file: what gradio makes of pixels itself has no marks.
        drawn = self._desk.scratch.put("numbered.jpg", viewing.numbered(picture, found))
        return Numbered(str(drawn), numbering.boxes(found), numbering.described(found))

    def _choose(self, targets: Targets, *given: Any) -> Answer:
        """Other targets: those that were dropped, and one that was pasted or taken."""
        count = len(self._panel.components)
        paths = tuple(path for box in given[count:] for path in compat.paths(box))
        return self._shown(replace(targets, paths=paths, at=min(targets.at, max(len(paths) - 1, 0))), given[:count])

    def _sampled(self, reference: Any) -> Answer:
        """Two portraits, in the boxes of source and target."""
        samples = self._desk.samples() if self._desk.samples else ()
        target, source = (str(self._desk.scratch.copy(path)) for path in samples)
        return {reference: source, self._dropped: [target]}

    def _select(self, number: int, targets: Targets, *given: Any) -> Answer:
        return self._shown(replace(targets, at=min(number, len(targets.paths) - 1)), given)

    def _counted_for(self, unit: int, targets: Targets, *given: Any) -> Answer:
        """The numbers as another unit counts them, whose tab was opened."""
        return self._shown(replace(targets, unit=unit), given)

    def _use(self, shelf: Shelf, targets: Targets, *given: Any) -> Answer:
        """The result that is shown in the place of the target."""
        result, paths = shelf.shown.path, list(targets.paths)
        paths[targets.at : targets.at + 1] = [result]
        return self._shown(replace(targets, paths=tuple(paths)), given)

    def _shown(self, targets: Targets, given: Sequence[Any]) -> Answer:
        """The targets as the page shows them, the one at hand with its faces numbered."""
        update, several = self._tool.gradio.update, len(targets.paths) > 1
        rows = update(value=[str(path) for path in targets.paths] if several else None, visible=several)
        answer = {self._chosen: targets, self._rows: rows}
        if not targets.paths:
            return {**answer, self._panel.faces: update(value=None, visible=False)}
        found = self._faces([-1, targets], self._mapped(given), targets.unit)
        told = found.told or ["There is no face in this picture."]
        faces, seen = update(value=found.picture, visible=True), Shown(targets.unit, tuple(found.boxes))
        return {**answer, self._panel.faces: faces, self._seen: seen, **self._tool.say(*told)}

    def _swapped(self, shelf: Shelf, targets: Targets, *given: Any) -> Answer:
        """A new result of the target at hand."""
        made, told = self._made(targets, self._mapped(given))
        return {**self._results(shelf.with_results(made)), **self._tool.say(*told)}

    def _again(self, given: Sequence[Any], settings: Mapping[str, Any]) -> Again:
        _, targets, shelf = given
        made, told = self._made(targets, settings)
        return Again(list(self._results(shelf.with_results(made)).values()), told)

    def _anew(self, shelf: Shelf, targets: Targets, *given: Any) -> Answer:
        """The result that is shown, made anew as a setting changed; nothing where something is still missing."""
        settings, nothing = self._mapped(given), {self._tool.line: self._tool.gradio.update()}
        if not any(names_somebody(unit) for unit in settings["units"]):
            return nothing
        try:
            if not targets.paths:
                # Who is to be put there is looked at while the target is still being chosen.
                results.looked_at(self._desk, self._desk.asked(settings))
                return nothing
            made, told = self._made(targets, settings)
        except RoopError as error:
            return self._tool.say(str(error))
        return {**self._results(shelf.with_fresh(made, targets.path)), **self._tool.say(*told)}

    def _look(self, number: int, shelf: Shelf) -> Answer:
        """An earlier result."""
        shelf = replace(shelf, looked=number)
        done = shelf.shown
        return {self._shelf: shelf, self._view: done.shown, self._report: done.report, self._file: str(done.path)}

    def _mapped(self, given: Sequence[Any]) -> dict[str, Any]:
        return mapping([True, *given[1:]], self._desk.units)

    def _made(self, targets: Targets, settings: Mapping[str, Any]) -> tuple[Sequence[Done], Sequence[str]]:
        """Results for the target at hand, and what is to be said."""
        return results.made(self._desk, images.read(targets.path), self._desk.asked(settings))

    def _results(self, shelf: Shelf) -> Answer:
        first = shelf.shown
        return {
            self._shelf: shelf, self._view: first.shown, self._report: first.report, self._file: str(first.path),
            self._history: _there(shelf),
        }  # fmt: skip

    def _all(self, shelf: Shelf, targets: Targets, *given: Any) -> Work:
        """Every target into the folder of outputs; one that fails is a row with its reason."""
        asked = self._desk.asked(self._mapped(given))
        if not targets.paths:
            raise InputError(results.NO_TARGET)
        rows: list[tuple[object, ...]] = []
        files: list[str] = []
        for number, path in enumerate(targets.paths):
            step = Step(number, len(targets.paths), f"Swapping {path.name}")
            # The bar stands above the table too: the line is further up the page.
            yield replace(step, answer=self._rowed(shelf, rows, progress(step)))
            try:
                for place, done in results.saved(self._desk, path, asked, number):
                    rows.append((path.name, "swapped", "" if done.alike is None else done.alike, place.name))
                    files.append(str(done.path))
                    shelf = shelf.with_results([done])
            except RoopError as error:
                rows.append((path.name, str(error), "", ""))
        where = str(self._desk.outputs()) if self._desk.folders else "roop's folder of outputs"
        told = f"{len(files)} pictures are in {where}." if files else "No picture was swapped."
        # Only now, as gradio reads every file whole to offer it.
        offered = {self._files: [file for file in files if Path(file).is_file()] or None}
        yield {**self._rowed(shelf, rows, sentences([told])), **offered, **self._tool.say(told)}

    def _rowed(self, shelf: Shelf, rows: Sequence[Sequence[object]], above: str) -> Answer:
        return {self._shelf: shelf, self._table: above + table(COLUMNS, rows), self._history: _there(shelf)}


def _there(shelf: Shelf) -> list[str]:
    """The files of the results, but for those that are gone since."""
    return [str(done.path) for done in shelf.done if done.path.is_file()]
