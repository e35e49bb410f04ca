"""Frames are seen in their right colours, and what is painted changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("av")

import av
import av.filter

from lib_roop.types import Image
from lib_roop.video import colours, curves, planes
from lib_roop.video.clip import Clip, Colour, probe
from lib_roop.video.decoding import frames
from tests import clips, yuv
from tests.clips import Kind

FULL = pytest.mark.parametrize("full", [False, True])
MATRIX = pytest.mark.parametrize("matrix", [1, 6, 9])
REGION = (41, 31, 121, 90)


def clip_of(frame: av.VideoFrame, kind: Kind) -> Clip:
    rgb = frame.format.is_rgb
    colour = Colour(
        matrix=0 if rgb else kind.matrix, transfer=kind.transfer, primaries=kind.primaries, full=kind.full or rgb
    )
    return Clip(
        path=Path("a.mp4"), container="mp4", codec="h264", width=frame.width, height=frame.height,
        rotation=kind.rotation, display=None, pixel_format=frame.format.name, depth=frame.format.components[0].bits,
        time_base=Fraction(1, 25), rate=Fraction(25), start=0, duration=1.0, frames=25, aspect=Fraction(1),
        colour=colour, field_order="", alpha=any(part.is_alpha for part in frame.format.components), audio=(),
        subtitles=(), chapters=0, notes=(),
    )  # fmt: skip


def made(kind: Kind, width: int = 160, height: int = 120) -> tuple[av.VideoFrame, Clip]:
    """A frame of a chart and its clip; width and height are the upright picture's."""
    coded = np.ascontiguousarray(np.rot90(clips.chart(width, height), kind.rotation // 90))
    frame = clips.frame_of(coded, kind)
    frame.pts, frame.time_base = 7, Fraction(1, 25)
    return frame, clip_of(frame, kind)


def exact(frame: av.VideoFrame, kind: Kind) -> NDArray[np.float64]:
    """RGB 0..255 of a 4:4:4 or RGB frame by the formulas."""
    first, second, third, *_ = clips.planes_in(frame)
    depth = frame.format.components[0].bits
    if frame.format.is_rgb:
        return np.stack([third, first, second], axis=-1) * (255.0 / ((1 << depth) - 1))
    return yuv.exact_rgb([first, second, third], kind.matrix, full=kind.full, depth=depth)


def changed(picture: Image, region: tuple[int, int, int, int] = REGION) -> Image:
    """A smooth change within the region."""
    x0, y0, x1, y1 = region
    y, x = np.mgrid[0 : y1 - y0, 0 : x1 - x0]
    bump = np.sin(np.pi * (x + 0.5) / (x1 - x0)) * np.sin(np.pi * (y + 0.5) / (y1 - y0))
    wished = picture.copy()
    wished[y0:y1, x0:x1] = np.rint(wished[y0:y1, x0:x1] + bump[..., None] * (40, -35, 30)).clip(0, 255)
    return wished


@FULL
@MATRIX
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p10le", "yuv444p12le", "gbrp", "gbrp10le"])
def test_full_chroma_is_seen_within_one_level_of_the_formula(pixel_format: str, matrix: int, full: bool) -> None:
    kind = Kind(pixel_format=pixel_format, matrix=matrix, full=full)
    frame, clip = made(kind)
    picture = colours.seen(frame, clip)
    assert picture.dtype == np.uint8 and picture.shape == (120, 160, 3)
    assert np.abs(picture - exact(frame, kind)).max() < 1


@FULL
@MATRIX
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv440p", "yuv420p10le", "yuv422p10le"])
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
def test_shared_chroma_is_seen_smoothly(pixel_format: str, matrix: int, full: bool, size: tuple[int, int]) -> None:
    frame, clip = made(Kind(pixel_format=pixel_format, matrix=matrix, full=full), *size)
    assert np.abs(colours.seen(frame, clip).astype(int) - clips.chart(*size)).max() <= 4


@FULL
def test_grey_is_seen_grey_and_in_its_range(full: bool) -> None:
    kind = Kind(pixel_format="gray", full=full)
    frame, clip = made(kind)
    luma = yuv.exact_rgb([clips.planes_in(frame)[0], *[np.full((120, 160), 128)] * 2], 1, full=full)
    assert np.abs(colours.seen(frame, clip) - luma).max() < 1
    coloured = colours.converted(frame, "yuv420p", clip)
    grey, blue, red = clips.planes_in(coloured)
    np.testing.assert_array_equal(grey, clips.planes_in(frame)[0])
    assert (blue == 128).all() and (red == 128).all() and coloured.color_range == 1 + full


@FULL
@MATRIX
@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p10le", "gbrp", "gbrp10le"])
def test_what_is_painted_is_what_was_wished_within_two_levels(pixel_format: str, matrix: int, full: bool) -> None:
    kind = Kind(pixel_format=pixel_format, matrix=matrix, full=full)
    frame, clip = made(kind)
    before = colours.seen(frame, clip)
    wished = changed(before)
    new = colours.painted(frame, clip, before, wished, [REGION])
    assert np.abs(exact(new, kind) - wished).max() <= 2.05
    assert np.abs(colours.seen(new, clip).astype(int) - wished).max() <= 2


@FULL
@MATRIX
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv422p"])
def test_luma_is_right_where_chroma_is_shared(
    pixel_format: str, matrix: int, full: bool, size: tuple[int, int]
) -> None:
    kind = Kind(pixel_format=pixel_format, matrix=matrix, full=full)
    frame, clip = made(kind, *size)
    before = colours.seen(frame, clip)
    wished = changed(before)
    new = clips.planes_in(colours.painted(frame, clip, before, wished, [REGION]))
    depth = frame.format.components[0].bits
    unit = (1 << depth) / 256 * (1.0 if full else 219 / 255)
    was, will = (yuv.exact_yuv(picture, matrix, full=full, depth=depth) for picture in (before, wished))
    asked = clips.planes_in(frame)[0] + will[0] - was[0]
    assert np.abs(new[0] - asked).max() <= 0.51
    assert np.abs(new[0] - will[0]).max() <= 2 * unit
    for old, plane, first, last in zip(clips.planes_in(frame)[1:], new[1:], was[1:], will[1:], strict=True):
        asked = old + yuv.halved(last - first, plane.shape[1], plane.shape[0])
        assert np.abs(plane - asked).max() <= 0.51


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv411p", "yuva420p", "gbrp", "gray"])
def test_what_is_not_painted_keeps_every_bit(pixel_format: str, rotation: int) -> None:
    frame, clip = made(Kind(pixel_format=pixel_format, rotation=rotation), 161, 121)
    held = clips.planes_in(frame)
    before = colours.seen(frame, clip)
    after = changed(before)
    new = clips.planes_in(colours.painted(frame, clip, before, after, [REGION]))
    x0, y0, x1, y1 = REGION
    touched = np.zeros((121, 161), bool)
    touched[y0:y1, x0:x1] = True
    touched = np.rot90(touched, rotation // 90)
    for number, (old, plane) in enumerate(zip(held, new, strict=True)):
        down, across = -(-touched.shape[0] // old.shape[0]), -(-touched.shape[1] // old.shape[1])
        wide = np.pad(
            touched, ((0, old.shape[0] * down - touched.shape[0]), (0, old.shape[1] * across - touched.shape[1]))
        )
        may = wide.reshape(old.shape[0], down, old.shape[1], across).any(axis=(1, 3))
        np.testing.assert_array_equal(plane[~may], old[~may])
        assert number == 3 or (plane[may] != old[may]).any()
        assert number != 3 or (plane == old).all()
    for old, plane in zip(held, clips.planes_in(frame), strict=True):
        np.testing.assert_array_equal(plane, old, "the frame that was given is written to")


@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv444p10le"])
def test_light_beyond_white_is_seen_white_and_stays_light(pixel_format: str) -> None:
    kind = Kind(pixel_format=pixel_format)
    frame = clips.frame_of(np.full((16, 16, 3), 255, np.uint8), kind)
    planes.planes_of(frame)[0][:] = planes.layout_of(frame.format).most - 1
    clip = clip_of(frame, kind)
    assert (colours.seen(frame, clip) == 255).all()
    darker, white = np.full((16, 16, 3), 215, np.uint8), np.full((16, 16, 3), 255, np.uint8)
    new = colours.painted(frame, clip, darker, white, [(0, 0, 16, 16)])
    assert (clips.planes_in(new)[0] == planes.layout_of(frame.format).most).all()


def test_a_frame_that_is_stored_from_below_is_seen_and_painted_upright() -> None:
    frame, clip = made(Kind())
    graph = av.filter.Graph()
    source = graph.add_buffer(width=160, height=120, format=frame.format, time_base=Fraction(1, 25))
    flip, sink = graph.add("vflip"), graph.add("buffersink")
    source.link_to(flip)
    flip.link_to(sink)
    graph.configure()
    graph.push(frame)
    flipped = graph.pull()
    assert isinstance(flipped, av.VideoFrame) and flipped.planes[0].line_size < 0
    picture = colours.seen(flipped, clip)
    np.testing.assert_array_equal(picture, colours.seen(frame, clip)[::-1])
    wished = changed(picture)
    new = colours.painted(flipped, clip, picture, wished, [REGION])
    assert np.abs(colours.seen(new, clip).astype(int) - wished).mean() < 1


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuvj420p", "yuv444p", "gbrp", "nv12"])
def test_painting_nothing_changes_nothing(pixel_format: str) -> None:
    kind = Kind(full=pixel_format == "yuvj420p", pixel_format="yuv420p" if pixel_format == "nv12" else pixel_format)
    frame, _ = made(kind)
    frame = frame.reformat(format=pixel_format)
    clip = clip_of(frame, kind)
    picture = colours.seen(frame, clip)
    new = colours.painted(frame, clip, picture, picture.copy(), [(0, 0, 160, 120), REGION])
    assert new is not frame
    for old, plane in zip(clips.planes_in(made(kind)[0]), clips.planes_in(new), strict=True):
        np.testing.assert_array_equal(plane, old)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_phones_film_is_seen_and_painted_upright(tmp_path: Path, rotation: int) -> None:
    kind = Kind(rotation=rotation, codec="ffv1", pixel_format="yuv444p")
    clip = probe(clips.film(tmp_path / "a.mkv", [clips.chart(161, 90)], kind))
    frame = next(frames(clip))
    picture = colours.seen(frame, clip)
    assert np.abs(picture.astype(int) - clips.chart(161, 90)).max() <= 2
    region = (100, 5, 140, 40)
    wished = changed(picture, region)
    new = colours.painted(frame, clip, picture, wished, [region])
    assert (new.width, new.height) == (clip.width, clip.height)
    assert np.abs(colours.seen(new, clip).astype(int) - wished).max() <= 2


def test_regions_that_overlap_are_painted_once_and_those_outside_not_at_all() -> None:
    frame, clip = made(Kind())
    before = colours.seen(frame, clip)
    after = changed(before)
    once = colours.painted(frame, clip, before, after, [REGION])
    many = [REGION, (60, 40, 90, 80), (-20, -5, 100, 70), (100, 60, 500, 400), (200, 10, 210, 20), (30, 30, 30, 60)]
    for one, other in zip(
        clips.planes_in(once), clips.planes_in(colours.painted(frame, clip, before, after, many)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_painted_and_drawn_frames_keep_time_tags_and_fields(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.charts(3), Kind(interlaced="tff", matrix=6, primaries=6)))
    frame = list(frames(clip))[1]
    picture = colours.seen(frame, clip)
    for new in (colours.painted(frame, clip, picture, picture, []), colours.drawn(picture, frame, clip)):
        assert (new.pts, new.time_base, new.interlaced_frame) == (frame.pts, frame.time_base, True)
        assert (new.colorspace, new.color_range, new.color_trc, new.color_primaries) == (6, 1, 1, 6)
        assert len(new.side_data) == len(frame.side_data)


@FULL
@MATRIX
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv422p10le", "gbrp", "gray"])
def test_a_whole_frame_is_drawn_by_the_formula(pixel_format: str, matrix: int, full: bool) -> None:
    kind = Kind(pixel_format=pixel_format, matrix=matrix, full=full)
    frame, clip = made(kind, 161, 121)
    blank = clips.frame_of(np.zeros_like(clips.chart(161, 121)), kind)
    for plane, wished in zip(
        clips.planes_in(colours.drawn(clips.chart(161, 121), blank, clip)), clips.planes_in(frame), strict=True
    ):
        assert np.abs(plane.astype(int) - wished).max() <= 1


@pytest.mark.parametrize("rotation", [0, 90])
def test_a_whole_frame_may_be_drawn_larger_and_takes_its_alpha_with_it(rotation: int) -> None:
    frame, clip = made(Kind(pixel_format="yuva420p", rotation=rotation))
    new = colours.drawn(clips.chart(321, 240), frame, clip)
    assert (new.width, new.height) == ((240, 321) if rotation else (321, 240))
    assert (clips.planes_in(new)[3] == 255).all()
    larger = replace(clip, width=new.width, height=new.height)
    assert np.abs(colours.seen(new, larger).astype(int) - clips.chart(321, 240)).max() <= 3


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("yuv420p", "yuv420p"), ("yuvj422p", "yuvj422p"), ("yuv444p12le", "yuv444p12le"), ("gray10le", "gray10le"),
        ("gbrap", "gbrap"), ("yuva422p10le", "yuva422p10le"), ("nv12", "yuv420p"), ("p010le", "yuv420p10le"),
        ("yuyv422", "yuv422p"), ("yuv420p10be", "yuv420p10le"), ("rgb24", "gbrp"), ("bgr0", "gbrp"), ("pal8", "gbrp"),
        ("rgba", "gbrap"), ("rgb48be", "gbrp16le"), ("rgba64le", "gbrap16le"), ("ya8", "yuva444p"),
        ("y210le", "yuv422p10le"), ("nv24", "yuv444p"), ("rgb565le", "gbrp"), ("yuv410p", "yuv410p"),
        ("x2rgb10le", "gbrp10le"),
    ],
)  # fmt: skip
def test_frames_are_painted_in_the_nearest_planar_format(given: str, wanted: str) -> None:
    frame = av.VideoFrame(16, 16, given)
    assert colours.working(clip_of(frame, Kind())) == wanted


@FULL
@pytest.mark.parametrize(("packed", "planar"), [("nv12", "yuv420p"), ("p010le", "yuv420p10le"), ("yuyv422", "yuv422p")])
def test_packed_frames_lose_nothing(packed: str, planar: str, full: bool) -> None:
    kind = Kind(pixel_format=planar, full=full)
    frame, _ = made(kind)
    there = frame.reformat(format=packed, src_color_range=1, dst_color_range=1)
    back = colours.converted(there, planar, clip_of(there, kind))
    for one, other in zip(clips.planes_in(frame), clips.planes_in(back), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("packed", ["rgb24", "bgr24", "rgba", "argb", "bgra"])
def test_packed_rgb_is_seen_as_it_is(packed: str) -> None:
    kind = Kind(pixel_format=packed)
    frame, clip = made(kind)
    np.testing.assert_array_equal(colours.seen(frame, clip), clips.chart())


@FULL
@pytest.mark.parametrize("wanted", ["yuv420p10le", "yuv444p"])
def test_frames_for_other_encoders_keep_matrix_and_range(wanted: str, full: bool) -> None:
    kind = Kind(matrix=9, full=full)
    frame, clip = made(kind)
    new = colours.converted(frame, wanted, clip)
    assert (new.format.name, new.pts, new.colorspace, new.color_range) == (wanted, 7, 9, 1 + full)
    assert np.abs(colours.seen(new, replace(clip, pixel_format=wanted)).astype(int) - clips.chart()).max() <= 3


@pytest.mark.parametrize("kind", ["PQ", "HLG"])
@pytest.mark.parametrize("most", [1023, 4095])
def test_the_curves_of_hdr_are_each_others_inverse(kind: str, most: int) -> None:
    there, back = curves.seen_of(kind, most), curves.signal_of(kind)
    assert (np.diff(there.astype(int)) >= 0).all() and (np.diff(back) > 0).all()
    np.testing.assert_array_equal(there[np.rint(back * most).astype(int)], np.arange(256))


def test_the_reference_white_of_hdr_is_nearly_white_and_skin_as_in_srgb() -> None:
    for kind, white, skin in (("PQ", 0.5807, 0.4401), ("HLG", 0.75, 0.4972)):
        seen = curves.seen_of(kind, 1023)
        assert 215 < seen[round(white * 1023)] < 240
        # 50 cd/m² of 203 in sRGB
        assert seen[round(skin * 1023)] == pytest.approx(136, abs=1)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_every_step_of_ten_bits_is_seen_through_the_curve(transfer: int, name: str) -> None:
    kind = Kind(pixel_format="yuv444p10le", matrix=9, primaries=9, transfer=transfer)
    frame = clips.frame_of(np.full((1, 877, 3), 128, np.uint8), kind)
    luma, *chroma = planes.planes_of(frame)
    luma[0] = np.arange(64, 941)
    for plane in chroma:
        plane[:] = 512
    seen = colours.seen(frame, clip_of(frame, kind))[0]
    assert np.abs(seen.astype(int) - curves.seen_of(name, 876)[:877, None]).max() <= 1


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_painted_in_its_own_signal(transfer: int) -> None:
    kind = Kind(pixel_format="yuv444p10le", matrix=9, primaries=9, transfer=transfer)
    frame, clip = made(kind)
    before = colours.seen(frame, clip)
    wished = changed(before)
    new = colours.painted(frame, clip, before, wished, [REGION])
    assert np.abs(colours.seen(new, clip).astype(int) - wished).max() <= 3
    same = colours.painted(frame, clip, before, before, [REGION])
    for old, plane in zip(clips.planes_in(frame), clips.planes_in(same), strict=True):
        np.testing.assert_array_equal(plane, old)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mp4", Kind()),
        ("a.mp4", Kind(pixel_format="yuv420p10le", matrix=9, primaries=9)),
        ("a.mkv", Kind(codec="ffv1", pixel_format="yuv444p", matrix=6, primaries=6, full=True)),
        ("a.mkv", Kind(codec="ffv1", pixel_format="gray")),
        ("a.mov", Kind(codec="png", pixel_format="rgb24")),
    ],
)
def test_a_film_is_seen_as_it_was_drawn(tmp_path: Path, name: str, kind: Kind) -> None:
    clip = probe(clips.film(tmp_path / name, clips.charts(3), kind))
    red, blue = yuv.LUMA[1]
    for frame, chart in zip(frames(clip), clips.charts(3), strict=True):
        picture = colours.seen(frame, clip).astype(int)
        wished = chart @ [[red], [1 - red - blue], [blue]] if kind.pixel_format == "gray" else chart
        assert np.abs(picture - wished).max() <= 4
