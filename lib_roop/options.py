"""Every setting, declared once: its default, label, range and help.

The command line, panels, JSON files and infotexts are made from `describe()` by name, never by position.
"""

from __future__ import annotations

import difflib
import math
import types as builtin_types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import OptionError

ORDERS = ("left-right", "right-left", "top-bottom", "bottom-top", "large-small", "small-large")
SEXES = ("any", "female", "male", "same")
AUTO, MESH = "auto", "mesh"
MODELS = (AUTO, MESH, "inswapper_128", "inswapper_128_fp16", "reswapper_128", "reswapper_256")
BLENDS = ("mean", "median", "weighted", "none")
POOLS = ("all", "random", "round-robin")
EVERY_FACE = "all"
MAX_COORDINATE = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapUnit:
    """Whose face goes onto which faces. Several units are planned on the same detection.

    Raises OptionError when a value is out of range or cannot be read.
    """

    source: tuple[Any, ...] = option(
        (), "Source pictures", "pictures of the face to put there, or folders of them; several are blended into one",
        metavar="PICTURE",
    )  # fmt: skip
    checkpoint: str = option(
        "", "Face checkpoint", "a face that was kept, its name or file; blended with the source pictures, if any",
        metavar="FACE",
    )  # fmt: skip
    blend: str = option(
        "mean", "Blend", "how several sources become one face; weighted: by their quality, none: a result for each",
        choices=BLENDS,
    )  # fmt: skip
    pool: str = option(
        "all", "Pictures of a folder", "which pictures of a source folder are taken: all, or one for each target",
        choices=POOLS,
    )  # fmt: skip
    seed: int = option(
        -1, "Seed of the choice", "the same number makes the same random choice again; -1 another one each time",
        minimum=-1, maximum=2**31 - 1, metavar="N",
    )  # fmt: skip
    source_face: str = option(
        "0", "Source face", "number of the face in the source picture, or as many as target faces: 0,1", metavar="N"
    )
    target_faces: str = option(
        "0",
        "Target faces",
        "numbers of the faces to replace, counted after the filters: 0, or 0,2, or all",
        metavar="N,N",
    )
    order: str = option(
        "left-right", "Numbered", "how faces are numbered, in the source and in the target", choices=ORDERS
    )
    sex: str = option("any", "Only this sex", "which faces count; same: that of the source", choices=SEXES)
    like: Any = option(
        None, "Replace whoever looks like", "only faces that look like this picture's", metavar="PICTURE"
    )
    like_threshold: float = option(
        0.54,
        "Resemblance wanted",
        "how much a face must look like it, 0 a stranger, 1 the same",
        minimum=0,
        maximum=1,
        step=0.01,
    )
    detection_threshold: float = option(
        0.5, "Detection threshold", "how sure the detector must be; lower finds more, and more wrong ones",
        minimum=0.05, maximum=0.99, step=0.01,
    )  # fmt: skip
    max_faces: int = option(
        0, "Most faces", "only the largest N faces count, 0 for no limit", minimum=0, maximum=1000, metavar="N"
    )
    box: str = option(
        "", "Face box", "where a face is when none was found, in pixels: x,y,width,height", metavar="X,Y,W,H"
    )
    model: str = option(
        "auto",
        "Swap model",
        "mesh is built in, the others need their files (roop models); auto takes the best that is there",
        choices=MODELS,
    )
    strength: float = option(
        1.0, "Strength", "0 leaves the target, 1 is the source, above 1 exaggerates", minimum=0, maximum=1.5, step=0.05
    )
    similarity: bool = option(False, "Measure similarity", "compare each swapped face with the source")
    min_similarity: float = option(
        0.0,
        "Minimum similarity",
        "drop the result when a face looks less like the identity used",
        minimum=0,
        maximum=1,
        step=0.01,
    )
    min_reference_similarity: float = option(
        0.0, "Minimum reference similarity", "drop the result when a face looks less like the first source picture",
        minimum=0, maximum=1, step=0.01,
    )  # fmt: skip

    def __post_init__(self) -> None:
        settle(self)
        numbers(self.source_face, "source_face")
        if self.target_faces.strip().lower() != EVERY_FACE:
            numbers(self.target_faces, "target_faces")
        if rectangle(self.box):
            for name, default in (("target_faces", "0"), ("like", None), ("sex", "any"), ("max_faces", 0)):
                if not _same(getattr(self, name), default):
                    raise OptionError(f"box names the face by itself; leave out {name}.")

    @property
    def measured(self) -> bool:
        """True when the result has to be compared with anything."""
        return self.similarity or self.min_similarity > 0 or self.min_reference_similarity > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """What is done to a result when it is written, beside the marks in its metadata, which it always gets.

    Raises OptionError when a value has the wrong type, or of key and certificate only one is named.
    """

    label: bool = option(False, "Visible label", "write into a free corner that the picture was altered")
    c2pa_key: str = option(
        "", "Key for content credentials", "sign the result (C2PA) with this private key, a PEM file", metavar="FILE"
    )
    c2pa_certificate: str = option(
        "", "Certificate of that key", "a PEM file: the certificate, and those that vouch for it", metavar="FILE"
    )

    def __post_init__(self) -> None:
        settle(self)
        if bool(self.c2pa_key) != bool(self.c2pa_certificate):
            raise OptionError("Content credentials need both: c2pa_key and c2pa_certificate.")


