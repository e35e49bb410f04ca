"""Where results go: each under a name of its own, over nothing but what this target's earlier result was."""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .manifest import Manifest, Owner


class Places:
    """The names that one run gives. inputs: files that are read, and never written over, whatever they are called."""

    def __init__(self, book: Manifest, inputs: Iterable[Path]) -> None:
        self._book = book
        self._inputs = {number for path in inputs for number in _numbers(path)}
        self._given: set[str] = set()

    def is_input(self, place: str) -> bool:
        """Whether the path in the folder of results is a file that is read, under whatever name."""
        return bool(self._inputs.intersection(_numbers(self._book.folder / place)))

    def free(self, stem: str, suffix: str, owner: Owner) -> str:
        """`stem` with the suffix, or with the first number that makes it free."""
        for number in itertools.count(1):
            place = f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}"
            # What differs in case alone is one file on many file systems.
            spelt = unicodedata.normalize("NFC", place).casefold()
            if spelt not in self._given and self._may_go(place, owner):
                self._given.add(spelt)
                return place
        raise AssertionError("numbers do not end")

    def _may_go(self, place: str, owner: Owner) -> bool:
        if not os.path.lexists(self._book.folder / place):
            return True
        earlier = self._book.owner(place)
        return earlier is not None and earlier.same(owner) and not self.is_input(place)


def _numbers(path: Path) -> set[tuple[int, int]]:
    """What the file system knows a file by; nothing where there is none."""
    with suppress(OSError):
        status = path.stat()
        return {(status.st_dev, status.st_ino)}
    return set()
