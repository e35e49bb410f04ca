"""Faces over time: their places smoothed, and filled in where a frame missed them. Pure functions.

A face keeps its shape, and with it a blink and a word; what is smoothed is where it lies, how large it is and how it
leans. Every frame is a function of a few frames around it, so a film can be gone on with anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import geometry, selection
from ..types import Affine, Detection, Face, Floats, Pose
from . import tracks

REACH = 3
"""So many frames before and after a frame have a say in it."""
TREMBLE = 0.01
"""In parts of a face's width: how far a path bends within the window by trembling alone."""

Numbers = NDArray[np.float64]
STILL: Numbers = np.array([1.0, 0.0, 0.0, 0.0])
"""The motion of what stays where it is."""


@dataclass(frozen=True, slots=True)
class Steadied:
    """A frame's faces, steadied. filled: how many of them it did not show by itself."""

    detection: Detection
    filled: int


def steadied(times: Sequence[float], seen: Sequence[Detection], place: int) -> Steadied:
    """The faces of frame `place` with those of the frames around it, all of one shot. times: in seconds."""
    paths, own = tracks.Paths([each.faces for each in seen]), seen[place]
    faces = [_smoothed(times, paths.of(place, face), place) for face in own.faces]
    filled = [_between(times, before, after, place) for before, after in paths.missed(place)]
    everyone = selection.ordered([*faces, *filled], "left-right")
    numbered = tuple(replace(face, id=number) for number, face in enumerate(everyone))
    given = tuple(replace(face, id=len(numbered) + number) for number, face in enumerate(own.given))
    near = tuple(miss for miss in own.near_misses if (tracks.shared([miss], filled) < tracks.SAME).all())
    return Steadied(Detection(numbered, near, given), len(filled))


def trembling(frames: Sequence[tracks.Faces], place: int) -> list[float]:
    """How far each face of frame `place` lies from the middle between where it was and will be, in widths of it."""
    if not 0 < place < len(frames) - 1:
        return []
    before, after = (tracks.linked(frames[place], frames[at]) for at in (place - 1, place + 1))
    return [
        float(np.linalg.norm((face.landmarks - (before[face.id].landmarks + after[face.id].landmarks) / 2).mean(0)))
        / max(face.width, 1.0)
        for face in frames[place]
        if face.id in before and face.id in after
    ]


def _smoothed(times: Sequence[float], path: Mapping[int, Face], place: int) -> Face:
    """The face of frame `place`, moved onto the smooth path of those that it is elsewhere."""
    face = path[place]
    known = _described(face, path)
    if len(path) < 3:
        return known
    centre = face.landmarks.mean(0).astype(np.float64)
    places = sorted(path)
    clock = np.array([times[at] - times[place] for at in places])
    values = np.array([_motion(face, path[at], centre) for at in places])
    size = max(face.width, 1.0)
    line, curve = (_fitted(clock, values, degree) for degree in (1, 2))
    # A path that bends more than faces tremble is a movement, which the curve follows and the line would drag behind.
    bend = min(_far(curve - line, size) / (TREMBLE * size), 1.0) ** 2
    change = line + bend * (curve - line) - STILL
    # What would move it further than faces tremble is no trembling: a face that stops at once, or turns back.
    share = min(2 * TREMBLE * size / max(_far(change, size), 1e-9), 1.0)
    return _moved(known, _matrix(STILL + share * change, centre))


def _described(face: Face, path: Mapping[int, Face]) -> Face:
    """The face described by the mean of what recognisers said of it in all frames: so it keeps its likeness."""
    means = {
        id_: np.mean([other.embeddings[id_] for other in path.values() if id_ in other.embeddings], axis=0)
        for id_ in face.embeddings
    }
    return replace(face, embeddings={id_: mean.astype(np.float32) for id_, mean in means.items()})


def _motion(face: Face, other: Face, centre: Numbers) -> Numbers:
    """How `face` became `other`, about its centre: scale times cosine, scale times sine, and the shift."""
    dense = face.dense is not None and other.dense is not None
    source = face.dense[:, :2] if dense and face.dense is not None else face.landmarks
    target = other.dense[:, :2] if dense and other.dense is not None else other.landmarks
    matrix = geometry.similarity_fit(source, target)
    shift = matrix[:, :2] @ centre + matrix[:, 2] - centre
    return np.array([matrix[0, 0], matrix[1, 0], *shift])


def _matrix(motion: Numbers, centre: Numbers) -> Affine:
    cosine, sine = motion[:2]
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([turn, (motion[2:] + centre - turn @ centre)[:, None]])


def _fitted(clock: Numbers, values: Numbers, degree: int) -> Numbers:
    """What a polynomial through `values` (n, 4), least squares, is at time 0 (Savitzky and Golay, 1964)."""
    spread = max(float(np.abs(clock).max()), 1e-9)
    powers = np.vander(clock / spread, min(degree, len(clock) - 1) + 1, increasing=True)
    fitted: Numbers = np.linalg.lstsq(powers, values, rcond=None)[0][0]
    return fitted


def _far(change: Numbers, size: float) -> float:
    """By how many pixels a change of motion moves a face's points about."""
    return float(np.hypot(*change[2:]) + np.hypot(*change[:2]) * size / 2)


def _moved(face: Face, matrix: Affine) -> Face:
    scale = geometry.scale_of(matrix)
    corners = face.box.reshape(2, 2).astype(np.float64)
    middle, half = corners.mean(0), (corners[1] - corners[0]) / 2 * scale
    middle = geometry.transform(middle[None], matrix)[0]
    return replace(
        face,
        box=np.concatenate([middle - half, middle + half]).astype(np.float32),
        landmarks=geometry.transform(face.landmarks, matrix),
        dense=None if face.dense is None else _moved_dense(face.dense, matrix, scale),
    )


def _moved_dense(dense: Floats, matrix: Affine, scale: float) -> Floats:
    flat = geometry.transform(dense[:, :2], matrix)
    return np.concatenate([flat, dense[:, 2:] * np.float32(scale)], axis=1).astype(np.float32)


def _between(times: Sequence[float], before: tuple[int, Face], after: tuple[int, Face], place: int) -> Face:
    """The face at a time between two that it was seen at."""
    (first, one), (last, other) = before, after
    part = (times[place] - times[first]) / max(times[last] - times[first], 1e-9)
    nearer = one if part < 0.5 else other

    def mixed(a: Floats, b: Floats) -> Floats:
        return (a + np.float32(part) * (b - a)).astype(np.float32)

    dense = None if one.dense is None or other.dense is None else mixed(one.dense, other.dense)
    pose = nearer.pose
    if one.pose and other.pose:
        a, b = one.pose, other.pose
        pose = Pose(*(x + part * (y - x) for x, y in ((a.yaw, b.yaw), (a.pitch, b.pitch), (a.roll, b.roll))))
    return replace(
        nearer,
        box=mixed(one.box, other.box),
        landmarks=mixed(one.landmarks, other.landmarks),
        dense=dense,
        score=min(one.score, other.score),
        pose=pose,
    )
