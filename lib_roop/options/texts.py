"""Settings that are small languages of their own, read into values."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence

from ..errors import OptionError
from .declaring import no_such

MAX_COORDINATE = 1_000_000
MASKS = ("box", "hull", "difference", "regions", "occlusion")
EDGES = ("feather", "top", "bottom", "left", "right")


def numbers(text: str, name: str) -> tuple[int, ...]:
    """'0, 2' as (0, 2), in the given order. Raises OptionError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise OptionError(f"{name} takes face numbers such as 0 or 0,2, not {text!r}.", field=name)
    return tuple(int(part) for part in parts)


def seconds(text: str, name: str) -> float:
    """'75.5', '1:15.5' or '0:01:15.5' as seconds. Raises OptionError for anything else."""
    parts = text.strip().split(":")
    try:
        whole, last = [int(part) for part in parts[:-1]], float(parts[-1])
    except ValueError:
        whole, last = [], math.nan
    # As NaN fails every comparison, so it does here.
    if not (len(whole) <= 2 and min([last, *whole]) >= 0 and last < (60 if whole else math.inf)):
        raise OptionError(f"{name} takes seconds or h:m:s, such as 75.5 or 1:15.5, not {text!r}.", field=name)
    earlier = 0
    for value in whole:
        earlier = (earlier + value) * 60
    return earlier + last


def template(text: str, name: str, known: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """'{folder}/x_{name}' as (('', 'folder'), ('/x_', 'name')): words, each with the placeholder after them or "".

    Raises OptionError for braces that are none of the `known` placeholders.
    """
    try:
        parts = [(words, field or "", spec or how) for words, field, spec, how in string.Formatter().parse(text)]
    except ValueError:
        parts = [("", text, "")]
    for _, field, more in parts:
        if more or (field and field not in known):
            takes = ", ".join(f"{{{each}}}" for each in known)
            raise OptionError(f"{name} takes the placeholders {takes}, and no other braces: {text!r}.", field=name)
    return tuple((words, field) for words, field, _ in parts)


def rectangle(text: str) -> tuple[float, float, float, float] | None:
    """'x,y,width,height' as x0, y0, x1, y1, or None for ''. Raises OptionError for anything else."""
    if not text.strip():
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"box takes four numbers x,y,width,height, not {text!r}.", field="box") from None
    # As NaN fails every comparison, so it does here; the limit keeps what is computed from a box within whole numbers.
    if not (max(abs(x), abs(y)) <= MAX_COORDINATE and 1 <= min(width, height) <= max(width, height) <= MAX_COORDINATE):
        raise OptionError(
            f"box needs a width and a height from 1 to {MAX_COORDINATE} pixels, and a place within that, not {text!r}.",
            field="box",
        )
    return x, y, x + width, y + height


def mask_edge(text: str) -> tuple[str, dict[str, float]]:
    """'hull:feather=0.1,top=0.05' as the mask's name and its edge, in parts of the face. Raises OptionError."""
    name, _, rest = text.partition(":")
    if name not in MASKS:
        raise OptionError(no_such("mask", name, MASKS), field="mask")
    edge: dict[str, float] = {}
    for part in filter(None, rest.split(",")):
        side, _, value = part.partition("=")
        if side not in EDGES:
            raise OptionError(no_such("edge of a mask", side, EDGES), field="mask")
        try:
            edge[side] = float(value)
        except ValueError:
            edge[side] = math.nan
        if not 0 <= edge[side] <= 1:
            raise OptionError(
                f"The {side} of the mask {name} goes from 0 to 1, in parts of the face, not {value!r}.", field="mask"
            )
    return name, edge
