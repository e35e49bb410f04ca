"""Maskers that run no net: a box, the face's outline, what changed, a drawn mask, kept eyes and mouth."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .. import geometry, masks, templates
from ..errors import InputError, OptionError
from ..facemesh import LEFT_EYE, LIPS, RIGHT_EYE
from ..options import no_such
from ..types import Face, Floats, Image, Mask, Patch
from .base import size_of

CENTRE, RADII = (0.5, 0.59), (0.27, 0.31)
"""The face mesh's outline in an FFHQ crop, in parts of its side, as eight photographed faces have it."""
MOUTH_RADII, EYE_RADII = (0.58, 0.32), (0.26, 0.14)
"""Half axes in parts of the mouth's width, and of the distance between the eyes."""
CHANGED = (4.0, 12.0)
"""Levels of 0..255 from which on a change begins to count, and counts wholly."""
CHANGE_BLUR = 0.02
"""Of the face's size: single pixels that happen to be equal are no holes."""
KEPT_SOFT = 0.04
"""Of the face's size: round what is kept the new pixels fade in."""
ALIKE = 0.01
"""How much the proportions of a drawn mask may differ from the picture's."""


class Box:
    """The detector's box round the face."""

    name = "box"
    models: tuple[str, ...] = ()

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """1 inside the box."""
        return [_polygon(_corners(face), patch) for face, patch in zip(faces, patches, strict=True)]


class Hull:
    """What the face's mesh covers; without a mesh, an oval laid by the five points."""

    name = "hull"
    models: tuple[str, ...] = ()

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """1 inside the convex hull."""
        return [_polygon(outline(face), patch) for face, patch in zip(faces, patches, strict=True)]


class Difference:
    """Where the swap changed something; elsewhere the target's own pixels stay, with their grain."""

    name = "difference"
    models: tuple[str, ...] = ()

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """0 where nothing changed, 1 where much did."""
        return [_changed(image, face, patch) for face, patch in zip(faces, patches, strict=True)]


class Drawn:
    """A mask that somebody drew, RGB, as large as the picture or in its proportions: white is replaced, black stays."""

    name = "picture"
    models: tuple[str, ...] = ()

    def __init__(self, drawing: Image) -> None:
        self.drawing = drawing

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """The drawing's part for each patch. Raises InputError when its proportions are not the picture's."""
        height, width = image.shape[:2]
        rows, columns = self.drawing.shape[:2]
        if abs(rows * width / (columns * height) - 1) > ALIKE:
            raise InputError(
                f"The mask is {columns}x{rows} pixels and the picture {width}x{height}; draw the mask over the picture."
            )
        grey = (self.drawing @ geometry.LUMA / 255).astype(np.float32)
        if (rows, columns) != (height, width):
            grey = np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        return [grey[patch.y : patch.y + len(patch.mask), patch.x :][:, : patch.mask.shape[1]] for patch in patches]


class Kept:
    """Parts of the target's face that stay: "mouth", "eyes". Without a mesh they are ovals laid by the five points."""

    name = "kept"
    models: tuple[str, ...] = ()

    def __init__(self, parts: Sequence[str] = ("mouth",)) -> None:
        """Raises OptionError for a part that cannot be kept."""
        for part in parts:
            if part not in KEPT:
                raise OptionError(no_such("part of the face to keep", part, KEPT))
        self.parts = tuple(parts)

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        """0 on the parts, rising to 1 round them."""
        return [self._around(face, patch) for face, patch in zip(faces, patches, strict=True)]

    def _around(self, face: Face, patch: Patch) -> Mask:
        free = np.ones_like(patch.mask)
        for part in self.parts:
            for ring in KEPT[part](face):
                free = np.minimum(free, 1 - _polygon(ring, patch))
        return masks.feather(free, KEPT_SOFT * size_of(face))


def outline(face: Face) -> Floats:
    """(n, 2) points whose convex hull is the face: its mesh, or an oval laid by the five points."""
    if face.dense is not None:
        return face.dense[:, :2]
    spec = templates.frame(face.landmarks, templates.FFHQ_512)
    return geometry.transform(masks.oval(CENTRE, RADII) * spec.width, geometry.invert(spec.matrix))


def mouth(face: Face) -> list[Floats]:
    """The outlines of what is kept with the mouth: the lips and all between them."""
    if face.dense is not None:
        return [face.dense[list(LIPS), :2]]
    left, right = face.landmarks[3:]
    return [_oval_on(left, right, (left + right) / 2, MOUTH_RADII)]


def eyes(face: Face) -> list[Floats]:
    """The outlines of both eyes."""
    if face.dense is not None:
        return [face.dense[list(ring), :2] for ring in (LEFT_EYE, RIGHT_EYE)]
    left, right = face.landmarks[:2]
    return [_oval_on(left, right, centre, EYE_RADII) for centre in (left, right)]


KEPT = {"mouth": mouth, "eyes": eyes}


def _oval_on(left: Floats, right: Floats, centre: Floats, radii: tuple[float, float]) -> Floats:
    """An oval round `centre` whose axes lie along and across the line `left` to `right`, in parts of its length."""
    along = right - left
    across = np.array([-along[1], along[0]])
    return np.asarray(masks.oval((0, 0), radii) @ np.stack([along, across]) + centre, np.float32)


def _polygon(points: Floats, patch: Patch) -> Mask:
    """1 inside the convex hull of `points`, which are the picture's, 0 elsewhere in the patch."""
    return masks.hull(points - np.array([patch.x, patch.y], np.float32), *patch.mask.shape)


def _corners(face: Face) -> Floats:
    x0, y0, x1, y1 = face.box.tolist()
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)


def _changed(image: Image, face: Face, patch: Patch) -> Mask:
    height, width = patch.mask.shape
    under = image[patch.y : patch.y + height, patch.x : patch.x + width]
    change: Mask = cv2.absdiff(patch.rgb, under).max(-1).astype(np.float32)
    sigma = max(CHANGE_BLUR * size_of(face), 0.5)
    change = np.asarray(cv2.GaussianBlur(change, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)
    low, high = CHANGED
    return masks.smooth(np.clip((change - low) / (high - low), 0, 1).astype(np.float32))
