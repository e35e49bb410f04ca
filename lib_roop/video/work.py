"""A film's unfinished work: its segments, and a manifest that says what they were made of.

The manifest is a file of JSON lines. The first holds the key, which is everything that the frames depend on; each of
the others a segment that is whole. A line that was torn by a power cut counts for nothing, as does a segment whose file
is not the size that its line says.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FilmError
from ..files import locked

MANIFEST, HELD = "manifest.jsonl", "held"
"""The second one is locked by the run that works there."""
SAMPLES, SAMPLE = 16, 1 << 20
"""A source is known by so many samples of so many bytes, spread over it, and by its size: hours of film are read in a
moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A whole one. begin, end: the pts of its first frame and of the one after its last. lead: the pts of the source's
    frames before `end`, for whoever goes on there. tally: what became of its frames, for `tally.read`.
    """

    number: int
    file: str
    size: int
    begin: int
    end: int
    lead: tuple[int, ...]
    tally: Mapping[str, Any]


class Work:
    """The folder of a film's work. One run at a time uses it."""

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        """Raises FilmError where the folder cannot be used, or somebody else does."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._held = (folder / HELD).open("ab")
            if not locked(self._held):
                self._held.close()
                raise FilmError(
                    "Another run makes this film at the moment; wait for it, or give another --output.", field="output"
                )
            if not _lines(folder / MANIFEST):
                _append(folder / MANIFEST, json.dumps(key, sort_keys=True, default=str))
            self.segments = whole(folder)
        except OSError as error:
            raise FilmError(
                f"Unfinished work cannot be kept in {folder} ({error.strerror}); choose another --output.",
                field="output",
            ) from error

    def close(self) -> None:
        """Let others go on with it; a folder without a segment is of use to nobody."""
        if not self.segments:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._held.close()

    def place(self, number: int, suffix: str) -> Path:
        """Where a segment is made."""
        return self.folder / f"{number:06d}{suffix}"

    def finish(self, segment: Segment) -> None:
        """Remember a segment that is whole on the disk."""
        _synced(self.folder / segment.file)
        line = {name: getattr(segment, name) for name in Segment.__dataclass_fields__}
        _append(self.folder / MANIFEST, json.dumps(line))
        self.segments = (*self.segments, segment)

    def remove(self) -> None:
        """When the film is there, or must not be."""
        self.segments = ()


def whole(folder: Path) -> tuple[Segment, ...]:
    """The segments in a folder, from the first on, as many as are there one after the other. Raises OSError."""
    found: list[Segment] = []
    for line in _lines(folder / MANIFEST)[1:]:
        segment = Segment(**{**line, "lead": tuple(line["lead"])})
        path = folder / segment.file
        if segment.number == len(found) and path.is_file() and path.stat().st_size == segment.size:
            found.append(segment)
    return tuple(found)


def fingerprint_of(paths: Sequence[Path]) -> str:
    """What several files are known by: their names, sizes and times. Raises FilmError."""
    try:
        told = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    except OSError as error:
        raise FilmError(f"A picture of the film cannot be read ({error}); check the files.") from error
    return hashlib.sha256(repr(told).encode()).hexdigest()


def fingerprint(path: Path) -> str:
    """What a source is known by: the SHA-256, in hexadecimal, of its size and of samples. Raises FilmError."""
    try:
        size = path.stat().st_size
        key = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            for number in range(SAMPLES):
                file.seek(number * max(size - SAMPLE, 0) // (SAMPLES - 1))
                key.update(file.read(SAMPLE))
    except OSError as error:
        raise FilmError(f"{path} cannot be read ({error.strerror}); check the file.") from error
    return key.hexdigest()


def _lines(path: Path) -> list[dict[str, Any]]:
    """The manifest's lines, without torn ones."""
    if not path.is_file():
        return []
    lines: list[dict[str, Any]] = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        with suppress(ValueError):
            lines.append(json.loads(line))
    return lines


def _append(path: Path, line: str) -> None:
    torn = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("ab") as file:
        file.write(b"\n" * torn + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
