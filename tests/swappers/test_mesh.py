"""The built-in swapper on drawn faces: the mesh laid over a dome, with skin of noise."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lib_roop import facemesh, geometry, masks
from lib_roop.errors import InputError
from lib_roop.swappers import atlas, mesh
from lib_roop.types import Crop, Face, Floats, Identity, Image, Mask, Patch, SwapJob, Texture

SWAPPER = mesh.MeshSwapper()
NOSE, CHIN, FOREHEAD = 1, 152, 10


def head(size: float = 120, centre: tuple[float, float] = (100, 100), yaw: float = 0, nose: float = 0) -> Floats:
    """(468, 3) a dome `size` pixels wide whose nose tip sticks out by `nose`, turned by `yaw` degrees."""
    flat = atlas.flattened(facemesh.topology()).astype(np.float64)
    from_nose = np.square(flat - flat[NOSE]).sum(1)
    height = 0.8 * (1 - np.square(flat).sum(1)) + nose * np.exp(-from_nose / 0.02)
    cosine, sine = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    x, z = cosine * flat[:, 0] + sine * height, sine * flat[:, 0] - cosine * height
    return (np.column_stack([x, -flat[:, 1], z]) * size / 2 + (*centre, 0)).astype(np.float32)


def noise(height: int = 200, width: int = 200, seed: int = 1) -> Image:
    """Smooth coloured noise."""
    coarse = np.random.default_rng(seed).integers(40, 220, (height // 10 + 1, width // 10 + 1, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def face_of(dense: Floats | None) -> Face:
    return Face(id=0, box=np.zeros(4, np.float32), landmarks=np.zeros((5, 2), np.float32), score=1.0, dense=dense)


def worn(picture: Image, dense: Floats) -> Texture:
    """The skin of a head drawn into `picture`."""
    return Texture(picture, dense[:, :2].copy(), facemesh.towards_camera(dense))


def identity_of(picture: Image, dense: Floats) -> Identity:
    return Identity(name="drawn", texture=worn(picture, dense), shape=dense)


SOMEONE = identity_of(noise(seed=2), head())


def swapped(picture: Image, dense: Floats, identity: Identity = SOMEONE, strength: float = 1.0) -> Patch:
    face = face_of(dense)
    (patch,) = SWAPPER.swap([SwapJob(geometry.cut(picture, SWAPPER.frame(face, identity)), identity, strength, face)])
    return patch


def under(picture: Image, patch: Patch) -> Image:
    height, width = patch.mask.shape
    return picture[patch.y : patch.y + height, patch.x : patch.x + width]


def mask_over(picture: Image, patch: Patch) -> Mask:
    """The patch's mask where it belongs, 0 elsewhere."""
    mask, (height, width) = np.zeros(picture.shape[:2], np.float32), patch.mask.shape
    mask[patch.y : patch.y + height, patch.x : patch.x + width] = patch.mask
    return mask


def change(picture: Image, patch: Patch) -> float:
    """Mean difference that the patch makes, in levels."""
    return float(np.abs(geometry.paste(picture, [patch]).astype(float) - picture).mean())


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
    assert change(noise(), swapped(noise(), head())) > 5


def test_strength_0_gives_the_target_back() -> None:
    picture = noise()
    np.testing.assert_array_equal(geometry.paste(picture, [swapped(picture, head(), strength=0)]), picture)


def test_the_change_grows_with_strength() -> None:
    changes = [change(noise(), swapped(noise(), head(), strength=strength)) for strength in (0, 0.25, 0.5, 0.75, 1)]
    assert all(np.diff(changes) > 0.5)


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

    assert all(weight(point) == 0 for point in (FOREHEAD, 151, CHIN, 234, 454))
    assert all(weight(point) > 0.8 for point in facemesh.LEFT_BROW)
    assert all(weight(point) == 1 for point in (NOSE, facemesh.MOUTH_LEFT, facemesh.MOUTH_RIGHT))


def test_the_patch_is_the_same_in_a_larger_picture() -> None:
    small = noise()
    large = np.zeros((1500, 2000, 3), np.uint8)
    large[700:900, 1100:1300] = small
    here, there = swapped(small, head()), swapped(large, head(centre=(1200, 800)))
    assert (there.x - here.x, there.y - here.y) == (1100, 700)
    np.testing.assert_allclose(there.mask, here.mask, atol=2e-3)
    assert np.abs(there.rgb.astype(int) - here.rgb)[here.mask > 0].max() <= 3


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
    crop = Crop(noise()[100:101, 100:101], geometry.region(100, 100, 1, 1))
    (patch,) = SWAPPER.swap([SwapJob(crop, SOMEONE, 1.0, face_of(head()))])
    assert (patch.x, patch.y, patch.mask.shape) == (100, 100, (1, 1))


