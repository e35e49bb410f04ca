"""`roop swap` and `roop enhance` of a folder: every picture in it, with a report on each."""

from __future__ import annotations

import argparse
import csv
import io
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import first_use
from ..errors import InputError, NoFaceError, OptionError, Refused
from ..files import write_whole
from ..options import OutputOptions, PostOptions, SwapUnit, from_mapping
from ..options.film import FolderOptions
from . import audit
from .arguments import flag, typed
from .places import TARGET, inputs, is_uri, of_folder
from .report import Report, save, table, with_devices
from .units import result_options, units_of

if TYPE_CHECKING:
    from ..batch.folder import Run
    from ..batch.making import Row
    from ..engine import Engine
    from ..images import Picture

STOPPED, PARTLY = 130, 5
COLUMNS = ("picture", "status", "reason", "faces", "swapped", "similarity", "ms", "outputs")
NAMED = 5
"""So many files are named in a note that counts them."""
TOLD = 20
"""So many notes on pictures are said; the report has all."""


def wanted(arguments: argparse.Namespace) -> bool:
    """Whether the target is a folder. Raises OptionError for what only a folder takes, typed with a picture."""
    if of_folder(arguments):
        return True
    given = [*typed(arguments, FolderOptions), *(["csv"] if arguments.csv else [])]
    if given:
        raise OptionError(f"{flag(given[0])} is for a folder of pictures; the target {arguments.target} is none.")
    return False


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Alter every picture, and report on each of them. Raises RoopError for what is wrong with all of them."""
    saving, post = result_options(arguments, OutputOptions), result_options(arguments, PostOptions)
    options = from_mapping(FolderOptions, typed(arguments, FolderOptions))
    engine = make_engine()
    from .. import provenance
    from ..batch.folder import Run
    from ..batch.making import Task
    from ..batch.manifest import Manifest

    provenance.load_key(saving)
    task = Task(
        units=tuple(map(_opened, units_of(arguments))),
        post=post,
        saving=saving,
        options=options,
        target=Path(arguments.target),
        output=Path(arguments.output),
        taken=tuple(path for what, path in inputs(arguments) if what != TARGET),
    )
    with Manifest(task.output) as book, _stopping() as stop:
        run = Run(engine, task, book)
        if not len(run):
            raise InputError(" ".join((f"The folder {task.target} holds no picture; name another.", *_left(run))))
        first_use.tell(engine.host)
        rows = list(_shown(run.rows(stop), len(run)))
    report = _report(arguments, run, rows, engine)
    if arguments.csv:
        _write(Path(arguments.csv), _table(rows, task.output))
    if arguments.report:
        models = dict.fromkeys(name for row in rows for name in row.models)
        body = audit.of_folder(arguments, engine, models, [_audited(row, task.output) for row in rows])
        save(with_devices(Report(body=body, notes=report.notes), engine), arguments.command, Path(arguments.report))
    return report


def _opened(unit: SwapUnit) -> SwapUnit:
    """The unit with its pictures read, once for all targets; folders are left as they are. Raises PictureError."""
    from .. import images

    def opened(name: str) -> str | Picture:
        folder = not is_uri(name) and os.path.isdir(name)  # noqa: PTH112 - Path.is_dir raises for names too long
        return name if folder else images.read(name)

    return replace(
        unit,
        source=tuple(map(opened, unit.source)),
        like=unit.like and images.read(unit.like),
        mask_picture=unit.mask_picture and images.read(unit.mask_picture),
    )


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Says whether Ctrl-C was pressed; what is at hand is finished. Pressed once more, it stops at once."""
    asked = threading.Event()

    def heard(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        sys.stderr.write("\nroop: stopping when the picture at hand is done; Ctrl-C again stops at once.\n")

    if threading.current_thread() is not threading.main_thread():
        # Only the main thread hears it.
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, heard)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _shown(rows: Iterator[Row], count: int) -> Iterator[Row]:
    """One after the other, with a bar on standard error where a person looks."""
    from tqdm import tqdm

    yield from tqdm(rows, total=count, unit="picture", file=sys.stderr, disable=None, leave=False)


