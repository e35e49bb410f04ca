"""Big faces are looked at small: light, masks and hands have no fine detail, so they need not cost what pixels do."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import Floats, Image, Mask

FACE = 256.0
"""A face is at most this many pixels large on the grid: within the mesh's triangles all maps are straight lines."""
REACH = 3.0
"""Blurs work at the size where their sigma is this many pixels."""
FAR = 0.01
"""What a blur counts that reaches four times as far as the one before."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A window of `height` x `width` pixels and its smaller copy, `rows` x `columns`, where a face is `face` large."""

    height: int
    width: int
    rows: int
    columns: int
    face: float

    def down(self, field: Image | Floats) -> Floats:
        """`field` hxw or hxwx3 on the grid."""
        small = field if self.same else cv2.resize(field, (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)

    def up(self, field: Floats) -> Floats:
        """`field` of the grid in the window."""
        if self.same:
            return field
        return np.asarray(cv2.resize(field, (self.width, self.height), interpolation=cv2.INTER_LINEAR), np.float32)

    def reduced(self, picture: Image) -> Image:
        """`picture` hxwx3 on the grid."""
        return picture if self.same else np.rint(self.down(picture)).astype(np.uint8)

    def enlarged(self, picture: Image) -> Image:
        """`picture` of the grid in the window."""
        if self.same:
            return picture
        return np.asarray(cv2.resize(picture, (self.width, self.height), interpolation=cv2.INTER_CUBIC), np.uint8)

    def points(self, points: Floats) -> Floats:
        """(n, 2) where `points` (n, 2 or more) of the window lie on the grid."""
        scale = np.array([self.columns / self.width, self.rows / self.height], np.float32)
        return np.asarray((points[:, :2] + 0.5) * scale - 0.5, np.float32)

    def coarser(self, most: float) -> Grid:
        """A grid of the same window where the face is at most `most` pixels large; takes fields of this one, too."""
        return grid_of((self.height, self.width), self.face * self.height / self.rows, most)

    @property
    def same(self) -> bool:
        """Whether the window is small enough to be its own grid."""
        return (self.rows, self.columns) == (self.height, self.width)


def grid_of(window: tuple[int, ...], size: float, most: float = FACE) -> Grid:
    """The grid of a hxw window round a face of `size` pixels, of which it keeps at most `most`."""
    step = max(1.0, size / most)
    rows, columns = (max(1, round(side / step)) for side in window[:2])
    return Grid(window[0], window[1], rows, columns, size / step)


def blurred(field: Floats, mask: Mask, sigma: float) -> Floats:
    """`field` HxWxk (k <= 3) blurred with a Gaussian of `sigma` pixels that counts pixels as `mask` HxW says.

    Where it reaches none that count, wider ones fill in; without any, 0.
    """
    height, width = mask.shape
    stack, levels = np.empty((height, width, field.shape[2] + 1), np.float32), []
    np.multiply(field, mask[..., None], out=stack[..., :-1])
    stack[..., -1] = mask
    for wider in (1, 4, 16):
        step = max(1.0, sigma * wider / REACH)
        small = max(1, round(width / step)), max(1, round(height / step))
        stack = cv2.resize(stack, small, interpolation=cv2.INTER_AREA)
        levels.append(cv2.GaussianBlur(stack, (0, 0), max(sigma * wider / step, 0.3), borderType=cv2.BORDER_CONSTANT))
    total = levels.pop()
    while levels:
        nearer = levels.pop()
        total = nearer + np.float32(FAR) * cv2.resize(total, nearer.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    mean = total[..., :-1] / (total[..., -1:] + np.float32(1e-9))
    # OpenCV drops a last axis of length 1.
    return cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR).reshape(field.shape).astype(np.float32)


def softly(found: Mask) -> Mask:
    """`found` HxW a pixel wider and with a soft edge."""
    wider = cv2.dilate(found, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), 1.0), np.float32)


def ramp(values: Floats | float, ends: tuple[float, float]) -> Mask:
    """0 up to the first of `ends`, 1 from the second on."""
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1), np.float32)
