"""The visible label: words on a plate in a free corner of the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from .. import drawing, images
from ..types import Image, Patch
from .history import kind_of
from .terms import SourceType

LABELS = MappingProxyType(
    {
        "algorithmicallyEnhanced": "ENHANCED",
        "composite": "ALTERED",
        "compositeWithTrainedAlgorithmicMedia": "AI MODIFIED",
        "trainedAlgorithmicMedia": "AI GENERATED",
    }
)
"""The words beside the EU's icons (Code of Practice of June 2026), and our own where no AI made any pixel."""
SHARE = 0.055
"""How high the letters are, as a share of the shorter side; GB 45438-2025 asks for at least 0.05."""
SMALLEST = 7
Box = Sequence[float]
"""x0, y0, x1, y1."""


def labelled(picture: images.Picture, source_type: SourceType, boxes: Iterable[Box] = ()) -> images.Picture:
    """`picture` with the label of what it is, in the corner with the least of the `boxes` and the least to see.

    What is transparent below the label becomes opaque there.
    """
    height, width = picture.rgb.shape[:2]
    letters = max(SMALLEST, math.ceil(SHARE * min(height, width)))
    plate = drawing.plate(LABELS[kind_of(picture.metadata, source_type)], letters, (width, height))
    x, y = _corner(picture.rgb, plate.shape[1::-1], list(boxes))
    patch = Patch(x, y, plate, np.ones(plate.shape[:2], np.float32))
    done = images.paste(picture, [patch])
    if done.alpha is None:
        return done
    alpha = done.alpha.copy()
    alpha[y : y + plate.shape[0], x : x + plate.shape[1]] = np.iinfo(alpha.dtype).max
    return replace(done, alpha=alpha)


def film_label(size: tuple[int, int], source_type: SourceType) -> Patch:
    """The label for frames of `size` width, height: below on the right, where it stays throughout a film."""
    width, height = size
    plate = drawing.plate(LABELS[source_type], max(SMALLEST, math.ceil(SHARE * min(height, width))), size)
    gap = round(0.02 * min(height, width))
    x, y = max(0, width - plate.shape[1] - gap), max(0, height - plate.shape[0] - gap)
    return Patch(x, y, plate, np.ones(plate.shape[:2], np.float32))


def _corner(image: Image, size: tuple[int, int], boxes: Sequence[Box]) -> tuple[int, int]:
    """Where a plate of `size` width, height covers least of the faces, then least detail; below rather than above."""
    height, width = image.shape[:2]
    gap = round(0.02 * min(height, width))
    right, bottom = max(0, width - size[0] - gap), max(0, height - size[1] - gap)
    left, top = min(gap, right), min(gap, bottom)

    def cost(place: tuple[int, int]) -> tuple[float, float]:
        x, y = place
        covered = sum(_overlap((x, y, x + size[0], y + size[1]), box) for box in boxes)
        return covered, float(image[y : y + size[1], x : x + size[0]].std())

    return min([(right, bottom), (left, bottom), (right, top), (left, top)], key=cost)


def _overlap(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)
