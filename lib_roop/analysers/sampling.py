"""Small upright views of a picture for a net, without aliasing however large the face is."""

from __future__ import annotations

import cv2
import numpy as np

from ..geometry import invert, scale_of, transform
from ..types import Affine, Image

_MARGIN = 8


def view(image: Image, matrix: Affine, size: int, border: int) -> Image:
    """`size` x `size` pixels of `image`, where the similarity `matrix` (picture to view) puts them.

    While a view pixel is more than two picture pixels wide, the region is halved with the 1-4-6-4-1 filter, as dlib
    does; then it is sampled bilinearly. `border` is OpenCV's name for what lies beyond the picture. Only the region is
    touched, so the picture may be of any size.
    """
    matrix = matrix.copy()
    shrink = 1 / scale_of(matrix)
    corners = transform([[0, 0], [size, 0], [size, size], [0, size]], invert(matrix))
    margin = _MARGIN * shrink
    limit = np.array(image.shape[1::-1])
    x0, y0 = np.clip(np.floor(corners.min(0) - margin), 0, limit - 1).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0) + margin), (x0 + 1, y0 + 1), limit).astype(int)
    region = image[y0:y1, x0:x1]
    matrix[:, 2] += matrix[:, :2] @ [x0, y0]
    while shrink > 2:
        region = np.asarray(cv2.pyrDown(region), np.uint8)
        matrix[:, :2] *= 2
        shrink /= 2
    return np.asarray(cv2.warpAffine(region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)
