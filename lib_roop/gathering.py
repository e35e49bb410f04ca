"""Every face of many pictures: looked at one by one, compared, and which of them are one person's, to make a face of.

What is remembered of a picture between the steps is a few kilobytes a face; for those that are used it is read again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from . import casting, drawing, facemesh, faces, images, provenance
from .casting import Sample
from .engine import Engine, read
from .errors import InputError
from .faces import Built
from .identities import blending, naming, textures
from .identities.blending import STRANGER, Quality
from .images import Picture
from .options import SwapUnit
from .selection import ordered
from .similarity import likeness
from .types import Floats, Image, Pose

ORDER = "large-small"
SIDE, ZOOM = 160, 1.5
"""Of a close-up: its pixels, and how much of the picture it shows, in faces."""
SECOND, STRANGE = "another face of its picture", "another person?"
"""Why a face is not suggested."""
COLOURS = {"": (70, 180, 90), SECOND: (255, 190, 0), STRANGE: (225, 60, 60)}
"""Of the frames, by that."""

Source = Path | Picture
Likenesses = NDArray[np.float64]
"""NxN: how alike each two candidates are, 0..1."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Candidate:
    """A face that was found, without its pixels.

    source: the picture, to be read again. picture: its number. number: of the face in it, the largest is 0.
    faces: how many it shows.
    """

    source: Source
    picture: int
    number: int
    faces: int
    quality: Quality
    pose: Pose | None
    embeddings: Mapping[str, Floats]

    @property
    def name(self) -> str:
        """What the picture is called, and the face in it where it shows several."""
        return self.source.name if self.faces == 1 else f"{self.source.name} (face {self.number + 1} of {self.faces})"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looked:
    """A picture that was looked at: its faces, the largest first, and of each a close-up, RGB, `SIDE` pixels square.

    error: why there are none. notes: what the user should know of the picture.
    """

    source: Source
    candidates: tuple[Candidate, ...] = ()
    crops: tuple[Image, ...] = ()
    error: InputError | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Suggestion:
    """Which candidates to use, by number. resemblance: how much each resembles those of the other pictures, in the
    median; None where there are none. reasons: why each is not used, `SECOND` or `STRANGE`, or "".

    notes: sentences about pictures that seem to show another person.
    """

    used: tuple[int, ...] = ()
    resemblance: tuple[float | None, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def look(engine: Engine, source: Source, picture: int) -> Looked:
    """All faces of one picture, described by every recogniser that is there. `picture` becomes its number.

    A picture that cannot be read, or shows no face, is told with its error. Raises ModelError.
    """
    try:
        opened = read(source)
        people = ordered(engine.detect(opened).faces, ORDER)
        found = _samples(engine, opened, range(max(1, len(people))))
    except InputError as error:
        return Looked(source=source, error=error)
    candidates = tuple(_candidate(sample, source, picture) for sample in found)
    crops = tuple(_close_up(drawing.close_up(opened.rgb, face, zoom=ZOOM)) for face in people)
    return Looked(source=source, candidates=candidates, crops=crops, notes=opened.notes)


def compared(candidates: Sequence[Candidate], earlier: Likenesses | None = None) -> Likenesses:
    """How alike they are, each with each; `earlier` is what it was for the first of them."""
    count, known = len(candidates), 0 if earlier is None else len(earlier)
    table = np.ones((count, count))
    table[:known, :known] = 1 if earlier is None else earlier
    for one in range(known, count):
        for other in range(one):
            alike = likeness(candidates[one].embeddings, candidates[other].embeddings)
            table[one, other] = table[other, one] = alike
    return table


def suggested(candidates: Sequence[Candidate], alike: Likenesses) -> Suggestion:
    """Which faces to make one face of: one of each picture, and of those all that resemble the rest.

    It is the face of the person whom most pictures show, where there is one, and otherwise the picture's largest.
    candidates: the pictures one after the other, the faces of each from large to small, as `look` gives them.
    """
    if not candidates:
        return Suggestion()
    pictures = np.array([each.picture for each in candidates])
    chosen = _chosen(pictures, alike)
    resemblance = tuple(
        _resemblance(alike[face], [each for each in chosen if pictures[each] != own])
        for face, own in enumerate(pictures)
    )
    of_chosen = [resemblance[face] for face in chosen]
    strange = {chosen[place] for place in blending.outliers(of_chosen)}
    return Suggestion(
        used=tuple(face for face in chosen if face not in strange),
        resemblance=resemblance,
        reasons=tuple(
            STRANGE if face in strange else "" if face in chosen else SECOND for face in range(len(candidates))
        ),
        notes=blending.doubts([candidates[face].name for face in chosen], of_chosen),
    )


def by_picture(candidates: Iterable[Candidate]) -> list[tuple[Candidate, ...]]:
    """Those of the same picture together."""
    return [tuple(group) for _, group in itertools.groupby(candidates, key=lambda each: each.picture)]


def samples(engine: Engine, candidates: Sequence[Candidate], *, alone: bool) -> tuple[Sample, ...]:
    """Candidates of one picture with their pixels, for `faces.build_of`. alone: nothing is to be blended with it.

    Raises InputError when the picture is gone.
    """
    found = _samples(engine, read(candidates[0].source), [each.number for each in candidates])
    named = (
        replace(sample, identity=replace(sample.identity, name=each.name))
        for sample, each in zip(found, candidates, strict=True)
    )
    return tuple(sample if alone else _reduced(sample) for sample in named)


def build(
    engine: Engine,
    name: str,
    pictures: Sequence[Source | str],
    *,
    method: str = "mean",
    drop_outliers: bool = False,
) -> Built:
    """As `faces.build`, but of several faces in a picture it takes that of the person whom most pictures show."""
    naming.checked(name)
    looked, notes = _looked(engine, pictures)
    candidates = [each for one in looked for each in one.candidates]
    suggestion = suggested(candidates, compared(candidates))
    chosen = [each for each, reason in zip(candidates, suggestion.reasons, strict=True) if reason != SECOND]
    found = [each for part in by_picture(chosen) for each in samples(engine, part, alone=len(chosen) == 1)]
    built = faces.build_of(name, found, method=method, drop_outliers=drop_outliers)
    return replace(built, notes=(*notes, *built.notes))


PICKS: Mapping[str, Callable[..., Built]] = {"largest": faces.build, "alike": build}
"""Which face of a picture that shows several is taken, and what makes one face of those."""


def _looked(engine: Engine, pictures: Sequence[Source | str]) -> tuple[list[Looked], list[str]]:
    """Pictures and folders of them; of a folder those that cannot be used are left out, and it is noted."""
    numbers, looked, notes = itertools.count(), list[Looked](), list[str]()
    for given in pictures:
        source = Path(given) if isinstance(given, str) else given
        folder = isinstance(source, Path) and source.is_dir()
        paths = casting.pictures(source.resolve()) if isinstance(source, Path) and folder else [source]
        ones = [look(engine, each, number) for each, number in zip(paths, numbers, strict=False)]
        for one in ones:
            if one.error and not folder:
                raise one.error
            notes += [f"{one.source.name} was left out: {one.error}"] if one.error else one.notes
        if not any(one.candidates for one in ones):
            raise InputError(f"The folder {source} holds no picture with a face that can be used; name another.")
        looked += ones
    return looked, notes


def shown(crop: Image, number: int, reason: str) -> bytes:
    """A close-up as a JPEG file, with its marks: its number, and a frame whose colour says whether it is suggested."""
    framed, edge = crop.copy(), max(2, SIDE // 32)
    cv2.rectangle(framed, (0, 0), (SIDE - 1, SIDE - 1), COLOURS[reason], 2 * edge)
    tag = drawing.plate(str(number), SIDE / 12, (SIDE // 2, SIDE // 4))
    # Galleries have their own words in the other corners.
    framed[edge : edge + tag.shape[0], SIDE - edge - tag.shape[1] : SIDE - edge] = tag
    return provenance.encoded(images.read(framed), ".jpg", source_type=provenance.COMPOSITE)


def _samples(engine: Engine, picture: Picture, numbers: Sequence[int]) -> tuple[Sample, ...]:
    unit = SwapUnit(source=(picture,), order=ORDER, source_face=",".join(map(str, numbers)), similarity=True)
    return engine.sources(unit, to_keep=True).samples[0]


def _candidate(sample: Sample, source: Source, picture: int) -> Candidate:
    shape = sample.identity.shape
    return Candidate(
        source=source,
        picture=picture,
        number=sample.number,
        faces=sample.faces,
        quality=sample.quality,
        pose=None if shape is None else facemesh.pose(shape),
        embeddings=sample.identity.embeddings,
    )


def _reduced(sample: Sample) -> Sample:
    """With no more skin than a blend has room for, as many large pictures would not fit into memory."""
    texture = sample.identity.texture
    if texture is None:
        return sample
    return replace(sample, identity=replace(sample.identity, texture=textures.reduced(texture, textures.SIDE)))


def _chosen(pictures: NDArray[np.intp], alike: Likenesses) -> list[int]:
    """One face of each picture."""
    largest = np.flatnonzero(np.diff(pictures, prepend=-1))
    # For each face, how alike the most similar one of each picture is: itself in its own.
    nearest = np.maximum.reduceat(alike, largest, axis=1)
    seen = (nearest >= STRANGER).sum(1)
    # Of two who are in as many pictures it is whoever is the largest there.
    foremost = (alike[:, largest] >= STRANGER).sum(1)
    person = max(range(len(pictures)), key=lambda face: (seen[face], foremost[face], -face))
    if 2 * seen[person] <= len(largest):
        return [int(face) for face in largest]
    ends = [*largest[1:], len(pictures)]
    return [
        int(first + np.argmax(alike[person, first:end])) if nearest[person, place] >= STRANGER else int(first)
        for place, (first, end) in enumerate(zip(largest, ends, strict=True))
    ]


def _resemblance(alike: NDArray[np.float64], others: Sequence[int]) -> float | None:
    return float(np.median(alike[others])) if others else None


def _close_up(pixels: Image) -> Image:
    shrinks = pixels.shape[0] > SIDE
    resized = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8)