def describe(kind: type) -> tuple[Option, ...]:
    """The settings of an options class, in the order of their declaration."""
    hints = get_type_hints(kind)
    return tuple(_described(entry, hints[entry.name]) for entry in fields(kind))


def from_mapping(kind: type[T], values: Mapping[str, Any]) -> T:
    """Options from JSON-like values by name; whole numbers count as floats, one string as a list of one.

    Raises OptionError for an unknown name (with the one that was probably meant) or a value that does not fit.
    """
    known = {entry.name: entry for entry in describe(kind)}
    for name in values:
        if name not in known:
            raise OptionError(no_such("option", name, known))
    return kind(**values)


def to_mapping(options: Any) -> dict[str, Any]:
    """The settings that differ from their defaults, by name: what a preset or an infotext holds."""
    values = {entry.name: getattr(options, entry.name) for entry in describe(type(options))}
    defaults = {entry.name: entry.default for entry in describe(type(options))}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if not _same(value, defaults[name])
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


def numbers(text: str, name: str) -> tuple[int, ...]:
    """'0, 2' as (0, 2), in the given order. Raises OptionError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise OptionError(f"{name} takes face numbers such as 0 or 0,2, not {text!r}.")
    return tuple(int(part) for part in parts)


def rectangle(text: str) -> tuple[float, float, float, float] | None:
    """'x,y,width,height' as x0, y0, x1, y1, or None for ''. Raises OptionError for anything else."""
    if not text.strip():
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"box takes four numbers x,y,width,height, not {text!r}.") from None
    # As NaN fails every comparison, so it does here; the limit keeps what is computed from a box within whole numbers.
    if not (max(abs(x), abs(y)) <= MAX_COORDINATE and 1 <= min(width, height) <= max(width, height) <= MAX_COORDINATE):
        raise OptionError(
            f"box needs a width and a height from 1 to {MAX_COORDINATE} pixels, and a place within that, not {text!r}."
        )
    return x, y, x + width, y + height


def settle(options: Any) -> None:
    """Called when options are made: whole numbers become floats and one source a tuple of one, where that is meant.

    Raises OptionError when a value has the wrong type or lies outside its range or choices.
    """
    for entry in describe(type(options)):
        object.__setattr__(options, entry.name, _coerced(entry, getattr(options, entry.name)))


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
        return tuple(value) if isinstance(value, (list, tuple)) else (value,)
    wrong = not isinstance(value, entry.kind) or (isinstance(value, bool) and entry.kind is not bool)
    if wrong and entry.kind is not object:
        raise OptionError(f"{entry.name} takes {_KINDS[entry.kind]}, not {value!r}.")
    if entry.choices and value not in entry.choices:
        raise OptionError(f"{entry.name} is one of {', '.join(entry.choices)}, not {value!r}.")
    low, high = entry.minimum, entry.maximum
    if low is not None and high is not None and not low <= value <= high:
        raise OptionError(f"{entry.name} goes from {low:g} to {high:g}, not {value!r}.")
    return value


def _same(value: Any, default: Any) -> bool:
    return value is default or (
        type(value) is type(default) and isinstance(value, (str, int, float, tuple)) and value == default
    )


def _property(entry: Option) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": entry.label, "description": entry.help, **_TYPES.get(entry.kind, {})}
    default = list(entry.default) if isinstance(entry.default, tuple) else entry.default
    limits = {"default": default, "minimum": entry.minimum, "maximum": entry.maximum, "enum": list(entry.choices)}
    return {**schema, **{name: limit for name, limit in limits.items() if limit not in (None, [])}} | (
        {"default": []} if entry.kind is tuple else {}
    )


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_TYPES: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    object: {"type": ["string", "null"]},
    tuple: {"type": "array", "items": {"type": "string"}},
}
