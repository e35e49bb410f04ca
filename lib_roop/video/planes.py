"""A frame's planes as arrays, and the matrices between RGB and what they hold.

YUV is that of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance). RGB is 0..1 here, not light but signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import av
import av.video.format
import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Floats
from .clip import Colour

LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""How much red and blue give to luma, by ffmpeg's number of the matrix; green gives the rest."""
HALVINGS = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 4): "410"}
"""ffmpeg's names for how many pixels across and down share a chroma sample."""
DEPTHS = (8, 9, 10, 12, 14, 16)
Plane = NDArray[np.unsignedinteger[Any]]
Matrix = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""x0, y0, x1, y1; the last ones are outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a planar format's planes hold. planes: those of R, G, B, or of Y, Cb, Cr, or of Y alone.

    across, down: how many pixels share a chroma sample. most: the largest number.
    """

    rgb: bool
    planes: tuple[int, ...]
    across: int
    down: int
    most: int

    def grown(self, box: Box, width: int, height: int) -> Box:
        """A box of a picture of that size, grown to whole chroma samples and cut to the picture."""
        x0, y0, x1, y1 = box
        return (
            max(x0, 0) // self.across * self.across,
            max(y0, 0) // self.down * self.down,
            min(-(-x1 // self.across) * self.across, width),
            min(-(-y1 // self.down) * self.down, height),
        )


def layout_of(form: av.video.format.VideoFormat) -> Layout:
    """The layout of a format of `colours.working`."""
    parts = [part for part in form.components if not part.is_alpha]
    across, down = (1, 1) if form.is_rgb or len(parts) == 1 else halving(form)
    order = tuple(part.plane for part in parts)
    return Layout(rgb=form.is_rgb, planes=order, across=across, down=down, most=(1 << parts[0].bits) - 1)


def planes_of(frame: av.VideoFrame) -> list[Plane]:
    """Views of the planes of a frame in a format of `colours.working`, without what pads their rows."""
    dtype: Any = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
    found: list[Plane] = []
    for plane in frame.planes:
        numbers = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
        found.append(numbers[:: -1 if plane.line_size < 0 else 1, : plane.width])
    return found


def channels(planes: list[Plane], layout: Layout) -> Plane:
    """HxWx3 (HxW for grey): all channels at the size of the first, chroma interpolated."""
    first = planes[layout.planes[0]]
    height, width = first.shape
    found = [first]
    for index in layout.planes[1:]:
        plane = planes[index]
        if layout.across * layout.down > 1:
            size = plane.shape[1] * layout.across, plane.shape[0] * layout.down
            plane = cast(Plane, cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR))[:height, :width]
        found.append(plane)
    return cast(Plane, cv2.merge(found)) if len(found) > 1 else first


def to_planes(layout: Layout, colour: Colour) -> Matrix:
    """3x4 (1x4 for grey): RGB 0..1 and 1 to the numbers that the planes hold."""
    most, unit = layout.most, (layout.most + 1) >> 8
    if layout.rgb:
        return np.hstack([np.eye(3) * most, np.zeros((3, 1))])
    red, blue = LUMA.get(colour.matrix, LUMA[1])
    luma = np.array([red, 1 - red - blue, blue])
    black, span, spread = (0, most, most) if colour.full else (16 * unit, 219 * unit, 224 * unit)
    cb = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    cr = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    found = np.array([[*span * luma, black], [*spread * cb, 128 * unit], [*spread * cr, 128 * unit]])
    return found[: len(layout.planes)]


def to_rgb(layout: Layout, colour: Colour) -> Matrix:
    """3x4 (3x2 for grey): the numbers that the planes hold, and 1, to RGB 0..1."""
    forward = to_planes(layout, colour)
    if len(layout.planes) == 1:
        span = forward[0, :3].sum()
        return np.array([[1 / span, -forward[0, 3] / span]] * 3)
    inverse = np.linalg.inv(forward[:, :3])
    return np.hstack([inverse, -inverse @ forward[:, 3:]])


def shared(values: Floats, layout: Layout) -> Floats:
    """The means over the pixels of each chroma sample; beyond the picture its last pixels are repeated."""
    right, below = -values.shape[1] % layout.across, -values.shape[0] % layout.down
    whole = np.pad(values, ((0, below), (0, right)), "edge") if right or below else np.ascontiguousarray(values)
    size = whole.shape[1] // layout.across, whole.shape[0] // layout.down
    return cast(Floats, cv2.resize(whole, size, interpolation=cv2.INTER_AREA))


def known(name: str) -> bool:
    """Whether the library has a pixel format of that name."""
    try:
        av.VideoFormat(name, 2, 2)
    except ValueError:
        return False
    return True


def halving(form: av.video.format.VideoFormat) -> tuple[int, int]:
    """How many pixels across and down share a chroma sample."""
    return round(64 / form.chroma_width(64)), round(64 / form.chroma_height(64))
