"""One picture from analysis to result: analyse -> plan -> apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from . import geometry, images
from .analysers.base import Analyser, Recogniser
from .errors import InputError, OptionError
from .images import Picture
from .planning import Assignment, Box, Plan, Wants, youngest
from .reports import Clock, Scores, skipped, swapped
from .safety import Gate, surroundings
from .similarity import likeness
from .types import Detection, Face, Image, Patch, SwapJob, SwapResult


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


def apply(
    picture: Picture, planned: Plan, *, gate: Gate, recogniser: Recogniser, interrupted: Callable[[], bool]
) -> tuple[Picture, SwapResult]:
    """The picture with the assigned faces swapped, in its own depth, and the report on each face.

    Every pixel outside the patches' masks stays. Raises Refused when the gate says no.
    """
    age = youngest(planned)
    gate.check([picture.rgb, *surroundings(picture.rgb, [each.face for each in planned.assignments])], age)
    clock = Clock()
    patches = _swap(picture.rgb, planned.assignments, interrupted, clock)
    done = [each for each in planned.assignments if each.face.id in patches]
    result = images.paste(picture, patches.values())
    clock.mark("paste", patches)
    if patches:
        gate.check([result.rgb, *surroundings(result.rgb, [each.face for each in done])], age)
    scores = _score(result.rgb, done, recogniser)
    clock.mark("similarity", scores)
    reports = [
        *(swapped(each, scores.get(each.face.id, Scores()), clock.spent[each.face.id]) for each in done),
        *(skipped(each.face, "stopped") for each in planned.assignments if each.face.id not in patches),
        *(skipped(face, reason) for face, reason in planned.skipped),
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


def _boxed(number: int, box: Box, image: Image) -> Face:
    x0, y0, x1, y1 = box
    height, width = image.shape[:2]
    if x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0:
        raise InputError(
            f"The box {x0:g},{y0:g},{x1 - x0:g},{y1 - y0:g} lies outside the picture, which is {width}x{height}."
        )
    landmarks = np.full((5, 2), ((x0 + x1) / 2, (y0 + y1) / 2), np.float32)
    return Face(id=number, box=np.array(box, np.float32), landmarks=landmarks, score=1.0)


def _swap(
    image: Image, assignments: Sequence[Assignment], interrupted: Callable[[], bool], clock: Clock
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


def _score(result: Image, done: Sequence[Assignment], recogniser: Recogniser) -> dict[int, Scores]:
    """Similarities by face id, for the faces whose unit asks for them; the target's own points serve again."""
    asked = [each for each in done if each.casting.unit.measured]
    if not asked:
        return {}
    faces = recogniser.embed(result, [each.face for each in asked])
    return {
        face.id: Scores(
            likeness(face.embeddings, each.identity.embeddings),
            likeness(face.embeddings, each.casting.reference.embeddings),
        )
        for face, each in zip(faces, asked, strict=True)
    }
