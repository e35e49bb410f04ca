"""BiSeNet: the face's regions by name (19 classes of CelebAMask-HQ).

Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation", 2018. The output holds 19
scores for each pixel.

The target is parsed, not the swapped face (as facefusion does): what lies over the target's face, a fringe or glasses,
is to stay, and a swapped crop has it painted over already. The crop is FFHQ's, which the training pictures resemble.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import templates
from ..errors import OptionError
from ..options import no_such
from ..types import Face, Image, Mask, Patch
from ..zoo.cards import ModelCard
from ..zoo.pixels import tensor
from ..zoo.runtime import Net
from .base import laid, seen, softened

REGIONS: dict[str, tuple[int, ...]] = {
    "background": (0,),
    "skin": (1,),
    "brows": (2, 3),
    "eyes": (4, 5),
    "glasses": (6,),
    "ears": (7, 8),
    "earrings": (9,),
    "nose": (10,),
    "mouth": (11,),
    "lips": (12, 13),
    "neck": (14,),
    "necklace": (15,),
    "clothes": (16,),
    "hair": (17,),
    "hat": (18,),
}
FACE = ("skin", "brows", "eyes", "glasses", "nose", "mouth", "lips")
"""What is replaced unless something else is asked: what swap models draw. Behind glasses lie the eyes."""
SOFT = 5.0
"""Sigma in pixels of the crop; facefusion's."""


class RegionMasker:
    """One net and the regions that are replaced."""

    name = "regions"

    def __init__(self, net: Net, card: ModelCard, inputs: Sequence[str], regions: Sequence[str] = FACE) -> None:
        """`inputs`: what the file calls its one input. Raises OptionError for an unknown region."""
        for region in regions:
            if region not in REGIONS:
                raise OptionError(no_such("region of the face", region, REGIONS))
        self.models: tuple[str, ...] = (card.name,)
        self._net, self._feed = net, card.feed
        (self._input,) = inputs
        self._classes = [number for region in regions for number in REGIONS[region]]

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """1 where the target shows one of the regions."""
        return [self._of(image, face, patch) for face, patch in zip(faces, patches, strict=True)]

    def _of(self, image: Image, face: Face, patch: Patch) -> Mask:
        spec = templates.frame(face.landmarks, templates.FFHQ_512, self._feed.side)
        outputs = self._net.run({self._input: tensor([seen(image, spec)], self._feed.pixels)})
        found = next(iter(outputs.values()))[0].argmax(0)
        return laid(softened(np.isin(found, self._classes).astype(np.float32), SOFT), spec, patch)
