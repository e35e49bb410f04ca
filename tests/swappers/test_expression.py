"""What the target's eyes and mouth do stays as it is."""

import numpy as np
import pytest

from lib_roop import facemesh
from lib_roop.swappers import atlas, expression
from lib_roop.types import Floats
from tests.swappers.heads import head, smiling

WINDOW = (200, 200)


def narrowed(dense: Floats, share: float) -> Floats:
    """The mesh with its eyes open by `share` of what they are."""
    lids = dense.copy()
    for eye in atlas.EYES:
        ring, middle = list(eye.ring), dense[list(eye.corners), 1].mean()
        lids[ring, 1] = middle + share * (dense[ring, 1] - middle)
    return lids


def centre(dense: Floats, ring: tuple[int, ...]) -> tuple[int, int]:
    column, row = dense[list(ring), :2].mean(0).round().astype(int)
    return int(row), int(column)


@pytest.mark.parametrize("source", [smiling(head(), 0), head(60, yaw=20)])
def test_an_open_mouth_keeps_its_inside(source: Floats) -> None:
    kept = expression.mouth_replaced(head()[:, :2], source, WINDOW)
    assert kept[centre(head(), facemesh.INNER_LIPS)] == 0
    assert kept[60:90].min() == 1


def test_shut_lips_keep_their_line_unless_the_sources_are_shut() -> None:
    shut = smiling(head(), 0)
    assert expression.mouth_replaced(shut[:, :2], head(), WINDOW)[centre(shut, facemesh.INNER_LIPS)] < 0.7
    assert (expression.mouth_replaced(shut[:, :2], shut, WINDOW) == 1).all()


@pytest.mark.parametrize(
    ("source", "target", "differ"),
    [(1.0, 1.0, False), (0.85, 1.0, False), (0.65, 1.0, True), (1.0, 0.8, False), (1.0, 0.65, True), (0.1, 0.1, False)],
)
def test_shut_and_open_eyes_differ(source: float, target: float, differ: bool) -> None:
    assert (expression.eyes_kept(narrowed(head(300), source), narrowed(head(), target)) > 0.5) is differ


def test_an_eye_that_closes_comes_from_one_to_the_other_in_small_steps() -> None:
    kept = [expression.eyes_kept(head(300), narrowed(head(), opening)) for opening in np.linspace(1, 0.5, 51)]
    assert kept[0] == 0 and kept[-1] == 1
    assert np.diff(kept).min() >= 0 and np.diff(kept).max() < 0.2


def test_a_wink_differs() -> None:
    winking = head()
    left = list(facemesh.LEFT_EYE)
    winking[left] = narrowed(head(), 0.2)[left]
    assert expression.eyes_kept(head(), winking) == expression.eyes_kept(winking, head()) == 1


def test_kept_eyes_are_kept_to_the_lids_and_nothing_else_is() -> None:
    weight = expression.eyes_replaced(head()[:, :2], WINDOW)
    for eye in atlas.EYES:
        assert weight[centre(head(), eye.ring)] == 0
    assert weight[centre(head(), facemesh.LIPS)] == 1
    assert weight[tuple(head()[1, 1::-1].round().astype(int))] == 1


def looked_up(target: Floats, source: Floats) -> tuple[Floats, Floats]:
    """Where each pixel looks for its eyeball; -1 for those that the mesh tells."""
    nothing = np.full(WINDOW, -1.0, np.float32)
    x, y = expression.with_eyeballs(nothing, nothing, target[:, :2], source[:, :2])
    assert (nothing == -1).all()
    return x, y


def test_lids_that_are_less_open_cover_the_eyeball_and_do_not_squeeze_it() -> None:
    x, y = looked_up(narrowed(head(), 0.5), head(240, (250, 250)))
    rows, columns = np.nonzero(x >= 0)
    assert len(rows) > 60
    np.testing.assert_allclose(y[rows, columns], 2 * (rows - 100.0) + 250, atol=1.5)
    np.testing.assert_allclose(x[rows, columns], 2 * (columns - 100.0) + 250, atol=1.5)


def test_eyes_as_open_as_the_sources_are_the_meshs_to_draw() -> None:
    for share in (1.01, 1.4):
        assert (looked_up(narrowed(head(), share), head())[0] == -1).all()
