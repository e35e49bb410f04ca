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

MANIFEST = "manifest.jsonl"
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
        """Raises FilmError where the folder cannot be used. Segments made of anything else are removed."""
        self.folder = folder
        text = json.dumps(key, sort_keys=True, default=str)
        try:
            kept = _lines(folder / MANIFEST)
            if not kept or json.dumps(kept[0], sort_keys=True) != text:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                kept = []
                _append(folder / MANIFEST, text)
            self.segments = self._whole([Segment(**{**line, "lead": tuple(line["lead"])}) for line in kept[1:]])
        except OSError as error:
            raise FilmError(f"The folder {folder} for unfinished work cannot be used ({error.strerror}).") from error

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
        """When the film is there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _whole(self, segments: list[Segment]) -> tuple[Segment, ...]:
        """As many from the first on as are there, one after the other."""
        whole: list[Segment] = []
        for segment in segments:
            path = self.folder / segment.file
            if segment.number != len(whole) or not path.is_file() or path.stat().st_size != segment.size:
                break
            whole.append(segment)
        return tuple(whole)


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
