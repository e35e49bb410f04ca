"""The whole of a swap: insightface's group photograph of six with the astronaut's face, engine and process."""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from lib_roop import Engine
from lib_roop.safety import Gate
from lib_roop.similarity import distance
from lib_roop.types import Face
from lib_roop.types import Image as Pixels

RECOGNISER = "dlib_resnet_v1"
WITH_PEAK = """
import re, sys
from pathlib import Path
from lib_roop.__main__ import main
main(sys.argv[1:])
status = Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
print(f"peak {int(peak[1]) // 1024} MB" if peak else "peak not known on this system")
"""


def main(arguments: Sequence[str]) -> None:
    """Prints distances to the source before and after, then times and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "astronaut.png"
        Image.fromarray(skimage.data.astronaut()).save(source)
        target = group_photograph()
        likeness(source, target)
        engine_time(source, target, options.runs)
        paste_time(source, options.runs)
        process_time(source, target, options.runs)


def group_photograph() -> Path:
    """Six people at a table, 1280x886, out of insightface's wheel; the package is found, not imported."""
    spec = importlib.util.find_spec("insightface")
    assert spec and spec.origin, "insightface is a dependency"
    return Path(spec.origin).parent / "data" / "images" / "t1.jpg"


def likeness(source: Path, target: Path) -> None:
    """Distance of each face to the source before and after, with the target's points."""
    engine = Engine()
    (wanted,) = engine.detect(source, embeddings=True).faces
    before = engine.detect(target, embeddings=True).faces
    swapped = engine.swap(source, target, target_faces="all").result
    after = engine.analyser.recogniser.embed(swapped.image, before)
    rows = [
        (_distance(one, wanted), _distance(other, wanted), _distance(other, one))
        for one, other in zip(before, after, strict=True)
    ]
    print(f"{len(before)} faces; recogniser distance")
    print("face  to source before  after  to target after")
    for index, row in enumerate(rows):
        print(f"{index:4d}  {row[0]:16.3f}  {row[1]:5.3f}  {row[2]:15.3f}")
    print("mean  {:16.3f}  {:5.3f}  {:15.3f}".format(*np.mean(rows, axis=0)))


class TimedGate:
    """The real gate, and the seconds spent in it."""

    def __init__(self, gate: Gate) -> None:
        self.name, self.spent, self._gate = gate.name, 0.0, gate

    def check(self, pictures: Sequence[Pixels], youngest: int | None) -> None:
        """As the gate's own."""
        started = time.perf_counter()
        self._gate.check(pictures, youngest)
        self.spent += time.perf_counter() - started


def engine_time(source: Path, target: Path, runs: int) -> None:
    """Milliseconds for analysis of the target and six swaps, nets and source already there; the gate apart."""
    engine = Engine()
    gate = engine.gate = TimedGate(engine.gate)
    target_pixels = np.asarray(Image.open(target))
    engine.swap(source, target, target_faces="all")
    times, gates = [], []
    for run in range(runs):
        picture = target_pixels.copy()
        picture[0, 0] = run  # another picture for the caches, the same for the eye
        started, gate.spent = time.perf_counter(), 0.0
        engine.swap(source, picture, target_faces="all")
        times.append((time.perf_counter() - started - gate.spent) * 1000)
        gates.append(gate.spent * 1000)
    median = statistics.median(times)
    print(f"engine: analysis and 6 swaps, median {median:.0f} ms, best {min(times):.0f} ms", end="")
    print(f"; the gate besides, median {statistics.median(gates):.0f} ms")


def paste_time(source: Path, runs: int) -> None:
    """Milliseconds of swap and paste of one face of the same size in pictures of growing size."""
    engine = Engine()
    face = skimage.data.astronaut()
    for size in (512, 1024, 2048, 4096):
        picture = np.full((size, size, 3), 96, np.uint8)
        picture[: face.shape[0], : face.shape[1]] = face
        stages = [engine.swap(source, picture).result.faces[0].ms for _ in range(runs)]
        swap, paste = (statistics.median(stage[name] for stage in stages) for name in ("swap", "paste"))
        print(f"one face in {size}x{size}: swap {swap:.1f} ms, paste {paste:.1f} ms (with one copy of the picture)")


def process_time(source: Path, target: Path, runs: int) -> None:
    """Seconds and peak memory of `roop swap` as a process of its own (the peak where Linux tells it)."""
    times, peak = [], ""
    for run in range(runs):
        output = source.with_name(f"result{run}.jpg")
        arguments = ["swap", "--source", str(source), "--target", str(target), "--target-faces", "all"]
        started = time.perf_counter()
        command = [sys.executable, "-c", WITH_PEAK, *arguments, "--output", str(output)]
        words = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times.append(time.perf_counter() - started)
        peak = words.splitlines()[-1]
    print(f"process: roop swap, median {statistics.median(times):.2f} s, best {min(times):.2f} s, {peak}")


def _distance(one: Face, other: Face) -> float:
    return distance(one.embeddings[RECOGNISER], other.embeddings[RECOGNISER])
