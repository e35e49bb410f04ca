"""`roop verify`: which marks of origin files carry."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import bodies
from ..errors import PictureError
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..provenance.verify import Mark


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Look at every file; exit code 2 when one of them cannot be read, after the others were."""
    del make_engine
    from ..provenance.verify import verdict, verify

    files: list[dict[str, Any]] = []
    lines: list[str] = []
    failures: list[str] = []
    for path in arguments.files:
        try:
            marks = verify(path)
        except PictureError as error:
            failures.append(str(error))
            files.append({"file": path, "error": str(error), "verdict": None, "marks": []})
            continue
        files.append({"file": path, "error": None, "verdict": verdict(marks), "marks": bodies.marks(marks)})
        lines += [path, *(f"  {line}" for line in (*_rows(marks), verdict(marks)))]
    return Report(
        body={"files": files},
        lines=tuple(lines),
        error=" ".join(failures),
        exit_code=PictureError.exit_code if failures else 0,
    )


def _rows(marks: Sequence[Mark]) -> Sequence[str]:
    return table([(mark.kind, mark.where, _told(mark)) for mark in marks]) if marks else ()


def _told(mark: Mark) -> str:
    # What stands in a file may hold line breaks, and letters that move a terminal's cursor.
    value = "".join(letter if letter.isprintable() else " " for letter in mark.value)
    return f"{value}: {mark.meaning}" if mark.meaning else value
