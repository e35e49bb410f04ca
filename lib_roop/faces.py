"""Making face checkpoints out of pictures: what `roop face build` and every other surface do."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from . import images, provenance
from .casting import Sample
from .engine import Engine, Readable
from .errors import InputError
from .identities import blending, checkpoints, naming
from .identities.blending import STRANGER
from .options import SwapUnit
from .similarity import likeness
from .types import Identity, Image, Sex
from .zoo.inswapper import RECOGNISER

PREVIEW_SIDE = 256


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Built:
    """A face made of pictures. resemblance: how much each picture's face resembles the others. outliers: those that
    look like another person, by number. dropped: whether they were left out of `identity`.
    """

    identity: Identity
    samples: tuple[Sample, ...]
    resemblance: tuple[float | None, ...]
    outliers: tuple[int, ...]
    dropped: bool
    notes: tuple[str, ...]

    @property
    def best(self) -> Sample:
        """The best picture of those that were used."""
        used = [sample for number, sample in enumerate(self.samples) if not (self.dropped and number in self.outliers)]
        return max(used, key=lambda sample: sample.quality.weight)


def build(
    engine: Engine, name: str, pictures: Sequence[Readable], *, method: str = "mean", drop_outliers: bool = False
) -> Built:
    """One face from the largest faces of `pictures` (folders of them included).

    Raises InputError when the name cannot be used, or a picture has no face.
    """
    name = naming.checked(name)
    sources = engine.sources(SwapUnit(source=tuple(pictures), order="large-small", similarity=True), to_keep=True)
    built = build_of(name, [row[0] for row in sources.samples], method=method, drop_outliers=drop_outliers)
    return replace(built, notes=sources.notes)


def build_of(name: str, samples: Sequence[Sample], *, method: str = "mean", drop_outliers: bool = False) -> Built:
    """One face of these faces, at least one. Raises InputError when the name cannot be used."""
    name = naming.checked(name)
    resemblance = blending.resemblances([sample.identity.embeddings for sample in samples])
    outliers = tuple(blending.outliers(resemblance))
    dropped = drop_outliers and bool(outliers)
    used = [sample for number, sample in enumerate(samples) if not (dropped and number in outliers)]
    identity = blending.blend(
        [sample.identity for sample in used],
        name,
        method=method,
        weights=[sample.quality.weight for sample in used],
    )
    return Built(
        identity=replace(identity, name=name, doubted=_doubted(samples, () if dropped else outliers)),
        samples=tuple(samples),
        resemblance=tuple(resemblance),
        outliers=outliers,
        dropped=dropped,
        notes=blending.doubts([sample.identity.name for sample in samples], resemblance),
    )


def _doubted(samples: Sequence[Sample], outliers: Sequence[int]) -> tuple[str, ...]:
    return tuple(source for number in outliers for source in samples[number].identity.sources)


def settled(built: Built, *, sex: str = "auto", texture: bool = True) -> Built:
    """The face with the sex that is said, unless that is "auto", and without its skin where it is to keep none."""
    identity = built.identity
    return replace(
        built,
        identity=replace(
            identity,
            sex=identity.sex if sex == "auto" else cast(Sex, sex),
            texture=identity.texture if texture else None,
        ),
    )


def free_name(name: str, folder: Path) -> str:
    """`name`, or with a number, as anna-2, where a face or a preview has it. Raises InputError for no name at all."""
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    places = (naming.place(folder, each) for each in names)
    return next(each.stem for each in places if not any(map(os.path.lexists, (each, naming.preview(each)))))


def completed(kept: Identity, built: Built) -> Built:
    """The kept face with what it lacks of `built`, which is the same person: recognition data, and skin with its shape.

    Raises InputError when that adds nothing, or shows another person.
    """
    new = built.identity
    if kept.embeddings.keys() & new.embeddings.keys():
        alike = likeness(kept.embeddings, new.embeddings)
        if alike < STRANGER:
            raise InputError(f"The pictures look like another person than {kept.name} ({alike:.2f}); give others.")
    worn = kept if kept.texture is not None or new.texture is None else new
    if worn is kept and not new.embeddings.keys() - kept.embeddings.keys():
        further = "" if RECOGNISER in kept.embeddings else "; get the buffalo_l pack for the neural engine"
        raise InputError(f"{kept.name} has all that can be added here{further}.")
    ages = [age for age in (kept.age, new.age) if age is not None]
    identity = replace(
        kept,
        embeddings={**new.embeddings, **kept.embeddings},
        texture=worn.texture,
        shape=worn.shape,
        sex=kept.sex or new.sex,
        # The gate is to know of the youngest.
        age=min(ages, default=None),
        sources=tuple(dict.fromkeys((*kept.sources, *new.sources))),
        doubted=tuple(dict.fromkeys((*kept.doubted, *new.doubted))),
    )
    return replace(built, identity=identity)


def lacking(engine: Engine, identity: Identity) -> str:
    """A sentence about the recognition data that a kept face could have here and has not, and how to add it; or ""."""
    missing = [each for each in engine.recognisers if each not in identity.embeddings]
    if not missing:
        return ""
    return (
        f"{identity.name} lacks {' and '.join(missing)}, which an engine that is there recognises faces by; "
        f"add it with: roop face build {identity.name} PICTURE --update"
    )


def save(built: Built, folder: Path, *, overwrite: bool = False) -> tuple[Path, Path | None]:
    """Write the checkpoint and, when it has skin, the preview beside it.

    Raises InputError when they are there already.
    """
    path = naming.place(folder, built.identity.name)
    picture = naming.preview(path)
    if picture.exists() and not path.exists() and not overwrite:
        raise InputError(f"{picture} is there already; choose another name, or write over it with --overwrite.")
    checkpoints.write(built.identity, path, overwrite=overwrite)
    data = previewed(built, picture.suffix)
    if data is None:
        naming.delete(picture)
        return path, None
    return path, checkpoints.put(picture, data)


def previewed(built: Built, suffix: str = naming.PREVIEW_SUFFIX) -> bytes | None:
    """The preview as the bytes of a file, with its marks; None for a face without skin."""
    return _encoded(preview(built.best) if built.identity.texture is not None else None, suffix)


def skin(built: Built, suffix: str = naming.PREVIEW_SUFFIX) -> bytes | None:
    """The face's skin as the bytes of such a file, which the mesh model paints with; None for a face without it."""
    return _encoded(built.identity.texture.rgb if built.identity.texture is not None else None, suffix)


