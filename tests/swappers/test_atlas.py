"""What the swapper knows of the mesh."""

import numpy as np

from lib_roop import facemesh
from lib_roop.swappers import atlas
from tests.swappers.heads import CHIN, FOREHEAD, NOSE


def test_mirroring_twice_is_nothing_and_pairs_are_pairs() -> None:
    mirror = atlas.atlas().mirror
    np.testing.assert_array_equal(mirror[mirror], np.arange(facemesh.POINTS))
    assert (mirror[33], mirror[133], mirror[facemesh.MOUTH_LEFT], mirror[234]) == (263, 362, facemesh.MOUTH_RIGHT, 454)
    assert all(mirror[point] == point for point in (FOREHEAD, NOSE, CHIN, 0, 13, 168))


def test_the_flattened_mesh_has_no_overlaps() -> None:
    topology = facemesh.topology()
    flat = atlas.flattened(topology)[topology.triangles[~topology.closing]].astype(np.float64)
    assert (np.linalg.det(flat[:, 1:] - flat[:, :1]) > 0).all()


def test_a_half_is_the_others_mirror_and_the_midline_belongs_to_neither() -> None:
    places = atlas.atlas()
    left, right = places.halves
    assert set(places.mirror[left]) == set(right)
    assert not set(places.midline) & (set(left) | set(right))


def test_nothing_moves_on_the_oval_and_the_forehead() -> None:
    freedom = atlas.atlas().freedom
    assert not freedom[facemesh.topology().oval].any()
    assert not freedom[list(atlas.FOREHEAD)].any()
    assert freedom[NOSE] == 1


def test_smoothing_keeps_what_is_the_same_everywhere_and_spreads_what_is_not() -> None:
    assert (atlas.smoothed(np.ones((facemesh.POINTS, 2), np.float32), 3) == 1).all()
    single = np.zeros((facemesh.POINTS, 1), np.float32)
    single[NOSE] = 1
    assert 0 < atlas.smoothed(single, 1)[NOSE] < 1
    assert (atlas.smoothed(single, 2) > 0).sum() > 10
