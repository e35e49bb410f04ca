"""What a masker can do, and how several are combined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from .. import geometry
from ..masks import Edge, combine, edged
from ..types import CropSpec, Face, Image, Mask, Patch


class Masker(Protocol):
    """Finds the part of a face that is to be replaced."""

    name: str
    """As the `mask` option names it."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """A mask for each patch, as large as the patch: 1 is replaced, 0 stays.

        image: the target before the swap, RGB. faces: the target's faces that the patches belong to. Patches lie within
        the picture and are not empty.
        """
        ...


@dataclass(frozen=True, slots=True)
class Masking:
    """A masker and how its masks end."""

    masker: Masker
    edge: Edge = Edge()


def masked(image: Image, faces: Sequence[Face], patches: Sequence[Patch], maskings: Sequence[Masking]) -> list[Patch]:
    """The patches, each seen only where its own mask and every masking allow it: their minimum.

    Patches are cut off at the picture's edge; those that lie outside are empty.
    """
    result = [geometry.clipped(patch, image.shape[1], image.shape[0]) for patch in patches]
    there = [number for number, patch in enumerate(result) if patch.mask.size]
    for masking in maskings if there else ():
        some = [faces[number] for number in there]
        wider = [widened(image, result[number], masking.edge.reach * size_of(faces[number])) for number in there]
        found = masking.masker.mask(image, some, wider)
        for number, face, mask, seen_in in zip(there, some, found, wider, strict=True):
            ended = edged(mask, masking.edge, size_of(face), up(face))
            patch = result[number]
            left, top = patch.x - seen_in.x, patch.y - seen_in.y
            part = ended[top:, left:][: patch.mask.shape[0], : patch.mask.shape[1]]
            result[number] = replace(patch, mask=combine(patch.mask, part))
    return result


def widened(image: Image, patch: Patch, margin: float) -> Patch:
    """`patch` with so many pixels more of `image` round it, which it leaves as they are: edges there reach into it."""
    if margin <= 0:
        return patch
    more, (height, width) = math.ceil(margin), patch.mask.shape
    x0, y0 = max(patch.x - more, 0), max(patch.y - more, 0)
    rgb = image[y0 : patch.y + height + more, x0 : patch.x + width + more].copy()
    mask = np.zeros(rgb.shape[:2], np.float32)
    inside = np.s_[patch.y - y0 :, patch.x - x0 :]
    rgb[inside][:height, :width] = patch.rgb
    mask[inside][:height, :width] = patch.mask
    return Patch(x0, y0, rgb, mask)


def size_of(face: Face) -> float:
    """How large a face is, in pixels: the mean side of its box."""
    return float(np.sqrt(max(face.width, 1.0) * max(face.height, 1.0)))


def up(face: Face) -> tuple[float, float]:
    """The direction (x, y, a unit vector) from the mouth to the eyes; upwards where the points do not tell."""
    points = face.landmarks.astype(np.float64)
    x, y = (points[:2].mean(0) - points[3:].mean(0)).tolist()
    length = float(np.hypot(x, y))
    return (x / length, y / length) if length > 1e-6 else (0.0, -1.0)


def seen(image: Image, spec: CropSpec) -> Image:
    """The crop of `image` that a net is to look at; beyond the picture its edge goes on."""
    return geometry.resampled(image, spec.matrix, (spec.width, spec.height))


def laid(mask: Mask, spec: CropSpec, patch: Patch) -> Mask:
    """The mask of a crop as one of the patch; beyond the crop its edge goes on."""
    back = geometry.invert(spec.matrix)
    back[:, 2] -= patch.x, patch.y
    return geometry.resampled(mask, back, (patch.mask.shape[1], patch.mask.shape[0]))


def softened(mask: Mask, sigma: float) -> Mask:
    """`mask` fading from its edge inwards: blurred by a Gaussian of `sigma` pixels, of which the upper half counts."""
    blurred = cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(blurred * 2 - 1, 0, 1), np.float32)
