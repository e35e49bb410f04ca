"""The built-in swapper: the source's skin, laid triangle by triangle over the target's face mesh. Runs no net.

The target keeps its head, hair and pose; eyes, brows, nose and mouth come from the source, in the target's light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import colour, facemesh, geometry, masks
from ..errors import InputError
from ..types import CropSpec, Face, Floats, Identity, Image, Mask, Patch, SwapJob, Texture
from . import atlas

MARGIN = 2
"""Pixels of the crop round what is replaced."""
SILHOUETTE, MOUTH_EDGE, LIGHT_SIGMA, DETAIL_SIGMA = 0.05, 0.025, 0.1, 0.05
"""Parts of the face's size: the soft edges of the head and of a kept mouth, the blurs of light and detail."""
SPREAD = (0.5, 1.25)
"""How much the contrast of the source's skin may change to be the target's."""
SOURCE_EYELIDS = 0.8
"""How far the eyelids take the source's shape: at 1 winks vanish, at 0 closed eyes smear open ones."""
ALIKE_MOUTHS, SHUT = 3.0, 0.1
"""Of two mouths, one this many times more open than the other cannot be painted on it; so little counts as shut."""
PREFILTER_FROM = 1.3
"""A source this many times bigger than the target is reduced first, or its fine lines would shimmer."""
UNSEEN, SEEN = 0.4, 0.8
"""Parts of what a point should show: with less it is painted from its mirror point, with more from itself."""


class MeshSwapper:
    """Lays the source's texture over the target's mesh."""

    name = "mesh"
    engine = "built-in"
    models: tuple[str, ...] = ("facemesh_468",)

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        """The rectangle round the part of the face that is replaced.

        Raises InputError when the identity has no texture or no shape.
        """
        if identity.texture is None or identity.shape is None:
            raise InputError(
                f'"{identity.name}" has no skin for the mesh model to paint with; give a picture of the face.'
            )
        replaced = mesh_of(face)[atlas.atlas().replaced, :2]
        x0, y0 = np.floor(replaced.min(0) - MARGIN).astype(int).tolist()
        x1, y1 = np.ceil(replaced.max(0) + MARGIN).astype(int).tolist()
        return geometry.region(x0, y0, x1 - x0 + 1, y1 - y0 + 1)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        """One patch a job, as large as its crop. A face outside its crop, and strength 0, change nothing."""
        return [swap_one(job) for job in jobs]


def swap_one(job: SwapJob) -> Patch:
    """The patch of one job."""
    texture, shape = job.identity.texture, job.identity.shape
    assert texture is not None and shape is not None, "frame() refuses such an identity"
    target, shift = job.crop.pixels, job.crop.spec.matrix[:, 2]
    x, y = round(-shift[0]), round(-shift[1])
    if job.strength <= 0 or not target.size:
        return Patch(x, y, target.copy(), np.zeros(target.shape[:2], np.float32))
    mesh = mesh_of(job.face) + np.array([*shift, 0], np.float32)
    size = extent(mesh[:, :2])
    points = with_source_eyelids(mesh, shape, SOURCE_EYELIDS * min(job.strength, 1.0))
    pixels, weight, covered = painted(points, reduced(texture, size), target.shape[:2])
    lit = relit(pixels, target, skin_of(points, weight), LIGHT_SIGMA * size)
    mask = masks.combine(
        masks.smooth(weight), masks.feather(covered, SILHOUETTE * size), mouth_replaced(mesh, shape, weight.shape)
    )
    return Patch(x, y, mixed(target, lit, job.strength, DETAIL_SIGMA * size), mask)


def mesh_of(face: Face) -> Floats:
    """The face's (468, 3) mesh, which the pipeline lays before it asks for a swap."""
    assert face.dense is not None, "the mesh swapper needs faces that a Landmarker has fitted"
    return face.dense


def extent(points: Floats) -> float:
    """The longer side of the box round `points` (n, 2): the unit of every width here."""
    return float(np.ptp(points, axis=0).max())


def with_source_eyelids(target: Floats, source: Floats, amount: float) -> Floats:
    """The mesh `target` (468, 3) with its eyelids `amount` of the way to those of `source` (468, 3).

    The source is turned to the target's pose by the best linear map of the two meshes, then hung on the eye's corners.
    """
    solid = np.hstack([source, np.ones((len(source), 1), np.float32)])
    posed = solid @ np.linalg.lstsq(solid, target[:, :2], rcond=None)[0]
    result = target.copy()
    for eye, ends in atlas.EYES:
        lids, corners = list(eye), list(ends)
        wanted = geometry.transform(posed[lids], geometry.similarity_fit(posed[corners], target[corners, :2]))
        result[lids, :2] += np.float32(amount) * (wanted - result[lids, :2])
    return result


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


