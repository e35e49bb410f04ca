"""Long work in a thread of its own, and a desk's turn that the threads of such work take together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from .frame import Step

if TYPE_CHECKING:
    from ...planning import Plan
    from ...safety import Moment
    from ...swap import Swap
    from ...types import Detection, Face, Image
    from ...video.treating import Treatment

T = TypeVar("T")
LOOK = 0.5
"""Every so many seconds a page looks how far the work is."""
SLICE = 2.0
"""So many seconds a turn lasts at most, and then what is at hand is finished."""
PAUSE = 0.05
"""So many seconds lie between two turns, in which whoever waits gets in: not every lock knows who was first."""


def watched(work: Callable[[threading.Event], T], look: Callable[[], Step]) -> Generator[Step, None, T]:
    """What `work` gives, which a thread of its own does; until then, how far it is.

    Its event is set when it is to stop: when nobody looks any more. It is waited for.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="roop-work") as pool:
        running = pool.submit(work, stop)
        try:
            yield look()
            while not wait([running], LOOK).done:
                yield look()
        finally:
            stop.set()
        return running.result()


class Sharing:
    """Turns that several threads take together, the first of them entering and the last one leaving.

    turn: of the desk, which others wait for. interrupted: whether the host was told to stop; asked within turns alone,
    as at other times another job is meant, and then `stop` is set: what was made meanwhile is not whole.
    """

    def __init__(
        self, turn: Callable[[], AbstractContextManager[object]], interrupted: Callable[[], bool], stop: threading.Event
    ) -> None:
        self._turn, self._interrupted, self._stop = turn, interrupted, stop
        self._changed = threading.Condition()
        self._held: AbstractContextManager[object] | None = None
        self._inside, self._entering = 0, False
        self._ends = self._left = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Within a turn; a thread that is within one must not ask for another."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def rest(self) -> None:
        """End a turn that is over and in which nobody works: the work is at something that needs none."""
        with self._changed:
            if time.monotonic() >= self._ends:
                self._end()

    def close(self) -> None:
        """End the turn, when nobody works in it."""
        with self._changed:
            self._end()

    def _enter(self) -> None:
        with self._changed:
            while self._entering or (self._held and time.monotonic() >= self._ends):
                self._end()
                if self._entering or self._held:
                    self._changed.wait()
            if self._held:
                self._inside += 1
                return
            self._entering = True
        held = None
        try:
            time.sleep(max(self._left + PAUSE - time.monotonic(), 0.0))
            turn = self._turn()
            turn.__enter__()
            held = turn
        finally:
            with self._changed:
                self._entering, self._held = False, held
                self._inside, self._ends = int(held is not None), time.monotonic() + SLICE
                self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            if self._interrupted():
                self._stop.set()
            if time.monotonic() >= self._ends:
                self._end()

    def _end(self) -> None:
        """Where nobody is within it."""
        if self._held and not self._inside:
            held, self._held = self._held, None
            held.__exit__(None, None, None)
            self._left = time.monotonic()
            self._changed.notify_all()


class InTurn:
    """A treatment of a film's frames that works within turns. looked: at so many frames up to now."""

    def __init__(self, treatment: Treatment, sharing: Sharing) -> None:
        self._treatment, self._sharing = treatment, sharing
        self.name, self.engine, self.kind = treatment.name, treatment.engine, treatment.kind
        self.key, self.notes = treatment.key, treatment.notes
        self.looked = 0

    def look(self, image: Image) -> Detection:
        """As the treatment does, and so do the others."""
        self.looked += 1
        with self._sharing.taken():
            return self._treatment.look(image)

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None] | None:
        with self._sharing.taken():
            return self._treatment.follow(image, faces)

    def plan(self, detection: Detection) -> Plan:
        return self._treatment.plan(detection)

    def draw(self, frames: Sequence[tuple[Image, Plan]]) -> tuple[Plan, ...]:
        with self._sharing.taken():
            return self._treatment.draw(frames)

    def finish(self, image: Image, planned: Plan, moment: Moment) -> Swap:
        with self._sharing.taken():
            return self._treatment.finish(image, planned, moment)

    def margin(self, swap: Swap) -> float | None:
        return self._treatment.margin(swap)
