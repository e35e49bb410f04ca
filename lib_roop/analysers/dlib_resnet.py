"""Who it is, by dlib's ResNet: 128 numbers, of which the Euclidean distance tells people apart (below 0.55: the same).

Davis King, dlib_face_recognition_resnet_model_v1; chips as dlib's get_face_chip_details cuts them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..geometry import invert, similarity_fit
from ..types import Affine, Face, Floats, Image
from ..zoo.runtime import Net
from .base import Landmarker
from .sampling import view

SIZE = 150
PADDING = 0.25
BATCH = 16
# dlib's published mean shape (mean_face_shape_x, _y in image_transforms/interpolation.h) for the points 27..54 and
# 60..64 of the 68-point scheme, and the points of the mesh that lie there. Brows, jaw and lower lip are left out.
TEMPLATE = np.array(
    [
        (0.490127, 0.203352), (0.490127, 0.307009), (0.490127, 0.409805), (0.490127, 0.515625),
        (0.366880, 0.587326), (0.426036, 0.609345), (0.490127, 0.628106), (0.554217, 0.609345), (0.613373, 0.587326),
        (0.121737, 0.216423), (0.187122, 0.178758), (0.265825, 0.179852),
        (0.334606, 0.231733), (0.260918, 0.245099), (0.182743, 0.244077),
        (0.645647, 0.231733), (0.714428, 0.179852), (0.793132, 0.178758),
        (0.858516, 0.216423), (0.797510, 0.244077), (0.719335, 0.245099),
        (0.254149, 0.780233), (0.340985, 0.745405), (0.428858, 0.727388), (0.490127, 0.742578),
        (0.551395, 0.727388), (0.639268, 0.745405), (0.726104, 0.780233),
        (0.290379, 0.784792), (0.428096, 0.778746), (0.490127, 0.785343), (0.552157, 0.778746), (0.689874, 0.784792),
    ]
)  # fmt: skip
MESH_POINTS = (
    168, 197, 5, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 78, 82, 13, 312, 308,
)  # fmt: skip


class DlibRecogniser:
    """Raw descriptors, not of unit length. `open_net` is called when the first face comes.

    Faces without a mesh are fitted first; they are returned as they were, but for the embedding.
    """

    id = "dlib_resnet_v1"

    def __init__(self, open_net: Callable[[], Net], landmarker: Landmarker) -> None:
        self._net = functools.cache(open_net)
        self._landmarker = landmarker

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        if not faces:
            return []
        chips = [chip(image, dense_of(face)) for face in self._landmarker.fit(image, faces)]
        found = np.concatenate([self._run(chips[first : first + BATCH]) for first in range(0, len(chips), BATCH)])
        return [
            replace(face, embeddings={**face.embeddings, self.id: descriptor})
            for face, descriptor in zip(faces, found, strict=True)
        ]

    def _run(self, chips: Sequence[Image]) -> Floats:
        return self._net().run({"image": np.stack(chips).astype(np.float32).transpose(0, 3, 1, 2)})["descriptor"]


def dense_of(face: Face) -> Floats:
    """The mesh of a face that has one."""
    assert face.dense is not None
    return face.dense


def chip(image: Image, dense: Floats) -> Image:
    """150x150x3: the face of a mesh (468, 3) as dlib's net was trained to see it, black beyond the picture."""
    return view(image, chip_matrix(dense), SIZE, cv2.BORDER_CONSTANT)


def chip_matrix(dense: Floats) -> Affine:
    """Picture to chip, with dlib's pixel centres.

    dlib takes a chip as a rectangle of the picture, `SIZE` * s long, whose first and last pixel lie on the first and
    last of the chip: half a pixel off the plain map, which costs up to 0.2 in the descriptors' distance.
    """
    target = (PADDING + TEMPLATE) / (2 * PADDING + 1) * SIZE
    fit = similarity_fit(target, dense[list(MESH_POINTS), :2])
    size = float(np.hypot(fit[0, 0], fit[1, 0]))
    linear = fit[:, :2] / size * ((SIZE * size - 1) / (SIZE - 1))
    middle = fit[:, :2] @ [SIZE / 2, SIZE / 2] + fit[:, 2]
    shift = middle - linear @ [(SIZE - 1) / 2, (SIZE - 1) / 2]
    return invert(np.hstack([linear, shift[:, None]]))
