"""The target's light on the source's skin."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib_roop.swappers import light, texture
from lib_roop.swappers.grid import blurred, grid_of
from lib_roop.types import Floats, Image
from tests.swappers.heads import head, identity_of, noise, swapped, under, worn

GRID = grid_of((200, 200), 120)


def lit(source: Image, target: Image) -> Image:
    """A head painted with `source`, lit as `target`."""
    drawn = texture.drawn(head(), head(), worn(source, head()), GRID)
    return light.relit(drawn, target, drawn.compared, GRID)


def shaded(tone: tuple[int, int, int], shadow: float) -> Image:
    """Grainy skin that falls to `shadow` from right to left."""
    grain = np.random.default_rng(4).uniform(0.9, 1.1, (200, 200, 1))
    return np.asarray(np.linspace(shadow, 1, 200)[None, :, None] * grain * tone, np.uint8)


def means(picture: Image) -> tuple[Floats, Floats]:
    """The mean colours of the left and the right cheek."""
    left, right = (picture[90:130, columns].reshape(-1, 3).mean(0) for columns in (slice(60, 85), slice(115, 140)))
    return left, right


def test_the_shadow_side_of_the_target_arrives() -> None:
    target = shaded((200, 150, 120), 0.3)
    for new, old in zip(means(lit(shaded((200, 150, 120), 1.0), target)), means(target), strict=True):
        np.testing.assert_allclose(new, old, rtol=0.06)


@pytest.mark.parametrize("tone", [(90, 60, 45), (40, 60, 220), (120, 120, 120)])
def test_tones_far_apart_and_coloured_light_become_the_targets(tone: tuple[int, int, int]) -> None:
    target = shaded(tone, 0.8)
    for new, old in zip(means(lit(shaded((230, 180, 150), 1.0), target)), means(target), strict=True):
        np.testing.assert_allclose(new, old, atol=6)


def test_a_grey_target_leaves_no_colour() -> None:
    result = lit(noise(), shaded((150, 150, 150), 0.5))
    assert (result == result[..., :1]).all()


def test_tones_follow_the_brightness_of_skin_however_they_bend() -> None:
    luma = np.random.default_rng(6).uniform(4.5, 5.4, (4000, 1)).astype(np.float32)
    colour = np.array([1, -0.3 / 0.59, 0], np.float32)
    tones = light.tones_of(luma + np.maximum(5.2 - luma, 0) * colour)
    wanted = np.array([[4.7, 5.0, 5.35]], np.float32)
    expected = np.maximum(5.2 - wanted, 0)[..., None] * colour
    np.testing.assert_allclose(light.toned(tones, wanted), expected, atol=0.02)
    assert not light.tones_of(luma[:5] + colour).any()


def test_shadows_of_the_source_take_the_colours_that_the_target_has_in_shadow() -> None:
    smooth = np.full((200, 200, 3), (200, 150, 120), np.uint8)
    lined = shadowed(shadowed(smooth, 80), 119)
    fading = np.linspace(0.5, 1, 200)[:, None, None]
    orange, plain = (np.asarray(fading**powers * (220, 170, 140), np.uint8) for powers in ((0.5, 1, 1.5), (1, 1, 1)))

    def redness(target: Image) -> float:
        shadow, beside = (lit(lined, target)[85:125, c].astype(float).mean(0) for c in (80, 66))
        return float(shadow[0] / shadow[2] * beside[2] / beside[0])

    assert redness(plain) == pytest.approx(1, abs=0.02)
    assert redness(orange) > 1.05


def test_hair_of_the_source_over_its_cheek_is_left_out() -> None:
    clean, hairy = noise(), noise()
    cv2.line(hairy, (56, 85), (62, 150), (60, 35, 20), 3)
    with_hair, without = (lit(source, noise(seed=3)).astype(int) for source in (hairy, clean))
    strand = cv2.line(np.zeros((200, 200), np.uint8), (56, 100), (60, 135), 1, 1) > 0
    before = np.abs(hairy.astype(int) - clean)[strand].mean()
    assert np.abs(with_hair - without)[strand].mean() < before / 4


def test_frames_and_strands_do_not_darken_the_light_round_them() -> None:
    bare, framed = shaded((200, 150, 120), 0.9), shaded((200, 150, 120), 0.9)
    framed[92:97, 60:140] = (20, 20, 25)
    below = np.s_[105:115, 70:130]
    skin = shaded((200, 150, 120), 1.0)
    assert abs(lit(skin, framed)[below].mean() - lit(skin, bare)[below].mean()) < 6


def test_no_channel_clips_alone() -> None:
    bright = np.full((4, 4, 3), (300.0, 260.0, 200.0), np.float32)
    result = light.with_shoulder(bright.copy()).astype(float)
    assert result.max() < 255
    np.testing.assert_allclose(result / result.max(), bright / bright.max(), atol=0.01)
    low = np.full((4, 4, 3), (200.0, 100.0, 0.0), np.float32)
    np.testing.assert_array_equal(light.with_shoulder(low.copy()), low)


def test_blurs_count_masked_pixels_and_fill_the_rest_from_afar() -> None:
    field = np.zeros((60, 60, 3), np.float32)
    field[:, :30] = 100
    mask = np.zeros((60, 60), np.float32)
    mask[:, :30] = 1
    np.testing.assert_allclose(blurred(field, mask, 3.0), 100, atol=0.1)
    assert not blurred(field, np.zeros_like(mask), 3.0).any()


def test_light_falls_on_the_whole_swap_as_it_does_on_the_target() -> None:
    target = shaded((200, 150, 120), 0.3)
    patch = swapped(target, head(), identity_of(shaded((200, 150, 120), 1.0), head()))
    columns = np.nonzero(patch.mask > 0.9)[1]
    left, right = columns < patch.mask.shape[1] // 2, columns > patch.mask.shape[1] // 2
    new, old = (pixels[patch.mask > 0.9].mean(1) for pixels in (patch.rgb, under(target, patch)))
    assert new[right].mean() - new[left].mean() == pytest.approx(old[right].mean() - old[left].mean(), rel=0.1)


def test_the_edge_of_a_mirrored_half_is_filled_from_both_its_sides() -> None:
    dense, smooth = head(), np.full((200, 200, 3), (200, 150, 120), np.uint8)
    lined = smooth.copy()
    lined[:, 99:102] = (60, 40, 40)
    drawn = texture.drawn(dense, dense, worn(lined, dense), GRID)
    seam = np.zeros_like(drawn.seam)
    seam[:, 97:104] = 1
    shown, mended = (
        light.relit(replace(drawn, seam=edge), smooth, drawn.compared, GRID)[100, 95:106].mean(1)
        for edge in (drawn.seam, seam)
    )
    assert np.ptp(shown) > 60
    assert np.ptp(mended) < 10


def shadowed(picture: Image, column: int) -> Image:
    """`picture` with a soft upright shadow, 8 pixels wide."""
    across = 1 - 0.5 * np.exp(-np.square((np.arange(200) - column) / 4))
    return np.asarray(picture * across[None, :, None], np.uint8)


def depth(picture: Image, column: int) -> float:
    """How much darker than beside it `picture` is in a column of the cheeks."""
    rows = picture[85:125].astype(float).mean((0, 2))
    return float(1 - rows[column] / rows[[column - 14, column + 14]].mean())


def test_a_shadow_on_one_side_of_the_source_is_left_behind() -> None:
    smooth = np.full((200, 200, 3), (200, 150, 120), np.uint8)
    one, both = shadowed(smooth, 80), shadowed(shadowed(smooth, 80), 119)
    assert depth(lit(one, smooth), 80) < 0.5 * depth(lit(both, smooth), 80)


def test_what_shines_on_both_cheeks_of_the_source_is_left_behind() -> None:
    smooth = np.full((200, 200, 3), (120, 90, 72), np.uint8)
    shining = 255 - shadowed(shadowed(255 - smooth, 62), 138)
    drawn = texture.drawn(head(), head(), worn(shining, head()), GRID)
    inner = replace(drawn, outer=np.zeros_like(drawn.outer))
    left, kept = (-depth(light.relit(face, smooth, drawn.compared, GRID), 62) for face in (drawn, inner))
    assert left < 0.5 * kept


def test_a_shadow_stays_where_the_target_has_it_too() -> None:
    smooth = np.full((200, 200, 3), (200, 150, 120), np.uint8)
    one = shadowed(smooth, 80)
    assert depth(lit(one, one), 80) == pytest.approx(depth(one, 80), rel=0.1)


def test_what_lies_behind_a_face_does_not_light_it() -> None:
    skin = np.full((200, 200, 3), (200, 150, 120), np.uint8)
    window = skin.copy()
    window[:, :44] = (120, 160, 255)
    clean, beside = (lit(skin, target)[95:105, 50:60].astype(float).mean((0, 1)) for target in (skin, window))
    np.testing.assert_allclose(beside, clean, atol=6)


def test_toned_pictures_have_no_room_for_other_colours_and_coloured_ones_have() -> None:
    random = np.random.default_rng(5)
    luma = random.uniform(3.5, 5.2, (4000, 1))
    coloured = (luma + random.normal(0, 0.07, (4000, 3))).astype(np.float32)
    sepia = (luma * (0.9, 1.0, 1.2)).astype(np.float32)
    assert light.room(coloured, sepia) < 0.01
    assert light.room(coloured, coloured) == light.room(sepia, coloured) == 1


def test_a_hard_shadow_over_half_the_face_arrives() -> None:
    target = shaded((200, 150, 120), 0.95)
    target[:, :100] = target[:, :100] * 0.25
    left, right = means(lit(shaded((200, 150, 120), 1.0), target))
    assert left.mean() < 0.45 * right.mean()
