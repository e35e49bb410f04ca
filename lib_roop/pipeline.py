"""One picture from analysis to result: analyse -> plan -> apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from . import colour, geometry, images, maskers, reports, restorers, upscalers
from .analysers.base import Analyser, Recogniser
from .errors import InputError, OptionError
from .images import Picture
from .options import NONE, SwapUnit
from .planning import Assignment, Box, Drawn, Enlarging, Plan, Restoring, Wants, restorable, youngest
from .reports import Clock, Scores, refusals, reported
from .safety import Gate, surroundings
from .similarity import likeness
from .types import Detection, Face, Image, Patch, Step, SwapJob, SwapResult


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


def draw(frames: Sequence[tuple[Image, Plan]], interrupted: Callable[[], bool]) -> tuple[Drawn, ...]:
    """The patches for each picture (RGB) and its plan, masked and coloured as the units ask. Nothing is pasted.

    Every swapper gets all of its faces in one batch; when the user stops, faces are left out.
    """
    clocks = [Clock() for _ in frames]
    drawn = _swap(frames, interrupted, clocks)
    made = []
    for (image, planned), patches, clock in zip(frames, drawn, clocks, strict=True):
        done = [each for each in planned.assignments if each.face.id in patches]
        made.append(Drawn(_finished(image, done, patches, clock), clock.spent))
    return tuple(made)


def apply(
    picture: Picture,
    planned: Plan,
    *,
    gate: Gate,
    recogniser: Recogniser,
    interrupted: Callable[[], bool],
) -> tuple[Picture, SwapResult]:
    """The picture with the assigned faces swapped and restored, or all restored where the plan only enhances, in its
    own depth, and the report on each face.

    Every pixel outside the patches' masks stays. What was drawn ahead is not drawn again. Raises Refused when the gate
    says no.
    """
    age = youngest(planned)
    gate.check([picture.rgb, *surroundings(picture.rgb, planned.altered)], age)
    drawn = planned.drawn or draw([(picture.rgb, planned)], interrupted)[0]
    patches, clock = drawn.patches, Clock(drawn.ms)
    done = [each for each in planned.assignments if each.face.id in patches]
    result = images.paste(picture, patches.values())
    clock.mark("paste", patches)
    scores = _score(result.rgb, done, recogniser)
    clock.mark("similarity", [each.face.id for each in done if each.casting.unit.measured])
    rejected = "; ".join(reason for each in done for reason in refusals(each, scores[each.face.id]))
    faces = () if rejected or interrupted() else restorable(planned, patches)
    result, finer, restorer = restored(result, faces, planned.restoring)
    clock.mark("restore", [face.id for face in faces])
    if patches or finer:
        gate.check([result.rgb, *surroundings(result.rgb, [each.face for each in done] or faces)], age)
    told = reported(planned, scores, clock.spent)
    castings = dict.fromkeys(each.casting for each in done)
    models = [*(model for each in castings for model in each.models), *restorer.models]
    report = SwapResult(
        image=result.rgb,
        patches=(*patches.values(), *finer),
        faces=reports.restored(told, faces, clock.spent) if planned.enhances else told,
        engine=" + ".join(dict.fromkeys(each.swapper.engine for each in castings)),
        models=tuple(dict.fromkeys(models)),
        restorer=restorer,
        rejected=rejected,
        notes=tuple(dict.fromkeys((*picture.notes, *planned.notes))),
    )
    return result, report


def restored(picture: Picture, faces: Sequence[Face], restoring: Restoring) -> tuple[Picture, tuple[Patch, ...], Step]:
    """The picture with these faces drawn anew, what was pasted for that, and what did it."""
    restorer = restoring.restorer
    if restorer is None or not faces:
        return picture, (), Step(reason=restoring.reason)
    patches = restorers.restored(picture.rgb, faces, restorer, restoring.visibility, restoring.fidelity)
    return images.paste(picture, patches), tuple(patches), Step(name=restorer.name, models=restorer.models)


def enlarged(
    picture: Picture, result: SwapResult, planned: Plan, enlarging: Enlarging, *, gate: Gate
) -> tuple[Picture, SwapResult]:
    """A result that passed the gate, larger; its faces are restored now if that was left for later.

    Raises InputError when it becomes too large, Refused when the gate says no to what was restored, or to the result of
    an enhancement of which it has only seen the target.
    """
    upscaler = enlarging.upscaler
    larger = upscalers.enlarged(picture, upscaler, enlarging.scale, enlarging.visibility)
    upscaling, restoring = Step(name=upscaler.name, models=upscaler.models), result.restorer
    told, altered, unseen = result.faces, planned.altered, planned.enhances and not result.patches
    if enlarging.first and restoring.name == NONE:
        done = {face.index for face in result.faces if face.status == "swapped"}
        faces = restorable(planned, done)
        larger, finer, restoring = restored(
            larger, [_scaled(face, enlarging.scale) for face in faces], planned.restoring
        )
        told = reports.restored(told, faces) if planned.enhances else told
        altered, unseen = faces or altered, unseen or bool(finer)
    if unseen:
        scaled = [_scaled(face, enlarging.scale) for face in altered]
        gate.check([larger.rgb, *surroundings(larger.rgb, scaled)], youngest(planned))
    return larger, replace(
        result,
        image=larger.rgb,
        faces=told,
        models=tuple(dict.fromkeys((*result.models, *restoring.models, *upscaling.models))),
        restorer=restoring,
        upscaler=upscaling,
        scale=result.scale * enlarging.scale,
        notes=tuple(dict.fromkeys((*result.notes, *larger.notes))),
    )


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
    frames: Sequence[tuple[Image, Plan]], interrupted: Callable[[], bool], clocks: Sequence[Clock]
) -> list[dict[int, Patch]]:
    """Patches by face id for each frame, one batch for each swapper."""
    patches: list[dict[int, Patch]] = [{} for _ in frames]
    wanted = [(place, each) for place, (_, planned) in enumerate(frames) for each in planned.assignments]
    for swapper in dict.fromkeys(each.casting.swapper for _, each in wanted):
        if interrupted():
            break
        mine = [(place, each) for place, each in wanted if each.casting.swapper is swapper]
        made = swapper.swap([_job(frames[place][0], each) for place, each in mine])
        for (place, each), patch in zip(mine, made, strict=True):
            patches[place][each.face.id] = patch
        for place, clock in enumerate(clocks):
            clock.mark("swap", [each.face.id for where, each in mine if where == place], of=len(mine))
    order = [[each.face.id for each in planned.assignments] for _, planned in frames]
    return [{id_: mine[id_] for id_ in ids if id_ in mine} for ids, mine in zip(order, patches, strict=True)]


def _job(image: Image, assignment: Assignment) -> SwapJob:
    spec = assignment.casting.swapper.frame(assignment.face, assignment.identity)
    return SwapJob(geometry.cut(image, spec), assignment.identity, assignment.casting.unit.strength, assignment.face)


def _finished(image: Image, done: Sequence[Assignment], patches: dict[int, Patch], clock: Clock) -> dict[int, Patch]:
    """The patches masked and coloured as their units ask; `image` is the target before the swap."""
    result = dict(patches)
    for casting in dict.fromkeys(each.casting for each in done):
        mine = [each.face for each in done if each.casting is casting]
        ids = [face.id for face in mine]
        if casting.maskings:
            result.update(
                zip(ids, maskers.masked(image, mine, [result[id_] for id_ in ids], casting.maskings), strict=True)
            )
            clock.mark("mask", ids)
        if casting.unit.colour != NONE:
            result.update((id_, _coloured(image, result[id_], casting.unit)) for id_ in ids)
            clock.mark("colour", ids)
    return result


def _coloured(image: Image, patch: Patch, unit: SwapUnit) -> Patch:
    patch = geometry.clipped(patch, image.shape[1], image.shape[0])
    height, width = patch.mask.shape
    under = image[patch.y : patch.y + height, patch.x : patch.x + width]
    return colour.matched(patch, under, unit.colour, unit.colour_strength)


def _scaled(face: Face, scale: float) -> Face:
    """The face in a picture `scale` times as large; pixel centres are whole numbers in both."""
    shift = np.float32((scale - 1) / 2)
    box, landmarks = (points * np.float32(scale) + shift for points in (face.box, face.landmarks))
    return replace(face, box=box, landmarks=landmarks, dense=None)


def _score(result: Image, done: Sequence[Assignment], recogniser: Recogniser) -> dict[int, Scores]:
    """Similarities by face id, empty where the unit asks for none; the target's own points serve again."""
    scores = {each.face.id: Scores() for each in done}
    asked = [each for each in done if each.casting.unit.measured]
    if not asked:
        return scores
    faces = recogniser.embed(result, [each.face for each in asked])
    return scores | {
        face.id: Scores(
            likeness(face.embeddings, each.identity.embeddings),
            likeness(face.embeddings, each.casting.reference.embeddings),
        )
        for face, each in zip(faces, asked, strict=True)
    }
