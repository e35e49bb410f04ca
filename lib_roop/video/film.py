"""One film, from file to file: gone through in segments, each of them written whole, and joined at the end."""

from __future__ import annotations

import glob
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import NoFaceError, Refused
from ..options import to_mapping
from ..options.film import FilmOptions
from ..provenance import films
from . import encoding, joining, tally, timing, work
from .clip import Clip
from .decoding import Damage
from .encoding import Encoding
from .following import GROUP
from .rendering import LEAD, Done, Plant, rendered
from .stages import Ledger, Window, windows
from .tally import Tally
from .timing import FilmFrame, Timing
from .treating import Treatment
from .work import Segment, Work

RESUMED = "{} of the film's frames were there from an earlier run, which was gone on with."
LONGEST = 80
"""So many letters of a result's name its folder of unfinished work has."""
ENDING = ".roop"
UNWRITTEN = {"audio", "workers", "max_memory"}
"""Options that no frame depends on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Order:
    """What is to be done: the target's clip, the treatment of its frames, and where the result goes.

    key: everything that the treatment depends on, for resuming.
    """

    clip: Clip
    treatment: Treatment
    key: str
    options: FilmOptions
    output: Path


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """A finished film. seconds: the run took so long; before: frames of an earlier run."""

    path: Path
    timing: Timing
    encoding: Encoding
    tally: Tally
    ledger: Ledger
    plant: Plant
    seconds: float
    before: int
    notes: tuple[str, ...]


class Stopped(Exception):
    """The user ended a run, which can be gone on with. frames: how many are safe."""

    def __init__(self, frames: int) -> None:
        super().__init__(f"{frames} frames are kept")
        self.frames = frames


Progress = Callable[[int, int], None]
"""Told after every frame: how many are done, of about how many (0: unknown)."""


def made(
    order: Order, plant: Plant, interrupted: Callable[[], bool], progress: Progress, ledger: Ledger | None = None
) -> Outcome:
    """The film, written whole, opened again and checked; what was at its place before is replaced only then.

    ledger: what the stages take is told there while they work.
    Raises FilmError, Refused when the gate says no (then nothing is kept), and Stopped.
    """
    begun = time.perf_counter()
    taken = timing.timed(order.clip, order.options)
    settled = encoding.settled(timing.written(taken), order.options, order.output)
    key = _key(order, settled)
    unfinished = Work(_folder(order, key), key)
    try:
        before = sum(map(_frames, unfinished.segments))
        run = _Run(order, taken, settled, unfinished, ledger or Ledger())
        try:
            run.segments(plant, interrupted, lambda count: progress(before + count, taken.frames))
            whole = tally.total(tally.read(segment.tally) for segment in unfinished.segments)
            tally.require_work(whole, order.clip.path.name, swapping=bool(order.treatment.name))
        except (Refused, NoFaceError):
            unfinished.remove()
            raise
        with run.ledger.timed("join"):
            joined = run.join()
        unfinished.remove()
    finally:
        unfinished.close()
    resumed = (RESUMED.format(before),) if before else ()
    notes = (*order.clip.notes, *order.treatment.notes, *settled.notes, *run.damage.notes, *resumed, *joined)
    return Outcome(
        path=order.output,
        timing=taken,
        encoding=settled,
        tally=whole,
        ledger=run.ledger,
        plant=plant,
        seconds=time.perf_counter() - begun,
        before=before,
        notes=tuple(dict.fromkeys((*notes, *whole.notes, *_others(order)))),
    )


def kept(order: Order) -> int:
    """How many frames of an unfinished film are there, and gone on with by the same order."""
    settled = encoding.settled(timing.written(timing.timed(order.clip, order.options)), order.options, order.output)
    return sum(map(_frames, work.whole(_folder(order, _key(order, settled)))))


class _Run:
    """The segments of one film, until all of them are there."""

    def __init__(self, order: Order, taken: Timing, settled: Encoding, unfinished: Work, ledger: Ledger) -> None:
        self._order, self._timing, self._encoding, self._work = order, taken, settled, unfinished
        self._clip = timing.written(taken)
        self.ledger, self.damage = ledger, Damage()

    def segments(self, plant: Plant, interrupted: Callable[[], bool], progress: Callable[[int], None]) -> None:
        """Make those that are not there yet. Raises as `made` does."""
        last = self._work.segments[-1] if self._work.segments else None
        begin, number = (last.lead[0], sum(map(_frames, self._work.segments)) - len(last.lead)) if last else (None, 0)
        frames = self._timing.taken(begin, self.damage, number)
        options = self._order.options
        stream = rendered(frames, self._order.treatment, plant, self.ledger, steady=options.steady)
        sources: deque[tuple[int, int]] = deque(maxlen=LEAD + GROUP)
        making: _Making | None = None
        count = 0
        try:
            for window in windows(self.ledger.drawn("wait", stream), 1):
                done = window.own
                sources.append((done.canvas.number, done.canvas.source))
                if last is not None and done.native.pts < last.end:
                    continue
                if interrupted():
                    raise Stopped(sum(map(_frames, self._work.segments)))
                making = making or self._begun(done, first=count == 0)
                with self.ledger.timed("encode"):
                    making.write(window)
                count += 1
                progress(count)
                if making.tally.frames == options.segment or window.place == len(window.items) - 1:
                    self._work.finish(making.finished(window, _lead(sources)))
                    making = None
        finally:
            stream.close()
            if making is not None:
                making.abandon()

    def join(self) -> tuple[str, ...]:
        """The segments as one file, with all else that the film has."""
        paths = [self._work.folder / segment.file for segment in self._work.segments]
        treatment = self._order.treatment
        marks = films.marks(treatment.engine, source_type=treatment.kind)
        return joining.join(paths, self._clip, self._encoding, self._order.output, self._order.options, marks)

    def _begun(self, done: Done[FilmFrame], *, first: bool) -> _Making:
        """A new segment; before the first of a run one frame is encoded, to see that it can be."""
        if first:
            with self.ledger.timed("preflight"):
                encoding.preflight(self._encoding, done.native)
        number = len(self._work.segments)
        return _Making(number, self._work.place(number, encoding.SEGMENT), self._clip, self._encoding, done.native.pts)


class _Making:
    """A segment that is being written."""

    def __init__(self, number: int, path: Path, clip: Clip, settled: Encoding, begin: int) -> None:
        self._number, self._path, self._begin = number, path, begin
        self._writer = encoding.Writer(path, clip, settled)
        self.tally = Tally()

    def write(self, window: Window[Done[FilmFrame]]) -> None:
        self._writer.write(window.own.native)
        self.tally.count(window)

    def finished(self, window: Window[Done[FilmFrame]], sources: tuple[int, ...]) -> Segment:
        """Whole. window: the last frame with the one after it, if there is one."""
        self._writer.close()
        following = window.items[window.place + 1 :]
        return Segment(
            number=self._number,
            file=self._path.name,
            size=self._path.stat().st_size,
            begin=self._begin,
            end=following[0].native.pts if following else window.own.native.pts + 1,
            lead=sources,
            tally=self.tally.as_json(),
        )

    def abandon(self) -> None:
        self._writer.abandon()


def _folder(order: Order, key: Mapping[str, Any]) -> Path:
    """Where unfinished work lies, beside the result: each of other settings has its own."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()
    return order.output.with_name(f"{_beginning(order)}{digest[:8]}{ENDING}")


