"""Pictures as nets take and give them: where a face lies, order of the channels, range, layout. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import templates
from ..types import Image
from .cards import Feed, Pixels
from .runtime import Tensor

__all__ = ["Pixels", "pictures", "template_of", "tensor"]


def template_of(feed: Feed) -> templates.Template:
    """Where a face's points lie in a net's crop, at its own side."""
    known = templates.BY_NAME[feed.template]
    return known if feed.half_pixel else templates.scaled(known, feed.side)


def tensor(images: Sequence[Image], pixels: Pixels) -> Tensor:
    """RGB pictures of one size, HxWx3, as a net's batch."""
    scale = np.array(pixels.deviation, np.float32) * np.float32(255)
    batch = np.stack(images).astype(np.float32)
    batch -= np.array(pixels.mean, np.float32) * np.float32(255)
    batch /= scale
    if pixels.order == "BGR":
        batch = batch[..., ::-1]
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if pixels.layout == "NCHW" else batch)


def pictures(batch: Tensor, pixels: Pixels) -> list[Image]:
    """A net's batch as RGB pictures, rounded and clipped."""
    field = batch.transpose(0, 2, 3, 1) if pixels.layout == "NCHW" else batch
    if pixels.order == "BGR":
        field = field[..., ::-1]
    scaled = field * (np.array(pixels.deviation, np.float32) * 255) + np.array(pixels.mean, np.float32) * 255
    return list(np.rint(np.clip(scaled, 0, 255)).astype(np.uint8))
