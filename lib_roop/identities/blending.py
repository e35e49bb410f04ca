"""An Identity from one face, or from several, and which of those is another person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import facemesh
from ..similarity import likeness
from ..types import Face, Floats, Identity, Image, Sex, Texture
from . import textures

STRANGER = 0.4
"""A picture that resembles the others less, in the median, looks like another person's: dlib's own limit is 0.45."""
AMPLE, CRISP = 200.0, 0.3
"""A face of so many pixels, and so sharp, is as good as any for a blend."""
NORMAL = 384
"""Larger faces are measured at this many pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a picture of a face is.

    size: of the face, in pixels. sharpness: the share of its contrast that lies in its finest details, 0..1; about 0.3
    for a sharp picture, below 0.1 for one that was enlarged. yaw: degrees. score: the detector's, 0..1.
    """

    size: float
    sharpness: float
    yaw: float
    score: float

    @property
    def detail(self) -> float:
        """How much there is to see, whichever way the face looks: above 0 and up to 1."""
        return float(np.clip(self.size / AMPLE, 0.05, 1) * np.clip(self.sharpness / CRISP, 0.05, 1))

    @property
    def weight(self) -> float:
        """One number for it, above 0 and up to 1."""
        turned = max(float(np.cos(np.radians(self.yaw))), 0.1) ** 2
        return float(np.clip(self.detail * turned * self.score, 0.01, 1.0))


def from_face(image: Image, face: Face, name: str) -> Identity:
    """The identity of one face of `image` (RGB): its embeddings, and its skin and shape when it has a mesh."""
    shape = face.dense
    return Identity(
        name=name,
        embeddings=dict(face.embeddings),
        texture=textures.cut(image, shape) if shape is not None else None,
        shape=shape,
        sex=face.sex,
        age=face.age,
    )


def quality(identity: Identity, score: float = 1.0) -> Quality:
    """How good the picture is that `identity` was made of; `score` is what the detector said of its face."""
    if identity.texture is None or identity.shape is None:
        return Quality(size=0.0, sharpness=0.0, yaw=0.0, score=score)
    size = textures.extent(identity.texture)
    yaw = facemesh.pose(identity.shape).yaw
    return Quality(size=size, sharpness=_sharpness(identity.texture), yaw=yaw, score=score)


def blend(
    identities: Sequence[Identity], name: str, *, method: str = "mean", weights: Sequence[float] | None = None
) -> Identity:
    """One identity from several pictures of a person; a single one is given back as it is.

    Embeddings and shapes are their mean, their median or, with `method` "weighted", their mean by `weights` (as
    `Quality.weight`). Skin is taken from the pictures that show it best. Embeddings that not all have are left out.
    """
    if len(identities) == 1:
        return identities[0]
    given = list(weights) if weights is not None and method == "weighted" else [1.0] * len(identities)
    shared = set.intersection(*(set(identity.embeddings) for identity in identities))
    shares = np.array(given)[:, None]
    embeddings = {
        id_: _middle(np.stack([each.embeddings[id_] for each in identities]), shares, method) for id_ in sorted(shared)
    }
    texture, shape = _skin(identities, given, method)
    ages = [identity.age for identity in identities if identity.age is not None]
    return Identity(
        name=name,
        embeddings=embeddings,
        texture=texture,
        shape=shape,
        sex=_commonest([identity.sex for identity in identities if identity.sex is not None]),
        # The gate is to know of the youngest.
        age=min(ages, default=None),
        sources=tuple(source for identity in identities for source in identity.sources),
    )


def resemblances(embeddings: Sequence[Mapping[str, Floats]]) -> list[float | None]:
    """How much each face resembles the others: the median of its similarities to them; None for a single one.

    Raises ModelError where two were described by different recognisers.
    """
    count = len(embeddings)
    table = np.ones((count, count))
    for one in range(count):
        for other in range(one):
            table[one, other] = table[other, one] = likeness(embeddings[one], embeddings[other])
    return [float(np.median(np.delete(table[one], one))) if count > 1 else None for one in range(count)]


def outliers(resemblance: Sequence[float | None]) -> list[int]:
    """Which faces look like another person than the rest; nobody does where most of them do."""
    strangers = [number for number, value in enumerate(resemblance) if value is not None and value < STRANGER]
    return strangers if 2 * len(strangers) < len(resemblance) else []


def doubts(names: Sequence[str], resemblance: Sequence[float | None]) -> tuple[str, ...]:
    """Sentences about pictures that seem to show another person."""
    known = [value for value in resemblance if value is not None]
    found = outliers(resemblance)
    if not found and known and sum(value < STRANGER for value in known) * 2 >= len(known):
        return (f"{', '.join(names)} look like different people ({np.median(known):.2f} to each other).",)
    return tuple(
        f"{names[number]} looks like another person ({resemblance[number]:.2f} to the others)." for number in found
    )


def _skin(
    identities: Sequence[Identity], weights: Sequence[float], method: str
) -> tuple[Texture | None, Floats | None]:
    found = [
        (identity.texture, identity.shape, weight * quality(identity).detail)
        for identity, weight in zip(identities, weights, strict=True)
        if identity.texture is not None and identity.shape is not None
    ]
    if len(found) < 2:
        return found[0][:2] if found else (None, None)
    worn, shapes, shares = zip(*found, strict=True)
    trusted = textures.trust(worn, shares)
    middle = _middle(np.stack([textures.frontal(shape) for shape in shapes]), trusted[..., None], method)
    texture = textures.blend(worn, textures.unrolled(middle), trusted, textures.best(worn, shares))
    return texture, middle * np.float32(textures.PIXELS_PER_CM)


def _middle(values: NDArray[Any], weights: NDArray[Any], method: str) -> Floats:
    """Of the first axis of `values`."""
    middle = np.median(values, axis=0) if method == "median" else (values * weights).sum(0) / weights.sum(0)
    return np.asarray(middle, np.float32)


def _sharpness(texture: Texture) -> float:
    """The contrast of the finest details against that of coarser ones as well, within the face."""
    small = textures.reduced(texture, NORMAL)
    low = np.floor(small.points.min(0)).clip(0).astype(int)
    high = np.ceil(small.points.max(0)).clip(0).astype(int) + 1
    face = small.rgb[low[1] : high[1], low[0] : high[0]]
    if not face.size:
        return 0.0
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, coarse = (float((grey - cv2.GaussianBlur(grey, (0, 0), sigma)).std()) for sigma in (1.0, 6.0))
    return fine / max(coarse, 1.0)


def _commonest(sexes: Sequence[Sex]) -> Sex | None:
    return Counter(sexes).most_common(1)[0][0] if sexes else None
