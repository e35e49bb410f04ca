"""Pictures in 256 colours, so that what has a palette keeps it and only what is new gets new colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from ..types import Image

MOST = 256
NEW = 48
"""So many colours at least are for what is new in a picture that uses up its palette."""
SAMPLES = 1 << 14
"""Of so many pixels at most colours are chosen."""
STRIP = 1 << 16
"""So many colours are compared with the palette at once."""
Colours = NDArray[np.uint8]
"""Nx3, RGB."""


def chosen(pixels: Colours, new: NDArray[np.bool_], most: int) -> Colours:
    """At most `most` colours for these pixels: exactly theirs where they suffice.

    new: which of the pixels are no longer what they were. The others had a palette if they have few colours, and it is
    kept; of one that fills all of it those colours make room that are missed least.
    """
    every = np.unique(_packed(pixels))
    if len(every) <= most:
        return _unpacked(every)
    own, counts = np.unique(_packed(pixels[~new]), return_counts=True)
    if len(own) > MOST:
        return _condensed(pixels, most)
    kept = _kept(_unpacked(own), counts, most - NEW if new.any() else most)
    return np.concatenate([kept, _condensed(pixels[new], most - len(kept))]) if new.any() else kept


def count(pixels: Image | Colours) -> int:
    """How many colours there are."""
    return len(np.unique(_packed(pixels)))


def nearest(pixels: Colours, palette: Colours) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """For each pixel the number of the palette's nearest colour, and how far it is, squared."""
    colours, places = np.unique(_packed(pixels), return_inverse=True)
    numbers = np.empty(len(colours), np.uint8)
    wanted, offered = _unpacked(colours).astype(np.float32), palette.astype(np.float32)
    lengths = (offered * offered).sum(1)
    for top in range(0, len(colours), STRIP):
        part = slice(top, top + STRIP)
        # |a - b|^2 less |a|^2, which is the same for all b; all of it whole numbers that float32 holds.
        numbers[part] = np.argmin(lengths - 2 * wanted[part] @ offered.T, axis=1)
    off = ((wanted - offered[numbers]) ** 2).sum(1)
    places = places.reshape(-1)
    return numbers[places], off[places].astype(np.float32)


def _kept(colours: Colours, counts: NDArray[np.intp], most: int) -> Colours:
    """At most `most` of the colours: one by one that goes whose pixels are moved least to their next colour."""
    values, weights = colours.astype(np.float32), counts.astype(np.float32)
    apart = ((values[:, None] - values) ** 2).sum(2)
    np.fill_diagonal(apart, np.inf)
    for _ in range(len(colours) - most):
        gone = int(np.argmin(apart.min(1) * weights))
        weights[np.argmin(apart[gone])] += weights[gone]
        apart[gone] = apart[:, gone] = weights[gone] = np.inf
    return colours[np.isfinite(weights)]


def _condensed(pixels: Colours, most: int) -> Colours:
    """The colours that a median cut leaves, each moved to the middle of the pixels that are nearest to it."""
    sample = np.ascontiguousarray(pixels[:: max(len(pixels) // SAMPLES, 1)])
    picture = Pillow.fromarray(sample[None]).quantize(most, Pillow.Quantize.MEDIANCUT, kmeans=2)
    palette = np.array((picture.getpalette() or [])[: 3 * most], np.uint8).reshape(-1, 3)
    used = np.bincount(np.asarray(picture).reshape(-1), minlength=len(palette))
    return np.asarray(palette[used[: len(palette)] > 0], np.uint8)


def _packed(pixels: Image | Colours) -> NDArray[np.uint32]:
    parts = pixels.reshape(-1, 3).astype(np.uint32)
    return np.asarray(parts[:, 0] << 16 | parts[:, 1] << 8 | parts[:, 2], np.uint32)


def _unpacked(colours: NDArray[np.uint32]) -> Colours:
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], 1).astype(np.uint8)
