"""`roop report`: what an engine does to faces, in numbers and pictures, on the user's own photographs and models."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, RoopError
from ..options import SwapUnit, from_mapping
from . import first_use
from .arguments import typed_unit
from .pairs import ONE_BY_ONE, SHOT, Row, Subject, Who, failed, means, pairs, subjects
from .places import is_uri, same_file
from .report import Report, save, table, with_devices

if TYPE_CHECKING:
    from ..drawing import Panel
    from ..engine import Engine
    from ..images import Picture

STOPPED, PARTLY = 130, 5
TITLE = "roop report: source, target, result (altered with roop), distance to the source before > after"
ABREAST = 9
"""So many pictures are next to each other on the sheet, more only where one pair needs more."""
SHOWN = 360
"""So many swaps are shown at most: a JPEG has limits, and the close-ups are kept in memory until the end."""
DASH = "-"


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Measure every pair of the pictures that were named; write JSON and sheet if a folder was. Raises RoopError.

    Ctrl-C ends the measuring, not the command: what was done until then is reported and written.
    """
    units = _units(arguments)
    folder = _folder(arguments.output, [*arguments.source, *arguments.target])
    engine = make_engine()
    sources, without = _gathered(engine, arguments.source, every=arguments.every_face)
    rows = [failed(error, source=who) for who, error in without]
    targets, without = _gathered(engine, arguments.target, every=True)
    rows += [failed(error, target=who) for who, error in without]
    if sources and targets:
        first_use.tell(engine.host)
    try:
        for row in pairs(engine, sources, targets, units):
            rows.append(row if len(rows) < SHOWN else replace(row, shots=()))
        stopped = engine.host.interrupted()
    except KeyboardInterrupt:
        stopped = True
    if not rows and not stopped:
        raise InputError("There is no pair to measure, as no face is put on itself; name another target.")
    report = with_devices(_report(engine, rows, folder, stopped=stopped), engine)
    try:
        _write(folder, report, rows)
    except InputError as error:
        return replace(report, error=str(error), exit_code=error.exit_code)
    return report


def _units(arguments: argparse.Namespace) -> list[SwapUnit]:
    """How to swap, once for each strength. Raises OptionError."""
    typed = {name: value for name, value in typed_unit(arguments).items() if name == "model"}
    return [from_mapping(SwapUnit, {**typed, "strength": strength}) for strength in dict.fromkeys(arguments.strength)]


def _gathered(
    engine: Engine, names: Sequence[str], *, every: bool
) -> tuple[list[Subject], list[tuple[Who, RoopError]]]:
    """The faces of these pictures, all or the largest of each, and what is wrong with the other pictures."""
    found: list[Subject] = []
    without: list[tuple[Who, RoopError]] = []
    for name in dict.fromkeys(names):
        try:
            found += subjects(engine, name, every=every)
        except ONE_BY_ONE as error:
            without.append((Who("data:", "data:") if is_uri(name) else Who(name, Path(name).name), error))
    return found, without


def _folder(name: str | None, inputs: Sequence[str]) -> Path | None:
    """The folder for the results, made if need be. Raises InputError when it cannot be, or would lose an input."""
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
    return folder


def _files(folder: Path) -> tuple[Path, Path]:
    """The report and the sheet."""
    return folder / "report.json", folder / "sheet.jpg"


def _report(engine: Engine, rows: Sequence[Row], folder: Path | None, *, stopped: bool) -> Report:
    averages = means(rows)
    error, code = _ending(rows, stopped=stopped)
    report, sheet = _files(folder) if folder else (None, None)
    pictures = [str(sheet)] if sheet and averages else []
    return Report(
        body={
            "analyser": list(engine.analyser.models),
            "gate": engine.gate.name,
            "pairs": [_entry(row) for row in rows],
            "means": averages,
            "output": folder and str(folder),
            "pictures": pictures,
        },
        lines=(*_lines(rows, averages), *([str(report)] if report else []), *pictures),
        notes=(f"The sheet shows the first {SHOWN} rows.",) if pictures and len(rows) > SHOWN else (),
        error=error,
        exit_code=code,
    )


