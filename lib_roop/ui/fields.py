"""What the panel hands over: which values in which order, as the one mapping of settings and back.

The mapping is that of the API, of presets and of infotexts: {"units": [{}], "post": {}, "job": {}, "output": {}}, in
each the options by their names. The order of the values is private to the panel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from ..options import JobOptions, Option, OutputOptions, PostOptions, SwapUnit, UnitPlace, describe, mask_edge

PANEL, UNIT, POST, JOB, OUTPUT = "panel", "unit", "post", "job", "output"
ENABLED = "enabled"
REFERENCE, FILES, FOLDER = "reference", "files", "folder"
SOURCES = (REFERENCE, FILES, FOLDER)
CHECK = "check"
MINIMA = ("min_similarity", "min_reference_similarity")
FEATHER, EROSION = "feather", "erosion"
SIDES = ("top", "bottom", "left", "right")
AS_IT_IS: Final = object()
"""What `values` gives for a box that the mapping does not speak of: it keeps what is in it."""
CHECKPOINT, NOBODY = "checkpoint", "none"
"""The word in the list of checkpoints for taking none of them."""

OWN = (
    Option(name=REFERENCE, kind=object, default=None, label="Reference picture", help=""),
    Option(name=FILES, kind=tuple, default=None, label="More source pictures", help=""),
    Option(
        name=FOLDER, kind=str, default="", label="Source folder", help="pictures on the machine that roop runs on"
    ),
    Option(name=CHECK, kind=bool, default=False, label="Check similarity", help=""),
    Option(
        name=FEATHER, kind=float, default=0.05, label="Soft edge of masks", help="in parts of the face",
        minimum=0, maximum=0.5, step=0.01,
    ),
    Option(
        name=EROSION, kind=float, default=0.0, label="Erosion of masks", help="in parts of the face",
        minimum=0, maximum=0.5, step=0.01,
    ),
)  # fmt: skip
"""What a unit's tab asks in the place of options."""
TICKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    UNIT: {
        "places": ("in_source", "in_generated"),
        "similarities": ("similarity", CHECK),
        "crop": ("sharpen", "own_colours"),
    },
    POST: {"manner": ("restore_all", "upscale_first")},
    JOB: {"keeping": ("keep_original", "keep_rejected", "hide_names")},
}
"""Switches that share a field, as every widget costs a host time: its value lists those that are on."""
WITHOUT_A_FIELD: Mapping[str, str] = {
    "source": "is made of the reference picture, the files and the folder",
    "seed": "is the seed of the picture that is generated",
    "box": "is for pictures in which no face is found, and none is there yet when settings are chosen",
    "c2pa_key": "is a file of the machine's owner: a matter of the settings page",
    "c2pa_certificate": "is a file of the machine's owner: a matter of the settings page",
}
"""Options that the panel does not ask for, and why."""

KINDS: Mapping[str, tuple[type, ...]] = {
    UNIT: (UnitPlace, SwapUnit), POST: (PostOptions,), JOB: (JobOptions,), OUTPUT: (OutputOptions,)
}  # fmt: skip
"""The options of each section."""
_OFF: Mapping[str, Any] = {ENABLED: False}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that the panel hands over. unit: the tab's number from 1, or 0 for what there is once."""

    section: str
    unit: int
    name: str


MASTER: Final = Field(PANEL, 0, ENABLED)
"""The switch of the whole panel."""


@cache
def settings(section: str) -> Mapping[str, Option]:
    """The options of a section by name, those without a field too, and what its tab asks in their place."""
    entries = [entry for kind in KINDS.get(section, ()) for entry in describe(kind)]
    return MappingProxyType({entry.name: entry for entry in (*entries, *(OWN if section == UNIT else ()))})


@cache
def fields(units: int) -> tuple[Field, ...]:
    """Every value of a panel with that many units, in its order."""
    tabs = [Field(UNIT, number, name) for number in range(1, units + 1) for name in _fresh(UNIT)]
    return (MASTER, *tabs, *(Field(section, 0, name) for section in (POST, JOB, OUTPUT) for name in _fresh(section)))


def defaults(units: int) -> dict[Field, Any]:
    """What a fresh panel holds: off, its first unit on; lists where options have tuples, as widgets do."""
    fresh = {field: _as_shown(field.name, _fresh(field.section).get(field.name, False)) for field in fields(units)}
    off = {Field(UNIT, number, ENABLED): False for number in range(2, units + 1)}
    return {**fresh, **off}


def mapping(values: Sequence[Any], units: int) -> dict[str, Any]:
    """The values of a panel as the one mapping; of a list that is too short the rest counts as untouched.

    Empty boxes are left out. Of units that are off only that is left, and nothing of those after the last that is on,
    so that a unit's place is its tab's number. With the panel off the mapping is {"units": []}.
    """
    if not values or not values[0]:
        return {"units": []}
    found = {**defaults(units), **dict(zip(fields(units), values))}  # noqa: B905 - a short list is meant
    parts = {section: _named(found, section, 0) for section in (POST, JOB, OUTPUT)}
    tabs = [_named(found, UNIT, number) for number in range(1, units + 1)]
    while tabs and not tabs[-1].get(ENABLED):
        tabs.pop()
    return {"units": [_unit(tab) if tab.get(ENABLED) else {ENABLED: False} for tab in tabs], **parts}


