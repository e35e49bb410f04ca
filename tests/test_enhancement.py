"""Crops made finer before they are pasted."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from lib_roop import enhancement, geometry
from lib_roop.templates import ARCFACE_128, FFHQ_512
from lib_roop.types import Image
from lib_roop.upscalers import Lanczos
from tests.graphs_restorers import noisy


class Restorer:
    """Makes what it sees brighter, at `side` pixels."""

    name = "brighter"
    models: tuple[str, ...] = ()

    def __init__(self, more: int = 0, side: int = 512) -> None:
        self.more, self.side, self.seen = more, side, list[Image]()

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        self.seen += crops
        return [np.asarray(cv2.resize(crop, (self.side, self.side)) + self.more, np.uint8) for crop in crops]


def smooth(side: int) -> Image:
    y, x = np.mgrid[0:side, 0:side] * (128 / side)
    return np.asarray(np.rint(np.stack([40 + x, 200 - y, 60 + (x + y) / 2], -1)), np.uint8)


@pytest.mark.parametrize(("side", "wanted"), [(128, 512), (256, 512), (160, 480), (600, 600)])
def test_a_restored_crop_keeps_its_frame_and_grows_by_a_whole_number(side: int, wanted: int) -> None:
    crop = smooth(side)
    (new,) = enhancement.restoring(Restorer(), 1.0, 0.5)([crop])
    assert new.shape == (wanted, wanted, 3)
    expected = cv2.resize(crop, (wanted, wanted), interpolation=cv2.INTER_LINEAR).astype(int)
    inner = np.s_[: round(wanted * 0.98)]
    assert np.abs(new.astype(int) - expected)[inner].max() <= 3


@pytest.mark.parametrize("side", [128, 256])
def test_the_restorer_sees_the_face_in_ffhqs_frame(side: int) -> None:
    crop = np.zeros((side, side, 3), np.uint8)
    for x, y in ARCFACE_128.points:
        centre = round((x + 0.5) * side / 128 - 0.5), round((y + 0.5) * side / 128 - 0.5)
        cv2.circle(crop, centre, side // 20, (255, 255, 255), -1)
    restorer = Restorer()
    enhancement.restoring(restorer, 1.0, 0.5)([crop])
    (seen,) = restorer.seen
    assert seen.shape == (512, 512, 3)
    assert all(seen[round(y), round(x), 0] > 200 for x, y in FFHQ_512.points)


@pytest.mark.parametrize(("visibility", "more"), [(0.0, 0), (0.5, 20), (1.0, 40)])
def test_visibility_mixes_with_the_plain_enlargement(visibility: float, more: int) -> None:
    crop = np.full((128, 128, 3), 100, np.uint8)
    (new,) = enhancement.restoring(Restorer(40), visibility, 0.5)([crop])
    assert set(new.ravel()) == {100 + more}


def test_an_upscaler_enlarges_crops_as_they_are() -> None:
    made = enhancement.upscaling(Lanczos(), 256)([smooth(128), smooth(64), smooth(300)])
    assert [image.shape for image in made] == [(256, 256, 3), (256, 256, 3), (300, 300, 3)]


def test_a_tint_that_the_net_adds_can_be_taken_back() -> None:
    crop = noisy(128, 128)
    restorer = Restorer(30)
    tinted = enhancement.finished(enhancement.restoring(restorer, 1.0, 0.5), sharpen=False, own_colours=False)
    corrected = enhancement.finished(enhancement.restoring(restorer, 1.0, 0.5), sharpen=False, own_colours=True)
    assert np.abs(tinted([crop])[0].mean((0, 1)) - crop.mean((0, 1))).max() > 25
    assert np.abs(corrected([crop])[0].mean((0, 1)) - crop.mean((0, 1))).max() < 1


def test_sharpening_steepens_edges_and_keeps_plain_areas() -> None:
    crop = np.full((128, 128, 3), 80, np.uint8)
    crop[:, 64:] = 160
    sharp = enhancement.finished(enhancement.upscaling(Lanczos(), 128), sharpen=True, own_colours=False)([crop])[0]
    assert sharp[64, 63, 0] < 75 and sharp[64, 64, 0] > 165
    assert sharp[64, 10, 0] == 80


def test_crops_are_not_written_to_and_none_are_none() -> None:
    crop = smooth(128)
    crop.flags.writeable = False
    work = enhancement.finished(enhancement.restoring(Restorer(), 0.7, 0.5), sharpen=True, own_colours=True)
    assert len(work([crop])) == 1 and list(work([])) == []


def test_resampling_there_and_back_is_the_same_place() -> None:
    """What a picture shows at a point, its crop shows at that point's image, however much smaller it is."""
    image = smooth(900)
    for size in (900, 300, 77):
        matrix = np.array([[size / 900, 0, 0], [0, size / 900, 0]])
        small = geometry.resampled(image, matrix, (size, size))
        middle = size // 2
        x = middle * 900 / size
        np.testing.assert_allclose(small[middle, middle], image[round(x), round(x)], atol=2)
