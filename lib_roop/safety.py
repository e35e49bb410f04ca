"""The gate that every picture passes before and after a swap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .types import Image


class Gate(Protocol):
    """Decides whether pictures may be worked on."""

    name: str
    """What checks, for reports."""

    def check(self, pictures: Sequence[Image]) -> None:
        """Raises Refused, with what was seen and how surely, when one of the RGB pictures must not be worked on."""
        ...


class Ungated:
    """Admits every picture. It stands here only until the checker of the safety issue does, and reports say "none"."""

    name = "none"

    def check(self, pictures: Sequence[Image]) -> None:
        del pictures
