"""Each measure on drawn pictures with known answers."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib_roop import colour, facemesh, geometry, masks, measures
from lib_roop.similarity import SIMILARITY
from lib_roop.types import Face, Floats, Image, Mask, Patch, SwapResult

SIDE, INNER = 120, slice(30, 90)
BY_COSINE, BY_DISTANCE = "w600k_r50", "dlib_resnet_v1"


def noise(seed: int = 0, softness: float = 2.0) -> Image:
    """Cloudy grey-brown, as skin is."""
    cloud = np.random.default_rng(seed).normal(0, 60, (SIDE, SIDE, 3))
    skin = cv2.GaussianBlur(cloud, (0, 0), softness) + np.array((150, 120, 100))
    return np.asarray(np.clip(skin, 0, 255), np.uint8)


def square() -> Mask:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[INNER, INNER] = 1
    return mask


def moved(image: Image, lab: tuple[float, float, float]) -> Image:
    """Another colour all over."""
    return colour.to_rgb(colour.to_lab(image) + np.array(lab, np.float32))


def pasted(target: Image, new: Image, mask: Mask) -> Image:
    return geometry.paste(target, [Patch(0, 0, new, mask)])


def swapped(target: Image, *patches: Patch) -> SwapResult:
    image = geometry.paste(target, patches)
    return SwapResult(image=image, patches=patches, faces=(), engine="drawn", models=())


def head(seed: int = 0) -> Floats:
    """A mesh in pixels: the rigid points where a face has them, each feature a ring of its own, the rest anywhere."""
    dense = np.random.default_rng(seed).normal(0, 5, (facemesh.POINTS, 3))
    places = ((-3.0, -3.0), (3.0, -3.0), (-3.0, -5.0), (3.0, -5.0), (0.0, 4.0))
    for (x, y), part in zip(places, measures.FEATURES, strict=True):
        turns = np.linspace(0, 2 * np.pi, len(part), endpoint=False)
        dense[list(part)] = np.stack([x + 1.2 * np.cos(turns), y + 0.6 * np.sin(turns), 0 * turns - 4], 1)
    dense[list(facemesh.RIGID_POINTS)] = facemesh.NEUTRAL
    return (dense * 4 + (60, 60, 0)).astype(np.float32)


def face(dense: Floats | None = None, *, embedding: Floats | None = None, recogniser: str = BY_DISTANCE) -> Face:
    box, points = np.array((20, 20, 100, 100), np.float32), np.zeros((5, 2), np.float32)
    known = {} if embedding is None else {recogniser: embedding}
    return Face(id=0, box=box, landmarks=points, score=1.0, dense=dense, embeddings=known)


def vector(*values: float) -> Floats:
    return np.array(values, np.float32)


@pytest.mark.parametrize("dense", [None, head()])
def test_a_picture_against_itself_differs_in_nothing(dense: Floats | None) -> None:
    image = noise()
    result = swapped(image, Patch(30, 30, image[INNER, INNER], np.ones((60, 60), np.float32)))
    assert measures.finish(image, face(dense), result) == measures.Finish(
        seam=1, seam_worst=0, colour=0, colour_worst=0, sharpness=1, background=0
    )


def test_without_a_mask_there_is_nothing_to_find_fault_with() -> None:
    found = measures.finish(noise(), face(), swapped(noise()))
    assert (found.seam, found.seam_worst, found.colour, found.sharpness, found.background) == (1, 0, 0, 1, 0)


def test_a_hard_edge_is_a_larger_seam_than_a_feathered_one() -> None:
    target = noise()
    brighter = moved(target, (15, 0, 0))
    hard, soft = square(), masks.feather(square(), 20)
    (hard_ratio, hard_worst), (soft_ratio, soft_worst) = (
        measures.seam(target, pasted(target, brighter, mask), mask, 10) for mask in (hard, soft)
    )
    assert hard_ratio > 1.5 and soft_ratio < 1.2
    assert hard_worst > 4 and hard_worst > 3 * soft_worst


def test_the_seam_of_a_step_in_smooth_skin_is_half_the_step_a_pixel() -> None:
    target = np.full((SIDE, SIDE, 3), 128, np.uint8)
    step = 10.0
    _, worst = measures.seam(target, pasted(target, moved(target, (step, 0, 0)), square()), square(), 20)
    assert worst == pytest.approx(step / 2, rel=0.05)


def test_a_seam_on_one_side_shows_in_the_worst_place() -> None:
    target = noise()
    whole, half = moved(target, (12, 0, 0)), target.copy()
    half[:, 60:] = whole[:, 60:]
    ramp = np.linspace(0, 1, 60, dtype=np.float32)
    faded = geometry.paste(target, [Patch(30, 30, whole[INNER, INNER], np.tile(ramp, (60, 1)))])
    all_round, one_side = (
        measures.seam(target, image, square(), 10) for image in (pasted(target, whole, square()), faded)
    )
    assert one_side[0] < all_round[0]
    assert one_side[1] > 0.8 * all_round[1]


def test_what_is_inside_is_no_seam() -> None:
    target = noise()
    result = target.copy()
    result[45:75, 45:75] = noise(seed=1, softness=0.8)[45:75, 45:75]
    assert measures.seam(target, result, square(), 10) == (1, 0)


def test_a_line_that_moved_a_little_along_the_edge_is_no_seam() -> None:
    target = np.full((SIDE, SIDE, 3), 150, np.uint8)
    target[58:60] = 60
    result = np.roll(target, 3, axis=0)
    ratio, worst = measures.seam(target, pasted(target, result, square()), square(), 24)
    sharp, small = measures.seam(target, pasted(target, result, square()), square(), 3)
    assert 0.8 < ratio < 1.6 and worst < small / 3 and sharp == ratio


def test_a_speck_on_the_edge_counts_less_on_a_larger_face() -> None:
    target = noise()
    result = swapped(target, Patch(30, 30, target[INNER, INNER].copy(), np.ones((60, 60), np.float32)))
    result.image[30:33, 58:61] = 255
    small, large = (
        measures.finish(target, replace(face(), box=vector(0, 0, side, side)), result).seam_worst for side in (40, 400)
    )
    assert small > 3 * large > 0


@pytest.mark.parametrize("lab", [(6.0, 0.0, 0.0), (0.0, -8.0, 0.0), (2.0, 4.0, -4.0)])
def test_a_shifted_colour_is_found_in_its_size(lab: tuple[float, float, float]) -> None:
    target = noise()
    whole, worst = measures.colour_shift(target, moved(target, lab), square() > 0)
    size = float(np.linalg.norm(lab))
    assert whole == pytest.approx(size, rel=0.05) and worst == pytest.approx(size, rel=0.1)


def test_light_from_the_wrong_side_shows_in_the_worst_sector_only() -> None:
    target = noise()
    result = target.copy()
    result[:, :60], result[:, 60:] = moved(target, (8, 0, 0))[:, :60], moved(target, (-8, 0, 0))[:, 60:]
    whole, worst = measures.colour_shift(target, result, square() > 0)
    assert whole < 1 and worst == pytest.approx(8, rel=0.1)


def test_lips_and_eyes_are_no_skin() -> None:
    target, dense = np.full((SIDE, SIDE, 3), 140, np.uint8), head()
    patch = target.copy()
    for part in (facemesh.LIPS, facemesh.LEFT_EYE):
        cv2.fillConvexPoly(patch, cv2.convexHull(np.rint(dense[list(part), :2]).astype(np.int32)), (200, 30, 30))
    result = swapped(target, Patch(0, 0, patch, square()))
    assert measures.finish(target, face(dense), result).colour < 0.2 < measures.finish(target, face(), result).colour


@pytest.mark.parametrize(("sigma", "least", "most"), [(1.0, 0.3, 0.8), (3.0, 0.0, 0.3)])
def test_a_blurred_face_is_less_sharp(sigma: float, least: float, most: float) -> None:
    target = noise(softness=1)
    blurred = np.asarray(cv2.GaussianBlur(target, (0, 0), sigma), np.uint8)
    assert least < measures.sharpness(target, blurred, square()) < most
    assert measures.sharpness(blurred, target, square()) > 1 / most


def test_sharpness_is_that_of_the_face_alone() -> None:
    target = noise(softness=1)
    outside = np.where(square()[..., None] > 0, target, cv2.GaussianBlur(target, (0, 0), 3)).astype(np.uint8)
    middle = masks.erode(square(), 6)
    assert measures.sharpness(target, outside, middle) == pytest.approx(1)


def test_a_changed_background_is_found_and_a_changed_face_is_none() -> None:
    target = noise()
    result = swapped(target, Patch(30, 30, noise(seed=1)[INNER, INNER], np.ones((60, 60), np.float32)))
    assert measures.finish(target, face(), result).background == 0
    result.image[5, 7, 1] ^= 64
    assert measures.finish(target, face(), result).background == 64


def test_patches_cover_what_is_left_of_the_picture() -> None:
    half, pixels = np.full((4, 4), 0.5, np.float32), np.zeros((4, 4, 3), np.uint8)
    covered = measures.coverage([Patch(0, 0, pixels, half), Patch(2, 2, pixels, half)], 8, 8)
    assert (covered[0, 0], covered[3, 3], covered[5, 5], covered[7, 0]) == (0.5, 0.75, 0.5, 0)


def test_embeddings_that_have_a_direction_only_are_compared_by_it() -> None:
    assert BY_COSINE in SIMILARITY and BY_DISTANCE in SIMILARITY
    assert measures.apart(BY_COSINE, vector(3, 0), vector(0, 9)) == pytest.approx(2**0.5)
    assert measures.apart(BY_COSINE, vector(3, 0), vector(7, 0)) == pytest.approx(0)
    assert measures.apart(BY_DISTANCE, vector(3, 0), vector(7, 0)) == pytest.approx(4)


def test_progress_counts_squares_and_nearer_compares_with_the_target() -> None:
    people = (face(embedding=vector(at, 0)) for at in (1.0, 0.0, 0.6))
    found = measures.likeness(BY_DISTANCE, *people)
    assert (found.before, found.after, found.to_target) == pytest.approx((1.0, 0.4, 0.6))
    assert found.nearer and found.progress == pytest.approx(0.84)
    halfway = measures.Likeness(before=1.0, after=0.6, to_target=0.5)
    assert not halfway.nearer and halfway.progress > 0
    assert measures.Likeness(before=1.0, after=1.2, to_target=0.2).progress < 0


@pytest.mark.parametrize(("axis", "name"), [(1, "yaw"), (0, "pitch"), (2, "roll")])
def test_a_turned_head_has_the_same_expression(axis: int, name: str) -> None:
    dense = head()
    angle, others = np.radians(12), [place for place in range(3) if place != axis]
    turn = np.eye(3)
    turn[np.ix_(others, others)] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    found = measures.bearing(dense, (1.3 * dense @ turn.T + (40, -10, 5)).astype(np.float32))
    assert getattr(found.pose, name) == pytest.approx(12, abs=0.1) and found.turn == pytest.approx(12, abs=0.1)
    assert max(found.eyes, found.mouth, found.expression) < 1e-3


def test_a_full_turn_is_none() -> None:
    dense = head()
    upside_down = dense * np.array((-1, -1, 1), np.float32)
    tilt = np.array([[np.cos(0.1), -np.sin(0.1), 0], [np.sin(0.1), np.cos(0.1), 0], [0, 0, 1]])
    assert measures.bearing(upside_down, (upside_down @ tilt).astype(np.float32)).pose.roll == pytest.approx(5.7, abs=1)


def test_an_opened_mouth_and_a_shut_eye_are_found_and_the_pose_stays() -> None:
    before = head()
    after = before.copy()
    width = float(np.linalg.norm(before[measures.MOUTH_CORNERS[0]] - before[measures.MOUTH_CORNERS[1]]))
    after[measures.MOUTH_MIDDLE[0]] = before[measures.MOUTH_MIDDLE[1]]
    after[measures.MOUTH_MIDDLE[1]] = before[measures.MOUTH_MIDDLE[1]] + (0, 0.4 * width, 0)
    assert measures.mouth_opening(after) == pytest.approx(0.4, abs=1e-3)
    shut = measures.eye_openings(before)[0]
    after[list(measures.UPPER_LIDS[0])] = after[list(measures.LOWER_LIDS[0])]
    found = measures.bearing(before, after)
    assert found.turn == 0 and found.eyes == pytest.approx(shut / 2, abs=1e-3)
    assert found.mouth == pytest.approx(abs(0.4 - measures.mouth_opening(before)), abs=1e-3) and found.expression > 0


def test_expression_is_counted_in_the_distance_between_the_eyes() -> None:
    before = head()
    after = before.copy()
    eyes = float(np.linalg.norm(np.diff([before[list(part)].mean(0) for part in measures.FEATURES[:2]], axis=0)))
    moving = sorted({point for part in measures.FEATURES for point in part} - set(facemesh.RIGID_POINTS))
    after[moving] += (0, 0.1 * eyes, 0)
    everything = len({point for part in measures.FEATURES for point in part})
    assert measures.expression_error(before, after) == pytest.approx(0.1 * len(moving) / everything, rel=1e-3)
