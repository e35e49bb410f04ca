"""The target's mesh with the source's proportions."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lib_roop import facemesh, measures
from lib_roop.swappers import atlas, shape
from lib_roop.types import Floats
from tests.swappers.heads import NOSE, head, smiling


def low_nosed() -> Floats:
    """A head whose nose sits lower, somewhere else and bigger."""
    dense = head()
    near = np.exp(-np.square((dense[:, :2] - dense[NOSE, :2]) / 25).sum(1))
    dense[:, 1] += 6 * near
    return dense * np.float32(2.5) + np.array([40, -10, 0], np.float32)


def nose_at(dense: Floats) -> float:
    """How far the nose is below the eyes."""
    return float(dense[NOSE, 1] - dense[list(facemesh.LEFT_EYE), 1].mean())


def test_the_nose_goes_where_the_source_has_it_as_far_as_strength_says() -> None:
    below = [nose_at(shape.moved(head(), low_nosed(), strength)) for strength in (0, 0.5, 1, 1.5)]
    assert below[0] == pytest.approx(nose_at(head()), abs=0.01)
    assert (np.diff(below) > 0.3).all()


def test_oval_and_forehead_stay() -> None:
    moved = shape.moved(head(), low_nosed(), 1.5)
    still = np.append(facemesh.topology().oval, atlas.FOREHEAD)
    np.testing.assert_allclose(moved[still], head()[still], atol=1e-4)


def test_a_face_stays_on_itself_however_it_is_turned_and_scaled() -> None:
    there = head(300, (500, 20), yaw=25)
    np.testing.assert_allclose(shape.moved(head(), there, 1.0), head(), atol=0.05)


def test_no_point_goes_far() -> None:
    strange = head()
    strange[NOSE, 1] += 500
    away = np.linalg.norm(shape.proportions(head(), strange[:, :2]), axis=1)
    assert away.max() <= shape.FURTHEST * shape.extent(head())


def test_no_triangle_is_turned_over() -> None:
    shift = np.zeros((facemesh.POINTS, 2), np.float32)
    shift[NOSE, 0] = 60
    triangles = facemesh.topology().triangles[~facemesh.topology().closing]

    def areas(dense: Floats) -> NDArray[np.float64]:
        corners = dense[triangles][..., :2].astype(np.float64)
        return np.asarray(np.linalg.det(corners[:, 1:] - corners[:, :1]))

    seen = areas(head()) < -shape.FLAT * 120**2
    assert seen.sum() > 400
    assert (areas(shape.unfolded(head(), shift))[seen] < 0).all()


def test_an_open_mouth_stays_open_as_it_is() -> None:
    parted = shape.moved(head(), smiling(head(), 1), 1.0)
    assert shape.openness(parted) == pytest.approx(shape.openness(head()), rel=0.02)


def test_lips_that_nearly_meet_are_brought_together() -> None:
    nearly = smiling(head(), 1)
    assert 0 < shape.openness(nearly) < shape.SHUT
    shut = shape.moved(nearly, head(), 1.0)
    assert shape.openness(shut) < shape.openness(nearly) / 5


def test_eyes_stay_as_open_as_they_are() -> None:
    lids = list(facemesh.LEFT_EYE + facemesh.RIGHT_EYE)
    shut = head()
    for eye in atlas.EYES:
        shut[list(eye.ring), 1] = head()[list(eye.corners), 1].mean()
    moved = shape.moved(head(), shut, 1.0)
    assert measures.eye_openings(moved) == pytest.approx(measures.eye_openings(head()), rel=0.3)
    assert np.ptp(moved[lids, 1]) > 0.7 * np.ptp(head()[lids, 1])