def _report(arguments: argparse.Namespace, run: Run, rows: Sequence[Row], engine: Engine) -> Report:
    output, counts = Path(arguments.output), Counter(row.status for row in rows)
    error, code = _ending(rows, len(run))
    said = dict.fromkeys(note for row in rows for note in row.notes)
    more = [f"{len(said) - TOLD} more notes are in the report."] if len(said) > TOLD and arguments.json else []
    return Report(
        body={
            "target": arguments.target,
            "output": arguments.output,
            "gate": engine.gate.name,
            "counts": dict(counts),
            "pictures": [_entry(row, output) for row in rows],
            "animations": list(run.found.animations),
            "films": list(run.found.films),
            "others": run.found.others,
            "csv": arguments.csv,
        },
        lines=(*_lines(rows), str(output)),
        notes=(*_left(run), *list(said)[:TOLD], *more),
        error=error,
        exit_code=code,
    )


def _ending(rows: Sequence[Row], count: int) -> tuple[str, int]:
    """The sentence for what went wrong, and the exit code."""
    from ..batch.making import FAILED, KEPT, REFUSED

    if len(rows) < count:
        return f"Stopped after {len(rows)} of {count} pictures; the same command goes on from there.", STOPPED
    broken = [row for row in rows if row.ended in (FAILED, REFUSED)]
    if len(broken) == len(rows):
        refused = all(row.ended == REFUSED for row in rows)
        reasons = {row.reason for row in rows}
        sentence = reasons.pop() if len(reasons) == 1 else f"None of the {count} pictures could be used; see above."
        return sentence, Refused.exit_code if refused else InputError.exit_code
    if broken:
        return f"{len(broken)} of {count} pictures could not be used or had to be refused; the others are done.", PARTLY
    if all(row.ended == KEPT for row in rows):
        return f"No face of any of {count} pictures was altered.", NoFaceError.exit_code
    return "", 0


def _left(run: Run) -> tuple[str, ...]:
    """Sentences about what the folder holds beside the pictures that are gone through."""
    found = run.found
    notes = (
        ("Animations are passed over here", found.animations),
        ("Films are passed over here", found.films),
        ("Folders could not be read", found.unread),
    )
    others = "1 other file was" if found.others == 1 else f"{found.others} other files were"
    return (
        *(f"{what}, {len(names)} of them: {_some(names)}." for what, names in notes if names),
        *([f"{others} passed over."] if found.others else []),
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _lines(rows: Sequence[Row]) -> tuple[str, ...]:
    """A row for each picture that was not passed over, and how many there are of each kind."""
    from ..batch.making import UNCHANGED
    from ..identities.naming import shown

    told = [(shown(row.target), row.status, _facts(row)) for row in rows if row.status != UNCHANGED]
    counts = Counter(row.status for row in rows)
    return (*(table(told) if told else ()), ", ".join(f"{count} {status}" for status, count in counts.items()))


def _facts(row: Row) -> str:
    facts = [f"faces {row.swapped} of {row.faces}"] if row.swapped else []
    facts += [f"similarity {row.similarity:.2f}"] if row.similarity is not None else []
    facts += [row.reason] if row.reason else []
    return ", ".join([*facts, f"{row.ms:.0f} ms"])


def _entry(row: Row, output: Path) -> dict[str, Any]:
    """A row for JSON."""
    return {
        "picture": row.target,
        "status": row.status,
        "reason": row.reason,
        "earlier": row.earlier or None,
        "faces": row.faces,
        "swapped": row.swapped,
        "similarity": row.similarity,
        "ms": row.ms,
        "engine": row.engine,
        "models": list(row.models),
        "outputs": [str(output / place) for place in row.outputs],
    }


def _table(rows: Sequence[Row], output: Path) -> bytes:
    """The rows as CSV (UTF-8 with the mark that spreadsheets look for)."""
    from ..extracting import FORMULAS

    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in rows:
        outputs = "; ".join(str(output / place) for place in row.outputs)
        cells = (row.target, row.status, row.reason, row.faces, row.swapped, row.similarity, row.ms, outputs)
        writer.writerow(f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell for cell in cells)
    return b"\xef\xbb\xbf" + stream.getvalue().encode(errors="replace")


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise InputError(f"The table {path} cannot be written ({error.strerror or error}).") from error


def _audited(row: Row, output: Path) -> dict[str, Any]:
    """A row for the report of `--report`, with hashes."""
    outputs = [{"file": str(output / place), "sha256": sha256} for place, sha256 in row.outputs.items()]
    return {**_entry(row, output), "sha256": row.content or None, "outputs": outputs}
