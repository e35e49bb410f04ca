"""One run over a folder: what each target makes is written, noted and told before the next one is begun.

Two targets are worked on at once, as reading and writing the one keeps no net from drawing the other; results, their
names and the order of the rows are those of one at a time. Those two are all that a run can lose when it is killed.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from ..engine import Engine
from ..errors import InputError
from . import manifest, walking
from .making import FAILED, Made, Maker, Row, Shot, Task
from .manifest import Entry, Manifest
from .places import Places

Turn = Callable[[], AbstractContextManager[object]]
AT_ONCE = 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""What stops one result from being written and stops all others, too."""


class Run:
    """A run over a folder. What is wrong with sources, options or folders is raised before any work, as a RoopError."""

    def __init__(self, engine: Engine, task: Task, book: Manifest) -> None:
        self._task, self._book = task, book
        self.found = walking.found(task.target, _Earlier(task))
        self._places = Places(book, (*(task.target / each for each in self.found.pictures), *task.taken))
        names, image_format = task.options.names, task.options.image_format
        self._shots = tuple(
            Shot(target, turn, walking.pattern(names, target, turn + 1), walking.suffix(target, image_format))
            for turn, target in enumerate(self.found.pictures[:: task.options.every])
        )
        self._check()
        self._maker = Maker(engine, task, book)

    def __len__(self) -> int:
        return len(self._shots)

    def rows(self, stop: Callable[[], bool], turn: Turn = nullcontext) -> Iterator[Row]:
        """Work, and say of each target what became of it, in their order; after `stop` none is begun.

        turn: entered by each thread that makes results, while it does.
        Raises InputError when nothing more can be written, ModelError.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun: deque[Future[Made]] = deque()
            for shot in self._shots:
                if stop():
                    break
                begun.append(pool.submit(self._made, shot, turn))
                if len(begun) == AT_ONCE:
                    yield self._written(begun.popleft().result())
            while begun:
                yield self._written(begun.popleft().result())

    def _made(self, shot: Shot, turn: Turn) -> Made:
        with turn():
            return self._maker.made(shot)

    def _check(self) -> None:
        """Raises InputError where results would be called like targets."""
        for shot in self._shots:
            place = shot.pattern + shot.suffix
            if walking.SOURCE not in place and self._places.is_input(place):
                raise InputError(
                    f"The result of {shot.target} would be written over {self._task.output / place}; choose another "
                    "--output, or other --names, such as '{folder}/{name}_swapped'."
                )

    def _written(self, made: Made) -> Row:
        """The row of what was made, once it is on disk and noted. Raises InputError when nothing can be written."""
        owner, row = made.owner, made.row
        if owner is None:
            return row
        places = [self._places.free(stem, made.suffix, owner) for stem in made.stems]
        try:
            if places:
                self._book.begin(owner, places)
            for place, data in zip(places, made.results, strict=True):
                problem = self._put(place, data)
                if problem:
                    return replace(row, status=FAILED, reason=problem)
            outputs = {
                place: hashlib.sha256(data).hexdigest() for place, data in zip(places, made.results, strict=True)
            }
            self._book.done(
                Entry(
                    owner=owner, key=made.key, status=row.status, reason=row.reason, faces=row.faces,
                    swapped=row.swapped, similarity=row.similarity, ms=row.ms, engine=row.engine, models=row.models,
                    outputs=outputs,
                )
            )  # fmt: skip
        except OSError as error:
            raise InputError(
                f"Nothing more can be written to {self._task.output} ({error.strerror or error}); the same command "
                "goes on when that is mended."
            ) from error
        return replace(row, outputs=outputs)

    def _put(self, place: str, data: bytes) -> str:
        """Write a result; why it could not be, where others can. Raises OSError where they cannot either."""
        try:
            self._book.put(place, data)
        except OSError as error:
            if error.errno in FULL:
                raise
            return f"{self._task.output / place} cannot be written ({error.strerror or error})."
        return ""


class _Earlier:
    """Says which files of a folder are results of earlier runs, of any that is noted in it."""

    def __init__(self, task: Task) -> None:
        self._output, target = task.output.resolve(), task.target.resolve()
        self._inside = target in self._output.parents
        noted = task.output if self._output == target or self._output in target.parents else task.target
        # Somebody may swap in results; but in those that lie beside their own targets nobody wants to.
        self._results = set(manifest.results(noted, "" if noted is task.output else task.root))

    def __call__(self, path: Path) -> bool:
        # Path.resolve raises for links that turn in a circle, and Path.is_dir where nothing may be known.
        real = Path(os.path.realpath(path))
        if os.path.isdir(path):  # noqa: PTH112
            self._results |= manifest.results(path)
            return self._inside and real == self._output
        return real in self._results
