"""What the mesh swapper knows of the 468-point mesh: its parts, its mirror, and what of a face is replaced."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import facemesh
from ..types import Floats

Points = NDArray[np.intp]

LEFT_LIDS = (26, 22, 23, 24, 110, 25, 130, 247, 30, 29, 27, 28, 56, 190, 243, 112)
RIGHT_LIDS = (256, 252, 253, 254, 339, 255, 359, 467, 260, 259, 257, 258, 286, 414, 463, 341)
BROWS = ((70, 63, 105, 66, 107, 46, 53, 52, 65, 55), (336, 296, 334, 293, 300, 276, 283, 282, 295, 285))
NOT_SKIN = (facemesh.LEFT_EYE, facemesh.RIGHT_EYE, facemesh.LIPS, *BROWS)
BROW_TAIL = 70
BROW_TOPS = (70, 63, 105, 66, 107, 9, 336, 296, 334, 293, 300)
FOREHEAD = (71, 68, 104, 69, 108, 151, 337, 299, 333, 298, 301)
FOREHEAD_MIDLINE, NOSE_ROOT = (10, 151, 9), (8, 168)
"""The part of the midline that no turn of the head makes an edge."""

RING_WEIGHTS = (0.0, 0.5, 1.0)
"""How much is replaced on the oval, one ring further in (half way up the forehead, just inside the jaw), and so on."""
BROW_TOP_WEIGHT, FOREHEAD_WEIGHT = 0.9, -0.6
"""Brows make a likeness, so they are replaced nearly whole; a fringe begins soon above them: 0 lies between."""
RING_FREEDOM = (0.0, 0.0, 0.5, 0.8, 1.0)
"""How far the rings may move. Oval and forehead stay: behind them hair and background begin, which must not bend."""
RING_OUTER = (1.0, 1.0, 1.0, 1.0, 0.5, 0.0)
"""Where hair hangs over a cheek: the outer rings, below the eyes and beyond the brows."""
FRINGE = 3.0
"""And over the forehead: from a third of the way between brows and forehead on."""


@dataclass(frozen=True, slots=True)
class Eye:
    """The ring of an eye, that ring with the lids round it, the corners that the lids hang on, the lids' middles."""

    ring: tuple[int, ...]
    lids: tuple[int, ...]
    corners: tuple[int, int]
    middles: tuple[int, int]


