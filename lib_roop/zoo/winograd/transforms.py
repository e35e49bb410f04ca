"""The matrices of Winograd's convolutions, by Cook's and Toom's rule for any size of tile.

Lavin, Gray, Fast Algorithms for Convolutional Neural Networks, https://arxiv.org/abs/1509.09308, names them B, G, A.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

KERNEL = 3
POINTS = tuple(map(Fraction, ("1", "0", "-1", "1/2", "-2")))
"""Where the polynomials are evaluated, beside infinity: 1/2 with -2 loses a third less in float32 than 2 with -2."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Transforms:
    """F(tile x tile, 3x3): as many products as `points` for a tile and pair of channels, instead of 9 for each pixel.

    taken: (side, side), what a patch of the input is seen through, down and across. kernel: (points, 9), what the
    weights become. given: (tile * tile, points), what the result's pixels are of the products. Of the first point's
    product there is exactly one in every pixel.
    """

    tile: int
    taken: Doubles
    kernel: Doubles
    given: Doubles

    @property
    def side(self) -> int:
        """Of the patch of the input that a tile is made of."""
        return self.tile + KERNEL - 1

    @property
    def points(self) -> int:
        return self.side**2


@cache
def transforms(tile: int) -> Transforms:
    """For tiles of `tile` by `tile` pixels: 2, 3 or 4."""
    count = tile + KERNEL - 2
    points = POINTS[:count]
    given = [[point**power for point in points] + [Fraction(power == tile - 1)] for power in range(tile)]
    kernel = [
        [point**power / math.prod(point - other for other in points if other != point) for power in range(KERNEL)]
        for point in points
    ]
    kernel.append([Fraction(power == KERNEL - 1) for power in range(KERNEL)])
    taken = [[*_roots([other for other in points if other != point]), Fraction(0)] for point in points]
    taken.append(_roots(points))
    return Transforms(
        tile,
        _floats(taken),
        _both_ways(kernel),
        _both_ways(given),
    )


def _both_ways(rows: Sequence[Sequence[Fraction]]) -> Doubles:
    """The same down and across: the Kronecker product with itself."""
    matrix = _floats(rows)
    return np.asarray(np.kron(matrix, matrix), np.float64)


def _floats(rows: Sequence[Sequence[Fraction]]) -> Doubles:
    return np.array([[float(value) for value in row] for row in rows])


def _roots(roots: Sequence[Fraction]) -> list[Fraction]:
    """The polynomial that is zero there, its lowest power first."""
    made = [Fraction(1)]
    for root in roots:
        made = [low - root * high for low, high in zip([Fraction(0), *made], [*made, Fraction(0)], strict=True)]
    return made
