"""Small upright views of a picture for a net, without aliasing however large the face is."""

from __future__ import annotations

from ..geometry import resampled
from ..types import Affine, Image


def view(image: Image, matrix: Affine, size: int, border: int) -> Image:
    """`size` x `size` pixels of `image`, where the similarity `matrix` (picture to view) puts them.

    Halved with the filter that dlib uses, and sampled, by `geometry.resampled`. `border` is OpenCV's name for what lies
    beyond the picture. Only the region is touched, so the picture may be of any size.
    """
    return resampled(image, matrix, (size, size), border)
