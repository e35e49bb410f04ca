"""Who to put there: an Identity from one face, or blended from several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import facemesh, geometry
from .types import Face, Floats, Identity, Image, Texture

# Room round the mesh in the texture, in parts of the face's size, so that smoothing it never meets the crop's edge.
TEXTURE_MARGIN = 0.15


def from_face(image: Image, face: Face, name: str) -> Identity:
    """The identity of one face of `image` (RGB): its embeddings, and its skin and shape when it has a mesh."""
    texture = shape = None
    if face.dense is not None:
        shape = face.dense
        texture = _texture(image, shape)
    return Identity(
        name=name, embeddings=dict(face.embeddings), texture=texture, shape=shape, sex=face.sex, age=face.age
    )


def blend(identities: Sequence[Identity], name: str) -> Identity:
    """One identity from several pictures of a person: mean embeddings, skin and shape of the most frontal one."""
    if len(identities) == 1:
        return identities[0]
    shared = set.intersection(*(set(identity.embeddings) for identity in identities))
    best = max(identities, key=lambda identity: frontality(identity.shape) if identity.shape is not None else -1.0)
    return Identity(
        name=name,
        embeddings={id_: np.mean([each.embeddings[id_] for each in identities], axis=0) for id_ in sorted(shared)},
        texture=best.texture,
        shape=best.shape,
        sex=best.sex,
        age=best.age,
    )


def frontality(shape: Floats) -> float:
    """1 when the nose lies midway between the eyes and the mouth corners, 0 when it lies over or beyond one side."""
    left_eye, right_eye, nose, left_mouth, right_mouth = facemesh.five_points(shape)
    across = (right_eye - left_eye) / max(float(np.linalg.norm(right_eye - left_eye)), 1e-6)
    to_left = float(np.dot(nose - (left_eye + left_mouth) / 2, across))
    to_right = float(np.dot((right_eye + right_mouth) / 2 - nose, across))
    return max(0.0, min(to_left, to_right)) / max(to_left, to_right, 1e-6)


def _texture(image: Image, shape: Floats) -> Texture:
    low, high = shape[:, :2].min(0), shape[:, :2].max(0)
    margin = TEXTURE_MARGIN * float((high - low).max())
    x, y = np.floor(low - margin).astype(int)
    width, height = np.ceil(high + margin).astype(int) - (x, y)
    crop = geometry.cut(image, geometry.region(int(x), int(y), int(width), int(height)))
    points = geometry.transform(shape[:, :2], crop.spec.matrix)
    return Texture(crop.pixels.copy(), points, facemesh.towards_camera(shape))
