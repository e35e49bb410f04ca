"""How long the built-in nets take to find, measure and recognise the faces of a picture."""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from lib_roop.analysers.blazeface import BlazeFace, window_sides, windows
from lib_roop.analysers.builtin import NEAR, analyser
from lib_roop.types import Image
from lib_roop.zoo import store
from lib_roop.zoo.builtin import BLAZEFACE
from lib_roop.zoo.cards import ModelCard
from lib_roop.zoo.runtime import Device, Net, load

THRESHOLD = 0.5


def main(argv: Sequence[str]) -> None:
    """Prints a table: windows, faces, and the median milliseconds of each stage.

    `windows` is BlazeFace over the upright picture; `detection` is everything that detection does, meshes and further
    searches included; `recognition` is the embedding of all faces.
    """
    parser = argparse.ArgumentParser(prog="benchmarks analysis", description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(argv)

    def open_net(card: ModelCard) -> Net:
        return load(card, store.verified(card, store.find(card)), Device(threads=options.threads))

    parts, finder = analyser(open_net), BlazeFace(open_net(BLAZEFACE))
    print(
        f"{'picture':<28}{'size':>12}{'windows':>9}{'faces':>7}{'ms: windows':>13}{'detection':>11}{'recognition':>13}"
    )
    for name, image in pictures().items():
        height, width = image.shape[:2]
        sides = window_sides(height, width)
        count = sum(1 for _ in windows(image, sides))
        faces = parts.detector.detect(image, THRESHOLD).faces
        stages = (
            lambda: finder.find(windows(image, sides), THRESHOLD * NEAR),  # noqa: B023 - run within the loop
            lambda: parts.detector.detect(image, THRESHOLD),  # noqa: B023
            lambda: parts.recogniser.embed(image, faces),  # noqa: B023
        )
        finding, detection, recognition = (median_ms(stage, options.repeats) for stage in stages)
        size = f"{width}x{height}"
        print(f"{name:<28}{size:>12}{count:>9}{len(faces):>7}{finding:>13.1f}{detection:>11.1f}{recognition:>13.1f}")


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Of `repeats` runs, after one that does not count."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def pictures() -> dict[str, Image]:
    """Photographs that come with packages, and what is made of them."""
    samples = package("skimage") / "data"
    astronaut = read(samples / "astronaut.png")
    group = read(package("insightface") / "data" / "images" / "t1.jpg")
    small = np.asarray(cv2.resize(astronaut[:340], None, fx=0.67, fy=0.67, interpolation=cv2.INTER_AREA), np.uint8)
    return {
        "one face": astronaut,
        "one face, on its side": np.ascontiguousarray(np.rot90(astronaut)),
        "six faces": group,
        "six faces, enlarged to 4K": np.asarray(cv2.resize(group, (3120, 2160)), np.uint8),
        "72-pixel face in 4K": pasted(small, height=2160, width=3840),
        "one face in a panorama": pasted(astronaut, height=1500, width=20000),
        "no face": read(samples / "coffee.png"),
        "no face, 4K": np.full((2160, 3840, 3), 90, np.uint8),
    }


def pasted(image: Image, *, height: int, width: int) -> Image:
    """The picture in the middle of a grey one."""
    canvas = np.full((height, width, 3), 90, np.uint8)
    y, x = (height - image.shape[0]) // 2, (width - image.shape[1]) // 2
    canvas[y : y + image.shape[0], x : x + image.shape[1]] = image
    return canvas


def read(path: Path) -> Image:
    """A file as RGB."""
    with Pictures.open(path) as picture:
        return np.array(picture.convert("RGB"))


def package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The benchmark needs pictures of {name}; install it with: pip install {name}")
    return Path(spec.origin).parent
