"""A drawn face that detectors take for a real one: `roop doctor` tests itself with it, without a photograph."""

from __future__ import annotations

import cv2
import numpy as np

from .types import Image

Colour = tuple[int, int, int]

WHITE, PUPIL, IRIS, LID = (245, 244, 240), (15, 12, 12), (70, 50, 40), (60, 42, 34)
LIPS, MOUTH, SHIRT, WALL = (176, 92, 88), (120, 54, 54), (70, 80, 110), (150, 165, 176)
DRAWN_AT = 4
"""How many times larger it is drawn than it is given back."""


def portrait(side: int, skin: Colour, hair: Colour) -> Image:
    """RGB uint8 `side` x `side`: head and shoulders from the front; the same every time."""
    sheet = _Sheet(side * DRAWN_AT)
    shade, light = _times(skin, 0.82), _times(skin, 1.08)
    sheet.oval(SHIRT, (50, 108), (40, 24))
    sheet.oval(shade, (50, 80), (11, 16))
    sheet.oval(hair, (50, 42), (28, 32))
    sheet.oval(skin, (50, 50), (22.5, 29))
    sheet.oval(light, (50, 33), (13, 6))
    for x in (40, 60):
        sheet.oval(light, (50 + 1.2 * (x - 50), 56), (5, 4))
        sheet.oval(shade, (50 + 2.25 * (x - 50), 52), (2.5, 5))
        sheet.oval(shade, (x, 46), (6.2, 4.2))
        sheet.oval(WHITE, (x, 46.5), (4.6, 2.3))
        sheet.oval(IRIS, (x, 46.5), (2.1, 2.2))
        sheet.oval(PUPIL, (x, 46.5), (1, 1))
        sheet.arc(LID, (x, 46.3), (4.8, 2.6), (180, 360, 0.6))
        sheet.arc(hair, (x, 41.5), (6, 2.4), (195, 345, 1.3))
    sheet.oval(shade, (50, 56), (3.4, 6))
    sheet.oval(light, (50, 53), (1.6, 5))
    sheet.oval(light, (50, 57.5), (2.6, 2.2))
    for x in (48, 52):
        sheet.oval(MOUTH, (x, 60), (0.9, 0.5))
    sheet.oval(LIPS, (50, 67.5), (7.5, 2.6))
    sheet.oval(MOUTH, (50, 67.2), (7.2, 0.5))
    sheet.oval(shade, (50, 72.5), (5, 0.8))
    return sheet.reduced(side)


class _Sheet:
    """A square on which places and sizes are hundredths of its side."""

    def __init__(self, side: int) -> None:
        self._unit = side / 100
        self._pixels = np.full((side, side, 3), WALL, np.uint8)

    def oval(self, colour: Colour, middle: tuple[float, float], radii: tuple[float, float]) -> None:
        cv2.ellipse(self._pixels, self._whole(middle), self._whole(radii), 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)

    def arc(
        self, colour: Colour, middle: tuple[float, float], radii: tuple[float, float], span: tuple[int, int, float]
    ) -> None:
        """`span`: from and to, in degrees clockwise from the right, and how thick."""
        start, end, thick = span
        width = max(1, round(thick * self._unit))
        cv2.ellipse(self._pixels, self._whole(middle), self._whole(radii), 0, start, end, colour, width, cv2.LINE_AA)

    def reduced(self, side: int) -> Image:
        """`side` pixels of it, with soft edges and a little noise as a camera has."""
        soft = cv2.GaussianBlur(self._pixels, (0, 0), self._unit / 2)
        small = cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA)
        noise = np.random.default_rng(0).normal(0, 1, small.shape)
        return np.asarray(np.clip(np.rint(small + noise), 0, 255), np.uint8)

    def _whole(self, pair: tuple[float, float]) -> tuple[int, int]:
        return int(pair[0] * self._unit), int(pair[1] * self._unit)


def _times(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue
