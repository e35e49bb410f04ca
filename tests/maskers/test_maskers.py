"""Maskers: what of a patch is to be seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lib_roop import geometry
from lib_roop.errors import InputError, OptionError
from lib_roop.facemesh import LEFT_EYE, LIPS
from lib_roop.maskers import (
    Box,
    Difference,
    Drawn,
    Hull,
    Kept,
    Masking,
    OcclusionMasker,
    RegionMasker,
    masked,
)
from lib_roop.maskers.base import Masker, up
from lib_roop.masks import Edge
from lib_roop.types import Face, Floats, Image, Mask, Patch
from lib_roop.zoo.maskers import BISENET_18, XSEG_1
from tests.fakes import meshed
from tests.graphs_restorers import face_at, noisy, occluder, opened, parser, shown

SIZE = 300
RED, GREEN = (200, 40, 40), (40, 200, 40)


@pytest.fixture
def face() -> Face:
    return face_at(30, 20, 250, 10)


def full(x: int = 0, y: int = 0, size: int = SIZE, colour: tuple[int, int, int] = GREEN) -> Patch:
    return Patch(x, y, np.full((size, size, 3), colour, np.uint8), np.ones((size, size), np.float32))


def picture(colour: tuple[int, int, int] = RED) -> Image:
    return np.full((SIZE, SIZE, 3), colour, np.uint8)


def at(mask: Mask, patch: Patch, point: Sequence[float] | Floats) -> float:
    """The mask where a point of the picture lies."""
    return float(mask[round(float(point[1])) - patch.y, round(float(point[0])) - patch.x])


def everything(face: Face) -> list[Masker]:
    regions, occlusion = opened(parser(c1=(1, 0, 0), c17=(0, 1, 0))), opened(occluder())
    return [
        Box(),
        Hull(),
        Difference(),
        Drawn(picture((255, 255, 255))),
        Kept(("mouth", "eyes")),
        RegionMasker(regions, BISENET_18, regions.inputs),
        OcclusionMasker(occlusion, XSEG_1, occlusion.inputs),
    ]


def test_every_masker_gives_masks_like_the_patches_of_any_place_and_size(face: Face) -> None:
    image = picture()
    image.flags.writeable = False
    patches = [full(0, 0), full(37, 21, 90), full(299, 0, 1)]
    for masker in everything(face):
        for each in (face, meshed(face)):
            found = masker.mask(image, [each] * 3, patches)
            for mask, patch in zip(found, patches, strict=True):
                assert mask.shape == patch.mask.shape and mask.dtype == np.float32, masker.name
                assert mask.min() >= 0 and mask.max() <= 1, masker.name


def test_a_mask_does_not_depend_on_how_much_of_it_the_patch_shows(face: Face) -> None:
    image = noisy(SIZE, SIZE)
    for masker in everything(face):
        if isinstance(masker, Difference):
            continue
        (whole,) = masker.mask(image, [face], [full()])
        (part,) = masker.mask(image, [face], [full(60, 50, 150)])
        inner = np.s_[30:-30, 30:-30]
        np.testing.assert_allclose(part[inner], whole[50:200, 60:210][inner], atol=2e-3, err_msg=masker.name)


def test_the_box_is_the_detectors(face: Face) -> None:
    patch = full()
    (mask,) = Box().mask(picture(), [replace(face, box=np.array([50, 60, 149, 259], np.float32))], [patch])
    assert mask.sum() == 100 * 200 and mask[60:260, 50:150].all()


def test_the_hull_is_the_meshs_or_an_oval_by_the_five_points(face: Face) -> None:
    (by_points,) = Hull().mask(picture(), [face], [full()])
    for point, wanted in [((0.5, 0.6), 1), ((0.37, 0.47), 1), ((0.6, 0.85), 1), ((0.5, 0.2), 0), ((0.15, 0.6), 0)]:
        assert at(by_points, full(), shown(face, point)) == wanted
    triangle = np.zeros((468, 3), np.float32)
    triangle[0, :2], triangle[1, :2], triangle[2:, :2] = (10, 10), (110, 10), (10, 110)
    (by_mesh,) = Hull().mask(picture(), [replace(face, dense=triangle)], [full()])
    assert by_mesh[30, 30] == 1 and by_mesh[100, 100] == 0
    assert by_mesh.sum() == pytest.approx(101 * 102 / 2, abs=2)


def test_where_a_swap_changed_nothing_the_target_stays(face: Face) -> None:
    image = noisy(SIZE, SIZE)
    rgb = image.copy()
    rgb[100:160, 100:160] += np.uint8(40)
    rgb[200:240, 200:240] += np.uint8(1)
    (mask,) = Difference().mask(image, [face], [replace(full(), rgb=rgb)])
    assert mask[120:140, 120:140].min() == 1
    assert not mask[190:, 190:].any() and not mask[:60].any()


def test_a_drawn_mask_is_white_where_the_face_is_replaced(face: Face) -> None:
    drawing = picture((0, 0, 0))
    drawing[:, 150:] = 255
    drawing[:, 100:150] = 128
    (mask,) = Drawn(drawing).mask(picture(), [face], [full(50, 10, 200)])
    assert not mask[:, :50].any() and (mask[:, 100:] == 1).all()
    np.testing.assert_allclose(mask[:, 50:100], 128 / 255, atol=1e-5)


def test_a_drawn_mask_of_another_size_is_stretched_and_of_other_proportions_refused(face: Face) -> None:
    (mask,) = Drawn(np.full((30, 30, 3), 255, np.uint8)).mask(picture(), [face], [full()])
    assert (mask == 1).all()
    with pytest.raises(InputError, match="30x20 pixels and the picture 300x300"):
        Drawn(np.zeros((20, 30, 3), np.uint8)).mask(picture(), [face], [full()])


@pytest.mark.parametrize(("part", "point"), [("mouth", 3.5), ("eyes", 0), ("eyes", 1)])
def test_a_kept_part_stays_and_the_rest_of_the_face_does_not(face: Face, part: str, point: float) -> None:
    (mask,) = Kept([part]).mask(picture(), [face], [full()])
    middle = face.landmarks[3:].mean(0) if part == "mouth" else face.landmarks[int(point)]
    assert at(mask, full(), middle) == 0
    assert at(mask, full(), face.landmarks[2]) == 1
    levels = np.unique(mask)
    assert len(levels) > 5, "its edge is soft"


def test_a_mesh_says_more_exactly_what_is_kept(face: Face) -> None:
    mesh = np.full((468, 3), 150, np.float32)
    mesh[list(LIPS), :2] = [(100 + 2 * n, 200 + 20 * (n % 2)) for n in range(len(LIPS))]
    mesh[list(LEFT_EYE), :2] = [(100 + n, 100 + 6 * (n % 2)) for n in range(len(LEFT_EYE))]
    found = Kept(("mouth", "eyes")).mask(picture(), [replace(face, dense=mesh)], [full()])[0]
    assert not found[205:215, 105:130].any() and not found[101:105, 103:112].any()
    assert found[250, 250] == 1


def test_an_unknown_part_or_region_names_the_one_that_was_meant() -> None:
    with pytest.raises(OptionError, match="did you mean 'mouth'"):
        Kept(["moth"])
    net = opened(parser(c1=(1, 0, 0)))
    with pytest.raises(OptionError, match="did you mean 'glasses'"):
        RegionMasker(net, BISENET_18, net.inputs, ["glases"])


def test_regions_are_those_of_the_target_by_name(face: Face) -> None:
    net = opened(parser(c1=(1, 0, 0), c17=(0, 1, 0)))
    image = picture(RED)
    image[:, 150:] = GREEN
    (skin,) = RegionMasker(net, BISENET_18, net.inputs).mask(image, [face], [full()])
    (hair,) = RegionMasker(net, BISENET_18, net.inputs, ["hair"]).mask(image, [face], [full()])
    assert skin[150, 100] == 1 and skin[150, 200] == 0
    assert hair[150, 100] == 0 and hair[150, 200] == 1


def test_soft_edges_lie_inside_a_region(face: Face) -> None:
    net = opened(parser(c1=(1, 0, 0), c17=(0, 1, 0)))
    image = picture(RED)
    image[:, 150:] = GREEN
    (skin,) = RegionMasker(net, BISENET_18, net.inputs).mask(image, [face], [full()])
    assert not skin[60:240, 153:].any()
    assert len(np.unique(skin[150, 135:150])) > 3


def test_what_lies_in_front_of_the_face_stays(face: Face) -> None:
    net = opened(occluder())
    image = picture((255, 0, 0))
    image[150:] = (0, 255, 255)
    (mask,) = OcclusionMasker(net, XSEG_1, net.inputs).mask(image, [face], [full()])
    assert mask[100, 150] == 1 and mask[170, 150] == 0


def test_masks_are_combined_by_their_minimum_with_the_patchs_own(face: Face) -> None:
    left, top = picture((0, 0, 0)), picture((0, 0, 0))
    left[:, :150], top[:150] = 255, 255
    own = replace(full(), mask=np.full((SIZE, SIZE), 0.5, np.float32))
    (patch,) = masked(picture(), [face], [own], [Masking(Drawn(left)), Masking(Drawn(top))])
    assert (patch.mask[:150, :150] == 0.5).all() and patch.mask.sum() == 0.5 * 150 * 150
    assert own.mask.min() == 0.5, "the patch that was given stays"


def test_without_maskers_a_patch_stays_as_it_is(face: Face) -> None:
    patch = full(10, 10, 50)
    (same,) = masked(picture(), [face], [patch], [])
    np.testing.assert_array_equal(same.mask, patch.mask)
    assert (same.x, same.y) == (10, 10)


@pytest.mark.parametrize(("turn", "lost", "kept"), [(0, (150, 20), (150, 280)), (90, (280, 150), (20, 150)),
                                                   (180, (150, 280), (150, 20))])  # fmt: skip
def test_the_top_edge_is_the_faces_own_whichever_way_it_lies(
    turn: int, lost: tuple[int, int], kept: tuple[int, int]
) -> None:
    face = replace(face_at(150, 150, 100, turn), box=np.array([0, 0, 299, 299], np.float32))
    (patch,) = masked(picture(), [face], [full()], [Masking(White(), Edge(top=0.2))])
    assert at(patch.mask, patch, lost) == 0 and at(patch.mask, patch, kept) == 1


class White:
    """All but a rim of ten pixels."""

    name = "white"
    models: tuple[str, ...] = ()

    def mask(self, image: Image, faces: Sequence[Face], patches: Sequence[Patch]) -> list[Mask]:
        masks = [np.zeros_like(patch.mask) for patch in patches]
        for mask in masks:
            mask[10:-10, 10:-10] = 1
        return masks


def test_each_masker_has_its_own_edge(face: Face) -> None:
    boxed = replace(face, box=np.array([0, 0, 99, 99], np.float32))
    sharp, soft = (
        masked(picture(), [boxed], [full()], [Masking(White(), edge)])[0] for edge in (Edge(), Edge(feather=0.3))
    )
    assert set(np.unique(sharp.mask)) == {0, 1}
    assert 0 < soft.mask[150, 15] < 1 and soft.mask[150, 60] == 1 and not soft.mask[:10].any()


@pytest.mark.parametrize("place", [(-400, 0), (0, 500), (-50, -50)])
def test_patches_beyond_the_picture_are_cut_off(face: Face, place: tuple[int, int]) -> None:
    image = picture()
    (patch,) = masked(image, [face], [full(*place)], [Masking(masker) for masker in everything(face)])
    height, width = patch.mask.shape
    assert 0 <= patch.x <= SIZE - width and 0 <= patch.y <= SIZE - height
    assert patch.rgb.shape == (height, width, 3)
    geometry.paste(image, [patch])


def test_up_is_from_the_mouth_to_the_eyes() -> None:
    np.testing.assert_allclose(up(face_at(0, 0, 100)), (0, -1), atol=0.03)
    np.testing.assert_allclose(up(face_at(0, 0, 100, 90)), (1, 0), atol=0.03)
    assert up(Face(id=0, box=np.zeros(4, np.float32), landmarks=np.zeros((5, 2), np.float32), score=1.0)) == (0.0, -1.0)
