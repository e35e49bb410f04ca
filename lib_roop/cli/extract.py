"""`roop extract`: all faces of many pictures, cut out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .. import bodies
from ..errors import InputError, NoFaceError
from ..files import write_whole
from ..options import NONE, PostOptions, SwapUnit, from_mapping
from .arguments import typed, typed_unit
from .places import ARCHIVE
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..extracting import Row

PARTLY = 5
"""The exit code where some of the pictures could not be used."""


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Cut, write, and list. A picture without a face is listed, too. Raises RoopError."""
    unit = from_mapping(SwapUnit, typed_unit(arguments))
    post = from_mapping(PostOptions, {"restorer": NONE, **typed(arguments, PostOptions)})
    engine = make_engine()
    from .. import extracting

    crops = extracting.Crops(aligned=arguments.aligned, side=arguments.size, unit=unit)
    crops = extracting.finished(engine, crops, post)
    paths, place = list(_pictures(arguments.pictures)), Path(arguments.output)
    into = extracting.into_zip if place.suffix.lower() == ARCHIVE else extracting.into_folder
    rows: list[Row] = []
    with into(place) as put:
        album = extracting.Album(put)
        for path in _shown(paths):
            rows += extracting.extracted(engine, path, crops, album)
        if not any(row.file for row in rows):
            raise NoFaceError(f"No face was cut out: {rows[0].picture}: {rows[0].reason.rstrip('.')}.")
        if not arguments.csv:
            put(extracting.TABLE, extracting.table(rows))
    if arguments.csv:
        _write(Path(arguments.csv), extracting.table(rows))
    damaged = [row for row in rows if row.reason not in ("", extracting.NOBODY)]
    return Report(
        body={"output": str(place), "csv": arguments.csv, **bodies.extracted(rows)},
        lines=(*table([_cells(row) for row in rows]), str(place)),
        error=f"{len(damaged)} of {len(paths)} pictures could not be read; the others are done." if damaged else "",
        exit_code=PARTLY if damaged else 0,
    )


def _pictures(named: list[str]) -> Iterator[Path]:
    """The files, and those of folders. Raises InputError for a folder without pictures."""
    from ..casting import pictures

    for path in map(Path, named):
        found = pictures(path) if path.is_dir() else [path]
        if not found:
            raise InputError(f"The folder {path} holds no picture; name another.")
        yield from found


def _shown(paths: list[Path]) -> Iterator[Path]:
    """One after the other, with a bar on standard error where a person looks."""
    from tqdm import tqdm

    yield from tqdm(paths, unit="picture", file=sys.stderr, disable=None, leave=False)


def _cells(row: Row) -> tuple[str, ...]:
    if row.face is None:
        return row.picture, "", row.reason
    return row.picture, f"score {row.face.score:.2f}", row.file


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise InputError(f"The table {path} cannot be written ({error.strerror or error}).") from error
