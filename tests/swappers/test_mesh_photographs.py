"""The built-in swapper on photographs: do people become more like the source, as dlib's recogniser sees them?"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from lib_roop import geometry, masks, measures
from lib_roop.analysers.base import Analyser
from lib_roop.analysers.builtin import analyser
from lib_roop.identities import blending
from lib_roop.swappers import MeshSwapper
from lib_roop.swappers.mesh import skin_of
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
        return blending.from_face(self.image, self.faces[number], "someone")


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


@pytest.fixture(scope="session")
def hopper(builtin: Analyser) -> Photograph:
    """A woman with glasses, who does not smile."""
    return photograph(builtin, "matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")


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
    assert np.mean(after) < 0.5
    assert max(after) < 0.6
    assert (np.subtract(before, after) > 0.1).all()


def test_all_but_one_are_nearer_to_the_source_than_to_who_they_were(
    builtin: Analyser, astronaut: Photograph, group: Photograph
) -> None:
    identity = astronaut.identity()
    seen = builtin.recogniser.embed(swap(group, identity), group.faces)
    id_ = builtin.recogniser.id
    nearer = [
        np.linalg.norm(new.embeddings[id_] - identity.embeddings[id_])
        < np.linalg.norm(new.embeddings[id_] - old.embeddings[id_])
        for new, old in zip(seen, group.faces, strict=True)
    ]
    assert sum(nearer) >= 5


def opened(builtin: Analyser, photograph: Photograph, image: Image, number: int) -> tuple[float, float]:
    """How open the eyes of a face are in its photograph, and in `image`, where its mesh is laid anew."""
    face = photograph.faces[number]
    (found,) = builtin.landmarker.fit(image, [face])
    assert face.dense is not None and found.dense is not None
    return float(np.mean(measures.eye_openings(face.dense))), float(np.mean(measures.eye_openings(found.dense)))


def test_shut_eyes_stay_shut_and_open_ones_open(builtin: Analyser, astronaut: Photograph, group: Photograph) -> None:
    before, after = opened(builtin, group, swap(group, astronaut.identity()), 5)
    assert after == pytest.approx(before, abs=0.04)
    before, after = opened(builtin, astronaut, swap(astronaut, group.identity(5)), 0)
    assert after == pytest.approx(before, abs=0.04)


def test_laughing_eyes_stay_narrow(builtin: Analyser, astronaut: Photograph, group: Photograph) -> None:
    before, after = opened(builtin, group, swap(group, astronaut.identity()), 3)
    assert after == pytest.approx(before, abs=0.03)


def test_skin_is_no_paler_than_the_targets_where_that_is_as_bright(
    builtin: Analyser, astronaut: Photograph, group: Photograph
) -> None:
    result = swap(group, astronaut.identity())
    before, after = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(float) for image in (group.image, result))
    shifts = []
    for face in group.faces:
        assert face.dense is not None
        points = face.dense[:, :2]
        skin = skin_of(points, masks.erode(masks.hull(points, *group.image.shape[:2]), 3)) > 0
        groups = np.array_split(before[skin][np.argsort(before[skin][:, 0])], 8)
        light, red, yellow = np.array([one.mean(0) for one in groups]).T
        new = after[skin]
        shifts.append(
            [(new[:, k + 1] - np.interp(new[:, 0], light, own)).mean() for k, own in enumerate((red, yellow))]
        )
    assert np.abs(np.mean(shifts, axis=0)).max() < 0.5


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
        for strength in (0, 0.25, 0.5, 0.75, 1, 1.5)
    ]
    assert (np.diff(means[:5]) < -0.02).all()
    assert means[5] < means[4] + 0.01


def test_a_face_on_itself_stays_itself(builtin: Analyser, astronaut: Photograph) -> None:
    identity = astronaut.identity()
    result = swap(astronaut, identity)
    assert np.abs(result.astype(int) - astronaut.image).mean() < 0.08
    assert distances(builtin, result, astronaut.faces, identity)[0] < 0.1


def test_most_of_the_picture_is_untouched(astronaut: Photograph, group: Photograph) -> None:
    changed = (swap(group, astronaut.identity()) != group.image).any(-1)
    assert 0.02 < changed.mean() < 0.07
    for face in group.faces:
        x0, y0, x1, y1 = np.clip(face.box + np.array([-30, -30, 30, 30]), 0, None).astype(int)
        changed[y0:y1, x0:x1] = False
    assert not changed.any()


def test_glasses_are_no_obstacle_either_way(builtin: Analyser, astronaut: Photograph, hopper: Photograph) -> None:
    for source, target in ((astronaut, hopper), (hopper, astronaut)):
        identity = source.identity()
        (before,) = distances(builtin, target.image, target.faces, identity)
        (after,) = distances(builtin, swap(target, identity), target.faces, identity)
        assert after < before - 0.2


def test_a_black_and_white_photograph_stays_one(astronaut: Photograph, group: Photograph) -> None:
    grey = np.repeat(group.image[..., 1:2], 3, axis=2)
    result = swap(Photograph(grey, group.faces), astronaut.identity())
    assert (result != grey).any()
    assert (result == result[..., :1]).all()


def test_a_black_and_white_source_takes_the_targets_colours(astronaut: Photograph, group: Photograph) -> None:
    grey = np.repeat(astronaut.image[..., 1:2], 3, axis=2)
    coloured, uncoloured = (
        swap(group, blending.from_face(image, astronaut.faces[0], "someone")).astype(int)
        for image in (astronaut.image, grey)
    )
    changed = (coloured != group.image).any(-1)
    assert np.abs((coloured - uncoloured)[changed].mean(0)).max() < 4


def test_a_blurred_photograph_gets_a_blurred_face(astronaut: Photograph, group: Photograph) -> None:
    def sharpness(image: Image) -> float:
        x0, y0, x1, y1 = group.faces[2].box.astype(int)
        return float(cv2.Laplacian(cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY), cv2.CV_32F).std())

    blurred = Photograph(np.asarray(cv2.GaussianBlur(group.image, (0, 0), 2), np.uint8), group.faces)
    sharp, soft = (sharpness(swap(target, astronaut.identity())) for target in (group, blurred))
    assert sharpness(blurred.image) < soft < 3 * sharpness(blurred.image)
    assert sharp > 2 * soft
