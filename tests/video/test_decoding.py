"""A film's frames come in order, each with its own time, from wherever one begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av")

import av

from lib_roop.errors import FilmError
from lib_roop.video import colours
from lib_roop.video.clip import Clip, probe
from lib_roop.video.decoding import Damage, frames
from tests import clips
from tests.clips import Kind

X264 = {"crf": "12", "preset": "fast", "threads": "1"}
OPEN = Kind(options={**X264, "x264-params": "open-gop=1:keyint=24:min-keyint=24:bframes=3:scenecut=0"})
LONG = Kind(options={**X264, "x264-params": "keyint=250:bframes=3:scenecut=0"})
REFRESH = Kind(options={**X264, "x264-params": "intra-refresh=1:keyint=24:scenecut=0"})
HEVC = Kind(
    codec="libx265",
    options={"preset": "ultrafast", "x265-params": "open-gop=1:keyint=24:bframes=4:log-level=none:scenecut=0"},
)
VP9 = Kind(codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0", "g": "30"})
UNEVEN = tuple(int(time) for time in np.cumsum(np.random.default_rng(1).integers(3, 90, 80)) + 700)
FILMS = {
    "open.mp4": OPEN,
    "open.mkv": OPEN,
    "long.mp4": LONG,
    "refresh.mkv": REFRESH,
    "hevc.mp4": HEVC,
    "vp9.webm": VP9,
    "uneven.mkv": replace(OPEN, times=UNEVEN, tick=Fraction(1, 1000)),
    "uneven.mp4": replace(LONG, times=UNEVEN, tick=Fraction(1, 1000)),
    "stream.ts": OPEN,
    "disc.mpg": Kind(codec="mpeg2video", options={"b": "3M", "bf": "2", "g": "12"}),
    "old.avi": Kind(codec="mpeg4", options={"b": "3M", "bf": "2", "g": "30"}),
    "bare.h264": OPEN,
    "flash.flv": LONG,
}


@pytest.fixture(scope="module", params=FILMS)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("films") / request.param
    return probe(clips.film(path, clips.numbered(80), FILMS[request.param]))


def content(found: Iterable[av.VideoFrame]) -> list[tuple[int | None, bytes]]:
    return [(frame.pts, b"".join(plane.tobytes() for plane in clips.planes_in(frame))) for frame in found]


def times(found: Iterable[av.VideoFrame]) -> list[int]:
    return [frame.pts for frame in found if frame.pts is not None]


def test_every_frame_comes_once_in_order_with_rising_times(clip: Clip) -> None:
    damage = Damage()
    found = list(frames(clip, damage=damage))
    assert [clips.number_of(colours.seen(frame, clip)) for frame in found] == list(range(80))
    assert all(before < after for before, after in zip(times(found), times(found)[1:], strict=False))
    assert found[0].pts == clip.start
    assert {frame.time_base for frame in found} == {clip.time_base}
    assert not damage.packets and not damage.corrupt and not damage.missing


def test_frames_from_a_time_on_are_those_of_the_whole_film(clip: Clip) -> None:
    whole = content(frames(clip))
    for start in (0, 1, 21, 23, 24, 25, 26, 47, 50, 78, 79):
        assert content(islice(frames(clip, first=whole[start][0]), 6)) == whole[start : start + 6], (
            f"from frame {start}"
        )


@pytest.mark.parametrize("name", ["uneven.mkv", "uneven.mp4"])
def test_times_are_those_of_the_file(tmp_path: Path, name: str) -> None:
    clip = probe(clips.film(tmp_path / name, clips.numbered(80), FILMS[name]))
    with av.open(tmp_path / name) as container:
        packets = sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)
    assert times(frames(clip)) == packets
    seconds = [float(time * clip.time_base) for time in packets]
    assert np.allclose(np.diff(seconds), np.diff(UNEVEN) / 1000, atol=1e-3)


def test_a_time_between_two_frames_begins_at_the_second(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.numbered(10)))
    whole = times(frames(clip))
    assert times(frames(clip, first=whole[4] + 1)) == whole[5:]
    assert times(frames(clip, first=whole[-1] + 1)) == []
    assert times(frames(clip, first=whole[0] - 100)) == whole


def test_an_avi_whose_frames_were_reordered_still_has_rising_times(tmp_path: Path) -> None:
    kind = Kind(options={**X264, "x264-params": "keyint=50:bframes=3"})
    clip = probe(clips.film(tmp_path / "a.avi", clips.charts(30), kind))
    found = times(frames(clip))
    assert np.diff(found).tolist() == [1] * 29


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts"])
def test_very_short_films_have_all_their_frames(tmp_path: Path, suffix: str, count: int) -> None:
    clip = probe(clips.film(tmp_path / f"a.{suffix}", clips.charts(count)))
    assert len(times(frames(clip))) == count


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_film_that_was_cut_off_ends_where_it_ends_and_says_so(tmp_path: Path, suffix: str) -> None:
    kind = Kind(options=X264, muxing={"movflags": "faststart"} if suffix == "mp4" else {})
    path = clips.truncated(clips.film(tmp_path / f"a.{suffix}", clips.charts(100), kind), 0.5)
    damage = Damage()
    found = list(frames(probe(path), damage=damage))
    assert 10 < len(found) < 80
    assert damage.missing > 1 and any("cut off" in note for note in damage.notes)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("mp4", Kind(options={**X264, "x264-params": "keyint=10"})),
        ("mov", Kind(codec="prores_ks", pixel_format="yuv422p10le", options={})),
    ],
)
def test_damaged_parts_are_passed_over_and_counted(tmp_path: Path, suffix: str, kind: Kind) -> None:
    path = clips.damaged(clips.film(tmp_path / f"a.{suffix}", clips.charts(60), kind), 0.4, 1500)
    damage = Damage()
    found = list(frames(probe(path), damage=damage))
    assert 45 < len(found) <= 60
    assert damage.packets + damage.corrupt > 0 and damage.notes


@pytest.mark.parametrize("other", [{"width": 176, "height": 144}, {"pixel_format": "yuv422p"}])
def test_a_film_that_changes_on_the_way_keeps_its_first_size_and_format(tmp_path: Path, other: dict[str, Any]) -> None:
    pixels = Kind(options=X264, pixel_format=other.get("pixel_format", "yuv420p"))
    size = other.get("width", 160), other.get("height", 120)
    one = clips.film(tmp_path / "one.ts", clips.numbered(12), Kind(options=X264))
    two = clips.film(tmp_path / "two.ts", clips.numbered(12, *size), pixels)
    path = tmp_path / "both.ts"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    clip, damage = probe(path), Damage()
    found = list(frames(clip, damage=damage))
    assert {(frame.width, frame.height, frame.format.name) for frame in found} == {(160, 120, "yuv420p")}
    assert [clips.number_of(colours.seen(frame, clip)) for frame in found] == [*range(12), *range(12)]
    assert damage.changed == 12 and any("converted" in note for note in damage.notes)


def test_times_that_begin_anew_go_on(tmp_path: Path) -> None:
    one = clips.film(tmp_path / "one.ts", clips.charts(40), Kind(options=X264))
    path = tmp_path / "twice.ts"
    path.write_bytes(one.read_bytes() * 2)
    clip, damage = probe(path), Damage()
    found = times(frames(clip, damage=damage))
    assert np.diff(found).tolist() == [clip.step] * 79 and damage.moved == 1
    assert times(frames(clip, first=found[60])) == found[60:]


def test_alpha_of_a_film_for_the_web_is_decoded(tmp_path: Path) -> None:
    pictures = [
        np.dstack([chart, np.full(chart.shape[:2], 20 * n, np.uint8)]) for n, chart in enumerate(clips.charts(8))
    ]
    kind = Kind(codec="libvpx-vp9", pixel_format="yuva420p")
    clip = probe(clips.film(tmp_path / "a.webm", pictures, kind))
    assert [int(clips.planes_in(frame)[3].mean()) for frame in frames(clip)] == [20 * n for n in range(8)]


def test_a_film_that_is_gone_is_an_error_of_the_user(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.charts(2)))
    clip.path.unlink()
    with pytest.raises(FilmError, match="is not there"):
        next(frames(clip))


def test_damage_begins_anew_with_each_reading(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.charts(2)))
    damage = Damage(packets=3, broken="it was")
    assert len(damage.notes) == 2
    assert len(list(frames(clip, damage=damage))) == 2
    assert damage == Damage() and not Damage().notes
