"""Drawing the mesh: values between its points, near before far."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lib_roop import facemesh, masks, rasteriser
from lib_roop.types import Floats
from tests.swappers.heads import head


def test_the_mesh_interpolates_what_its_points_carry() -> None:
    dense = head()
    (x, y), covered = rasteriser.lay(dense, dense[:, :2].copy(), (200, 200))
    rows, columns = np.nonzero(masks.erode(covered, 2))
    np.testing.assert_allclose(x[rows, columns], columns, atol=0.6)
    np.testing.assert_allclose(y[rows, columns], rows, atol=0.6)
    assert not x[covered == 0].any()


def nearest_of(dense: Floats, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) the least z at which one of the mesh's triangles lies over `places` (n, 2)."""
    corners = dense[facemesh.topology().triangles].astype(np.float64)
    flat = np.dstack([corners[..., :2], np.ones(corners.shape[:2])])
    upright = np.abs(np.linalg.det(flat)) > 1
    shares = np.column_stack([places, np.ones(len(places))]) @ np.linalg.inv(flat[upright])
    depths = (shares * corners[upright, None, :, 2]).sum(-1)
    return np.asarray(np.where((shares >= 0).all(-1), depths, np.inf).min(0))


@pytest.mark.parametrize("yaw", [-60, -35, 35, 60])
def test_what_is_near_hides_what_is_far(yaw: float) -> None:
    dense = head(400, (260, 260), yaw, nose=1)
    (depth,), covered = rasteriser.lay(dense, dense[:, 2:].copy(), (520, 520))
    rows, columns = np.nonzero(masks.erode(covered, 3))
    chosen = np.random.default_rng(3).choice(len(rows), 600, replace=False)
    nearest = nearest_of(dense, np.column_stack([columns, rows])[chosen])
    assert (np.abs(depth[rows, columns][chosen] - nearest) < 15).mean() > 0.997


def test_coverage_is_where_something_is_laid() -> None:
    dense = head(yaw=40)
    _, covered = rasteriser.lay(dense, dense[:, :1].copy(), (200, 200))
    np.testing.assert_array_equal(rasteriser.coverage(dense, (200, 200)), covered)
