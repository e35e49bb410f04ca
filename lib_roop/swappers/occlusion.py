"""What lies over the target's face and stays there: hands, hair, microphones, bars. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Image, Mask
from .grid import Grid, ramp, softly
from .light import colourfulness, logarithms_of, luma_of

COLOURED = (0.5, 0.7)
"""So far from the skin's colour, in logarithms, is no skin."""
DARK = (1.8, 2.2)
"""So much darker than the skin, in logarithms, is no shadow on it: a seventh of its brightness."""
SMOOTH = 0.015
"""The blur before, in parts of the face's size: grain is no bridge from the lips to the outside."""
SMALLEST = 0.01
"""Parts of the face's box: smaller things are noise."""


def covering(target: Image, face: Mask, skin: Mask, grid: Grid) -> Mask:
    """HxW on the grid 1 where something lies over the face in `target` hxwx3; `face` and `skin` are HxW.

    It must reach in from outside: lips, eyes and beards do not.
    """
    away = logarithms_of(np.asarray(cv2.GaussianBlur(grid.reduced(target), (0, 0), SMOOTH * grid.face), np.uint8))
    if (skin > 0.5).sum() < 12:
        return np.zeros_like(face)
    away -= np.median(away[skin > 0.5], axis=0)
    luma = luma_of(away)
    odd = np.maximum(ramp(colourfulness(away, luma), COLOURED), ramp(-luma, DARK))
    count, labels = cv2.connectedComponents((odd > 0.5).astype(np.uint8))
    reaching = np.zeros(count, bool)
    reaching[np.unique(labels[face <= 0])] = True
    reaching[0] = False
    inside = np.bincount(labels[face > 0], minlength=count)
    kept = (reaching & (inside > SMALLEST * grid.face**2))[labels].astype(np.float32)
    return softly(kept)
