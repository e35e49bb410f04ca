"""Ghost 1, 2 and 3, by ai-forever: the vector that CrossFace makes, at the length it comes in, as in facefusion."""

from __future__ import annotations

from .crops import CropSwapper, Opened, contract
from .sources import Embedded


def opened(file: Opened) -> CropSwapper:
    """The model in `file`. Raises ModelError when it is of another family."""
    (converter,) = file.converters
    return CropSwapper(file.net, contract(file), Embedded(converter, (converter.name,)))