def _beginning(order: Order) -> str:
    return f".{order.output.name[:LONGEST]}."


def _others(order: Order) -> list[str]:
    """A sentence for each unfinished work of the same result with other settings."""
    found = sorted(order.output.absolute().parent.glob(f"{glob.escape(_beginning(order))}*{ENDING}"))
    return [f"Unfinished work of other settings lies in {each}; remove it if nobody goes on with it." for each in found]


def _lead(sources: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """The pts of the sources, of numbered frames, that whoever goes on has to begin with: a group's first, and on."""
    known = list(sources)
    begins = [place for place, (number, _) in enumerate(known) if number % GROUP == 0]
    enough = [place for place in begins if len(known) - place >= LEAD]
    return tuple(source for _, source in known[enough[-1] if enough else 0 :])


def _frames(segment: Segment) -> int:
    return tally.read(segment.tally).frames


def _key(order: Order, settled: Encoding) -> dict[str, Any]:
    """Everything that the segments depend on."""
    options = {name: value for name, value in to_mapping(order.options).items() if name not in UNWRITTEN}
    return {
        "version": __version__,
        "source": _fingerprint(order.clip),
        "options": options,
        "encoding": settled.key,
        "treatment": order.key,
    }


def _fingerprint(clip: Clip) -> str:
    return work.fingerprint_of(clip.reel.files) if clip.reel else work.fingerprint(clip.path)
