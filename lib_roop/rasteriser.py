"""Drawing the face mesh: what its points carry, interpolated over its triangles. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from . import facemesh, masks
from .types import Floats, Mask


def lay(points: Floats, attributes: Floats, window: tuple[int, ...]) -> tuple[list[Floats], Mask]:
    """`attributes` (468, k) of the points of a mesh (468, 3), interpolated over its triangles in a hxw window.

    Returns k fields of hxw, 0 off the mesh, and hxw 1 on the mesh. Triangles are drawn far to near, after those that
    face away or only close eyes and mouth.
    """
    triangles = facemesh.topology().triangles
    corners, ends = points[triangles], attributes[triangles]
    maps, facing = affine_maps(corners[..., :2], ends)
    index = np.full(window[:2], len(triangles), np.int32)
    order = np.lexsort((-corners[..., 2].mean(1), facing & ~facemesh.topology().closing))
    drawn = np.round(corners[order, :, :2] * (1 << masks.SUBPIXEL_BITS)).astype(np.int32)
    for corner, number in zip(drawn, order.tolist(), strict=True):
        cv2.fillConvexPoly(index, corner, number, shift=masks.SUBPIXEL_BITS)
    columns, rows = np.arange(window[1], dtype=np.float32), np.arange(window[0], dtype=np.float32)[:, None]
    nowhere = np.zeros((1, maps.shape[1], 5), np.float32)
    # A pixel's centre may lie outside a thin triangle that touches it, where its map runs far off: hence the limits.
    table = np.concatenate([np.dstack([maps, ends.min(1), ends.max(1)]), nowhere]).transpose(1, 2, 0).copy()
    at = index.astype(np.intp)

    def spread(along_x: Floats, along_y: Floats, offset: Floats, low: Floats, high: Floats) -> Floats:
        value: Floats = along_x.take(at) * columns
        value += along_y.take(at) * rows
        value += offset.take(at)
        np.maximum(value, low.take(at), out=value)
        np.minimum(value, high.take(at), out=value)
        return value

    return [spread(*row) for row in table], (index < len(triangles)).astype(np.float32)


def coverage(points: Floats, window: tuple[int, ...]) -> Mask:
    """hxw 1 where a mesh (468, 2 or more) is, 0 elsewhere."""
    mask = np.zeros(window[:2], np.float32)
    corners = np.round(points[facemesh.topology().triangles][..., :2] * (1 << masks.SUBPIXEL_BITS)).astype(np.int32)
    for corner in corners:
        cv2.fillConvexPoly(mask, corner, 1.0, shift=masks.SUBPIXEL_BITS)
    return mask


def affine_maps(corners: Floats, ends: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The maps (n, k, 3) of x, y, 1 that give `ends` (n, 3, k) at the triangles' `corners` (n, 3, 2).

    Also (n,) whether the triangle faces the viewer. The map of one without area only holds at its first corner.
    """
    edges = (corners[:, 1:] - corners[:, :1]).astype(np.float64)
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    edges[np.abs(area) < 1e-6] = np.eye(2)
    slopes = np.linalg.solve(edges, (ends[:, 1:] - ends[:, :1]).astype(np.float64)).transpose(0, 2, 1)
    offset = ends[:, 0] - (slopes @ corners[:, 0, :, None])[..., 0]
    return np.dstack([slopes, offset]).astype(np.float32), area < 0
