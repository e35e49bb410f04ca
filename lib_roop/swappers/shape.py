"""The target's mesh with the source's proportions. Pure functions.

Meshes are (468, 3), in the target's pixels unless said otherwise.
"""

from __future__ import annotations

import cv2
import numpy as np

from .. import facemesh
from ..types import Floats
from . import atlas

PROPORTION = 1.0
"""How far strength 1 goes. Of 0.7, 0.85, 1 the recogniser likes 1 best from a frontal source, 0.7 from turned ones."""
FURTHEST = 0.06
"""No point moves further than this part of the face's size: what is more is the meshes' error on turned heads."""
EVEN_ROUNDS = 3
"""Rings over which the movement is evened out, so that no feature is creased."""
SHUT = 0.15
"""A mouth that is less open, as `openness` says, is shut: the photographs' shut ones have 0.11, open ones 0.18."""
FLAT = 2e-4
"""Triangles below this part of the face's box are seen edge-on, and fold over by themselves."""


def moved(target: Floats, source: Floats, strength: float) -> Floats:
    """`target` moved `strength` (0..1.5) of the way to the proportions of `source`, in its own pixels.

    The oval and the forehead stay, and so does the expression.
    """
    there = posed(source, target)
    shift = np.float32(strength * PROPORTION) * proportions(target, there)
    result = unfolded(target, shift)
    return with_shut_lips(result, min(strength, 1.0)) if openness(target) < SHUT else result


def extent(points: Floats) -> float:
    """The longer side of the box round `points` (n, 2 or more): the unit of every width in this folder."""
    return max(float(np.ptp(points[:, :2], axis=0).max()), 1e-6)


def posed(source: Floats, target: Floats) -> Floats:
    """(468, 2) the mesh `source` turned to the pose of `target` by the best linear map of the two."""
    solid = np.hstack([source, np.ones((len(source), 1), np.float32)])
    return np.asarray(solid @ np.linalg.lstsq(solid, target[:, :2], rcond=None)[0], np.float32)


def proportions(target: Floats, there: Floats) -> Floats:
    """(468, 2) how each point of `target` moves to where `there` (468, 2) has it.

    The mouth moves as a whole: a wider one is mostly a smile, which is the target's to wear.
    """
    shift = there - target[:, :2]
    mouth = list(facemesh.LIPS + facemesh.INNER_LIPS)
    shift[mouth] = shift[mouth].mean(0)
    furthest = FURTHEST * extent(target)
    length = np.maximum(np.linalg.norm(shift, axis=1, keepdims=True), 1e-6)
    shift *= furthest / length * np.tanh(length / furthest)
    freedom = atlas.atlas().freedom[:, None]
    return atlas.smoothed(shift * freedom, EVEN_ROUNDS) * (freedom > 0)


def unfolded(target: Floats, shift: Floats) -> Floats:
    """`target` moved by as much of `shift` (468, 2) as turns no triangle over: all, half, a quarter, or nothing."""
    triangles = facemesh.topology().triangles[~facemesh.topology().closing]

    def areas(points: Floats) -> Floats:
        first, second = (points[triangles[:, k], :2] - points[triangles[:, 0], :2] for k in (1, 2))
        doubled: Floats = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        return doubled

    before = areas(target)
    upright = np.abs(before) > FLAT * extent(target) ** 2
    for part in (1.0, 0.5, 0.25, 0.0):
        result = target.copy()
        result[:, :2] += np.float32(part) * shift
        if (areas(result) * before > 0)[upright].all():
            break
    return result


def with_shut_lips(mesh: Floats, amount: float) -> Floats:
    """`mesh` with its lips `amount` of the way to meeting: the mesh leaves a gap between shut ones."""
    result = mesh.copy()
    upper, lower = list(facemesh.UPPER_INNER_LIP), list(facemesh.LOWER_INNER_LIP)
    half = np.float32(amount / 2) * (mesh[lower] - mesh[upper])
    result[upper] += half
    result[lower] -= half
    return result


def openness(mesh: Floats) -> float:
    """How much of the mouth of a mesh (468, 3) lies between the lips, 0..1."""
    inner, outer = (cv2.contourArea(mesh[list(ring), :2]) for ring in (facemesh.INNER_LIPS, facemesh.LIPS))
    return inner / max(outer, 1e-6)
