"""The way back: what a picture's text says of roop, as settings and as what the panel is to show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..errors import OptionError
from ..options import (
    PICTURES,
    JobOptions,
    Option,
    OutputOptions,
    PostOptions,
    SwapUnit,
    UnitPlace,
    describe,
    from_mapping,
)
from ..ui import fields
from ..ui.fields import AS_IT_IS, CHECKPOINT, ENABLED, SOURCES, UNIT, Field
from ..ui.panel import Choices, Panel
from .settings import MOST_UNITS

PREFIX = "roop "
"""What the keys of roop's settings begin with in a picture's text."""
A_FOLDER, EMPTY = "a folder", "none"
"""What stands there for a source folder, and for a list without entries."""
NAMES = ""
"""The place of a unit's line that names its sources, among the names of options."""
PARTS: Mapping[str, type] = {"post": PostOptions, "job": JobOptions, "output": OutputOptions}
UNTOLD = (ENABLED, CHECKPOINT, "source", "c2pa_key", "c2pa_certificate")
"""Options that a text does not speak of by their names, or that are no business of one."""
_KEY = re.compile(rf"{PREFIX}(?:(\d{{1,2}})(?: |$))?(.*)")
Said = Mapping[int, Mapping[str, Any]]
"""What a text says by unit, 0 for what there is once, and by name of option."""


def pasted(params: Mapping[str, Any], known: Choices) -> dict[str, Any]:
    """The settings in a picture's text, in the one shape; no units where roop did not run.

    params: what the host makes of the text, values as text or typed. known: what can be chosen here by name. What is
    unknown or does not fit has its default, and nothing is raised. Of pictures only the fact is told, see `shown`.
    """
    said = _said(params)
    on = [number for number, values in said.items() if number and NAMES in values]
    if not on:
        return {"units": []}
    units = [_unit(said[number], known) if number in on else {ENABLED: False} for number in range(1, max(on) + 1)]
    return {"units": units, **{name: _fitting(kind, said.get(0, {}), known) for name, kind in PARTS.items()}}


def shown(params: Mapping[str, Any], units: int, known: Choices) -> dict[Field, Any]:
    """What a panel shows for a picture's text; boxes of the pictures that were used stay as they are (AS_IT_IS)."""
    mapping = pasted(params, known)
    values = dict(zip(fields.fields(units), fields.values(mapping, units), strict=True))
    return values | {field: AS_IT_IS for field in _used(_said(params), mapping) if field in values}


def paste_fields(panel: Panel, gradio: Any, known: Callable[[], Choices]) -> list[tuple[Any, Callable[..., Any]]]:
    """Every component of the panel with what a host asks for its value, for `Script.infotext_fields`."""
    pasting = _Pasting(panel.units, gradio, known)
    return [(component, partial(pasting.value, field)) for field, component in panel.of.items()]


class _Pasting:
    """Reads a text once for all the components, which a host asks one by one with the same mapping."""

    def __init__(self, units: int, gradio: Any, known: Callable[[], Choices]) -> None:
        self._units, self._gradio, self._known = units, gradio, known
        self._last: tuple[Any, dict[Field, Any]] = (None, {})
        # Hosts on gradio 3 take updates as they are and try to cast all else; one on gradio 4 casts updates too.
        self._casts = gradio.update().get("__type__") != "generic_update"

    def value(self, field: Field, params: Mapping[str, Any]) -> Any:
        """What `field` becomes; None for as it is."""
        read, values = self._last
        if read is not params:
            values = shown(params, self._units, self._known())
            self._last = params, values
        value = values[field]
        if value is AS_IT_IS:
            return None
        return value if self._casts and value is not None else self._gradio.update(value=value)


def _said(params: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    said: dict[int, dict[str, Any]] = {}
    for name, value in _whole(params):
        if (found := _KEY.fullmatch(name)) and int(found[1] or 0) <= MOST_UNITS:
            said.setdefault(int(found[1] or 0), {})[found[2].replace(" ", "_")] = value
    return said


def _whole(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values; hosts take a value such as 12x34 for a size and divide it."""
    for name, value in params.items():
        yield name, value
        if name.endswith("-1") and (height := params.get(f"{name[:-2]}-2")) is not None:
            yield name[:-2], f"{value}x{height}"


def _unit(said: Mapping[str, Any], known: Choices) -> dict[str, Any]:
    unit = {**_fitting(UnitPlace, said, known), **_fitting(SwapUnit, said, known)}
    if checkpoint := _checkpoint(said[NAMES], known.checkpoints):
        unit[CHECKPOINT] = checkpoint
    return unit


def _checkpoint(text: Any, names: Sequence[str]) -> str:
    """The kept face that a unit's line ends with, if it is kept here; a name may hold a plus itself."""
    named = str(text).removesuffix(f"+{A_FOLDER}")
    return max((name for name in names if f"+{named}".endswith(f"+{name}")), key=len, default="")


def _used(said: Said, mapping: Mapping[str, Any]) -> Iterator[Field]:
    """The boxes of the pictures that were used."""
    for number, unit in enumerate(mapping["units"], start=1):
        told = said.get(number, {})
        if str(told.get(NAMES, "")) != unit.get(CHECKPOINT):
            yield from (Field(UNIT, number, name) for name in SOURCES)
        yield from (Field(UNIT, number, name) for name in PICTURES if name in told)


def _fitting(kind: type, said: Mapping[str, Any], known: Choices) -> dict[str, Any]:
    """The options of a class that were said and fit, one by one and together."""
    fit: dict[str, Any] = {}
    for entry in describe(kind):
        if entry.name not in said or entry.name in UNTOLD or entry.kind is object:
            continue
        try:
            value = _typed(entry, str(said[entry.name]))
            from_mapping(kind, {**fit, entry.name: value})
        except (OptionError, ValueError):
            continue
        if value in (known.of(entry.name) or (value,)):
            fit[entry.name] = value
    return fit


def _typed(entry: Option, text: str) -> Any:
    """A value as its option's kind has it. Raises ValueError for no number."""
    if entry.kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if entry.kind in (int, float):
        number = float(text)
        return int(number) if entry.kind is int and number.is_integer() else number
    if entry.kind is tuple:
        return [] if text == EMPTY else text.split(", ")
    return text
