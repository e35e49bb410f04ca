"""What a command has to say, as lines for people and as JSON for programs (docs/json.md)."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__, bodies
from ..errors import InputError, Refused, RoopError
from ..files import write_whole

if TYPE_CHECKING:
    from ..engine import Engine

STDOUT = "-"
MOST_HEARD = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a command.

    body: what only this command's JSON has. lines: for standard output. notes: sentences beside them, on standard
    error. error: one sentence, when the exit code is not 0. devices: where the nets run, best first, by their files.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    exit_code: int = 0
    devices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def as_json(self, command: str | None) -> dict[str, Any]:
        """The object that docs/json.md describes."""
        common = {"version": __version__, "command": command, "exit_code": self.exit_code, "error": self.error or None}
        devices = {file: list(names) for file, names in sorted(self.devices.items())}
        return {**common, "notes": list(self.notes), "devices": devices, **self.body}


def failed(error: RoopError) -> Report:
    """The report of a command that stopped at `error`."""
    body = {"refused": bodies.refused(error)} if isinstance(error, Refused) else {}
    return Report(body=body, error=str(error), exit_code=error.exit_code)


class _Listener(logging.Handler):
    """Remembers what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # A server runs for weeks, and a folder says the same of all its pictures.
        if len(self.heard) < MOST_HEARD and (said := record.getMessage()) not in self.heard:
            self.heard.append(said)


@contextmanager
def warnings_heard() -> Iterator[list[str]]:
    """What roop logs as warnings meanwhile: they belong into the notes."""
    listener, logger = _Listener(), logging.getLogger(__package__.partition(".")[0])
    logger.addHandler(listener)
    try:
        yield listener.heard
    finally:
        logger.removeHandler(listener)


def show(report: Report, command: str | None, place: str | None) -> int:
    """Say it, and write the JSON to `place`: a file, "-" for standard output, or None. Returns the exit code."""
    sentences, code = [*report.notes, report.error], report.exit_code
    text = _text(report.as_json(command))
    if place and place != STDOUT:
        # First, as whoever reads the words may have gone away.
        try:
            _write(Path(place), text)
        except InputError as error:
            sentences.append(str(error))
            code = code or error.exit_code
    words = sys.stderr if place == STDOUT else sys.stdout
    words.writelines(f"{line}\n" for line in report.lines)
    sys.stderr.writelines(f"roop: {sentence}\n" for sentence in sentences if sentence)
    if place == STDOUT:
        sys.stdout.write(text)
    return code


def with_devices(report: Report, engine: Engine) -> Report:
    """The report with where each net runs, and a sentence for each that does not run where it was to."""
    devices = {net.file: net.devices for net in engine.loaded}
    notes = dict.fromkeys((*report.notes, *(net.note for net in engine.loaded if net.note)))
    return replace(report, devices={**report.devices, **devices}, notes=tuple(notes))


def save(report: Report, command: str, path: Path) -> None:
    """Write the JSON of a report to a file, whole or not at all. Raises InputError."""
    _write(path, _text(report.as_json(command)))


def table(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Rows of equally many cells as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return tuple("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _text(value: Mapping[str, Any]) -> str:
    # ASCII: file names may hold bytes that no encoding has.
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises InputError."""
    try:
        write_whole(path, text.encode("ascii"))
    except OSError as error:
        raise InputError(
            f"The report {path} cannot be written ({error.strerror or error}); choose a folder with room."
        ) from error
