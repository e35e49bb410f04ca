"""What the library says when it fails, in a sentence: its own words, the likely reason and the mend."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import av.error

from ..errors import FilmError
from .clip import heard

_PIXELS = "choose an encoder that can, such as libx265 or ffv1"
_SOFTWARE = "choose libx264 or libx265"
_REASONS = (
    (
        r"not divisible by|unsupported (width|height)|dimensions? .*(invalid|unsupported)",
        "the picture's size does not suit it",
        "choose another encoder",
    ),
    (r"pixel format|pix_fmt|yuv\w+ is not|bit depth|10.?bit", "it cannot take the film's pixels", _PIXELS),
    (
        r"preset|tune|parse option|option value|undefined constant|unable to parse",
        "a setting is not one of its own",
        "leave out --preset, or name one that it has",
    ),
    (
        r"cuda|nvenc|nvidia|no capable device",
        "there is no graphics card of NVIDIA's that can encode, or no driver",
        _SOFTWARE,
    ),
    (r"mfx|qsv|vaapi|vpl|amf|d3d1|videotoolbox|no device|hw", "the hardware that it needs is not there", _SOFTWARE),
    (
        r"not (currently )?supported in|bitstream malformed|could not find tag|does not support|only .* supported",
        "that kind of file cannot hold what it makes",
        "choose another encoder, or write an .mkv",
    ),
)
"""What is looked for in the library's words, the likely reason and the mend."""
_UNKNOWN = ("what it was told does not suit it, or its library is broken", "choose another encoder")
_FULL = ("the disk is full", "free some space, or write to another disk")
_CLOSED = ("the place cannot be written", "see to its permissions, or write to another folder")


@contextmanager
def worded(doing: str, *, listen: bool = True) -> Iterator[None]:
    """Turns what the library raises inside into a FilmError that begins with `doing`.

    listen: take down all that the library says. That is a switch for all threads, so not for every frame.
    """
    with ExitStack() as stack:
        words: Sequence[str] = stack.enter_context(heard()) if listen else []
        try:
            yield
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise failure(doing, error, words) from error


def failure(doing: str, error: Exception, words: Sequence[str] = ()) -> FilmError:
    """The sentence for what the library raised. words: what it said before."""
    said = list(dict.fromkeys(clean for word in (*words, _last(error), _plain(error)) if (clean := _clean(word))))
    reason, mend = _reason(error, " ".join(said))
    quoted = "; ".join(said[:3])
    return FilmError(f"{doing} ({quoted}): {reason}; {mend}." if quoted else f"{doing}: {reason}; {mend}.")


def _reason(error: Exception, said: str) -> tuple[str, str]:
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return _FULL
    known = next(((reason, mend) for sign, reason, mend in _REASONS if re.search(sign, said, re.IGNORECASE)), None)
    if known is None and number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.EISDIR):
        return _CLOSED
    return known or _UNKNOWN


def _last(error: Exception) -> str:
    log = getattr(error, "log", None)
    return str(log[2]) if log else ""


def _plain(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _clean(text: str) -> str:
    """One line without the path of the file, which the user knows."""
    line = " ".join(text.split()).rstrip(".")
    return re.sub(r"'?file:\S+'?", lambda found: Path(found.group().strip("'")).name, line)
