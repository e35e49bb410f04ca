"""Animations as files: read frame by frame, and written so that what does not change stays exactly as it is."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.errors import PictureError, TooLarge
from lib_roop.images import gif, palettes
from lib_roop.images.picture import Picture
from lib_roop.provenance.verify import verify
from lib_roop.types import Image

SUFFIXES = tuple(images.SIDES)
DURATIONS = (40, 100, 70, 50)


def pictures(count: int = 4, *, clear: bool = False) -> list[Image]:
    """A bright box walks over stripes of 60 colours; with `clear`, over nothing."""
    found = []
    for number in range(count):
        picture = np.zeros((40, 60, 4), np.uint8)
        picture[..., 0], picture[..., 3] = np.arange(60) * 4, 0 if clear else 255
        picture[5:20, 5 + 9 * number : 17 + 9 * number] = (10, 200, 30 * number, 255)
        found.append(picture if clear else picture[..., :3])
    return found


def saved(path: Path, frames: Sequence[Image], durations: Sequence[int] = DURATIONS, **options: Any) -> Path:
    first, *others = (Pillow.fromarray(np.ascontiguousarray(frame)) for frame in frames)
    if path.suffix == ".webp":
        options |= {"lossless": True, "exact": True}
    if path.suffix == ".gif" and frames[0].shape[2] == 4:
        options |= {"disposal": 2}
    first.save(path, save_all=True, append_images=others, duration=list(durations), **options)
    return path


def written(path: Path, frames: Sequence[Picture], durations: Sequence[Fraction], shape: images.Shape) -> Path:
    with provenance.animation(path, shape, source_type=provenance.COMPOSITE) as animator:
        for picture, duration in zip(frames, durations, strict=True):
            animator.add(picture, duration, picture.rgb)
    return path


def read(path: Path) -> list[Picture]:
    return list(images.frames(images.animation(path)))


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("result", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_every_frame_keeps_its_pixels_its_time_and_its_transparency(
    tmp_path: Path, source: str, result: str, *, clear: bool
) -> None:
    moving = images.animation(saved(tmp_path / f"a{source}", pictures(clear=clear), loop=3))
    frames = list(images.frames(moving))
    assert [int(each * 1000) for each in moving.durations] == list(DURATIONS)
    assert (moving.size, moving.clear, moving.exact) == ((60, 40), clear, True)
    shape = images.Shape(size=moving.size, plays=moving.plays, clear=moving.clear)
    again = images.animation(written(tmp_path / f"b{result}", frames, moving.durations, shape))
    assert (again.durations, again.plays, again.clear) == (moving.durations, moving.plays, clear)
    for one, other, drawn in zip(frames, images.frames(again), pictures(clear=clear), strict=True):
        there = np.ones(drawn.shape[:2], bool) if one.alpha is None or other.alpha is None else one.alpha > 0
        assert (one.rgb[there] == other.rgb[there]).all()
        # Some versions of Pillow write transparent GIFs wrong.
        assert (clear and source == ".gif") or (one.rgb[there] == drawn[..., :3][there]).all()
        if clear:
            assert one.alpha is not None and (one.alpha == other.alpha).all()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_animation_carries_its_marks_and_what_it_was_before(tmp_path: Path, suffix: str) -> None:
    frames = [Picture(rgb=each, pixels=each) for each in pictures()]
    packet = provenance.marked(b"", "trainedAlgorithmicMedia", "other")
    shape = images.Shape(
        size=(60, 40), metadata=images.Metadata(xmp=packet, icc=b"profile" if suffix != ".gif" else b"")
    )
    path = written(tmp_path / f"a{suffix}", frames, [Fraction(1, 10)] * 4, shape)
    assert {mark.value for mark in verify(path) if mark.kind == "digital source type"} == {"trainedAlgorithmicMedia"}
    assert images.animation(path).metadata.icc == shape.metadata.icc


@pytest.mark.parametrize(("suffix", "loop", "plays"), [(".gif", 2, 3), (".gif", 0, 0), (".png", 2, 2), (".webp", 2, 2)])
def test_how_often_it_plays_is_read_as_its_format_means_it(tmp_path: Path, suffix: str, loop: int, plays: int) -> None:
    assert images.animation(saved(tmp_path / f"a{suffix}", pictures(), loop=loop)).plays == plays


def test_a_gif_that_says_nothing_of_it_plays_once(tmp_path: Path) -> None:
    moving = images.animation(saved(tmp_path / "a.gif", pictures()))
    assert moving.plays == 1
    again = written(
        tmp_path / "b.gif", list(images.frames(moving)), moving.durations, images.Shape(size=(60, 40), plays=1)
    )
    assert b"NETSCAPE" not in again.read_bytes() and images.animation(again).plays == 1


def test_frames_in_a_hurry_last_as_long_as_browsers_show_them(tmp_path: Path) -> None:
    assert images.animation(saved(tmp_path / "a.gif", pictures(), [0, 10, 20, 30])).durations == (
        Fraction(1, 10),
        Fraction(1, 10),
        Fraction(2, 100),
        Fraction(3, 100),
    )


def test_rounded_times_do_not_drift(tmp_path: Path) -> None:
    frames = [Picture(rgb=each, pixels=each) for each in pictures(4) * 15]
    path = written(tmp_path / "a.gif", frames, [Fraction(1, 30)] * 60, images.Shape(size=(60, 40)))
    durations = images.animation(path).durations
    assert sum(durations) == 2 and set(durations) == {Fraction(3, 100), Fraction(4, 100)}


def test_the_picture_of_an_animated_png_for_other_viewers_is_no_frame(tmp_path: Path) -> None:
    frames = pictures()
    path = tmp_path / "a.png"
    first, *others = (Pillow.fromarray(frame) for frame in frames)
    first.save(path, save_all=True, append_images=others, default_image=True, duration=50)
    assert [np.array_equal(one.rgb, other) for one, other in zip(read(path), frames[1:], strict=True)] == [True] * 3


def test_frames_are_upright(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "a.png", pictures(), exif=exif)
    moving = images.animation(path)
    assert moving.size == (40, 60)
    assert all(
        (one.rgb == np.rot90(other, -1)).all() for one, other in zip(images.frames(moving), pictures(), strict=True)
    )


def test_grey_frames_leave_the_profile_of_grey_behind(tmp_path: Path) -> None:
    profile = bytes(16) + b"GRAY" + bytes(40)
    path = saved(tmp_path / "a.png", [each[..., 0] for each in pictures()], icc_profile=profile)
    moving = images.animation(path)
    assert moving.metadata.icc == b"" and next(images.frames(moving)).rgb.shape == (40, 60, 3)


def test_a_cut_off_animation_has_the_frames_that_are_whole(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (6, 40, 60, 3), np.uint8)
    path = saved(tmp_path / "a.gif", list(noise), [50] * 6)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    moving = images.animation(path)
    assert 1 <= len(moving.durations) < 6 and len(list(images.frames(moving))) == len(moving.durations)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gif", pictures())
    with pytest.raises(TooLarge, match="4 frames of 60x40 pixels"):
        images.animation(path, most=4 * 60 * 40 - 1)


@pytest.mark.parametrize("name", ["a.jpg", "a", "no/a.gif"])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureError, match="cannot be written"):
        written(tmp_path / name, [], [], images.Shape(size=(60, 40)))


def test_an_animation_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"before")
    first = Picture(rgb=pictures()[0], pixels=pictures()[0])
    with pytest.raises(ValueError, match="shorter"):
        written(path, [first, first], [Fraction(1)], images.Shape(size=(60, 40)))
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def full() -> Image:
    """All 256 colours of a palette, 10 pixels of each."""
    return np.repeat(np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 9)], 1).astype(np.uint8), 10, 0)


def test_a_palette_that_suffices_is_kept_exactly() -> None:
    pixels = full()
    palette = palettes.chosen(pixels, np.zeros(len(pixels), bool), 256)
    numbers, off = palettes.nearest(pixels, palette)
    assert len(palette) == 256 and (palette[numbers] == pixels).all() and not off.any()


def test_new_colours_take_the_place_of_those_that_are_missed_least() -> None:
    old, new = full(), np.random.default_rng(1).integers(0, 255, (3000, 3), np.uint8)
    pixels = np.concatenate([old, new])
    palette = palettes.chosen(pixels, np.arange(len(pixels)) >= len(old), 255)
    numbers, _ = palettes.nearest(pixels, palette)
    moved = np.abs(palette[numbers].astype(int) - pixels)
    assert len(palette) <= 255
    assert moved[: len(old)].max() <= 2, "neighbours in the palette stand for each other"
    assert moved[len(old) :].mean() < 32


def test_what_looks_the_same_keeps_its_colour_from_frame_to_frame(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    ground = np.repeat(rng.integers(40, 200, (10, 15, 3)), 8, 0).repeat(8, 1)
    noisy = [(ground + rng.normal(0, 2, ground.shape)).astype(np.uint8) for _ in range(6)]
    path = tmp_path / "a.gif"
    with provenance.animation(path, images.Shape(size=(120, 80)), source_type=provenance.COMPOSITE) as animator:
        for each in noisy:
            animator.add(Picture(rgb=each, pixels=each), Fraction(1, 10), None)
    shown = [each.rgb for each in read(path)]
    changes = [float((one != other).any(-1).mean()) for one, other in pairwise(shown)]
    assert max(changes) < 0.2, "of pixels that noise moves, all of which differ in the source"
    assert max(float(np.abs(one - other.astype(int)).mean()) for one, other in zip(shown, noisy, strict=True)) < 5
    assert gif.STAYS < 100
