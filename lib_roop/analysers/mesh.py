"""The 468-point mesh on faces whose place is roughly known: FaceMesh, all faces of a round in one batch.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..facemesh import five_points, pose
from ..geometry import invert, overlap, scale_of, transform
from ..types import Affine, Face, Floats, Image
from ..zoo.runtime import Net
from .sampling import view

SIZE = 192
BATCH = 16
MARGIN = 1.5
"""How much larger than the face the net wants to see."""
HOPELESS = 0.05
"""A first mesh with a lower score is not tried again."""
SURE = 10.0
"""Faces settle at a logit of 11 to 35; meshes that lie the wrong way round, or not on a face, at up to 8."""
_EYE_CORNERS = (33, 263)


@dataclass(frozen=True, slots=True)
class Place:
    """A square of the picture: its middle, its side in pixels, and its turn in radians, clockwise as seen."""

    x: float
    y: float
    side: float
    turn: float

    def matrix(self) -> Affine:
        """Picture to net pixels."""
        zoom = SIZE / self.side
        cos, sin = zoom * np.cos(self.turn), zoom * np.sin(self.turn)
        linear = np.array([[cos, sin], [-sin, cos]])
        return np.hstack([linear, ((SIZE - 1) / 2 - linear @ [self.x, self.y])[:, None]])


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """points (468, 3) in pixels of the picture; logit: the net's own opinion, above 0 where it sees a face."""

    points: Floats
    logit: float

    @property
    def score(self) -> float:
        """The opinion as 0..1."""
        return float(1 / (1 + np.exp(-self.logit)))

    @property
    def box(self) -> Floats:
        """(4,) x0, y0, x1, y1, tight round the points."""
        return np.concatenate([self.points[:, :2].min(0), self.points[:, :2].max(0)])

    def face(self) -> Face:
        """A face that is known by its mesh alone."""
        return Face(
            id=0,
            box=self.box,
            landmarks=five_points(self.points),
            score=self.score,
            dense=self.points,
            pose=pose(self.points),
        )


