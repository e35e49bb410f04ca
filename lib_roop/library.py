"""The kept faces: listed, renamed, noted, taken in from other tools, handed out and examined.

The tab, the HTTP API and `roop face` call this and say what it found, each in its own form.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import faces, inventory, similarity
from .engine import Engine
from .errors import InputError, ModelError, NoFaceError
from .identities import checkpoints, glances, headers, naming, record
from .identities.glances import Glance
from .options import MESH, SwapUnit
from .portrait import portrait
from .types import Identity, Sex
from .zoo import store
from .zoo.cards import ModelCard
from .zoo.inswapper import RECOGNISER

TRIAL = (256, (198, 150, 120), (40, 32, 30))
"""The drawn head that a face is tried on: its side, skin and hair."""


class Missing(InputError):
    """There is no such kept face."""


class Taken(InputError):
    """There is another face of that name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept face: its file, the preview beside it, and what the file holds."""

    path: Path
    preview: Path | None
    held: Glance


@dataclass(frozen=True, slots=True)
class Library:
    """All faces of a folder by name, and a sentence for each file that is damaged, by the face's name."""

    faces: tuple[Kept, ...]
    damaged: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a file that was to be taken in: where its face lies, None when it was refused, and a sentence."""

    file: str
    path: Path | None
    told: str


@dataclass(frozen=True, slots=True)
class Use:
    """Whether an engine can put a face on others with a model that is here; if not, what is in the way."""

    engine: str
    model: str
    ready: bool
    lacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is to be known of a face. doubted: numbers, from 1, of sources that look like another person.

    engine, similarity: what swapped the face onto a drawn head, and how alike the result is; None where it could not.
    told: all that is found, in sentences.
    """

    doubted: tuple[int, ...]
    uses: tuple[Use, ...]
    engine: str | None
    similarity: float | None
    told: tuple[str, ...]


def listed(folder: Path) -> Library:
    """The faces of a folder, none where it does not exist; only the headers of their files are read."""
    found, damaged = [], []
    for path in naming.stored(folder):
        try:
            found.append(kept(path))
        except InputError as error:
            damaged.append((naming.shown(path.stem), _without_place(error, path)))
    return Library(tuple(found), tuple(damaged))


def kept(path: Path) -> Kept:
    """One face. Raises InputError when its file is damaged."""
    picture = naming.preview(path)
    return Kept(path, picture if picture.is_file() else None, glances.glance(path))


def named(folder: Path, name: str) -> Path:
    """The file of the kept face `name`. Raises InputError when nothing can be called that, Missing."""
    path = naming.place(folder, name)
    if path.is_file():
        return path
    try:
        return naming.find(name, folder)
    except InputError as error:
        raise Missing(str(error)) from None


def vacant(folder: Path, name: str) -> Path:
    """Where a new face of that name would lie. Raises InputError when nothing can be called that, Taken."""
    path = naming.place(folder, name)
    if path.exists() or naming.preview(path).exists():
        what = "a face" if path.exists() else "the preview of a face"
        raise Taken(f"There is {what} {path.stem!r} already; choose another name.")
    return path


def renamed(path: Path, name: str) -> Path:
    """Call the face `path` `name`, its preview too. Raises InputError when nothing can be called that, Taken."""
    place = naming.place(path.parent, name)
    if place != path:
        faces.renamed(path, vacant(path.parent, name))
    return place


def described(path: Path, *, note: str | None = None, sex: Sex | None = None) -> None:
    """Keep a note or the sex with the face `path`; what else its file holds stays bit by bit. Raises InputError."""
    words = {} if note is None else {"note": record.noted(note)}
    words |= {} if sex is None else {"sex": sex}
    found = checkpoints.read(path)
    if found.origin == "roop":
        checkpoints.put(path, headers.amended(checkpoints.content(path), words))
        return
    # Other tools' files hold no words.
    identity = replace(found.identity, note=words.get("note", ""), sex=sex or found.identity.sex)
    checkpoints.write(identity, path, overwrite=True)


def exported(path: Path, kind: str = "roop") -> bytes:
    """The face as a file of roop, ReActor or FaceSwapLab. Raises InputError when it lacks what that needs."""
    found = checkpoints.read(path)
    ours = kind == found.origin == "roop"
    return checkpoints.content(path) if ours else checkpoints.exported(found.identity, kind)


def taken_in(identity: Identity, path: Path, *, overwrite: bool = False) -> Path:
    """Keep a face of somebody else's at `path`. Raises InputError when that is taken and is not to be written over."""
    picture = naming.preview(path)
    if picture.exists() and not overwrite:
        raise InputError(f"{picture} is there already; choose another name, or write over it with --overwrite.")
    checkpoints.write(replace(identity, name=path.stem), path, overwrite=overwrite)
    # It shows whoever had this name before.
    naming.delete(picture)
    return path