def _ending(rows: Sequence[Row], *, stopped: bool) -> tuple[str, int]:
    """The sentence for what went wrong, and the exit code."""
    broken = [row for row in rows if row.reason]
    done = len(rows) - len(broken)
    if stopped:
        return f"Stopped after {done} measured swaps; the table holds them.", STOPPED
    if done:
        unsaid = f"{len(broken)} of {len(rows)} rows could not be measured; the table says why."
        return (unsaid, PARTLY) if broken else ("", 0)
    reasons = {row.reason for row in broken}
    return "Nothing could be measured; the table says why." if len(reasons) > 1 else reasons.pop(), broken[0].exit_code


def _write(folder: Path | None, report: Report, rows: Sequence[Row]) -> None:
    """The report as JSON and, when there is anything to see, the sheet. Raises InputError."""
    if folder is None:
        return
    from .. import provenance

    as_json, sheet = _files(folder)
    save(report, "report", as_json)
    if shown := [row for row in rows if row.shots]:
        kinds = {provenance.type_of(row.engine) for row in shown}
        kind = provenance.COMPOSITE if kinds == {provenance.COMPOSITE} else provenance.TRAINED_COMPOSITE
        provenance.save(_sheet(shown), sheet, source_type=kind)


def _sheet(rows: Sequence[Row]) -> Picture:
    """Close-ups: each pair's source and target, then its result at every strength."""
    import numpy as np

    from .. import drawing, images

    groups: dict[tuple[Who | None, Who | None], list[Panel]] = {}
    for row in rows:
        groups.setdefault((row.source, row.target), list(row.shots[:2])).append(row.shots[-1])
    longest = max(map(len, groups.values()))
    blank = ("", np.full((SHOT, SHOT, 3), drawing.PAPER, np.uint8))
    filled = [[*group, *[blank] * (longest - len(group))] for group in groups.values()]
    beside = max(1, ABREAST // longest)
    lines = [filled[first : first + beside] for first in range(0, len(filled), beside)]
    whole = [[panel for group in line for panel in group] for line in lines]
    columns = max(map(len, whole))
    padded = [[*line, *[blank] * (columns - len(line))] for line in whole]
    named = [[(text.encode("ascii", "replace").decode(), picture) for text, picture in line] for line in padded]
    return images.read(drawing.sheet(named, TITLE, width=max(4, columns) * SHOT))


def _entry(row: Row) -> dict[str, Any]:
    """One row for JSON."""
    source, target = (
        {f"{role}": who and who.picture, f"{role}_face": who and who.face}
        for role, who in (("source", row.source), ("target", row.target))
    )
    status = "failed" if row.reason else "measured"
    return {
        **source,
        **target,
        "strength": row.strength,
        "engine": row.engine or None,
        "status": status,
        "reason": row.reason,
        "measures": row.numbers or None,
    }


def _lines(rows: Sequence[Row], averages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    done = [row for row in rows if row.numbers]
    cells = [(_name(row.source), _name(row.target), f"{row.strength:g}", *_cells(row.numbers)) for row in done]
    cells += [("mean of", f"{each['pairs']} pairs", f"{each['strength']:g}", *_cells(each)) for each in averages]
    recognisers = list(done[0].likeness) if done else []
    broken = [(_name(row.source), _name(row.target), row.reason) for row in rows if row.reason]
    return (
        *([f"distances: {', '.join(recognisers)}"] if done else []),
        *(table([("source", "target", "strength", *_head(len(recognisers))), *cells]) if done else ()),
        *(table(broken) if broken else ()),
    )


def _name(who: Who | None) -> str:
    return who.name if who else DASH


def _head(recognisers: int) -> tuple[str, ...]:
    return (
        *(("to source", "to target", "nearer", "progress") * recognisers),
        *("seam", "largest", "colour", "largest", "sharp", "outside", "turn", "eyes", "mouth", "expression"),
    )


def _cells(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    cells: list[str] = []
    for values in numbers["likeness"].values():
        cells += [f"{values['before']:.3f} > {values['after']:.3f}", f"{values['to_target']:.3f}"]
        cells += [f"{values['nearer']:.0%}" if isinstance(values["nearer"], float) else _yes(values["nearer"])]
        cells += [f"{values['progress']:.0%}"]
    cells += [f"{numbers[name]:.2f}" for name in ("seam", "seam_worst", "colour", "colour_worst", "sharpness")]
    cells += [str(numbers["background"]), f"{numbers['turn']:.1f}"]
    return (*cells, *(f"{numbers[name]:.3f}" for name in ("eyes", "mouth", "expression")))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
