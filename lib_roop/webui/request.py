"""What a job asks of roop: the hook's arguments, from the page, from an API caller or from a client of the original."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image as Pillow

from .. import images
from ..errors import InputError, OptionError
from ..identities import naming
from ..images import Picture
from ..options import (
    JobOptions,
    OutputOptions,
    PostOptions,
    SwapUnit,
    UnitPlace,
    describe,
    from_mapping,
    no_such,
)
from ..ui import fields as panel

T = TypeVar("T")
HASH = 8
"""So many digits of a picture's SHA-256 name it."""
MOST_UNITS, MOST_PICTURES = 10, 100
PICTURES = ("like", "mask_picture")
"""Options that are one picture each."""
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
    units = values.get("units", ())
    if not isinstance(units, (list, tuple)) or not all(isinstance(unit, Mapping) for unit in units):
        raise OptionError("units is a list of objects, one for each face unit.")
    if len(units) > MOST_UNITS:
        raise OptionError(f"There are at most {MOST_UNITS} units, not {len(units)}.")
    read_units = [_unit(number, unit, trusted) for number, unit in enumerate(units, 1)]
    return Request(
        units=tuple(unit for unit in read_units if unit.place.enabled),
        post=_part(PostOptions, values.get("post")),
        job=_part(JobOptions, values.get("job")),
        output=_part(OutputOptions, values.get("output"), leave=("c2pa_key", "c2pa_certificate")),
    )


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


def _unit(number: int, values: Mapping[str, Any], trusted: bool) -> Unit:
    places = {entry.name for entry in describe(UnitPlace)}
    place = _part(UnitPlace, {name: value for name, value in values.items() if name in places})
    swap = {name: value for name, value in values.items() if name not in places}
    if not place.enabled:
        return Unit(number=number, swap=SwapUnit(), place=place)
    if "source" in swap:
        swap["source"] = _sources(swap["source"], trusted)
    for name in PICTURES:
        if swap.get(name) is not None:
            swap[name] = _picture(swap[name], name, trusted)
    checkpoint = str(swap.get("checkpoint", ""))
    if checkpoint:
        # The name of a kept face, and never a path.
        naming.checked(checkpoint)
    if not swap.get("source") and not checkpoint:
        raise InputError(f"Face {number} has no picture; give it a reference picture or a face checkpoint.")
    return Unit(number=number, swap=from_mapping(SwapUnit, swap), place=place)


def _part(kind: type[T], values: Any, leave: Sequence[str] = ()) -> T:
    if values is None:
        return kind()
    if not isinstance(values, Mapping):
        raise OptionError(f"{kind.__name__} are an object with names and values, not {type(values).__name__}.")
    if unwanted := set(leave) & set(values):
        raise OptionError(f"{unwanted.pop()} is for the command line; a web UI does not take it.")
    return from_mapping(kind, values)


def _sources(given: Any, trusted: bool) -> tuple[Any, ...]:
    sources = given if isinstance(given, (list, tuple)) else (given,)
    if len(sources) > MOST_PICTURES:
        raise InputError(f"A unit takes at most {MOST_PICTURES} source pictures, not {len(sources)}.")
    return tuple(_picture(source, "source", trusted) for source in sources if source is not None)


def _picture(given: Any, name: str, trusted: bool) -> Any:
    """The picture, named by its hash; a folder, where the page names one, stays a folder."""
    if isinstance(given, Picture):
        return given
    if trusted and isinstance(given, str) and Path(given).is_dir():
        return given
    if isinstance(given, str) and not trusted:
        given = _data_uri(given, name)
    elif not isinstance(given, (str, Pillow.Image)):
        raise InputError(f"{name} takes pictures as base64 or data URI, not {type(given).__name__}.")
    picture = images.read(given)
    return replace(picture, name=picture.digest[:HASH], path="")


def _data_uri(text: str, name: str) -> str:
    """Base64 as a data URI. What is neither is no picture: it never becomes a path or an address."""
    if text[:5].lower() == "data:":
        return text
    joined = "".join(text.split())
    try:
        base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name} takes pictures as base64 or data URI; this is neither: {text[:20]!r}.") from None
    return f"data:application/octet-stream;base64,{joined}"


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
