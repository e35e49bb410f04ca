"""How alike two faces are: 0 for strangers, 1 for the same picture. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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


def distance(a: Floats, b: Floats) -> float:
    """Euclidean distance."""
    return float(np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64)))


def likeness(a: Mapping[str, Floats], b: Mapping[str, Floats]) -> float:
    """The similarity of two faces by a recogniser that knows both, those of `SIMILARITY` first.

    Raises ModelError when there is none: embeddings of different recognisers are never compared.
    """
    for recogniser in (*SIMILARITY, *sorted(a)):
        if recogniser in a and recogniser in b:
            return SIMILARITY.get(recogniser, cosine_similarity)(a[recogniser], b[recogniser])
    raise ModelError(
        f"The two faces were described by different recognisers ({_named(a)} and {_named(b)}) and cannot be compared; "
        "build both from pictures with the same engine, or add to a kept face what it lacks with roop face build NAME "
        "PICTURE --update."
    )


def _named(embeddings: Mapping[str, Floats]) -> str:
    return ", ".join(sorted(embeddings)) or "none"
