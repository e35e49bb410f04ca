"""Who a unit puts there: its pictures, folders of pictures and face checkpoint, as identities."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from . import images
from .errors import InputError, OptionError
from .identities import blending, checkpoints, textures
from .identities.blending import Quality
from .images import Picture
from .images.reading import FORMATS
from .options import SwapUnit, numbers
from .planning import Wants
from .selection import ordered
from .types import Face, Identity

Look = Callable[[Picture, Wants], Sequence[Face]]
"""The faces of a picture, at least one. Raises InputError when there is none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """One face of one source. label: what the user named, perhaps a folder. number: of the face, in the picture.

    faces: how many the picture shows.
    """

    label: str
    identity: Identity
    quality: Quality
    number: int = 0
    faces: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who to put there in one result: an identity for each number in `unit.source_face`.

    reference: the first source alone. source: the sources' names.
    """

    identities: tuple[Identity, ...]
    reference: Identity
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a unit names, looked at: `samples` has one row a source and, in it, one for each number in `source_face`."""

    samples: tuple[tuple[Sample, ...], ...]
    notes: tuple[str, ...] = ()

    def casts(self, method: str) -> tuple[Cast, ...]:
        """One for all sources blended, or one for each source with the method "none"."""
        if method == "none":
            return tuple(self._cast([row], "mean") for row in self.samples)
        return (self._cast(self.samples, method),)

    def key(self, method: str) -> str:
        """What `casts` depends on, for caches."""
        key = hashlib.sha256(method.encode())
        for sample in (sample for row in self.samples for sample in row):
            identity = sample.identity
            key.update(repr((sample.label, sample.number, identity.name, identity.sources)).encode())
            for id_, embedding in sorted(identity.embeddings.items()):
                key.update(id_.encode() + embedding.tobytes())
            key.update(identity.texture.points.tobytes() if identity.texture is not None else b"")
        return key.hexdigest()

    def doubts(self) -> tuple[str, ...]:
        """Sentences about sources that look like another person than the rest."""
        known = [row[0] for row in self.samples if row[0].identity.embeddings]
        resemblance = blending.resemblances([sample.identity.embeddings for sample in known])
        return blending.doubts([sample.identity.name for sample in known], resemblance)

    def _cast(self, rows: Sequence[tuple[Sample, ...]], method: str) -> Cast:
        blended = tuple(_blended(column, method) for column in zip(*rows, strict=True))
        return Cast(blended, rows[0][0].identity, _joined([row[0].label for row in rows]))


def gather(unit: SwapUnit, look: Look, faces_folder: Path, turn: int = 0) -> Sources:
    """The sources of `unit`. `turn` counts the pictures of a run, for pools.

    Raises InputError when a picture or a checkpoint cannot be used, or all pictures of a folder, and ModelError when
    faces that different recognisers described are to be blended.
    """
    if not unit.source and not unit.checkpoint:
        raise OptionError("Name at least one source picture, or a face checkpoint.")
    found = _Found(unit, look, turn)
    rows = [row for source in unit.source for row in found.rows(source)]
    if unit.checkpoint:
        rows.append(found.kept(checkpoints.load(unit.checkpoint, faces_folder).identity))
    sources = Sources(tuple(rows), tuple(found.notes))
    return replace(sources, notes=(*sources.notes, *sources.doubts())) if unit.blend != "none" else sources


