"""What a job asks of roop: the hook's arguments, from the page, from an API caller or from a client of the original."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .. import images, request
from ..errors import InputError, OptionError
from ..options import (
    JobOptions,
    OutputOptions,
    PostOptions,
    SwapUnit,
    UnitPlace,
    describe,
    no_such,
)
from ..request import HASH as HASH  # noqa: PLC0414 - infotexts and pasting know them by this module
from ..request import MOST_UNITS as MOST_UNITS  # noqa: PLC0414
from ..request import part
from ..ui import fields as panel
from . import interfaces

ORIGINAL = (
    *("source", "enabled", "target_faces", "model", "restorer", "restorer_visibility"),
    *("upscaler", "scale", "upscaler_visibility", "in_source", "in_generated"),
)
"""The positional values of the original roop."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Unit:
    """A face unit, its pictures read. number: as the page counts, from 1."""

    number: int
    swap: SwapUnit
    place: UnitPlace = UnitPlace()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Request:
    """Everything a job asks. Without units roop does nothing at all."""

    units: tuple[Unit, ...] = ()
    post: PostOptions = field(default_factory=PostOptions)
    job: JobOptions = field(default_factory=JobOptions)
    output: OutputOptions = field(default_factory=OutputOptions)

    @property
    def selective(self) -> bool:
        """Whether pictures may be dropped (similarity), or added (a result for each source)."""
        swaps = [unit.swap for unit in self.generated]
        return any(each.min_similarity or each.min_reference_similarity or each.blend == "none" for each in swaps)

    @property
    def sources(self) -> tuple[Unit, ...]:
        """The units that swap in the picture that img2img starts from."""
        return tuple(unit for unit in self.units if unit.place.in_source)

    @property
    def generated(self) -> tuple[Unit, ...]:
        """The units that swap in what is generated."""
        return tuple(unit for unit in self.units if unit.place.in_generated)


def read(args: Sequence[Any], axes: Mapping[str, Any] | None = None, *, from_page: bool = True) -> Request:
    """The request in a hook's arguments, with the values of an X/Y/Z plot's cell (`axes`) over them.

    from_page: whether they can come from the page; a program that sends the page's values does not become it.
    Raises InputError for whatever cannot be read, with the option's name.
    """
    first = args[0] if args else None
    if isinstance(first, Mapping):
        values, trusted = dict(first), False
    elif first is None:
        values, trusted = _from_panel(args[1:]), from_page
    else:
        values, trusted = _original(args), False
    return from_values(with_axes(values, axes or {}), trusted=trusted)


def from_values(values: Mapping[str, Any], *, trusted: bool) -> Request:
    """A request from the one shape that panels, presets and programs use.

    trusted: whether sources may be paths; what a program sends never becomes one. Raises InputError.
    """
    known = tuple(entry.name for entry in fields(Request))
    for name in values:
        if name not in known:
            raise OptionError(no_such("part", str(name), known))
    units = request.unit_list(values.get("units", ()))
    units = _with_somebody(units) if trusted else units
    read_units = [_unit(number, unit, trusted) for number, unit in enumerate(units, 1)]
    return Request(
        units=tuple(unit for unit in read_units if unit.place.enabled),
        post=part(PostOptions, values.get("post")),
        job=part(JobOptions, values.get("job")),
        output=part(OutputOptions, values.get("output"), leave=("c2pa_key", "c2pa_certificate")),
    )


def _with_somebody(units: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The page's tabs; one that names nobody counts as off where another names somebody: a fresh one is on."""
    on = [unit.get("enabled", True) and bool(unit.get("source") or unit.get("checkpoint")) for unit in units]
    return [{**unit, "enabled": here} for unit, here in zip(units, on, strict=True)] if any(on) else units


def with_axes(values: Mapping[str, Any], axes: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with the values of a plot's cell: "unit.strength" goes to every unit, "post.restorer" to its part."""
    result = dict(values)
    for key, value in axes.items():
        part, _, name = key.partition(".")
        if part == "unit":
            result["units"] = [{**unit, name: value} for unit in result.get("units", ())]
        else:
            result[part] = {**(result.get(part) or {}), name: value}
    return result


def where_nothing_is_begun_from(asked: Request) -> Request:
    """A page's request in txt2img, whose panel does not ask where to swap: a setting from img2img may be left there."""
    units = (replace(unit, place=replace(unit.place, in_generated=True)) for unit in asked.units)
    return replace(asked, units=tuple(units))


def without_limits(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units where nothing can be dropped: what has a minimum is still measured."""
    return tuple(replace(unit, swap=_without_limit(unit.swap)) for unit in units)


def _without_limit(unit: SwapUnit) -> SwapUnit:
    return replace(unit, min_similarity=0.0, min_reference_similarity=0.0, similarity=True) if unit.measured else unit


def _unit(number: int, values: Mapping[str, Any], trusted: bool) -> Unit:
    places = {entry.name for entry in describe(UnitPlace)}
    place = part(UnitPlace, {name: value for name, value in values.items() if name in places})
    swap = {name: value for name, value in values.items() if name not in places}
    if not place.enabled:
        return Unit(number=number, swap=SwapUnit(), place=place)
    return Unit(number=number, swap=request.unit(swap, number, _trusted if trusted else request.picture), place=place)


def _trusted(given: Any, name: str) -> Any:
    """A picture that the page names, perhaps by its path; a folder stays a folder."""
    if not isinstance(given, str):
        return request.picture(given, name)
    if not os.path.isdir(given):  # noqa: PTH112 - Path.is_dir raises for texts that are too long
        return request.named(images.read(given))
    if interfaces.argument("hide_ui_dir_config"):
        raise InputError("With --hide-ui-dir-config the page of this web UI names no folder; give pictures instead.")
    return given


def _from_panel(values: Sequence[Any]) -> dict[str, Any]:
    """What the page's widgets hold. Hosts call a job's hooks without any where the panel was never made."""
    count = _tabs(len(values))
    return dict(panel.mapping(values, count)) if count else {}


def _tabs(length: int) -> int:
    """How many tabs a panel has that hands over so many values; 0 for none that does."""
    return next((count for count in range(1, MOST_UNITS + 1) if len(panel.fields(count)) == length), 0)


def _sent(args: Sequence[Any]) -> Sequence[Any]:
    """What a client sent, without the values of a fresh page that a host fills short lists up with."""
    count = _tabs(len(args) - 1)
    fresh = [None, *panel.defaults(count).values()] if count else []
    return next(args[:sent] for sent in range(len(args) + 1) if list(args[sent:]) == fresh[sent:])


def _original(args: Sequence[Any]) -> dict[str, Any]:
    """The positional values of the original roop in the shape of today."""
    given = {name: value for name, value in zip(ORIGINAL, _sent(args), strict=False) if value is not None}
    post: dict[str, Any] = {name: _named(given[name]) for name in ("restorer", "upscaler") if name in given}
    post |= {name: given[name] for name in ("restorer_visibility", "scale", "upscaler_visibility") if name in given}
    model = Path(str(given.get("model") or "auto").replace("\\", "/")).stem
    unit: dict[str, Any] = {
        "source": [given["source"]],
        "enabled": given.get("enabled", True),
        "target_faces": str(given.get("target_faces", "0")),
        "model": model,
        **{name: given[name] for name in ("in_source", "in_generated") if name in given},
    }
    return {"units": [unit], "post": post}


def _named(value: Any) -> str:
    """The original's "None" for nothing."""
    return "none" if value in (None, "", "None") else str(value)
