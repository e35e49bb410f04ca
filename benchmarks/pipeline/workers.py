"""A process for each way to swap, so that nothing that one loads, patches or leaves behind costs another."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2

from benchmarks.inswapper import peak_memory
from benchmarks.pipeline.flows import FLOWS, Flow, Place
from benchmarks.pipeline.graphs import scene
from benchmarks.pipeline.incumbents import INCUMBENTS

EVERYBODY: Mapping[str, Callable[[Place], Flow]] = {**INCUMBENTS, **FLOWS}


@dataclass(frozen=True)
class Task:
    """A picture to swap in: `count` faces, `share` of its height each. turn: makes it another picture."""

    width: int
    height: int
    count: int
    share: float
    turn: int


@dataclass(frozen=True)
class Measured:
    """Milliseconds of processor time, faces that were swapped, and the process's highest memory so far in MB."""

    ms: float
    swapped: int
    peak: int


class Worker:
    """One of them in its process. missing: why it cannot run here, or ""."""

    def __init__(self, name: str, place: Place) -> None:
        context = multiprocessing.get_context("spawn")
        self._name = name
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, name, place), daemon=True)
        self._process.start()
        theirs.close()
        self.missing: str = self._answer()

    def swap(self, task: Task) -> Measured:
        """Swaps in one picture; ends the program when not every face was swapped."""
        self._pipe.send(task)
        measured: Measured = self._answer()
        if measured.swapped != task.count:
            raise SystemExit(f"{self._name} swapped {measured.swapped} faces instead of {task.count}.")
        return measured

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()
        self._process.join()

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            raise SystemExit(f"{self._name} ended; what it said is above.") from None


def serve(pipe: Connection, name: str, place: Place) -> None:
    """The process's work: says what is missing, then swaps what it is sent until the other end is closed."""
    with Path(os.devnull).open("w") as sys.stdout:
        cv2.setNumThreads(place.threads)
        try:
            flow = EVERYBODY[name](place)
        except (ImportError, FileNotFoundError) as error:
            pipe.send(str(error))
            return
        pipe.send("")
        while True:
            try:
                task = pipe.recv()
            except EOFError:
                return
            pipe.send(measure(flow, task))


def measure(flow: Flow, task: Task) -> Measured:
    """The gate's time is taken off. A face counts as swapped where its middle has changed."""
    picture = scene(task.width, task.height, task.count, task.share)
    picture[0, 0] = task.turn
    given, apart, start = flow.taken(picture), flow.apart(), time.process_time()
    made = flow.work(given, task.count)
    spent = time.process_time() - start - flow.apart() + apart
    peak, after = peak_memory(), flow.shown(made)
    row, middles = task.height // 2, [round(task.width * (n + 0.5) / task.count) for n in range(task.count)]
    return Measured(spent * 1e3, sum(bool((after[row, x] != picture[row, x]).any()) for x in middles), peak)
