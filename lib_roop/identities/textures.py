"""A face's skin: cut from its picture, or put together from several pictures in one common layout. Pure functions.

The layout is the head's mean shape unrolled from a cylinder about its upright axis and stretched to fill a square of
`SIDE` pixels, so that cheeks and temples have as much room as the middle. It is not fixed: `Texture.points` tells where
each point lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import colour, facemesh, geometry
from ..rasteriser import lay
from ..types import Floats, Image, Mask, Texture

SIDE = 512
RIM = 16
"""Pixels round the unrolled face."""
AXIS = 3.0
"""The cylinder's axis lies so many cm behind the middle of `facemesh.NEUTRAL`: within the head, between the ears."""
MARGIN = 0.15
"""Room round the mesh in a texture cut from a picture, in parts of the face's size: blurring never meets its edge."""
PIXELS_PER_CM = 24.0
"""The size of a blended shape: about that of the unrolled face."""

FAINT = 0.02
"""What a point counts that its picture does not show: next to nothing, but more than no picture at all."""
WELL = (0.4, 0.7)
"""Seen less than the first, a point tells nothing of the picture's light; from the second on it is seen well."""
CHOOSY, FUSSY = 3.0, 4.0
"""How sharply the better view of a point wins: the powers of how it is seen, and of all for the finest details, which a
mean of several pictures would blur."""
ONE_GLANCE = 4.0
"""So much more the best picture counts for eyes and mouth: of two glances, or a smile and a stare, no mean is made."""
EXPRESSION = (*facemesh.LEFT_EYE, *facemesh.RIGHT_EYE, *facemesh.LIPS, *facemesh.INNER_LIPS)
SOFTNESS, FINE, LIGHT_SIGMA = 0.02 * SIDE, 0.012 * SIDE, 0.1 * SIDE
"""How wide transitions are, the blurs that tell details from forms and light from skin, in pixels."""
RIDGE, CHIN = (6, 197, 195, 5, 4, 1, 19, 94, 2, 164), (18, 200, 199, 175, 152)
"""The midline, but for the lips."""
SIDEWAYS = 0.6
"""A picture that shows one half of the face less than this part of the other shows the midline as the head's edge."""
STRIP, MEND = round(0.03 * SIDE), 0.02 * SIDE
"""How wide that edge is, and the blur that fills it from both sides, in pixels."""
SPREAD = (0.6, 1.5)
"""How much the contrast of a picture may change to match the best one's."""


def cut(image: Image, dense: Floats) -> Texture:
    """The part of `image` (RGB) round a mesh (468, 3), its own pixels."""
    low, high = dense[:, :2].min(0), dense[:, :2].max(0)
    margin = MARGIN * float((high - low).max())
    x, y = np.floor(low - margin).astype(int)
    width, height = np.ceil(high + margin).astype(int) - (x, y)
    crop = geometry.cut(image, geometry.region(int(x), int(y), int(width), int(height)))
    points = geometry.transform(dense[:, :2], crop.spec.matrix)
    return Texture(crop.pixels.copy(), points, facemesh.towards_camera(dense))


def reduced(texture: Texture, size: float) -> Texture:
    """`texture` shrunk until its face is at most `size` pixels long; a smaller one as it is."""
    height, width = texture.rgb.shape[:2]
    ratio = extent(texture) / max(size, 1.0)
    if ratio <= 1 or not texture.rgb.size:
        return texture
    wanted = max(1, round(width / ratio)), max(1, round(height / ratio))
    small = cv2.resize(texture.rgb, wanted, interpolation=cv2.INTER_AREA)
    # Pixel centres lie at whole numbers, so what scaling keeps in place is the picture's corner, at -0.5.
    points = (texture.points + 0.5) * (np.array(wanted) / (width, height)) - 0.5
    return replace(texture, rgb=np.asarray(small, np.uint8), points=points.astype(np.float32))


def extent(texture: Texture) -> float:
    """The longer side of the face, in the texture's pixels."""
    return float(np.ptp(texture.points, axis=0).max())


def frontal(shape: Floats) -> NDArray[np.float64]:
    """A mesh (468, 3) turned to look at the viewer, in cm: its rigid points as close to the neutral face's as can be.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.
    """
    points = shape.astype(np.float64)
    own, neutral = points[list(facemesh.RIGID_POINTS)], facemesh.NEUTRAL
    centred = own - own.mean(0)
    u, spread, vt = np.linalg.svd((neutral - neutral.mean(0)).T @ centred)
    keep = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    turn = float((spread * keep).sum() / max(np.square(centred).sum(), 1e-9)) * (u @ np.diag(keep) @ vt)
    result: NDArray[np.float64] = (points - own.mean(0)) @ turn.T + neutral.mean(0)
    return result


def unrolled(shape: NDArray[np.floating[Any]]) -> Floats:
    """(468, 2) where the points of a frontal mesh (468, 3), in cm, lie in the common layout."""
    angle = np.arctan2(shape[:, 0], AXIS - shape[:, 2])
    radius = float(np.hypot(shape[:, 0], AXIS - shape[:, 2]).mean())
    flat = np.stack([angle * radius, shape[:, 1]], 1)
    low, high = flat.min(0), flat.max(0)
    scale = (SIDE - 1 - 2 * RIM) / np.maximum(high - low, 1e-6)
    placed: Floats = ((flat - (low + high) / 2) * scale + (SIDE - 1) / 2).astype(np.float32)
    return placed


