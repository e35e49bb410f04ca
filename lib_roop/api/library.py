"""The kept faces for a program: listed, built, shown, handed out, changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from .. import bodies, faces, request
from ..engine import Engine
from ..errors import InputError, OptionError
from ..identities import checkpoints, naming
from ..types import Sex
from .answers import Asked, Failed, Pictures, base64_of, choice, only, word, yes
from .schemas import CHANGE, FORMATS, KEEP, METHODS, SEXES

Body = dict[str, Any]


def listed(engine: Engine, asked: Asked) -> Body:
    """All faces that are kept; those that cannot be read stand in the notes."""
    del asked
    entries, notes = [], []
    for path in naming.stored(engine.host.face_folder()):
        try:
            entries.append(_told(path))
        except (InputError, FileNotFoundError) as error:
            notes.append(naming.shown(str(error)))
    return {"faces": entries, "notes": notes}


def keep(engine: Engine, asked: Asked) -> Body:
    """Build a face of pictures, or keep a checkpoint that was sent."""
    values = asked.values
    only(values, KEEP)
    path = _place(engine, word(values, "name"), "name")
    if path.exists() and not yes(values, "overwrite", default=False):
        raise Failed(409, f"There is a face {path.stem!r} already; choose another name, or say overwrite.")
    return _imported(path, values["file"]) if "file" in values else _built(engine, asked, path)


def show(engine: Engine, asked: Asked) -> Body | bytes:
    """What a face holds, with its preview; with `format`, the bytes of its file."""
    path = _kept(engine, asked.name)
    if "format" in asked.query:
        kind = choice(asked.query, "format", FORMATS)
        return checkpoints.exported(checkpoints.read(path).identity, kind)
    picture = naming.preview(path)
    try:
        return {**_told(path), "image": base64_of(picture.read_bytes()) if picture.is_file() else None}
    except FileNotFoundError:
        raise Failed(404, f"The face {path.stem!r} was deleted just now.") from None


def change(engine: Engine, asked: Asked) -> Body:
    """Give a face another name, or say its sex."""
    only(asked.values, CHANGE)
    if not asked.values:
        raise OptionError("Say what is to change: name or sex.")
    path = _kept(engine, asked.name)
    place = _place(engine, word(asked.values, "name"), "name") if "name" in asked.values else path
    if place != path and place.exists():
        raise Failed(409, f"There is a face {place.stem!r} already; choose another name.")
    if "sex" in asked.values:
        sex = cast(Sex, choice({"sex": asked.values["sex"]}, "sex", SEXES[1:]))
        checkpoints.write(replace(checkpoints.read(path).identity, sex=sex), path, overwrite=True)
    if place != path:
        faces.renamed(path, place)
    return _told(place)


def remove(engine: Engine, asked: Asked) -> Body:
    """Delete a face for good."""
    return {"removed": [file.name for file in naming.remove(_kept(engine, asked.name))]}


def _built(engine: Engine, asked: Asked, path: Path) -> Body:
    values = asked.values
    method = choice(values, "method", METHODS)
    sex = choice(values, "sex", SEXES)
    texture, drop = yes(values, "texture", default=True), yes(values, "drop_outliers", default=False)
    pictures = Pictures().several(values, "images")
    built = faces.build(engine, path.stem, pictures, method=method, drop_outliers=drop)
    identity = built.identity if sex == "auto" else replace(built.identity, sex=cast(Sex, sex))
    identity = identity if texture else replace(identity, texture=None)
    faces.save(replace(built, identity=identity), path.parent, overwrite=True)
    rows = [bodies.sampled(built, number) for number in range(len(built.samples))]
    return {**_told(path), "pictures": rows, "notes": list(built.notes)}


def _imported(path: Path, given: Any) -> Body:
    identity = checkpoints.decode(request.content(given, "file"), path.stem, "The file that was sent").identity
    checkpoints.write(identity, path, overwrite=True)
    # It shows whoever had this name before.
    naming.delete(naming.preview(path))
    return _told(path)


def _told(path: Path) -> Body:
    found = checkpoints.read(path)
    picture = naming.preview(path)
    told = {**bodies.kept(found.identity, path, picture if picture.is_file() else None), **bodies.origin(found)}
    return {**told, "output": path.name, "preview": picture.name if picture.is_file() else None}


def _place(engine: Engine, name: str, field: str = "") -> Path:
    """Where a face of that name lies or would lie. Raises InputError for what nothing can be called."""
    try:
        return naming.place(engine.host.face_folder(), name)
    except InputError as error:
        error.field = field
        raise


def _kept(engine: Engine, name: str) -> Path:
    path = _place(engine, name)
    if not path.is_file():
        raise Failed(404, f"There is no face {path.stem!r}; GET /roop/v1/faces lists those that are kept.")
    return path
