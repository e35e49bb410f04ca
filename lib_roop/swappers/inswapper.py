"""inswapper and ReSwapper, which has the same network: a crop of the target in, the crop with another identity out.

Contract as insightface's model_zoo/inswapper.py and ReSwapper have it: RGB 0..1 in and out, the crop by the ArcFace
template moved 8 pixels to the right, and a latent that is the embedding turned by a matrix in the file (the "emap").
"""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import templates
from ..errors import ModelError, OptionError
from ..types import Floats
from ..zoo.emap import last_initializer
from ..zoo.inswapper import RECOGNISER
from ..zoo.runtime import Net
from .crops import Contract, CropSwapper, Enhancement, Opened, Shapes
from .sources import LENGTH, Embedded, unit

__all__ = ["RECOGNISER", "InSwapper", "contract", "latent", "opened"]

STEP = 4
"""The network halves a crop twice and doubles it twice: other sizes would not come back as they went in."""


class InSwapper(CropSwapper):
    """Swaps with one file of the family. emap: (512, 512), the last initializer of the graph."""

    def __init__(
        self,
        net: Net,
        emap: Floats,
        contract: Contract,
        *,
        enhance: Enhancement | None = None,
    ) -> None:
        """Raises ModelError when `emap` cannot be one: with another matrix everything would run, and mean nothing."""
        if emap.shape != (LENGTH, LENGTH):
            raise ModelError(
                f"The file of {contract.name} ends with numbers of the shape {emap.shape} instead of the 512x512 that "
                "turn an embedding for it (saving a graph anew drops them); put the original file in its place."
            )
        turn = partial(latent, emap=np.asarray(emap, np.float32))
        super().__init__(net, contract, Embedded(turn), enhance=enhance)


def opened(file: Opened) -> CropSwapper:
    """The model in `file`. Raises ModelError when it is of another family or lost its matrix."""
    made = contract(file.card.name, file.inputs, file.outputs, file.card.feed.side or None)
    return InSwapper(file.net, last_initializer(file.path), made)


def contract(name: str, inputs: Shapes, outputs: Shapes, size: int | None = None) -> Contract:
    """What a file asks for, from its inputs and outputs. `size` chooses the crop's size where the file leaves it open.

    Raises ModelError when it is no file of this family, OptionError when it cannot work at `size`.
    """
    targets = [port for port, shape in inputs.items() if len(shape) == 4 and shape[1] in (3, None)]
    sources = [port for port, shape in inputs.items() if len(shape) == 2 and shape[1] in (LENGTH, None)]
    if len(inputs) != 2 or len(targets) != 1 or len(sources) != 1 or len(outputs) != 1:
        raise ModelError(
            f"{name} is no inswapper or ReSwapper: it takes {dict(inputs)} and gives {dict(outputs)} instead of a "
            "picture and 512 numbers for a picture; choose another model for it."
        )
    (target,), (source,), (output,) = targets, sources, outputs
    fixed = {side for side in inputs[target][2:] if side is not None}
    wanted = size or max(fixed, default=templates.ARCFACE_128.side)
    if fixed - {wanted}:
        raise OptionError(f"{name} works at {max(fixed)} pixels only; leave its size at that, or choose another model.")
    if wanted < STEP or wanted % STEP:
        raise OptionError(f"{name} cannot work at {wanted} pixels; choose a size that is a multiple of {STEP}.")
    return Contract(
        name=name,
        size=wanted,
        target=target,
        source=source,
        output=output,
        batched=all(shape[0] is None for shape in (*inputs.values(), *outputs.values())),
    )


def latent(embedding: Floats, emap: Floats) -> Floats:
    """(512,) what the network takes for an embedding: of length 1, turned by `emap`, and of length 1 again.

    facefusion leaves the length after `emap` as it is; insightface's way is followed.
    """
    return unit((unit(embedding)[None] @ emap)[0])
