"""Stages keep the order, are bounded, say what goes wrong where it is asked for, and end when nobody asks any more."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib_roop.video.stages import Ledger, Window, batches, buffered, mapped, windows


def numbers(count: int, seen: list[int]) -> Iterator[int]:
    for number in range(count):
        seen.append(number)
        yield number


@pytest.mark.parametrize("reach", [0, 1, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
def test_a_window_holds_what_is_around_each_item(count: int, reach: int) -> None:
    got = [(window.items, window.place) for window in windows(range(count), reach)]
    around = [(tuple(range(max(0, at - reach), min(count, at + reach + 1))), min(at, reach)) for at in range(count)]
    assert got == around


def test_a_window_waits_for_no_more_than_its_reach() -> None:
    seen: list[int] = []
    first = next(windows(numbers(100, seen), 2))
    assert first.own == 0 and seen == [0, 1, 2]


def test_a_window_ends_where_something_new_begins() -> None:
    window = Window(("a", "b!", "c", "d", "e!", "f"), 2)
    assert window.within(lambda item: item.endswith("!")) == Window(("b!", "c", "d"), 1)
    assert Window(("a", "b!"), 1).within(lambda item: item.endswith("!")) == Window(("b!",), 0)


def test_work_in_threads_keeps_the_order_and_its_bound() -> None:
    seen: list[int] = []
    begun = threading.Semaphore(0)

    def slow(number: int) -> int:
        begun.release()
        time.sleep(0.002 * (5 - number % 5))
        return number * 10

    with ThreadPoolExecutor(4) as pool:
        results = mapped(numbers(30, seen), slow, pool, ahead=6)
        assert next(results) == 0
        assert len(seen) == 6
        assert list(results) == [number * 10 for number in range(1, 30)]


def test_what_goes_wrong_in_a_thread_is_raised_where_the_result_is_asked_for() -> None:
    def work(number: int) -> int:
        return 10 // (3 - number)

    with ThreadPoolExecutor(2) as pool:
        results = mapped(range(10), work, pool, ahead=3)
        assert [next(results) for _ in range(3)] == [3, 5, 10]
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_a_buffer_works_ahead_and_no_further() -> None:
    seen: list[int] = []
    items = buffered(numbers(100, seen), 2, "test")
    assert next(items) == 0
    end = time.monotonic() + 5
    while len(seen) < 4 and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(0.02)
    # One is taken, two wait, and one is in the thread's hand.
    assert seen == [0, 1, 2, 3]
    items.close()


def test_a_buffer_raises_what_its_items_raise_after_those_before() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    items = buffered(broken(), 5, "test")
    assert next(items) == 1
    with pytest.raises(KeyError, match="two"):
        next(items)


def test_a_buffer_that_is_given_up_closes_its_items_and_ends_its_thread() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = threading.active_count()
    items = buffered(endless(), 1, "test")
    next(items)
    items.close()
    assert closed.is_set() and threading.active_count() == before


def test_batches_hold_all_items() -> None:
    assert list(batches(range(5), 2)) == [(0, 1), (2, 3), (4,)]
    assert list(batches([], 2)) == []


def test_a_ledger_adds_up_what_stages_took() -> None:
    ledger = Ledger()
    for _ in range(3):
        with ledger.timed("sleep"):
            time.sleep(0.002)
    with pytest.raises(ValueError, match="x"), ledger.timed("fail"):
        raise ValueError("x")
    assert list(ledger.drawn("items", "ab")) == ["a", "b"]
    spent = ledger.spent
    assert spent["sleep"].calls == 3 and spent["sleep"].seconds >= 0.006 > spent["sleep"].processor
    assert spent["fail"].calls == 1 and spent["items"].calls == 3
