"""What the safety gate costs, and which ordinary pictures of installed packages it would refuse."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from lib_roop import safety
from lib_roop.engine import Engine
from lib_roop.safety import Checker, Seen
from lib_roop.safety.gate import objection
from lib_roop.types import Face, Image

PACKAGES = ("skimage", "matplotlib", "insightface", "scipy", "networkx")
SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff"}
SMALLEST = 64
"""Pixels of the short side: below are icons."""
SIZES = ((512, 512), (1024, 1024), (1920, 1080), (2048, 2048), (3840, 2160), (8000, 1000))


def main(arguments: Sequence[str]) -> None:
    """Prints the cost for pictures of growing size, then the pictures refused, for adults and for minors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args(arguments)
    checker = safety.load()
    print(f"{checker.name}, {checker.origin}")
    cost(checker, options.runs)
    near_cost(checker, options.runs)
    false_positives(checker)


def cost(checker: Checker, runs: int) -> None:
    """Median milliseconds of scaling and looking for one picture, and of the gate for a target and its result."""
    print(f"{'picture':>12}{'views':>7}{'ms: scaling':>13}{'looking':>9}{'gate, both':>12}{'again':>8}")
    engine = Engine()
    for width, height in SIZES:
        scaling, looking, both, again = [], [], [], []
        views: list[Image] = []
        for run in range(runs + 1):
            target, result = noise(width, height, 2 * run), noise(width, height, 2 * run + 1)
            start = time.perf_counter()
            views = checker.views(target)
            scaling.append(time.perf_counter() - start)
            checker.look(views)
            looking.append(time.perf_counter() - start - scaling[-1])
            both.append(timed(engine, target, result))
            again.append(timed(engine, target, result))
        cells = [statistics.median(each[1:]) * 1000 for each in (scaling, looking, both, again)]
        print(
            f"{f'{width}x{height}':>12}{len(views):>7}{cells[0]:>13.1f}{cells[1]:>9.1f}{cells[2]:>12.1f}{cells[3]:>8.1f}"
        )


def near_cost(checker: Checker, runs: int) -> None:
    """Median milliseconds of looking at one picture of 1920x1080 in which small faces are swapped."""
    print(f"{'small faces':>12}{'views':>7}{'ms, one picture':>17}")
    for count in (0, 1, 3, 8):
        boxes = [np.array((220 * place, 400, 220 * place + 80, 480), np.float32) for place in range(count)]
        faces = [Face(id=place, box=box, landmarks=box[:0], score=1.0) for place, box in enumerate(boxes)]
        spent, views = [], 0
        for run in range(runs + 1):
            picture = noise(1920, 1080, run)
            start = time.perf_counter()
            pictures = [picture, *safety.surroundings(picture, faces)]
            for each in pictures:
                checker.look(checker.views(each))
            spent.append(time.perf_counter() - start)
            views = len(pictures)
        print(f"{count:>12}{views:>7}{statistics.median(spent[1:]) * 1000:>17.1f}")


def timed(engine: Engine, target: Image, result: Image) -> float:
    """Seconds for both checks of one swap."""
    start = time.perf_counter()
    engine.gate.check([target], None)
    engine.gate.check([result], None)
    return time.perf_counter() - start


def noise(width: int, height: int, seed: int) -> Image:
    """Something that nobody has seen before."""
    small = np.random.default_rng(seed).integers(96, 160, (9, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def false_positives(checker: Checker) -> None:
    """None of these pictures shows nudity."""
    seen = {name: checker.look(checker.views(picture)) for name, picture in ordinary()}
    for who, age in (("", None), (", were someone on it taken for a minor", 17)):
        refused = {name: fault for name, parts in seen.items() if (fault := objection(parts, checker.threshold, age))}
        print(f"{len(refused)} of {len(seen)} ordinary pictures refused{who}")
        for name, (part, score) in refused.items():
            print(f"  {name}: {part} {score:.2f}")
    print("the next ones: " + "; ".join(nearest(seen, checker.threshold)))


def nearest(seen: dict[str, Seen], threshold: float) -> list[str]:
    """The pictures that come closest to a refusal, without regard to age."""
    low = {name: fault for name, parts in seen.items() if (fault := objection(parts, 0, None)) and fault[1] < threshold}
    ranked = sorted(low.items(), key=lambda each: -each[1][1])
    return [f"{name} {part} {score:.2f}" for name, (part, score) in ranked[:3]]


def ordinary() -> Iterator[tuple[str, Image]]:
    """The pictures in these packages, which are not imported."""
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent
        for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES):
            try:
                with Pillow.open(path) as picture:
                    if min(picture.size) >= SMALLEST:
                        yield f"{package}/{path.name}", np.array(picture.convert("RGB"))
            except UnidentifiedImageError:
                continue
