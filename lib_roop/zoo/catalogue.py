"""Every net that can be got, by name. A new family is its own file and one word here."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ..errors import ModelError
from . import (
    blendswap,
    crossface,
    ghost,
    hififace,
    hyperswap,
    insightface,
    inswapper,
    maskers,
    restorers,
    simswap,
    uniface,
    upscalers,
)
from .cards import Listed

MODELS: tuple[Listed, ...] = (
    *insightface.PACKS,
    *inswapper.CARDS,
    *hyperswap.CARDS,
    *ghost.CARDS,
    *simswap.CARDS,
    *hififace.CARDS,
    *blendswap.CARDS,
    *uniface.CARDS,
    *crossface.CARDS,
    *restorers.CARDS,
    *upscalers.CARDS,
    *maskers.CARDS,
)


def named(name: str, models: Sequence[Listed] = MODELS) -> Listed:
    """The card or pack called `name`. Raises ModelError, with the one that was probably meant."""
    for item in models:
        if item.name == name.lower():
            return item
    near = difflib.get_close_matches(name.lower(), [item.name for item in models], n=1)
    guess = f"; did you mean {near[0]}?" if near else "; roop models list shows them all."
    raise ModelError(f"There is no model {name!r}{guess}")
