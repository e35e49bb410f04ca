"""Small copies of pictures of any size and shape, for checkers to look at."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..types import Image

LONGEST = 2.0
"""How many times longer than wide a view may be; what is longer is seen in windows."""
STEP = 0.75
"""Windows overlap by a quarter of their length at least, which is half their width: a body part lies in one wholly."""


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