def trust(textures: Sequence[Texture], weights: Sequence[float]) -> Floats:
    """(n, 468) how much each picture, of that weight, is to be believed about each point."""
    seen = np.stack([np.clip(texture.seen, FAINT, 1) for texture in textures])
    result: Floats = (seen**CHOOSY * np.asarray(weights, np.float32)[:, None]).astype(np.float32)
    glance, parts = best(textures, weights), list(EXPRESSION)
    sure = np.clip((seen[glance, parts] - WELL[0]) / (WELL[1] - WELL[0]), 0, 1)
    result[glance, parts] *= 1 + (ONE_GLANCE - 1) * sure
    return result


def best(textures: Sequence[Texture], weights: Sequence[float]) -> int:
    """Which picture shows most of the face best."""
    return max(range(len(textures)), key=lambda number: weights[number] * float(textures[number].seen.clip(0).mean()))


def blend(textures: Sequence[Texture], points: Floats, trusted: Floats, leading: int) -> Texture:
    """One texture with its points at `points` (468, 2) of a square, each region from the pictures that show it best.

    trusted: (n, 468) how much each texture is believed about each point. leading: the one whose colours all take.
    """
    leader = _unrolled(textures[leading], points, trusted[leading])
    # What no picture shows, and the square's corners, become plain skin.
    skin = np.median(leader.lab[leader.weight > 0], axis=0) if leader.weight.any() else np.array([60, 10, 15])
    total, finest = np.full((2, SIDE, SIDE), 1e-9, np.float32)
    forms, details = total[..., None] * skin.astype(np.float32), np.zeros((SIDE, SIDE, 3), np.float32)
    for number, texture in enumerate(textures):
        sheet = leader if number == leading else _unrolled(texture, points, trusted[number])
        lab = sheet.lab if sheet is leader else _coloured_like(leader, sheet)
        weight = (sheet.weight > 0) * cv2.GaussianBlur(sheet.weight, (0, 0), SOFTNESS)
        form = colour.low_frequencies(lab, (sheet.weight > 0).astype(np.float32), FINE)
        forms += form * weight[..., None]
        total += weight
        details += (lab - form) * (weight**FUSSY)[..., None]
        finest += weight**FUSSY
    mixed = forms / total[..., None] + details / finest[..., None]
    if all(sideways(texture.seen, points) for texture in textures):
        mixed = _mended(mixed, points)
    seen = np.max([texture.seen for texture in textures], axis=0).astype(np.float32)
    return Texture(colour.to_rgb(mixed), points, seen)


def sideways(seen: Floats, points: Floats) -> bool:
    """Whether a head is turned far whose points, unrolled at `points` (468, 2), are `seen` (468,) so well."""
    right = points[:, 0] > points[facemesh.NOSE_TIP, 0]
    less, more = sorted(float(seen[half].clip(0).sum()) for half in (right, ~right))
    return less < SIDEWAYS * more


def _mended(lab: Floats, points: Floats) -> Floats:
    """`lab` with the midline of a face whose points are `points` (468, 2) filled from both its sides."""
    strip = np.zeros(lab.shape[:2], np.float32)
    for line in (RIDGE, CHIN):
        cv2.polylines(strip, [points[list(line)].round().astype(np.int32)], False, 1.0, STRIP)
    filled = colour.low_frequencies(lab, 1 - strip, MEND)
    return lab + cv2.GaussianBlur(strip, (0, 0), SOFTNESS / 2)[..., None] * (filled - lab)


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """One picture in the common layout: L*a*b*, how much each pixel is believed, and how well it was seen."""

    lab: Floats
    weight: Mask
    seen: Mask


def _unrolled(texture: Texture, points: Floats, trusted: Floats) -> _Sheet:
    small = reduced(texture, float(np.ptp(points, axis=0).max()))
    flat = np.column_stack([points, np.zeros(len(points), np.float32)])
    (x, y, weight, seen), covered = lay(flat, np.column_stack([small.points, trusted, small.seen]), (SIDE, SIDE))
    if not small.rgb.size:
        return _Sheet(np.zeros((SIDE, SIDE, 3), np.float32), np.zeros_like(x), np.zeros_like(x))
    height, width = small.rgb.shape[:2]
    inside = ((x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)).astype(np.float32)
    pixels = cv2.remap(small.rgb, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    lab = colour.to_lab(np.asarray(pixels, np.uint8))
    return _Sheet(lab, weight * covered * np.maximum(inside, FAINT), seen * covered * inside)


def _coloured_like(leader: _Sheet, sheet: _Sheet) -> Floats:
    """The L*a*b* of `sheet` in the colours and light of `leader`, compared where both show the face well, or at all."""
    both = np.minimum(sheet.seen, leader.seen)
    shared: Mask = np.clip((both - WELL[0]) / (WELL[1] - WELL[0]), 0, 1).astype(np.float32)
    if not shared.any():
        shared = (both > 0).astype(np.float32)
    matched = colour.match_statistics(sheet.lab, leader.lab, shared, SPREAD)
    return colour.match_light(matched, leader.lab, shared, LIGHT_SIGMA)
