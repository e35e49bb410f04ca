"""What a film's file says of itself, and what is no film."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("av")

import av
from PIL import Image as Pillow

from lib_roop.errors import FilmError
from lib_roop.video.clip import heard, is_film, probe
from lib_roop.video.streams import rotation_of
from tests import clips
from tests.clips import Kind


def test_a_plain_film_says_all_of_it(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.charts(5)))
    assert (clip.width, clip.height, clip.upright) == (160, 120, (160, 120))
    assert (clip.codec, clip.pixel_format, clip.depth, clip.alpha) == ("h264", "yuv420p", 8, False)
    assert (clip.rate, clip.aspect) == (Fraction(25), Fraction(1))
    assert (clip.start, clip.duration, clip.frames) == (0, 0.2, 5)
    assert (clip.rotation, clip.display, clip.field_order) == (0, None, "")
    assert (clip.audio, clip.subtitles, clip.chapters, clip.notes) == ((), (), 0, ())
    assert clip.step * clip.time_base == Fraction(1, 25)
    assert clip.path == tmp_path / "a.mp4" and "mp4" in clip.container


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
def test_colour_tags_are_read(tmp_path: Path, matrix: int, full: bool) -> None:
    kind = Kind(matrix=matrix, primaries=matrix, transfer={1: 1, 5: 4, 6: 6, 9: 14}[matrix], full=full)
    colour = probe(clips.film(tmp_path / "a.mkv", clips.charts(1), kind)).colour
    assert (colour.matrix, colour.primaries, colour.full) == (matrix, matrix, full)
    assert (colour.transfer, colour.guessed, colour.hdr) == (kind.transfer, "", "")


@pytest.mark.parametrize(
    ("size", "matrix", "name"),
    [((160, 120), 6, "601"), ((720, 576), 5, "601"), ((1280, 544), 1, "709"), ((960, 720), 1, "709")],
)
def test_untagged_colours_are_guessed_by_size_and_said(
    tmp_path: Path, size: tuple[int, int], matrix: int, name: str
) -> None:
    clip = probe(clips.film(tmp_path / "a.mp4", clips.charts(1, *size), Kind(tagged=False)))
    assert (clip.colour.matrix, clip.colour.full) == (matrix, False)
    assert f"BT.{name} is assumed" in clip.colour.guessed and clip.colour.guessed in clip.notes


def test_old_full_range_formats_are_full_without_a_tag(tmp_path: Path) -> None:
    kind = Kind(codec="mjpeg", pixel_format="yuvj420p", tagged=False, full=True)
    clip = probe(clips.film(tmp_path / "a.avi", clips.charts(2), kind))
    assert clip.pixel_format == "yuvj420p" and clip.colour.full


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG"), (14, "")])
def test_hdr_is_told_by_its_transfer(tmp_path: Path, transfer: int, name: str) -> None:
    kind = Kind(codec="libx265", pixel_format="yuv420p10le", matrix=9, primaries=9, transfer=transfer)
    clip = probe(clips.film(tmp_path / "a.mkv", clips.charts(2), kind))
    assert (clip.colour.hdr, clip.depth) == (name, 10)


def test_rgb_has_no_matrix_and_needs_no_guess(tmp_path: Path) -> None:
    clip = probe(clips.film(tmp_path / "a.mov", clips.charts(2), Kind(codec="png", pixel_format="rgba", tagged=False)))
    assert (clip.colour.matrix, clip.colour.full, clip.alpha, clip.notes) == (0, True, True, ())


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_what_makes_a_phones_film_upright(tmp_path: Path, rotation: int, suffix: str) -> None:
    clip = probe(clips.film(tmp_path / f"a.{suffix}", clips.charts(2), Kind(rotation=rotation)))
    assert (clip.rotation, clip.upright) == (rotation, (160, 120))
    assert (clip.width, clip.height) == ((160, 120) if rotation == 180 else (120, 160))
    assert clip.display is not None and len(clip.display) == 9


def test_mirrored_and_slanted_films_are_said() -> None:
    one = 1 << 16
    assert rotation_of((0, one, 0, -one, 0, 0, 0, 0, 1 << 30)) == (90, [])
    assert "mirrored" in rotation_of((one, 0, 0, 0, -one, 0, 0, 0, 1 << 30))[1][0]
    rotation, notes = rotation_of((63302, 16962, 0, -16962, 63302, 0, 0, 0, 1 << 30))
    assert rotation == 0 and "15 degrees" in notes[0]


def test_all_tracks_and_chapters_are_counted(tmp_path: Path) -> None:
    kind = Kind(sounds=("aac", "flac"), subtitles=("subrip",), chapters=3)
    clip = probe(clips.film(tmp_path / "a.mkv", clips.charts(25), kind))
    assert (clip.audio, clip.subtitles, clip.chapters) == (("aac", "flac"), ("subrip",), 3)


def test_pixel_aspect_and_fields_are_read(tmp_path: Path) -> None:
    wide = probe(clips.film(tmp_path / "a.mp4", clips.charts(2), Kind(aspect=Fraction(16, 11))))
    assert wide.aspect == Fraction(16, 11)
    fields = probe(clips.film(tmp_path / "b.mp4", clips.charts(4), Kind(interlaced="tff")))
    assert fields.field_order == "tff" and "interlaced" in fields.notes[0]


@pytest.mark.skipif(not hasattr(av.VideoCodecContext, "field_order"), reason="PyAV 17 does not tell")
def test_lower_lines_may_come_first(tmp_path: Path) -> None:
    assert probe(clips.film(tmp_path / "c.mp4", clips.charts(4), Kind(interlaced="bff"))).field_order == "bff"


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "nut"])
def test_a_film_that_begins_late_is_as_long_as_its_frames(tmp_path: Path, suffix: str) -> None:
    kind = Kind(times=tuple(range(2000, 3000, 40)), tick=Fraction(1, 1000))
    clip = probe(clips.film(tmp_path / f"a.{suffix}", clips.charts(25), kind))
    assert clip.start * clip.time_base == 2
    assert clip.duration == pytest.approx(1, abs=0.05)


def test_alpha_that_only_another_decoder_sees_is_seen(tmp_path: Path) -> None:
    kind = Kind(codec="libvpx-vp9", pixel_format="yuva420p")
    clip = probe(clips.film(tmp_path / "a.webm", clips.charts(2), kind))
    assert clip.alpha and clip.pixel_format == "yuva420p"


@pytest.mark.parametrize("name", ["фильм ü 日本.mp4", "x:y.mp4", "50%d & more.mp4"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(clips.film(tmp_path / "a.mp4", clips.charts(2)).read_bytes())
    assert is_film(path) and probe(str(path)).frames == 2


def test_a_relative_name_with_a_colon_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x:y.mp4").write_bytes(clips.film(tmp_path / "a.mp4", clips.charts(2)).read_bytes())
    monkeypatch.chdir(tmp_path)
    assert probe("x:y.mp4").frames == 2


def test_music_with_a_cover_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(path, "w") as container:
        sound = container.add_stream("aac", rate=48_000)
        cover = container.add_stream("mjpeg", rate=1, options={"strict": "-1"})
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        container.mux(cover.encode(None))
        container.mux(sound.encode(None))
    assert not is_film(path)


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _words(path: Path) -> Path:
    path.write_text("no film at all\n" * 40)
    return path


def _playlist(path: Path) -> Path:
    clips.film(path.with_name("real.ts"), clips.charts(3))
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.ts\n#EXT-X-ENDLIST\n")
    return path


def _photo(path: Path) -> Path:
    Pillow.fromarray(clips.chart()).save(path)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("make", "name", "said"),
    [
        (lambda path: path, "none.mp4", "is not there"),
        (_folder, "folder.mp4", "is a folder"),
        (_empty, "a.mp4", "is empty"),
        (_words, "a.mp4", "cannot be read as a film"),
        (_words, "a.txt", "is no film"),
        (_playlist, "a.m3u8", "is no film"),
        (_photo, "a.png", "is no film"),
        (_photo, "a.gif", "is no film"),
        (_photo, "a.jpg", "is no film"),
        (clips.sound_file, "a.m4a", "no moving picture but sound"),
        (clips.sound_file, "a.mka", "no moving picture but sound"),
        (lambda path: clips.truncated(clips.film(path, clips.charts(5))), "a.mp4", "moov atom not found"),
        (lambda path: clips.film(path, []), "a.mp4", "no moving picture"),
        (lambda path: clips.film(path, []), "a.mkv", "cannot be read"),
        (lambda path: clips.film(path, []), "a.avi", "no frame"),
    ],
)
def test_what_is_no_film_is_told_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], Path], name: str, said: str
) -> None:
    path = make(tmp_path / name)
    with pytest.raises(FilmError, match=said) as caught:
        probe(path)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value) and caught.value.field == "target"
    assert not is_film(path) or name == "a.avi"


def test_colours_that_are_not_read_are_refused_with_the_mend(tmp_path: Path) -> None:
    kind = replace(clips.PLAIN, matrix=1)
    path = clips.film(tmp_path / "a.mkv", clips.charts(2), replace(kind, tagged=False, options={"colorspace": "ycgco"}))
    with pytest.raises(FilmError, match=r"BT\.709"):
        probe(path)


def test_what_the_library_says_is_heard_only_inside(tmp_path: Path) -> None:
    level = av.logging.get_level()
    with heard() as words:
        with pytest.raises(av.FFmpegError):
            av.open(str(clips.truncated(clips.film(tmp_path / "a.mp4", clips.charts(3)))))
        assert "moov atom not found" in words[:]
    assert av.logging.get_level() == level
