"""With how many threads and how large batches a film is gone through: what a short trial finds best."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..engine import Engine
from ..options.film import FilmOptions
from ..safety import Moment
from ..types import Image
from .canvas import Canvas
from .rendering import Plant
from .stages import batches
from .treating import Treatment

BATCH = 4
"""So many frames a model gets at once, where that is faster."""
CLEARLY = 1.1
"""More threads, or a batch, must be faster by so much to be worth their memory."""
EXTRA = 2
"""So many frames more than there are threads are begun in each stage, so that no thread waits for the next."""
BYTES = 12
"""Of each pixel of a frame that is worked on: as decoded, in RGB before and after, and as it goes to the encoder."""
GIB = 1 << 30
TRIED = 4
"""So many of the first frames are looked at."""


def found(
    options: FilmOptions, treatment: Treatment, engine: Engine, frames: Callable[[], Iterable[Canvas]], pixels: int
) -> tuple[Plant, str]:
    """What a film is best gone through with, and a sentence where memory limits it. pixels: of a frame."""
    if options.workers:
        plant = chosen(options.workers)
    else:
        first = list(itertools.islice(frames(), TRIED))
        accelerated = any(net.devices[0].lower() not in {"cpu", "cpuexecutionprovider"} for net in engine.loaded)
        plant = tried(treatment, first, accelerated=accelerated) if first else chosen(1)
    return limited(plant, pixels, options.max_memory)


def tried(treatment: Treatment, canvases: Sequence[Canvas], *, accelerated: bool) -> Plant:
    """The plant that is fastest with these first frames, at least one. accelerated: whether nets run on a device that
    likes batches. Raises Refused as treating does.
    """
    images = [canvas.seen() for canvas in canvases]
    second = canvases[0].seconds

    def treat(image: Image) -> None:
        (planned,) = treatment.draw([(image, treatment.plan(treatment.look(image)))])
        treatment.finish(image, planned, Moment(second, due=True))

    treat(images[0])
    cores = available()
    workers = 1
    if cores > 1:
        with ThreadPoolExecutor(cores) as pool:
            alone = _timed(lambda: treat(images[-1]))
            together = _timed(lambda: list(pool.map(treat, [images[-1]] * cores))) / cores
        workers = cores if together * CLEARLY < alone else 1
    plant = Plant(workers=workers, ahead=workers + EXTRA)
    return replace(plant, batch=_batch(treatment, images[-1])) if accelerated else plant


def chosen(workers: int) -> Plant:
    """The plant of so many threads."""
    return Plant(workers=workers, ahead=workers + EXTRA)


def limited(plant: Plant, pixels: int, gib: float) -> tuple[Plant, str]:
    """The plant made small enough to stay below so many GiB, 0 for no limit, and a sentence where it was changed.

    pixels: of a frame.
    """
    room = gib * GIB - resident()
    small = plant
    while gib and small.frames * pixels * BYTES > room and (small.ahead > 1 or small.batch > 1):
        small = replace(small, batch=max(small.batch // 2, 1), ahead=max(small.ahead - 1, 1))
    small = replace(small, workers=min(small.workers, small.ahead))
    if small == plant:
        return plant, ""
    return (
        small,
        f"To stay below {gib:g} GiB only {small.ahead} frames are begun ahead and {small.workers} worked on at once.",
    )


def available() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def resident() -> int:
    """How many bytes this process has in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _batch(treatment: Treatment, image: Image) -> int:
    planned = treatment.plan(treatment.look(image))
    frames = [(image, planned)] * BATCH
    treatment.draw(frames)
    single = _timed(lambda: [treatment.draw(each) for each in batches(frames, 1)])
    return BATCH if _timed(lambda: treatment.draw(frames)) * CLEARLY < single else 1


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
