"""The source's skin on another mesh."""

import cv2
import numpy as np
import pytest

from lib_roop import facemesh, geometry, masks, rasteriser
from lib_roop.swappers import atlas, texture
from lib_roop.swappers.grid import grid_of
from lib_roop.swappers.shape import extent
from lib_roop.types import Texture
from tests.swappers.heads import head, noise, turned_away, worn


def test_every_triangle_wears_its_own_piece_of_the_texture() -> None:
    source, target = head(400, (250, 250)), head(160, (100, 100))
    board = np.asarray(np.indices((500, 500)).sum(0) // 25 % 2 * 255, np.uint8)
    drawn = texture.drawn(target, target, worn(np.dstack([board] * 3), source), grid_of((200, 200), extent(target)))
    there = geometry.similarity_fit(target[:, :2], source[:, :2])
    expected = cv2.warpAffine(board, there, (200, 200), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    inside = masks.erode(drawn.covered, 2) > 0
    assert np.abs(drawn.skin[..., 1].astype(int) - expected)[inside].mean() < 3


def test_a_face_bigger_than_the_grid_is_drawn_as_exactly() -> None:
    source, target = head(400, (250, 250)), head(700, (400, 400))
    ramp = np.broadcast_to(np.linspace(0, 250, 500)[None, :, None], (500, 500, 3)).astype(np.uint8)
    drawn = texture.drawn(target, target, worn(ramp, source), grid_of((800, 800), extent(target)))
    there = geometry.similarity_fit(target[:, :2], source[:, :2])
    expected = cv2.warpAffine(ramp, there, (800, 800), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    inside = masks.hull(target[:, :2] * 0.98 + 8, 800, 800) > 0
    assert np.abs(drawn.skin.astype(int) - expected)[inside].max() <= 2
    assert np.abs(drawn.x).max() == 0


def test_what_moved_is_looked_for_where_it_was() -> None:
    target = head()
    moved = target.copy()
    moved[:, 0] += 3
    drawn = texture.drawn(moved, target, worn(noise(), target), grid_of((200, 200), extent(target)))
    inside = masks.erode(drawn.covered, 2) > 0
    np.testing.assert_allclose(drawn.x[inside], -3, atol=1e-3)
    shifted = texture.shifted(noise(), drawn.x, drawn.y)
    np.testing.assert_array_equal(shifted[:, 3:][inside[:, 3:]], noise()[:, :-3][inside[:, 3:]])


def test_a_turned_source_gives_its_near_half_to_the_far_one() -> None:
    source = turned_away(head(yaw=55))
    whole = texture.symmetric(source, facemesh.towards_camera(head()))
    places = atlas.atlas()
    np.testing.assert_array_equal(whole.points, whole.points[places.mirror])
    drawn = texture.drawn(head(), head(), whole, grid_of((200, 200), 120))
    assert (drawn.skin[..., 0] > 150)[drawn.weight > 0.9].mean() > 0.97
    assert drawn.seam.max() == 1


@pytest.mark.parametrize(("source", "target"), [(0, 0), (0, 40), (40, 40), (-30, -40), (15, 0)])
def test_nothing_is_lent_that_the_source_shows_well_enough(source: float, target: float) -> None:
    own = worn(noise(), head(yaw=source))
    assert texture.symmetric(own, facemesh.towards_camera(head(yaw=target))) is own
    drawn = texture.drawn(head(yaw=target), head(yaw=target), own, grid_of((200, 200), 120))
    assert not drawn.seam.any()


def test_the_other_half_of_a_face_is_drawn_over_each() -> None:
    sides = np.zeros((200, 200, 3), np.uint8)
    sides[:, 100:] = 200
    drawn = texture.drawn(head(), head(), worn(sides, head()), grid_of((200, 200), 120))
    inside = masks.erode(drawn.covered, 4) > 0
    inside[:, 97:103] = False
    assert (drawn.other[inside] == 200 - drawn.skin[inside]).all()
    assert drawn.pair[100, 100] == 1


def test_what_sticks_out_of_the_oval_belongs_to_the_face() -> None:
    for yaw in (0, 30, 65):
        points = head(yaw=yaw, nose=0.6)[:, :2]
        whole = rasteriser.coverage(points, (200, 200))
        found = texture.covering(points, (200, 200))
        assert (found != whole).mean() < 0.002
    assert whole.sum() > masks.polygon(points[facemesh.topology().oval], 200, 200).sum() + 50


def test_single_points_that_the_source_hides_are_lent() -> None:
    seen = facemesh.towards_camera(head(yaw=30))
    own = texture.own_share(seen, facemesh.towards_camera(head()))
    lent = own < 0.5
    assert 0 < lent.sum() < 150
    assert (own[atlas.atlas().mirror[lent]] == 1).all()


def test_cheeks_that_the_source_shows_edge_on_are_not_replaced_where_they_face_the_camera() -> None:
    outer, facing = atlas.atlas().outer, np.full(facemesh.POINTS, 0.9, np.float32)
    edge_on = np.where(outer > 0, 0.2, 0.9).astype(np.float32)
    replaced = texture.shown(edge_on, facing)
    assert (replaced[outer >= 1] == 0).all()
    assert (replaced[outer == 0] == 1).all()
    assert (texture.shown(edge_on, edge_on) == 1).all()


def test_cheeks_that_one_half_of_the_source_shows_well_are_replaced_in_both() -> None:
    seen, facing = np.full(facemesh.POINTS, 0.9, np.float32), np.full(facemesh.POINTS, 0.9, np.float32)
    seen[atlas.atlas().halves[0]] = 0.1
    assert (texture.shown(seen, facing) == 1).all()


def test_the_midline_is_pulled_to_the_near_half_and_the_far_cheek_is_not() -> None:
    points = head(yaw=45)[:, :2].copy()
    left, _ = atlas.atlas().halves
    pull = texture.pulled(points, left) - points
    assert (pull[atlas.atlas().midline, 0] < 0).all()
    assert np.abs(pull[234]).max() < 1e-3


def test_a_big_source_is_shrunk_to_the_face_it_goes_on_and_its_points_with_it() -> None:
    ramp = np.broadcast_to(np.linspace(0, 250, 900).round()[None, :, None], (900, 900, 3)).astype(np.uint8)
    points = head(600, (430, 450))[:, :2].copy()
    small = texture.reduced(Texture(ramp, points, np.ones(facemesh.POINTS, np.float32)), 60)
    assert small.rgb.shape[0] < 80
    inner = list(facemesh.LIPS)
    values = texture.sampled(small.rgb, small.points[inner, :1].copy(), small.points[inner, 1:].copy())[:, 0, 0]
    expected = points[inner, 0] * 250 / 899
    np.testing.assert_allclose(values, expected, atol=1.5)
    assert abs((values - expected).mean()) < 0.4


def test_fine_lines_of_a_big_source_do_not_shimmer() -> None:
    lines = np.zeros((900, 900, 3), np.uint8)
    lines[::2] = 255
    small = texture.reduced(worn(lines, head(600, (450, 450))), 60)
    assert small.rgb.std() < 20


def test_a_small_source_keeps_its_pixels() -> None:
    np.testing.assert_array_equal(texture.reduced(worn(noise(), head(100)), 300).rgb, noise()[48:153, 48:153])
