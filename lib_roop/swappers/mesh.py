"""The built-in swapper: the source's skin, laid triangle by triangle over the target's face mesh. Runs no net.

The target keeps its head, hair, pose and expression; eyes, brows, nose and mouth come from the source, in the
target's light, and lie where the source has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .. import geometry, masks
from ..errors import InputError
from ..types import CropSpec, Face, Floats, Identity, Image, Mask, Patch, SwapJob
from . import atlas, expression, grain, light, occlusion, shape, texture
from .grid import grid_of

MARGIN = 2
"""Pixels of the crop round what is replaced."""
SILHOUETTE = 0.05
"""Part of the face's size: the soft edge of the head."""
VIGOUR, DETAIL, BLURRED = 0.4, 0.1, 4.0
"""How much the details finer than this part of the crop grow from strength 1 to 2, and the pixels that part is worked
out with."""
CANVAS = 1024.0
"""Bigger faces are painted at this size, then enlarged, sharpened and given the target's grain at their own."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Painted:
    """New pixels `rgb` hxwx3 and, hxw each: weight, how much of the target they replace; face and plain, what of it is
    face and bare skin; x and y, how far to the right and below the target's pixel lies that belongs here.
    """

    rgb: Image
    weight: Mask
    face: Mask
    plain: Mask
    x: Floats
    y: Floats


class MeshSwapper:
    """Lays the source's texture over the target's mesh."""

    name = "mesh"
    engine = "built-in"
    skin = True
    models: tuple[str, ...] = ("facemesh_468",)
    side = 0

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        """The rectangle round the part of the face that is replaced.

        Raises InputError when the identity has no texture or no shape.
        """
        if identity.texture is None or identity.shape is None:
            raise InputError(
                f'"{identity.name}" has no skin for the mesh model to paint with (it was kept without, or by another '
                "tool); give a picture of the face."
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
    target, shift = job.crop.pixels, job.crop.spec.matrix[:, 2]
    x, y = round(-shift[0]), round(-shift[1])
    if job.strength <= 0 or not target.size:
        return Patch(x, y, target.copy(), np.zeros(target.shape[:2], np.float32))
    mesh = mesh_of(job.face) + np.array([*shift, 0], np.float32)
    canvas = grid_of(target.shape, shape.extent(mesh), CANVAS)
    zoom = np.float32(shape.extent(mesh) / canvas.face)
    small = np.column_stack([canvas.points(mesh), mesh[:, 2] / zoom])
    new = painted(canvas.reduced(target), small, job.identity, job.strength)
    shift_x, shift_y = canvas.up(new.x) * zoom, canvas.up(new.y) * zoom
    under = texture.shifted(target, shift_x, shift_y)
    lit = grain.matched(canvas.enlarged(new.rgb), under, canvas.up(new.face), canvas.up(new.plain))
    weight = canvas.up(new.weight)
    mask: Mask = np.maximum(weight, masks.smooth(np.minimum(np.hypot(shift_x, shift_y), np.float32(1))))
    share = np.asarray(weight / np.maximum(mask, 1e-6), np.float32)
    return Patch(x, y, mixed(under, lit, share, job.strength), mask)


def painted(target: Image, mesh: Floats, identity: Identity, strength: float) -> Painted:
    """The face of `identity` on the mesh (468, 3) of `target` hxwx3."""
    assert identity.texture is not None and identity.shape is not None, "frame() refuses such an identity"
    size = shape.extent(mesh)
    grid = grid_of(target.shape, size)
    # Proportions beyond the source's are nobody's: recognisers see a caricature as somebody else.
    points = shape.moved(mesh, identity.shape, min(strength, 1.0))
    drawn = texture.drawn(points, mesh, texture.reduced(identity.texture, size), grid)
    flat = grid.points(points)
    plain = skin_of(flat, drawn.compared)
    free = masks.combine(
        masks.feather(drawn.covered, SILHOUETTE * grid.face),
        1 - occlusion.covering(target, drawn.weight, plain, grid),
    )
    x, y = drawn.x * grid.up(free), drawn.y * grid.up(free)
    weight = masks.combine(
        masks.smooth(drawn.weight),
        free,
        expression.mouth_replaced(flat, identity.shape, free.shape),
    )
    # The eyes of a mirrored half look the other way.
    kept = 1.0 if drawn.seam.any() else expression.eyes_kept(identity.shape, mesh)
    if kept:
        weight = masks.combine(weight, 1 - np.float32(kept) * (1 - expression.eyes_replaced(flat, free.shape)))
    return Painted(
        rgb=light.relit(drawn, texture.shifted(target, x, y), plain, grid),
        weight=grid.up(weight),
        face=grid.up(drawn.weight),
        plain=grid.up(plain),
        x=x,
        y=y,
    )


def mesh_of(face: Face) -> Floats:
    """The face's (468, 3) mesh, which the pipeline lays before it asks for a swap."""
    assert face.dense is not None, "the mesh swapper needs faces that a Landmarker has fitted"
    return face.dense


def skin_of(points: Floats, weight: Mask) -> Mask:
    """`weight` HxW without the eyes, brows and lips of a mesh `points` (468, 2)."""
    skin = weight.copy()
    for part in atlas.NOT_SKIN:
        skin[masks.hull(points[list(part)], *skin.shape) > 0] = 0
    return skin


def mixed(target: Image, swapped: Image, share: Mask, strength: float) -> Image:
    """`swapped` mixed into `target`, hxwx3 both, by `share` hxw and `strength`; beyond 1 its details are amplified."""
    new = swapped.astype(np.float32)
    if strength > 1:
        sigma = DETAIL * min(share.shape)
        grid = grid_of(share.shape, sigma, BLURRED)
        broad = cv2.GaussianBlur(grid.down(swapped), (0, 0), max(grid.face, 0.3))
        new += np.float32(VIGOUR * (strength - 1)) * (new - grid.up(np.asarray(broad, np.float32)))
        np.clip(new, 0, 255, out=new)
    new -= target
    new *= (share * np.float32(min(strength, 1.0)))[..., None]
    new += target
    return np.rint(new).astype(np.uint8)
