"""What a page gives its tools to work with."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from ...engine import Engine
from ..panel import Choices
from ..presets import PresetFolder

KEPT_SECONDS = 3600.0
"""So long a file that a page shows can be downloaded."""


class Scratch:
    """A folder for files that pages show and offer; old ones go at the next use, the rest when the program ends.

    It lies in the system's folder for temporary files, from which every version of gradio hands out.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="roop-page-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._numbers = itertools.count()

    def folder(self) -> Path:
        """A new empty folder."""
        self._forget()
        made = self._folder / str(next(self._numbers))
        made.mkdir()
        return made

    def put(self, name: str, data: bytes) -> Path:
        """A file called `name` in a new folder."""
        path = self.folder() / Path(name).name
        path.write_bytes(data)
        return path

    def _forget(self) -> None:
        old = time.time() - KEPT_SECONDS
        for each in self._folder.iterdir():
            if each.stat().st_mtime < old:
                shutil.rmtree(each, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """What the tools work with.

    turn: entered while nets run or faces change, by one at a time; the host's queue, where there is one.
    outputs: the folder for pictures that are to stay; it may not exist yet. units: the tabs of a swap panel.
    """

    engine: Engine
    turn: Callable[[], AbstractContextManager[object]]
    outputs: Callable[[], Path]
    choices: Callable[[], Choices]
    presets: PresetFolder
    units: int
    scratch: Scratch = field(default_factory=Scratch)
