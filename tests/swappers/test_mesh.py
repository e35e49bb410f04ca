"""The built-in swapper on drawn faces: which pixels change, and how much."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_roop import facemesh, geometry, masks, rasteriser
from lib_roop.errors import InputError
from lib_roop.types import Crop, Floats, Identity, SwapJob
from tests.swappers.heads import (
    CHIN,
    FOREHEAD,
    NOSE,
    SOMEONE,
    SWAPPER,
    change,
    face_of,
    head,
    identity_of,
    mask_over,
    noise,
    smiling,
    swapped,
    under,
)


@pytest.mark.parametrize("identity", [replace(SOMEONE, texture=None), replace(SOMEONE, shape=None)])
def test_an_identity_without_a_picture_of_the_face_is_refused(identity: Identity) -> None:
    with pytest.raises(InputError, match=r'^"drawn" .*; give a picture of the face\.$'):
        SWAPPER.frame(face_of(head()), identity)


def test_a_face_without_a_mesh_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="Landmarker"):
        SWAPPER.frame(face_of(None), SOMEONE)


def test_a_face_put_on_itself_hardly_changes() -> None:
    picture = noise()
    patch = swapped(picture, head(), identity_of(picture, head()))
    assert patch.mask.max() == 1
    assert np.abs(patch.rgb.astype(float) - under(picture, patch))[patch.mask > 0].mean() < 1


def test_another_face_changes_much() -> None:
    assert change(noise(), swapped(noise(), head())) > 1.5


def test_strength_0_gives_the_target_back() -> None:
    picture = noise()
    np.testing.assert_array_equal(geometry.paste(picture, [swapped(picture, head(), strength=0)]), picture)


def test_the_change_grows_with_strength() -> None:
    changes = [change(noise(), swapped(noise(), head(), strength=strength)) for strength in (0, 0.25, 0.5, 0.75, 1)]
    assert all(np.diff(changes) > 0.3)


def test_beyond_strength_1_details_grow_from_what_strength_1_gives() -> None:
    whole, little, more = (swapped(noise(), head(), strength=strength).rgb.astype(float) for strength in (1, 1.01, 1.5))
    assert np.abs(little - whole).max() <= 2
    assert more.std() > whole.std()


def test_pixels_outside_the_mask_stay_and_the_mask_ends_inside_the_crop() -> None:
    picture = noise()
    patch = swapped(picture, head())
    border = np.ones(patch.mask.shape, bool)
    border[1:-1, 1:-1] = False
    assert not patch.mask[border].any()
    outside = mask_over(picture, patch) == 0
    np.testing.assert_array_equal(geometry.paste(picture, [patch])[outside], picture[outside])


def test_forehead_and_jaw_line_stay_and_brows_nose_and_mouth_go() -> None:
    dense = head()
    mask = mask_over(noise(), swapped(noise(), dense))

    def weight(point: int) -> float:
        column, row = dense[point, :2].round().astype(int)
        return float(mask[row, column])

    assert all(weight(point) < 1e-3 for point in (FOREHEAD, 151, CHIN, 234, 454))
    assert all(weight(point) > 0.8 for point in facemesh.LEFT_BROW)
    assert all(weight(point) > 0.9 for point in (NOSE, facemesh.MOUTH_LEFT, facemesh.MOUTH_RIGHT))


def test_the_patch_is_the_same_in_a_larger_picture() -> None:
    small = noise()
    large = np.zeros((1500, 2000, 3), np.uint8)
    large[700:900, 1100:1300] = small
    here, there = swapped(small, head()), swapped(large, head(centre=(1200, 800)))
    assert (there.x - here.x, there.y - here.y) == (1100, 700)
    np.testing.assert_allclose(there.mask, here.mask, atol=2e-3)
    assert np.abs(there.rgb.astype(int) - here.rgb)[here.mask > 0].max() <= 5


def test_nothing_that_is_given_is_written_to() -> None:
    picture, dense = noise(), head(yaw=20)
    assert SOMEONE.texture is not None and SOMEONE.shape is not None
    for array in (picture, dense, SOMEONE.texture.rgb, SOMEONE.texture.points, SOMEONE.shape):
        array.flags.writeable = False
    swapped(picture, dense, strength=1.5)


@settings(deadline=None, max_examples=50)
@given(
    centre=st.tuples(st.floats(-150, 350), st.floats(-150, 350)),
    size=st.floats(0.5, 300),
    yaw=st.floats(-100, 100),
    strength=st.floats(0, 1.5),
)
def test_any_face_anywhere_gives_a_patch_that_fits(
    centre: tuple[float, float], size: float, yaw: float, strength: float
) -> None:
    picture = noise()
    patch = swapped(picture, head(size, centre, yaw, nose=0.3), strength=strength)
    assert patch.rgb.shape == (*patch.mask.shape, 3) == under(picture, patch).shape
    assert np.isfinite(patch.mask).all()
    assert not patch.mask.size or (patch.mask.min() >= 0 and patch.mask.max() <= 1)


def test_a_face_outside_the_picture_changes_nothing() -> None:
    patch = swapped(noise(), head(centre=(900, -500)))
    assert not patch.mask.any()
    np.testing.assert_array_equal(geometry.paste(noise(), [patch]), noise())


def test_a_crop_of_one_pixel_is_no_special_case() -> None:
    crop = Crop(noise()[100:101, 100:101], geometry.region(100, 100, 1, 1), (200, 200))
    (patch,) = SWAPPER.swap([SwapJob(crop, SOMEONE, 1.0, face_of(head()))])
    assert (patch.x, patch.y, patch.mask.shape) == (100, 100, (1, 1))


def test_a_face_that_the_picture_cuts_off_is_swapped_up_to_the_edge() -> None:
    dense = head(centre=(10, 100))
    cut, whole = swapped(noise(), dense), swapped(noise(200, 400), head(centre=(210, 100)))
    assert cut.x == 0
    shared = whole.mask[:, 200 - whole.x :]
    assert (cut.mask >= shared - 0.06).all()
    assert cut.mask[:, 0].max() == 1


def test_points_on_one_line_are_no_special_case() -> None:
    dense = head()
    dense[:, 0] = 100
    assert np.isfinite(swapped(noise(), dense).mask).all()


def test_no_jobs_give_no_patches() -> None:
    assert SWAPPER.swap([]) == []


def test_where_a_turned_head_ends_the_swap_ends_softly() -> None:
    dense = head(300, (160, 160), yaw=65, nose=0.4)
    picture = noise(320, 320)
    _, covered = rasteriser.lay(dense, dense[:, :1].copy(), (320, 320))
    mask = mask_over(picture, swapped(picture, dense))
    rim = (covered > 0) & (masks.erode(covered, 2) == 0)
    assert mask.max() == 1
    assert mask[rim].max() < 0.5


def test_a_black_and_white_picture_stays_black_and_white() -> None:
    grey = np.ascontiguousarray(np.repeat(noise()[..., :1], 3, axis=2))
    patch = swapped(grey, head())
    assert change(grey, patch) > 1
    assert (patch.rgb == patch.rgb[..., :1]).all()


def test_everything_outside_the_head_stays_straight() -> None:
    lines = noise()
    lines[::8] = 255
    result = geometry.paste(lines, [swapped(lines, head(), identity_of(noise(seed=2), wide_eyed()))])
    outside = masks.hull(head()[:, :2], 200, 200) == 0
    np.testing.assert_array_equal(result[outside], lines[outside])


def test_proportions_go_no_further_than_the_sources() -> None:
    picture, identity = noise(), identity_of(noise(seed=2), wide_eyed())
    half, whole, more = (swapped(picture, head(), identity, strength).mask for strength in (0.5, 1, 1.5))
    assert not np.array_equal(half, whole)
    np.testing.assert_array_equal(whole, more)


def test_sepia_stays_sepia_even_on_lips() -> None:
    levels = np.linspace(0, 255, 256)
    sepia = np.stack([levels * 0.95 + 12, levels * 0.85 + 6, levels * 0.7], axis=-1).astype(np.uint8)
    target, source = sepia[noise()[..., 1]], noise(seed=2)
    lips = np.rint(head()[list(facemesh.LIPS), :2]).astype(np.int32)
    cv2.fillPoly(source, [lips], (210, 90, 110))
    patch = swapped(target, head(), identity_of(source, smiling(head(), 0)))
    expected = sepia[:, 0][np.abs(sepia[:, 1].astype(int) - patch.rgb[..., 1:2]).argmin(-1)]
    assert np.abs(patch.rgb[..., 0].astype(int) - expected)[patch.mask > 0.9].mean() < 4


def wide_eyed() -> Floats:
    """A head whose nose and mouth sit lower."""
    dense = head()
    dense[:, 1] += 8 * np.exp(-np.square((dense[:, :2] - dense[NOSE, :2]) / 25).sum(1))
    return dense


def test_a_bar_before_the_face_stays_where_it_is() -> None:
    barred = noise()
    barred[110:120] = (20, 60, 220)
    result = geometry.paste(barred, [swapped(barred, head(), identity_of(noise(seed=2), wide_eyed()))])
    assert np.abs(result.astype(int) - barred)[112:118].max() <= 2
    assert np.abs(result.astype(int) - barred)[70:100, 70:130].mean() > 3


def test_a_target_that_looks_straight_keeps_its_eyes_when_one_of_the_source_is_mirrored() -> None:
    picture = noise()
    patch = swapped(picture, head(), identity_of(noise(seed=2), head(yaw=45)))
    column, row = head()[list(facemesh.LEFT_EYE), :2].mean(0).round().astype(int)
    here = geometry.paste(picture, [patch])[row - 1 : row + 2, column - 1 : column + 2]
    there = geometry.paste(picture, [swapped(picture, head())])[row - 1 : row + 2, column - 1 : column + 2]
    eye = picture[row - 1 : row + 2, column - 1 : column + 2].astype(int)
    assert np.abs(here - eye).mean() < np.abs(there - eye).mean()
