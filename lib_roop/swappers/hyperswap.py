"""HyperSwap 1a, 1b and 1c, by facefusion: the unit vector as it is, and a mask of the model's own.

In the graph the new face is laid onto the crop by that mask already (facefusion-labs 6547fcf, hyperswap/src/models,
generator.py), so what the mask leaves out is the crop itself, which the picture has sharper: there the picture stays.
"""

from __future__ import annotations

from .crops import CropSwapper, Opened, contract
from .sources import Embedded, unit


def opened(file: Opened) -> CropSwapper:
    """The model in `file`. Raises ModelError when it is of another family."""
    return CropSwapper(file.net, contract(file), Embedded(unit))
