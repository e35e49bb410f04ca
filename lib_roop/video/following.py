"""Faces of a film's frames: found in one of a few frames, and followed from there.

Frames are looked at in groups that begin at fixed numbers. In a group's first frame, after a cut, and wherever a face
is lost, faces are searched for; in the others they are followed, which takes a fraction of the time. Whoever comes in
within a group is seen at the latest in the next one's first frame, and followed back from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Generic

from .. import selection
from ..types import Detection, Face, Floats, Image
from . import cuts, tracks
from .canvas import C
from .stages import Ledger, Window, mapped, windows
from .treating import Treatment

GROUP = 5
"""So many frames are a group; a fifth of a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked(Generic[C]):
    """A frame and its faces. glance: as `cuts.glance` sees it."""

    canvas: C
    image: Image
    glance: Floats
    detection: Detection


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works: threads, how many frames are begun ahead, and what keeps the times."""

    pool: ThreadPoolExecutor
    ahead: int
    ledger: Ledger


def looked(frames: Iterable[C], treatment: Treatment, crew: Crew) -> Iterator[Looked[C]]:
    """The frames with their faces, in order."""

    def forward(group: Sequence[C]) -> list[Looked[C]]:
        with crew.ledger.timed("look"):
            return _forward(group, treatment)

    def back(window: Window[list[Looked[C]]]) -> list[Looked[C]]:
        with crew.ledger.timed("look"):
            following = window.items[window.place + 1 :]
            return _back(window.own, following[0][0], treatment) if following else window.own

    ahead = max(-(-crew.ahead // GROUP), 2)
    groups = mapped(_grouped(frames), forward, crew.pool, ahead)
    for group in mapped(windows(groups, 1), back, crew.pool, 1):
        yield from group


def _grouped(frames: Iterable[C]) -> Iterator[list[C]]:
    for _, group in groupby(frames, lambda canvas: canvas.number // GROUP):
        yield list(group)


def _forward(group: Sequence[C], treatment: Treatment) -> list[Looked[C]]:
    done: list[Looked[C]] = []
    for canvas in group:
        image = canvas.seen()
        glance = cuts.glance(image)
        before = done[-1] if done and not cuts.is_cut(done[-1].glance, glance) else None
        found = _followed(image, before.detection, treatment) if before else None
        done.append(Looked(canvas, image, glance, found or _searched(image, treatment)))
    return done


def _searched(image: Image, treatment: Treatment) -> Detection:
    """All faces, laid as those are that are followed, so that a search is not seen as a jump."""
    found = treatment.look(image)
    settled = _followed(image, found, treatment)
    return replace(found, faces=settled.faces) if settled else found


def _followed(image: Image, before: Detection, treatment: Treatment) -> Detection | None:
    """The faces of the frame before in this one; None where one of them is lost, or two have become one."""
    faces = treatment.follow(image, before.faces)
    if faces is None:
        return None
    there = [face for face in faces if face is not None]
    if len(there) < len(before.faces) or len(_apart(there, ())) < len(there):
        return None
    return _numbered(Detection(()), there)


def _back(group: list[Looked[C]], following: Looked[C], treatment: Treatment) -> list[Looked[C]]:
    """The group with the faces that the frame after it shows and its last frames do not."""
    done, after = list(group), following
    known = tracks.linked(following.detection.faces, group[-1].detection.faces)
    new = [face for face in following.detection.faces if face.id not in known]
    for place in range(len(done) - 1, -1, -1):
        own = done[place]
        if not new or cuts.is_cut(own.glance, after.glance):
            break
        there = [face for face in treatment.follow(own.image, new) or () if face is not None]
        new = _apart(there, own.detection.faces)
        done[place] = replace(own, detection=_numbered(own.detection, [*own.detection.faces, *new])) if new else own
        after = own
    return done


def _apart(faces: Sequence[Face], others: Sequence[Face]) -> list[Face]:
    """The faces that lie on none of the `others`, nor on one before them."""
    kept: list[Face] = []
    for face in faces:
        if not (tracks.shared([face], [*others, *kept]) >= tracks.SAME).any():
            kept.append(face)
    return kept


def _numbered(own: Detection, faces: Sequence[Face]) -> Detection:
    """With these faces, from left to right."""
    ordered = selection.ordered(faces, "left-right")
    return replace(own, faces=tuple(replace(face, id=number) for number, face in enumerate(ordered)))
