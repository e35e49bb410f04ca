"""The kept faces for a program: listed, built, shown, handed out, changed and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from .. import bodies, faces, gathering, library, request
from ..engine import Engine
from ..errors import InputError, OptionError
from ..identities import checkpoints, naming
from ..library import Kept, Missing
from ..types import Sex
from .answers import Asked, Pictures, base64_of, choice, only, word, yes
from .schemas import CHANGE, FORMATS, KEEP, METHODS, PICKS, SEXES

Body = dict[str, Any]


def listed(engine: Engine, asked: Asked) -> Body:
    """All faces that are kept; those that cannot be read stand in the notes."""
    del asked
    found = library.listed(engine.host.face_folder())
    return {"faces": [_told(face) for face in found.faces], "notes": [sentence for _, sentence in found.damaged]}


def keep(engine: Engine, asked: Asked) -> Body:
    """Build a face of pictures, or keep a checkpoint that was sent."""
    values = asked.values
    only(values, KEEP)
    path = _place(engine, word(values, "name"), "name")
    if not yes(values, "overwrite", default=False):
        with request.within("name"):
            library.vacant(path.parent, path.stem)
    return _imported(path, values["file"]) if "file" in values else _built(engine, asked, path)


def show(engine: Engine, asked: Asked) -> Body | bytes:
    """What a face holds, with its preview; with `format`, the bytes of its file."""
    path = _kept(engine, asked.name)
    if "format" in asked.query:
        return library.exported(path, choice(asked.query, "format", FORMATS))
    try:
        found = library.kept(path)
        return {**_told(found), "image": base64_of(found.preview.read_bytes()) if found.preview else None}
    except FileNotFoundError:
        raise Missing(f"The face {path.stem!r} was deleted just now.") from None


def examine(engine: Engine, asked: Asked) -> Body:
    """Who can use a face, what it lacks, and how like it a test swap turns out."""
    return bodies.examined(library.examined(engine, _kept(engine, asked.name)))


def change(engine: Engine, asked: Asked) -> Body:
    """Give a face another name or a note, or say its sex."""
    values = asked.values
    only(values, CHANGE)
    if not values:
        raise OptionError("Say what is to change: name, note or sex.")
    path = _kept(engine, asked.name)
    sex = cast(Sex, choice(values, "sex", SEXES[1:])) if "sex" in values else None
    if not isinstance(note := values.get("note", ""), str):
        raise OptionError("note takes text.", field="note")
    if "name" in values and (place := _place(engine, word(values, "name"), "name")) != path:
        with request.within("name"):
            library.vacant(path.parent, place.stem)
    if "sex" in values or "note" in values:
        library.described(path, note=note if "note" in values else None, sex=sex)
    return _told(library.kept(library.renamed(path, values["name"]) if "name" in values else path))


def remove(engine: Engine, asked: Asked) -> Body:
    """Delete a face for good."""
    return {"removed": [file.name for file in naming.remove(_kept(engine, asked.name))]}


def _built(engine: Engine, asked: Asked, path: Path) -> Body:
    values = asked.values
    method = choice(values, "method", METHODS)
    sex = choice(values, "sex", SEXES)
    texture, drop = yes(values, "texture", default=True), yes(values, "drop_outliers", default=False)
    pictures = Pictures().several(values, "images")
    build = gathering.PICKS[choice(values, "pick", PICKS)]
    built = build(engine, path.stem, pictures, method=method, drop_outliers=drop)
    path, _ = faces.save(faces.settled(built, sex=sex, texture=texture), path.parent, overwrite=True)
    rows = [bodies.sampled(built, number) for number in range(len(built.samples))]
    return {**_told(library.kept(path)), "pictures": rows, "notes": list(built.notes)}


def _imported(path: Path, given: Any) -> Body:
    found = checkpoints.decode(request.content(given, "file"), path.stem, "The file that was sent")
    return _told(library.kept(library.taken_in(found.identity, path, overwrite=True)))


def _told(face: Kept) -> Body:
    told = {**bodies.kept(face), **bodies.origin(face)}
    return {**told, "output": face.path.name, "preview": face.preview and face.preview.name}


def _place(engine: Engine, name: str, field: str = "") -> Path:
    """Where a face of that name lies or would lie. Raises InputError for what nothing can be called."""
    try:
        return naming.place(engine.host.face_folder(), name)
    except InputError as error:
        error.field = field
        raise


def _kept(engine: Engine, name: str) -> Path:
    return library.named(engine.host.face_folder(), name)
