"""Making one face's skin look lit like another's: colour transfer over masked pixels only. Pure functions.

Fields are float32 HxWx3, in CIE L*a*b* (L 0..100, a and b about -100..100) unless said otherwise; masks float32 HxW.
"""

from __future__ import annotations

import cv2
import numpy as np

from .types import Floats, Image, Mask

BLUR_STEP = 4.0
"""Blurs work at the size where their sigma is this many pixels: their cost does not grow with the face."""


def to_lab(rgb: Image) -> Floats:
    """sRGB uint8 HxWx3 as CIE L*a*b* (D65)."""
    return np.asarray(cv2.cvtColor(rgb * np.float32(1 / 255), cv2.COLOR_RGB2LAB), np.float32)


def to_rgb(lab: Floats) -> Image:
    """CIE L*a*b* HxWx3 as sRGB uint8; colours that sRGB lacks are clipped."""
    rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return np.asarray(cv2.convertScaleAbs(np.maximum(rgb, 0, out=rgb), alpha=255), np.uint8)


def match_statistics(field: Floats, reference: Floats, mask: Mask, spread: tuple[float, float]) -> Floats:
    """`field` HxWx3 with the mean and standard deviation of `reference` HxWx3, judged where `mask` HxW is above 0.5.

    The deviations' ratio is kept within `spread`, so that noise is not blown up. Without masked pixels nothing changes.
    Reinhard et al., "Color Transfer between Images", 2001.
    """
    where = (mask > 0.5).astype(np.uint8)
    if not where.any():
        return field.copy()
    mean, deviation = (value[:, 0] for value in cv2.meanStdDev(field, mask=where))
    wanted_mean, wanted_deviation = (value[:, 0] for value in cv2.meanStdDev(reference, mask=where))
    gain = np.clip(wanted_deviation / np.maximum(deviation, 1e-6), *spread)
    matched = field * gain.astype(np.float32)
    matched += (wanted_mean - gain * mean).astype(np.float32)
    return matched


def match_light(field: Floats, reference: Floats, mask: Mask, sigma: float) -> Floats:
    """`field` HxWx3 with the low frequencies (Gaussian of `sigma` pixels) of `reference` HxWx3.

    Pixels are compared as much as `mask` HxW says; away from all of them the change fades to nothing.
    """
    light = low_frequencies(reference - field, mask, sigma)
    light += field
    return light


def low_frequencies(field: Floats, mask: Mask, sigma: float) -> Floats:
    """`field` HxWx3 blurred with a Gaussian of `sigma` pixels that counts pixels as `mask` HxW says; 0 far from all."""
    height, width = mask.shape
    if not mask.size:
        return field.copy()
    step = max(1.0, sigma / BLUR_STEP)
    small = max(1, round(width / step)), max(1, round(height / step))
    masked = cv2.resize(np.dstack([field * mask[..., None], mask]), small, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(masked, (0, 0), max(sigma / step, 0.3), borderType=cv2.BORDER_CONSTANT)
    mean = blurred[..., :3] / (blurred[..., 3:] + np.float32(1e-3))
    return np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