def painted(points: Floats, texture: Texture, window: tuple[int, ...]) -> tuple[Image, Mask, Mask]:
    """The mesh `points` (468, 3) wearing `texture`, drawn in a hxw window.

    Returns hxwx3 pixels, hxw how much of the target such a part of a face replaces, and hxw 1 where the mesh is.
    """
    places, own = atlas.atlas(), own_share(texture.seen, points)
    attributes = [places.weight, texture.points]
    if own[places.weight > 0].min() < 1:
        attributes += [own, texture.points[places.mirror]]
    (weight, x, y, *lent), covered = lay(points, np.column_stack(attributes), window)
    pixels = sample(texture.rgb, x, y)
    if lent:
        here, mirrored_x, mirrored_y = lent
        mirrored = sample(texture.rgb, mirrored_x, mirrored_y)
        pixels = np.asarray(cv2.blendLinear(pixels, mirrored, here, 1 - here), np.uint8)
    return pixels, np.maximum(weight, 0), covered


def sample(picture: Image, x: Floats, y: Floats) -> Image:
    """The hxwx3 pixels of `picture` at `x`, `y`, hxw each."""
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def own_share(seen: Floats, target: Floats) -> Floats:
    """(468,) how much of each point's skin to take from the point itself, 1, and how much from its mirror point, 0.

    A source that was turned, `seen` (468,), shows too little of its far half for a `target` (468, 3) that faces the
    camera. A face is symmetric enough to lend.
    """
    needed = np.minimum(facemesh.towards_camera(target), seen[atlas.atlas().mirror])
    enough = seen / np.maximum(needed, 0.05)
    return np.asarray(np.clip((enough - UNSEEN) / (SEEN - UNSEEN), 0, 1), np.float32)


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


def skin_of(points: Floats, weight: Mask) -> Mask:
    """`weight` hxw without the eyes, brows and lips of a mesh `points` (468, 3)."""
    skin = weight.copy()
    for part in atlas.NOT_SKIN:
        skin[masks.hull(points[list(part), :2], *skin.shape) > 0] = 0
    return skin


def mouth_replaced(target: Floats, source: Floats, window: tuple[int, ...]) -> Mask:
    """hxw 0 between the lips of the mesh `target` (468, 3) if that of `source` (468, 3) opens them much more or less.

    Closed lips stretched over an open mouth smear, and teeth squeezed into closed lips glitter; elsewhere 1.
    """
    gaps = SHUT + openness(target), SHUT + openness(source)
    kept = np.float32(np.clip(2 - ALIKE_MOUTHS * min(gaps) / max(gaps), 0, 1))
    gap = masks.polygon(target[list(facemesh.INNER_LIPS), :2], window[0], window[1])
    return 1 - kept * (1 - masks.feather(1 - gap, MOUTH_EDGE * extent(target[:, :2])))


def openness(mesh: Floats) -> float:
    """How much of the mouth of a mesh (468, 3) lies between the lips, 0..1."""
    inner, outer = (cv2.contourArea(mesh[list(ring), :2]) for ring in (facemesh.INNER_LIPS, facemesh.LIPS))
    return inner / max(outer, 1e-6)


def relit(skin_texture: Image, target: Image, skin: Mask, sigma: float) -> Image:
    """`skin_texture` hxwx3 in the colours and the light of `target` hxwx3, compared where `skin` hxw says."""
    wanted = colour.to_lab(target)
    matched = colour.match_statistics(colour.to_lab(skin_texture), wanted, skin, SPREAD)
    return colour.to_rgb(colour.match_light(matched, wanted, skin, sigma))


def mixed(target: Image, swapped: Image, strength: float, sigma: float) -> Image:
    """`swapped` mixed into `target` by `strength`; beyond 1 the details finer than `sigma` pixels are amplified."""
    if strength <= 1:
        return np.asarray(cv2.addWeighted(swapped, strength, target, 1.0 - strength, 0.0), np.uint8)
    everywhere = np.ones(swapped.shape[:2], np.float32)
    broad = colour.low_frequencies(swapped.astype(np.float32), everywhere, sigma)
    return np.clip(np.rint(swapped + (strength - 1.0) * (swapped - broad)), 0, 255).astype(np.uint8)
