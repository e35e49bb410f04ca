"""The target's sharpness and grain on new pixels. Pure functions."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from ..types import Floats, Image, Mask

BANDS = (0.8, 1.6)
"""Sigmas in pixels that bound the two finest bands: what a lens blurs, what a sensor adds and what JPEG removes."""
GAIN = (0.25, 1.6)
"""Limits to how a band is amplified. What sharpening cannot bring back, grain covers."""
CALMEST = 0.7
"""The skin of a grainy source is smoothed to this part at most; beyond, pores and freckles went with the grain."""
CLEAN = 0.2
"""Levels of grain that count as none."""
GRAIN = 0.5
"""How much of the missing grain is added. Skin is rough by itself; all of it looked dirty at 300 %."""
EDGES = 95
"""The percentile of a band that tells sharpness: eyes, lips and nostrils have edges in every face."""
FEW = 64
"""Fewer pixels than this tell nothing."""
SAMPLES = 300
"""Of bigger windows this many rows and columns are looked at."""
TILE, SEED = 512, 7
"""Grain is drawn on a square of so many pixels, the same each time, and repeated on bigger faces."""


def matched(new: Image, target: Image, face: Mask, skin: Mask) -> Image:
    """`new` as sharp and as grainy as `target`, hxwx3 both: sharp where `face` hxw is, grainy where `skin` hxw is."""
    every = max(1, min(face.shape) // SAMPLES)
    edges, plain = (mask[::every, ::every] > 0.5 for mask in (face, skin))
    if min(edges.sum(), plain.sum()) < FEW:
        return new
    change = np.zeros(face.shape, np.float32)
    for own, goal, noise in zip(bands_of(new), bands_of(target), noises(max(face.shape)), strict=True):
        few, wanted = own[::every, ::every], goal[::every, ::every]
        gain = float(np.clip(sharpness(wanted[edges]) / max(sharpness(few[edges]), 1e-3), *GAIN))
        rough, wish = gain * roughness(few[plain]), roughness(wanted[plain])
        calm = float(np.clip((wish + CLEAN) / (rough + CLEAN), CALMEST, 1))
        change += own * (gain - 1 + (gain * (calm - 1)) * skin)
        missing = GRAIN * np.sqrt(max(wish**2 - (calm * rough) ** 2, 0.0))
        if missing > 0:
            change += missing * tiled(noise, face.shape)
    return np.asarray(cv2.convertScaleAbs(np.maximum(new + change[..., None], 0)), np.uint8)


def bands_of(picture: Image) -> list[Floats]:
    """hxw the finest details of the brightness of `picture` hxwx3, in levels, and the next coarser ones."""
    return split(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32))


def split(field: Floats) -> list[Floats]:
    """The bands of `field` hxw."""
    blurs = [field, *(cv2.GaussianBlur(field, (0, 0), sigma) for sigma in BANDS)]
    return [np.asarray(finer - coarser, np.float32) for finer, coarser in pairwise(blurs)]


def noises(longest: int) -> list[Floats]:
    """White noise in the same bands, with a standard deviation of 1, for a window of `longest` pixels."""
    side = min(TILE, longest)
    white = np.random.default_rng(SEED).standard_normal((side, side), dtype=np.float32)
    return [band / band.std() for band in split(white)]


def tiled(tile: Floats, window: tuple[int, ...]) -> Floats:
    """`tile` repeated over a hxw window."""
    times = [-(-side // len(tile)) for side in window]
    return np.tile(tile, times)[: window[0], : window[1]]


def sharpness(details: Floats) -> float:
    """How strong the edges among `details` (n,) are."""
    return float(np.percentile(np.abs(details), EDGES))


def roughness(details: Floats) -> float:
    """The standard deviation of `details` (n,) that their median tells, which edges do not disturb."""
    return float(np.median(np.abs(details)) / 0.6745)
