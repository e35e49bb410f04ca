"""The families of neural swap models by the names that cards have. A new one is its own file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import blendswap, ghost, hififace, hyperswap, inswapper, simswap, uniface
from .crops import CropSwapper, Opened

FAMILIES: Mapping[str, Callable[[Opened], CropSwapper]] = {
    "inswapper": inswapper.opened,
    "hyperswap": hyperswap.opened,
    "ghost": ghost.opened,
    "simswap": simswap.opened,
    "hififace": hififace.opened,
    "blendswap": blendswap.opened,
    "uniface": uniface.opened,
}
