"""InsightFace packs (buffalo_l, antelopev2, ... or a folder of the same kinds of nets) behind roop's protocols.

SCRFD finds, ArcFace recognises, a small net tells sex and age. The packs' own landmark nets are not opened: any
detector's faces get the 468-point mesh from another landmarker. Crops and numbers are those of the package insightface,
to which tests/parity holds them; the package itself is not needed (`scrfd` says why).

Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from .. import templates
from ..types import CropSpec, Face, Image, Sex
from ..zoo.cards import Pixels
from ..zoo.insightface import DETECTOR, HALF, RAW
from ..zoo.runtime import Net
from .base import Analyser, Landmarker
from .packs import ALIGNED, PackNet, nets, roles
from .scrfd import ScrfdDetector

SEXES: tuple[Sex, Sex] = ("female", "male")
ALIGNED_PIXELS = Pixels(mean=HALF, deviation=HALF)
AROUND = 1.5
"""How much longer than a face's box the crop is that shows its sex and age."""


def analyser(
    name: str,
    files: Iterable[Path],
    open_file: Callable[[Path], Net],
    landmarker: Landmarker,
    detector: Callable[[PackNet], ScrfdDetector] = ScrfdDetector,
) -> Analyser:
    """A pack from its files, of which only the headers are read; `open_file` is called when a net is first needed.

    `detector` may set the size that is looked at. Raises ModelError when a file is damaged, when nothing in the pack
    detects or recognises, and later what `open_file` raises.
    """
    found = nets(name, files, open_file)
    reader = found.get("attributes")
    return Analyser(
        name=name,
        models=tuple(net.path.stem for net in found.values()),
        detector=detector(found["detection"]),
        landmarker=MeshAdder(landmarker),
        recogniser=ArcFace(found["recognition"]),
        attributes=GenderAge(reader) if reader else None,
    )


def recogniser_of(name: str, files: Iterable[Path]) -> str:
    """The id of the recogniser that a pack of these files has. Raises ModelError as `analyser` does."""
    path, _ = roles(name, files)["recognition"]
    return path.stem


class MeshAdder:
    """Adds meshes and leaves the detector's points and score as they are: a pack's recogniser was trained on those."""

    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker = landmarker

    def fit(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        return [
            replace(fitted, landmarks=face.landmarks, score=face.score) if _has_points(face) else fitted
            for face, fitted in zip(faces, self._landmarker.fit(image, faces), strict=True)
        ]


class ArcFace:
    """Raw embeddings, not of unit length; their cosine tells people apart.

    `id` is the file's name, for each published net has a space of its own: w600k_r50, w600k_mbf, glintr100.
    """

    def __init__(self, net: PackNet) -> None:
        self.id = net.path.stem
        self._net = net

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        if not faces:
            return []
        template = ALIGNED[self._net.side]
        crops = [_crop(image, templates.frame(face.landmarks, template)) for face in faces]
        found = self._net.rows(crops, RAW if self._net.raw else ALIGNED_PIXELS)
        return [
            replace(face, embeddings={**face.embeddings, self.id: row}) for face, row in zip(faces, found, strict=True)
        ]


class GenderAge:
    """Sex and age from the surroundings of a face's box."""

    def __init__(self, net: PackNet) -> None:
        self._net = net
        self._pixels = RAW if net.raw or "bn_data" in net.header.nodes[:3] else DETECTOR

    def read(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        if not faces:
            return []
        crops = [_crop(image, surroundings(face, self._net.side)) for face in faces]
        found = self._net.rows(crops, self._pixels)
        return [
            replace(face, sex=SEXES[int(row[:2].argmax())], age=max(round(float(row[2]) * 100), 0))
            for face, row in zip(faces, found, strict=True)
        ]


def surroundings(face: Face, size: int) -> CropSpec:
    """The crop, `size` pixels square, with the box in its middle."""
    zoom = size / (max(face.width, face.height, 1.0) * AROUND)
    x, y = (face.box[:2] + face.box[2:]) / 2
    return CropSpec(np.array([[zoom, 0, size / 2 - zoom * x], [0, zoom, size / 2 - zoom * y]]), size, size)


def _crop(image: Image, spec: CropSpec) -> Image:
    """Sampled bilinearly, black beyond the picture."""
    # Not geometry.cut: it clips a crop that is a plain part of the picture, and a net wants all of it.
    return np.asarray(cv2.warpAffine(image, spec.matrix, (spec.width, spec.height)), np.uint8)


def _has_points(face: Face) -> bool:
    """A face that is known by a box given by the user has all five points in its middle."""
    return bool(np.ptp(face.landmarks, axis=0).any())
