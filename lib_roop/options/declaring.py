"""How a setting is declared, described, read by name and written."""

from __future__ import annotations

import difflib
import math
import types as builtin_types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import OptionError

T = TypeVar("T")
PICTURE = "PICTURE"
"""The metavar of settings that take pictures: paths, where they are typed."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Option:
    """One setting as every surface sees it. `kind` is bool, int, float, str or tuple (several strings)."""

    name: str
    kind: type
    default: Any
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    metavar: str = ""


def option(
    default: T,
    label: str,
    help_text: str,
    **limits: Any,
) -> T:
    """Declare a setting as a dataclass field. `limits`: minimum, maximum, step, choices, metavar."""
    return field(default=default, metadata={"label": label, "help": help_text, **limits})


def describe(kind: type) -> tuple[Option, ...]:
    """The settings of an options class, in the order of their declaration."""
    return _declared(kind)


def from_mapping(kind: type[T], values: Mapping[str, Any]) -> T:
    """Options from JSON-like values by name; whole numbers count as floats, one string as a list of one.

    Raises OptionError for an unknown name (with the one that was probably meant) or a value that does not fit.
    """
    known = {entry.name: entry for entry in describe(kind)}
    for name in values:
        if name not in known:
            raise OptionError(no_such("option", name, known), field=name)
    return kind(**values)


def shared_out(kinds: Sequence[type], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Options of several classes from JSON-like values by name. Raises OptionError as `from_mapping` does."""
    names = [{entry.name for entry in describe(kind)} for kind in kinds]
    for name in values:
        if not any(name in known for known in names):
            raise OptionError(no_such("option", name, set().union(*names)), field=name)
    return tuple(
        from_mapping(kind, {name: value for name, value in values.items() if name in known})
        for kind, known in zip(kinds, names, strict=True)
    )


def to_mapping(options: Any) -> dict[str, Any]:
    """The settings that differ from their defaults, by name: what a preset or an infotext holds."""
    values = {entry.name: getattr(options, entry.name) for entry in describe(type(options))}
    defaults = {entry.name: entry.default for entry in describe(type(options))}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if not same(value, defaults[name])
    }


def json_schema(kind: type) -> dict[str, Any]:
    """The options class as a JSON Schema object that allows no other names."""
    return {
        "type": "object",
        "title": kind.__name__,
        "properties": {entry.name: _property(entry) for entry in describe(kind)},
        "additionalProperties": False,
    }


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """The sentence about an unknown word, with the one that was probably meant."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"There is no {what} {word!r}; did you mean {near[0]!r}?" if near else f"There is no {what} {word!r}."


def settle(options: Any) -> None:
    """Called when options are made: whole numbers become floats and one source a tuple of one, where that is meant.

    Raises OptionError when a value has the wrong type or lies outside its range or choices.
    """
    for entry in describe(type(options)):
        object.__setattr__(options, entry.name, _coerced(entry, getattr(options, entry.name)))


@cache
def _declared(kind: type) -> tuple[Option, ...]:
    hints = get_type_hints(kind)
    return tuple(_described(entry, hints[entry.name]) for entry in fields(kind))


def _described(entry: Field[Any], hint: Any) -> Option:
    if entry.default is MISSING:
        raise TypeError(f"{entry.name} needs a default")
    kind = get_origin(hint) or hint
    if kind in (Union, builtin_types.UnionType):
        kind = next(part for part in get_args(hint) if part is not type(None))
    return Option(name=entry.name, kind=object if kind is Any else kind, default=entry.default, **entry.metadata)


def _coerced(entry: Option, value: Any) -> Any:
    if entry.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**53 else math.inf
    if entry.kind is tuple:
        return _each(entry, tuple(value) if isinstance(value, (list, tuple)) else (value,))
    wrong = not isinstance(value, entry.kind) or (isinstance(value, bool) and entry.kind is not bool)
    if wrong and entry.kind is not object:
        raise OptionError(f"{entry.name} takes {_KINDS[entry.kind]}, not {value!r}.", field=entry.name)
    if entry.choices and value not in entry.choices:
        raise OptionError(f"{entry.name} is one of {', '.join(entry.choices)}, not {value!r}.", field=entry.name)
    low, high = entry.minimum, entry.maximum
    if low is not None and high is not None and not low <= value <= high:
        raise OptionError(f"{entry.name} goes from {low:g} to {high:g}, not {value!r}.", field=entry.name)
    return value


def _each(entry: Option, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of a setting that takes several; pictures are of any kind, the others words."""
    for value in values if entry.metavar != PICTURE else ():
        if not isinstance(value, str):
            raise OptionError(f"{entry.name} takes {_KINDS[str]}, not {value!r}.", field=entry.name)
        if entry.choices and value not in entry.choices:
            raise OptionError(no_such(f"choice for {entry.name}", value, entry.choices), field=entry.name)
    return values


def same(value: Any, default: Any) -> bool:
    """Whether a value is the default; False for anything that cannot be compared, as a picture."""
    return value is default or (
        type(value) is type(default) and isinstance(value, (str, int, float, tuple)) and value == default
    )


def _property(entry: Option) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": entry.label, "description": entry.help, **_TYPES.get(entry.kind, {})}
    choices = {"enum": list(entry.choices)} if entry.choices else {}
    if entry.kind is tuple:
        return {**schema, "items": {"type": "string", **choices}, "default": list(entry.default)}
    limits = {"default": entry.default, "minimum": entry.minimum, "maximum": entry.maximum, **choices}
    return {**schema, **{name: limit for name, limit in limits.items() if limit is not None}}


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_TYPES: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    object: {"type": ["string", "null"]},
    tuple: {"type": "array"},
}
