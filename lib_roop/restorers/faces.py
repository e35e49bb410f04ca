"""Restoring chosen faces of a picture and nothing else. Pure functions over a Restorer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import geometry, masks, templates
from ..types import Face, Image, Mask, Patch, Restorer
from .aligned import AlignedRestorer

CENTRE, RADII = (0.5, 0.56), (0.41, 0.43)
"""The face in an FFHQ crop, turned heads included, in parts of its side; what lies outside is not touched."""
SOFT = 0.1
"""Over so much of the side the restored pixels fade in."""


def restored(
    image: Image, faces: Sequence[Face], restorer: Restorer, visibility: float, fidelity: float
) -> list[Patch]:
    """One patch a face of `image` (RGB), in order: the face restored, shown as much as `visibility` 0..1 says.

    To be pasted into the picture that `image` shows; a face off the picture gives an empty patch.
    """
    side = restorer.side if isinstance(restorer, AlignedRestorer) else templates.FFHQ_512.side
    specs = [templates.frame(face.landmarks, templates.FFHQ_512, side) for face in faces]
    crops = [geometry.resampled(image, spec.matrix, (spec.width, spec.height)) for spec in specs]
    whole = image.shape[1], image.shape[0]
    return [
        geometry.returned(new, oval(new.shape[0]) * np.float32(visibility), spec, whole)
        for new, spec in zip(restorer.restore(crops, fidelity), specs, strict=True)
    ]


def oval(side: int) -> Mask:
    """Where a face lies in an FFHQ crop of `side` pixels: 1 inside, fading to 0."""
    around = masks.oval(CENTRE, RADII) * np.float32(side) - np.float32(0.5)
    return masks.feather(masks.polygon(around, side, side), SOFT * side)