def arrived(folder: Path, file: Path) -> Arrival:
    """Take in a face of an old roop, FaceSwapLab, ReActor or roop. It is called as its file, with a number where that
    is taken; one that is kept already is not kept twice.
    """
    try:
        identity = checkpoints.imported(file)
        if twin := _twin(identity, folder, file.stem):
            return Arrival(file.name, twin, f"It is kept already, as {twin.stem}.")
        name = faces.free_name(file.stem, folder)
        path = taken_in(identity, naming.place(folder, name))
    except InputError as error:
        return Arrival(file.name, None, _without_place(error, file))
    other = f" as {path.stem}, as its own name is taken" if name != naming.checked(file.stem) else ""
    return Arrival(file.name, path, f"It was taken in{other}.")


def face_files(folder: Path) -> list[Path]:
    """The files of a folder that may hold faces, by name. Raises InputError when there are none."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in (naming.SUFFIX, naming.OLD_SUFFIX)]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"The folder {folder} cannot be read ({reason}); name another.") from error
    if not found:
        raise InputError(f"The folder {folder} holds no file of a face (.safetensors, .pkl); name another.")
    return sorted(found, key=lambda path: (path.name.casefold(), path.name))


def uses(engine: Engine, held: Glance) -> tuple[Use, ...]:
    """Which engines that are here can put the face on others. Nothing is opened."""
    folders = store.folders(engine.host.model_folders())
    cards = [card for card in inventory.cards(engine.models, "swap") if store.installed(card, folders)]
    skin = "" if held.texture and held.shape else "it was kept without skin"
    return (Use("built-in", MESH, not skin, skin), *(_use(engine, card, held) for card in cards))


def summary(found: Sequence[Use]) -> str:
    """A sentence about who can use a face."""
    able = [use.model if use.engine == "neural" else f"the {use.engine} engine" for use in found if use.ready]
    none = "" if any(use.engine == "neural" for use in found) else "; no neural swap model is here"
    return f"It can be used by {', '.join(able) or 'no engine that is here'}{none}."


def examined(engine: Engine, path: Path) -> Examination:
    """What the face lacks, whom its sources show, and how a swap with it turns out. Raises InputError, ModelError."""
    identity = checkpoints.read(path).identity
    held = glances.glance(path)
    doubted = tuple(number for number, each in enumerate(identity.sources, 1) if each in identity.doubted)
    found = uses(engine, held)
    told = [
        _on_sources(identity, doubted),
        summary(found),
        *(f"The model {use.model} cannot: {use.lacks}." for use in found if use.lacks),
    ]
    told += filter(None, [faces.lacking(engine, identity)])
    swapped, alike, said = _tried(engine, path)
    return Examination(doubted=doubted, uses=found, engine=swapped, similarity=alike, told=(*told, said))


def _without_place(error: InputError, path: Path) -> str:
    """The sentence without the folders of a machine that others may look at."""
    return naming.shown(str(error).replace(str(path), path.name))


def _use(engine: Engine, card: ModelCard, held: Glance) -> Use:
    lacks = ""
    if card.feed.source and not held.texture:
        lacks = "it was kept without skin"
    elif not card.feed.source and RECOGNISER not in held.recognisers:
        lacks = f"it lacks {RECOGNISER}"
    try:
        engine.neural(card.name)
    except ModelError as error:
        lacks = str(error).rstrip(".")
    return Use("neural", card.name, not lacks, lacks)


def _on_sources(identity: Identity, doubted: Sequence[int]) -> str:
    count = len(identity.sources)
    if not count:
        return "It does not know of which pictures it was made."
    if not doubted:
        return f"Nothing is known against its {count} pictures." if count > 1 else "It was made of one picture."
    numbers = " and ".join(map(str, doubted))
    return f"Of its {count} pictures number {numbers} looked like another person; build it anew without."


def _tried(engine: Engine, path: Path) -> tuple[str | None, float | None, str]:
    """Which engine swapped the face onto a drawn head, how alike the result is, and that as a sentence."""
    try:
        (swap,) = engine.run(portrait(*TRIAL), [SwapUnit(checkpoint=str(path), similarity=True)])
    except (InputError, ModelError, NoFaceError) as error:
        return None, None, f"A test swap onto a drawn head could not be made: {error}"
    alike = next((face.similarity for face in swap.result.faces if face.similarity is not None), None)
    if alike is None:
        return swap.result.engine, None, "A test swap onto a drawn head could not be compared with the face."
    maker, meaning = swap.result.engine, similarity.limits(engine.analyser.recogniser.id).meaning(alike)
    said = f"A test swap onto a drawn head by the {maker} engine is like the face by {alike:.2f}: {meaning}."
    return maker, alike, said


def _twin(identity: Identity, folder: Path, name: str) -> Path | None:
    """The kept face of that name, or of that name with a number, if it is this one."""
    for each in itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2))):
        path = naming.place(folder, each)
        if not path.is_file():
            return None
        with suppress(InputError):
            if _alike(checkpoints.read(path).identity, identity):
                return path
    return None


def _alike(one: Identity, other: Identity) -> bool:
    """Whether the same is known of two faces."""
    known = one.embeddings.keys()
    if known != other.embeddings.keys() or (one.texture is None) != (other.texture is None):
        return False
    return all(np.array_equal(one.embeddings[id_], other.embeddings[id_]) for id_ in known)
