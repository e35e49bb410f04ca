"""The built-in swapper on photographs: do people become more like the source, as dlib's recogniser sees them?"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from lib_roop import geometry, identities
from lib_roop.analysers.base import Analyser
from lib_roop.analysers.builtin import analyser
from lib_roop.swappers import MeshSwapper
from lib_roop.types import Face, Identity, Image, SwapJob
from lib_roop.zoo import store
from lib_roop.zoo.runtime import Device, load

SWAPPER = MeshSwapper()


@dataclass(frozen=True)
class Photograph:
    """A picture and the faces on it."""

    image: Image
    faces: tuple[Face, ...]

    def identity(self, number: int = 0) -> Identity:
        return identities.from_face(self.image, self.faces[number], "someone")


@pytest.fixture(scope="session")
def builtin() -> Analyser:
    return analyser(lambda card: load(card, store.verified(card, store.find(card)), Device(threads=2)))


def photograph(builtin: Analyser, package: str, *path: str) -> Photograph:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    with Pictures.open(Path(spec.origin).parent.joinpath(*path)) as opened:
        image = np.array(opened.convert("RGB"))
    faces = builtin.landmarker.fit(image, builtin.detector.detect(image, 0.5).faces)
    return Photograph(image, tuple(builtin.recogniser.embed(image, faces)))


@pytest.fixture(scope="session")
def astronaut(builtin: Analyser) -> Photograph:
    return photograph(builtin, "skimage", "data", "astronaut.png")


@pytest.fixture(scope="session")
def group(builtin: Analyser) -> Photograph:
    """Six people, two of them strongly turned."""
    return photograph(builtin, "insightface", "data", "images", "t1.jpg")


def swap(target: Photograph, identity: Identity, strength: float = 1.0) -> Image:
    """The target's picture with all its faces swapped."""
    jobs = [
        SwapJob(geometry.cut(target.image, SWAPPER.frame(face, identity)), identity, strength, face)
        for face in target.faces
    ]
    return geometry.paste(target.image, SWAPPER.swap(jobs))


def distances(builtin: Analyser, image: Image, faces: Sequence[Face], identity: Identity) -> list[float]:
    """How far each face is from `identity`: 0.8 for strangers, below 0.55 for the same person."""
    id_ = builtin.recogniser.id
    seen = builtin.recogniser.embed(image, faces)
    return [float(np.linalg.norm(face.embeddings[id_] - identity.embeddings[id_])) for face in seen]


def test_everybody_becomes_more_like_the_source(builtin: Analyser, astronaut: Photograph, group: Photograph) -> None:
    identity = astronaut.identity()
    before = distances(builtin, group.image, group.faces, identity)
    after = distances(builtin, swap(group, identity), group.faces, identity)
    assert len(after) == 6
    assert np.mean(before) > 0.75
    assert np.mean(after) < 0.55
    assert (np.subtract(before, after) > 0.1).all()


@pytest.mark.parametrize("number", range(6))
def test_even_turned_sources_carry_over(
    builtin: Analyser, astronaut: Photograph, group: Photograph, number: int
) -> None:
    identity = group.identity(number)
    (before,) = distances(builtin, astronaut.image, astronaut.faces, identity)
    (after,) = distances(builtin, swap(astronaut, identity), astronaut.faces, identity)
    assert after < before - 0.1


def test_likeness_grows_with_strength(builtin: Analyser, astronaut: Photograph, group: Photograph) -> None:
    identity = astronaut.identity()
    means = [
        np.mean(distances(builtin, swap(group, identity, strength), group.faces, identity))
        for strength in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert (np.diff(means) < 0).all()


def test_a_face_on_itself_stays_itself(builtin: Analyser, astronaut: Photograph) -> None:
    identity = astronaut.identity()
    result = swap(astronaut, identity)
    assert np.abs(result.astype(int) - astronaut.image).mean() < 0.05
    assert distances(builtin, result, astronaut.faces, identity)[0] < 0.1


def test_most_of_the_picture_is_untouched(astronaut: Photograph, group: Photograph) -> None:
    changed = (swap(group, astronaut.identity()) != group.image).any(-1)
    assert 0.02 < changed.mean() < 0.07
    for face in group.faces:
        x0, y0, x1, y1 = np.clip(face.box + np.array([-30, -30, 30, 30]), 0, None).astype(int)
        changed[y0:y1, x0:x1] = False
    assert not changed.any()
