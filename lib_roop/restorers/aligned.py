"""GFPGAN, CodeFormer and every other net that takes a crop aligned as in FFHQ and gives it back restored.

The crop is the first input and the picture the first output, as `ModelCard.feed` says. CodeFormer has a second input,
how close to keep to the crop: `weight` in facefusion's file, `w` in others, one number.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..types import Image
from ..zoo.cards import ModelCard
from ..zoo.pixels import pictures, tensor
from ..zoo.runtime import Net, Tensor


class AlignedRestorer:
    """One net. inputs: what its file calls the crop and, where it has it, the fidelity, in the file's order."""

    def __init__(self, net: Net, card: ModelCard, inputs: Sequence[str]) -> None:
        self.name = card.name
        self.models: tuple[str, ...] = (card.name,)
        self._net, self._feed = net, card.feed
        self._crop, *self._fidelity = inputs

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        """The crops restored, each as large as the net makes it; one after the other, as the known files ask."""
        return [self._restored(crop, fidelity) for crop in crops]

    def _restored(self, crop: Image, fidelity: float) -> Image:
        given: dict[str, Tensor] = {self._crop: tensor([_sized(crop, self._feed.side)], self._feed.pixels)}
        given.update((name, np.array([fidelity], np.float32)) for name in self._fidelity)
        return pictures(next(iter(self._net.run(given).values())), self._feed.pixels)[0]


def _sized(crop: Image, side: int) -> Image:
    if crop.shape[:2] == (side, side):
        return crop
    method = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (side, side), interpolation=method), np.uint8)
