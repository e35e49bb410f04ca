"""One picture from analysis to result: analyse -> plan -> apply."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import geometry, images
from .analysers.base import Analyser, Recogniser
from .errors import InputError, NoFaceError, OptionError
from .images import Picture
from .options import SwapUnit, describe, rectangle
from .safety import Gate, surroundings
from .selection import Selection, select
from .similarity import likeness
from .swappers.base import Swapper
from .types import Detection, Face, FaceReport, Floats, Identity, Image, Patch, SwapJob, SwapResult

Box = tuple[float, float, float, float]
USUAL = 0.5
"""The detection threshold of those who ask for none."""
DOUBTFUL = 0.5
"""What scores lower in a given box is probably no face."""


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
    similarity. like: embeddings of the person to be replaced, when the unit names one.
    """

    unit: SwapUnit
    swapper: Swapper
    identities: tuple[Identity, ...]
    reference: Identity
    like: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who goes onto one face, by which unit."""

    face: Face
    casting: Casting
    identity: Identity


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is to happen to the faces of one detection: each is assigned or skipped for a reason.

    missing: numbers asked for that no face has, each with how many faces were counted. source: the names of the first
    unit's sources. notes: what the user should know of the sources.
    """

    assignments: tuple[Assignment, ...]
    skipped: tuple[tuple[Face, str], ...] = ()
    near_misses: tuple[Face, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()


def wants(units: Sequence[SwapUnit]) -> Wants:
    """What these units need to know of the target picture."""
    boxes = tuple(box for unit in units if (box := rectangle(unit.box)))
    return Wants(
        threshold=min(unit.detection_threshold for unit in units),
        embeddings=any(unit.like is not None for unit in units),
        attributes=any(unit.sex != "any" for unit in units),
        boxes=boxes,
        detect=len(boxes) < len(units),
    )


def analyse(image: Image, analyser: Analyser, needed: Wants, find: Callable[[], Detection] | None = None) -> Detection:
    """The faces of `image` (RGB) with what is needed known about them. `find` may stand for the detector.

    Raises OptionError when sex is needed and the analyser cannot tell, InputError when a given box is off the picture.
    """
    if needed.attributes and analyser.attributes is None:
        raise OptionError(
            f"The {analyser.name} analyser cannot tell a face's sex; leave sex at any, or name the person with like."
        )
    look = find or (lambda: analyser.detector.detect(image, needed.threshold))
    found = look() if needed.detect else Detection(())
    given = [_boxed(len(found.faces) + place, box, image) for place, box in enumerate(needed.boxes)]
    faces = [*found.faces, *given]
    if given or (needed.mesh and any(face.dense is None for face in faces)):
        # Faces that have a mesh stay as they are.
        faces = analyser.landmarker.fit(image, faces)
    if needed.embeddings and faces:
        faces = analyser.recogniser.embed(image, faces)
    if needed.attributes and analyser.attributes is not None and faces:
        faces = analyser.attributes.read(image, faces)
    count = len(found.faces)
    return Detection(tuple(faces[:count]), found.near_misses, tuple(faces[count:]))


def plan(detection: Detection, castings: Sequence[Casting]) -> Plan:
    """Who goes where, all units on the same detection; a face that two units want goes to the first of them."""
    given = iter(detection.given)
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
            taken = next((each.face.id for each in assigned.values() if _same_place(each.face, face)), None)
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


def require_work(planned: Plan, name: str) -> None:
    """Raises NoFaceError when no face of the picture `name` is to be swapped, InputError for a number out of range."""
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
        return "; if there is one, give its place with box (x,y,width,height)"
    best = max(near_misses, key=lambda face: face.score)
    x0, y0, x1, y1 = (max(round(float(edge)), 0) for edge in best.box)
    lower = math.floor(best.score * 100) / 100
    (least,) = (entry.minimum or 0 for entry in describe(SwapUnit) if entry.name == "detection_threshold")
    easier = f"lower the detection threshold to {lower:g} or " if lower >= least else ""
    return (
        f"; the nearest miss scored {best.score:.2f}: if it is a face, {easier}"
        f"give its box, {x0},{y0},{x1 - x0},{y1 - y0}"
    )


def apply(
    picture: Picture, planned: Plan, *, gate: Gate, recogniser: Recogniser, interrupted: Callable[[], bool]
) -> tuple[Picture, SwapResult]:
    """The picture with the assigned faces swapped, in its own depth, and the report on each face.

    Every pixel outside the patches' masks stays. Raises Refused when the gate says no.
    """
    age = youngest(planned)
    gate.check([picture.rgb, *surroundings(picture.rgb, [each.face for each in planned.assignments])], age)
    clock = _Clock()
    patches = _swap(picture.rgb, planned.assignments, interrupted, clock)
    done = [each for each in planned.assignments if each.face.id in patches]
    result = images.paste(picture, patches.values())
    clock.mark("paste", patches)
    if patches:
        gate.check([result.rgb, *surroundings(result.rgb, [each.face for each in done])], age)
    scores = _score(result.rgb, done, recogniser)
    clock.mark("similarity", scores)
    reports = [
        *(_swapped(each, scores.get(each.face.id, _Scores()), clock.spent[each.face.id]) for each in done),
        *(_skipped(each.face, "stopped") for each in planned.assignments if each.face.id not in patches),
        *(_skipped(face, reason) for face, reason in planned.skipped),
    ]
    swappers = dict.fromkeys(each.casting.swapper for each in done)
    report = SwapResult(
        image=result.rgb,
        patches=tuple(patches.values()),
        faces=tuple(sorted(reports, key=lambda report: report.index)),
        engine=" + ".join(dict.fromkeys(swapper.engine for swapper in swappers)),
        models=tuple(dict.fromkeys(model for swapper in swappers for model in swapper.models)),
        rejected="; ".join(report.reason for report in reports if report.status == "rejected"),
        notes=tuple(dict.fromkeys((*picture.notes, *planned.notes))),
    )
    return result, report


def youngest(planned: Plan) -> int | None:
    """The lowest estimated age of the picture's faces and of those who are put there; None where none is known."""
    faces = (*(each.face for each in planned.assignments), *(face for face, _ in planned.skipped))
    ages = [face.age for face in faces] + [each.identity.age for each in planned.assignments]
    return min((age for age in ages if age is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Scores:
    similarity: float | None = None
    reference: float | None = None


class _Clock:
    """Milliseconds by face id and stage; what a batch took is shared out equally over its faces."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.spent: dict[int, dict[str, float]] = {}

    def mark(self, stage: str, ids: Iterable[int]) -> None:
        """The time since the last mark went into `stage` for these faces."""
        now, faces = time.perf_counter(), list(ids)
        for face in faces:
            self.spent.setdefault(face, {})[stage] = round((now - self._last) * 1000 / len(faces), 2)
        self._last = now


def _same_place(one: Face, other: Face) -> bool:
    """Whether two boxes, perhaps a detected and a given one, hold the same face."""
    return one.id == other.id or geometry.overlap(one.box, other.box) >= 0.5


def _doubt(face: Face) -> str:
    x0, y0, x1, y1 = (round(float(edge)) for edge in face.box)
    return f"No face is seen in the box {x0},{y0},{x1 - x0},{y1 - y0} (score {face.score:.2f}); look at the result."


def _boxed(number: int, box: Box, image: Image) -> Face:
    x0, y0, x1, y1 = box
    height, width = image.shape[:2]
    if x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0:
        raise InputError(
            f"The box {x0:g},{y0:g},{x1 - x0:g},{y1 - y0:g} lies outside the picture, which is {width}x{height}."
        )
    landmarks = np.full((5, 2), ((x0 + x1) / 2, (y0 + y1) / 2), np.float32)
    return Face(id=number, box=np.array(box, np.float32), landmarks=landmarks, score=1.0)


def _select(faces: Sequence[Face], casting: Casting) -> Selection:
    resemblance = {face.id: likeness(face.embeddings, casting.like) for face in faces} if casting.like else {}
    return select(faces, casting.unit, sex=casting.identities[0].sex, resemblance=resemblance)


def _swap(
    image: Image, assignments: Sequence[Assignment], interrupted: Callable[[], bool], clock: _Clock
) -> dict[int, Patch]:
    """Patches by face id, one batch for each swapper."""
    patches: dict[int, Patch] = {}
    for swapper in dict.fromkeys(each.casting.swapper for each in assignments):
        if interrupted():
            break
        mine = [each for each in assignments if each.casting.swapper is swapper]
        jobs = [_job(image, each) for each in mine]
        patches.update(zip((each.face.id for each in mine), swapper.swap(jobs), strict=True))
        clock.mark("swap", [each.face.id for each in mine])
    return {each.face.id: patches[each.face.id] for each in assignments if each.face.id in patches}


def _job(image: Image, assignment: Assignment) -> SwapJob:
    spec = assignment.casting.swapper.frame(assignment.face, assignment.identity)
    return SwapJob(geometry.cut(image, spec), assignment.identity, assignment.casting.unit.strength, assignment.face)


def _score(result: Image, done: Sequence[Assignment], recogniser: Recogniser) -> dict[int, _Scores]:
    """Similarities by face id, for the faces whose unit asks for them; the target's own points serve again."""
    asked = [each for each in done if each.casting.unit.measured]
    if not asked:
        return {}
    faces = recogniser.embed(result, [each.face for each in asked])
    return {
        face.id: _Scores(
            likeness(face.embeddings, each.identity.embeddings),
            likeness(face.embeddings, each.casting.reference.embeddings),
        )
        for face, each in zip(faces, asked, strict=True)
    }


def _swapped(assignment: Assignment, scores: _Scores, ms: Mapping[str, float]) -> FaceReport:
    face, unit = assignment.face, assignment.casting.unit
    reasons = [
        f"face {face.id}: {what} {score:.2f} is below {least:g}"
        for what, score, least in (
            ("similarity", scores.similarity, unit.min_similarity),
            ("reference similarity", scores.reference, unit.min_reference_similarity),
        )
        if score is not None and score < least
    ]
    return FaceReport(
        index=face.id,
        box=_corners(face),
        score=face.score,
        status="rejected" if reasons else "swapped",
        reason="; ".join(reasons),
        identity=assignment.identity.name,
        similarity=scores.similarity,
        reference_similarity=scores.reference,
        ms=ms,
    )


def _skipped(face: Face, reason: str) -> FaceReport:
    return FaceReport(index=face.id, box=_corners(face), score=face.score, status="skipped", reason=reason)


def _corners(face: Face) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in face.box)
    return x0, y0, x1, y1
