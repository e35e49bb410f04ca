"""How alike two faces are: 0 for strangers, 1 for the same picture. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .errors import ModelError
from .types import Floats

# Squared median distance between descriptors of strangers, measured over 13 people and 78 pairs: twice the variance
# left after the mean face is taken away. With it the scale below behaves like a cosine of centred descriptors.
DLIB_STRANGERS = 0.66


def dlib_similarity(a: Floats, b: Floats) -> float:
    """dlib ResNet-29 descriptors (128,), raw: they are not unit vectors, only their distance means anything."""
    return float(np.clip(1.0 - distance(a, b) ** 2 / DLIB_STRANGERS, 0.0, 1.0))


def cosine_similarity(a: Floats, b: Floats) -> float:
    """ArcFace-like embeddings of any length: their cosine, negative ones count as 0."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.clip(np.dot(a, b) / max(lengths, 1e-12), 0.0, 1.0))


SIMILARITY: Mapping[str, Callable[[Floats, Floats], float]] = {
    "dlib_resnet_v1": dlib_similarity,
    "w600k_r50": cosine_similarity,
    "w600k_mbf": cosine_similarity,
    "glintr100": cosine_similarity,
}
"""By recogniser id; all that are not named here, such as those of a pack of the user's own, go by the cosine."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From which similarity two faces are perhaps one person's, and from which they are."""

    perhaps: float
    same: float

    def meaning(self, similarity: float) -> str:
        """A similarity in words."""
        if similarity > PICTURE:
            return "the same picture"
        if similarity >= self.same:
            return "the same person"
        return "perhaps the same person" if similarity >= self.perhaps else "different people"


PICTURE = 0.9995
LIMITS: Mapping[str, Limits] = {"dlib_resnet_v1": Limits(0.4, 0.45)}
"""By recogniser id. dlib's own limit is a distance of 0.6, which tells 99.4 % of the pairs of LFW apart."""
COSINE_LIMITS = Limits(0.2, 0.28)
"""Of ArcFace's embeddings, as the demo of insightface's arcface_onnx has them."""


def distance(a: Floats, b: Floats) -> float:
    """Euclidean distance."""
    return float(np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64)))


def likeness(a: Mapping[str, Floats], b: Mapping[str, Floats]) -> float:
    """The similarity of two faces by a recogniser that knows both, those of `SIMILARITY` first.

    Raises ModelError when there is none: embeddings of different recognisers are never compared.
    """
    return similarity(a, b, common([a, b]))


def similarity(a: Mapping[str, Floats], b: Mapping[str, Floats], recogniser: str) -> float:
    """The similarity of two faces by a recogniser that knows both."""
    return SIMILARITY.get(recogniser, cosine_similarity)(a[recogniser], b[recogniser])


def limits(recogniser: str) -> Limits:
    """What its similarities mean."""
    return LIMITS.get(recogniser, COSINE_LIMITS)


def common(faces: Iterable[Mapping[str, Floats]], preferred: str = "") -> str:
    """A recogniser that knows all these faces: the `preferred` one, those of `SIMILARITY`, others.

    Raises ModelError when there is none.
    """
    described = list(faces)
    shared = set.intersection(*map(set, described))
    for recogniser in (preferred, *SIMILARITY, *sorted(shared)):
        if recogniser in shared:
            return recogniser
    named = list(dict.fromkeys(map(_named, described)))
    raise ModelError(
        f"The {'two ' if len(described) == 2 else ''}faces were described by different recognisers "
        f"({' and '.join(named)}) and cannot be compared; build them from pictures with the same engine, or add to a "
        "kept face what it lacks with roop face build NAME PICTURE --update."
    )


def _named(embeddings: Mapping[str, Floats]) -> str:
    return ", ".join(sorted(embeddings)) or "none"
