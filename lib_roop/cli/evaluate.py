"""`roop report`: what an engine does to faces, in numbers and pictures, on the user's own photographs and models."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import first_use
from ..errors import InputError, PictureError, RoopError
from .outcome import COLUMNS, SHOWN, Outcome
from .pairs import ONE_BY_ONE, Row, Subject, Who, failed, measured, subjects, wanted
from .places import is_uri, same_file
from .report import Report, save, with_devices
from .variants import Trial, judged, trial

if TYPE_CHECKING:
    from ..engine import Engine
    from ..images import Picture


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Measure every pair of the pictures that were named; write JSON and sheet if a folder was. Raises RoopError.

    Ctrl-C ends the measuring, not the command: what was done until then is reported and written.
    """
    engine = make_engine()
    tried = trial(engine, arguments)
    folder = _folder(arguments.output, [*arguments.source, *arguments.target])
    tried = judged(engine, tried)
    sources, without = _gathered(engine, arguments.source, tried, every=arguments.every_face)
    rows = [failed(error, source=who) for who, error in without]
    targets, without = _gathered(engine, arguments.target, tried, every=True)
    rows += [failed(error, target=who) for who, error in without]
    pairs = wanted(sources, targets)
    if sources and targets:
        first_use.tell(engine.host)
    heard, stopped = Report(), False
    try:
        for number, part in enumerate(tried.parts if pairs else ()):
            if engine.host.interrupted():
                break
            if number:
                heard = with_devices(heard, engine)
                engine.unload()
            if tried.compared:
                ways = f"{len(part.variants)} variant{'s' * (len(part.variants) > 1)}"
                engine.host.say(f"model {number + 1} of {len(tried.parts)}: {part.variants[0].model}, {ways}")
            for row in measured(engine, pairs, part):
                rows.append(_kept(row, rows, tried))
        stopped = engine.host.interrupted()
    except KeyboardInterrupt:
        stopped = True
    if not rows and not stopped:
        raise InputError("There is no pair to measure, as no face is put on itself; name another target.")
    found = Outcome(trial=tried, rows=rows, pairs=len(pairs), stopped=stopped)
    pictures = [str(_files(folder)[1])] if folder and found.means else []
    error, code = found.ending
    report = Report(
        body={**found.body(engine), "output": folder and str(folder), "pictures": pictures},
        lines=(*found.lines, *([str(_files(folder)[0])] if folder else []), *pictures),
        notes=(*found.notes(engine, drawn=bool(pictures)), *heard.notes),
        error=error,
        exit_code=code,
        devices=heard.devices,
    )
    report = with_devices(report, engine)
    try:
        _write(folder, report, found)
    except InputError as error:
        return replace(report, error=str(error), exit_code=error.exit_code)
    return report


def _kept(row: Row, rows: Sequence[Row], tried: Trial) -> Row:
    """The row to keep after `rows`: with its close-ups where they will be shown."""
    if not tried.compared:
        return row if len(rows) < SHOWN else replace(row, shots=())
    pairs = dict.fromkeys((each.source, each.target) for each in (*rows, row) if each.shots)
    room = max(1, SHOWN // (2 + len(tried.variants)))
    if len(pairs) > room or row.variant not in tried.variants[:COLUMNS]:
        return replace(row, shots=())
    again = any(each.shots and (each.source, each.target) == (row.source, row.target) for each in rows)
    return replace(row, shots=row.shots[-1:]) if again else row


def _gathered(
    engine: Engine, names: Sequence[str], tried: Trial, *, every: bool
) -> tuple[list[Subject], list[tuple[Who, RoopError]]]:
    """The faces of these pictures, all or the largest of each, and what is wrong with the other pictures."""
    found: list[Subject] = []
    without: list[tuple[Who, RoopError]] = []
    for name in dict.fromkeys(names):
        try:
            found += subjects(engine, name, every=every, recognisers=tried.recognisers)
        except ONE_BY_ONE as error:
            without.append((Who("data:", "data:") if is_uri(name) else Who(name, Path(name).name), error))
    return found, without


def _folder(name: str | None, inputs: Sequence[str]) -> Path | None:
    """The folder for the results, made if need be. Raises InputError when it cannot be, or would lose a file."""
    if name is None:
        return None
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output {folder} cannot be made ({error.strerror or error}); name another.") from error
    for path in _files(folder):
        if any(same_file(path, Path(given)) for given in inputs if not is_uri(given)):
            raise InputError(f"{path} is one of the pictures, which would be lost; name another --output.")
        if path.exists() and not _own(path):
            raise InputError(f"{path} is no earlier report of roop's and would be lost; name another --output.")
    return folder


def _files(folder: Path) -> tuple[Path, Path]:
    """The report and the sheet."""
    return folder / "report.json", folder / "sheet.jpg"


def _own(path: Path) -> bool:
    """Whether `_write` made this file: the report by its fields, the sheet by its mark, which names no engine."""
    from ..provenance import verify

    try:
        if path.suffix != ".json":
            return any((mark.kind, mark.value) == ("AI system", "roop") for mark in verify.verify(path))
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, PictureError):
        return False
    return isinstance(found, dict) and found.get("command") == "report" and {"version", "pairs"} <= found.keys()


def _write(folder: Path | None, report: Report, found: Outcome) -> None:
    """The report as JSON and, when there is anything to see, the sheet. Raises InputError."""
    if folder is None:
        return
    from .. import provenance

    as_json, place = _files(folder)
    save(report, "report", as_json)
    if shown := [row for row in found.rows if row.shots]:
        kinds = {provenance.type_of(row.engine) for row in shown}
        kind = provenance.COMPOSITE if kinds == {provenance.COMPOSITE} else provenance.TRAINED_COMPOSITE
        provenance.save(_sheet(found, shown), place, source_type=kind)


def _sheet(found: Outcome, shown: Sequence[Row]) -> Picture:
    from .. import images
    from . import contact

    if not found.trial.compared:
        return images.read(contact.sheet(shown))
    return images.read(contact.compared(found.rows, found.trial, found.ranking or found.means))
