"""Which convolutions are done Winograd's way, and by tiles of which size."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .reading import Convolution
from .transforms import KERNEL, Transforms, transforms

TILES = (2, 3, 4)
FLOAT = 4
MOST_SEEN = 96 << 20
"""Bytes that the input of one may become: those of larger pictures would take more memory than they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A convolution where the sizes are known. taken: height and width of what it takes. tile: of Winograd's way."""

    convolution: Convolution
    taken: tuple[int, int]
    tile: int

    @property
    def ways(self) -> Transforms:
        return transforms(self.tile)

    @property
    def given(self) -> tuple[int, int]:
        """Height and width of what it gives."""
        top, left, bottom, right = self.convolution.pads
        return self.taken[0] + top + bottom - KERNEL + 1, self.taken[1] + left + right - KERNEL + 1

    @property
    def tiles(self) -> tuple[int, int]:
        """How many it takes, down and across."""
        return -(-self.given[0] // self.tile), -(-self.given[1] // self.tile)

    @property
    def pads(self) -> tuple[int, int, int, int]:
        """Top, left, bottom, right: the last tiles may reach farther than the convolution did."""
        top, left, *_ = self.convolution.pads
        reach = [count * self.tile + KERNEL - 1 for count in self.tiles]
        return top, left, reach[0] - top - self.taken[0], reach[1] - left - self.taken[1]

    @property
    def products(self) -> int:
        """How many numbers are multiplied."""
        return self.ways.points * math.prod(self.tiles) * self._pairs

    @property
    def added(self) -> int:
        """Bytes that its weights grow by."""
        return (self.ways.points - KERNEL**2) * self._pairs * FLOAT

    @property
    def seen(self) -> int:
        """Bytes of the input at all points."""
        return self.ways.points * math.prod(self.tiles) * self.convolution.channels * FLOAT

    @property
    def _pairs(self) -> int:
        return self.convolution.channels * self.convolution.filters


def planned(found: Sequence[Convolution], shapes: Mapping[str, Sequence[int]], most: int) -> tuple[Site, ...]:
    """The sites in order, their tiles such that all weights together grow by no more than `most` bytes.

    shapes: of what the convolutions take, (N, C, H, W). The tile that saves the most products for a byte grows first.
    """
    chosen: dict[int, Site] = {}
    waiting = []
    for number, each in enumerate(found):
        site = Site(convolution=each, taken=(shapes[each.taken][2], shapes[each.taken][3]), tile=TILES[0])
        if replace(site, tile=TILES[-1]).seen > MOST_SEEN:
            continue
        direct = KERNEL**2 * math.prod(site.given) * each.channels * each.filters
        waiting.append(((site.products - direct) / site.added, number, site.added, site))
    heapq.heapify(waiting)
    while waiting:
        _, number, added, site = heapq.heappop(waiting)
        if added > most:
            continue
        chosen[number], most = site, most - added
        if site.tile < TILES[-1]:
            larger = replace(site, tile=site.tile + 1)
            added = larger.added - site.added
            heapq.heappush(waiting, ((larger.products - site.products) / added, number, added, larger))
    return tuple(chosen[number] for number in sorted(chosen))
