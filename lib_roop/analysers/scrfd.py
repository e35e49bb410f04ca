"""SCRFD: faces with five points, in one run over the picture.

Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021. Scaling, decoding and what is
dropped as a double follow insightface's class SCRFD, to which tests/parity holds them; the code is our own because
importing the package costs a second and 50 MB, and needs SciPy, scikit-image and onnx to be whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..types import Detection, Face, Floats, Image
from ..zoo.insightface import DETECTOR
from ..zoo.runtime import Tensor
from .packs import PackNet

STEP = 32
OVERLAP = 0.4
"""Of two boxes that share more of their union only the better one stays."""
NEAR = 0.35
"""What scores so much is a near miss where it fails the threshold: what else it may be does not hang on that."""
NEAR_MISSES = 3
LEVELS = {9: ((8, 16, 32), 2), 15: ((8, 16, 32, 64, 128), 1)}
"""Strides and anchors a cell, by the number of outputs: scores, boxes and points of every stride."""
_TURNED_BACK = np.array([[0, -1], [1, 0]])
"""Turns points of `np.rot90(image)` back into the image, but for a shift."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """boxes (n, 4), points (n, 5, 2) and scores (n,) in pixels of the picture."""

    boxes: Floats
    points: Floats
    scores: Floats

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Found:
        """Some of them, by number or by truth value."""
        return Found(self.boxes[which], self.points[which], self.scores[which])


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look: the picture after quarter `turns` (counter-clockwise), made to fit into `side` pixels."""

    side: int
    turns: int = 0
    enlarge: bool = False


