"""How alike several faces are."""

from pathlib import Path

import numpy as np
import pytest

from lib_roop import comparing, images, similarity
from lib_roop.comparing import Subject
from lib_roop.errors import InputError, ModelError
from lib_roop.faces import build, save
from lib_roop.types import Floats
from tests.fakes import RECOGNISER, FakeHost, Fakes, angle, drawn, row


def described(**embeddings: Floats) -> Subject:
    return Subject("somebody", embeddings)


def test_each_is_compared_with_each_by_its_largest_face() -> None:
    engine = Fakes().engine()
    subjects = [comparing.shown(engine, images.read(row(*numbers))) for numbers in ((10,), (200, 10), (90,))]
    found = comparing.compared(engine, subjects)
    assert found.recogniser == RECOGNISER and np.allclose(found.values, found.values.T)
    assert found.values.diagonal().tolist() == [1, 1, 1]
    assert found.values[0, 1] == pytest.approx(1) and found.values[0, 2] == pytest.approx(
        engine.compare(row(10), row(90))
    )
    assert found.pairs[0] == (0, 1)


def test_kept_faces_are_compared_with_pictures(tmp_path: Path) -> None:
    engine = Fakes(host=FakeHost(faces=tmp_path)).engine()
    save(build(engine, "Anna", [row(90)]), tmp_path)
    subjects = [comparing.shown(engine, images.read(row(90))), comparing.kept(engine, "Anna")]
    found = comparing.compared(engine, subjects)
    assert found.values[0, 1] == pytest.approx(1) and found.names[1] == "Anna"
    with pytest.raises(InputError, match="Bert"):
        comparing.kept(engine, "Bert")


def test_the_recogniser_in_use_is_preferred_and_one_that_all_have_is_taken() -> None:
    engine, both = Fakes().engine(), described(w600k_r50=angle(0), dlib_resnet_v1=np.ones(128, np.float32))
    assert comparing.compared(engine, [both, both]).recogniser == RECOGNISER
    only = described(dlib_resnet_v1=np.ones(128, np.float32))
    assert comparing.compared(engine, [both, only, both]).recogniser == "dlib_resnet_v1"


def test_without_a_common_recogniser_it_is_said_what_to_do() -> None:
    with pytest.raises(ModelError, match=r"\(w600k_r50 and dlib_resnet_v1\).*--update"):
        comparing.compared(Fakes().engine(), [described(w600k_r50=angle(0)), described(dlib_resnet_v1=angle(0))])


def test_a_picture_without_a_face_is_named() -> None:
    with pytest.raises(InputError, match="No face was found"):
        comparing.shown(Fakes().engine(), images.read(drawn()))


@pytest.mark.parametrize(
    ("recogniser", "alike", "meaning"),
    [
        ("dlib_resnet_v1", 1.0, "the same picture"),
        ("dlib_resnet_v1", 0.45, "the same person"),
        ("dlib_resnet_v1", 0.42, "perhaps the same person"),
        ("dlib_resnet_v1", 0.3, "different people"),
        ("w600k_r50", 0.3, "the same person"),
        ("somebody's own", 0.2, "perhaps the same person"),
        ("glintr100", 0.19, "different people"),
    ],
)
def test_what_a_number_means_depends_on_who_compared(recogniser: str, alike: float, meaning: str) -> None:
    assert similarity.limits(recogniser).meaning(alike) == meaning


def test_the_limit_of_dlib_is_its_distance() -> None:
    a, b = np.zeros(128, np.float32), np.zeros(128, np.float32)
    b[0] = 0.6
    assert similarity.dlib_similarity(a, b) == pytest.approx(similarity.limits("dlib_resnet_v1").same, abs=0.01)
