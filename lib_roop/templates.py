"""Where a face's five points belong in the crops that nets were trained on. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import geometry
from .types import CropSpec


@dataclass(frozen=True, slots=True)
class Template:
    """Points in the order of `Face.landmarks`, in pixels of a crop that is `side` pixels square."""

    points: tuple[tuple[float, float], ...]
    side: int


ARCFACE_112_V1 = Template(((39.73, 51.138), (72.27, 51.138), (56.0, 68.493), (42.463, 87.01), (69.537, 87.01)), 112)
"""SimSwap and Ghost: the frontal one of the five poses of insightface's older face_align.py."""
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

MTCNN_512 = Template(
    tuple(
        (x * 512, y * 512)
        for x, y in (
            (0.36562865, 0.46733799),
            (0.63305391, 0.46585885),
            (0.50019127, 0.61942959),
            (0.39032951, 0.77598822),
            (0.61178945, 0.77476328),
        )
    ),
    512,
)
"""HifiFace, as facefusion states it."""
BY_NAME: Mapping[str, Template] = {
    "arcface_112_v1": ARCFACE_112_V1,
    "arcface_112_v2": ARCFACE_112_V2,
    "arcface_128": ARCFACE_128,
    "ffhq_512": FFHQ_512,
    "mtcnn_512": MTCNN_512,
}
"""As cards call them."""


def scaled(template: Template, side: int) -> Template:
    """`template` for crops of `side` pixels without the half-pixel rule: scaled about the first pixel's centre.

    So facefusion and insightface cut crops whose side is not the template's, and nets of theirs have learned it.
    """
    ratio = side / template.side
    return Template(tuple((x * ratio, y * ratio) for x, y in template.points), side)


def frame(landmarks: ArrayLike, template: Template, side: int | None = None) -> CropSpec:
    """The crop, `side` pixels square, that brings `landmarks` (5, 2) closest to the template's points.

    A side other than the template's scales it about the corner of the first pixel, not about its centre.
    """
    side = side or template.side
    return CropSpec(geometry.similarity_fit(landmarks, placed(template, side)), side, side)


def placed(template: Template, side: int) -> NDArray[np.float64]:
    """(5, 2) where the template's points lie in a crop of `side` pixels that shows the same."""
    points: NDArray[np.float64] = (np.array(template.points) + 0.5) * (side / template.side) - 0.5
    return points
