"""Faces as other tools keep them: the tensors of FaceSwapLab and of ReActor, and the values of the original roop.

All three hold the mean of an ArcFace network's raw embeddings; what else ReActor stores it never uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import facemesh
from ..errors import InputError
from ..types import Identity, Sex

ARCFACE, LENGTH = "w600k_r50", 512
FORMATS = ("reactor", "faceswaplab")
SEXES: tuple[Sex, Sex] = ("female", "male")
"""By the number that these tools give them."""
OLDEST = 150


def is_foreign(tensors: Mapping[str, NDArray[Any]]) -> bool:
    """Whether these are the tensors of another tool's face."""
    return {"embedding", "gender", "age"} <= set(tensors)


def from_values(values: Mapping[str, Any], name: str) -> Identity:
    """The face behind `embedding` (512,), `gender` and `age`; arrays, or plain numbers. Raises InputError."""
    embedding = np.asarray(values.get("embedding"))
    if embedding.shape != (LENGTH,) or embedding.dtype.kind != "f":
        raise InputError(f"The face {name} has no embedding of {LENGTH} numbers; build it anew from pictures.")
    embedding = embedding.astype(np.float32)
    if not np.isfinite(embedding).all() or not embedding.any():
        raise InputError(f"The embedding of the face {name} is damaged; build it anew from pictures.")
    sex, age = _whole(values.get("gender")), _whole(values.get("age"))
    return Identity(
        name=name,
        embeddings={ARCFACE: embedding},
        sex=SEXES[sex] if sex in (0, 1) else None,
        age=age if age is not None and 0 < age <= OLDEST else None,
    )


def to_tensors(identity: Identity, kind: str) -> dict[str, NDArray[Any]]:
    """The face as `kind` (one of `FORMATS`) loads it; an unknown sex is given as female, an unknown age as 0.

    Raises InputError when no ArcFace network has seen the face.
    """
    if ARCFACE not in identity.embeddings:
        raise InputError(
            f'The face "{identity.name}" has no {ARCFACE} embedding, which {kind} needs; '
            "build it with the neural engine, or export it as roop."
        )
    tensors: dict[str, NDArray[Any]] = {
        "embedding": identity.embeddings[ARCFACE].astype(np.float32),
        "gender": np.array(SEXES.index(identity.sex) if identity.sex else 0, np.int64),
        "age": np.array(identity.age or 0, np.int64),
    }
    if kind == "faceswaplab":
        return tensors
    points = np.zeros((5, 2), np.float32) if identity.shape is None else facemesh.five_points(identity.shape)
    return {
        "bbox": np.concatenate([points.min(0), points.max(0)]),
        "kps": points,
        "det_score": np.array(1, np.float32),
        "landmark_3d_68": np.zeros((68, 3), np.float32),
        "pose": np.zeros(3, np.float32),
        "landmark_2d_106": np.zeros((106, 2), np.float32),
        **tensors,
    }


def _whole(value: Any) -> int | None:
    number = np.asarray(value)
    return int(number.item()) if number.size == 1 and number.dtype.kind in "iu" else None
