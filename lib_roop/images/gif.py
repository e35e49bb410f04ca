"""Animated GIF: 256 colours a frame, chosen so that nothing crawls that does not move."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any

import numpy as np
from PIL import GifImagePlugin
from PIL import Image as Pillow

from ..types import Image
from . import palettes
from .containers import with_gif_xmp
from .picture import Picture

STAYS = 50.0
"""A shown colour stays while it is off by at most so much more, squared, than the nearest of the new palette: what
looks the same does not crawl."""


class Clock:
    """Turns durations into whole ticks whose sum never drifts."""

    def __init__(self, tick: Fraction) -> None:
        self._tick, self._time = tick, Fraction(0)

    def ticks(self, duration: Fraction) -> int:
        begun, self._time = self._time, self._time + duration
        return round(self._time / self._tick) - round(begun / self._tick)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A frame of a GIF before it is coloured. opaque: what is there. new: what is no longer what it was."""

    rgb: Image
    opaque: Any
    new: Any
    ticks: int


class Gif:
    """GIF89a. What a frame does not change is transparent in it, and so keeps its colours exactly.

    A frame waits for the next one: where that is transparent again, it must be taken away first, as a whole.
    """

    def __init__(self, file: IO[bytes], size: tuple[int, int], plays: int, xmp: bytes) -> None:
        self._file, self._clock = file, Clock(Fraction(1, 100))
        self._waiting: _Drawn | None = None
        width, height = size
        self._meant, self._seen = (np.zeros((height, width, 3), np.uint8) for _ in range(2))
        self._there = np.zeros((height, width), np.bool_)
        self._begun = False
        head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0)
        file.write(with_gif_xmp(head, xmp))
        if plays != 1:
            again = max(plays - 1, 0)
            file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(again, 65535)) + b"\0")

    def add(self, picture: Picture, duration: Fraction, before: Image | None) -> None:
        rgb = picture.rgb
        opaque = np.ones(rgb.shape[:2], np.bool_)
        if picture.alpha is not None:
            opaque = picture.alpha > np.iinfo(picture.alpha.dtype).max // 2
        new = np.ones_like(opaque) if before is None else (rgb != before).any(-1)
        self._finish(opaque)
        self._waiting = _Drawn(rgb, opaque, new, self._clock.ticks(duration))

    def close(self) -> None:
        self._finish(None)
        self._file.write(b";")

    def _finish(self, following: Any) -> None:
        """Write the frame that waits. following: what is there in the next one, None after the last."""
        frame, self._waiting = self._waiting, None
        if frame is None:
            return
        taken = following is not None and bool((frame.opaque & ~following).any())
        self._write(frame, taken=taken)
        self._begun = True
        self._meant = frame.rgb
        if taken:
            self._there = np.zeros_like(self._there)

    def _write(self, frame: _Drawn, *, taken: bool) -> None:
        missing = frame.opaque & ~(self._there & (frame.rgb == self._meant).all(-1))
        if palettes.count(frame.rgb[missing]) == palettes.MOST == palettes.count(frame.rgb[frame.opaque]):
            # What stays must not cost one of its colours.
            missing = frame.opaque.copy()
        holes = not bool(missing.all())
        palette = np.zeros((2, 3), np.uint8)
        numbers = np.zeros(missing.shape, np.uint8)
        if missing.any():
            pixels = frame.rgb[missing]
            palette = palettes.chosen(pixels, frame.new[missing], palettes.MOST - holes)
            numbers[missing], off = palettes.nearest(pixels, palette)
            if holes:
                stays = self._there[missing] & (off > 0)
                stays &= _off(pixels, self._seen[missing]) <= off + STAYS
                missing[missing] = ~stays
        if holes:
            numbers[~missing] = len(palette)
            palette = np.concatenate([palette, np.zeros((1, 3), np.uint8)])
        self._seen[missing] = palette[numbers[missing]]
        self._there |= missing
        x0, y0, x1, y1 = (0, 0, *missing.shape[::-1]) if taken or not self._begun else box(missing, 1)
        picture = Pillow.fromarray(np.ascontiguousarray(numbers[y0:y1, x0:x1]))
        picture.putpalette(palette.tobytes())
        how: dict[str, Any] = {"transparency": len(palette) - 1} if holes else {}
        how |= {"duration": min(frame.ticks, 65535) * 10, "disposal": 2 if taken else 1, "include_color_table": True}
        for part in GifImagePlugin.getdata(picture, (x0, y0), **how):
            self._file.write(part)


def box(where: Any, step: int) -> tuple[int, int, int, int]:
    """The box around what is true, at least one pixel; it begins at multiples of `step`."""
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    if not len(rows):
        return 0, 0, 1, 1
    x, y = (int(each[0]) // step * step for each in (columns, rows))
    return x, y, int(columns[-1]) + 1, int(rows[-1]) + 1


def _off(pixels: Image, shown: Image) -> Any:
    return ((pixels.astype(np.float32) - shown) ** 2).sum(-1)
