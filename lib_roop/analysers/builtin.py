"""The built-in analyser: BlazeFace finds, FaceMesh confirms and measures, dlib's net recognises. Needs no download.

Windows of several scales lie over the picture. What the detector sees in them gets a mesh, twice: the second time the
mesh itself says where to look and how the head is turned, so faces that lie are measured as well as upright ones.
Meshes follow the face, not the picture: image-left in `Face.landmarks` is the left of the face when it is upright.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..types import Detection, Face, Floats, Image
from ..zoo.builtin import BLAZEFACE, DLIB_RESNET, FACEMESH
from ..zoo.cards import ModelCard
from ..zoo.runtime import Net
from .base import Analyser
from .blazeface import BlazeFace, Candidates, covers, strongest, window_sides, windows
from .dlib_resnet import DlibRecogniser
from .mesh import HOPELESS, SURE, FaceMesh, Mesh, MeshFollower, MeshLandmarker, place_of, turn_of

SMALLEST_PICTURE = 16
LARGE = 1400
"""Pixels of the longer side above which small faces that lie are not looked for."""
VETO = 0.5
"""Below this score of its mesh nothing is a face."""
TRUST = 0.7
"""The most that a face scores for which the detector alone would not have sufficed."""
ENOUGH = 0.5
"""One face of this score spares the searches that follow, whatever the threshold is."""
FAINTEST = 0.1
"""What the detector scores lower is not even looked at."""
NEAR = 0.7
"""What reaches this share of the threshold is a near miss."""
NEAR_MISSES = 3
LEANING = 45
"""Degrees of roll from which on faces are looked for in the turned picture, too."""


def analyser(open_net: Callable[[ModelCard], Net]) -> Analyser:
    """All parts on the built-in nets. The recogniser's net is opened when the first face is embedded.

    Raises what `open_net` raises.
    """
    mesh = FaceMesh(open_net(FACEMESH))
    landmarker = MeshLandmarker(mesh)
    return Analyser(
        name="built-in",
        models=(BLAZEFACE.name, FACEMESH.name, DLIB_RESNET.name),
        detector=BuiltinDetector(BlazeFace(open_net(BLAZEFACE)), mesh),
        landmarker=landmarker,
        recogniser=DlibRecogniser(lambda: open_net(DLIB_RESNET), landmarker),
        follower=MeshFollower(mesh),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One way to look: quarter turns of the picture, and how much smaller than usual the windows are.

    When `trusting`, a mesh that is very sure makes up for a detector that is not.
    """

    turns: tuple[int, ...]
    zoom: float = 1.0
    trusting: bool = False

    def score(self, detector: float, mesh: float) -> float:
        """Of a face, from the opinions of both nets."""
        both = detector * mesh
        return max(both, min(math.sqrt(both), TRUST)) if self.trusting and mesh >= 0.9 else both

    def least(self, score: float) -> float:
        """What the detector must say at least for a face to have this score."""
        return max(score * score if self.trusting else score, FAINTEST)


_UPRIGHT = _Search(turns=(0,))
_LYING = _Search(turns=(1, 2, 3))
_HARD = _Search(turns=(0,), zoom=0.75, trusting=True)
"""For drawn, half hidden and cropped faces."""


