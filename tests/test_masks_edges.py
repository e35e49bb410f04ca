"""How masks end: feathered, and moved in from chosen sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop import masks
from lib_roop.masks import Edge
from lib_roop.types import Mask

UPRIGHT = (0.0, -1.0)


@pytest.fixture
def square() -> Mask:
    return masks.polygon([(20, 20), (79, 20), (79, 79), (20, 79)], 100, 100)


def extent(mask: Mask) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of what is more than half."""
    rows, columns = np.nonzero(mask > 0.5)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


@pytest.mark.parametrize(
    ("side", "wanted"),
    [
        ("top", (30, 79, 20, 79)),
        ("bottom", (20, 69, 20, 79)),
        ("left", (20, 79, 30, 79)),
        ("right", (20, 79, 20, 69)),
    ],
)
def test_each_edge_moves_by_itself(square: Mask, side: str, wanted: tuple[int, ...]) -> None:
    assert extent(masks.edged(square, Edge(**{side: 0.1}), 100, UPRIGHT)) == wanted


def test_sides_are_those_of_the_face(square: Mask) -> None:
    """A face that lies on its side, its top to the right."""
    assert extent(masks.edged(square, Edge(top=0.1), 100, (1.0, 0.0))) == (20, 79, 20, 69)
    assert extent(masks.edged(square, Edge(left=0.1), 100, (1.0, 0.0))) == (30, 79, 20, 79)


def test_no_edge_is_no_change(square: Mask) -> None:
    np.testing.assert_array_equal(masks.edged(square, Edge(), 100, UPRIGHT), square)


def test_feathering_is_in_parts_of_the_face(square: Mask) -> None:
    soft = masks.edged(square, Edge(feather=0.2), 100, UPRIGHT)
    assert soft[50, 25] < 0.5 < soft[50, 38] and soft[50, 42] == 1 and soft[50, 19] == 0


def test_the_arrays_border_is_no_edge() -> None:
    whole = np.ones((40, 50), np.float32)
    np.testing.assert_array_equal(masks.edged(whole, Edge(feather=0.2, top=0.1, left=0.3), 50, UPRIGHT), whole)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1)])
def test_the_smallest_masks_have_edges_too(shape: tuple[int, int]) -> None:
    assert masks.edged(np.ones(shape, np.float32), Edge(top=0.5, feather=0.5), 10, UPRIGHT).shape == shape


def test_large_masks_move_as_far_as_small_ones() -> None:
    large = masks.polygon([(400, 400), (1599, 400), (1599, 1599), (400, 1599)], 2000, 2000)
    moved = extent(masks.edged(large, Edge(top=0.1, right=0.05), 2000, UPRIGHT))
    np.testing.assert_allclose(moved, (600, 1599, 400, 1499), atol=4)


@given(
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.floats(0, 2 * np.pi),
    st.integers(0, 1000),
)
def test_no_edge_lets_more_through(feather: float, part: float, turn: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random((13, 17)).astype(np.float32)
    edge = Edge(feather=feather, top=part, right=part / 2)
    ended = masks.edged(mask, edge, 20, (float(np.cos(turn)), float(np.sin(turn))))
    assert (ended <= mask + 1e-6).all() and ended.min() >= 0


@pytest.mark.parametrize("length", [0.4, 1, 3, 7.5, 20])
def test_a_step_of_any_length_is_gone_wholly(length: float) -> None:
    mask = np.zeros((60, 60), np.float32)
    mask[10:] = 1
    column = masks.retreated(mask, (0, -length))[:, 30]
    assert column.sum() == pytest.approx(50 - length, abs=0.6)


def test_an_oval_has_its_half_axes() -> None:
    points = masks.oval((5, 7), (2, 3))
    np.testing.assert_allclose([points.min(0), points.max(0)], [(3, 4), (7, 10)], atol=1e-5)