def test_a_face_that_the_picture_cuts_off_is_swapped_up_to_the_edge() -> None:
    dense = head(centre=(10, 100))
    cut, whole = swapped(noise(), dense), swapped(noise(200, 400), head(centre=(210, 100)))
    assert cut.x == 0
    shared = whole.mask[:, 200 - whole.x :]
    assert (cut.mask >= shared - 0.01).all()
    assert cut.mask[:, 0].max() == 1


def test_points_on_one_line_are_no_special_case() -> None:
    dense = head()
    dense[:, 0] = 100
    assert np.isfinite(swapped(noise(), dense).mask).all()


def test_no_jobs_give_no_patches() -> None:
    assert SWAPPER.swap([]) == []


def test_the_mesh_interpolates_what_its_points_carry() -> None:
    dense = head()
    (x, y), covered = mesh.lay(dense, dense[:, :2].copy(), (200, 200))
    rows, columns = np.nonzero(masks.erode(covered, 2))
    np.testing.assert_allclose(x[rows, columns], columns, atol=0.6)
    np.testing.assert_allclose(y[rows, columns], rows, atol=0.6)
    assert not x[covered == 0].any()


def test_every_triangle_wears_its_own_piece_of_the_texture() -> None:
    source, target = head(400, (250, 250)), head(160, (100, 100))
    board = np.asarray(np.indices((500, 500)).sum(0) // 25 % 2 * 255, np.uint8)
    pixels, _, covered = mesh.painted(target, worn(np.dstack([board] * 3), source), (200, 200))
    there = geometry.similarity_fit(target[:, :2], source[:, :2])
    expected = cv2.warpAffine(board, there, (200, 200), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    inside = masks.erode(covered, 2) > 0
    assert np.abs(pixels[..., 1].astype(int) - expected)[inside].mean() < 3


def nearest_of(dense: Floats, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) the least z at which one of the mesh's triangles lies over `places` (n, 2)."""
    corners = dense[facemesh.topology().triangles].astype(np.float64)
    flat = np.dstack([corners[..., :2], np.ones(corners.shape[:2])])
    upright = np.abs(np.linalg.det(flat)) > 1
    shares = np.column_stack([places, np.ones(len(places))]) @ np.linalg.inv(flat[upright])
    depths = (shares * corners[upright, None, :, 2]).sum(-1)
    return np.asarray(np.where((shares >= 0).all(-1), depths, np.inf).min(0))


@pytest.mark.parametrize("yaw", [-60, -35, 35, 60])
def test_what_is_near_hides_what_is_far(yaw: float) -> None:
    dense = head(400, (260, 260), yaw, nose=1)
    (depth,), covered = mesh.lay(dense, dense[:, 2:].copy(), (520, 520))
    rows, columns = np.nonzero(masks.erode(covered, 3))
    chosen = np.random.default_rng(3).choice(len(rows), 600, replace=False)
    nearest = nearest_of(dense, np.column_stack([columns, rows])[chosen])
    assert (np.abs(depth[rows, columns][chosen] - nearest) < 15).mean() > 0.997


def test_a_turned_source_lends_its_near_half_to_the_far_one() -> None:
    own = mesh.own_share(facemesh.towards_camera(head(yaw=40)), head())
    lent = own < 0.5
    assert lent.sum() > 60
    assert (own[atlas.atlas().mirror[lent]] == 1).all()


@pytest.mark.parametrize(("source", "target"), [(0, 0), (0, 40), (40, 40), (-30, -40)])
def test_nothing_is_lent_that_the_source_shows_well_enough(source: float, target: float) -> None:
    own = mesh.own_share(facemesh.towards_camera(head(yaw=source)), head(yaw=target))
    visible = (facemesh.towards_camera(head(yaw=target)) > 0.2) & (atlas.atlas().weight > 0)
    assert own[visible].min() > 0.9


def test_a_turned_source_shows_only_skin_of_its_near_half() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    source = head(yaw=55)
    assert source[NOSE, 0] > 100
    picture[masks.hull(source[source[:, 0] < source[NOSE, 0], :2], 200, 200) > 0] = 200
    pixels, weight, _ = mesh.painted(head(), worn(picture, source), (200, 200))
    assert (pixels[..., 0] > 150)[weight > 0.9].mean() > 0.9


def test_mirroring_twice_is_nothing_and_pairs_are_pairs() -> None:
    mirror = atlas.atlas().mirror
    np.testing.assert_array_equal(mirror[mirror], np.arange(facemesh.POINTS))
    assert (mirror[33], mirror[133], mirror[facemesh.MOUTH_LEFT], mirror[234]) == (263, 362, facemesh.MOUTH_RIGHT, 454)
    assert all(mirror[point] == point for point in (FOREHEAD, NOSE, CHIN, 0, 13, 168))


def test_the_flattened_mesh_has_no_overlaps() -> None:
    topology = facemesh.topology()
    flat = atlas.flattened(topology)[topology.triangles[~topology.closing]].astype(np.float64)
    assert (np.linalg.det(flat[:, 1:] - flat[:, :1]) > 0).all()


def closed(dense: Floats) -> Floats:
    """The mesh with its lips shut."""
    shut = dense.copy()
    lips = list(facemesh.INNER_LIPS)
    shut[lips, 1] = dense[lips, 1].mean()
    return shut


def mouth_of(dense: Floats) -> tuple[int, int]:
    column, row = dense[list(facemesh.INNER_LIPS), :2].mean(0).round().astype(int)
    return int(row), int(column)


def test_an_open_mouth_keeps_its_inside_when_the_source_shuts_hers() -> None:
    place = mouth_of(head())
    assert mesh.mouth_replaced(head(), closed(head()), (200, 200))[place] == 0
    assert mesh.mouth_replaced(closed(head()), head(), (200, 200))[place] == 0


def test_mouths_that_open_alike_are_swapped_whole() -> None:
    assert (mesh.mouth_replaced(head(), head(60, yaw=20), (200, 200)) == 1).all()
    assert (mesh.mouth_replaced(closed(head()), closed(head(300)), (200, 200)) == 1).all()


def winking(dense: Floats) -> Floats:
    """The mesh with the image-left eye shut."""
    shut = dense.copy()
    ring = list(facemesh.LEFT_EYE)
    shut[ring, 1] = dense[list(facemesh.LEFT_EYE_CORNERS), 1].mean()
    return shut


def test_a_wink_takes_the_open_eye_of_the_source() -> None:
    target = winking(head())
    ring = list(facemesh.LEFT_EYE)
    opened = mesh.with_source_eyelids(target, head(300, (0, 0)), 1.0)
    np.testing.assert_allclose(opened[ring, :2], head()[ring, :2], atol=1.5)
    half = mesh.with_source_eyelids(target, head(300, (0, 0)), 0.5)
    np.testing.assert_allclose(half[ring], (target[ring] + opened[ring]) / 2, atol=1e-3)
    others = np.setdiff1d(np.arange(facemesh.POINTS), atlas.EYES[0][0] + atlas.EYES[1][0])
    np.testing.assert_array_equal(opened[others], target[others])


def test_a_big_source_is_shrunk_to_the_face_it_goes_on_and_its_points_with_it() -> None:
    ramp = np.broadcast_to(np.linspace(0, 250, 900).round()[None, :, None], (900, 900, 3)).astype(np.uint8)
    points = head(600, (430, 450))[:, :2].copy()
    small = mesh.reduced(Texture(ramp, points, np.ones(facemesh.POINTS, np.float32)), 60)
    assert small.rgb.shape[0] < 80
    inner = list(facemesh.LIPS)
    values = mesh.sample(small.rgb, small.points[inner, :1].copy(), small.points[inner, 1:].copy())[:, 0, 0]
    expected = points[inner, 0] * 250 / 899
    np.testing.assert_allclose(values, expected, atol=1.5)
    assert abs((values - expected).mean()) < 0.4


def test_fine_lines_of_a_big_source_do_not_shimmer() -> None:
    lines = np.zeros((900, 900, 3), np.uint8)
    lines[::2] = 255
    small = mesh.reduced(worn(lines, head(600, (450, 450))), 60)
    assert small.rgb.std() < 20


def test_a_small_source_keeps_its_pixels() -> None:
    texture = worn(noise(), head(100))
    np.testing.assert_array_equal(mesh.reduced(texture, 300).rgb, noise()[48:153, 48:153])


def test_light_falls_on_the_source_as_it_does_on_the_target() -> None:
    grain = np.random.default_rng(4).integers(150, 190, (200, 200, 3), np.uint8)
    lit_from_the_right = (grain * np.linspace(0.3, 1, 200)[None, :, None]).astype(np.uint8)
    patch = swapped(lit_from_the_right, head(), identity_of(grain[::-1].copy(), head()))
    columns = np.nonzero(patch.mask > 0.9)[1]
    left, right = columns < patch.mask.shape[1] // 2, columns > patch.mask.shape[1] // 2
    new, old = (pixels[patch.mask > 0.9].mean(1) for pixels in (patch.rgb, under(lit_from_the_right, patch)))
    assert new[right].mean() - new[left].mean() == pytest.approx(old[right].mean() - old[left].mean(), rel=0.2)


def test_where_a_turned_head_ends_the_swap_ends_softly() -> None:
    dense = head(300, (160, 160), yaw=65, nose=0.4)
    picture = noise(320, 320)
    _, covered = mesh.lay(dense, dense[:, :1].copy(), (320, 320))
    mask = mask_over(picture, swapped(picture, dense))
    rim = (covered > 0) & (masks.erode(covered, 2) == 0)
    assert mask.max() == 1
    assert mask[rim].max() < 0.5
