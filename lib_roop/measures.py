"""What a swap did to a face, in numbers: how like the source it became, how well it sits, what it still does.

Pure functions. Pictures are RGB uint8 HxWx3, masks float32 HxW; colours and gradients are in CIE L*a*b* units. A
picture against itself gives 0 for every difference and 1 for every ratio.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import colour, facemesh, masks
from .similarity import SIMILARITY, cosine_similarity, distance
from .types import Face, Floats, Image, Mask, Patch, Pose, SwapResult

NOISE = 0.1
"""L*a*b* units (a pixel): ratios are taken of values this much larger, so that noise in smooth skin makes none."""
MARGIN = 8
"""Pixels round a mask that are looked at, too."""
WINDOW = 0.08
"""Of the face's width: how long a piece of the edge has to be to count as a visible seam."""
SECTORS = 8
UPPER_LIDS, LOWER_LIDS = ((160, 158), (385, 387)), ((144, 153), (380, 373))
MOUTH_CORNERS, MOUTH_MIDDLE = (78, 308), (13, 14)
FEATURES = (
    facemesh.LEFT_EYE, facemesh.RIGHT_EYE, facemesh.LEFT_BROW, facemesh.RIGHT_BROW, facemesh.LIPS
)  # fmt: skip
"""What is no skin, and what an expression moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Distances by one recogniser: the target to the source, then the result to the source and to the target."""

    before: float
    after: float
    to_target: float

    @property
    def nearer(self) -> bool:
        """Whether the result is nearer to the source than to the target."""
        return self.after < self.to_target

    @property
    def progress(self) -> float:
        """How much of the squared distance to the source is gone: 1 all of it, 0 none; below 0 it grew."""
        return 1 - (self.after / max(self.before, 1e-9)) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How well a swapped face sits in its picture.

    seam: how strong the gradients along the mask's edge are, against the target's own there. seam_worst: by how much
    they exceed them in the worst place. colour: how far the skin's mean went from the skin round it. colour_worst: the
    same in the worst sector of the face. sharpness: of the face, against the target's. background: the largest
    difference, 0..255, where nothing was to change.
    """

    seam: float
    seam_worst: float
    colour: float
    colour_worst: float
    sharpness: float
    background: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """How far the result's face departs from the target's in what it does.

    pose: absolute differences in degrees. turn: their root of squares. eyes, mouth: absolute differences of the
    opening ratios. expression: mean distance of brows, eyes and lips in parts of the distance between the eyes.
    """

    pose: Pose
    turn: float
    eyes: float
    mouth: float
    expression: float


def apart(recogniser: str, a: Floats, b: Floats) -> float:
    """The distance of two embeddings of a recogniser: that of their directions, 0..2, where only those mean anything.

    A cosine c is then the distance sqrt(2 - 2c), so that squares of both kinds can be compared.
    """
    if SIMILARITY.get(recogniser) is cosine_similarity:
        a, b = (each / np.float32(max(float(np.linalg.norm(each)), 1e-12)) for each in (a, b))
    return distance(a, b)


def likeness(recogniser: str, source: Face, target: Face, result: Face) -> Likeness:
    """What `recogniser` says of the three; all must have its embedding."""
    one, other, new = (face.embeddings[recogniser] for face in (source, target, result))
    return Likeness(
        before=apart(recogniser, other, one),
        after=apart(recogniser, new, one),
        to_target=apart(recogniser, new, other),
    )


def finish(target: Image, face: Face, swapped: SwapResult, within: Mask | None = None) -> Finish:
    """How `face` of `target` sits in a result in which it alone was swapped.

    within: HxW, where colour and sharpness are looked at, so that results of several masks can be compared; the seam is
    then that of the swap, restored or not. By default all is looked at where this result is new.
    """
    mask = coverage(swapped.patches, *target.shape[:2])
    edged = mask if within is None else coverage(swapped.patches[: swapped.swapped], *target.shape[:2])
    rows, columns = _round(mask if within is None else np.maximum(mask, within))
    before, after, near = target[rows, columns], swapped.image[rows, columns], mask[rows, columns]
    part = near if within is None else within[rows, columns]
    skin = np.asarray((part > part.max(initial=0) / 2) & ~_features(face, near.shape, columns.start, rows.start))
    ratio, worst = seam(before, after, edged[rows, columns], WINDOW * face.width)
    whole, sector = colour_shift(before, after, skin)
    return Finish(
        seam=ratio,
        seam_worst=worst,
        colour=whole,
        colour_worst=sector,
        sharpness=sharpness(before, after, part),
        background=background(target, swapped.image, mask),
    )


def coverage(patches: Iterable[Patch], height: int, width: int) -> Mask:
    """How much of each pixel is new, for patches pasted one after the other."""
    kept = np.ones((height, width), np.float32)
    for patch in patches:
        rows, columns = patch.mask.shape
        kept[patch.y : patch.y + rows, patch.x : patch.x + columns] *= 1 - patch.mask
    return 1 - kept


def seam(target: Image, result: Image, mask: Mask, window: float) -> tuple[float, float]:
    """How visible the mask's edge is: the gradients' ratio to the target's along it, and the largest local excess.

    A pixel counts as much as the mask changes there, so hard and feathered edges weigh the same and inner pixels
    nothing. The excess, L*a*b* units a pixel, is of means over squares of `window` pixels: a line that moved a little
    is no seam. 1 and 0 where the mask has no edge.
    """
    edge = np.hypot(*_slopes(mask))
    before, after = (_gradient(image) * edge for image in (target, result))
    if not edge.any():
        return 1.0, 0.0
    floor = NOISE * float(edge.sum())
    side = max(3, round(window))
    length, excess = (
        cv2.boxFilter(field, -1, (side, side), borderType=cv2.BORDER_CONSTANT) for field in (edge, after - before)
    )
    much = length > length.max() / 4  # the tail of a feathered edge is no place of its own
    ratio = (float(after.sum()) + floor) / (float(before.sum()) + floor)
    return ratio, max(0.0, float((excess[much] / length[much]).max()))


def colour_shift(target: Image, result: Image, skin: NDArray[np.bool_]) -> tuple[float, float]:
    """How far (CIE76) the mean colour of the `skin` HxW went, and that of the sector round its middle that went most.

    What surrounds a mask is the same in both pictures, so this is also how the step from it to the face changed.
    """
    y, x = np.nonzero(skin)
    if not len(x):
        return 0.0, 0.0
    moved = (colour.to_lab(result) - colour.to_lab(target))[y, x].astype(np.float64)
    turns = np.arctan2(y - y.mean(), x - x.mean()) / (2 * np.pi) + 0.5
    sector = np.minimum((turns * SECTORS).astype(int), SECTORS - 1)
    count = np.bincount(sector, minlength=SECTORS)
    sums = np.stack([np.bincount(sector, channel, SECTORS) for channel in moved.T], 1)
    large = count >= len(x) / SECTORS / 4
    worst = np.linalg.norm(sums[large] / count[large, None], axis=1).max()
    return float(np.linalg.norm(moved.mean(0))), float(worst)


def sharpness(target: Image, result: Image, mask: Mask) -> float:
    """The root mean square of the smoothed Laplacian of L* where `mask` is above half, result to target.

    After the energy of the Laplacian as a measure of focus (Subbarao, Choi and Nikzad, "Focusing techniques", 1993).
    """
    inside = mask > mask.max(initial=0) / 2
    before, after = (float(np.sqrt(np.square(_detail(image)[inside]).mean())) if inside.any() else 0.0
                     for image in (target, result))  # fmt: skip
    return (after + NOISE) / (before + NOISE)


def background(target: Image, result: Image, mask: Mask) -> int:
    """The largest difference of a sample where `mask` is 0."""
    return int(cv2.absdiff(target, result)[mask == 0].max(initial=0))


def bearing(target: Floats, result: Floats) -> Bearing:
    """How far the mesh of a result departs from the target's, both (468, 3) in pixels."""
    one, other = facemesh.pose(target), facemesh.pose(result)
    angles = [abs((getattr(other, name) - getattr(one, name) + 180) % 360 - 180) for name in ("yaw", "pitch", "roll")]
    eyes = [abs(a - b) for a, b in zip(eye_openings(target), eye_openings(result), strict=True)]
    return Bearing(
        pose=Pose(*angles),
        turn=float(np.linalg.norm(angles)),
        eyes=sum(eyes) / 2,
        mouth=abs(mouth_opening(target) - mouth_opening(result)),
        expression=expression_error(target, result),
    )


