"""Skins: cut out, unrolled, and put together from the pictures that show them best."""

import cv2
import numpy as np
import pytest

from lib_roop import facemesh
from lib_roop.identities import textures
from lib_roop.identities.textures import SIDE
from lib_roop.types import Floats, Texture
from tests.identities.heads import head, noise, plain

LEFT_CHEEK, RIGHT_CHEEK, FOREHEAD, CHIN = 50, 280, 10, 152


def colour_at(texture: Texture, point: int) -> Floats:
    x, y = texture.points[point].round().astype(int)
    colour: Floats = texture.rgb[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(0)
    return colour


def together(*textures_: Texture, shapes: list[Floats], weights: list[float] | None = None) -> Texture:
    shares = weights or [1.0] * len(textures_)
    trusted = textures.trust(textures_, shares)
    points = textures.unrolled(np.mean([textures.frontal(shape) for shape in shapes], axis=0))
    return textures.blend(textures_, points, trusted, textures.best(textures_, shares))


def test_what_is_cut_keeps_its_pixels() -> None:
    picture = noise()
    texture = textures.cut(picture, head(100, (90, 110)))
    shift = (head(100, (90, 110))[0, :2] - texture.points[0]).round().astype(int)
    height, width = texture.rgb.shape[:2]
    np.testing.assert_array_equal(texture.rgb, picture[shift[1] : shift[1] + height, shift[0] : shift[0] + width])


def test_a_face_that_the_picture_cuts_off_keeps_its_points() -> None:
    texture = textures.cut(noise(), head(150, (0, 100)))
    assert texture.points[:, 0].min() < -60 and texture.rgb.shape[1] < 110


@pytest.mark.parametrize("size", [50.0, 99.0, 400.0])
def test_a_reduced_texture_has_its_points_on_the_same_skin(size: float) -> None:
    ramp = np.broadcast_to(np.linspace(0, 250, 200).round()[None, :, None], (200, 200, 3)).astype(np.uint8)
    texture = textures.reduced(textures.cut(ramp, head(100)), size)
    assert textures.extent(texture) <= max(size, 0) + 1 or size > 100
    values = cv2.remap(texture.rgb, texture.points[:, :1].copy(), texture.points[:, 1:].copy(), cv2.INTER_LINEAR)[
        :, 0, 0
    ]
    np.testing.assert_allclose(values, head(100)[:, 0] * 250 / 199, atol=2)


@pytest.mark.parametrize("yaw", [-50, -20, 0, 35])
@pytest.mark.parametrize("size", [30, 500])
def test_a_turned_head_of_any_size_looks_at_the_viewer(yaw: float, size: float) -> None:
    wanted, found = textures.frontal(head()), textures.frontal(head(size, (700, -50), yaw))
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_the_layout_fills_a_square_and_leaves_the_sides_their_room() -> None:
    points = textures.unrolled(textures.frontal(head()))
    np.testing.assert_allclose(points.min(0), textures.RIM, atol=0.6)
    np.testing.assert_allclose(points.max(0), SIDE - 1 - textures.RIM, atol=0.6)
    triangles = facemesh.topology().triangles[~facemesh.topology().closing]
    corners = points[triangles].astype(np.float64)
    areas = np.linalg.det(corners[:, 1:] - corners[:, :1])
    assert (areas < 0).mean() > 0.98, "hardly a triangle is folded over"
    assert points[FOREHEAD, 1] < points[facemesh.NOSE_TIP, 1] < points[CHIN, 1]
    assert points[LEFT_CHEEK, 0] < points[facemesh.NOSE_TIP, 0] < points[RIGHT_CHEEK, 0]


def test_one_face_unrolled_and_blended_with_itself_keeps_its_skin() -> None:
    texture = textures.cut(noise(), head())
    blended = together(texture, texture, shapes=[head(), head()])
    assert blended.rgb.shape == (SIDE, SIDE, 3)
    inner = np.setdiff1d(np.nonzero(texture.seen > 0.3)[0], facemesh.topology().oval)
    for point in inner[::10]:
        np.testing.assert_allclose(colour_at(blended, point), colour_at(texture, point), atol=8)


def test_each_side_comes_from_the_picture_that_saw_it() -> None:
    """Left and right half of the heads have grain of their own; colours alone would be matched away."""
    grain = np.random.default_rng(5).integers(110, 150, (200, 200), np.uint8)
    blank = plain((130, 130, 130))
    left_seen, right_seen = head(yaw=45), head(yaw=-45)
    seen_left = facemesh.towards_camera(left_seen)
    sides = (LEFT_CHEEK, RIGHT_CHEEK) if seen_left[LEFT_CHEEK] > seen_left[RIGHT_CHEEK] else (RIGHT_CHEEK, LEFT_CHEEK)
    grained = textures.cut(np.dstack([grain] * 3), left_seen)
    blended = together(grained, textures.cut(blank, right_seen), shapes=[left_seen, right_seen])

    def roughness(point: int) -> float:
        x, y = blended.points[point].round().astype(int)
        return float(blended.rgb[y - 20 : y + 20, x - 20 : x + 20].astype(float).std())

    assert roughness(sides[0]) > 4 * roughness(sides[1])
    np.testing.assert_allclose(blended.seen, np.maximum(grained.seen, facemesh.towards_camera(right_seen)), atol=1e-6)


def test_pictures_of_other_colours_leave_no_seam() -> None:
    warm, cold = plain((210, 150, 120)), plain((120, 140, 190))
    one, other = head(yaw=45), head(yaw=-45)
    blended = together(textures.cut(warm, one), textures.cut(cold, other), shapes=[one, other])
    colours = np.array([colour_at(blended, point) for point in (LEFT_CHEEK, RIGHT_CHEEK, facemesh.NOSE_TIP, CHIN)])
    assert np.ptp(colours, axis=0).max() < 40
    inside = np.linalg.norm(np.indices((SIDE, SIDE)) - SIDE / 2, axis=0) < 200
    steps = np.abs(np.diff(blended.rgb.astype(int), axis=1)).max(-1)[inside[:, 1:]]
    assert steps.max() <= 8


def test_what_lies_outside_a_picture_is_taken_from_another() -> None:
    cut_off, whole = head(150, (10, 100)), head()
    black_beyond = textures.cut(plain((200, 150, 120)), cut_off)
    blended = together(black_beyond, textures.cut(noise(), whole), shapes=[cut_off, whole], weights=[1.0, 0.3])
    outside = cut_off[:, 0] < -5
    points = np.setdiff1d(np.nonzero(outside)[0], facemesh.topology().oval)
    x, y = blended.points[points].round().astype(int).T
    assert len(points) > 40 and blended.rgb[y, x].astype(float).std(0).mean() > 3


@pytest.mark.parametrize(
    "shapes",
    [
        [head(150, (5000, 5000)), head()],
        [np.zeros((468, 3), np.float32), head()],
        [np.zeros((468, 3), np.float32), np.zeros((468, 3), np.float32)],
    ],
)
def test_faces_beside_the_picture_and_points_in_one_place_are_no_special_case(shapes: list[Floats]) -> None:
    blended = together(*(textures.cut(noise(), shape) for shape in shapes), shapes=shapes)
    assert blended.rgb.shape == (SIDE, SIDE, 3) and np.isfinite(blended.points).all()


def test_nothing_that_is_given_is_written_to() -> None:
    made = [textures.cut(noise(seed), head(yaw=yaw)) for seed, yaw in ((1, 20), (2, -20))]
    for texture in made:
        for array in (texture.rgb, texture.points, texture.seen):
            array.flags.writeable = False
    together(*made, shapes=[head(yaw=20), head(yaw=-20)])
