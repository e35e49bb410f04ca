"""Real-ESRGAN and other nets that make any picture a whole number of times larger.

Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ModelError
from ..images import MAX_PIXELS
from ..types import Image
from ..zoo.cards import ModelCard
from ..zoo.pixels import pictures, tensor
from ..zoo.runtime import Net
from .base import resized, size_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """How a picture is cut up, in pixels: what a tile yields at most, and what the net sees round that.

    multiple: both sides that the net sees are multiples of this (the x2 file unshuffles pixels, so it needs 2).
    fixed: the side of a graph that takes one size only; then a tile yields what its rim leaves of it.
    """

    core: int = 256
    rim: int = 16
    multiple: int = 4
    fixed: int | None = None


class RealEsrgan:
    """One net, of whatever factor its graph has. What the net itself needs is bounded by the tile, not the picture."""

    def __init__(self, net: Net, card: ModelCard, inputs: Sequence[str], tiles: Tiles = Tiles()) -> None:
        """`inputs`: what the file calls its one input."""
        self.name = card.name
        self.models: tuple[str, ...] = (card.name,)
        self._net, self._pixels, self._tiles = net, card.feed.pixels, tiles
        (self._input,) = inputs

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        """Each RGB picture, enlarged once by the net's factor and then resized to `scale`.

        Raises ModelError when the net's result is no whole number of times larger, and InputError when the picture at
        the net's own factor would have more pixels than a picture may have.
        """
        return [resized(self._enlarged(image), *size_of(image, scale)) for image in images]

    def _enlarged(self, image: Image) -> Image:
        height, width = image.shape[:2]
        result = np.empty((0, 0, 3), np.uint8)
        for rows, columns in product(spans(height, self._tiles), spans(width, self._tiles)):
            seen = image[np.ix_(rows.seen(height), columns.seen(width))]
            outputs = self._net.run({self._input: tensor([seen], self._pixels)})
            made = pictures(next(iter(outputs.values())), self._pixels)
            factor = self._factor(seen, made[0])
            if not result.size:
                self._require_room(height * factor, width * factor)
                result = np.empty((height * factor, width * factor, 3), np.uint8)
            result[rows.place(factor), columns.place(factor)] = made[0][rows.yielded(factor), columns.yielded(factor)]
        return result

    def _require_room(self, height: int, width: int) -> None:
        if height * width > MAX_PIXELS:
            raise InputError(
                f"{self.name} would make {width}x{height} pixels before they are brought to size, which is too many; "
                "choose lanczos, or a smaller picture."
            )

    def _factor(self, seen: Image, made: Image) -> int:
        factor = int(made.shape[0] // seen.shape[0])
        if factor < 1 or made.shape[:2] != (seen.shape[0] * factor, seen.shape[1] * factor):
            raise ModelError(
                f"{self.name} makes {made.shape[1]}x{made.shape[0]} pixels of {seen.shape[1]}x{seen.shape[0]}, "
                "which is no enlargement; put the file of an upscaler in its place."
            )
        return factor


@dataclass(frozen=True, slots=True)
class Span:
    """One tile along one side: it yields `start` to `stop` and sees `length` pixels, from `rim` before the start on."""

    start: int
    stop: int
    rim: int
    length: int

    def seen(self, side: int) -> NDArray[np.intp]:
        """Which pixels of a picture with this `side` the net sees; beyond the edges it sees the picture mirrored."""
        place = np.arange(self.start - self.rim, self.start - self.rim + self.length) % (2 * side)
        return np.minimum(place, 2 * side - 1 - place)

    def place(self, factor: int) -> slice:
        """Where the tile goes in a picture `factor` times as large."""
        return slice(self.start * factor, self.stop * factor)

    def yielded(self, factor: int) -> slice:
        """Which part of the net's result that is."""
        return slice(self.rim * factor, (self.rim + self.stop - self.start) * factor)


def spans(side: int, tiles: Tiles) -> Iterator[Span]:
    """The tiles along a side of so many pixels."""
    core = tiles.fixed - 2 * tiles.rim if tiles.fixed else tiles.core
    for start in range(0, side, core):
        stop = min(start + core, side)
        needed = stop - start + 2 * tiles.rim
        yield Span(start, stop, tiles.rim, tiles.fixed or -(-needed // tiles.multiple) * tiles.multiple)
