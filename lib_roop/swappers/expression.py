"""What the target's eyes and mouth do, which a swap keeps. Pure functions.

Lids and lips stay as open as the target's. Between them lies what the source shows if that is enough; else, and in an
open mouth, what the target shows.
"""

from __future__ import annotations

import numpy as np

from .. import facemesh, geometry, masks, measures
from ..types import Affine, Floats, Mask
from . import atlas
from .grid import softly
from .shape import SHUT, extent, openness

EYE_EDGE = 0.035
"""Part of the face's size: the soft edge of kept eyes."""
TOO_DIFFERENT = 0.7375
"""A source whose eyes are open less than this part of the target's has none to show; if the target's are open less than
this part of the source's, they are shut, laugh or look down, which lids drawn over open eyes would not show."""
BETWEEN = 0.0375
"""So far from that limit both eyes are mixed."""


def mouth_replaced(target: Floats, source: Floats, window: tuple[int, ...]) -> Mask:
    """HxW 0 between the lips of the mesh `target` (468, 2), rising softly to 1; 1 if those of `source` are shut, too.

    Teeth drawn into another mouth's shape smear or glitter, and their light is not that of the skin.
    """
    if max(openness(target), openness(source)) < SHUT:
        return np.ones(window, np.float32)
    gap = masks.polygon(target[list(facemesh.INNER_LIPS)], window[0], window[1])
    return 1 - softly(gap)


def eyes_replaced(target: Floats, window: tuple[int, ...]) -> Mask:
    """HxW 0 on the eyes and lids of the mesh `target` (468, 2), rising softly to 1."""
    balls = np.zeros(window, np.float32)
    for eye in atlas.EYES:
        balls = np.maximum(balls, masks.hull(target[list(eye.lids)], window[0], window[1]))
    return 1 - masks.feather(balls, EYE_EDGE * extent(target))


def eyes_kept(source: Floats, target: Floats) -> float:
    """How much of the target's eyes is kept: 1 where an eye of the mesh `source` (468, 3) is much less, or more, open
    than that of `target` (468, 3), 0 where they are alike.

    In a film an eye comes from one to the other within a few frames, so there is something between.
    """
    openings = zip(measures.eye_openings(source), measures.eye_openings(target), strict=True)
    alike = min(min(pair) / max(*pair, 1e-6) for pair in openings)
    return min(max((TOO_DIFFERENT + BETWEEN - alike) / (2 * BETWEEN), 0.0), 1.0)


def with_eyeballs(x: Floats, y: Floats, target: Floats, source: Floats) -> tuple[Floats, Floats]:
    """`x` and `y`, hxw: where a mesh `target` (468, 2) finds itself in a texture whose points are `source` (468, 2).

    Between lids that are less open than the source's the eyeball is not squeezed: they cover it.
    """
    x, y = x.copy(), y.copy()
    rigid = list(facemesh.RIGID_POINTS)
    whole = np.linalg.lstsq(np.column_stack([target[rigid], np.ones(len(rigid))]), source[rigid], rcond=None)[0].T
    for eye in atlas.EYES:
        there, middles = eyeball(whole, target, source, eye), list(eye.middles)
        upper, lower = geometry.transform(target[middles], there)
        if np.linalg.norm(upper - lower) < np.linalg.norm(np.diff(source[middles], axis=0)):
            rows, columns = np.nonzero(masks.polygon(target[list(eye.ring)], *x.shape))
            x[rows, columns], y[rows, columns] = geometry.transform(np.column_stack([columns, rows]), there).T
    return x, y


def eyeball(whole: Affine, target: Floats, source: Floats, eye: atlas.Eye) -> Affine:
    """`whole`, which maps mesh `target` (468, 2) to `source` (468, 2), with the corners of `eye` brought together."""
    corners = list(eye.corners)
    nearer = geometry.similarity_fit(geometry.transform(target[corners], whole), source[corners])
    result: Affine = nearer[:, :2] @ whole
    result[:, 2] += nearer[:, 2]
    return result
