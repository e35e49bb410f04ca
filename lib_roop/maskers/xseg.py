"""XSeg: what of the face can be seen, and is not behind a hand, a microphone or a fringe.

The output is 1 where the face is visible, as in facefusion's xseg_1 to xseg_3. The crop is inswapper's, as there.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import templates
from ..types import Face, Image, Mask, Patch
from ..zoo.cards import ModelCard
from ..zoo.pixels import tensor
from ..zoo.runtime import Net
from .base import laid, seen, softened

SOFT = 5.0
"""Sigma in pixels of the crop; facefusion's."""


class OcclusionMasker:
    """One net, which looks at the target."""

    name = "occlusion"

    def __init__(self, net: Net, card: ModelCard, inputs: Sequence[str]) -> None:
        """`inputs`: what the file calls its one input."""
        self.models: tuple[str, ...] = (card.name,)
        self._net, self._feed = net, card.feed
        (self._input,) = inputs

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """1 where the target's face is to be seen."""
        return [self._of(image, face, patch) for face, patch in zip(faces, patches, strict=True)]

    def _of(self, image: Image, face: Face, patch: Patch) -> Mask:
        side = self._feed.side
        spec = templates.frame(face.landmarks, templates.ARCFACE_128, side)
        outputs = self._net.run({self._input: tensor([seen(image, spec)], self._feed.pixels)})
        visible = next(iter(outputs.values())).reshape(side, side).clip(0, 1)
        return laid(softened(visible, SOFT), spec, patch)
