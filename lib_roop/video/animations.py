"""Films of every kind into pictures: an animation, or a sequence of files. Nothing here needs the package av."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from .. import images, provenance
from ..errors import FilmError, NoFaceError, Refused
from ..images import Metadata, Picture
from ..options.film import FilmOptions
from . import stills
from .rendering import Done, Plant, rendered
from .stages import Ledger, windows
from .stills import Reel, Still
from .tally import Tally, require_work
from .treating import Treatment

FASTEST = {".gif": 50}
"""So many frames a second a kind of animation has at most: browsers show a GIF's frames of 1/100 s for 1/10 s."""
QUALITIES = ((0, 50, 80, 100), (0, 75, 90, 100))
"""roop's quality, and WebP's own number for it."""
SHALLOW = "An animation has 8 bits a channel, not 16; pictures such as %05d.png keep them."
Put = Callable[[Done[Still]], None]
Progress = Callable[[int, int], None]
"""Told after every frame: how many are done, of about how many (0: unknown)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Footage:
    """What a result of pictures is made of.

    stills: read anew at every call. told: sentences about what was found while reading. frames, duration: about how
    many, in seconds; 0 where unknown. size: width and height. codec: what the pictures are stored as. exact: without
    loss. plays, clear, metadata: as `images.Shape` has them. files: what is read. notes: sentences for the user.
    """

    path: Path
    files: tuple[Path, ...]
    stills: Callable[[], Iterator[Still]]
    told: Callable[[], Sequence[str]] = tuple
    frames: int
    duration: float
    size: tuple[int, int]
    codec: str
    exact: bool
    plays: int = 0
    clear: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Order:
    """What is to be done: the footage, the treatment of its pictures, and where the result goes."""

    footage: Footage
    treatment: Treatment
    options: FilmOptions
    output: Path


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """A finished result. seconds: the run took so long."""

    path: Path
    footage: Footage
    tally: Tally
    ledger: Ledger
    plant: Plant
    seconds: float
    notes: tuple[str, ...]
    before: int = 0

    @property
    def first(self) -> Path:
        """The file, or the first one of a sequence."""
        return self.path.with_name(stills.named(self.path.name, 1))


class Stopped(Exception):
    """The user ended a run. frames: how many pictures of a sequence are there."""

    def __init__(self, frames: int) -> None:
        super().__init__(f"{frames} pictures are there")
        self.frames = frames


def wanted(output: Path) -> bool:
    """Whether a result of that name is made of pictures."""
    return stills.is_pattern(output.name) or output.suffix.lower() in images.SIDES


def paced(options: FilmOptions, rate: Fraction, output: Path) -> tuple[FilmOptions, tuple[str, ...]]:
    """The options with as many frames a second as the result can have, and a sentence where that is fewer."""
    most = FASTEST.get(output.suffix.lower(), 0)
    if stills.is_pattern(output.name) or not most or (options.fps or rate) <= most:
        return options, ()
    note = f"A {output.suffix} animation shows at most {most} frames a second; the others are left out."
    return replace(options, fps=most), (note,)


def footage(film: Reel, options: FilmOptions, output: Path) -> Footage:
    """Of pictures. Raises FilmError when they end before the part that was asked for begins."""
    stills.check_span(float(film.length), options, film.path.name)
    options, notes = paced(options, film.rate, output)
    begin, end = options.span
    part = max(min(float(film.length), end or np.inf) - begin, 0)
    whole = not options.fps and not options.trim
    return Footage(
        path=film.path,
        files=film.files,
        stills=lambda: stills.taken(film, options),
        frames=len(film.durations) if whole else round(part * (options.fps or float(film.rate))),
        duration=part,
        size=film.size,
        codec=film.codec,
        exact=film.exact,
        plays=film.plays,
        clear=film.clear,
        metadata=film.metadata,
        notes=(*film.notes, *notes),
    )


def made(order: Order, plant: Plant, interrupted: Callable[[], bool], progress: Progress) -> Outcome:
    """The result, each file of it written whole; an animation replaces what was at its place only then.

    Raises FilmError, PictureError, Refused when the gate says no (then nothing is kept), and Stopped.
    """
    begun = time.perf_counter()
    footage, ledger, tally = order.footage, Ledger(), Tally()
    _check(order)
    stream = rendered(footage.stills(), order.treatment, plant, ledger, steady=order.options.steady)
    put: Put | None = None
    lost: tuple[str, ...] = ()
    with ExitStack() as stack, closing(stream):
        for window in windows(ledger.drawn("wait", stream), 1):
            if interrupted():
                raise Stopped(tally.frames)
            first: Picture = window.own.native
            with ledger.timed("encode"):
                if put is None:
                    lost = _losses(order, first)
                    put = stack.enter_context(_sink(order, first))
                put(window.own)
            tally.count(window)
            progress(tally.frames, footage.frames)
        require_work(tally, footage.path.name, swapping=bool(order.treatment.name))
    return Outcome(
        path=order.output,
        footage=footage,
        tally=tally,
        ledger=ledger,
        plant=plant,
        seconds=time.perf_counter() - begun,
        notes=tuple(dict.fromkeys((*footage.notes, *order.treatment.notes, *footage.told(), *lost, *tally.notes))),
    )


def _check(order: Order) -> None:
    """Raises PictureError for a suffix that is not written, FilmError for a result that would go over its target."""
    output = order.output
    images.known_suffix(output.suffix)
    results = stills.numbered(output) if stills.is_pattern(output.name) else (output,)
    read = {os.path.realpath(path) for path in order.footage.files}
    if read & {os.path.realpath(path) for path in results}:
        raise FilmError(f"The result {output} would be written over the target; choose another.", field="output")


def _losses(order: Order, first: Picture) -> tuple[str, ...]:
    """What the result will not hold of its pictures."""
    suffix = order.output.suffix.lower()
    if stills.is_pattern(order.output.name):
        # `provenance.save` says it.
        return ()
    deep = (SHALLOW,) if first.pixels.dtype == np.uint16 else ()
    # What came from such a file fits into one.
    return (
        deep
        if suffix == f".{order.footage.codec}"
        else (*deep, *images.losses(replace(first, pixels=first.rgb), suffix))
    )


@contextmanager
def _sink(order: Order, first: Picture) -> Iterator[Put]:
    """What takes the finished frames. first: one of them."""
    with _sequence(order) if stills.is_pattern(order.output.name) else _animation(order, first) as put:
        yield put


@contextmanager
def _animation(order: Order, first: Picture) -> Iterator[Put]:
    footage = order.footage
    height, width = first.rgb.shape[:2]
    shape = images.Shape(
        size=(width, height),
        plays=footage.plays,
        clear=footage.clear,
        quality=None if footage.exact else float(np.interp(order.options.quality, *QUALITIES)),
        metadata=footage.metadata,
    )
    kind, engine = _origin(order.treatment)
    with provenance.animation(order.output, shape, source_type=kind, engine=engine) as animator:

        def put(done: Done[Still]) -> None:
            before = done.canvas.picture.rgb
            known = footage.exact and before.shape == done.native.rgb.shape
            animator.add(done.native, done.canvas.duration, before if known else None)

        yield put


@contextmanager
def _sequence(order: Order) -> Iterator[Put]:
    written: list[Path] = []
    kind, engine = _origin(order.treatment)
    try:
        order.output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FilmError(
            f"The folder {order.output.parent} cannot be made ({error.strerror}).", field="output"
        ) from error

    def put(done: Done[Still]) -> None:
        place = order.output.with_name(stills.named(order.output.name, len(written) + 1))
        written.append(provenance.save(done.native, place, source_type=kind, engine=engine))

    try:
        yield put
    except (Refused, NoFaceError):
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _origin(treatment: Treatment) -> tuple[provenance.SourceType, str | None]:
    """Of which kind the pictures are, and what altered them; None where no AI system did."""
    return treatment.kind, None if treatment.kind == provenance.ENHANCED else treatment.engine
