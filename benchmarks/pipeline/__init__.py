"""Whole pictures through other face swappers' own code, through insightface's own pipeline and through roop, in turns,
on the same nets: detection, recognition, swap and paste. The nets are as large as buffalo_l's and inswapper_128, their
numbers are random.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.inswapper import FACES, SIZES, open_net, write_graph
from benchmarks.pipeline.flows import FLOWS, PACK, PLAIN, Machine, Place
from benchmarks.pipeline.graphs import write_facefusion, write_pack
from benchmarks.pipeline.incumbents import ASSETS, INCUMBENTS
from benchmarks.pipeline.workers import Task, Worker
from lib_roop.zoo.winograd import faster

OVERHEAD = {(2160, 1): 250.0, (2160, 6): 270.0}
"""Milliseconds that roop may spend at 4K besides the swap net."""
PEAKS = {PLAIN: 1500, "roop": 2300}
"""Megabytes that it may need, the swap net included; the faster graph may take 800 more."""
PICTURES = 2


def main(arguments: Sequence[str]) -> int:
    """Prints memory, and a table of medians and ratios; the number of goals that are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="for OpenCV and for each net (default: 1)")
    parser.add_argument("--forward", action="store_true", help="run the swap net as well: 3 s a face, 554 MB on disk")
    parser.add_argument("--faces", type=int, choices=[count for count, _ in FACES], help="only pictures with so many")
    parser.add_argument("--height", type=int, choices=[height for _, height in SIZES], help="only pictures so high")
    parser.add_argument("--incumbents", type=Path, metavar="FOLDER", help="where others' repositories are checked out")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        others = options.incumbents and options.incumbents.resolve()
        place = Place(folder, folder / "inswapper_128.onnx", not options.forward, options.threads, others)
        write_pack(folder / PACK)
        write_graph(place.swap, channels=1024 if options.forward else 8)
        if options.forward:
            # What makes the faster graph, once for a net, is not to count as memory of whoever runs it.
            faster(Machine(place), place.swap)
        if others:
            write_facefusion(folder / PACK, place.swap, folder / ASSETS)
        tasks = [
            Task(width, height, count, share, 0)
            for width, height in SIZES
            for count, share in FACES
            if options.faces in (None, count) and options.height in (None, height)
        ]
        with started(place) as workers:
            return memory(workers, place) + times(workers, tasks, place, options.rounds)


@contextlib.contextmanager
def started(place: Place) -> Iterator[dict[str, Worker]]:
    """Everybody that can run here; who cannot is told."""
    if not place.incumbents:
        print(f"left out, as no --incumbents FOLDER is named: {', '.join(INCUMBENTS)}")
    with contextlib.ExitStack() as stack:
        workers = {}
        # With a stand-in for the swap net it has no graph.
        mine = [name for name in FLOWS if not place.stub or name != PLAIN]
        for name in (*(INCUMBENTS if place.incumbents else ()), *mine):
            worker = stack.enter_context(contextlib.closing(Worker(name, place)))
            if worker.missing:
                print(f"left out: {name}, {worker.missing}")
            else:
                workers[name] = worker
        yield workers


def memory(workers: Mapping[str, Worker], place: Place) -> int:
    """Everybody's first pictures, and the highest memory until then. How many need more than they may."""
    peaks = {}
    for name, worker in workers.items():
        peaks[name] = [worker.swap(Task(1024, 1024, *FACES[0], turn)).peak for turn in range(PICTURES)][-1]
        print(f"peak memory, {PICTURES} pictures of 1024 x 1024, 1 face: {name} {peaks[name]} MB")
    return 0 if place.stub else sum(peaks[name] > most for name, most in PEAKS.items())


def times(workers: Mapping[str, Worker], tasks: Sequence[Task], place: Place, rounds: int) -> int:
    """Processor time of a picture by everybody. The number of goals that roop misses."""
    print(f"the detector alone, 640 x 384 pixels: {detector(place):.0f} ms")
    print(f"ms of processor time for a picture, {'without' if place.stub else 'with'} the swap net (medians; to roop)")
    print("picture      faces  " + "  ".join(f"{name:>21}" for name in workers), flush=True)
    missed = 0
    for task in tasks:
        spent = interleaved(workers, task, rounds)
        goal = OVERHEAD.get((task.height, task.count)) if place.stub else None
        ratios = {name: value / spent["roop"] for name, value in spent.items()}
        others = [ratio for name, ratio in ratios.items() if not name.startswith("roop")]
        missed += (goal is not None and spent["roop"] > goal) + (min(others) < 1)
        print(
            f"{task.width:4} x {task.height:4}  {task.count}      "
            + "  ".join(f"{value:12.0f} {ratios[name]:7.2f}x" for name, value in spent.items())
            + (f"  to reach: {goal:.0f} ms" if goal else ""),
            flush=True,
        )
    return missed


def detector(place: Place) -> float:
    """Median milliseconds of the detector's net on what it sees of a 4K picture."""
    net, spent = open_net(place.folder / PACK / "det_10g.onnx", place.threads), []
    for _ in range(9):
        start = time.process_time()
        net.run({"input.1": np.zeros((1, 3, 384, 640), np.float32)})
        spent.append((time.process_time() - start) * 1e3)
    return statistics.median(spent)


def interleaved(workers: Mapping[str, Worker], task: Task, rounds: int) -> dict[str, float]:
    """Median milliseconds of each; every round has another picture, so nothing is remembered."""
    spent: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(rounds):
        for name, worker in workers.items():
            now = Task(task.width, task.height, task.count, task.share, PICTURES + turn)
            spent[name].append(worker.swap(now).ms)
    return {name: statistics.median(each) for name, each in spent.items()}