class _Found:
    """Looks at sources, and remembers what the user should know of them."""

    def __init__(self, unit: SwapUnit, look: Look, turn: int) -> None:
        self._unit, self._look, self._turn = unit, look, turn
        self._numbers = numbers(unit.source_face, "source_face")
        folders = unit.pool == "all" and any(map(_is_folder, unit.source))
        several = len(unit.source) + bool(unit.checkpoint) > 1 or folders
        self._blended = several and unit.blend != "none"
        self.notes: list[str] = []

    def rows(self, source: Any) -> Iterator[tuple[Sample, ...]]:
        """One for a picture, one or more for a folder of them."""
        if not _is_folder(source):
            yield self._row(source if isinstance(source, Picture) else images.read(source), "")
            return
        folder, count = Path(source).resolve(), 0
        label = folder.name if self._unit.pool == "all" and self._unit.blend != "none" else ""
        for path in self._order(pictures(folder)):
            try:
                row = self._row(images.read(path), label)
            except InputError as error:
                self.notes.append(f"{path.name} was left out: {error}")
                continue
            count += 1
            if self._unit.pool != "all":
                self.notes.append(taken(path))
            yield row
            if self._unit.pool != "all":
                return
        if not count:
            raise InputError(f"The folder {folder} holds no picture with a face that can be used; name another.")

    def kept(self, identity: Identity) -> tuple[Sample, ...]:
        """A checkpoint has one face, whatever its number."""
        quality = blending.quality(identity)
        sample = Sample(label=identity.name, identity=identity, quality=quality)
        return (sample,) * len(self._numbers)

    def _row(self, picture: Picture, label: str) -> tuple[Sample, ...]:
        needed = Wants(
            threshold=min(self._unit.detection_threshold, 0.5),
            embeddings=self._unit.measured or self._blended,
            attributes=self._unit.sex == "same",
        )
        faces = ordered(self._look(picture, needed), self._unit.order)
        self.notes += picture.notes
        return tuple(self._sample(picture, faces, number, label) for number in self._numbers)

    def _sample(self, picture: Picture, faces: Sequence[Face], number: int, label: str) -> Sample:
        if number >= len(faces):
            count = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
            raise InputError(
                f"The source picture {picture.name} has no face {number}: it shows {count}, numbered from 0."
            )
        bare = blending.from_face(picture.rgb, faces[number], _numbered(picture.name, number))
        identity = replace(bare, sources=(picture.digest,))
        quality = blending.quality(identity, faces[number].score)
        if self._blended and identity.texture is not None:
            # Many large pictures would not fit into memory, and the blend has no room for more.
            identity = replace(identity, texture=textures.reduced(identity.texture, textures.SIDE))
        return Sample(label=label or picture.name, identity=identity, quality=quality, number=number, faces=len(faces))

    def _order(self, pictures: list[Path]) -> list[Path]:
        """As the pool tries them."""
        if self._unit.pool == "random":
            seed = self._unit.seed if self._unit.seed >= 0 else secrets.randbits(32)
            random.Random(f"{seed}/{self._turn}").shuffle(pictures)
        elif self._unit.pool == "round-robin" and pictures:
            first = self._turn % len(pictures)
            pictures = pictures[first:] + pictures[:first]
        return pictures


def _blended(samples: Sequence[Sample], method: str) -> Identity:
    return blending.blend(
        [sample.identity for sample in samples],
        _numbered(_joined([sample.label for sample in samples]), samples[0].number),
        method=method,
        weights=[sample.quality.weight for sample in samples],
    )


def _joined(names: Sequence[str]) -> str:
    return "+".join(dict.fromkeys(names))


def _numbered(name: str, number: int) -> str:
    return f"{name}#{number}" if number else name


def _is_folder(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike)) and os.path.isdir(source)  # noqa: PTH112 - Path.is_dir raises for URIs


def taken(path: Path) -> str:
    """The note that says which picture of a folder a pool took."""
    return f"{path.name} was taken from the folder {path.parent}."


def pictures(folder: Path) -> list[Path]:
    """The picture files of a folder by name; those that begin with a dot are nobody's. Raises InputError."""
    suffixes = {suffix for suffix, name in Pillow.registered_extensions().items() if name in FORMATS}
    try:
        paths = [path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.name[0] != "."]
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be read ({error.strerror or error}); check it.") from error
    return sorted(paths, key=lambda path: (path.name.casefold(), path.name))
