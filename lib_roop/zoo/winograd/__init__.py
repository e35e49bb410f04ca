"""Graphs of large 3x3 convolutions rewritten with Winograd's, which multiply less, and kept on the user's disk."""

from __future__ import annotations

from .keeping import FAMILIES, faster
from .notes import forget
from .room import Room

__all__ = ["FAMILIES", "Room", "faster", "forget"]
