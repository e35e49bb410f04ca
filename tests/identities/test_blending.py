"""Identities from one face and from several; and who of them is somebody else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib_roop.errors import ModelError
from lib_roop.identities import blending
from lib_roop.identities.blending import Quality
from lib_roop.types import Face, Floats, Identity
from tests.identities.heads import head, identity, noise

ID = "w600k_r50"


def person(*numbers: float, name: str = "x") -> Identity:
    return Identity(name=name, embeddings={ID: np.array(numbers, np.float32)})


def towards(degrees: float) -> dict[str, Floats]:
    return {ID: np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)}


def test_a_face_without_a_mesh_has_no_skin() -> None:
    face = Face(id=0, box=np.zeros(4, np.float32), landmarks=np.zeros((5, 2), np.float32), score=1, age=20)
    found = blending.from_face(noise(), face, "plain")
    assert (found.texture, found.shape, found.age) == (None, None, 20)


def test_a_single_source_is_not_resampled() -> None:
    only = identity(noise(), head())
    assert blending.blend([only], "other") is only


@pytest.mark.parametrize(("method", "wanted"), [("mean", 4), ("median", 2), ("weighted", 8.2)])
def test_embeddings_are_blended_as_asked(method: str, wanted: float) -> None:
    blended = blending.blend([person(0, 1), person(2, 1), person(10, 1)], "all", method=method, weights=[0.1, 0.1, 0.8])
    assert blended.name == "all"
    np.testing.assert_allclose(blended.embeddings[ID], [wanted, 1], rtol=1e-5)
    assert blended.embeddings[ID].dtype == np.float32


def test_only_what_all_know_is_blended() -> None:
    other = replace(person(1, 2), embeddings={**person(1, 2).embeddings, "dlib_resnet_v1": np.ones(3, np.float32)})
    assert set(blending.blend([person(1, 2), other], "both").embeddings) == {ID}


def test_the_youngest_age_and_the_commonest_sex_remain_and_all_sources() -> None:
    made = [
        replace(person(1, 1), age=40, sex="male", sources=("a",)),
        replace(person(1, 1), age=17, sex="female", sources=("b",)),
        replace(person(1, 1), sex="female", sources=("c", "d")),
    ]
    blended = blending.blend(made, "three")
    assert (blended.age, blended.sex, blended.sources) == (17, "female", ("a", "b", "c", "d"))


def test_skin_is_taken_from_those_that_have_some() -> None:
    skinned = identity(noise(), head())
    blended = blending.blend([person(1, 1), skinned], "both")
    assert blended.texture is skinned.texture and blended.shape is skinned.shape
    assert blending.blend([person(1, 1), person(2, 2)], "none").texture is None


def test_shapes_of_turned_heads_blend_to_one_that_looks_at_the_viewer() -> None:
    turned = [identity(noise(1), head(80, yaw=40)), identity(noise(2), head(300, yaw=-30))]
    blended = blending.blend(turned, "x")
    assert blended.shape is not None
    assert abs(blending.quality(blended).yaw - blending.quality(identity(noise(), head())).yaw) < 1


@pytest.mark.parametrize("method", ["mean", "median", "weighted"])
def test_every_method_makes_a_skin(method: str) -> None:
    made = [identity(noise(seed), head(yaw=10 * seed)) for seed in range(3)]
    blended = blending.blend(made, "x", method=method, weights=[1, 0.5, 0.1])
    assert blended.texture is not None and blended.texture.rgb.std() > 3


def test_quality_falls_with_size_sharpness_turn_and_doubt() -> None:
    sharp = np.random.default_rng(1).integers(60, 190, (200, 200, 3), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
    best = blending.quality(identity(sharp, head()), 1.0)
    assert best.sharpness > 0.5 > blending.quality(identity(blurred, head())).sharpness
    worse = [
        blending.quality(identity(blurred, head())),
        blending.quality(identity(sharp, head(60))),
        blending.quality(identity(sharp, head(yaw=40))),
        blending.quality(identity(sharp, head()), 0.6),
    ]
    assert all(each.weight < best.weight for each in worse)


@pytest.mark.parametrize("quality", [Quality(size=0, sharpness=0, yaw=180, score=0), blending.quality(person(1, 2))])
def test_the_worst_picture_still_counts(quality: Quality) -> None:
    assert 0 < quality.weight <= 1


def test_resemblance_is_the_median_to_the_others() -> None:
    found = blending.resemblances([towards(0), towards(0), towards(60)])
    assert found == [pytest.approx(0.75), pytest.approx(0.75), pytest.approx(0.5)]
    assert blending.resemblances([towards(0)]) == [None] and blending.resemblances([]) == []


def test_another_person_is_named_and_the_others_are_not() -> None:
    found = blending.resemblances([towards(degrees) for degrees in (0, 5, 10, 85)])
    assert blending.outliers(found) == [3]
    (sentence,) = blending.doubts(["a", "b", "c", "d"], found)
    assert sentence == "d looks like another person (0.17 to the others)."


def test_one_persons_pictures_raise_no_doubts() -> None:
    assert blending.doubts(["a", "b"], blending.resemblances([towards(0), towards(20)])) == ()
    assert blending.doubts(["a"], [None]) == ()


def test_where_all_differ_nobody_is_the_odd_one() -> None:
    found = blending.resemblances([towards(0), towards(90)])
    assert blending.outliers(found) == []
    assert blending.doubts(["a", "b"], found) == ("a, b look like different people (0.00 to each other).",)


def test_faces_of_different_recognisers_are_not_compared() -> None:
    with pytest.raises(ModelError, match="different recognisers"):
        blending.resemblances([towards(0), {"dlib_resnet_v1": np.ones(2, np.float32)}])
