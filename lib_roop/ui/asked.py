"""What a panel asks of a swap of pictures that are there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import request
from ..errors import OptionError
from ..options import OutputOptions, PostOptions, SwapUnit, UnitPlace, describe
from .fields import ENABLED

PLACES = frozenset(entry.name for entry in describe(UnitPlace))
NOBODY_ASKED = "Give a face its picture first, or choose a face checkpoint."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """The units that are on and name somebody, their pictures read, and what is done with the result."""

    units: tuple[SwapUnit, ...]
    post: PostOptions = PostOptions()
    output: OutputOptions = OutputOptions()


def read(values: Mapping[str, Any], picture: request.Read = request.picture) -> Asked:
    """A panel's mapping, its pictures read by `picture`. Raises RoopError, also when no unit names anybody."""
    tabs = enumerate(request.unit_list(values.get("units", ())), 1)
    on = [(number, unit) for number, unit in tabs if unit.get(ENABLED, True) and names_somebody(unit)]
    if not on:
        raise OptionError(NOBODY_ASKED)
    units = (
        request.unit({name: value for name, value in unit.items() if name not in PLACES}, number, picture)
        for number, unit in on
    )
    return replace(finishing(values), units=tuple(units))


def finishing(values: Mapping[str, Any]) -> Asked:
    """What a panel asks beside its units, for whom nobody is swapped. Raises OptionError."""
    return Asked(
        units=(),
        post=request.part(PostOptions, values.get("post")),
        output=request.part(OutputOptions, values.get("output")),
    )


def names_somebody(unit: Mapping[str, Any]) -> bool:
    """Whether a unit of a panel's mapping says who is to be put there."""
    return bool(unit.get("source") or unit.get("checkpoint"))
