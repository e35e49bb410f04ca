"""The one place where roop catches everything: whatever goes wrong, the host's picture is saved as it was."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import RoopError
from . import interfaces
from .interfaces import Processing

NOTE = "roop note"
"""Under this key the text of a picture says what went wrong."""
_PLACES = re.compile(r"""(?:(?<=[\s'"(])|^)(?:[A-Za-z]:[\\/]|\\\\|~?/)(?=\w)(?:.*[\\/])?[^\s'",;()]*""")
"""Paths of this machine, from the first one's start to the last one's end, as folders may hold spaces."""
_log = logging.getLogger("roop")


@contextmanager
def explained(rest: str = "the log says more") -> Iterator[None]:
    """Makes a bug a RoopError, whose sentence ends with `rest`, and logs it."""
    try:
        yield
    except RoopError:
        raise
    except Exception as error:
        _log.exception("roop failed.")
        raise RoopError(f"roop failed ({type(error).__name__}: {error}); {rest}.") from error


@contextmanager
def boundary(p: Processing) -> Iterator[list[str]]:
    """Nothing gets out: a sentence for the user stands below the pictures and in their text, a bug in the log too.

    Gives a list that has the text's sentence once something went wrong.
    """
    said: list[str] = []
    try:
        with explained("the picture stays as it was, and the log says more"):
            yield said
    except RoopError as error:
        said.append(note(p, str(error)))


def note(p: Processing, sentence: str) -> str:
    """Say `sentence` below the job's pictures, in the text of this picture, and in the log.

    Pictures go places: their texts name no file of this machine. Gives the sentence as it stands there.
    """
    mention(p, sentence)
    sentence = _PLACES.sub("...", " ".join(sentence.split()))
    texts = getattr(p, "extra_generation_params", {})
    earlier = texts.get(NOTE, "")
    if sentence not in earlier:
        texts[NOTE] = f"{earlier} {sentence}".strip()
    return sentence


def mention(p: Processing, sentence: str) -> None:
    """Say `sentence` below the job's pictures and in the log. It may name files, which no picture is to tell."""
    _log.warning(sentence)
    interfaces.tell(p, f"roop: {' '.join(sentence.split())}")