def _encoded(pixels: Image | None, suffix: str) -> bytes | None:
    return None if pixels is None else provenance.encoded(images.read(pixels), suffix, source_type=provenance.COMPOSITE)


def renamed(path: Path, place: Path) -> None:
    """Let the kept face `path` lie at `place`, its preview with it, byte for byte. Raises InputError.

    What is at `place` is written over; the face is called as its file is.
    """
    for old, new in ((naming.preview(path), naming.preview(place)), (path, place)):
        if old.is_file():
            checkpoints.put(new, old.read_bytes())
        else:
            naming.delete(new)
    naming.remove(path)


def preview(sample: Sample) -> Image | None:
    """The face as a square picture of at most `PREVIEW_SIDE` pixels; None without pixels to show."""
    texture = sample.identity.texture
    if texture is None or not texture.rgb.size:
        return None
    height, width = texture.rgb.shape[:2]
    side = min(height, width)
    middle = texture.points.mean(0)
    x, y = (
        int(np.clip(round(float(at)) - side // 2, 0, size - side))
        for at, size in zip(middle, (width, height), strict=True)
    )
    square = texture.rgb[y : y + side, x : x + side]
    if side <= PREVIEW_SIDE:
        return square.copy()
    return np.asarray(cv2.resize(square, (PREVIEW_SIDE, PREVIEW_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
