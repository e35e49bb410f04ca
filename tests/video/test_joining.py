"""Segments and all else that the source has, as one film: times, tracks, tags, and nothing left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")

from lib_roop.errors import FilmError  # noqa: E402
from lib_roop.options.film import FilmOptions  # noqa: E402
from lib_roop.provenance import films  # noqa: E402
from lib_roop.provenance.verify import SPEAKS, verdict, verify  # noqa: E402
from lib_roop.types import Image  # noqa: E402
from lib_roop.video.carrying import words_of  # noqa: E402
from lib_roop.video.clip import Clip, probe  # noqa: E402
from lib_roop.video.decoding import frames  # noqa: E402
from lib_roop.video.encoding import Writer, settled  # noqa: E402
from lib_roop.video.joining import join  # noqa: E402
from tests import clips  # noqa: E402
from tests.clips import Kind, film  # noqa: E402

TICK = Fraction(1, 90_000)
PARTS = (5, 9)
"""The segments begin at these frames, and at the first."""
LOSSLESS = {".mp4": "libx264", ".mov": "libx264", ".mkv": "ffv1"}


@dataclass(frozen=True)
class Made:
    """A film that went through segments."""

    source: Clip
    film: Clip
    notes: tuple[str, ...]


def remade(
    path: Path, output: Path, options: FilmOptions | None = None, *, first: int = 0, last: int | None = None
) -> Made:
    """The film at `path`, its frames from `first` to `last` written as segments and joined."""
    options = options or FilmOptions()
    clip = probe(path)
    told = settled(clip, options, output)
    pictures = list(frames(clip))[first:last]
    segments = []
    for number, (begin, end) in enumerate(zip((0, *PARTS), (*PARTS, len(pictures)), strict=True)):
        writer = Writer(output.with_name(f"segment{number}.mkv"), clip, told)
        for frame in pictures[begin:end]:
            writer.write(frame)
        writer.close()
        if pictures[begin:end]:
            segments.append(output.with_name(f"segment{number}.mkv"))
    notes = join(segments, clip, told, output, options, films.marks("built-in"))
    for segment in segments:
        segment.unlink()
    return Made(clip, probe(output), (*told.notes, *notes))


def every(writer: Writer, clip: Clip) -> None:
    for frame in frames(clip):
        writer.write(frame)
    writer.close()


def times(clip: Clip) -> list[Fraction]:
    return [(frame.pts or 0) * clip.time_base for frame in frames(clip)]


def seen(frame: Any) -> Image:
    rgb: Image = frame.to_ndarray(format="rgb24")
    return rgb


def packets(path: Path, kind: str, number: int = 0) -> list[tuple[Fraction, bytes]]:
    with av.open(path) as container:
        stream = getattr(container.streams, kind)[number]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(stream) if packet.size]


def uneven(count: int, start: int) -> tuple[int, ...]:
    return tuple(start + 3600 * number + (7 * number * number) % 1700 for number in range(count))


@pytest.mark.parametrize("start", [0, 900, 126_000])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_every_frame_keeps_its_time(tmp_path: Path, suffix: str, codec: str, start: int) -> None:
    kind = Kind(
        tick=TICK, times=uneven(14, start), options={"bf": "3", "crf": "20"}, muxing={"video_track_timescale": "90000"}
    )
    source = film(tmp_path / "source.mp4", clips.numbered(14), kind)
    made = remade(source, tmp_path / f"out{suffix}", FilmOptions(encoder=codec))
    assert times(made.film) == times(made.source) == [time * TICK for time in uneven(14, start)]
    assert not made.notes
    numbers = [clips.number_of(seen(frame)) for frame in frames(made.film)]
    assert numbers == list(range(14))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("trim", ["", "1-6.4"])
def test_a_film_lasts_as_long_as_its_frames(tmp_path: Path, codec: str, trim: str) -> None:
    source = film(tmp_path / "source.mkv", clips.numbered(40), Kind(rate=Fraction(5), sounds=("aac",)))
    first, last = (5, 32) if trim else (0, 40)
    made = remade(source, tmp_path / "out.mp4", FilmOptions(encoder=codec, trim=trim), first=first, last=last)
    assert made.film.duration == pytest.approx((last - first) / 5, abs=0.001)
    assert len(packets(tmp_path / "out.mp4", "audio")) == pytest.approx(48_000 * (last - first) / 5 / 1024, abs=1.5)


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "libx264"), (".mkv", "libx265"), (".webm", "libvpx-vp9")])
def test_matroska_rounds_times_to_milliseconds_and_says_so(tmp_path: Path, suffix: str, codec: str) -> None:
    kind = Kind(tick=TICK, times=uneven(14, 900), muxing={"video_track_timescale": "90000"}, sounds=("aac",))
    source = film(tmp_path / "source.mp4", clips.numbered(14), kind)
    made = remade(source, tmp_path / f"out{suffix}", FilmOptions(encoder=codec))
    moved = [abs(one - other) for one, other in zip(times(made.film), times(made.source), strict=True)]
    assert 0 < max(moved) <= Fraction(1, 2000)
    assert any("milliseconds" in note for note in made.notes)


def test_times_that_are_milliseconds_are_kept_by_matroska_without_a_word(tmp_path: Path) -> None:
    made = remade(film(tmp_path / "source.mp4", clips.numbered(14)), tmp_path / "out.mkv")
    assert times(made.film) == times(made.source) and not made.notes


def test_avi_gives_each_frame_the_same_time_and_says_so(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", clips.numbered(14), Kind(sounds=("aac",)))
    made = remade(source, tmp_path / "out.avi")
    assert len(times(made.film)) == 14 and made.film.audio == ("mp3",)
    assert abs(made.film.duration - made.source.duration) <= 0.04
    assert any("AVI has no times of its own" in note for note in made.notes)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_segments_join_without_a_break(tmp_path: Path, suffix: str) -> None:
    """Frames of one piece encoded alone and of all pieces joined are the same, B-frames included."""
    source = film(tmp_path / "source.mkv", clips.charts(14), Kind(codec="ffv1"))
    clip, options = probe(source), FilmOptions(encoder=LOSSLESS[suffix], quality=60)
    told = settled(clip, options, tmp_path / f"out{suffix}")
    pictures = list(frames(clip))
    alone: list[list[Any]] = []
    for begin, end in ((0, 5), (5, 9), (9, 14)):
        writer = Writer(tmp_path / "alone.mkv", clip, told)
        for frame in pictures[begin:end]:
            writer.write(frame)
        writer.close()
        with av.open(tmp_path / "alone.mkv") as container:
            alone += [clips.planes_in(frame) for frame in container.decode(video=0)]
    remade(source, tmp_path / f"out{suffix}", options)
    with av.open(tmp_path / f"out{suffix}") as container:
        joined = [clips.planes_in(frame) for frame in container.decode(video=0)]
    assert len(joined) == len(alone) == 14
    assert all(
        np.array_equal(a, b) for one, other in zip(joined, alone, strict=True) for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_decoding_times_rise_and_never_lie_after_those_of_showing(tmp_path: Path, suffix: str) -> None:
    source = film(tmp_path / "source.mp4", clips.numbered(14), Kind(options={"bf": "3"}))
    remade(source, tmp_path / f"out{suffix}")
    with av.open(tmp_path / f"out{suffix}") as container:
        found = [(packet.dts, packet.pts) for packet in container.demux(video=0) if packet.size]
    known = [dts for dts, _ in found if dts is not None]
    assert known == sorted(set(known)) and all(dts <= pts for dts, pts in found if dts is not None)
    assert len(known) > 8


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_is_copied_packet_for_packet(tmp_path: Path, suffix: str) -> None:
    source = film(tmp_path / "source.mkv", clips.numbered(14), Kind(sounds=("aac", "mp3")))
    remade(source, tmp_path / f"out{suffix}")
    for number in (0, 1):
        was, now = packets(source, "audio", number), packets(tmp_path / f"out{suffix}", "audio", number)
        assert [raw for _, raw in now] == [raw for _, raw in was] and len(was) > 10
        assert max(abs(one - other) for (one, _), (other, _) in zip(now, was, strict=True)) <= Fraction(1, 900)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_everything_beside_the_picture_is_there_afterwards(tmp_path: Path, suffix: str) -> None:
    kind = Kind(
        sounds=("aac", "aac"), subtitles=("mov_text", "mov_text"), chapters=3, rotation=90, aspect=Fraction(4, 3),
        metadata={"title": "A walk", "artist": "Somebody", "comment": "by the sea"},
    )  # fmt: skip
    made = remade(film(tmp_path / "source.mp4", clips.numbered(14), kind), tmp_path / f"out{suffix}")
    text = "subrip" if suffix == ".mkv" else "mov_text"
    assert (made.film.audio, made.film.subtitles, made.film.chapters) == (("aac", "aac"), (text, text), 3)
    assert (made.film.rotation, made.film.aspect, made.film.colour) == (90, Fraction(4, 3), made.source.colour)
    with av.open(tmp_path / f"out{suffix}") as container:
        said = {name.lower(): words for name, words in container.metadata.items()}
        chapters = container.chapters()
        languages = [
            [track.language for track in tracks] for tracks in (container.streams.audio, container.streams.subtitles)
        ]
    assert said["title"] == "A walk" and said["artist"] == "Somebody"
    assert said["comment"].startswith("by the sea; Altered by roop")
    assert [each["metadata"]["title"] for each in chapters] == [f"Chapter {number + 1}" for number in range(3)]
    starts = [float(each["start"] * each["time_base"]) for each in chapters]
    assert starts == pytest.approx([0, 0.186, 0.372], abs=0.002)
    german = "ger" if suffix == ".mov" else "deu"
    assert languages == [["eng", german], ["eng", german]]


@pytest.mark.parametrize(("suffix", "aspect"), [(".webm", Fraction(4, 3)), (".mkv", Fraction(12, 11))])
def test_the_shape_of_pixels_is_kept_by_encoders_that_cannot_say_it(
    tmp_path: Path, suffix: str, aspect: Fraction
) -> None:
    source = film(tmp_path / "source.mp4", clips.numbered(14), Kind(aspect=aspect))
    encoder = "ffv1" if suffix == ".mkv" else "libvpx-vp9"
    made = remade(source, tmp_path / f"out{suffix}", FilmOptions(encoder=encoder))
    assert abs(made.film.aspect - aspect) < Fraction(1, 100)
    assert [clips.number_of(seen(frame)) for frame in frames(made.film)] == list(range(14))


def test_names_of_tags_that_mp4_does_not_know_are_kept(tmp_path: Path) -> None:
    metadata = {"title": "A walk", "com.apple.quicktime.model": "Phone 9"}
    kind = Kind(metadata=metadata, muxing={"movflags": "use_metadata_tags"})
    remade(film(tmp_path / "source.mov", clips.numbered(14), kind), tmp_path / "out.mov")
    with av.open(tmp_path / "out.mov") as container:
        assert metadata.items() <= dict(container.metadata).items()
    assert verdict(verify(tmp_path / "out.mov")) == SPEAKS


def test_fonts_stay_attached(tmp_path: Path) -> None:
    plain = film(tmp_path / "plain.mkv", clips.numbered(14))
    with av.open(plain) as source, av.open(tmp_path / "source.mkv", "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        container.add_attachment("letters.ttf", "application/x-truetype-font", b"not really a font")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    remade(tmp_path / "source.mkv", tmp_path / "out.mkv")
    with av.open(tmp_path / "out.mkv") as container:
        assert [(each.name, each.mimetype) for each in container.streams.attachments] == [
            ("letters.ttf", "application/x-truetype-font")
        ]
    assert b"not really a font" in (tmp_path / "out.mkv").read_bytes()
    assert (
        "mp4 files hold no attachments; they are left out"
        in remade(tmp_path / "source.mkv", tmp_path / "out.mp4").notes
    )


@pytest.mark.parametrize(
    ("sound", "suffix", "becomes"),
    [
        ("pcm_s16le", ".mp4", "aac"),
        ("libopus", ".mp4", "opus"),
        ("libopus", ".mov", "aac"),
        ("aac", ".webm", "opus"),
        ("libopus", ".webm", "opus"),
        ("libopus", ".avi", "mp3"),
        ("flac", ".mkv", "flac"),
    ],
)
def test_sound_that_the_file_cannot_hold_is_encoded_anew(tmp_path: Path, sound: str, suffix: str, becomes: str) -> None:
    made = remade(
        film(tmp_path / "source.mkv", clips.numbered(14), Kind(sounds=(sound, sound))), tmp_path / f"out{suffix}"
    )
    assert made.film.audio == (becomes, becomes)
    with av.open(tmp_path / f"out{suffix}") as container:
        wave = np.concatenate([frame.to_ndarray().reshape(-1)[::2] for frame in container.decode(audio=0)])
    assert 0.15 < np.abs(wave / (32768 if wave.dtype.kind == "i" else 1)).max() < 0.4
    kept = becomes == sound.removeprefix("lib")
    assert kept == (not any("encoded anew" in note for note in made.notes))


@pytest.mark.parametrize(("source", "codec"), [(".mkv", "subrip"), (".mp4", "mov_text")])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_subtitles_keep_their_words_in_every_file(tmp_path: Path, source: str, codec: str, suffix: str) -> None:
    path = film(tmp_path / f"source{source}", clips.numbered(14), Kind(subtitles=(codec,)))
    remade(path, tmp_path / f"out{suffix}")
    found = packets(tmp_path / f"out{suffix}", "subtitles")
    assert [raw.removeprefix(b"\0\x06").decode() for _, raw in found if len(raw) > 2] == ["line 0"]


def test_words_of_subtitles_come_without_their_looks() -> None:
    assert words_of(b"<i>Hello</i>\r\nyou", "subrip") == "Hello\nyou"
    assert words_of(b"0,0,Default,,0,0,0,,{\\b1}Hello,\\Nyou", "ass") == "Hello,\nyou"
    assert words_of(b"\0\x05Hello\0\0\0\x0cstyl", "mov_text") == "Hello"
    assert not words_of(b"\0\0", "mov_text")


def test_without_audio_none_is_there(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", clips.numbered(14), Kind(sounds=("aac",)))
    assert remade(source, tmp_path / "out.mp4", FilmOptions(audio=False)).film.audio == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("start", [0, 12_800])
def test_a_part_begins_where_the_film_began_with_its_own_sound(tmp_path: Path, suffix: str, start: int) -> None:
    kind = Kind(
        tick=Fraction(1, 12_800), times=tuple(start + 512 * number for number in range(50)),
        sounds=("mp3",), chapters=2,
    )  # fmt: skip
    source = film(tmp_path / "source.mkv", clips.numbered(50), kind)
    made = remade(source, tmp_path / f"out{suffix}", FilmOptions(trim="0.4-1.2"), first=10, last=30)
    assert times(made.film) == [Fraction(start, 12_800) + Fraction(number, 25) for number in range(20)]
    was, now = packets(source, "audio"), packets(tmp_path / f"out{suffix}", "audio")
    begin = Fraction(start, 12_800) + Fraction(10, 25)
    wanted = [
        (time - Fraction(10, 25), raw)
        for time, raw in was
        if begin <= time + Fraction(12, 1000) < begin + Fraction(20, 25)
    ]
    assert [raw for _, raw in now] == [raw for _, raw in wanted] and 20 < len(now) < 36
    assert max(abs(one - other) for (one, _), (other, _) in list(zip(now, wanted, strict=True))[1:]) <= Fraction(1, 900)
    assert 0 <= now[0][0] - wanted[0][0] < Fraction(12, 1000)


@pytest.mark.parametrize("trim", ["", "0.4-1.2"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_film_at_another_rate_keeps_its_sound_in_step(tmp_path: Path, suffix: str, trim: str) -> None:
    """Its frames are counted from its first one, which comes a second after the sound."""
    kind = Kind(tick=Fraction(1, 12_800), times=tuple(12_800 + 512 * number for number in range(50)), sounds=("mp3",))
    source = film(tmp_path / "source.mkv", clips.numbered(50), kind)
    options = FilmOptions(fps=10, trim=trim)
    first, last = (4, 12) if trim else (0, 20)
    clip = replace(probe(source), time_base=Fraction(1, 10), rate=Fraction(10))
    told = settled(clip, options, tmp_path / f"out{suffix}")
    writer = Writer(tmp_path / "one.mkv", clip, told)
    for number, frame in enumerate(list(frames(probe(source)))[:last]):
        frame.pts = number
        if number >= first:
            writer.write(frame)
    writer.close()
    join([tmp_path / "one.mkv"], clip, told, told.output, options, films.marks(""))
    assert times(probe(told.output)) == [1 + Fraction(number, 10) for number in range(last - first)]
    was, now = packets(source, "audio"), packets(told.output, "audio")
    skipped = len(was) - len(now) if not trim else sum(time + Fraction(12, 1000) < Fraction(14, 10) for time, _ in was)
    pairs = list(zip(was[skipped:], now, strict=False))
    assert all(one[1] == other[1] for one, other in pairs) and len(pairs) == len(now) > 15
    steps = [one[0] - other[0] for one, other in pairs[1:]]
    assert max(abs(step - Fraction(first, 10)) for step in steps) <= Fraction(1, 900)


def test_what_hdr_says_of_its_screen_is_kept(tmp_path: Path) -> None:
    said = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    kind = Kind(
        codec="libx265", pixel_format="yuv420p10le", matrix=9, primaries=9, transfer=16,
        options={"x265-params": f"log-level=none:{said}"},
    )  # fmt: skip
    made = remade(film(tmp_path / "source.mp4", clips.charts(14), kind), tmp_path / "out.mp4")
    sides: list[Any] = [next(iter(frames(clip))).side_data for clip in (made.source, made.film)]
    for name in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"):
        assert bytes(sides[0][name]) == bytes(sides[1][name])


@pytest.mark.parametrize(
    ("transfer", "encoder", "suffix"),
    [(16, "auto", ".mp4"), (18, "auto", ".mkv"), (16, "auto", ".webm"), (18, "ffv1", ".mkv"), (16, "libx264", ".mov")],
)
def test_hdr_keeps_its_depth_and_its_tags(tmp_path: Path, transfer: int, encoder: str, suffix: str) -> None:
    kind = Kind(codec="ffv1", pixel_format="yuv420p10le", matrix=9, primaries=9, transfer=transfer)
    made = remade(
        film(tmp_path / "source.mkv", clips.charts(14), kind), tmp_path / f"out{suffix}", FilmOptions(encoder=encoder)
    )
    assert (made.film.depth, made.film.pixel_format) == (10, "yuv420p10le")
    colour = made.film.colour
    assert (colour.matrix, colour.primaries, colour.transfer, colour.full) == (9, 9, transfer, False)


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_colours_are_said_as_they_were(tmp_path: Path, matrix: int, full: bool, suffix: str) -> None:
    kind = Kind(matrix=matrix, primaries=1, transfer=6, full=full)
    made = remade(film(tmp_path / "source.mkv", clips.charts(10), kind), tmp_path / f"out{suffix}")
    assert made.film.colour == made.source.colour


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(("suffix", "encoder"), [(".mp4", "libx264"), (".mkv", "libx264"), (".mkv", "ffv1")])
def test_fields_stay_fields(tmp_path: Path, order: str, suffix: str, encoder: str) -> None:
    source = film(tmp_path / "source.mp4", clips.charts(14), Kind(interlaced=order))
    made = remade(source, tmp_path / f"out{suffix}", FilmOptions(encoder=encoder))
    known = hasattr(av.video.codeccontext.VideoCodecContext, "field_order")
    assert made.source.field_order == made.film.field_order == (order if known else "tff")


def test_alpha_goes_through_segments(tmp_path: Path) -> None:
    pictures = [np.dstack([picture, np.full((120, 160), 90, np.uint8)]) for picture in clips.charts(14)]
    source = film(tmp_path / "source.mkv", pictures, Kind(codec="ffv1", pixel_format="yuva420p"))
    made = remade(source, tmp_path / "out.webm")
    assert made.source.alpha and made.film.alpha
    alpha = clips.planes_in(next(iter(frames(made.film))))[3]
    assert abs(float(alpha.mean()) - 90) < 3


def test_sizes_that_grow_are_said(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mkv", clips.charts(10, 161, 121), Kind(codec="ffv1"))
    made = remade(source, tmp_path / "out.mp4")
    assert (made.film.width, made.film.height) == (162, 122)
    assert made.notes[-1] == "libx264 takes even sizes alone: 161x121 became 162x122 by repeating the last pixels"
    assert not remade(source, tmp_path / "out.mkv", FilmOptions(encoder="ffv1")).notes


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi"])
def test_films_of_a_frame_or_two(tmp_path: Path, suffix: str, count: int) -> None:
    made = remade(film(tmp_path / "source.mp4", clips.numbered(count)), tmp_path / f"out{suffix}")
    assert len(times(made.film)) == count


def test_a_source_that_breaks_off_gives_the_sound_that_it_has(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mkv", clips.numbered(60), Kind(sounds=("aac",)))
    made = remade(clips.truncated(source, 0.7), tmp_path / "out.mp4")
    assert made.film.audio == ("aac",) and len(times(made.film)) == len(times(made.source)) < 60


def test_the_film_is_marked_and_the_target_replaced_at_the_end_only(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"what was there")
    source = film(tmp_path / "source.mp4", clips.numbered(14))
    remade(source, output)
    assert verdict(verify(output)) == SPEAKS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "source.mp4"]


def test_what_fails_leaves_the_target_and_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"what was there")
    clip = probe(film(tmp_path / "source.mp4", clips.numbered(4)))
    (tmp_path / "broken.mkv").write_bytes(b"no segment")
    told = settled(clip, FilmOptions(), output)
    with pytest.raises(FilmError, match=r"The segment broken\.mkv cannot be read again"):
        join([tmp_path / "broken.mkv"], clip, told, output, FilmOptions(), films.marks(""))
    with pytest.raises(FilmError, match="no frame to write"):
        join([], clip, told, output, FilmOptions(), films.marks(""))
    assert output.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mkv", "out.mp4", "source.mp4"]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    source = film(tmp_path / "source.mp4", clips.numbered(14))
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(FilmError, match=r"out\.mp4 cannot be written"):
        remade(source, tmp_path / "out.mp4")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mkv", ".mkv", ".mkv", ".mp4", ".mp4"]


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    clip = probe(film(tmp_path / "source.mp4", clips.charts(4)))
    (tmp_path / "full.mkv").symlink_to("/dev/full")
    writer = Writer(tmp_path / "full.mkv", clip, settled(clip, FilmOptions(), tmp_path / "out.mp4"))
    with pytest.raises(FilmError, match=r"the disk is full; free some space, or write to another disk\.$"):
        every(writer, clip)
    writer.abandon()
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]


def test_cover_pictures_are_left_out_and_said(tmp_path: Path) -> None:
    plain = film(tmp_path / "plain.mkv", clips.numbered(14))
    with av.open(plain) as own, av.open(tmp_path / "source.mp4", "w") as container:
        stream = container.add_stream_from_template(own.streams.video[0])
        cover = container.add_stream("png", width=160, height=120, pix_fmt="rgb24")
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame(160, 120, "rgb24")))
        for packet in own.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    made = remade(tmp_path / "source.mp4", tmp_path / "out.mp4")
    assert "the cover picture is left out, for it may show a face as it was" in made.notes
    with av.open(tmp_path / "out.mp4") as container:
        assert len(container.streams) == 1


def test_letters_of_a_path_mean_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a: %d [b] 'c' ü"
    folder.mkdir()
    source = film(tmp_path / "source.mp4", clips.numbered(14))
    moved = source.rename(folder / "http: 100 %03d.mp4")
    assert len(times(remade(moved, folder / "out: %d.mp4").film)) == 14
