"""Frames in, treated frames out: the order of the stages.

decode -> look (threads) -> steady -> plan -> draw (threads, batches) -> even the colours -> finish (threads) -> judge

What is steadied, evened and judged needs the frames around each frame and no others (`LEAD` at most), so whoever begins
so many frames early gets the same frames from then on. Pixels depend neither on threads nor, on a CPU, on batches.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Generic

import numpy as np

from ..engine import Swap
from ..options import NONE
from ..planning import Plan
from ..safety import Moment, Watch
from ..types import Detection, Face, Image
from . import cuts, following, steadying, toning
from .canvas import C, Canvas
from .following import Crew, Looked
from .stages import Ledger, batches, buffered, mapped, windows
from .steadying import REACH
from .toning import Tones
from .treating import Treatment

LEAD = 3 * REACH
"""So many frames before one can change it: by steadying, by evening colours and by judging; faces are followed from the
beginning of a group on, so whoever goes on in a film begins at one."""
DECODED = 3
"""So many decoded frames wait for their turn,"""
ENCODED = 2
"""and so many finished ones for the encoder."""

ALTERED = ("swapped", "restored")
"""Statuses of faces that are not as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What is worked with: threads for frames, how many frames are begun ahead in each stage, and how many of them a
    model gets at once.
    """

    workers: int
    ahead: int
    batch: int = 1

    @property
    def frames(self) -> int:
        """How many frames are kept in memory at most, about."""
        return DECODED + ENCODED + 3 * max(self.ahead, self.batch) + 6 * REACH


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Done(Generic[C]):
    """A finished frame. canvas: what it was. native: what the encoder takes.

    found: its faces before they were steadied. filled: how many it lacked that the frames around it have. refused: it
    is as it was, as the swap was not alike enough.
    """

    canvas: C
    native: Any
    cut: bool
    swap: Swap
    found: tuple[Face, ...]
    filled: int
    refused: bool = False

    @property
    def faces(self) -> tuple[Face, ...]:
        """Those that were to be altered, steadied."""
        return self.swap.plan.altered if self.swap.plan else ()

    @property
    def swapped(self) -> int:
        """How many faces were swapped, or restored where none is swapped."""
        return 0 if self.refused else sum(face.status in ALTERED for face in self.swap.result.faces)


@dataclass(frozen=True, slots=True, eq=False)
class _Found(Generic[C]):
    """A frame whose faces are steadied. found: they before. cut: it begins another shot."""

    looked: Looked[C]
    cut: bool
    moment: Moment
    detection: Detection
    found: tuple[Face, ...] = ()
    filled: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Planned(Generic[C]):
    found: _Found[C]
    plan: Plan
    tones: Tones = Tones()


@dataclass(frozen=True, slots=True, eq=False)
class _Finished(Generic[C]):
    done: Done[C]
    margin: float | None


def rendered(
    frames: Iterable[C], treatment: Treatment, plant: Plant, ledger: Ledger, *, steady: bool = True
) -> Generator[Done[C], None, None]:
    """Every frame, treated, in order. Raises Refused, naming the second, and whatever decoding raises.

    The iterator is to be closed when it is not read to its end: then its threads end.
    """
    with ThreadPoolExecutor(plant.workers, thread_name_prefix="roop-frames") as pool:
        line: _Line[C] = _Line(treatment, ledger, REACH if steady else 0)
        decoded = buffered(ledger.drawn("decode", frames), DECODED, "roop-decode")
        looked = following.looked(decoded, treatment, Crew(pool, plant.ahead, ledger))
        planned = map(line.plan, line.steadied(line.in_order(looked)))
        groups = mapped(batches(planned, plant.batch), line.draw, pool, max(plant.ahead // plant.batch, 1))
        evened = line.evened(each for group in groups for each in group)
        finished = line.judged(mapped(evened, line.finish, pool, plant.ahead))
        try:
            yield from buffered(finished, ENCODED, "roop-finish")
        finally:
            # After an error the stages between are still referred to by its traceback, and would close nothing.
            decoded.close()


class _Line(Generic[C]):
    """The stages of one run."""

    def __init__(self, treatment: Treatment, ledger: Ledger, reach: int) -> None:
        self._treatment, self._ledger, self._reach = treatment, ledger, reach

    def in_order(self, frames: Iterable[Looked[C]]) -> Iterator[_Found[C]]:
        """The frames with their cuts, and with what the gate is to look at."""
        watch, before = Watch(), None
        for frame in frames:
            cut = before is not None and cuts.is_cut(before, frame.glance)
            before = frame.glance
            yield _Found(frame, cut, watch.moment(frame.canvas.seconds, cut=cut), frame.detection)

    def steadied(self, frames: Iterable[_Found[C]]) -> Iterator[_Found[C]]:
        for window in windows(frames, self._reach):
            shot = window.within(lambda frame: frame.cut)
            with self._ledger.timed("steady"):
                times = [frame.looked.canvas.seconds for frame in shot.items]
                found = steadying.steadied(times, [frame.detection for frame in shot.items], shot.place)
            own = shot.own
            yield replace(own, detection=found.detection, found=own.detection.faces, filled=found.filled)

    def plan(self, frame: _Found[C]) -> _Planned[C]:
        return _Planned(frame, self._treatment.plan(frame.detection))

    def draw(self, frames: Sequence[_Planned[C]]) -> list[_Planned[C]]:
        with self._ledger.timed("draw"):
            plans = self._treatment.draw([(frame.found.looked.image, frame.plan) for frame in frames])
            return [
                _Planned(frame.found, plan, toning.tones(frame.found.looked.image, plan))
                for frame, plan in zip(frames, plans, strict=True)
            ]

    def evened(self, frames: Iterable[_Planned[C]]) -> Iterator[_Planned[C]]:
        for window in windows(frames, self._reach):
            shot = window.within(lambda frame: frame.found.cut)
            with self._ledger.timed("even"):
                plan = toning.evened(shot.own.plan, [frame.tones for frame in shot.items], shot.place)
            yield replace(shot.own, plan=plan)

    def finish(self, frame: _Planned[C]) -> _Finished[C]:
        with self._ledger.timed("finish"):
            found, looked = frame.found, frame.found.looked
            swap = self._treatment.finish(looked.image, frame.plan, found.moment)
            done = Done(
                canvas=looked.canvas,
                native=_native(looked.canvas, looked.image, swap),
                cut=found.cut,
                swap=swap,
                found=found.found,
                filled=found.filled,
            )
            return _Finished(done, self._treatment.margin(swap))

    def judged(self, frames: Iterable[_Finished[C]]) -> Iterator[Done[C]]:
        """The frames, and as they were those that are not alike enough even in the mean of the frames around them."""
        for window in windows(frames, self._reach):
            shot = window.within(lambda frame: frame.done.cut)
            own, margins = shot.own, [frame.margin for frame in shot.items if frame.margin is not None]
            if own.margin is None or own.margin >= 0 or float(np.mean(margins)) >= 0:
                yield own.done
                continue
            canvas = own.done.canvas
            image = canvas.seen()
            yield replace(own.done, native=canvas.painted(image, image, ()), refused=True)


def _native(canvas: Canvas, before: Image, swap: Swap) -> Any:
    """The frame as the encoder takes it: only the faces' regions are touched where nothing was enlarged."""
    after = swap.result.image
    if swap.result.upscaler.name != NONE:
        return canvas.redrawn(after)
    height, width = before.shape[:2]
    regions = [
        (max(patch.x, 0), max(patch.y, 0), min(patch.x + w, width), min(patch.y + h, height))
        for patch in swap.result.patches
        for h, w in [patch.mask.shape]
    ]
    return canvas.painted(
        before, after, [region for region in regions if region[0] < region[2] and region[1] < region[3]]
    )
