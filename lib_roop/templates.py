"""Where a face's five points belong in the crops that nets were trained on. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import geometry
from .types import CropSpec


@dataclass(frozen=True, slots=True)
class Template:
    """Points in the order of `Face.landmarks`, in pixels of a crop that is `side` pixels square."""

    points: tuple[tuple[float, float], ...]
    side: int


ARCFACE_112_V2 = Template(
    ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)), 112
)
"""Recognisers: `arcface_dst` of insightface's face_align.py."""
ARCFACE_128 = Template(tuple((x + 8, y) for x, y in ARCFACE_112_V2.points), 128)
"""inswapper and its relatives: the same face 8 pixels further right, as in insightface's face_align.py."""
FFHQ_512 = Template(
    (
        (192.98138, 239.94708),
        (318.90277, 240.1936),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ),
    512,
)
"""Restorers, and swappers of 512 pixels: faces as they lie in the FFHQ pictures."""


def frame(landmarks: ArrayLike, template: Template, side: int | None = None) -> CropSpec:
    """The crop, `side` pixels square, that brings `landmarks` (5, 2) closest to the template's points.

    A side other than the template's scales it about the corner of the first pixel, not about its centre.
    """
    side = side or template.side
    points = (np.array(template.points) + 0.5) * (side / template.side) - 0.5
    return CropSpec(geometry.similarity_fit(landmarks, points), side, side)
