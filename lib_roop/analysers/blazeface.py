"""Face candidates from BlazeFace (short range), run on windows over the picture at several scales.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019; anchors as in MediaPipe.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Image
from ..zoo.runtime import Net

WINDOW = 128
BATCH = 16
"""Windows a run. More are slower on a CPU: their activations leave its cache."""
GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in each cell."""
SMALLEST = 42
"""Pixels: faces of this size and larger are looked for, smaller ones only in pictures below 600 pixels."""
STRIDE = 85
"""From window to window: faces of a third of a window lie wholly in one. Half buys no face more, as measured."""
_SEEN = (0.14, 0.6)
"""Which share of a window's side a face is that is found surely: less is too small, more is cut by too many windows."""
_TURNED_BACK = np.array([[0, -1], [1, 0]])
"""Turns points of `np.rot90(image)` back into the image, but for a shift."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What may be faces: boxes (n, 4) x0, y0, x1, y1; points (n, 6, 2); scores (n,) 0..1.

    The points are the eyes, the nose tip, the mouth's middle and the ears, image-left first when the face is upright.
    """

    boxes: Floats
    points: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
        """Some of them, by number or by truth value."""
        return Candidates(self.boxes[which], self.points[which], self.scores[which])


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """`pixels` 128x128x3; its point p (its edges are at 0 and 128) is `linear @ p + origin` in the picture."""

    pixels: Image
    linear: NDArray[np.float64]
    origin: NDArray[np.float64]


class BlazeFace:
    """BlazeFace over many windows, `BATCH` of them a run."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._anchors = anchors()

    def find(self, views: Iterable[Window], floor: float) -> Candidates:
        """Everything that scores at least `floor` (0 < floor < 1) in the windows, doubles included."""
        iterator = iter(views)
        batches = iter(lambda: list(itertools.islice(iterator, BATCH)), [])
        return together([self._run(batch, floor) for batch in batches])

    def _run(self, batch: Sequence[Window], floor: float) -> Candidates:
        pixels = np.stack([window.pixels for window in batch])
        outputs = self._net.run({"image": (pixels.astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2)})
        logits = outputs["scores"][..., 0]
        which, anchor = np.nonzero(logits >= math.log(floor / (1 - floor)))
        values = outputs["boxes"][which, anchor].reshape(-1, 8, 2)
        centre, size, points = values[:, 0], values[:, 1], values[:, 2:]
        corners = np.stack([centre - size / 2, centre + size / 2], 1)
        in_window = np.concatenate([corners, points], 1) + self._anchors[anchor, None]
        linear = np.stack([window.linear for window in batch])[which]
        origin = np.stack([window.origin for window in batch])[which, None]
        placed = (in_window @ linear.transpose(0, 2, 1) + origin).astype(np.float32)
        boxes = np.concatenate([placed[:, :2].min(1), placed[:, :2].max(1)], 1)
        return Candidates(boxes, placed[:, 2:], (1 / (1 + np.exp(-logits[which, anchor]))).astype(np.float32))


def anchors() -> Floats:
    """(896, 2) x, y of the anchors in window pixels: the middles of the cells, row by row, the fine grid first."""
    grids = []
    for cells, times in GRIDS:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) * (WINDOW / cells)
        x, y = np.meshgrid(middle, middle)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], 1), times, 0))
    return np.concatenate(grids)


def window_sides(height: int, width: int) -> tuple[float, ...]:
    """The sides of the windows for a picture, in its pixels, ascending; the last is a margin round the whole picture.

    They find faces of `SMALLEST` pixels, in a picture above 1900 pixels of a 45th of its shorter side, and in one below
    600 pixels of a fourteenth of its longer side; the number of windows is bounded for a given aspect.
    """
    short, long = sorted((height, width))
    largest = min(long, 2 * short)
    finest = min(max(SMALLEST / _SEEN[0], short / 45 / _SEEN[0]), max(long / 2, WINDOW), largest)
    steps = max(1, math.ceil(math.log(largest / finest) / math.log(_SEEN[1] / _SEEN[0])))
    return (*sorted({finest * (largest / finest) ** (step / steps) for step in range(steps + 1)}), 1.6 * largest)


def starts(length: int) -> list[int]:
    """Where the windows along `length` pixels begin: together they cover them, neighbours share a third or more."""
    if length <= WINDOW:
        return [0]
    count = math.ceil((length - WINDOW) / STRIDE) + 1
    return [math.floor(start) for start in np.linspace(0, length - WINDOW, count)]


def windows(image: Image, sides: Iterable[float], turns: Sequence[int] = (0,)) -> Iterator[Window]:
    """Windows of `sides` pixels of the picture, for each of `turns` quarter turns of it (counter-clockwise, 0..3).

    The picture is scaled once for each side, from the next finer scale. What lies beyond it is black.
    """
    height, width = image.shape[:2]
    source = image
    for side in sorted(sides):
        size = max(1, round(width * WINDOW / side)), max(1, round(height * WINDOW / side))
        shrinks = size[0] <= source.shape[1] and size[1] <= source.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        level = np.asarray(cv2.resize(source, size, interpolation=how), np.uint8)
        source = level if shrinks else source
        for turn in turns:
            matrix = np.linalg.matrix_power(_TURNED_BACK, turn)
            origin = np.where(matrix.sum(1) < 0, (width, height), 0) - 0.5
            scale = np.array([[width], [height]]) / np.array(size)[:, None]
            yield from _cut(np.rot90(level, turn), scale * matrix, origin)


def _cut(level: Image, linear: NDArray[np.float64], origin: NDArray[np.float64]) -> Iterator[Window]:
    """The windows of one scale; `linear` and `origin` say where the level's points lie in the picture."""
    pads = [max(0, WINDOW - length) for length in level.shape[:2]]
    before = [pad // 2 for pad in pads]
    level = np.pad(level, [(first, pad - first) for first, pad in zip(before, pads, strict=True)] + [(0, 0)])
    for y in starts(level.shape[0]):
        for x in starts(level.shape[1]):
            corner = linear @ np.array([x - before[1], y - before[0]])
            yield Window(level[y : y + WINDOW, x : x + WINDOW], linear, origin + corner)


def together(found: Sequence[Candidates]) -> Candidates:
    """All of them as one."""
    return Candidates(
        np.concatenate([some.boxes for some in found]),
        np.concatenate([some.points for some in found]),
        np.concatenate([some.scores for some in found]),
    )


def strongest(candidates: Candidates, most: float = 0.3) -> Candidates:
    """The best-scored of each heap, best first: none shares more than `most` of their union with a better one."""
    kept = []
    left = np.argsort(-candidates.scores, kind="stable")
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shared = intersections(candidates.boxes[best], candidates.boxes[left])
        union = areas(candidates.boxes[best]) + areas(candidates.boxes[left]) - shared
        left = left[shared <= most * union]
    return candidates.take(np.array(kept, np.intp))


def covers(box: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Which of `boxes` (n, 4) share half of themselves, or half of `box` (4,), with it."""
    return np.asarray(intersections(box, boxes) >= 0.5 * np.minimum(areas(box), areas(boxes)))


def areas(boxes: Floats) -> Floats:
    """Of boxes (..., 4)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def intersections(box: Floats, boxes: Floats) -> Floats:
    """The area that a box (4,) shares with each of `boxes` (n, 4)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.asarray(np.clip(sides, 0, None).prod(1), np.float32)
