"""Work in a thread of its own, and a turn that several threads take together."""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest

from lib_roop.errors import InputError
from lib_roop.ui.tools.frame import Step
from lib_roop.ui.tools.sharing import Sharing, watched


class Turns:
    """A lock that is taken by one at a time, and how often it was."""

    def __init__(self) -> None:
        self.lock, self.taken = threading.Lock(), 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self.lock:
            self.taken += 1
            yield


@pytest.fixture
def turns() -> Turns:
    return Turns()


def sharing(turns: Turns, interrupted: Callable[[], bool] = lambda: False) -> tuple[Sharing, threading.Event]:
    stop = threading.Event()
    return Sharing(turns, interrupted, stop), stop


def test_threads_work_in_one_turn_side_by_side(turns: Turns) -> None:
    shared, _ = sharing(turns)
    meeting = threading.Barrier(3, timeout=10)

    def meet(_: int) -> int:
        with shared.taken():
            return meeting.wait()

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(meet, range(3))) == [0, 1, 2], "none waited for another to leave"
    assert turns.taken == 1 and turns.lock.locked()
    shared.close()
    assert not turns.lock.locked()


def test_whoever_waits_gets_in_between_two_turns(turns: Turns) -> None:
    shared, stop = sharing(turns)
    got = threading.Event()

    def work(_: int) -> None:
        while not got.is_set():
            with shared.taken():
                stop.wait(0.01)

    def other() -> None:
        with turns.lock:
            got.set()

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(work, number) for number in range(2)]
        while not turns.taken:
            stop.wait(0.01)
        waiting = pool.submit(other)
        waiting.result(30)
        for each in working:
            each.result(30)
    shared.close()


def test_a_turn_that_nobody_needs_any_more_is_given_back(turns: Turns) -> None:
    shared, _ = sharing(turns)
    with shared.taken():
        pass
    while turns.lock.locked():
        shared.rest()
    assert turns.taken == 1


def test_what_the_host_interrupts_within_a_turn_is_stopped_for_good(turns: Turns) -> None:
    flags = iter([False, True, False])
    shared, stop = sharing(turns, lambda: next(flags))
    seen = []
    for _ in range(3):
        with shared.taken():
            seen.append(stop.is_set())
    assert seen == [False, False, True]
    shared.close()


def test_a_turn_that_cannot_be_had_is_said_and_can_be_asked_for_again(turns: Turns) -> None:
    failing = iter([True, False])

    @contextmanager
    def turn() -> Iterator[None]:
        if next(failing):
            raise InputError("Not now.")
        with turns():
            yield

    shared = Sharing(turn, lambda: False, threading.Event())
    with pytest.raises(InputError, match="Not now"), shared.taken():
        raise AssertionError("it is not within a turn")
    with shared.taken():
        assert turns.lock.locked()
    shared.close()


def test_work_is_watched_until_it_is_done_and_gives_what_it_made() -> None:
    looks = iter(range(100))
    go = threading.Event()

    def work(_: threading.Event) -> str:
        go.wait(10)
        return "made"

    def look() -> Step:
        number = next(looks)
        if number == 2:
            go.set()
        return Step(number, 3, "working")

    made = []

    def watching() -> Generator[Step, None, None]:
        made.append((yield from watched(work, look)))

    steps = [step.done for step in watching()]
    assert made == ["made"] and steps[:3] == [0, 1, 2] and all(b - a == 1 for a, b in pairwise(steps))


def test_work_that_nobody_watches_any_more_is_stopped_and_waited_for() -> None:
    ended = []

    def work(stop: threading.Event) -> None:
        stop.wait(10)
        ended.append(stop.is_set())

    watching = watched(work, lambda: Step(0, 1, "working"))
    next(watching)
    watching.close()
    assert ended == [True]


def test_what_work_raises_is_raised_where_it_is_watched() -> None:
    def work(_: threading.Event) -> None:
        raise InputError("It cannot be done.")

    with pytest.raises(InputError, match="cannot be done"):
        list(watched(work, lambda: Step(0, 1, "working")))
