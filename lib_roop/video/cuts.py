"""Where a film cuts from one shot to another. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Floats, Image

SIZE = (64, 36)
CUT = 27.0
"""A mean change of hue, saturation and value by so much is a cut, as in PySceneDetect's ContentDetector."""
OTHER, BINS = 0.2, 16
"""If a fifth of the pixels are of another kind as well, of so many kinds."""
HUES = 180


def glance(image: Image) -> Floats:
    """A frame (RGB) as little as can be told apart from the next shot's: 36x64x3 hue (0..180), saturation, value."""
    small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2HSV), np.float32)


def is_cut(before: Floats, after: Floats) -> bool:
    """Whether two frames that follow each other, as `glance` saw them, are of different shots.

    Many pixels change then, and so does what the frame has of each colour, which no movement changes much.
    """
    change = np.abs(after - before)
    # Hues go round in a circle, and mean nothing where there is no colour.
    colour = np.minimum(before[..., 1], after[..., 1]) / 255
    hue = np.minimum(change[..., 0], HUES - change[..., 0]) * colour
    changed = float((hue.mean() + change[..., 1].mean() + change[..., 2].mean()) / 3)
    return changed >= CUT and _apart(before, after) >= OTHER


def _apart(before: Floats, after: Floats) -> float:
    """Which part of the pixels has another saturation or value, wherever they are: 0 for the same mixture."""
    mixtures = [
        [np.histogram(each[..., channel], BINS, (0, 256))[0] / each[..., channel].size for channel in (1, 2)]
        for each in (before, after)
    ]
    return float(np.mean([np.abs(one - other).sum() / 2 for one, other in zip(*mixtures, strict=True)]))
