"""Stages of work on a stream: bounded, in order, in threads, and with the time that each of them took."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
POLL = 0.05
"""Seconds after which a thread that waits looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage took: seconds on the clock and of processor time, over so many calls."""

    seconds: float = 0.0
    processor: float = 0.0
    calls: int = 0

    def plus(self, seconds: float, processor: float) -> Spent:
        return Spent(self.seconds + seconds, self.processor + processor, self.calls + 1)


class Ledger:
    """What every stage took, by its name. Safe to share between threads."""

    def __init__(self) -> None:
        self._spent: dict[str, Spent] = {}
        self._lock = threading.Lock()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """What is done in here belongs to `stage`."""
        seconds, processor = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            taken = time.perf_counter() - seconds, time.thread_time() - processor
            with self._lock:
                self._spent[stage] = self._spent.get(stage, Spent()).plus(*taken)

    def drawn(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """The items; the time to get each of them belongs to `stage`."""
        iterator = iter(items)
        while True:
            with self.timed(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    @property
    def spent(self) -> dict[str, Spent]:
        """By stage, in the order of their first use."""
        with self._lock:
            return dict(self._spent)


def mapped(items: Iterable[T], work: Callable[[T], R], pool: ThreadPoolExecutor, ahead: int) -> Iterator[R]:
    """`work` of every item, in their order; at most `ahead` of them are begun before the first of them is asked for."""
    pending: deque[Future[R]] = deque()
    iterator = iter(items)
    try:
        while True:
            while len(pending) < ahead:
                try:
                    item = next(iterator)
                except StopIteration:
                    break
                pending.append(pool.submit(work, item))
            if not pending:
                return
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def buffered(items: Iterable[T], ahead: int, name: str) -> Generator[T, None, None]:
    """The items, got in a thread of that name; at most `ahead` of them wait. What goes wrong there is raised here."""
    waiting: queue.Queue[tuple[T] | None] = queue.Queue(ahead)
    unwanted = threading.Event()

    def hand_on(what: tuple[T] | None) -> None:
        while not unwanted.is_set():
            try:
                waiting.put(what, timeout=POLL)
                return
            except queue.Full:
                continue

    def fill() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                hand_on((item,))
                if unwanted.is_set():
                    return
        finally:
            if isinstance(iterator, Generator):
                iterator.close()
            hand_on(None)

    with ThreadPoolExecutor(1, thread_name_prefix=name) as thread:
        filling = thread.submit(fill)
        try:
            while (got := waiting.get()) is not None:
                yield got[0]
        finally:
            unwanted.set()
        filling.result()


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """An item of a stream with those around it; `place` is its own."""

    items: Sequence[T]
    place: int

    @property
    def own(self) -> T:
        return self.items[self.place]

    def within(self, begins: Callable[[T], bool]) -> Window[T]:
        """The part of it between the items that begin something new."""
        first = next((at for at in range(self.place, 0, -1) if begins(self.items[at])), 0)
        last = next((at for at in range(self.place + 1, len(self.items)) if begins(self.items[at])), len(self.items))
        return Window(self.items[first:last], self.place - first)


def windows(items: Iterable[T], reach: int) -> Iterator[Window[T]]:
    """Every item with at most `reach` before and `reach` after it; no more of them are kept."""
    kept: deque[T] = deque()
    place = 0
    for item in items:
        kept.append(item)
        if len(kept) <= reach + place:
            continue
        yield Window(tuple(kept), place)
        if place == reach:
            kept.popleft()
        else:
            place += 1
    while place < len(kept):
        yield Window(tuple(kept), place)
        if place == reach:
            kept.popleft()
        else:
            place += 1


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """So many items at a time, at the end fewer."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
