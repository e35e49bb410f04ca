"""Whether the files that a command is to write may be written there: asked before any work."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, PictureError
from .report import STDOUT
from .units import units_of


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError when an output lacks its folder, is a folder, or is one of the inputs or another output."""
    taken = list(_inputs(arguments))
    for option, output in _outputs(arguments).items():
        _check_folder(option, output)
        for what, other in taken:
            if same_file(output, other):
                raise InputError(f"{option} {output} is {what}, which would be lost; choose another name.")
        taken.append((f"also that of {option}", output))
        if option != "--json":
            _check_suffix(option, output)


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


def _inputs(arguments: argparse.Namespace) -> Iterable[tuple[str, Path]]:
    if arguments.command == "swap":
        units = units_of(arguments)
        named = [("the target", arguments.target)]
        named += [("a source picture", picture) for unit in units for picture in unit.source]
        named += [("the picture of --like", unit.like) for unit in units if unit.like]
        yield from ((what, Path(picture)) for what, picture in named if not is_uri(picture))
        if arguments.units:
            yield "the file of --units", arguments.units
        if is_uri(arguments.target) and not arguments.output:
            raise InputError("Name the result with --output: the target is no file that it could lie beside.")
    else:
        pictures = (getattr(arguments, name, "data:") for name in ("picture", "a", "b"))
        yield from (("the input", Path(picture)) for picture in pictures if not is_uri(picture))


def _outputs(arguments: argparse.Namespace) -> dict[str, Path]:
    named = {"--output": arguments.output} if arguments.command == "swap" else {}
    named |= {"--draw": getattr(arguments, "draw", None), "--json": arguments.json}
    return {option: Path(path) for option, path in named.items() if path not in (None, STDOUT)}


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

    if path.suffix.lower() not in images.suffixes():
        named = path.suffix or "a file without suffix"
        raise PictureError(f"{option} {path} cannot be written as {named}; use {', '.join(images.suffixes())}.")
