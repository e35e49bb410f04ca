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

ALTERING = ("swap", "enhance")
"""Commands that alter a target."""
TARGET = "the target"
CHECKPOINT = "the face of --checkpoint"
REPORTS = (".json", ".csv", ".txt")
"""Suffixes of files in a folder that are none of its pictures."""
ARCHIVE = ".zip"
"""The suffix of the file that several go into."""


def check(arguments: argparse.Namespace) -> None:
    """Raises InputError when an output lacks its folder, is a folder, or is one of the inputs or another output."""
    taken = list(inputs(arguments))
    if of_folder(arguments):
        _check_results(arguments, taken)
        # An earlier report that lies in it is written again.
        taken = [each for each in taken if each[0] != TARGET]
    for option, output in _outputs(arguments).items():
        # The folder of a sequence is made when it is not there.
        sequence = option == "--output" and _is_sequence(output) and not output.parent.exists()
        _check_folder(option, output.parent if sequence else output)
        for what, other in taken:
            if loses(output, other):
                raise InputError(f"{option} {output} is {what}, which would be lost; choose another name.")
        taken.append((f"also that of {option}", output))
        if option in ("--draw", "--preview") or (
            option == "--output" and arguments.command in ALTERING and not of_film(arguments)
        ):
            _check_suffix(option, output)


def of_folder(arguments: argparse.Namespace) -> bool:
    """Whether the target is a whole folder, whose pictures are no film."""
    # Path.is_dir raises for names that are too long, and for data URIs.
    return arguments.command in ALTERING and os.path.isdir(arguments.target) and not _moves(arguments)  # noqa: PTH112


def of_film(arguments: argparse.Namespace) -> bool:
    """Whether the target moves, or a film is to be made of pictures."""
    if arguments.command not in ALTERING or is_uri(arguments.target) or of_folder(arguments):
        return False
    from ..batch import walking

    target = Path(arguments.target)
    kind = walking.kind(target)
    if kind == "animation":
        # Its first frame can be had as a picture.
        return arguments.output is None or _moves(arguments)
    return kind == "film" or os.path.isdir(target) or (_is_sequence(target) and not os.path.exists(target))  # noqa: PTH110, PTH112


def _moves(arguments: argparse.Namespace) -> bool:
    """Whether the result is a film, an animation or a sequence of pictures."""
    if arguments.output is None or os.path.isdir(arguments.output):  # noqa: PTH112
        return False
    from .. import images
    from ..batch import walking

    path = Path(arguments.output)
    # A folder's result is a folder, whatever it is called, but not a file of a film.
    animations = () if os.path.isdir(arguments.target) and not hasattr(arguments, "fps") else images.SIDES  # noqa: PTH112
    return path.suffix.lower() in (*walking.FILMS, *animations) or _is_sequence(path)


def _is_sequence(path: Path) -> bool:
    from ..video import stills

    return stills.is_pattern(path.name)


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
    if arguments.command in ALTERING:
        units = units_of(arguments)
        named = [(TARGET, arguments.target)]
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
    named = {"--output": arguments.output} if arguments.command in ALTERING and not of_folder(arguments) else {}
    if arguments.command in ALTERING:
        named |= {"--report": arguments.report, "--csv": arguments.csv, "--preview": arguments.preview}
    if arguments.command == "extract":
        # A folder is looked at when the first face is put into it.
        named = {"--output": arguments.output} if arguments.output.lower().endswith(ARCHIVE) else {}
        named["--csv"] = arguments.csv
    named |= {"--draw": getattr(arguments, "draw", None), "--json": arguments.json}
    to_files = {option: path for option, path in named.items() if (option, path) != ("--json", STDOUT)}
    return {option: Path(path) for option, path in to_files.items() if path is not None}


def _check_results(arguments: argparse.Namespace, taken: Iterable[tuple[str, Path]]) -> None:
    """Whether the folder of results can be one: it need not be there yet."""
    if not arguments.output:
        raise InputError(
            f"Name a folder for the results of {arguments.target} with --output; it is made when it is not there."
        )
    output = Path(arguments.output)
    if os.path.lexists(output) and not output.is_dir():
        raise InputError(f"--output {output} is a file; the results of a folder go into a folder.")
    for what, other in taken:
        if what != TARGET and os.path.isdir(other) and same_file(output, other):  # noqa: PTH112
            raise InputError(f"--output {output} is {what}; choose another folder, or results become sources.")
    for option, place in _outputs(arguments).items():
        inside = Path(os.path.realpath(arguments.target)) in Path(os.path.realpath(place)).parents
        if inside and os.path.lexists(place) and place.suffix.lower() not in REPORTS:
            raise InputError(f"{option} {place} is a file of the target, which would be lost; choose another name.")


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
