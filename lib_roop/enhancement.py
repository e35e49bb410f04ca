"""Making swapped crops finer before they are pasted ("upscaled inswapper"). Pure functions over other parts.

Everything here takes RGB crops, square and aligned as the swap model has them, and gives the same frames back, perhaps
larger: what a swapper's `enhance` wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from . import colour, geometry, templates
from .types import CropSpec, Image, Patch, Restorer, Upscaler
from .upscalers.base import resized

Enhance = Callable[[list[Image]], Sequence[Image]]
SHARPEN_SIGMA, SHARPEN_AMOUNT = 3 / 512, 0.5
"""Unsharp masking: the blur in parts of the crop's side, and how much of what it takes away is added."""


def restoring(
    restorer: Restorer, visibility: float, fidelity: float, template: templates.Template = templates.ARCFACE_128
) -> Enhance:
    """Every crop through a restorer, shown as much as `visibility` says; `template` is how the crops are aligned."""

    def enhance(crops: list[Image]) -> list[Image]:
        specs = [frame_of(len(crop), template) for crop in crops]
        views = [
            geometry.resampled(crop, spec.matrix, (spec.width, spec.height))
            for crop, spec in zip(crops, specs, strict=True)
        ]
        new = restorer.restore(views, fidelity)
        return [_returned(*each, visibility) for each in zip(crops, new, specs, strict=True)]

    return enhance


def upscaling(upscaler: Upscaler, side: int) -> Enhance:
    """Every crop made `side` pixels wide, where it is not already."""
    return lambda crops: [upscaler.upscale([crop], max(side / len(crop), 1.0))[0] for crop in crops]


def finished(enhance: Enhance, *, sharpen: bool, own_colours: bool) -> Enhance:
    """`enhance` with its results sharpened, and given back the colours of the crops that they were made of."""

    def work(crops: list[Image]) -> list[Image]:
        made = list(enhance(crops))
        if own_colours:
            made = [_coloured(new, crop) for new, crop in zip(made, crops, strict=True)]
        return [sharpened(new) for new in made] if sharpen else made

    return work


def sharpened(crop: Image) -> Image:
    """`crop` after unsharp masking."""
    blurred = cv2.GaussianBlur(crop, (0, 0), max(SHARPEN_SIGMA * len(crop), 0.5))
    return np.asarray(cv2.addWeighted(crop, 1 + SHARPEN_AMOUNT, blurred, -SHARPEN_AMOUNT, 0), np.uint8)


def frame_of(side: int, template: templates.Template) -> CropSpec:
    """The FFHQ crop of a crop with `side` pixels that is aligned by `template`: where one's points lie in the other."""
    return templates.frame(templates.placed(template, side), templates.FFHQ_512)


def _returned(crop: Image, new: Image, spec: CropSpec, visibility: float) -> Image:
    """The restored FFHQ crop `new` in the frame of `crop`, enlarged as many whole times as `new` has pixels for."""
    side = max(len(new) // len(crop), 1) * len(crop)
    plain = resized(crop, side, side)
    finer = geometry.enlarged(spec, len(new), len(new)).matrix
    larger = geometry.enlarged(CropSpec(geometry.invert(finer), len(crop), len(crop)), side, side).matrix
    back = geometry.resampled(new, larger, (side, side))
    return np.asarray(cv2.addWeighted(back, visibility, plain, 1 - visibility, 0), np.uint8)


def _coloured(new: Image, crop: Image) -> Image:
    whole = Patch(0, 0, new, np.ones(new.shape[:2], np.float32))
    return colour.matched(whole, resized(crop, new.shape[1], new.shape[0]), "reinhard", 1.0).rgb
