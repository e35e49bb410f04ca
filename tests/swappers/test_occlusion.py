"""What lies over the target's face."""

import cv2
import numpy as np
import pytest

from lib_roop import masks
from lib_roop.swappers import occlusion
from lib_roop.swappers.grid import grid_of
from lib_roop.types import Image, Mask
from tests.swappers.heads import noise

GRID = grid_of((200, 200), 120)
FACE = masks.hull(np.array(cv2.ellipse2Poly((100, 100), (50, 60), 0, 0, 360, 5), np.float32), 200, 200)


def covering(picture: Image) -> Mask:
    return occlusion.covering(picture, FACE, FACE, GRID)


@pytest.mark.parametrize("colour", [(20, 60, 220), (30, 160, 40), (8, 8, 8)])
def test_a_bar_across_the_face_is_found(colour: tuple[int, int, int]) -> None:
    picture = noise()
    picture[100:112] = colour
    found = covering(picture)
    assert found[103:109, 60:140].min() > 0.9
    assert found[60:90, 70:130].max() == 0


@pytest.mark.parametrize("colour", [(150, 40, 50), (40, 25, 20), (250, 245, 240)])
def test_lips_brows_beards_and_teeth_are_no_bar(colour: tuple[int, int, int]) -> None:
    picture = noise()
    cv2.ellipse(picture, (100, 125), (22, 12), 0, 0, 360, colour, -1)
    assert not covering(picture).any()


def test_the_shadow_side_is_no_bar() -> None:
    picture = np.asarray(noise() * np.linspace(0.3, 1.0, 200)[None, :, None], np.uint8)
    assert not covering(picture).any()


def test_grain_is_no_bridge_from_the_lips_to_the_outside() -> None:
    picture = noise()
    cv2.ellipse(picture, (100, 125), (22, 10), 0, 0, 360, (150, 40, 50), -1)
    grainy = np.clip(picture + np.random.default_rng(2).normal(0, 14, picture.shape), 0, 255).astype(np.uint8)
    assert not covering(grainy).any()


def test_a_speck_is_noise() -> None:
    picture = noise()
    picture[98:101, 149:152] = (20, 60, 220)
    assert not covering(picture).any()


def test_a_face_without_skin_hides_nothing() -> None:
    nothing = np.zeros_like(FACE)
    assert not occlusion.covering(noise(), FACE, nothing, GRID).any()
