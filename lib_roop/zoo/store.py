"""Where nets lie on disk, and whether a file is the one that its card describes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ..errors import ModelError
from ..host import builtin_folder
from .cards import ModelCard


def find(card: ModelCard, folders: Iterable[Path] = ()) -> Path:
    """The net's file: among roop's own, else in `folders`. Raises ModelError when there is none."""
    searched = [builtin_folder(), *folders]
    for folder in searched:
        if (path := folder / card.file).is_file():
            return path
    places = ", ".join(str(folder) for folder in searched)
    raise ModelError(f"The net {card.file} is missing in {places}; install roop anew or put the file there.")


def verified(card: ModelCard, path: Path) -> bytes:
    """The file's bytes. Raises ModelError when size or sha256 is not the card's: a net that is damaged is never run."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The net {path} cannot be read ({error.strerror}); check its permissions.") from error
    if len(data) != card.size:
        raise ModelError(
            f"The net {path} has {len(data):,} bytes instead of {card.size:,}; "
            "install roop anew or put the right file there."
        )
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise ModelError(
            f"The net {path} is damaged (its sha256 is not the expected one); "
            "install roop anew or put the right file there."
        )
    return data
