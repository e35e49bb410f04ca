"""The source's skin on another mesh. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .. import facemesh, masks
from ..rasteriser import lay
from ..types import Floats, Image, Mask, Texture
from . import atlas, expression
from .grid import Grid, ramp
from .shape import extent

PREFILTER_FROM = 1.3
"""A source this many times bigger than the target is reduced first, or its fine lines would shimmer."""
CREASE = 0.5
"""Sigma, in pixels of the source, that the maps of a smaller source are smoothed with: enlarged, creases between the
triangles become lines."""
UNSEEN, SEEN = 0.4, 0.8
"""Parts of what a point should show: with less it is painted from its mirror point, with more from itself."""
PAIR = (0.2, 0.5)
"""What a point and its mirror point have to show both, from nothing to all, for their light to be compared."""
SHOWN = (0.3, 0.6)
"""A cheek or jaw that shows less than the first part of what it should is not replaced, from the second on wholly."""
TURNED = 0.58
"""A half that shows less than this part of what it should is wholly replaced by the other: between the photographs'
faces turned by 22 degrees (0.59) and by 30 (0.46)."""
INSET, REACH = 0.01, 0.16
"""On a turned head the mesh's midline lies beyond the skin: it is pulled in by 1 % of the face's size, what is 16 %
away not at all. 3 % would clear the edge of a head turned by 47 degrees, but narrows every nose."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A face mesh drawn in a window. skin: hxwx3 the texture on it. x and y: hxw how far to the right and below the
    target's pixel lies that belongs here. On the grid, HxW: covered, 1 where the mesh is and was before it moved, and
    what its points carry of the atlas: weight, compared, outer and, if one half of the source is mirrored, seam; other,
    HxWx3, what the source's other half shows there, and pair, 0..1, how well it shows both.
    """

    skin: Image
    x: Floats
    y: Floats
    covered: Mask
    weight: Mask
    compared: Mask
    outer: Mask
    seam: Mask
    other: Image
    pair: Mask


def reduced(texture: Texture, size: float) -> Texture:
    """`texture` cut to its face, and shrunk to a face of `size` pixels where it is much bigger."""
    height, width = texture.rgb.shape[:2]
    low = np.clip(np.floor(texture.points.min(0)) - 2, 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(texture.points.max(0)) + 3, low + 1, (width, height)).astype(int)
    rgb, points = texture.rgb[low[1] : high[1], low[0] : high[0]], texture.points - low.astype(np.float32)
    ratio = extent(points) / max(size, 1.0)
    if ratio <= PREFILTER_FROM:
        return replace(texture, rgb=rgb, points=points)
    wanted = np.maximum(1, np.round((high - low) / ratio)).astype(int)
    small = cv2.resize(rgb, (int(wanted[0]), int(wanted[1])), interpolation=cv2.INTER_AREA)
    # Pixel centres lie at whole numbers, so what scaling keeps in place is the picture's corner, at -0.5.
    points = ((points + 0.5) * (wanted / (high - low)) - 0.5).astype(np.float32)
    return replace(texture, rgb=np.asarray(small, np.uint8), points=points)


def symmetric(texture: Texture, facing: Floats) -> Texture:
    """`texture` itself, or with one half given by the other if it was turned away much more than the target.

    facing: (468,) how much the target's points face the camera.

    A face is symmetric enough to lend; colours mixed point by point would show a seam along the nose.
    """
    places = atlas.atlas()
    inner = [half[places.weight[half] == 1] for half in places.halves]
    seen, needed = ([float(np.maximum(side[half], 0).mean()) for half in inner] for side in (texture.seen, facing))
    near, far = (0, 1) if seen[0] > seen[1] else (1, 0)
    if seen[far] >= TURNED * min(needed[far], seen[near]):
        return texture
    points, shows, lent = pulled(texture.points, places.halves[near]), texture.seen.copy(), places.halves[far]
    points[lent], shows[lent] = points[places.mirror[lent]], shows[places.mirror[lent]]
    return replace(texture, points=points, seen=shows)


def pulled(points: Floats, near: atlas.Points) -> Floats:
    """`points` (468, 2) with nose ridge, lips' middle, chin and what is beside them pulled towards the half `near`."""
    middle = points[atlas.atlas().midline]
    away = points[near].mean(0) - middle.mean(0)
    size = max(extent(points), 1e-6)
    distance = np.linalg.norm(points[:, None] - middle, axis=-1).min(1) / size
    pull = INSET * size * np.maximum(0, 1 - distance / REACH)
    result: Floats = (points + pull[:, None] * away / max(float(np.linalg.norm(away)), 1e-6)).astype(np.float32)
    return result


