"""What the mesh swapper knows of the 468-point mesh: its parts, its mirror, and what of a face is replaced."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import facemesh
from ..types import Floats

LEFT_LIDS = (26, 22, 23, 24, 110, 25, 130, 247, 30, 29, 27, 28, 56, 190, 243, 112)
RIGHT_LIDS = (256, 252, 253, 254, 339, 255, 359, 467, 260, 259, 257, 258, 286, 414, 463, 341)
EYES = (
    (facemesh.LEFT_EYE + LEFT_LIDS, facemesh.LEFT_EYE_CORNERS),
    (facemesh.RIGHT_EYE + RIGHT_LIDS, facemesh.RIGHT_EYE_CORNERS),
)
"""The points of an eye with both rings of its lids, and the two corners that the lids hang on."""
BROWS = ((70, 63, 105, 66, 107, 46, 53, 52, 65, 55), (336, 296, 334, 293, 300, 276, 283, 282, 295, 285))
NOT_SKIN = (facemesh.LEFT_EYE, facemesh.RIGHT_EYE, facemesh.LIPS, *BROWS)
BROW_TOPS = (70, 63, 105, 66, 107, 9, 336, 296, 334, 293, 300)

RING_WEIGHTS = (0.0, 0.0, 0.7, 1.0)
"""How much is replaced on the oval, one ring further in (half way up the forehead, just inside the jaw), and so on."""
FOREHEAD = (71, 68, 104, 69, 108, 151, 337, 299, 333, 298, 301)
BROW_TOP_WEIGHT, FOREHEAD_WEIGHT = 0.9, -0.6
"""Brows make a likeness, so they are replaced nearly whole; a fringe begins soon above them: 0 lies between."""


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """mirror: (468,) the point on the face's other side, itself on the midline. weight: (468,) up to 1, how much of the
    target is replaced, below 0 for nothing. replaced: (m,) the points round all of that.
    """

    mirror: NDArray[np.intp]
    weight: Floats
    replaced: NDArray[np.intp]


@functools.cache
def atlas() -> Atlas:
    """Worked out from the mesh's triangles. Raises ModelError when the mesh file is missing or damaged."""
    topology = facemesh.topology()
    weight = np.array(RING_WEIGHTS, np.float32)[np.minimum(rings(topology), len(RING_WEIGHTS) - 1)]
    weight[list(BROW_TOPS)], weight[list(FOREHEAD)] = BROW_TOP_WEIGHT, FOREHEAD_WEIGHT
    replaced = np.unique(topology.triangles[(weight[topology.triangles] > 0).any(1)]).astype(np.intp)
    return Atlas(mirror(topology), weight, replaced)


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
