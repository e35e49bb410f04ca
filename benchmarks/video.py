"""Films: how near a run comes to what its slowest stage, or all cores, allow; memory; and what the old ways cost.

The old ways are those that the programs document: sinner opens the film and seeks for every frame, roop writes every
frame as a PNG and reads it again, twice. Both are given roop's own swap here, so that only the way differs.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data
from matplotlib import cbook
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.host import StandaloneHost
from lib_roop.options import RuntimeOptions, SwapUnit
from lib_roop.options.film import FilmOptions
from lib_roop.safety import Moment
from lib_roop.types import Image
from lib_roop.video import clip as clips
from lib_roop.video import decoding, encoding, film, planting, timing
from lib_roop.video.decoding import Damage
from lib_roop.video.rendering import Plant, rendered
from lib_roop.video.stages import Ledger
from lib_roop.video.treating import Swapping

GRANTED = 0.9
"""Of what is possible, as issue 10 asks."""
OLD = 12
"""So many frames are enough to see what an old way costs."""


def main(arguments: Sequence[str]) -> int:
    """Prints tables; 1 where a run is too far from what is possible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--faces", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--memory", type=int, nargs="*", default=[300, 3000], help="frames of small films")
    parser.add_argument("--resident", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    width, height = (int(part) for part in options.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="roop-bench-") as place:
        folder = Path(place)
        if options.resident:
            print(_resident(Path(options.resident[0]), Path(options.resident[1]), folder))
            return 0
        source = folder / "hopper.png"
        with Pillow.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as picture:
            picture.save(source)
        cores = planting.available()
        print(f"{options.frames} frames {options.size}, built-in engine, {cores} cores; frames a second")
        names = "decode", "treat", "encode", "possible", "whole", "reached", "sinner", "roop"
        print(f"{'faces':<8}" + "".join(f"{name:>10}" for name in names))
        late = False
        for faces in options.faces:
            target = _film(folder / f"{faces}.mp4", options.frames, (width, height), faces)
            late |= _row(target, source, folder, faces, cores)
        if options.memory:
            print("\nMiB resident at most, 640x360")
            for count in options.memory:
                target = _film(folder / f"long{count}.mp4", count, (640, 360), 1)
                print(f"{count:>6} frames{_apart(target, source):>10}")
    return int(late)


def _row(target: Path, source: Path, folder: Path, faces: int, cores: int) -> bool:
    treatment, clip = _treatment(source), clips.probe(target)
    frames = list(itertools.islice(timing.timed(clip, FilmOptions()).taken(None, Damage()), 24))
    alone = Plant(workers=1, ahead=1)
    decode = _rate(lambda: sum(1 for _ in decoding.frames(clip)))
    treat = _rate(lambda: sum(1 for _ in rendered(frames, treatment, alone, Ledger())))
    natives = [frame.painted(frame.seen(), frame.seen(), ()) for frame in frames]
    encode = _rate(lambda: _encoded(natives, clip, folder))
    processor = sum(each[1] for each in (decode, treat, encode))
    possible = min(decode[0], encode[0], treat[0] * cores, cores / processor)
    order = film.Order(
        clip=clip, treatment=treatment, key=treatment.key, options=FilmOptions(), output=folder / "out.mp4"
    )
    made = _rate(lambda: film.made(order, planting.chosen(cores), lambda: False, _quiet).tally.frames)
    ways = [
        _rate(lambda: _sinner(target, treatment, folder))[0],
        _rate(lambda: _roop(target, treatment, folder))[0],
    ]
    columns = [f"{each:10.1f}" for each in (decode[0], treat[0], encode[0], possible, made[0])]
    print(f"{faces:<8}{''.join(columns)}{made[0] / possible:10.0%}" + "".join(f"{made[0] / way:9.1f}x" for way in ways))
    return made[0] < GRANTED * possible


def _rate(work: Callable[[], int]) -> tuple[float, float]:
    """Items a second, and processor seconds an item, of all threads."""
    begun, processor = time.perf_counter(), time.process_time()
    count = work()
    return count / (time.perf_counter() - begun), (time.process_time() - processor) / count


def _treatment(source: Path) -> Swapping:
    engine = Engine(StandaloneHost(RuntimeOptions(threads=1)))
    treatment = Swapping(engine, [SwapUnit(source=(str(source),), target_faces="all")])
    # The nets are loaded before anything is timed.
    picture = np.ascontiguousarray(skimage.data.astronaut(), np.uint8)
    treatment.draw([(picture, treatment.plan(treatment.look(picture)))])
    return treatment


def _encoded(frames: Sequence[av.VideoFrame], clip: clips.Clip, folder: Path) -> int:
    settled = encoding.settled(clip, FilmOptions(), folder / "encoded.mp4")
    writer = encoding.Writer(folder / "one.nut", clip, settled)
    for frame in frames:
        writer.write(frame)
    writer.close()
    return len(frames)


def _swapped(treatment: Swapping, image: Image) -> Image:
    planned = treatment.plan(treatment.look(image))
    (drawn,) = treatment.draw([(image, planned)])
    return treatment.finish(image, drawn, Moment(0.0, due=False)).picture.rgb


def _sinner(target: Path, treatment: Swapping, folder: Path) -> int:
    """The film opened anew and sought in for every frame, from the middle on; every result a PNG, then the film."""
    middle = clips.probe(target).frames // 2
    for number in range(OLD):
        film_ = cv2.VideoCapture(str(target))
        film_.set(cv2.CAP_PROP_POS_FRAMES, middle + number)
        _, bgr = film_.read()
        film_.release()
        image = np.ascontiguousarray(bgr[..., ::-1], np.uint8)
        cv2.imwrite(str(folder / f"s{number}.png"), _swapped(treatment, image)[..., ::-1])
    return _joined(folder, "s")


def _roop(target: Path, treatment: Swapping, folder: Path) -> int:
    """Every frame to a PNG, each of them read, swapped and written again, then the film."""
    film_ = cv2.VideoCapture(str(target))
    for number in range(OLD):
        cv2.imwrite(str(folder / f"r{number}.png"), film_.read()[1])
    film_.release()
    for number in range(OLD):
        path = folder / f"r{number}.png"
        cv2.imwrite(str(path), _swapped(treatment, _read(path))[..., ::-1])
    return _joined(folder, "r")


def _joined(folder: Path, name: str) -> int:
    with av.open(str(folder / "old.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "18"})
        for number in range(OLD):
            frame = av.VideoFrame.from_ndarray(_read(folder / f"{name}{number}.png"), "rgb24")
            if not number:
                stream.width, stream.height = frame.width, frame.height
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    return OLD


def _read(path: Path) -> Image:
    bgr = cv2.imread(str(path))
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


def _film(path: Path, count: int, size: tuple[int, int], faces: int) -> Path:
    """People who sway before a soft ground, 25 frames a second."""
    width, height = size
    side = min(height * 3 // 5, width // (faces + 1))
    person = cv2.resize(np.asarray(skimage.data.astronaut(), np.uint8)[:360, 50:410], (side, side))
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    ground = np.stack([90 + 60 * x, 100 + 50 * y, 140 - 40 * x], -1).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(count):
            picture = ground.copy()
            for place in range(faces):
                sway = np.sin(number / 9 + place)
                turn = cv2.getRotationMatrix2D((side / 2, side / 2), 6 * sway, 1)
                shown = cv2.warpAffine(person, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
                left = round((place + 1) * width / (faces + 1) - side / 2 + 0.1 * side * sway)
                top = (height - side) // 2
                picture[top : top + side, max(left, 0) : left + side] = shown[:, max(-left, 0) : width - left]
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _apart(target: Path, source: Path) -> int:
    """What a process of its own that makes the film has in memory at most."""
    command = [sys.executable, "-m", "benchmarks", "video", "--resident", str(target), str(source)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def _resident(target: Path, source: Path, folder: Path) -> int:
    treatment, clip = _treatment(source), clips.probe(target)
    order = film.Order(
        clip=clip, treatment=treatment, key=treatment.key, options=FilmOptions(), output=folder / "out.mp4"
    )
    film.made(order, planting.chosen(planting.available()), lambda: False, _quiet)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _quiet(_done: int, _of: int) -> None:
    """Shows nothing."""
