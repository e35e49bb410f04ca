"""Whether the files that a command is to write may be written there: asked before any work."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, PictureError
from .arguments import flag
from .report import STDOUT
from .units import units_of

CHECKPOINT = "the face of --checkpoint"
ARCHIVE = ".zip"
"""The suffix of the file that several go into."""


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError when an output lacks its folder, is a folder, or is one of the inputs or another output."""
    taken = list(inputs(arguments))
    for option, output in _outputs(arguments).items():
        _check_folder(option, output)
        for what, other in taken:
            if loses(output, other):
                raise InputError(f"{option} {output} is {what}, which would be lost; choose another name.")
        taken.append((f"also that of {option}", output))
        if option == "--draw" or (option == "--output" and arguments.command == "swap"):
            _check_suffix(option, output)


def loses(output: Path, taken: Path) -> bool:
    """Whether writing `output` would write over `taken`: the file itself, or one in that folder."""
    # A folder is taken as a source, with every picture in it.
    inside = os.path.isdir(taken) and os.path.exists(output)  # noqa: PTH110, PTH112 - Path's raise for long names
    return same_file(output, taken) or (inside and same_file(output.parent, taken))


def same_file(a: Path, b: Path) -> bool:
    """Whether two paths name one file: by the file system where both exist, else by name."""
    try:
        if a.exists() and b.exists():
            return a.samefile(b)
        return os.path.realpath(a) == os.path.realpath(b)
    except (OSError, ValueError):
        # No file has such a name.
        return False


def is_uri(picture: str) -> bool:
    """Whether a picture is given as a data URI instead of a path."""
    return picture[:5].lower() == "data:"


def inputs(arguments: argparse.Namespace) -> Iterable[tuple[str, Path]]:
    """What a command reads, each with what it is."""
    if arguments.command == "swap":
        units = units_of(arguments)
        named = [("the target", arguments.target)]
        named += [("a source picture", picture) for unit in units for picture in unit.source]
        named += [(CHECKPOINT, unit.checkpoint) for unit in units if unit.checkpoint]
        named += [("the picture of --like", unit.like) for unit in units if unit.like]
        named += [("the picture of --mask-picture", unit.mask_picture) for unit in units if unit.mask_picture]
        yield from ((what, Path(picture)) for what, picture in named if not is_uri(picture))
        if arguments.units:
            yield "the file of --units", arguments.units
        for name in ("c2pa_key", "c2pa_certificate"):
            if hasattr(arguments, name):
                yield f"the file of {flag(name)}", Path(getattr(arguments, name))
        if is_uri(arguments.target) and not arguments.output:
            raise InputError("Name the result with --output: the target is no file that it could lie beside.")
    elif arguments.command == "report":
        named = [("a source picture", picture) for picture in arguments.source]
        named += [("a target", picture) for picture in arguments.target]
        yield from ((what, Path(picture)) for what, picture in named if not is_uri(picture))
    elif arguments.command in ("compare", "extract"):
        named = [("the input", picture) for picture in arguments.pictures]
        named += [(CHECKPOINT, face) for face in getattr(arguments, "checkpoint", [])]
        yield from ((what, Path(picture)) for what, picture in named if not is_uri(picture))
    elif arguments.command == "face":
        named = [("a source picture", picture) for picture in getattr(arguments, "pictures", [])]
        named += [("the face", getattr(arguments, name)) for name in ("face", "file") if hasattr(arguments, name)]
        yield from ((what, Path(picture)) for what, picture in named if not is_uri(picture))
    elif arguments.command == "verify":
        yield from (("a file to verify", Path(file)) for file in arguments.files)
    else:
        pictures = (getattr(arguments, name, "data:") for name in ("picture", "net"))
        yield from (("the input", Path(picture)) for picture in pictures if not is_uri(picture))


def _outputs(arguments: argparse.Namespace) -> dict[str, Path]:
    named = {"--output": arguments.output} if arguments.command == "swap" else {}
    if arguments.command == "swap":
        named["--report"] = arguments.report
    if arguments.command == "extract":
        # A folder is looked at when the first face is put into it.
        named = {"--output": arguments.output} if arguments.output.lower().endswith(ARCHIVE) else {}
        named["--csv"] = arguments.csv
    named |= {"--draw": getattr(arguments, "draw", None), "--json": arguments.json}
    to_files = {option: path for option, path in named.items() if (option, path) != ("--json", STDOUT)}
    return {option: Path(path) for option, path in to_files.items() if path is not None}


def _check_folder(option: str, path: Path) -> None:
    folder = path.parent
    if os.path.isdir(path) or not path.name:  # noqa: PTH112 - Path.is_dir raises for names that are too long
        raise InputError(f"{option} {path} is a folder; name a file in it.")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise InputError(f"{option} {path} cannot be written: {folder} is no folder; make it first.")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{option} {path} cannot be written: {folder} is not yours to write to; choose another.")


def _check_suffix(option: str, path: Path) -> None:
    from .. import images

    try:
        images.known_suffix(path.suffix)
    except PictureError as error:
        raise PictureError(f"{option} {path}: {error}") from error