def values(mapping: Mapping[str, Any], units: int) -> list[Any]:
    """The values of a panel that shows `mapping`: defaults where it is silent, AS_IT_IS for boxes that stay.

    Without units in the mapping the panel is switched off and stays as it is otherwise, and so does a tab without its
    unit. A unit that names nobody keeps the face that its tab has. Of several pictures in memory the first is shown.
    """
    named = list(mapping.get("units", ()))
    if not named:
        return [False if field == MASTER else AS_IT_IS for field in fields(units)]
    tabs = dict(enumerate(map(_tab, named), start=1))
    said = {section: _ticked(section, mapping.get(section, {})) for section in (POST, JOB, OUTPUT)}
    shown = {**defaults(units), MASTER: True}
    for field, value in shown.items():
        part = tabs.get(field.unit, _OFF) if field.section == UNIT else said.get(field.section, {})
        shown[field] = _as_shown(field.name, part.get(field.name, AS_IT_IS if part is _OFF else value))
    return list(shown.values())


def without_pictures(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as a preset keeps it: faces by checkpoint and folder, no pictures and no uploaded files."""
    pictures = {"source", *(name for name, entry in settings(UNIT).items() if entry.kind is object)}
    kept = []
    for unit in mapping.get("units", ()):
        folders = [source for source in unit.get("source", ()) if _is_folder(source)]
        plain = {name: value for name, value in unit.items() if name not in pictures}
        kept.append({**plain, **({"source": folders} if folders else {})})
    return {**mapping, "units": kept}


@cache
def _fresh(section: str) -> Mapping[str, Any]:
    """The fields of a section with their defaults."""
    single = {name: entry.default for name, entry in settings(section).items() if name not in WITHOUT_A_FIELD}
    fresh = _ticked(section, single)
    return MappingProxyType({name: tuple(value) if isinstance(value, list) else value for name, value in fresh.items()})


def _ticked(section: str, single: Mapping[str, Any]) -> dict[str, Any]:
    """What was said by names of options, by names of fields; a switch of several that is silent has its default."""
    groups = TICKS.get(section, {})
    shared = {member for members in groups.values() for member in members}
    known = settings(section)
    ticked = {
        name: [member for member in members if single.get(member, known[member].default)]
        for name, members in groups.items()
    }
    return {**{name: value for name, value in single.items() if name not in shared}, **ticked}


def _as_shown(name: str, value: Any) -> Any:
    if name == CHECKPOINT and value == "":
        return NOBODY
    return list(value) if isinstance(value, tuple) else value


def _named(found: Mapping[Field, Any], section: str, unit: int) -> dict[str, Any]:
    """What was said in one part of the panel, by name; a whole number may come as a float."""
    whole = {name for name, entry in settings(section).items() if entry.kind is int}
    said = {field.name: value for field, value in found.items() if (field.section, field.unit) == (section, unit)}
    for name, members in TICKS.get(section, {}).items():
        ticked = said.pop(name) or ()
        said |= {member: member in ticked for member in members}
    return {
        name: int(value) if name in whole and isinstance(value, float) else value
        for name, value in said.items()
        if value is not None and value != "" and (name, value) != (CHECKPOINT, NOBODY)
    }


def _unit(tab: Mapping[str, Any]) -> dict[str, Any]:
    """A unit by the names of its options."""
    dropped = {ENABLED, *(entry.name for entry in OWN), *(() if tab[CHECK] else MINIMA)}
    edge = {FEATHER: tab.get(FEATHER, 0.0), **dict.fromkeys(SIDES, tab.get(EROSION, 0.0))}
    unit = {name: value for name, value in tab.items() if name not in dropped}
    unit["mask"] = [_with_edge(name, edge) for name in tab.get("mask", ())]
    source = list(_sources(tab))
    return {**unit, "source": source} if source else unit


def _sources(tab: Mapping[str, Any]) -> Iterator[Any]:
    if REFERENCE in tab:
        yield tab[REFERENCE]
    yield from (getattr(file, "name", file) for file in tab.get(FILES, ()))
    # Windows copies paths in quotes.
    if folder := tab.get(FOLDER, "").strip(' "'):
        yield folder


def _with_edge(name: str, edge: Mapping[str, float]) -> str:
    sides = ",".join(f"{side}={width:g}" for side, width in edge.items() if width)
    return f"{name}:{sides}" if sides else name


def _tab(unit: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a tab shows for a unit, where that differs from a fresh one."""
    if not unit.get(ENABLED, True):
        return _OFF
    single = {ENABLED: True, **{name: value for name, value in unit.items() if name not in WITHOUT_A_FIELD}}
    single[CHECK] = any(unit.get(name, 0) > 0 for name in MINIMA)
    if masks := [mask_edge(text) for text in unit.get("mask", ())]:
        edge = masks[0][1]
        single |= {"mask": [name for name, _ in masks], FEATHER: edge.get(FEATHER, 0.0)}
        single[EROSION] = edge.get(SIDES[0], 0.0)
    return _ticked(UNIT, single) | _boxes(unit)


def _boxes(unit: Mapping[str, Any]) -> dict[str, Any]:
    """The boxes that say who; those of a unit that names nobody stay as they are."""
    sources = list(unit.get("source", ()))
    if not sources and not unit.get(CHECKPOINT):
        return dict.fromkeys((*SOURCES, CHECKPOINT), AS_IT_IS)
    folder = next(filter(_is_folder, sources), "")
    files = [source for source in sources if _is_file(source)]
    pictures = [source for source in sources if not _is_file(source) and not _is_folder(source)]
    return {REFERENCE: next(iter(pictures), None), FILES: files or None, FOLDER: folder}


def _is_file(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike)) and os.path.isfile(source)  # noqa: PTH113 - Path.is_file raises for URIs


def _is_folder(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike)) and os.path.isdir(source)  # noqa: PTH112 - Path.is_dir raises for URIs
