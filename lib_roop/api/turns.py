"""One caller after the other, as nets fill the machine; who would wait behind too many is asked to come back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from .answers import Failed

WAITING = 24
"""Callers who wait keep a thread each; web servers have forty, and others need some."""
RETRY_AFTER = 5


Alone = Callable[[], AbstractContextManager[object]]


class Turns:
    """alone: what one caller at a time may enter; the host's own queue, where there is one."""

    def __init__(self, alone: Alone | None = None, waiting: int = WAITING) -> None:
        self._lock = threading.Lock()
        self._alone = alone or (lambda: self._lock)
        self._places = threading.BoundedSemaphore(waiting)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn and have it. Raises Failed when too many wait already."""
        if not self._places.acquire(blocking=False):
            message = f"Too many callers are waiting; ask again in {RETRY_AFTER} seconds."
            raise Failed(503, message, headers={"Retry-After": str(RETRY_AFTER)})
        try:
            with self._alone():
                yield
        finally:
            self._places.release()
