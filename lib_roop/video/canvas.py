"""What a frame is to those who work on it, whatever kind of film it is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from ..types import Image

Region = tuple[int, int, int, int]
"""x0, y0, x1, y1 in upright pixels, the ends not included."""


class Canvas(Protocol):
    """A frame of a film of any kind: how it looks, and how it is changed."""

    @property
    def number(self) -> int:
        """Which of the film's frames it is, from 0."""
        ...

    @property
    def seconds(self) -> float:
        """When it is shown."""
        ...

    def seen(self) -> Image:
        """Upright RGB."""
        ...

    def painted(self, before: Image, after: Image, regions: Sequence[Region]) -> Any:
        """What the encoder takes: the frame changed in these regions, and as it was everywhere else."""
        ...

    def redrawn(self, image: Image) -> Any:
        """What the encoder takes: the frame made of these pixels, perhaps in another size."""
        ...


C = TypeVar("C", bound=Canvas)