class ScrfdDetector:
    """A pack's detector.

    `side` is the longer side of what the net sees. Its input follows the picture's aspect in steps of 32, nothing is
    scaled up, and when nothing is found other sizes and the turned picture are looked at. When `square`, the picture is
    made to fit into a black square of that side instead, once, as insightface.app.FaceAnalysis does with a `det_size`.
    A net whose input has a fixed shape always gets that shape.
    """

    def __init__(self, net: PackNet, side: int = 640, *, square: bool = False) -> None:
        outputs = len(net.header.outputs)
        if outputs not in LEVELS:
            raise ModelError(
                f"The detector {net.path.name} has {outputs} outputs instead of the 9 or 15 of an SCRFD that gives "
                "eyes, nose and mouth as well; choose a pack whose detector does."
            )
        self._net = net
        self._strides, self._anchors = LEVELS[outputs]
        self._step = max(STEP, self._strides[-1])
        height, width = net.shape[2:]
        fixed = (width, height) if width is not None and height is not None else None
        self._side = max(fixed) if fixed else _up(side, self._step)
        self._shape = fixed or ((self._side, self._side) if square else None)
        self._once = square

    def detect(self, image: Image, threshold: float) -> Detection:
        seen = _together([])
        for looks in self._looks(max(image.shape[:2])):
            seen = strongest(_together([seen, *(self._look(image, look, min(NEAR, threshold)) for look in looks)]))
            if (seen.scores >= threshold).any():
                break
        sure = seen.scores >= threshold
        return Detection(_faces(seen.take(sure)), _faces(seen.take(np.flatnonzero(~sure)[:NEAR_MISSES])))

    def _looks(self, long: int) -> Iterator[Sequence[Look]]:
        """What to try, one after the other until something is found, when the picture's longer side is `long`."""
        side, fill = self._side, self._shape is not None
        yield (Look(side, enlarge=fill),)
        if self._once:
            return
        # A face that fills the picture is too large for the anchors, and small pictures cost next to nothing.
        yield [Look(part, enlarge=fill) for part in (side // 2, side // 5) if fill or part < long]
        yield [Look(side, turns, fill) for turns in (1, 2, 3)]
        if not fill and long != side:
            yield (Look(2 * side) if long > side else Look(side, enlarge=True),)

    def _look(self, image: Image, look: Look, floor: float) -> Found:
        """All that scores at least `floor`, doubles included."""
        canvas, scale = self._canvas(np.rot90(image, look.turns), look)
        found = self._decoded(self._net.run([canvas], DETECTOR), canvas.shape[:2], floor)
        placed = Found(found.boxes / scale, found.points / scale, found.scores)
        return _turned_back(placed, look.turns, image.shape[:2])

    def _canvas(self, image: Image, look: Look) -> tuple[Image, float]:
        """What the net sees, the picture in its upper left corner, and how much smaller than the picture that is."""
        width, height = image.shape[1::-1]
        room = [min(part, look.side) for part in self._shape or (look.side, look.side)]
        size = _fitted(width, height, room)
        if not look.enlarge and width <= room[0] and height <= room[1]:
            size = width, height
        columns, rows = self._shape or (_up(size[0], self._step), _up(size[1], self._step))
        canvas = np.zeros((rows, columns, 3), np.uint8)
        canvas[: size[1], : size[0]] = image if size == (width, height) else cv2.resize(image, size)
        return canvas, size[1] / height

    def _decoded(self, outputs: Sequence[Tensor], shape: tuple[int, ...], floor: float) -> Found:
        """What the outputs say, in pixels of the canvas: they count in strides from a cell's upper left corner."""
        levels = len(self._strides)
        parts = []
        for level, stride in enumerate(self._strides):
            scores, boxes, points = outputs[level::levels]
            rows, columns = shape[0] // stride, shape[1] // stride
            count = rows * columns * self._anchors
            if (scores.size, boxes.size, points.size) != (count, 4 * count, 10 * count):
                raise ModelError(
                    f"The detector {self._net.path.name} gives {scores.size} scores, {boxes.size} sides and "
                    f"{points.size} coordinates where SCRFD gives {count}, {4 * count} and {10 * count}; "
                    "put the pack's own file in its place."
                )
            which = np.flatnonzero(scores.reshape(-1) >= floor)
            cell = which // self._anchors
            corner = (np.stack([cell % columns, cell // columns], 1) * stride).astype(np.float32)
            sides = boxes.reshape(-1, 4)[which] * stride
            offsets = points.reshape(-1, 5, 2)[which] * stride
            edges = np.concatenate([corner - sides[:, :2], corner + sides[:, 2:]], 1)
            parts.append(Found(edges, corner[:, None] + offsets, scores.reshape(-1)[which]))
        return _together(parts)


def strongest(found: Found) -> Found:
    """The best-scored of each heap, best first; areas count the last pixel too, as in insightface."""
    kept = []
    left = np.argsort(-found.scores, kind="stable")
    low, high = found.boxes[:, :2], found.boxes[:, 2:]
    areas = (high - low + 1).prod(1)
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        sides = np.minimum(high[best], high[left]) - np.maximum(low[best], low[left]) + 1
        shared = sides.clip(0, None).prod(1)
        left = left[shared / (areas[best] + areas[left] - shared) <= OVERLAP]
    return found.take(np.array(kept, np.intp))


def _fitted(width: int, height: int, room: Sequence[int]) -> tuple[int, int]:
    """The width and height of a picture that was made to fit into `room`; parts of a pixel are cut off."""
    aspect = height / width
    if aspect > room[1] / room[0]:
        return max(int(room[1] / aspect), 1), room[1]
    return room[0], max(int(room[0] * aspect), 1)


def _turned_back(found: Found, turns: int, shape: tuple[int, ...]) -> Found:
    """From `np.rot90(image, turns)` back into the image of that shape; points keep their names."""
    matrix = np.linalg.matrix_power(_TURNED_BACK, turns)
    origin = np.where(matrix.sum(1) < 0, (shape[1] - 1, shape[0] - 1), 0)
    corners = found.boxes.reshape(-1, 2, 2) @ matrix.T + origin
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    return Found(boxes.astype(np.float32), (found.points @ matrix.T + origin).astype(np.float32), found.scores)


def _together(parts: Sequence[Found]) -> Found:
    """All of them as one."""
    return Found(
        np.concatenate([np.empty((0, 4), np.float32), *(part.boxes for part in parts)]),
        np.concatenate([np.empty((0, 5, 2), np.float32), *(part.points for part in parts)]),
        np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)]),
    )


def _faces(found: Found) -> tuple[Face, ...]:
    """From left to right."""
    order = sorted(range(len(found.scores)), key=lambda number: tuple(found.boxes[number].tolist()))
    return tuple(
        Face(id=place, box=found.boxes[number], landmarks=found.points[number], score=float(found.scores[number]))
        for place, number in enumerate(order)
    )


def _up(length: int, step: int) -> int:
    """The next multiple of `step`."""
    return math.ceil(length / step) * step
