"""What is kept between calls: the values used last, by key."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """The `size` values used last, by key. Two threads make two values side by side, but never the same one twice.

    A value that cannot be made is not remembered.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                making = self._making.setdefault(key, threading.Lock())
            with making:
                # Whoever had the lock before may be done: then there is a value, or another one's turn to make it.
                if self._making.get(key) is making:
                    return self._made(key, make)

    def _made(self, key: Hashable, make: Callable[[], V]) -> V:
        """A new value, kept; the caller holds the lock of its key."""
        try:
            value = make()
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._size:
                    self._values.popitem(last=False)
        finally:
            with self._lock:
                del self._making[key]
        return value

    def values(self) -> tuple[V, ...]:
        """All of them, the one used last at the end."""
        with self._lock:
            return tuple(self._values.values())

    def drop(self, unwanted: Callable[[V], bool]) -> None:
        """Forget the values that `unwanted` says."""
        with self._lock:
            for key in [key for key, value in self._values.items() if unwanted(value)]:
                del self._values[key]

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
