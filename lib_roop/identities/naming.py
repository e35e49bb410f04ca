"""What a face may be called, and where its files lie."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..files import PART
from ..options import no_such

SUFFIX, PREVIEW_SUFFIX, OLD_SUFFIX = ".safetensors", ".png", ".pkl"
"""Of a checkpoint, of its preview, and of a face of the original roop."""
MAX_BYTES = 200
"""File systems allow 255 for a name, the suffix and that of an unfinished file included."""
ABANDONED = 3600.0
"""Seconds after which an unfinished file is nobody's."""
FORBIDDEN = frozenset('/\\:*?"<>|')
RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
}
"""Devices of Windows, with any suffix."""
NOBODY = "none"
"""What stands for no face wherever one is chosen."""
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, and so show another name."""


def checked(name: str) -> str:
    """`name` in one spelling (NFC), if every file system can hold it: any script will do. Raises InputError."""
    name = unicodedata.normalize("NFC", name)
    odd = [letter for letter in name if letter in FORBIDDEN or _unshowable(letter)]
    if odd:
        raise InputError(f"A face's name cannot hold {odd[0]!r}; choose another.")
    if not name or name != name.strip() or name.startswith(".") or name.endswith("."):
        raise InputError(
            f"A face's name cannot be empty, begin with a dot or end with one, or with a space, as {name!r}."
        )
    if name.split(".")[0].rstrip().upper() in RESERVED:
        raise InputError(f"{name!r} is the name of a device in Windows; choose another.")
    if name.casefold() == NOBODY:
        raise InputError(f"A face cannot be called {name!r}, which stands for nobody; choose another name.")
    if name.lower().endswith((SUFFIX, PREVIEW_SUFFIX, OLD_SUFFIX)):
        raise InputError(f"Give the face's name without the suffix, not {name!r}.")
    if len(name.encode()) > MAX_BYTES:
        raise InputError(f"A face's name takes at most {MAX_BYTES} bytes; choose a shorter one than {name[:20]!r}...")
    return name


def shown(text: str) -> str:
    """`text` of somebody else's, for a terminal: nothing in it moves the cursor or turns the direction of writing."""
    if text.isprintable():
        return text
    return "".join(" " if _unshowable(letter) else letter for letter in text)


def is_path(text: str) -> bool:
    """Whether `text` is the path of a file rather than the name of a face."""
    return "/" in text or os.sep in text or Path(text).suffix.lower() in (SUFFIX, OLD_SUFFIX)


def place(folder: Path, name: str) -> Path:
    """The file of the face `name`, there or not. Raises InputError when nothing can be called that."""
    return folder / (checked(name) + SUFFIX)


def find(text: str, folder: Path) -> Path:
    """The file that `text` names: a path, or a face in `folder`. Raises InputError when there is none."""
    path = Path(text).expanduser() if is_path(text) else place(folder, text)
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        if is_path(text):
            raise InputError(f"{path} is no file; name a face checkpoint, or a kept face.")
        missing = no_such("face", text, [each.stem for each in stored(folder)])
        raise InputError(
            missing if missing.endswith("?") else f"{missing[:-1]}; the list of kept faces shows what there is."
        )
    return path


def stored(folder: Path) -> list[Path]:
    """The files of all faces in `folder`, by name; none where there is no such folder."""
    try:
        found = [path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: (path.stem.casefold(), path.stem))


def preview(path: Path) -> Path:
    """The picture beside the checkpoint `path`."""
    return path.with_suffix(PREVIEW_SUFFIX)


def remove(path: Path) -> list[Path]:
    """Delete the preview of the checkpoint `path`, and then `path`, which holds embeddings, shape and texture; either
    may be gone. Files beside it that a killed run left unfinished go too: they may hold the same. Returns what is gone.

    Raises InputError.
    """
    # The checkpoint last: while it is there, the face can be named once more.
    return [file for file in (preview(path), *_abandoned(path.parent), path) if delete(file)]


def delete(file: Path) -> bool:
    """Whether `file` was there, which it is no longer. Raises InputError."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InputError(f"{file} cannot be deleted ({error.strerror or error}); delete it by hand.") from error
    return True


def _abandoned(folder: Path) -> Iterator[Path]:
    try:
        parts = [path for path in folder.iterdir() if PART.fullmatch(path.name)]
        yield from [path for path in parts if time.time() - path.lstat().st_mtime > ABANDONED]
    except OSError:
        return


def _unshowable(letter: str) -> bool:
    return letter in TURNS or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")
