"""The targets and results of a page: read, swapped, named like their targets, and kept for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ... import images
from ...errors import InputError, NoFaceError
from ...identities import naming
from .. import viewing
from .desk import made_folder

if TYPE_CHECKING:
    from ...images import Picture
    from ...swap import Swap
    from ..asked import Asked
    from .desk import Desk

REMEMBERED = 12
"""So many results of a page can be looked at again."""
LONGEST = 80
"""So many letters of a name go into a result's: file systems allow 255 bytes."""
NO_TARGET = "Choose a picture to swap faces in first."


@dataclass(frozen=True, slots=True)
class Done:
    """A result that is kept for the page: its file, the HTML that shows it, and how alike its least alike face is.

    page: the file with that HTML, as two pictures in it would fill the memory of a server with many visitors.
    """

    path: Path
    page: Path
    report: str
    alike: float | None

    @property
    def shown(self) -> str:
        """Before and after, as HTML. Raises InputError when that was a day ago."""
        try:
            return self.page.read_text(encoding="utf-8")
        except OSError as error:
            raise InputError("This result is gone, as it was kept for a day; swap again.") from error


@dataclass(frozen=True, slots=True)
class Targets:
    """The pictures that a page has before it, and which of them is at hand. unit: the face whose tab is open.

    Not a part of `Shelf`: what is chosen while a swap runs must not be undone by its answer.
    """

    paths: tuple[Path, ...] = ()
    at: int = 0
    unit: int = 1

    @property
    def path(self) -> Path:
        """The one at hand. Raises InputError when there is none."""
        if not self.paths:
            raise InputError(NO_TARGET)
        return self.paths[self.at]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The latest results of a page, the newest first.

    fresh: how many of them the next change of a setting replaces, while `of` is the target. looked: the one that is
    shown.
    """

    done: tuple[Done, ...] = ()
    fresh: int = 0
    of: Path | None = None
    looked: int = 0

    def with_results(self, made: Sequence[Done]) -> Shelf:
        """The same with more results, which stay."""
        return Shelf((*made, *self.done)[:REMEMBERED])

    def with_fresh(self, made: Sequence[Done], of: Path) -> Shelf:
        """The same with results for the target `of`, in the place of the fresh ones for it."""
        older = self.done[self.fresh :] if of == self.of else self.done
        return Shelf((*made, *older)[:REMEMBERED], fresh=len(made), of=of)

    @property
    def shown(self) -> Done:
        """The result that is shown. Raises InputError when there is none."""
        if not self.done:
            raise InputError("There is no result yet; swap first.")
        return self.done[min(self.looked, len(self.done) - 1)]


def looked_at(desk: Desk, asked: Asked) -> None:
    """Look at the sources, which the engine remembers. Raises RoopError for one without a face."""
    with desk.turn():
        for unit in asked.units:
            desk.engine.identities(unit)


def made(desk: Desk, picture: Picture, asked: Asked) -> tuple[list[Done], tuple[str, ...]]:
    """The results for `picture`, in files that do not last, and what is to be said of them. Raises RoopError."""
    swaps = _swapped(desk, picture, asked)
    suffix, count, results = _suffix(picture), len(swaps), []
    for swap in swaps:
        data = swap.encoded(suffix, asked.output)
        results.append(_done(desk, desk.scratch.put(_stem(picture, swap, count) + suffix, data), picture, swap))
    told = (*(sentence for swap in swaps for sentence in viewing.told(swap)), *picture.notes)
    return results, tuple(dict.fromkeys(told))


def saved(desk: Desk, path: Path, asked: Asked, turn: int) -> Iterator[tuple[Path, Done]]:
    """The results for the target `path`, saved among the outputs, and what the page shows of each. Raises RoopError."""
    picture = images.read(path)
    swaps = _swapped(desk, picture, asked, turn)
    folder, suffix = made_folder(desk.outputs()), _suffix(picture)
    for swap in swaps:
        with desk.turn():
            # By one at a time, so that two visitors do not choose one name.
            place = swap.save(images.free_name(folder, _stem(picture, swap, len(swaps)), suffix), asked.output)
        yield place, _done(desk, desk.scratch.copy(place), picture, swap)


def _swapped(desk: Desk, picture: Picture, asked: Asked, turn: int = 0) -> list[Swap]:
    """The results that no threshold drops, their likeness measured. Raises NoFaceError when none is left."""
    with desk.turn():
        units = [replace(unit, similarity=True) for unit in asked.units]
        swaps = desk.engine.run(picture, units, asked.post, turn=turn)
    passed = [swap for swap in swaps if not swap.result.rejected]
    if not passed:
        raise NoFaceError(f"Nothing passed: {'; '.join(dict.fromkeys(swap.result.rejected for swap in swaps))}.")
    return passed


def _done(desk: Desk, path: Path, picture: Picture, swap: Swap) -> Done:
    alike = [face.similarity for face in swap.result.faces if face.similarity is not None]
    page = desk.scratch.put("result.html", viewing.before_and_after(picture, swap).encode())
    return Done(path, page, viewing.faces(swap.result.faces), float(min(alike)) if alike else None)


def _suffix(picture: Picture) -> str:
    suffix = Path(picture.path).suffix.lower()
    return suffix if suffix in images.suffixes() else ".png"


def _stem(picture: Picture, swap: Swap, count: int) -> str:
    """The target's own name, with the source's where there are several results."""
    stem = picture.name[:LONGEST]
    return f"{stem}_{naming.shown(swap.source)[:LONGEST].replace('/', '_')}" if count > 1 else stem