def eye_openings(dense: Floats) -> tuple[float, float]:
    """Height by width of the image-left and the image-right eye of a mesh (468, 3), about 0.3 when open.

    The eye aspect ratio of Soukupova and Cech, "Real-Time Eye Blink Detection using Facial Landmarks", 2016; in three
    dimensions, so that a turned head changes nothing.
    """
    left, right = (
        float(np.linalg.norm(dense[list(upper)] - dense[list(lower)], axis=1).mean()) / _between(dense, corners)
        for upper, lower, corners in zip(
            UPPER_LIDS, LOWER_LIDS, (facemesh.LEFT_EYE_CORNERS, facemesh.RIGHT_EYE_CORNERS), strict=True
        )
    )
    return left, right


def mouth_opening(dense: Floats) -> float:
    """The gap between the lips of a mesh (468, 3) by the mouth's width, 0 when it is shut."""
    return _between(dense, MOUTH_MIDDLE, least=0.0) / _between(dense, MOUTH_CORNERS)


def expression_error(target: Floats, result: Floats) -> float:
    """Mean distance of brows, eyes and lips of two meshes (468, 3) once pose, place and size are taken away.

    In parts of the distance between the target's eyes. What a face at rest hardly moves (`facemesh.RIGID_POINTS`) is
    brought together by the similarity of Umeyama, "Least-squares estimation of transformation parameters", 1991.
    """
    rigid, moving = list(facemesh.RIGID_POINTS), sorted({point for part in FEATURES for point in part})
    a, b = target.astype(np.float64), result.astype(np.float64)
    a, b = a - a[rigid].mean(0), b - b[rigid].mean(0)
    u, spread, vt = np.linalg.svd(a[rigid].T @ b[rigid])
    keep = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    scale = (spread * keep).sum() / max(float(np.square(b[rigid]).sum()), 1e-12)
    laid = scale * b[moving] @ (u @ np.diag(keep) @ vt).T
    eyes = a[list(facemesh.LEFT_EYE)].mean(0) - a[list(facemesh.RIGHT_EYE)].mean(0)
    return float(np.linalg.norm(laid - a[moving], axis=1).mean() / max(float(np.linalg.norm(eyes)), 1e-6))


