"""How films are encoded: what is settled, tried beforehand, and written as segments."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av")

from lib_roop.errors import FilmError, OptionError  # noqa: E402
from lib_roop.options.film import FilmOptions  # noqa: E402
from lib_roop.video import encoding, segments  # noqa: E402
from lib_roop.video.clip import Clip, probe  # noqa: E402
from lib_roop.video.decoding import frames  # noqa: E402
from lib_roop.video.encoding import Encoding, Writer, preflight, settled  # noqa: E402
from tests import clips  # noqa: E402
from tests.clips import Kind, film  # noqa: E402

PLAIN = FilmOptions()


def written(path: Path, clip: Clip, told: Encoding, pictures: list[object]) -> Path:
    writer = Writer(path, clip, told)
    for frame in pictures:
        writer.write(frame)  # type: ignore[arg-type]
    writer.close()
    return path


def decoded(path: Path) -> list[object]:
    with av.open(path) as container:
        return [clips.planes_in(frame) for frame in container.decode(video=0)]


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return probe(film(tmp_path / "source.mp4", clips.charts(8)))


def test_the_encoder_follows_from_the_file_and_the_film(tmp_path: Path, clip: Clip) -> None:
    deep = replace(clip, pixel_format="yuv420p10le", depth=10)
    for suffix, shallow, ten in (
        (".mp4", "libx264", "libx265"),
        (".m4v", "libx264", "libx265"),
        (".mov", "libx264", "libx265"),
        (".mkv", "libx264", "libx265"),
        (".webm", "libvpx-vp9", "libsvtav1"),
        (".avi", "mpeg4", "mpeg4"),
    ):
        assert settled(clip, PLAIN, tmp_path / f"a{suffix}").codec == shallow
        assert settled(deep, PLAIN, tmp_path / f"a{suffix}").codec == ten


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p12le"])
def test_pixels_keep_their_depth_and_their_chroma(tmp_path: Path, clip: Clip, form: str) -> None:
    depth = int(form.partition("p")[2].removesuffix("le") or 8)
    told = settled(replace(clip, pixel_format=form, depth=depth), PLAIN, tmp_path / "a.mp4")
    assert told.pixel_format == form and not told.notes


def test_what_an_encoder_cannot_store_is_said(tmp_path: Path, clip: Clip) -> None:
    told = settled(
        replace(clip, pixel_format="yuv420p12le", depth=12), FilmOptions(encoder="libx264"), tmp_path / "a.mp4"
    )
    assert told.pixel_format == "yuv420p10le"
    assert told.notes == ("libx264 stores yuv420p10le instead of the film's yuv420p12le",)


def test_alpha_goes_where_it_can(tmp_path: Path, clip: Clip) -> None:
    clear = replace(clip, pixel_format="yuva420p", alpha=True)
    assert settled(clear, PLAIN, tmp_path / "a.webm").pixel_format == "yuva420p"
    assert settled(clear, PLAIN, tmp_path / "a.mov").pixel_format == "yuva444p10le"
    opaque = settled(clear, PLAIN, tmp_path / "a.mp4")
    assert opaque.pixel_format == "yuv420p"
    assert opaque.notes == ("libx264 in .mp4 stores no transparency; .webm and .mov do",)


@pytest.mark.parametrize(
    ("encoder", "quality", "said"),
    [
        ("libx264", 80, "crf 16"),
        ("libx264", 100, "crf 4"),
        ("libx264", 0, "crf 51"),
        ("libx265", 80, "crf 17"),
        ("libvpx-vp9", 80, "crf 16"),
        ("mpeg4", 80, "q 2"),
        ("ffv1", 80, "lossless"),
        ("prores_ks", 80, "profile 3"),
        ("h264_nvenc", 80, "cq 16"),
    ],
)
def test_quality_is_told_to_each_encoder_in_its_own_numbers(
    tmp_path: Path, clip: Clip, encoder: str, quality: float, said: str
) -> None:
    if encoder not in av.codecs_available:
        pytest.skip(f"this build has no {encoder}")
    assert settled(clip, FilmOptions(encoder=encoder, quality=quality), tmp_path / "a.mkv").quality == said


@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg4", "h264_nvenc"])
def test_more_quality_never_means_a_worse_number(tmp_path: Path, clip: Clip, encoder: str) -> None:
    if encoder not in av.codecs_available:
        pytest.skip(f"this build has no {encoder}")
    numbers = [
        float(settled(clip, FilmOptions(encoder=encoder, quality=quality), tmp_path / "a.mkv").quality.split()[-1])
        for quality in range(101)
    ]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > numbers[-1]


def test_an_encoder_that_there_is_not_is_named_with_the_one_meant(tmp_path: Path, clip: Clip) -> None:
    with pytest.raises(OptionError, match="no encoder 'libx264s'; did you mean 'libx264'"):
        settled(clip, FilmOptions(encoder="libx264s"), tmp_path / "a.mp4")
    with pytest.raises(OptionError, match="no encoder 'aac'"):
        settled(clip, FilmOptions(encoder="aac"), tmp_path / "a.mp4")


def test_a_preset_for_an_encoder_without_any_is_refused(tmp_path: Path, clip: Clip) -> None:
    with pytest.raises(OptionError, match="ffv1 has no presets; leave out --preset"):
        settled(clip, FilmOptions(encoder="ffv1", preset="slow"), tmp_path / "a.mkv")


def test_a_file_that_cannot_hold_marks_is_refused(tmp_path: Path, clip: Clip) -> None:
    with pytest.raises(FilmError, match=r"\.mp4, .*give a\.ts one of these endings"):
        settled(clip, PLAIN, tmp_path / "a.ts")


def test_the_number_of_threads_is_part_of_what_the_bytes_depend_on(tmp_path: Path, clip: Clip) -> None:
    told = settled(clip, PLAIN, tmp_path / "a.mp4")
    assert told.key["threads"] == told.threads >= 1
    assert told.key != replace(told, threads=told.threads + 1).key
    assert told.key == settled(clip, PLAIN, tmp_path / "b.mp4").key


@pytest.mark.parametrize(
    ("encoder", "suffix"),
    [("libx264", ".mp4"), ("libx265", ".mp4"), ("libvpx-vp9", ".webm"), ("mpeg4", ".avi"), ("ffv1", ".mkv")],
)
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, clip: Clip, encoder: str, suffix: str) -> None:
    told = settled(clip, FilmOptions(encoder=encoder), tmp_path / f"a{suffix}")
    for name in ("one.mkv", "two.mkv"):
        written(tmp_path / name, clip, told, list(frames(clip)))
    packets = []
    for name in ("one.mkv", "two.mkv"):
        with av.open(tmp_path / name) as container:
            packets.append([bytes(packet) for packet in container.demux(video=0)])
    assert packets[0] == packets[1] and len(packets[0]) > 8


@pytest.mark.parametrize("start", [0, -3000, 126_000, 10**12])
@pytest.mark.parametrize("tick", [Fraction(1, 90_000), Fraction(1, 1_000_000), Fraction(1001, 30_000)])
def test_a_segment_keeps_every_time(tmp_path: Path, clip: Clip, tick: Fraction, start: int) -> None:
    step = max(1, round(Fraction(1, 25) / tick))
    times = [start + step * number + number * number % step for number in range(8)]
    own = replace(clip, time_base=tick, rate=Fraction(25))
    told = settled(own, PLAIN, tmp_path / "a.mp4")
    pictures = list(frames(clip))
    for frame, time in zip(pictures, times, strict=True):
        frame.pts = time
    segment = segments.read(written(tmp_path / "one.mkv", own, told, list(pictures)))
    assert segment.first == start and sorted(segment.times.tolist()) == times
    assert [frame.pts for frame in pictures] == times


def test_frames_that_go_back_in_time_are_refused(tmp_path: Path, clip: Clip) -> None:
    first, second = list(frames(clip))[:2]
    writer = Writer(tmp_path / "one.mkv", clip, settled(clip, PLAIN, tmp_path / "a.mp4"))
    writer.write(second)
    with pytest.raises(FilmError, match="go back"):
        writer.write(first)
    writer.abandon()
    assert not (tmp_path / "one.mkv").exists()


def test_without_frames_there_is_no_segment(tmp_path: Path, clip: Clip) -> None:
    writer = Writer(tmp_path / "one.mkv", clip, settled(clip, PLAIN, tmp_path / "a.mp4"))
    writer.close()
    assert not (tmp_path / "one.mkv").exists()


@pytest.mark.parametrize(
    ("encoder", "form", "size"),
    [
        ("libx264", "yuv420p", (162, 122)),
        ("libx264", "yuv422p", (162, 121)),
        ("libx264", "yuv444p", (161, 121)),
        ("libx265", "yuv420p10le", (162, 122)),
        ("libvpx-vp9", "yuv420p", (161, 121)),
        ("ffv1", "yuv420p", (161, 121)),
    ],
)
def test_odd_sizes_grow_by_their_last_pixels_where_they_must(
    tmp_path: Path, encoder: str, form: str, size: tuple[int, int]
) -> None:
    kind = Kind(codec="ffv1", pixel_format=form)
    odd = probe(film(tmp_path / "odd.mkv", clips.charts(2, 161, 121), kind))
    options = FilmOptions(encoder=encoder, quality=100)
    told = settled(odd, options, tmp_path / "a.mkv")
    source = list(frames(odd))
    segment = written(tmp_path / "one.mkv", odd, told, list(source))
    with av.open(segment) as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == size
    was, now = clips.planes_in(source[0])[0].astype(int), clips.planes_in(frame)[0].astype(int)
    assert np.abs(now[:121, :161] - was).max() <= (8 if "10" not in form else 32)
    assert np.abs(now[-1, :161] - was[-1]).max() <= (8 if "10" not in form else 32)


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("encoder", ["libx264", "libvpx-vp9", "ffv1"])
def test_colours_are_said_as_they_were(tmp_path: Path, matrix: int, full: bool, encoder: str) -> None:
    kind = Kind(codec="ffv1", matrix=matrix, transfer=6, primaries=5, full=full)
    clip = probe(film(tmp_path / "source.mkv", clips.charts(1), kind))
    told = settled(clip, FilmOptions(encoder=encoder), tmp_path / "a.mkv")
    segment = written(tmp_path / "one.mkv", clip, told, list(frames(clip)))
    assert probe(segment).colour == clip.colour


def test_every_sound_track_is_copied_or_encoded_and_said(tmp_path: Path, clip: Clip) -> None:
    loud = replace(clip, audio=("aac", "opus", "pcm_s16le"))
    assert settled(loud, PLAIN, tmp_path / "a.mkv").sounds == ("", "", "")
    mp4 = settled(loud, PLAIN, tmp_path / "a.mp4")
    assert mp4.sounds == ("", "", "aac")
    assert mp4.notes == ("sound track 3 is encoded anew, as AAC, because mp4 files hold no pcm_s16le",)
    assert settled(loud, PLAIN, tmp_path / "a.webm").sounds == ("libopus", "", "libopus")
    assert settled(loud, FilmOptions(audio=False), tmp_path / "a.webm").sounds == ()


def test_a_film_that_can_be_written_passes_and_leaves_nothing(tmp_path: Path) -> None:
    clip = probe(film(tmp_path / "source.mp4", clips.charts(3), Kind(sounds=("aac",), subtitles=("mov_text",))))
    for name in ("a.mp4", "a.mkv", "a.webm", "a.avi", "a.mov"):
        preflight(settled(clip, PLAIN, tmp_path / name), next(iter(frames(clip))))
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


@pytest.mark.parametrize(
    ("options", "name", "words"),
    [
        (
            {"encoder": "libx264"},
            "a.webm",
            r"\(.+\): .*hold what it makes; choose another encoder, or write an \.mkv\.$",
        ),
        ({"encoder": "prores_ks"}, "a.mp4", r"hold what it makes; choose another encoder, or write an \.mkv\.$"),
        ({"preset": "warp"}, "a.mp4", r"preset.*leave out --preset, or name one that it has\.$"),
    ],
)
def test_what_cannot_be_written_is_told_in_the_librarys_words_with_the_mend(
    tmp_path: Path, clip: Clip, options: dict[str, str], name: str, words: str
) -> None:
    told = settled(clip, FilmOptions(**options), tmp_path / name)  # type: ignore[arg-type]
    with pytest.raises(FilmError, match=words) as caught:
        preflight(told, next(iter(frames(clip))))
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


@pytest.mark.parametrize("encoder", ["h264_nvenc", "hevc_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"])
def test_hardware_that_is_not_there_is_said(tmp_path: Path, clip: Clip, encoder: str) -> None:
    if encoder not in av.codecs_available:
        pytest.skip(f"this build has no {encoder}")
    told = settled(clip, FilmOptions(encoder=encoder), tmp_path / "a.mp4")
    try:
        preflight(told, next(iter(frames(clip))))
        said = ""
    except FilmError as error:
        said = str(error)
    assert not said or said.endswith("choose libx264 or libx265.")


def test_a_disk_without_room_is_said(tmp_path: Path) -> None:
    encoding.room(tmp_path / "not" / "there" / "a.mp4", 1000)
    with pytest.raises(FilmError, match=r"GB free, and the film needs about .* free some space"):
        encoding.room(tmp_path / "a.mp4", 1 << 60)
