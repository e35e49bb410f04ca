"""Restorers on tiny nets, and the restoring of chosen faces."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lib_roop import geometry
from lib_roop.restorers import AlignedRestorer, restored
from lib_roop.restorers.faces import oval
from lib_roop.types import Image, Patch
from lib_roop.zoo.restorers import CODEFORMER, GFPGAN_1_4
from tests.graphs_restorers import codeformer, face_at, gfpgan, noisy, opened, shown


class Painter:
    """Paints every crop in one colour, at its own size."""

    name = "painter"
    models: tuple[str, ...] = ()

    def __init__(self, side: int = 512) -> None:
        self.side = side
        self.seen: list[Image] = []

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        self.seen += crops
        return [np.full((self.side, self.side, 3), round(255 * fidelity), np.uint8) for _ in crops]


def grey(height: int, width: int) -> Image:
    return np.full((height, width, 3), 100, np.uint8)


def covered(patch: Patch, image: Image) -> NDArray[np.bool_]:
    """Which pixels of the picture a patch can change."""
    whole = np.zeros(image.shape[:2], bool)
    height, width = patch.mask.shape
    whole[patch.y : patch.y + height, patch.x : patch.x + width] = patch.mask > 0
    return whole


def test_gfpgan_runs_from_picture_to_picture() -> None:
    net = opened(gfpgan())
    (image,) = AlignedRestorer(net, GFPGAN_1_4, net.inputs).restore([grey(512, 512)], 0.5)
    assert image.dtype == np.uint8 and set(image.ravel()) == {100 + 26}


@pytest.mark.parametrize("fidelity", [0.0, 0.5, 1.0])
def test_codeformer_takes_its_fidelity_in_the_type_of_the_file(fidelity: float) -> None:
    net = opened(codeformer())
    (image,) = AlignedRestorer(net, CODEFORMER, net.inputs).restore([grey(512, 512)], fidelity)
    assert set(image.ravel()) == {round(127.5 + fidelity * (100 - 127.5))}


def test_crops_of_another_size_are_brought_to_the_nets() -> None:
    net = opened(gfpgan())
    assert [len(image) for image in AlignedRestorer(net, GFPGAN_1_4, net.inputs).restore([grey(300, 300)] * 2, 0)] == [
        512,
        512,
    ]


def test_only_the_named_faces_are_touched() -> None:
    image = grey(300, 700)
    faces = [face_at(20, 20, 250), face_at(420, 20, 250)]
    patches = restored(image, faces[:1], Painter(), 1.0, 1.0)
    result = geometry.paste(image, patches)
    for face, wanted in zip(faces, (255, 100), strict=True):
        x, y = shown(face, (0.5, 0.55)).astype(int)
        assert result[y, x].tolist() == [wanted] * 3
    assert not covered(patches[0], image)[:, 300:].any()


def test_the_crops_rim_and_all_beyond_it_stay_to_the_bit() -> None:
    image = noisy(400, 400)
    (patch,) = restored(image, [face_at(100, 90, 220, 20)], Painter(), 1.0, 1.0)
    result = geometry.paste(image, [patch])
    touched = covered(patch, image)
    assert 0.2 * 220**2 < touched.sum() < 0.6 * 220**2
    np.testing.assert_array_equal(result[~touched], image[~touched])
    assert not (patch.mask[0].any() or patch.mask[-1].any() or patch.mask[:, 0].any() or patch.mask[:, -1].any())


@pytest.mark.parametrize("visibility", [0.0, 0.4, 1.0])
def test_visibility_mixes_the_restored_face_with_the_one_before(visibility: float) -> None:
    image, face = grey(300, 300), face_at(20, 20, 250)
    result = geometry.paste(image, restored(image, [face], Painter(), visibility, 1.0))
    x, y = shown(face, (0.5, 0.55)).astype(int)
    assert result[y, x, 0] == pytest.approx(100 + visibility * 155, abs=1)


@pytest.mark.parametrize("side", [256, 512, 1024])
def test_a_face_lies_in_its_place_whatever_the_restorers_size(side: int) -> None:
    image, face = grey(300, 300), face_at(30, 40, 200, -15)
    (patch,) = restored(image, [face], Painter(side), 1.0, 1.0)
    rows, columns = np.nonzero(patch.mask > 0.5)
    centre = columns.mean() + patch.x, rows.mean() + patch.y
    np.testing.assert_allclose(centre, shown(face, (0.5, 0.56)), atol=1)


@pytest.mark.parametrize("side", [60, 400, 1500])
def test_what_the_restorer_leaves_alone_stays_alike_at_any_size(side: int) -> None:
    class Copier:
        name = "copier"
        models: tuple[str, ...] = ()

        def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
            return list(crops)

    y, x = np.mgrid[0:400, 0:400]
    image = np.stack([x // 2, y // 2, (x + y) // 4], -1).astype(np.uint8)
    result = geometry.paste(image, restored(image, [face_at(200 - side / 2, 200 - side / 2, side)], Copier(), 1.0, 1.0))
    assert np.abs(result.astype(int) - image).max() <= 2


def test_small_faces_are_restored_without_aliasing() -> None:
    class Stripes:
        name = "stripes"
        models: tuple[str, ...] = ()

        def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
            stripes = np.zeros((512, 512, 3), np.uint8)
            stripes[:, ::2] = 254
            return [stripes for _ in crops]

    image = grey(100, 100)
    (patch,) = restored(image, [face_at(20, 20, 60)], Stripes(), 1.0, 1.0)
    inside = patch.rgb[patch.mask == 1]
    assert inside.size and np.abs(inside.astype(int) - 127).max() < 12


@pytest.mark.parametrize("place", [(-2000, 0), (500, 500)])
def test_a_face_off_the_picture_gives_an_empty_patch(place: tuple[int, int]) -> None:
    image = grey(100, 100)
    (patch,) = restored(image, [face_at(*place, 60)], Painter(), 1.0, 1.0)
    np.testing.assert_array_equal(geometry.paste(image, [patch]), image)


def test_a_face_cut_off_by_the_edge_is_restored_up_to_it() -> None:
    image = grey(200, 200)
    result = geometry.paste(image, restored(image, [face_at(-100, 0, 200)], Painter(), 1.0, 1.0))
    assert (result[112, :40] == 255).all()


def test_no_faces_are_no_patches_and_the_picture_is_not_written_to() -> None:
    image = grey(100, 100)
    image.flags.writeable = False
    assert restored(image, [], Painter(), 1.0, 1.0) == []
    assert len(restored(image, [face_at(0, 0, 100)] * 2, Painter(), 1.0, 1.0)) == 2


def test_the_oval_holds_the_points_of_a_face_and_ends_within_the_crop() -> None:
    mask = oval(512)
    assert mask.max() == 1 and mask[240, 193] == 1 and mask[371, 313] == 1
    assert not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
