"""The sha256 of files, and a small JSON file that remembers them, for half a gigabyte takes a second to hash."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..files import write_whole

NAME = "hashes.json"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was hashed: bytes, time of its last change in nanoseconds, sha256."""

    size: int
    changed: int
    sha256: str


def sha256_of(path: Path) -> str:
    """Read in blocks. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


class Ledger:
    """The hashes seen, by absolute path, in `hashes.json` of roop's own model folder.

    Where it cannot be read or written nothing is remembered, and files are hashed each time.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def seen(self, path: Path) -> Seen | None:
        """What was noted of this file; None when nothing was."""
        return self._entries().get(str(path.absolute()))

    def called(self, name: str) -> set[str]:
        """The sha256 of all files of this name that were noted and are still there."""
        noted = ((Path(path), seen.sha256) for path, seen in self._entries().items())
        return {sha256 for path, sha256 in noted if path.name == name and path.is_file()}

    def current(self, path: Path) -> str | None:
        """The file's sha256 if it was noted and neither size nor time has changed since. Raises OSError."""
        entry, now = self.seen(path), path.stat()
        return entry.sha256 if entry and (entry.size, entry.changed) == (now.st_size, now.st_mtime_ns) else None

    def note(self, path: Path, sha256: str) -> None:
        """Remember this file as it is. Raises OSError when it cannot be looked at."""
        now = path.stat()
        seen = Seen(size=now.st_size, changed=now.st_mtime_ns, sha256=sha256)
        self._write({**self._entries(), str(path.absolute()): seen})

    def forget(self, path: Path) -> None:
        """Drop what was noted of a file."""
        if str(path.absolute()) in (entries := self._entries()):
            self._write({name: entry for name, entry in entries.items() if name != str(path.absolute())})

    def _entries(self) -> dict[str, Seen]:
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        entries = read.get("files", {}) if isinstance(read, dict) else {}
        found = entries.items() if isinstance(entries, dict) else ()
        return {name: Seen(**entry) for name, entry in found if _is_entry(entry)}

    def _write(self, entries: dict[str, Seen]) -> None:
        text = json.dumps({"files": {name: asdict(seen) for name, seen in entries.items()}}, indent=2)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, f"{text}\n".encode("ascii"))


def _is_entry(entry: object) -> bool:
    expected = {"size": int, "changed": int, "sha256": str}
    return (
        isinstance(entry, dict)
        and entry.keys() == expected.keys()
        and all(type(entry[name]) is kind for name, kind in expected.items())
    )