def _between(dense: Floats, pair: tuple[int, int], least: float = 1e-6) -> float:
    return max(float(np.linalg.norm(dense[pair[0]] - dense[pair[1]])), least)


def _slopes(field: Floats) -> tuple[Floats, Floats]:
    """How much a field HxW or HxWx3 rises a pixel, to the right and down."""
    right, down = (cv2.Sobel(field, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return np.asarray(right, np.float32), np.asarray(down, np.float32)


def _gradient(image: Image) -> Floats:
    """HxW: how much all channels of L*a*b* change a pixel, together."""
    return np.asarray(np.sqrt(sum(np.square(slope).sum(-1) for slope in _slopes(colour.to_lab(image)))), np.float32)


def _detail(image: Image) -> Floats:
    light = cv2.GaussianBlur(colour.to_lab(image)[..., 0], (0, 0), 1.0)
    return np.asarray(cv2.Laplacian(light, cv2.CV_32F), np.float32)


def _features(face: Face, shape: tuple[int, ...], x: int, y: int) -> NDArray[np.bool_]:
    """HxW: eyes, brows and lips of a face in the part of its picture that begins at `x`, `y`; none without a mesh."""
    covered = np.zeros(shape, np.bool_)
    for part in FEATURES if face.dense is not None else ():
        points = face.dense[list(part), :2] - (x, y)  # type: ignore[index]
        covered |= masks.hull(points, *shape[:2]) > 0
    return covered


def _round(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns where `mask` is not 0, and some more; all of an empty mask."""
    spans = []
    for axis, length in enumerate(mask.shape):
        used = np.flatnonzero(mask.any(1 - axis))
        first, last = (used[0], used[-1]) if len(used) else (0, length)
        spans.append(slice(max(0, int(first) - MARGIN), min(length, int(last) + MARGIN + 1)))
    return spans[0], spans[1]