class FaceMesh:
    """Lays meshes on a picture, `BATCH` of them a run."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def lay(self, image: Image, places: Sequence[Place]) -> list[Mesh]:
        """One mesh for each place, whether a face is there or not."""
        batches = [places[first : first + BATCH] for first in range(0, len(places), BATCH)]
        return [mesh for batch in batches for mesh in self._run(image, batch)]

    def settle(self, image: Image, places: Sequence[Place]) -> list[Mesh]:
        """Laid twice, the second time where the first mesh says; the logit is the lower one of both."""
        first = self.lay(image, places)
        again = [number for number, mesh in enumerate(first) if mesh.score >= HOPELESS]
        meshes = list(first)
        for number, mesh in zip(again, self.lay(image, [place_again(first[number]) for number in again]), strict=True):
            meshes[number] = Mesh(mesh.points, min(mesh.logit, first[number].logit))
        return meshes

    def search(self, image: Image, boxes: Sequence[Floats], turns: int, margins: Sequence[float]) -> list[Mesh]:
        """For faces in these boxes, turned in any way: the best of so many turns, each at all margins, then settled."""
        angles = np.arange(turns) * (2 * math.pi / turns)
        ways = [(turn, margin) for turn in angles.tolist() for margin in margins]
        laid = self.lay(image, [place_of(box, turn, margin) for box in boxes for turn, margin in ways])
        each = [laid[first : first + len(ways)] for first in range(0, len(laid), len(ways))]
        return self.settle(image, [place_again(max(meshes, key=_logit)) for meshes in each])

    def _run(self, image: Image, places: Sequence[Place]) -> list[Mesh]:
        matrices = [place.matrix() for place in places]
        pixels = np.stack([view(image, matrix, SIZE, cv2.BORDER_REPLICATE) for matrix in matrices])
        outputs = self._net.run({"image": (pixels.astype(np.float32) / np.float32(255)).transpose(0, 3, 1, 2)})
        found = zip(outputs["landmarks"], matrices, outputs["flag"].reshape(-1), strict=True)
        return [Mesh(_placed(points, matrix), float(logit)) for points, matrix, logit in found]


class MeshLandmarker:
    """Gives a mesh to faces that are known by their box only, however they are turned."""

    def __init__(self, mesh: FaceMesh) -> None:
        self._mesh = mesh

    def fit(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        """Faces that have a mesh stay as they are, and all boxes stay.

        The eyes of `Face.landmarks` say how the face is turned, and where that does not fit, all turns and several
        sizes are tried; when none of them is sure the first stays. The score is the mesh's own opinion: below 0.5 no
        face is there.
        """
        result = list(faces)
        bare = [number for number, face in enumerate(faces) if face.dense is None]
        guesses = [place_of(faces[number].box, turn_of(faces[number].landmarks)) for number in bare]
        meshes = dict(zip(bare, self._mesh.settle(image, guesses), strict=True))
        unsure = [number for number, mesh in meshes.items() if mesh.logit < SURE]
        turned = self._mesh.search(image, [faces[number].box for number in unsure], 8, (1.0, 1.5, 2.0))
        # Where no face is, the best of all turns is any turn: an upside-down face in somebody's hair.
        meshes.update({number: mesh for number, mesh in zip(unsure, turned, strict=True) if mesh.logit >= SURE})
        for number, mesh in meshes.items():
            new = mesh.face()
            result[number] = replace(
                faces[number], dense=new.dense, landmarks=new.landmarks, pose=new.pose, score=new.score
            )
        return result


class MeshFollower:
    """Looks for faces where their meshes were a frame ago, as FaceMesh was made for."""

    def __init__(self, mesh: FaceMesh) -> None:
        self._mesh = mesh

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None]:
        """None for a face without a mesh, and where the new mesh is not sure or lies elsewhere."""
        places = [place_again(Mesh(face.dense, SURE)) for face in faces if face.dense is not None]
        meshes = iter(self._mesh.settle(image, places))
        return [None if face.dense is None else _followed(face, next(meshes)) for face in faces]


def _followed(face: Face, mesh: Mesh) -> Face | None:
    new = mesh.face()
    if mesh.logit < SURE or overlap(face.box, new.box) < 0.5:
        return None
    return replace(face, box=new.box, dense=new.dense, landmarks=new.landmarks, pose=new.pose)


def place_of(box: ArrayLike, turn: float = 0.0, margin: float = MARGIN) -> Place:
    """Where to look for the face in a box x0, y0, x1, y1."""
    x0, y0, x1, y1 = np.asarray(box, np.float64).tolist()
    return Place((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0, 1.0) * margin, turn)


def place_again(mesh: Mesh) -> Place:
    """Where to look once more when a mesh says where the face is: along its eye line, round all of it."""
    flat = mesh.points[:, :2].astype(np.float64)
    turn = turn_of(flat[list(_EYE_CORNERS)])
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    upright = flat @ axes.T
    low, high = upright.min(0), upright.max(0)
    x, y = axes.T @ ((low + high) / 2)
    return Place(float(x), float(y), max(float((high - low).max()), 1.0) * MARGIN, turn)


def turn_of(points: Floats | NDArray[np.float64]) -> float:
    """How far the line from the first to the second of the points (n, 2) is turned, in radians, clockwise as seen."""
    across, down = points[1] - points[0]
    return float(np.arctan2(down, across))


def _placed(points: Floats, matrix: Affine) -> Floats:
    """A net's points (468, 3) in the picture; depth grows with the face."""
    # The net counts from the edge of its first pixel; a mirrored picture shows it.
    flat = transform(points[:, :2] - 0.5, invert(matrix))
    return np.hstack([flat, points[:, 2:] / np.float32(scale_of(matrix))])


def _logit(mesh: Mesh) -> float:
    return mesh.logit
