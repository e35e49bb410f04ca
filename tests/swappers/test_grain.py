"""The target's sharpness and grain on new pixels."""

import cv2
import numpy as np
import pytest

from lib_roop.swappers import grain
from lib_roop.types import Image, Mask

EVERYWHERE: Mask = np.ones((200, 200), np.float32)


def drawing() -> Image:
    """Sharp dark features on even skin."""
    picture = np.full((200, 200, 3), (190, 150, 130), np.uint8)
    for row in range(20, 200, 40):
        for column in range(20, 200, 40):
            cv2.circle(picture, (column, row), 9, (70, 50, 50), -1, cv2.LINE_AA)
    return picture


def grainy(picture: Image, deviation: float) -> Image:
    noise = np.random.default_rng(5).normal(0, deviation, (*picture.shape[:2], 1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def roughness(picture: Image) -> float:
    return grain.roughness(grain.bands_of(picture)[0])


def sharpness(picture: Image) -> float:
    return grain.sharpness(grain.bands_of(picture)[1])


@pytest.mark.parametrize("deviation", [4, 8, 16])
def test_a_clean_source_gets_most_of_the_targets_grain(deviation: float) -> None:
    target = grainy(drawing(), deviation)
    result = grain.matched(drawing(), target, EVERYWHERE, EVERYWHERE)
    assert 0.5 < roughness(result) / roughness(target) < 1.2


def test_a_grainy_source_is_calmed() -> None:
    source = grainy(drawing(), 12)
    result = grain.matched(source, drawing(), EVERYWHERE, EVERYWHERE)
    assert roughness(result) < 0.7 * roughness(source)


def test_a_sharp_source_takes_on_the_blur_of_the_target() -> None:
    target = cv2.GaussianBlur(drawing(), (0, 0), 3)
    result = grain.matched(drawing(), np.asarray(target, np.uint8), EVERYWHERE, EVERYWHERE)
    assert sharpness(result) < 0.65 * sharpness(drawing())


def test_a_blurred_source_is_sharpened_a_little() -> None:
    source = np.asarray(cv2.GaussianBlur(drawing(), (0, 0), 1.2), np.uint8)
    result = grain.matched(source, drawing(), EVERYWHERE, EVERYWHERE)
    assert sharpness(source) < sharpness(result) <= 1.2 * sharpness(drawing())


def test_what_is_alike_stays() -> None:
    result = grain.matched(drawing(), drawing(), EVERYWHERE, EVERYWHERE)
    assert np.abs(result.astype(int) - drawing()).max() <= 1


def test_grain_has_no_colour_and_is_the_same_each_time() -> None:
    grey = np.full((200, 200, 3), 120, np.uint8)
    first, second = (grain.matched(grey, grainy(grey, 9), EVERYWHERE, EVERYWHERE) for _ in range(2))
    assert first.std() > 2
    assert (first == first[..., :1]).all()
    np.testing.assert_array_equal(first, second)


def test_grain_is_repeated_over_faces_bigger_than_its_tile() -> None:
    tile = grain.noises(2000)[0]
    assert tile.shape == (grain.TILE, grain.TILE)
    assert grain.tiled(tile, (700, 1300)).shape == (700, 1300)
    assert tile.std() == pytest.approx(1, abs=1e-3)


def test_without_skin_nothing_changes() -> None:
    nothing = np.zeros((200, 200), np.float32)
    np.testing.assert_array_equal(grain.matched(drawing(), grainy(drawing(), 9), nothing, nothing), drawing())
