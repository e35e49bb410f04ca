"""What a program may send: options by name, and pictures as base64 or data URI, which never become paths."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from PIL import Image as Pillow

from . import images
from .errors import InputError, OptionError
from .identities import naming
from .images import Picture
from .options import PICTURES, SwapUnit, from_mapping

T = TypeVar("T")
HASH = 8
"""So many digits of a picture's SHA-256 name it."""
MOST_UNITS, MOST_PICTURES = 10, 100

Read = Callable[[Any, str], Any]
"""Makes what `SwapUnit` takes as a picture of what was given for the option of that name. Raises InputError."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is wrong in here has a field that begins with `place`: units[0].strength."""
    try:
        yield
    except InputError as error:
        error.field = f"{place}.{error.field}" if error.field else place
        raise


def picture(given: Any, name: str, *, most: int = images.MAX_PIXELS) -> Picture:
    """A picture that was sent for the option `name`, called by its hash. Raises InputError, and TooLarge."""
    if isinstance(given, Picture):
        return given
    with within(name):
        if isinstance(given, str):
            given = _data_uri(given, name)
        elif not isinstance(given, Pillow.Image):
            raise InputError(f"{name} takes pictures as base64 or data URI, not {type(given).__name__}.")
        return named(images.read(given, most=most))


def named(read: Picture) -> Picture:
    """The picture called by its hash, so that nothing tells what it was called where it came from."""
    return replace(read, name=read.digest[:HASH], path="")


def content(given: Any, name: str) -> bytes:
    """The bytes of a file that was sent as base64 or data URI. Raises InputError."""
    if not isinstance(given, str):
        raise InputError(f"{name} takes a file as base64 or data URI, not {type(given).__name__}.", field=name)
    with within(name):
        return base64.b64decode(_data_uri(given, name).partition(",")[2])


def unit(values: Mapping[str, Any], number: int, read: Read = picture) -> SwapUnit:
    """A face unit with its pictures read; `number` is what the user knows it by. Raises InputError."""
    swap = dict(values)
    if "source" in swap:
        swap["source"] = sources(swap["source"], read)
    for name in PICTURES:
        if swap.get(name) is not None:
            swap[name] = read(swap[name], name)
    checkpoint = str(swap.get("checkpoint", ""))
    if checkpoint:
        # The name of a kept face, and never a path.
        with within("checkpoint"):
            naming.checked(checkpoint)
    if not swap.get("source") and not checkpoint:
        raise InputError(
            f"Face {number} has no picture; give it a reference picture or a face checkpoint.", field="source"
        )
    return from_mapping(SwapUnit, swap)


def sources(given: Any, read: Read) -> tuple[Any, ...]:
    """The source pictures of a unit, one or a list. Raises InputError."""
    several = given if isinstance(given, (list, tuple)) else (given,)
    if len(several) > MOST_PICTURES:
        message = f"A unit takes at most {MOST_PICTURES} source pictures, not {len(several)}."
        raise InputError(message, field="source")
    return tuple(read(source, "source") for source in several if source is not None)


def part(kind: type[T], values: Any, leave: Sequence[str] = ()) -> T:
    """Options of a class; those to `leave` are not taken from a program. Raises OptionError."""
    if values is None:
        return kind()
    if not isinstance(values, Mapping):
        raise OptionError(f"{kind.__name__} are an object with names and values, not {type(values).__name__}.")
    if unwanted := set(leave) & set(values):
        name = unwanted.pop()
        raise OptionError(f"{name} is for the command line; a web UI does not take it.", field=name)
    return from_mapping(kind, values)


def unit_list(given: Any) -> Sequence[Mapping[str, Any]]:
    """The units of a request, not yet read. Raises OptionError."""
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, Mapping) for each in given):
        raise OptionError("units is a list of objects, one for each face unit.", field="units")
    if len(given) > MOST_UNITS:
        raise OptionError(f"There are at most {MOST_UNITS} units, not {len(given)}.", field="units")
    return given


def _data_uri(text: str, name: str) -> str:
    """Base64 as a data URI. What is neither is no picture: it never becomes a path or an address."""
    head, comma, body = text.partition(",") if text[:5].lower() == "data:" else ("data:;base64", ",", text)
    joined = "".join(body.split())
    try:
        if not comma or not head.lower().endswith(";base64"):
            raise ValueError(head)
        base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name} takes pictures as base64 or data URI; this is neither: {text[:20]!r}.") from None
    return f"{head},{joined}"
