"""Making one face's skin look lit like another's: colour transfer over masked pixels only. Pure functions.

Fields are float32 HxWx3, in CIE L*a*b* (L 0..100, a and b about -100..100) unless said otherwise; masks float32 HxW.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .types import Floats, Image, Mask, Patch

METHODS = ("none", "mean", "reinhard", "mkl", "histogram")
SPREAD = (0.5, 2.0)
"""Contrast is at most halved or doubled."""
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


def matched(patch: Patch, region: Image, method: str, strength: float) -> Patch:
    """`patch` with its colours brought to those of the target's `region` (hxwx3, as the patch) by one of METHODS.

    Only pixels that the mask gives mostly to the patch are compared, only those it gives at all are changed;
    `strength` goes from 0 (not) to 1 (wholly).
    """
    where = patch.mask > 0.5
    if method == "none" or strength <= 0 or not where.any():
        return patch
    new, share = _transferred(patch.rgb, region, where, method), min(strength, 1.0)
    mixed = cv2.addWeighted(new, share, patch.rgb, 1 - share, 0)
    return replace(patch, rgb=np.where(patch.mask[..., None] > 0, np.asarray(mixed, np.uint8), patch.rgb))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """How colours lie: their mean (3,) and covariance (3, 3)."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def moments(rgb: Image, where: NDArray[np.bool_]) -> Moments:
    """Of `rgb` HxWx3, `where` HxW (not nowhere)."""
    mean = np.asarray(cv2.meanStdDev(rgb, mask=where.astype(np.uint8))[0][:, 0], np.float64)
    apart = ((rgb - mean.astype(np.float32)) * where[..., None]).reshape(-1, 3)
    return Moments(mean, (apart.T @ apart / where.sum()).astype(np.float64))


def match_moments(ours: Moments, theirs: Moments) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`gain` (3, 3), symmetric, and `offset` (3,): colours @ gain + offset have their moments instead of ours.

    The linear map that moves colours least: Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping
    for example-based colour transfer", 2007. Contrast is kept within SPREAD.
    """
    one, other = (each.covariance + np.eye(3) for each in (ours, theirs))
    root, back = _power(one, 0.5), _power(one, -0.5)
    values, axes = np.linalg.eigh(back @ _power(root @ other @ root, 0.5) @ back)
    gain = (axes * np.clip(values, *SPREAD)) @ axes.T
    return gain, theirs.mean - ours.mean @ gain


def match_histogram(channel: Image, reference: Image, where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(256,) what each level of `channel` HxW becomes to have the histogram of `reference` HxW, both `where` HxW."""
    ours, theirs = (np.bincount(values[where], minlength=256) for values in (channel, reference))
    ranks, wanted = (np.cumsum(counts) - counts / 2 for counts in (ours, theirs))
    there = np.flatnonzero(theirs)
    return np.rint(np.interp(ranks, wanted[there], there)).astype(np.uint8)


def _transferred(rgb: Image, region: Image, where: NDArray[np.bool_], method: str) -> Image:
    if method == "histogram":
        levels = np.stack([match_histogram(rgb[..., c], region[..., c], where) for c in range(3)], axis=-1)
        return np.asarray(cv2.LUT(rgb, levels[:, None]), np.uint8)
    if method == "reinhard":
        return to_rgb(match_statistics(to_lab(rgb), to_lab(region), where.astype(np.float32), SPREAD))
    ours, theirs = moments(rgb, where), moments(region, where)
    gain, offset = match_moments(ours, theirs) if method == "mkl" else (np.eye(3), theirs.mean - ours.mean)
    return np.asarray(cv2.transform(rgb, np.column_stack([gain, offset])), np.uint8)


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """A power of a symmetric positive matrix."""
    values, axes = np.linalg.eigh(matrix)
    return np.asarray((axes * np.maximum(values, 1e-9) ** exponent) @ axes.T, np.float64)
