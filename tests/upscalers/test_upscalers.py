"""Upscalers: sizes, tiles, and that seams cannot be seen."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lib_roop.errors import InputError, ModelError
from lib_roop.types import Image
from lib_roop.upscalers import Lanczos, RealEsrgan, upscaled
from lib_roop.upscalers.realesrgan import Tiles, spans
from lib_roop.zoo.runtime import Tensor
from lib_roop.zoo.upscalers import REAL_ESRGAN_X2, REAL_ESRGAN_X4
from tests.graphs_restorers import Recorder, noisy, opened, upscaler

SMALL = Tiles(core=20, rim=4, multiple=4)


def real(factor: int, tiles: Tiles = SMALL, unshuffled: int = 1) -> RealEsrgan:
    net = opened(upscaler(factor, unshuffled))
    return RealEsrgan(net, REAL_ESRGAN_X2 if factor == 2 else REAL_ESRGAN_X4, net.inputs, tiles)


class Watcher(Recorder):
    """Gives back what it gets, and notes the sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: set[tuple[int, ...]] = set()

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        self.sizes |= {value.shape for value in inputs.values()}
        return super().run(inputs)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5, 2.0, 4.0, 0.001])
def test_lanczos_gives_any_size(scale: float) -> None:
    (image,) = Lanczos().upscale([noisy(30, 41)], scale)
    assert image.shape == (max(round(30 * scale), 1), max(round(41 * scale), 1), 3)


def test_lanczos_leaves_a_picture_as_it_is_at_its_own_size() -> None:
    picture = noisy(30, 41)
    (image,) = Lanczos().upscale([picture], 1.0)
    np.testing.assert_array_equal(image, picture)
    assert image is not picture


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (20, 20), (21, 40), (53, 61)])
@pytest.mark.parametrize("factor", [2, 4])
def test_tiles_come_together_as_if_there_were_none(size: tuple[int, int], factor: int) -> None:
    picture = noisy(*size)
    (image,) = real(factor).upscale([picture], factor)
    np.testing.assert_array_equal(image, picture.repeat(factor, 0).repeat(factor, 1))


def test_what_a_net_sees_is_bounded_and_a_multiple_of_what_it_needs() -> None:
    net = Watcher()
    RealEsrgan(net, REAL_ESRGAN_X2, ["input"], SMALL).upscale([noisy(50, 130)], 1.0)
    assert max(max(size[2:]) for size in net.sizes) == SMALL.core + 2 * SMALL.rim
    assert not any(side % SMALL.multiple for size in net.sizes for side in size[2:])


def test_a_file_that_takes_one_size_only_gets_that_size() -> None:
    net = Watcher()
    picture = noisy(50, 33)
    (image,) = RealEsrgan(net, REAL_ESRGAN_X2, ["input"], Tiles(fixed=32, rim=4)).upscale([picture], 1.0)
    assert net.sizes == {(1, 3, 32, 32)}
    np.testing.assert_array_equal(image, picture)


def test_a_net_that_unshuffles_pixels_takes_odd_pictures() -> None:
    picture = noisy(13, 9)
    (image,) = real(2, unshuffled=4).upscale([picture], 2.0)
    np.testing.assert_array_equal(image, picture.repeat(2, 0).repeat(2, 1))


def test_every_tile_sees_its_surroundings() -> None:
    """Beyond the picture's edge they are mirrored."""
    first, second = spans(30, SMALL)
    assert first.seen(30)[:6].tolist() == [3, 2, 1, 0, 0, 1]
    assert second.seen(30).tolist() == [*range(16, 30), 29, 28, 27, 26, 25, 24]


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0, 3.0])
def test_the_result_has_the_size_that_was_asked_for(scale: float) -> None:
    (image,) = real(2).upscale([noisy(30, 40)], scale)
    assert image.shape == (round(30 * scale), round(40 * scale), 3)


def test_visibility_mixes_with_the_plain_enlargement() -> None:
    class White:
        name = "white"
        models: tuple[str, ...] = ()

        def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
            return [np.full((2 * len(image), 2 * image.shape[1], 3), 255, np.uint8) for image in images]

    picture = np.full((10, 12, 3), 55, np.uint8)
    assert set(upscaled(picture, White(), 2, 1.0).ravel()) == {255}
    assert set(upscaled(picture, White(), 2, 0.5).ravel()) == {155}
    assert set(upscaled(picture, White(), 2, 0.0).ravel()) == {55}


@pytest.mark.parametrize("shape", [(1, 3, 10, 10), (1, 3, 60, 57)])
def test_a_net_that_does_not_enlarge_is_no_upscaler(shape: tuple[int, ...]) -> None:
    net = Recorder(np.zeros(shape, np.float32))
    with pytest.raises(ModelError, match="put the file of an upscaler in its place"):
        RealEsrgan(net, REAL_ESRGAN_X2, ["input"], SMALL).upscale([noisy(20, 20)], 2.0)


def test_a_picture_too_large_for_the_net_s_own_factor_is_refused_before_room_is_made() -> None:
    wide = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (2_000, 10_000, 3))
    with pytest.raises(InputError, match=r"would make 40000x8000 pixels .* choose lanczos, or a smaller picture"):
        real(4).upscale([wide], 1.0)
