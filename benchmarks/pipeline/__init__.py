"""Whole pictures through insightface's own pipeline and through roop, in turns, on the same nets: detection,
recognition, swap and paste. The nets are as large as buffalo_l's and inswapper_128, their numbers are random.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.inswapper import FACES, SIZES, open_net, peak_memory, write_graph
from benchmarks.pipeline.flows import FLOWS, PACK, Flow, Place
from benchmarks.pipeline.graphs import scene, write_pack
from lib_roop.types import Image

OVERHEAD = {(2160, 1): 250.0, (2160, 6): 270.0}
"""Milliseconds that roop may spend at 4K besides the swap net."""
PEAK = 1500
"""Megabytes that roop may need, the swap net included."""
PICTURES = 3


def main(arguments: Sequence[str]) -> int:
    """Prints tables of medians and ratios; the number of goals that are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="for OpenCV and for each net (default: 1)")
    parser.add_argument("--forward", action="store_true", help="run the swap net as well: 3 s a face, 554 MB on disk")
    parser.add_argument("--faces", type=int, choices=[count for count, _ in FACES], help="only pictures with so many")
    parser.add_argument("--one", nargs=2, metavar=("WHO", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(options.threads)
    if options.one:
        return one(options.one[0], placed(Path(options.one[1]), options))
    with tempfile.TemporaryDirectory() as folder:
        place = placed(Path(folder), options)
        write_pack(place.folder / PACK)
        write_graph(place.swap, channels=1024 if options.forward else 8)
        missed = times(place, options.rounds, options.faces)
        return missed + memory(place)


def placed(folder: Path, options: argparse.Namespace) -> Place:
    """Where the nets of this run are."""
    return Place(folder, folder / "inswapper_128.onnx", not options.forward, options.threads)


def times(place: Place, rounds: int, only: int | None) -> int:
    """Processor time of a picture by everybody. The number of goals that roop misses."""
    print(f"ms of processor time for a picture, {'without' if place.stub else 'with'} the swap net (medians)")
    print("picture      faces  " + "  ".join(f"{name:>21}" for name in FLOWS) + "  ratios to roop")
    flows, missed = {name: make(place) for name, make in FLOWS.items()}, 0
    print(f"the detector alone, 640 x 384 pixels: {detector(place):.0f} ms")
    for width, height in SIZES:
        for count, share in FACES:
            if only in (None, count):
                spent = interleaved(flows, scene(width, height, count, share), count, rounds)
                goal = OVERHEAD.get((height, count)) if place.stub else None
                missed += goal is not None and spent["roop"] > goal
                ratios = [spent[name] / spent["roop"] for name in list(FLOWS)[:-1]]
                missed += min(ratios) < 1
                print(
                    f"{width:4} x {height:4}  {count}      "
                    + "  ".join(f"{value:21.0f}" for value in spent.values())
                    + "  "
                    + " ".join(f"{ratio:5.2f}x" for ratio in ratios)
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


def interleaved(flows: Mapping[str, Flow], picture: Image, count: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of each, the gate's taken off; every round has another picture, so nothing is remembered."""
    spent: dict[str, list[float]] = {name: [] for name in flows}
    for turn in range(rounds + 1):
        target = picture.copy()
        target[0, 0] = turn
        for name, flow in flows.items():
            start, apart = time.process_time(), flow.apart()
            flow.work(target)
            if turn:
                spent[name].append((time.process_time() - start - flow.apart() + apart) * 1e3)
            if flow.found() != count:
                raise SystemExit(f"{name} found {flow.found()} faces instead of {count}.")
    return {name: statistics.median(each) for name, each in spent.items()}


def memory(place: Place) -> int:
    """Highest memory of a process that loads everything and swaps in some pictures. 1 when roop's is too much."""
    peaks = {}
    for name in FLOWS:
        options = [*(() if place.stub else ("--forward",)), "--threads", str(place.threads)]
        command = [sys.executable, "-m", "benchmarks", "pipeline", *options, "--one", name, str(place.folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[name] = int(done.stdout.splitlines()[-1])
        print(f"peak memory, {PICTURES} pictures of 1024 x 1024, 1 face: {name} {peaks[name]} MB")
    return int(not place.stub and peaks["roop"] > PEAK)


def one(who: str, place: Place) -> int:
    """One of them alone; prints its process's highest memory in MB."""
    flow, picture = FLOWS[who](place), scene(1024, 1024, *FACES[0])
    for turn in range(PICTURES):
        picture[0, 0] = turn
        flow.work(picture.copy())
    print(peak_memory())
    return 0
