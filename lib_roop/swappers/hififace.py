"""HifiFace, an unofficial one of 256: the vector that CrossFace makes, at length 1, as in facefusion."""

from __future__ import annotations

from .crops import CropSwapper, Opened, contract
from .sources import Embedded, unit


def opened(file: Opened) -> CropSwapper:
    """The model in `file`. Raises ModelError when it is of another family."""
    (converter,) = file.converters
    return CropSwapper(file.net, contract(file), Embedded(lambda given: unit(converter(given)), (converter.name,)))