def own_share(seen: Floats, facing: Floats) -> Floats:
    """(468,) how much of each point's skin to take from the point itself, 1, and how much from its mirror point, 0.

    `seen` (468,) is what the source shows, `facing` (468,) what the target does.
    """
    needed = np.minimum(facing, seen[atlas.atlas().mirror])
    enough = seen / np.maximum(needed, 0.05)
    return np.asarray(np.clip((enough - UNSEEN) / (SEEN - UNSEEN), 0, 1), np.float32)


def shown(seen: Floats, facing: Floats) -> Floats:
    """(468,) 0..1 how much of each point to replace: a cheek seen edge-on only smears where it faces the camera."""
    places = atlas.atlas()
    best = (np.maximum(seen, seen[places.mirror]) / np.maximum(facing, 0.05)).astype(np.float32)
    return 1 - np.minimum(places.outer, 1) * (1 - ramp(best, SHOWN))


def drawn(points: Floats, target: Floats, texture: Texture, grid: Grid) -> Drawn:
    """The mesh `points` (468, 3), which `target` (468, 3) was moved to, wearing `texture` in the window of `grid`."""
    places, facing = atlas.atlas(), facemesh.towards_camera(points)
    worn = symmetric(texture, facing)
    own, across = own_share(worn.seen, facing), worn.points[places.mirror]
    seam = places.seam * np.array_equal(worn.points, across)
    pair = ramp(np.minimum(worn.seen, worn.seen[places.mirror]), PAIR)
    carried = [
        target[:, :2] - points[:, :2],
        places.weight * shown(worn.seen, facing),
        places.compared,
        places.outer,
        seam,
        pair,
    ]
    carried += [worn.points, across]
    if own[places.weight > 0].min() < 1:
        carried += [own]
    flat = grid.points(points)
    (shift_x, shift_y, weight, compared, outer, seam, pair, x, y, *mirrored), covered = lay(
        np.column_stack([flat, points[:, 2]]), np.column_stack(carried), (grid.rows, grid.columns)
    )
    x, y = expression.with_eyeballs(x, y, flat, worn.points)
    zoom = grid.face / extent(worn.points)
    if zoom > PREFILTER_FROM:
        x, y = (np.asarray(cv2.GaussianBlur(field, (0, 0), CREASE * zoom), np.float32) for field in (x, y))
    skin = sampled(worn.rgb, grid.up(x), grid.up(y))
    mirrored_x, mirrored_y, *lent = mirrored
    if lent:
        mirrored_skin, here = sampled(worn.rgb, grid.up(mirrored_x), grid.up(mirrored_y)), grid.up(lent[0])
        skin = np.asarray(cv2.blendLinear(skin, mirrored_skin, here, 1 - here), np.uint8)
    return Drawn(
        skin=skin,
        x=grid.up(shift_x),
        y=grid.up(shift_y),
        covered=np.minimum(covered, covering(grid.points(target), covered.shape)),
        weight=np.maximum(weight, 0),
        compared=np.maximum(compared, 0),
        outer=np.minimum(outer, 1),
        seam=seam,
        other=sampled(worn.rgb, mirrored_x, mirrored_y),
        pair=pair,
    )


def covering(points: Floats, window: tuple[int, ...]) -> Mask:
    """hxw 1 where a mesh (468, 2) is, 0 elsewhere: inside its oval, and in the triangles that stick out of it."""
    topology = facemesh.topology()
    mask = masks.polygon(points[topology.oval], window[0], window[1])
    x, y = np.clip(np.rint(points).astype(int), 0, (window[1] - 1, window[0] - 1)).T
    outside = (mask[y, x] == 0)[topology.triangles].any(1)
    corners = np.round(points[topology.triangles[outside]] * (1 << masks.SUBPIXEL_BITS)).astype(np.int32)
    for corner in corners:
        cv2.fillConvexPoly(mask, corner, 1.0, shift=masks.SUBPIXEL_BITS)
    return mask


def sampled(picture: Image, x: Floats, y: Floats) -> Image:
    """The hxwx3 pixels of `picture` at `x`, `y`, hxw each."""
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def shifted(picture: Image, x: Floats, y: Floats) -> Image:
    """`picture` hxwx3 with every pixel taken from `x` right and `y` below of it, hxw each."""
    height, width = x.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    return sampled(picture, x + columns, y + rows)
