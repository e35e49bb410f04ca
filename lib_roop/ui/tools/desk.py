"""What a page gives its tools to work with."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..panel import Choices
from ..presets import PresetFolder

if TYPE_CHECKING:
    from ...engine import Engine
    from ..asked import Asked

KEPT_SECONDS = 86400.0
"""So long a file that a page shows can be downloaded, and long work may take."""


class Scratch:
    """A folder for files that pages show and offer; old ones go at the next use, the rest when the program ends.

    It lies in the system's folder for temporary files, from which every version of gradio hands out.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="roop-page-"))
        self._ends = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._numbers = itertools.count()

    def close(self) -> None:
        """Delete everything; nothing can be put here any more."""
        self._ends()

    def folder(self) -> Path:
        """A new empty folder. Raises InputError when there is no room."""
        made = self._folder / str(next(self._numbers))
        try:
            self._forget()
            # The system may have swept its folder for temporary files.
            made.mkdir(parents=self._ends.alive)
        except OSError as error:
            raise InputError(f"There is no room in {self._folder} ({error.strerror or error}); make some.") from error
        return made

    def put(self, name: str, data: bytes) -> Path:
        """A file called `name` in a new folder."""
        path = self.folder() / Path(name).name
        try:
            path.write_bytes(data)
        except OSError as error:
            raise InputError(f"There is no room for {name} in {self._folder} ({error.strerror or error}).") from error
        return path

    def copy(self, path: Path) -> Path:
        """A copy of a file, in a new folder."""
        return self.put(path.name, path.read_bytes())

    def linked(self, path: Path) -> Path:
        """The same file in a new folder, without its bytes being read where the system can do so."""
        place = self.folder() / path.name
        try:
            try:
                os.link(path, place)
            except OSError:
                # Another disk, or one that has no links.
                shutil.copyfile(path, place)
        except OSError as error:
            raise InputError(
                f"There is no room for {path.name} in {self._folder} ({error.strerror or error})."
            ) from error
        return place

    def _forget(self) -> None:
        old = time.time() - KEPT_SECONDS
        for each in self._folder.iterdir() if self._folder.is_dir() else ():
            # Another page may sweep at the same time.
            with suppress(FileNotFoundError):
                if each.stat().st_mtime < old:
                    shutil.rmtree(each, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """What the tools work with.

    get_engine: gives the engine, which is made when it is first needed. turn: entered while nets run or faces change,
    by one at a time; the host's queue, where there is one. outputs: the folder for pictures that are to stay; it may
    not exist yet. asked: reads what a panel says, and raises RoopError. units: the tabs of a swap panel. live: swap
    anew whenever a setting changes; for a page of roop's own, where nobody waits for another job. samples: two
    portraits to try it with. folders: a page may name folders of this machine, as nobody else reaches it.
    """

    get_engine: Callable[[], Engine]
    turn: Callable[[], AbstractContextManager[object]]
    outputs: Callable[[], Path]
    choices: Callable[[], Choices]
    asked: Callable[[Mapping[str, Any]], Asked]
    presets: PresetFolder
    units: int
    live: bool = False
    folders: bool = True
    samples: Callable[[], tuple[Path, Path]] | None = None
    scratch: Scratch = field(default_factory=Scratch)

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self.get_engine()


def made_folder(folder: Path) -> Path:
    """A folder that is there now. Raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror or error}); choose another folder.") from error
    return folder
