"""Small copies of pictures of any size and shape, for checkers to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from ..types import Face, Floats, Image

LONGEST = 2.0
"""How many times longer than wide a view may be; what is longer is seen in windows."""
STEP = 0.75
"""Windows overlap by a quarter of their length at least, which is half their width: a body part lies in one wholly."""
AROUND = 6
"""Heights of a face that a view round it is high and wide."""
MOST, ALIKE = 8, 0.6
"""How many views round faces there are, and the share of their areas' sum up to which two become one."""


def windows(picture: Image, least: int) -> list[Image]:
    """The parts of a picture, together all of it, each at most twice as long as wide, or `least` pixels long."""
    height, width = picture.shape[:2]
    long, short = max(height, width), min(height, width)
    length = max(round(LONGEST * short), least)
    if long <= length:
        return [picture]
    count = math.ceil((long - length) / (STEP * length)) + 1
    starts = np.linspace(0, long - length, count).round().astype(int)
    return [
        picture[:, start : start + length] if width > height else picture[start : start + length] for start in starts
    ]


def surroundings(picture: Image, faces: Sequence[Face]) -> list[Image]:
    """What lies round faces that are small in the picture, at most eight parts of it.

    A checker that sees a large picture as a whole sees little of a small person there.
    """
    height, width = picture.shape[:2]
    most = min(max(height, width) / 2, height, width)
    centres = [((face.box[:2] + face.box[2:]) / 2, AROUND / 2 * face.height) for face in faces]
    boxes = [np.concatenate([centre - reach, centre + reach]) for centre, reach in centres if 2 * reach < most]
    parts = np.array(boxes, np.float32).reshape(-1, 4).clip(0, [width, height, width, height])
    while len(parts) > 1:
        first, second = np.triu_indices(len(parts), 1)
        both = np.hstack(
            [np.minimum(parts[first, :2], parts[second, :2]), np.maximum(parts[first, 2:], parts[second, 2:])]
        )
        growth = _areas(both) / (_areas(parts[first]) + _areas(parts[second]))
        best = int(growth.argmin())
        if len(parts) <= MOST and growth[best] > ALIKE:
            break
        parts = np.vstack([np.delete(parts, [first[best], second[best]], 0), both[best]])
    edges = [(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)) for x0, y0, x1, y1 in parts]
    return [picture[y0:y1, x0:x1] for x0, y0, x1, y1 in edges if x1 > x0 and y1 > y0]


def _areas(boxes: Floats) -> Floats:
    return np.asarray(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1), np.float32)


def scaled(picture: Image, scale: float) -> Image:
    """The picture `scale` times as large. Every pixel counts when it becomes smaller."""
    height, width = picture.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Halving is what OpenCV does fastest: for 4K it halves the time.
    while picture.shape[1] >= 4 * size[0] and picture.shape[0] >= 4 * size[1]:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), np.uint8)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)