class BuiltinDetector:
    """Finds faces. A face's score is the detector's times the mesh's.

    Where the last, trusting search finds it, it may be the root of that, which then is at most `TRUST`. The threshold
    only parts the faces from the near misses: a face has the same score at all thresholds at which it is found.
    """

    def __init__(self, finder: BlazeFace, mesh: FaceMesh) -> None:
        self._finder = finder
        self._mesh = mesh

    def detect(self, image: Image, threshold: float) -> Detection:
        if min(image.shape[:2]) < SMALLEST_PICTURE:
            return Detection(())
        seen = self._seen(image, _UPRIGHT, threshold)
        # True without any face as well; a picture that lies shows some of its faces to the first search.
        if all(_leans(face) for face in _passing(seen, ENOUGH)):
            seen += self._seen(image, _LYING, threshold)
        if not _passing(seen, ENOUGH):
            seen += self._seen(image, _HARD, threshold)
        faces = apart(_passing(seen, threshold))
        near = apart([face for face in seen if NEAR * threshold <= face.score < threshold], faces)
        return Detection(_numbered(faces), _numbered(near[:NEAR_MISSES]))

    def _seen(self, image: Image, search: _Search, threshold: float) -> list[Face]:
        """All that can pass the threshold or be `ENOUGH`, doubles included, and a few that can be near misses."""
        needed = search.least(min(ENOUGH, threshold))
        candidates = self._candidates(image, search, search.least(min(ENOUGH, NEAR * threshold)))
        strong = candidates.scores >= needed
        faces = self._faces(image, search, candidates.take(strong))
        weak = _elsewhere(candidates.take(~strong), _boxes([face.box for face in faces]))
        return faces + self._faces(image, search, weak.take(np.arange(len(weak)) < NEAR_MISSES))

    def _faces(self, image: Image, search: _Search, candidates: Candidates) -> list[Face]:
        """Of the candidates that their meshes do not veto."""
        meshes = self._meshes(image, candidates, search.least(ENOUGH))
        return [
            replace(mesh.face(), score=search.score(detector, mesh.score))
            for detector, mesh in zip(candidates.scores.tolist(), meshes, strict=True)
            if mesh.score >= VETO
        ]

    def _candidates(self, image: Image, search: _Search, floor: float) -> Candidates:
        sides = [side * search.zoom for side in window_sides(*image.shape[:2])]
        # Three more turns of the finest scale of a large picture would take a second; what lies there is large.
        coarse = sides[1:] if len(search.turns) > 1 and max(image.shape) > LARGE else sides
        return strongest(self._finder.find(windows(image, coarse, search.turns), floor))

    def _meshes(self, image: Image, candidates: Candidates, enough: float) -> list[Mesh]:
        """One for each candidate. Where it fits badly the face may be turned otherwise than the detector thought."""
        pairs = zip(candidates.boxes, candidates.points, strict=True)
        meshes = self._mesh.settle(image, [place_of(box, turn_of(points)) for box, points in pairs])
        sure: list[Floats] = []
        doubtful = []
        # Best first: whether one is doubted must not hang on worse ones, of which a low threshold lets more in.
        for number, (mesh, score) in enumerate(zip(meshes, candidates.scores, strict=True)):
            if mesh.logit >= SURE:
                sure.append(mesh.box)
            elif mesh.score >= HOPELESS and score >= enough and not covers(mesh.box, _boxes(sure)).any():
                doubtful.append(number)
        others = self._mesh.search(image, [meshes[number].box for number in doubtful], 4, (1.5,))
        for number, other in zip(doubtful, others, strict=True):
            if other.logit >= SURE:
                meshes[number] = other
        return meshes


def _elsewhere(candidates: Candidates, boxes: Floats) -> Candidates:
    """Those that do not share a place with one of the boxes."""
    return candidates.take(np.array([not covers(box, boxes).any() for box in candidates.boxes], np.bool_))


def _boxes(boxes: Sequence[Floats]) -> Floats:
    """(n, 4), also where there are none."""
    return np.array(boxes, np.float32).reshape(-1, 4)


def _passing(faces: Sequence[Face], threshold: float) -> list[Face]:
    return [face for face in faces if face.score >= threshold]


def _leans(face: Face) -> bool:
    return face.pose is not None and abs(face.pose.roll) > LEANING


def apart(faces: Sequence[Face], others: Sequence[Face] = ()) -> list[Face]:
    """The faces, best first, without those that lie by half or more in a better one or in one of `others`."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not covers(face.box, _boxes([better.box for better in (*kept, *others)])).any():
            kept.append(face)
    return kept


def _numbered(faces: Sequence[Face]) -> tuple[Face, ...]:
    """From left to right."""
    ordered = sorted(faces, key=lambda face: tuple(face.box.tolist()))
    return tuple(replace(face, id=number) for number, face in enumerate(ordered))
