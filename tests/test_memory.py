"""What is kept between calls: made once, whoever asks, and forgotten in time."""

import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib_roop.memory import Memory

THREADS = 8
LONG = 30.0
"""Seconds after which a thread gives up on the others, so that a mistake fails and does not hang."""


def everyone(work: Callable[[int, threading.Barrier], object]) -> list[object]:
    """What so many threads make of their number; the barrier lets them all go at once."""
    together = threading.Barrier(THREADS, timeout=LONG)
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda number: work(number, together), range(THREADS)))


def test_the_values_used_last_are_kept() -> None:
    memory, made = Memory[str](2), list[str]()

    def make() -> str:
        made.append(key)
        return key.upper()

    for key in "abacab":
        assert memory.get(key, make) == key.upper()
    assert made == ["a", "b", "c", "b"] and memory.values() == ("A", "B")


def test_what_cannot_be_made_is_not_remembered() -> None:
    memory = Memory[int](2)
    with pytest.raises(ZeroDivisionError):
        memory.get("a", lambda: 1 // 0)
    assert memory.get("a", lambda: 3) == 3


def test_a_value_is_made_once_however_many_ask() -> None:
    memory, made = Memory[int](500), list[int]()

    def one(key: int) -> int:
        made.append(key)
        return key

    def ask(number: int, together: threading.Barrier) -> list[int]:
        found = []
        for key in range(300):
            together.wait()
            found.append(memory.get(key, functools.partial(one, key)))
        return found

    assert everyone(ask) == [list(range(300))] * THREADS
    assert sorted(made) == list(range(300))


def test_one_at_a_time_tries_to_make_a_value() -> None:
    memory, busy, tries = Memory[int](1), threading.Lock(), list[bool]()

    def fail() -> int:
        alone = busy.acquire(blocking=False)
        tries.append(alone)
        # Gives the other threads a turn, as a net that is opened does.
        threading.Event().wait(1e-4)
        if alone:
            busy.release()
        raise ZeroDivisionError

    def ask(number: int, together: threading.Barrier) -> None:
        together.wait()
        for _ in range(40):
            with pytest.raises(ZeroDivisionError):
                memory.get("a", fail)

    everyone(ask)
    assert len(tries) == THREADS * 40 and all(tries)


def test_values_are_forgotten_when_that_is_said() -> None:
    memory = Memory[int](9)
    for key, value in enumerate("abcd"):
        memory.get(value, functools.partial(int, key))
    memory.drop(lambda value: value % 2 == 1)
    assert memory.values() == (0, 2)
    memory.clear()
    assert memory.values() == ()