EYES = (
    Eye(facemesh.LEFT_EYE, facemesh.LEFT_EYE + LEFT_LIDS, facemesh.LEFT_EYE_CORNERS, (159, 145)),
    Eye(facemesh.RIGHT_EYE, facemesh.RIGHT_EYE + RIGHT_LIDS, facemesh.RIGHT_EYE_CORNERS, (386, 374)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """What each point of the mesh is to a swap; fields are (468,) unless said otherwise.

    mirror: the point on the face's other side, itself on the midline. halves: the points left and right of it.
    midline: the points where a turned head may end. seam: 1 there and between the eyes, but 0 on the lips.
    weight: up to 1, how much of the target is replaced, below 0 for nothing. freedom: 0..1 how far the point may move.
    compared: 1 on the face, 0 and less where hair may lie. outer: 1 and more where hair may hang over it.
    replaced: (m,) the points round all that changes.
    """

    mirror: Points
    halves: tuple[Points, Points]
    midline: Points
    seam: Floats
    weight: Floats
    freedom: Floats
    compared: Floats
    outer: Floats
    replaced: Points


@functools.cache
def atlas() -> Atlas:
    """Worked out from the mesh's triangles. Raises ModelError when the mesh file is missing or damaged."""
    topology = facemesh.topology()
    ring, other, flat = rings(topology), mirror(topology), flattened(topology)
    weight, freedom, outer = (by_ring(ring, values) for values in (RING_WEIGHTS, RING_FREEDOM, RING_OUTER))
    weight[list(BROW_TOPS)], weight[list(FOREHEAD)] = BROW_TOP_WEIGHT, FOREHEAD_WEIGHT
    above = flat[:, 1] > flat[list(facemesh.LEFT_EYE_CORNERS), 1].min()
    outer[above & (np.abs(flat[:, 0]) < abs(flat[BROW_TAIL, 0]))] = 0
    outer[list(BROWS[0] + BROWS[1])], outer[list(FOREHEAD)] = 0, FRINGE
    compared = by_ring(ring, (0.0, 1.0))
    compared[topology.oval[flat[topology.oval, 1] > 0.5]] = -1.0
    compared[list(FOREHEAD)] = FOREHEAD_WEIGHT
    middle = other == np.arange(facemesh.POINTS)
    left, right = (np.nonzero(~middle & (side * flat[:, 0] > 0))[0] for side in (-1, 1))
    midline = np.setdiff1d(np.nonzero(middle)[0], FOREHEAD_MIDLINE + NOSE_ROOT)
    seam = np.zeros(facemesh.POINTS, np.float32)
    seam[np.setdiff1d(np.append(midline, NOSE_ROOT), facemesh.LIPS + facemesh.INNER_LIPS)] = 1
    replaced = np.unique(topology.triangles[(weight[topology.triangles] > 0).any(1)]).astype(np.intp)
    return Atlas(
        mirror=other,
        halves=(left, right),
        midline=midline,
        seam=seam,
        weight=weight,
        freedom=freedom,
        compared=compared,
        outer=outer,
        replaced=replaced,
    )


def by_ring(ring: Points, values: tuple[float, ...]) -> Floats:
    """(468,) the value of each point's ring; the last one holds for all further in."""
    return np.array(values, np.float32)[np.minimum(ring, len(values) - 1)]


def rings(topology: facemesh.Topology) -> NDArray[np.intp]:
    """(468,) how many edges each point is away from the oval."""
    distance = np.full(facemesh.POINTS, facemesh.POINTS)
    distance[topology.oval] = 0
    while True:
        nearer = distance.copy()
        np.minimum.at(nearer, topology.triangles, distance[topology.triangles].min(1, keepdims=True) + 1)
        if np.array_equal(nearer, distance):
            return distance
        distance = nearer


def flattened(topology: facemesh.Topology) -> Floats:
    """(468, 2) the mesh laid flat without overlaps: the oval on a circle, every other point amid its neighbours.

    Tutte, "How to Draw a Graph", 1963. y points up, (0, 1) is the forehead's middle. The triangles that close eyes and
    mouth are left out: they fan out from one side.
    """
    surface = topology.triangles[~topology.closing]
    touching = np.zeros((facemesh.POINTS, facemesh.POINTS))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        touching[surface[:, a], surface[:, b]] = 1
    touching = np.maximum(touching, touching.T)
    balance = np.diag(touching.sum(1)) - touching
    angle = np.linspace(0, 2 * np.pi, len(topology.oval), endpoint=False)
    flat = np.zeros((facemesh.POINTS, 2))
    flat[topology.oval] = np.stack([-np.sin(angle), np.cos(angle)], 1)
    inner = np.setdiff1d(np.arange(facemesh.POINTS), topology.oval)
    pull = -balance[np.ix_(inner, topology.oval)] @ flat[topology.oval]
    flat[inner] = np.linalg.solve(balance[np.ix_(inner, inner)], pull)
    return flat.astype(np.float32)


def mirror(topology: facemesh.Topology) -> NDArray[np.intp]:
    """(468,) the point that each becomes when the face is mirrored."""
    flat = flattened(topology)
    pairs = np.square(flat[:, None] * (-1, 1) - flat).sum(-1).argmin(1)
    # A few triangles are cut along the other diagonal on one side, which shifts the crowded points of the lids.
    left, right = list(facemesh.LEFT_EYE), list(facemesh.RIGHT_EYE)
    pairs[left], pairs[right] = right, left
    return np.asarray(pairs, np.intp)


def smoothed(values: Floats, rounds: int) -> Floats:
    """`values` (468, k), each point's becoming the mean over its triangles, `rounds` times."""
    triangles = facemesh.topology().triangles
    touching = np.bincount(triangles.ravel(), minlength=facemesh.POINTS)[:, None].astype(np.float32)
    for _ in range(rounds):
        total = np.zeros_like(values)
        np.add.at(total, triangles, values[triangles].mean(1)[:, None])
        values = total / touching
    return values
