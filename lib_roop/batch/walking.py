"""Which files of a folder are gone through, what each of them is, and what its result is called."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from PIL import Image as Pillow

from .. import images
from ..errors import InputError
from ..identities import naming
from ..images.reading import FORMATS
from ..options import template
from ..options.film import PLACEHOLDERS

Kind = Literal["picture", "animation", "film", "other"]
FILMS = (
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".mpg",
    ".mpeg",
    ".ts",
    ".m2ts",
    ".wmv",
    ".flv",
    ".ogv",
    ".3gp",
)
SOURCE = "\0"
"""Stands in a pattern for the source's name, which is known when the picture is swapped; no file name holds it."""
LONGEST = 200
"""So many bytes has each part of a result's name: file systems allow 255, the suffix and a number included."""
DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a folder holds, by paths relative to it, with slashes, in the order of their names; frame10 follows frame9.

    others: how many files are none of these. unread: folders that could not be looked into.
    """

    pictures: tuple[str, ...] = ()
    animations: tuple[str, ...] = ()
    films: tuple[str, ...] = ()
    others: int = 0
    unread: tuple[str, ...] = ()


def found(folder: Path, leave: Callable[[Path], bool]) -> Found:
    """What `folder` holds at any depth; whatever begins with a dot is nobody's, nor is what `leave` says.

    Links to folders are followed, each folder is entered once. Raises InputError when `folder` itself cannot be read.
    """
    unread: list[str] = []
    sorted_out: dict[Kind, list[str]] = {"picture": [], "animation": [], "film": [], "other": []}
    for path in _files(folder, leave, unread):
        sorted_out[kind(path)].append(path.relative_to(folder).as_posix())
    if str(folder) in unread:
        raise InputError(f"The folder {folder} cannot be read; check whether it is yours.")
    pictures, animations, films = (
        tuple(sorted(sorted_out[each], key=_in_order)) for each in ("picture", "animation", "film")
    )
    return Found(
        pictures=pictures,
        animations=animations,
        films=films,
        others=len(sorted_out["other"]),
        unread=tuple(sorted(unread)),
    )


def kind(path: Path) -> Kind:
    """What a file is, by its suffix; of those that may move, the beginning is read.

    What cannot be read is a picture: whoever wants to swap in it says why it is none.
    """
    suffix = path.suffix.lower()
    if suffix in FILMS:
        return "film"
    if Pillow.registered_extensions().get(suffix) not in FORMATS:
        return "other"
    try:
        if path.exists() and not path.is_file():
            return "other"
        with path.open("rb") as stream:
            return "animation" if _moves(stream) else "picture"
    except OSError:
        return "picture"


def pattern(names: str, target: str, number: int) -> str:
    """What the results of a target are called, without suffix: a relative path with `SOURCE` for the source's name.

    names: as `FolderOptions.names` has it. number: of the target, from 1.
    """
    path = Path(target)
    folder = "" if path.parent == Path() else path.parent.as_posix()
    values = {"folder": folder, "name": path.stem, "source": SOURCE, "number": f"{number:0{DIGITS}}"}
    filled = "".join(f"{words}{values.get(field, '')}" for words, field in template(names, "names", PLACEHOLDERS))
    parts = [part for part in filled.split("/") if part not in ("", ".", "..")]
    return "/".join(map(_short, parts))


def named(stem: str, source: str, *, several: bool) -> str:
    """The name of one result by its pattern; where there are several, all of them have their source's."""
    plain = "".join(
        "_" if letter in naming.FORBIDDEN else letter for letter in naming.shown(source).replace(os.sep, "_")
    )
    if SOURCE not in stem and several:
        stem = f"{stem}_{SOURCE}"
    parts = [_short(part.replace(SOURCE, plain)) for part in stem.split("/")]
    return "/".join(part if part not in (".", "..") else "_" for part in parts)


def suffix(target: str, image_format: str) -> str:
    """The suffix of a target's results: the one asked for, else its own, or .png where that cannot hold marks.

    Raises PictureError for one that cannot be written.
    """
    if image_format:
        return images.known_suffix(f".{image_format.removeprefix('.')}")
    own = Path(target).suffix
    return own if own.lower() in images.suffixes() else ".png"


def _files(folder: Path, leave: Callable[[Path], bool], unread: list[str]) -> Iterator[Path]:
    """Every file, those of links after those of the folders themselves; `unread` gets folders that cannot be read."""
    inside = Path(os.path.realpath(folder))
    entered: set[Path] = set()
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        real = Path(os.path.realpath(place))
        # A link to what is here anyway, or to a folder above, would show everything twice or not end.
        elsewhere = real == inside or not (place.is_symlink() and (_within(real, inside) or _within(inside, real)))
        if real in entered or not elsewhere:
            continue
        entered.add(real)
        try:
            entries = sorted(place.iterdir())
        except OSError:
            unread.append(str(place))
            continue
        seen = [entry for entry in entries if not entry.name.startswith(".") and not leave(entry)]
        # Path.is_dir raises where nothing may be known of a file.
        inner = {entry for entry in seen if os.path.isdir(entry)}  # noqa: PTH112
        waiting += [entry for entry in seen if entry in inner]
        yield from (entry for entry in seen if entry not in inner)


def _within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def _in_order(path: str) -> tuple[object, ...]:
    """Numbers in names count as numbers; the path itself decides between those that differ in nothing else."""
    parts = re.split(r"([0-9]+)", path.casefold())
    return (*((not part.isdecimal(), int(part) if part.isdecimal() else part) for part in parts if part), (True, path))


def _short(part: str) -> str:
    """`part` cut to `LONGEST` bytes, not inside a letter."""
    data = os.fsencode(part)
    return part if len(data) <= LONGEST else data[:LONGEST].decode(errors="ignore")


def _moves(stream: IO[bytes]) -> bool:
    """Whether a PNG, GIF, WebP or AVIF file says that it has several frames."""
    head = stream.read(32)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png_moves(stream)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return _gif_moves(stream)
    if head[:4] + head[8:16] == b"RIFFWEBPVP8X":
        return bool(head[20:21] and head[20] & 2)
    return head[4:12] == b"ftypavis"


def _png_moves(stream: IO[bytes]) -> bool:
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"acTL":
            return int.from_bytes(stream.read(4), "big") > 1
        if name == b"IDAT":
            return False
        stream.seek(length + 4, os.SEEK_CUR)
    return False


def _gif_moves(stream: IO[bytes]) -> bool:
    """Whether there is a second image among its blocks."""
    stream.seek(10)
    _pass_colours(stream, stream.read(1))
    stream.seek(2, os.SEEK_CUR)
    count = 0
    while block := stream.read(1):
        if block == b",":
            count += 1
            if count == 2:
                return True
            _pass_colours(stream, stream.read(9)[8:])
        elif block != b"!":
            return False
        stream.seek(1, os.SEEK_CUR)
        while (size := stream.read(1)) and size[0]:
            stream.seek(size[0], os.SEEK_CUR)
    return False


def _pass_colours(stream: IO[bytes], flags: bytes) -> None:
    if flags and flags[0] & 0x80:
        stream.seek(3 * 2 << (flags[0] & 7), os.SEEK_CUR)
