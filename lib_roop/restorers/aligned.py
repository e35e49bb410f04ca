"""GFPGAN, CodeFormer, GPEN, RestoreFormer++ and every other net that takes an aligned crop and gives it back restored.

The crop is the first input and the picture the first output, as `ModelCard.feed` says. CodeFormer has a second input,
how close to keep to the crop: `weight` in facefusion's file, `w` in others, one number. What comes is aligned as in
FFHQ; a net that wants the face elsewhere (GPEN 256) sees a part of that, and what it gives is laid back there.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .. import geometry, templates
from ..templates import FFHQ_512
from ..types import Image
from ..zoo.cards import ModelCard
from ..zoo.pixels import pictures, template_of, tensor
from ..zoo.runtime import Net, Tensor


class AlignedRestorer:
    """One net. inputs: what its file calls the crop and, where it has it, the fidelity, in the file's order."""

    def __init__(self, net: Net, card: ModelCard, inputs: Sequence[str]) -> None:
        self.name = card.name
        self.models: tuple[str, ...] = (card.name,)
        self._net, self._feed = net, card.feed
        self._crop, *self._fidelity = inputs
        self._template = template_of(card.feed)
        self.side = card.feed.side if self._aligned else FFHQ_512.side
        """How wide it would like its crops."""

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        """The crops restored, each as large as the net makes it; one after the other, as the known files ask."""
        return [self._restored(crop, fidelity) for crop in crops]

    @property
    def _aligned(self) -> bool:
        return self._template is FFHQ_512

    def _restored(self, crop: Image, fidelity: float) -> Image:
        if self._aligned:
            return self._drawn(_sized(crop, self._feed.side), fidelity)
        spec = templates.frame(templates.placed(FFHQ_512, len(crop)), self._template)
        made = self._drawn(geometry.resampled(crop, spec.matrix, (spec.width, spec.height)), fidelity)
        return geometry.paste(crop, [geometry.put_back(made, spec, (len(crop), len(crop)))])

    def _drawn(self, view: Image, fidelity: float) -> Image:
        """What the net makes of what it wants to see."""
        given: dict[str, Tensor] = {self._crop: tensor([view], self._feed.pixels)}
        given.update((name, np.array([fidelity], np.float32)) for name in self._fidelity)
        return pictures(next(iter(self._net.run(given).values())), self._feed.pixels)[0]


def _sized(crop: Image, side: int) -> Image:
    if crop.shape[:2] == (side, side):
        return crop
    method = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (side, side), interpolation=method), np.uint8)
