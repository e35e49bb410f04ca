"""The units of a swap: typed as options, or read from a JSON file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import OptionError
from ..options import PICTURE, OutputOptions, PostOptions, SwapUnit, UnitPlace, describe, from_mapping, no_such
from .arguments import flag, typed, typed_unit

T = TypeVar("T")
PARTS: Mapping[type, str] = {PostOptions: "post", OutputOptions: "output"}
"""Where the file has the options of the result."""
KEYS = ("units", *PARTS.values(), "job")
"""What the file may hold; the last is only for web UIs."""
PLACES = {entry.name for entry in describe(UnitPlace)}


def units_of(arguments: argparse.Namespace) -> tuple[SwapUnit, ...]:
    """What was typed or what the file of `--units` holds; pictures are paths or data URIs, not read yet.

    None where nobody is swapped. Raises OptionError.
    """
    if arguments.command == "enhance":
        return ()
    typed = typed_unit(arguments)
    if arguments.units is None:
        if not typed.get("source") and not typed.get("checkpoint"):
            raise OptionError(
                "Name a picture of the face to put there with --source, a kept face with --checkpoint, "
                "or a file of units with --units."
            )
        return (from_mapping(SwapUnit, typed),)
    if typed:
        raise OptionError(f"Write {', '.join(map(flag, typed))} into {arguments.units}: --units takes no unit options.")
    return read(arguments.units)


def result_options(arguments: argparse.Namespace, kind: type[T]) -> T:
    """What was typed of PostOptions or OutputOptions, over what the file of `--units` says. Raises OptionError."""
    part = PARTS[kind]
    kept = {} if arguments.units is None else _content(arguments.units).get(part, {})
    if not isinstance(kept, dict):
        raise OptionError(f"{arguments.units}: {part} is an object of options by name, not {json.dumps(kept)[:40]}.")
    return from_mapping(kind, {**kept, **typed(arguments, kind)})


def read(path: Path) -> tuple[SwapUnit, ...]:
    """The units of a JSON file: a list of objects, or an object whose `units` is one. Unit options go by name.

    So a preset of the web UI can be read too: units that are off, and what only a web UI asks, are passed over.
    Paths of pictures are relative to the file. Raises OptionError.
    """
    entries = _content(path).get("units")
    if not isinstance(entries, list) or not entries:
        raise OptionError(f'{path} holds no units; write a list of them, such as [{{"source": "face.png"}}].')
    on = [(number, entry) for number, entry in enumerate(entries) if not _is_off(entry)]
    if not on:
        raise OptionError(f"In {path} every unit is off; enable one.")
    return tuple(_unit(path, number, entry) for number, entry in on)


def _content(path: Path) -> dict[str, Any]:
    """The object of a JSON file; a list is that of the units."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise OptionError(f"The units file {path} cannot be read ({error.strerror or error}); check it.") from error
    except (ValueError, RecursionError) as error:
        raise OptionError(f"The units file {path} is no JSON ({error}); mend it there.") from error
    if not isinstance(content, dict):
        return {"units": content}
    for name in content:
        if name not in KEYS:
            raise OptionError(f"{path}: {no_such('key', name, KEYS)}")
    return content


def _is_off(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("enabled") is False


def _unit(path: Path, number: int, values: Any) -> SwapUnit:
    try:
        if not isinstance(values, dict):
            raise OptionError(f"a unit is an object of options by name, not {json.dumps(values)[:40]}.")
        own = {name: value for name, value in values.items() if name not in PLACES}
        unit = from_mapping(SwapUnit, _placed(own, path.parent))
        if not unit.source and not unit.checkpoint:
            raise OptionError("name at least one source picture, or a checkpoint.")
    except OptionError as error:
        raise OptionError(f"{path}, unit {number}: {error}") from error
    return unit


def _placed(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """`values` with its pictures relative to `folder`."""
    placed = dict(values)
    for entry in describe(SwapUnit):
        value = values.get(entry.name)
        if entry.metavar != PICTURE or value is None:
            continue
        names = value if entry.kind is tuple and isinstance(value, list) else [value]
        if not all(isinstance(name, str) and name for name in names):
            raise OptionError(f"{entry.name} takes paths of pictures, not {json.dumps(value)[:40]}.")
        paths = [name if name.startswith("data:") else str(folder / name) for name in names]
        placed[entry.name] = paths if entry.kind is tuple else paths[0]
    if isinstance(face := values.get("checkpoint"), str) and face:
        from ..identities.naming import is_path

        placed["checkpoint"] = str(folder / face) if is_path(face) else face
    return placed
