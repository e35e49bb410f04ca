"""Which face gets whom: what units need to know of a picture, and the plan made of it."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import geometry
from .errors import InputError, NoFaceError
from .maskers.base import Masking
from .options import NEVER, SwapUnit, describe, rectangle
from .selection import Selection, select
from .similarity import likeness
from .swappers.base import Swapper
from .types import Detection, Face, Floats, Identity, Mask, Patch, Restorer, Upscaler

Box = tuple[float, float, float, float]
USUAL = 0.5
"""The detection threshold of those who ask for none."""
ELSEWHERE = ", which programs and the command line can"
"""Ends a sentence about an option that no panel has."""
DOUBTFUL = 0.5
"""What scores lower in a given box is probably no face."""
COARSE = 128
"""A face that a model drew with at most so many pixels gains by being restored,"""
SMALL = 64
"""unless the picture has it smaller than this."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What units need to know of a picture; nets that nobody needs do not run. Equal wants give equal detections."""

    threshold: float = USUAL
    mesh: bool = False
    embeddings: bool = False
    attributes: bool = False
    boxes: tuple[Box, ...] = ()
    detect: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Casting:
    """A unit with its pictures read and its models loaded.

    identities: one for each number in `unit.source_face`. reference: the first source picture alone, for the reference
    similarity. like: embeddings of the person to be replaced, when the unit names one. maskings: where the faces are
    replaced; nothing for wherever the swapper likes.
    """

    unit: SwapUnit
    swapper: Swapper
    identities: tuple[Identity, ...]
    reference: Identity
    like: Mapping[str, Floats] = field(default_factory=dict)
    maskings: tuple[Masking, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The nets that swap and mask."""
        return (*self.swapper.models, *(name for used in self.maskings for name in used.masker.models))

    @property
    def coarse(self) -> bool:
        """Whether the faces come out with few pixels, and nothing makes them finer before they are pasted."""
        return 0 < self.swapper.side <= COARSE and self.unit.enhance == NEVER


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who goes onto one face, by which unit."""

    face: Face
    casting: Casting
    identity: Identity

    @property
    def coarse(self) -> bool:
        """Whether the picture could show more of the face than the model drew."""
        return self.casting.coarse and max(self.face.width, self.face.height) >= SMALL


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Restoring:
    """What draws faces anew after the swap, or why nothing does.

    visibility and fidelity: 0..1. everyone: the faces that were not swapped, too. coarse: of those that were, only the
    ones that came out with few pixels.
    """

    restorer: Restorer | None = None
    visibility: float = 1.0
    fidelity: float = 0.5
    everyone: bool = False
    coarse: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Enlarging:
    """What makes the result larger. visibility: 0..1. first: before faces are restored."""

    upscaler: Upscaler
    scale: float
    visibility: float = 1.0
    first: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What goes onto the faces of one picture, by their ids, and the milliseconds that it took, by id and stage."""

    patches: Mapping[int, Patch]
    ms: Mapping[int, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is to happen to the faces of one detection: each is assigned or skipped for a reason.

    missing: numbers asked for that no face has, each with how many faces were counted. source: the names of the first
    unit's sources. notes: what the user should know of the sources. restoring: what follows the swap. drawn: the
    patches, where they were drawn ahead. enhances: no face is swapped, and all that are skipped are restored.
    """

    assignments: tuple[Assignment, ...]
    skipped: tuple[tuple[Face, str], ...] = ()
    near_misses: tuple[Face, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()
    restoring: Restoring = Restoring()
    drawn: Drawn | None = None
    enhances: bool = False

    @property
    def altered(self) -> tuple[Face, ...]:
        """The faces that are swapped, or restored where none is."""
        if self.enhances:
            return tuple(face for face, _ in self.skipped)
        return tuple(each.face for each in self.assignments)


def wants(units: Sequence[SwapUnit]) -> Wants:
    """What these units need to know of the target picture."""
    boxes = tuple(box for unit in units if (box := rectangle(unit.box)))
    return Wants(
        threshold=min(unit.detection_threshold for unit in units),
        mesh=any(unit.outlined for unit in units),
        embeddings=any(unit.like is not None for unit in units),
        attributes=any(unit.sex != "any" for unit in units),
        boxes=boxes,
        detect=len(boxes) < len(units),
    )


def plan(detection: Detection, castings: Sequence[Casting]) -> Plan:
    """Who goes where, all units on the same detection; a face that two units want goes to the first of them."""
    given, found = iter(detection.given), {face.id for face in detection.faces}
    assigned: dict[int, Assignment] = {}
    reasons: dict[int, str] = {}
    missing: list[tuple[int, int]] = []
    for casting in castings:
        if casting.unit.box:
            pairs: tuple[tuple[Face, int], ...] = ((next(given), 0),)
        else:
            selection = _select(detection.faces, casting)
            pairs = selection.pairs
            reasons = {**selection.reasons, **reasons}
            missing += [(number, selection.counted) for number in selection.missing]
        for face, place in pairs:
            taken = next((id_ for id_, each in assigned.items() if _same(each.face, face, found)), None)
            if taken is None:
                assigned[face.id] = Assignment(face, casting, casting.identities[place])
            elif taken != face.id:
                reasons[face.id] = f"an earlier unit took it as face {taken}"
    faces = (*detection.faces, *detection.given)
    return Plan(
        tuple(assigned[face.id] for face in faces if face.id in assigned),
        tuple((face, reasons.get(face.id, "only boxes were asked for")) for face in faces if face.id not in assigned),
        detection.near_misses,
        tuple(missing),
        notes=tuple(_doubt(face) for face in detection.given if face.score < DOUBTFUL),
    )


def enhancement(detection: Detection) -> Plan:
    """The plan of a picture in which no face is swapped and every one is restored, whoever named it."""
    faces = (*detection.faces, *detection.given)
    return Plan((), tuple((face, "no restorer ran") for face in faces), detection.near_misses, enhances=True)


def within(detection: Detection, mask: Mask | None) -> tuple[Detection, tuple[tuple[Face, str], ...]]:
    """The detection with the faces whose middle lies in `mask` (HxW, 0..1; None: all), and the others, skipped."""
    if mask is None:
        return detection, ()
    inside = [face for face in detection.faces if _covered(face, mask)]
    left = tuple((face, "it lies outside the mask") for face in detection.faces if not _covered(face, mask))
    return replace(detection, faces=tuple(inside)), left


def require_work(planned: Plan, name: str, *, enlarged: bool = False) -> None:
    """Raises NoFaceError when no face of the picture `name` is to be swapped, InputError for a number out of range.

    enlarged: the whole picture is made larger, which needs no face where none is to be swapped.
    """
    if planned.enhances:
        if not planned.altered and not enlarged:
            raise NoFaceError(f"No face to restore was found in {name}; an upscaler enlarges it without one.")
        return
    if not planned.assignments and not planned.skipped:
        raise NoFaceError(f"No face was found in {name}{near_miss_advice(planned.near_misses)}.")
    for number, counted in planned.missing:
        if not counted:
            continue
        faces = "1 face counts" if counted == 1 else f"{counted} faces count"
        raise InputError(f"There is no face {number} in {name}: {faces}, numbered from 0.")
    if not planned.assignments:
        reasons = "; ".join(dict.fromkeys(reason for _, reason in planned.skipped))
        raise NoFaceError(f"None of the faces in {name} passes the filters: {reasons}.")


def near_miss_advice(near_misses: Sequence[Face]) -> str:
    """How to reach the best candidate that failed, as the end of a sentence; without one, how to name a face."""
    if not near_misses:
        return f"; if there is one, give its place with box (x,y,width,height){ELSEWHERE}"
    best = max(near_misses, key=lambda face: face.score)
    x0, y0, x1, y1 = (max(round(float(edge)), 0) for edge in best.box)
    lower = math.floor(best.score * 100) / 100
    (least,) = (entry.minimum or 0 for entry in describe(SwapUnit) if entry.name == "detection_threshold")
    easier = f"lower the detection threshold to {lower:g} or " if lower >= least else ""
    return (
        f"; the nearest miss scored {best.score:.2f}: if it is a face, {easier}"
        f"give its box, {x0},{y0},{x1 - x0},{y1 - y0}{ELSEWHERE}"
    )


def restorable(planned: Plan, swapped: Container[int]) -> tuple[Face, ...]:
    """The faces that are to be restored when those of the ids `swapped` were swapped."""
    restoring = planned.restoring
    done = [each for each in planned.assignments if each.face.id in swapped]
    if restoring.restorer is None or not (done or planned.enhances):
        return ()
    if restoring.everyone:
        return (*(each.face for each in planned.assignments), *(face for face, _ in planned.skipped))
    return tuple(each.face for each in done if each.coarse or not restoring.coarse)


def youngest(planned: Plan) -> int | None:
    """The lowest estimated age of the picture's faces and of those who are put there; None where none is known."""
    faces = (*(each.face for each in planned.assignments), *(face for face, _ in planned.skipped))
    ages = [face.age for face in faces] + [each.identity.age for each in planned.assignments]
    return min((age for age in ages if age is not None), default=None)


def _covered(face: Face, mask: Mask) -> bool:
    height, width = mask.shape
    x, y = ((face.box[:2] + face.box[2:]) / 2).tolist()
    return bool(mask[min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)] > 0.5)


def _same(one: Face, other: Face, found: Container[int]) -> bool:
    """Whether they are one face. Those that the detector has `found` it told apart; a given box may hold any."""
    if one.id == other.id or (one.id in found and other.id in found):
        return one.id == other.id
    return geometry.overlap(one.box, other.box) >= 0.5


def _doubt(face: Face) -> str:
    x0, y0, x1, y1 = (round(float(edge)) for edge in face.box)
    return f"No face is seen in the box {x0},{y0},{x1 - x0},{y1 - y0} (score {face.score:.2f}); look at the result."


def _select(faces: Sequence[Face], casting: Casting) -> Selection:
    resemblance = {face.id: likeness(face.embeddings, casting.like) for face in faces} if casting.like else {}
    return select(faces, casting.unit, sex=casting.identities[0].sex, resemblance=resemblance)
