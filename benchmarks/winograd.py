"""inswapper's graph as it is and rewritten with Winograd's convolutions, in turns: time, error, memory, size.

The graph is as large as the real inswapper_128 and its numbers are random.
"""

from __future__ import annotations

import argparse
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.inswapper import LATENT, PICTURE, peak_memory, write_graph
from lib_roop.host import StandaloneHost
from lib_roop.options import ON, RuntimeOptions
from lib_roop.types import Floats
from lib_roop.zoo import runtime
from lib_roop.zoo.runtime import Device, OnnxNet
from lib_roop.zoo.winograd import faster, notes, reading, rewriting, sites

PLAIN, KEPT = "as it is", "as roop makes it"
MOST: Mapping[str, int] = {"F(2x2), F(4x4)": 450 << 20, "F(4x4) everywhere": 1500 << 20}
"""Other mixtures, by how much their weights may grow: the style convolutions by the smallest tiles, and the largest."""
TO_REACH, FURTHEST, MORE = 1.8, 1e-4, 800
"""How many times as fast on one thread, how far from the graph as it is, how many MB more."""


def main(arguments: Sequence[str]) -> int:
    """Prints a table; the number of goals that are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="a graph with a quarter of the channels")
    parser.add_argument("--others", action="store_true", help="other mixtures of tiles too, 3 GB more on the disk")
    parser.add_argument("--one", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--making", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        return one(Path(options.one))
    if options.making:
        return making(Path(options.making))
    with tempfile.TemporaryDirectory() as name:
        net = Path(name) / "inswapper_128.onnx"
        write_graph(net, channels=256 if options.small else 1024)
        print(fresh("--making", net))
        files = {PLAIN: net, KEPT: faster(Machine(net.parent), net)}
        if options.others:
            files |= {label: mixed(net, most, number) for number, (label, most) in enumerate(MOST.items())}
        memory = {label: [int(number) for number in fresh("--one", path).split()] for label, path in files.items()}
        ratio, error = compared(files, 1, options.rounds, memory)
        compared(files, os.cpu_count() or 1, options.rounds, memory)
    more = max(there - here for here, there in zip(memory[PLAIN], memory[KEPT], strict=True))
    return (ratio < TO_REACH) + (error >= FURTHEST) + (more >= MORE)


class Machine(StandaloneHost):
    """Nets in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(RuntimeOptions(provider="cpu", threads=1, fast_graph=ON))
        self._folder = folder

    def model_folders(self) -> tuple[Path, ...]:
        return (self._folder,)

    def say(self, message: str) -> None:
        """The table says it."""


def compared(
    files: Mapping[str, Path], threads: int, rounds: int, memory: Mapping[str, Sequence[int]]
) -> tuple[float, float]:
    """Prints a line for each; how many times as fast the kept one is, and how far from the graph as it is."""
    nets, inputs = {label: opened(path, threads) for label, path in files.items()}, fed()
    made = {label: net.run(inputs)["output"] for label, net in nets.items()}
    clock = time.process_time if threads == 1 else time.perf_counter
    spent: dict[str, list[float]] = {label: [] for label in nets}
    for _ in range(rounds):
        for label, net in nets.items():
            start = clock()
            net.run(inputs)
            spent[label].append((clock() - start) * 1e3)
    print(f"{threads} thread{'s, ms of the wall clock' if threads > 1 else ', ms of processor time'} (medians)")
    print(f"{'':18}     ms    ratio    error  peak MB  MB held  MB on disk")
    ratios, errors = {}, {}
    for label, path in files.items():
        ratios[label] = statistics.median(a / b for a, b in zip(spent[PLAIN], spent[label], strict=True))
        errors[label] = float(np.sqrt(np.mean((made[label] - made[PLAIN]) ** 2)) / made[PLAIN].std())
        size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*") if label != PLAIN or each == path)
        print(
            f"{label:18} {statistics.median(spent[label]):6.0f}   {ratios[label]:5.2f}x  {errors[label]:.1e}"
            f"  {memory[label][0]:7}  {memory[label][1]:7}  {size / 1e6:10.0f}",
            flush=True,
        )
    return ratios[KEPT], errors[KEPT]


def mixed(net: Path, most: int, number: int) -> Path:
    """The graph rewritten with another limit, opened and run by nobody but this."""
    path = net.parent / f"mixed{number}"
    with net.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        graph = reading.read(data)
        found = reading.convolutions(graph)
        watched = path.with_name("watched")
        watched.write_bytes(net.read_bytes() + rewriting.watching(found))
        shapes = {name: value.shape for name, value in opened(watched, 1).run(fed()).items()}
        watched.unlink()
        made = rewriting.rewritten(data, graph, sites.planned(found, shapes, most), f"{path.name}.data")
        path.write_bytes(made.model)
        with path.with_name(made.file).open("wb") as tables:
            for numbers in made.tables:
                tables.seek(numbers.offset)
                tables.writelines(numbers.blocks())
    return path


def making(net: Path) -> int:
    """Makes the graph, and prints how long it took and the highest memory of the process."""
    start, spent = time.perf_counter(), time.process_time()
    path = faster(Machine(net.parent), net)
    wall, spent = time.perf_counter() - start, time.process_time() - spent
    done = "made" if path.suffix == notes.ENDING else "not made"
    print(f"{done} in {wall:.0f} s ({spent:.0f} s of processor time), peak memory {peak_memory()} MB")
    return 0


def one(path: Path) -> int:
    """Opens the graph, runs it twice, and prints the process's highest memory and what it holds, in MB."""
    net = opened(path, 1)
    for _ in range(2):
        net.run(fed())
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(peak_memory(), next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmRSS:")))
    return 0


def fresh(option: str, path: Path) -> str:
    """What a new process prints last."""
    command = [sys.executable, "-m", "benchmarks", "winograd", option, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]


def opened(path: Path, threads: int) -> OnnxNet:
    """As roop opens it."""
    return runtime.load_unlisted(path.name, path, Device(threads=threads, planned=path.suffix == ".onnx"))


def fed() -> dict[str, Floats]:
    random = np.random.default_rng(0)
    return {"target": random.random(PICTURE, np.float32), "source": random.standard_normal(LATENT, np.float32)}
