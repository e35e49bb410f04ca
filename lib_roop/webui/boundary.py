"""The one place where roop catches everything: whatever goes wrong, the host's picture is saved as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import RoopError
from . import interfaces
from .interfaces import Processing

NOTE = "roop note"
"""Under this key the text of a picture says what went wrong."""
_log = logging.getLogger("roop")


@contextmanager
def boundary(p: Processing) -> Iterator[None]:
    """Nothing gets out: a sentence for the user stands below the pictures and in their text, a bug in the log too."""
    try:
        yield
    except RoopError as error:
        note(p, str(error))
    except Exception as error:  # noqa: BLE001 - a picture must never be lost to a bug of an extension
        _log.exception("roop failed; the picture stays as it was.")
        note(p, f"roop failed ({type(error).__name__}: {error}); the picture stays as it was, and the log says more.")


def note(p: Processing, sentence: str) -> None:
    """Say `sentence` below the job's pictures, in the text of this picture, and in the log."""
    mention(p, sentence)
    sentence = " ".join(sentence.split())
    texts = getattr(p, "extra_generation_params", {})
    earlier = texts.get(NOTE, "")
    if sentence not in earlier:
        texts[NOTE] = f"{earlier} {sentence}".strip()


def mention(p: Processing, sentence: str) -> None:
    """Say `sentence` below the job's pictures and in the log. It may name files, which no picture is to tell."""
    _log.warning(sentence)
    interfaces.tell(p, f"roop: {' '.join(sentence.split())}")
