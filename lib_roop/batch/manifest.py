"""What was made in a folder, written down so that the next run knows: a line of JSON a picture, only ever added to.

Before a result is written its name is noted, so that it is known as roop's even when the run ends there. After it is on
disk, what became of the target is noted. A line that is torn, or none of ours, is passed over: then the picture is made
again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any

from ..errors import InputError
from ..files import PART, locked, write_whole
from ..zoo.hashes import sha256_of

NAME = ".roop-folder.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose results they are. root: stands for the folder of targets. target: the path in it. content: its SHA-256."""

    root: str
    target: str
    content: str

    def same(self, other: Owner) -> bool:
        """Whether it is the same picture, edited or in a folder that was moved."""
        return self.target == other.target and (self.root == other.root or self.content == other.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of a target.

    key: what it depends on (`keys`). faces: how many were found, and swapped: how many were. similarity: of the least
    alike one, None where none was measured. ms: how long it took. engine and models: what swapped. outputs: the
    results' paths in the folder, each with its SHA-256.
    """

    owner: Owner
    key: str
    status: str
    reason: str = ""
    faces: int = 0
    swapped: int = 0
    similarity: float | None = None
    ms: float = 0.0
    engine: str = ""
    models: Sequence[str] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """Where results of `owner` will lie."""

    owner: Owner
    places: Sequence[str]


class Manifest:
    """The notes of one folder of results, for one run at a time; closed when its block ends. Raises InputError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[bytes] | None = None
        self._entries: dict[tuple[str, str], Entry] = {}
        self._owners: dict[str, Owner] = {}
        self._unfinished: set[str] = set()
        if (folder / NAME).exists():
            try:
                self._file = self._opened()
            except OSError as error:
                raise InputError(
                    f"{folder / NAME} cannot be written ({error.strerror or error}); choose another --output."
                ) from error

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def made(self, target: str, key: str) -> Entry | None:
        """What is noted of a target that depends on the same, if all its results are there as they were written."""
        entry = self._entries.get((target, key))
        return entry if entry and all(self._whole(*output) for output in entry.outputs.items()) else None

    def owner(self, place: str) -> Owner | None:
        """Whose result lies at a path of the folder, or was to lie there."""
        return self._owners.get(place)

    def begin(self, owner: Owner, places: Sequence[str]) -> None:
        """Note that results of `owner` will lie there. Raises OSError."""
        self._write(_Begun(owner=owner, places=tuple(places)))

    def done(self, entry: Entry) -> None:
        """Note what became of a target, once its results are on disk. Raises OSError."""
        self._write(entry)

    def put(self, place: str, data: bytes) -> None:
        """Write a result so that it is on disk afterwards. Raises OSError; then what was there stays."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
        _to_disk(path)
        _to_disk(path.parent)

    def _whole(self, place: str, sha256: str) -> bool:
        try:
            return sha256_of(self.folder / place) == sha256
        except OSError:
            return False

    def _write(self, line: Entry | _Begun) -> None:
        file = self._file = self._file or self._opened()
        # ASCII: file names may hold bytes that no encoding has.
        file.write(json.dumps(asdict(line), allow_nan=False).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
        self._take(line)

    def _opened(self) -> IO[bytes]:
        """The file, read and ours alone. Raises InputError, OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / NAME).open("a+b")
        if not locked(file):
            file.close()
            raise InputError(f"Another run works in {self.folder}; wait for it, or choose another --output.")
        _to_disk(self.folder)
        file.seek(0)
        noted = file.read()
        for line in noted.splitlines():
            self._take(_read(line))
        if noted and not noted.endswith(b"\n"):
            file.write(b"\n")
        # What a killed run left half written.
        for place in {(self.folder / place).parent for place in self._unfinished}:
            for part in _parts(place):
                with suppress(OSError):
                    part.unlink()
        return file

    def _take(self, line: Entry | _Begun | None) -> None:
        if line is None:
            return
        places = line.places if isinstance(line, _Begun) else line.outputs
        self._owners.update(dict.fromkeys(places, line.owner))
        if isinstance(line, _Begun):
            self._unfinished.update(places)
        else:
            self._unfinished.difference_update(places)
            self._entries[line.owner.target, line.key] = line


def results(folder: Path, root: str = "") -> frozenset[Path]:
    """All files that runs ever wrote into a folder, links resolved; none where it has no manifest.

    root: only those of targets in that folder.
    """
    try:
        lines = (folder / NAME).read_bytes().splitlines()
    except OSError:
        return frozenset()
    said = [line for line in map(_read, lines) if line and root in ("", line.owner.root)]
    places = {place for line in said for place in (line.places if isinstance(line, _Begun) else line.outputs)}
    return frozenset(Path(os.path.realpath(folder / place)) for place in places)


def _read(line: bytes) -> Entry | _Begun | None:
    """What a line says, if it is whole and of ours."""
    try:
        said = json.loads(line)
        owner = Owner(**said.pop("owner"))
        read = _Begun(owner=owner, **said) if "places" in said else Entry(owner=owner, **said)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    if not (_typed(owner) and _typed(read)):
        return None
    hashes = () if isinstance(read, _Begun) else read.outputs.values()
    places = read.places if isinstance(read, _Begun) else read.outputs
    return read if all(map(_below, places)) and all(isinstance(each, str) for each in hashes) else None


def _typed(value: Owner | Entry | _Begun) -> bool:
    """Whether what was read has the types that were written."""
    kinds: Mapping[str, Any] = {"faces": int, "swapped": int, "ms": float | int, "similarity": float | int | None}
    others: Mapping[str, Any] = {"owner": Owner, "outputs": dict, "models": list | tuple, "places": list | tuple}
    return all(isinstance(getattr(value, each.name), {**kinds, **others}.get(each.name, str)) for each in fields(value))


def _below(place: object) -> bool:
    """Whether it is the path of a file in the folder."""
    return isinstance(place, str) and not Path(place).is_absolute() and ".." not in Path(place).parts


def _parts(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from [path for path in folder.iterdir() if PART.fullmatch(path.name)]


def _to_disk(path: Path) -> None:
    """Wait until a file or folder is on disk; Windows has no such thing for folders."""
    folder = path.is_dir()
    if folder and sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some file systems cannot do it for folders.
        if not folder:
            raise
    finally:
        os.close(descriptor)
