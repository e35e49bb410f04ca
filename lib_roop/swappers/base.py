"""What a swap model can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..types import CropSpec, Face, Identity, Patch, SwapJob


class Swapper(Protocol):
    """Turns crops of target faces into patches that wear another identity."""

    name: str
    """As the `model` option names it."""
    engine: str
    """"built-in" or "neural", for reports."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""
    side: int
    """How many pixels wide it draws a face's crop, whatever the picture has; 0 where it draws as finely as that."""

    @property
    def skin(self) -> bool:
        """Whether it takes the source's skin, and no embedding."""
        ...

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        """Which part of the picture is needed for this face.

        Raises InputError when the identity lacks what the model needs, with a sentence that says what.
        """
        ...

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        """One patch a job, in order; as one batch where the model allows it. Crops are not written to."""
        ...
