"""What is asked and what is answered, errors included."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import bodies, request
from ..errors import InputError, ModelError, NoFaceError, OptionError, Refused, RoopError, TooLarge
from ..images import Picture
from ..library import Missing, Taken
from ..options import no_such

MOST_BYTES = 96 * 2**20
"""Of a request's body."""
MOST_PIXELS = 64_000_000
"""Of all pictures of a request together, and of those that are answered."""
LONGEST = 600
"""So many letters of a sentence are answered: it may quote what was sent."""
LONGEST_TEXT, LONGEST_LIST = 1000, 100
"""Of a setting that is no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: the object in its body, the name in its path, what stands behind the question mark."""

    values: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


class Failed(RoopError):
    """A request that cannot be answered as it was asked. headers: HTTP's. body: what is known all the same."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = dict(body or {})


def status_of(error: RoopError) -> int:
    """HTTP's number for it."""
    if isinstance(error, Failed):
        return error.status
    kinds = (
        *((TooLarge, 413), (Refused, 403), (NoFaceError, 422), (ModelError, 424)),
        *((Missing, 404), (Taken, 409)),
    )
    return next((number for kind, number in kinds if isinstance(error, kind)), 400)


def failure(error: RoopError) -> dict[str, Any]:
    """The body of an answer that is no success."""
    text = str(error)
    told: dict[str, Any] = {"error": text if len(text) <= LONGEST else f"{text[:LONGEST]}..."}
    if isinstance(error, InputError):
        told["field"] = error.field or None
    if isinstance(error, Refused):
        told["refused"] = bodies.refused(error)
    return {**told, **error.body} if isinstance(error, Failed) else told


def text_of(body: Mapping[str, Any]) -> bytes:
    """JSON in ASCII: what was sent may hold letters that no encoding has."""
    return json.dumps(body, allow_nan=False).encode("ascii")


def values_of(data: bytes) -> Mapping[str, Any]:
    """The object in a request's body. Raises InputError."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The body is no JSON that can be read ({type(error).__name__}); send an object.") from None
    if not isinstance(values, dict):
        raise InputError("The body is a JSON object with names and values.")
    return values


def only(values: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises OptionError for a name that is not among `names`, or a text or list that is too long."""
    known = list(names)
    for name, value in values.items():
        if name not in known:
            raise OptionError(no_such("field", name[:LONGEST], known), field=name[:LONGEST])
        brief(name, value)


def brief(name: str, value: Any) -> None:
    """Raises OptionError for a list that is too long."""
    if isinstance(value, list) and len(value) > LONGEST_LIST:
        raise OptionError(f"{name} takes at most {LONGEST_LIST} values, not {len(value)}.", field=name)


def choice(values: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; the first where nothing is said. Raises OptionError."""
    value = values.get(name, choices[0])
    if value not in choices:
        raise OptionError(f"{name} is one of {', '.join(choices)}, not {value!r}.", field=name)
    return str(value)


def yes(values: Mapping[str, Any], name: str, default: bool) -> bool:
    """True or false. Raises OptionError."""
    value = values.get(name, default)
    if not isinstance(value, bool):
        raise OptionError(f"{name} takes true or false, not {value!r}.", field=name)
    return value


def word(values: Mapping[str, Any], name: str) -> str:
    """A text that has to be there. Raises OptionError."""
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise OptionError(f"{name} is missing; it takes text.", field=name)
    return value


class Pictures:
    """Reads the pictures of one request, which together have at most `MOST_PIXELS`."""

    def __init__(self) -> None:
        self._left = MOST_PIXELS

    def read(self, given: Any, name: str) -> Picture:
        """A picture from base64 or a data URI. Raises InputError, and TooLarge from its header alone."""
        if not isinstance(given, str) or not given:
            raise InputError(f"{name} takes a picture as base64 or data URI.", field=name)
        try:
            picture = request.picture(given, name, most=self._left)
        except TooLarge as error:
            message = f"{error} The pictures of a request have at most {MOST_PIXELS // 10**6} megapixels together."
            raise TooLarge(message, field=name) from error
        height, width = picture.rgb.shape[:2]
        self._left -= height * width
        return picture

    def several(self, values: Mapping[str, Any], name: str, least: int = 1) -> list[Picture]:
        """A list of pictures. Raises InputError."""
        given = values.get(name)
        if not isinstance(given, list) or not least <= len(given) <= LONGEST_LIST:
            raise InputError(f"{name} is a list of {least} to {LONGEST_LIST} pictures as base64.", field=name)
        return [self.read(each, f"{name}[{number}]") for number, each in enumerate(given)]


def base64_of(data: bytes) -> str:
    """Bytes as they stand in JSON."""
    return base64.b64encode(data).decode("ascii")
