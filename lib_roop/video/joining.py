"""Segments and all else that the source has, put into one file: whole, checked and marked, or not at all."""

from __future__ import annotations

import heapq
import math
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.packet
import numpy as np
from numpy.typing import NDArray

from ..errors import FilmError
from ..options.film import FilmOptions
from ..provenance import films
from . import segments as parts
from .carrying import Cargo, Cut, kept
from .clip import Clip, opened, picture_stream
from .segments import Segment
from .settling import Encoding
from .stretching import ROOM, stretched
from .wording import worded

PADDING = 3
"""So many columns or rows are added at most."""
MOST_TICKS, FINE = 1 << 31, 1 << 20
"""A second: MP4 has 32 bits for them; and so many are fine enough for sound."""


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The film's times. shown: in order, in its time base. delay: so many frames are decoded before one is shown.

    lead: so long before each other they are decoded, until one is shown. step: what the last frame lasts.
    """

    shown: NDArray[np.int64]
    delay: int
    lead: int
    step: int

    def decoded(self, place: int) -> int:
        """When the packet at that place is decoded: strictly rising, never after it is shown."""
        late = self.delay - place
        return self.first - late * self.lead if late > 0 else int(self.shown[place - self.delay])

    def lasts(self, place: int) -> int:
        """How long the frame is shown that is the `place`th."""
        return int(self.shown[place + 1] - self.shown[place]) if place + 1 < len(self.shown) else self.step

    @property
    def first(self) -> int:
        return int(self.shown[0])

    @property
    def last(self) -> int:
        return int(self.shown[-1])


@dataclass(frozen=True, slots=True)
class _Clock:
    """The frames' times in the new file. base: their unit, of which a tick has `ticks`; moved: the beginning."""

    base: Fraction
    ticks: int
    moved: int


def join(  # noqa: PLR0913, PLR0917 - each of them is another part of the film
    segments: Sequence[Path],
    clip: Clip,
    encoding: Encoding,
    output: Path,
    options: FilmOptions,
    marks: Mapping[str, str],
) -> tuple[str, ...]:
    """Write the film: the segments' frames, and the sound, subtitles, chapters and metadata of `clip`'s file.

    Its frames keep their times, but those of a part (`options.trim`) begin where the whole film began. marks: of
    `provenance.films`. What is at `output` is replaced at the end only. Returns notes. Raises FilmError.
    """
    target = Path(os.path.realpath(output))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        notes = assembled(segments, encoding, beside, marks, cut=bool(options.trim))
        _synced(beside)
        beside.replace(target)
    except OSError as error:
        raise FilmError(
            f"{output} cannot be written ({error.strerror or error}); see to the place, or name another.",
            field="output",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return notes


def assembled(
    segments: Sequence[Path], encoding: Encoding, path: Path, marks: Mapping[str, str], *, cut: bool
) -> tuple[str, ...]:
    """Write the film to `path`, and check it. cut: what lies before and after the frames is left out of the sound."""
    pieces = [parts.read(segment) for segment in segments]
    if not sum(len(piece.times) for piece in pieces):
        raise FilmError(f"{encoding.clip.path.name} has no frame to write; choose another part.", field="target")
    order, pictures = _order(pieces, encoding), encoding.clip.reel
    with (
        worded(f"{encoding.output.name} cannot be written as {encoding.container.format}"),
        # Pictures have nothing that could go along, as has a segment.
        parts.reopened(segments[0]) if pictures else opened(encoding.clip.path) as source,
    ):
        packets = pictures.packets if pictures else films.packets(encoding.clip.path)
        tags = films.joined({} if pictures else source.metadata, marks, packets)
        origin = _origin(encoding, source)
        window = _cut(order, encoding, origin, source, whole=not cut)
        cargo = Cargo(source, encoding, window)
        clock = _clock(encoding, origin, window.shift)
        muxing = _muxing(encoding, source, clock)
        with av.open(f"file:{path}", "w", format=encoding.container.format, container_options=muxing) as container:
            container.metadata.update(tags)
            video = _video(container, source, pieces[0], encoding)
            cargo.load(container)
            video.time_base = clock.base
            frames = _frames(pieces, video, order, encoding, clock)
            for packet in heapq.merge(frames, cargo.packets(), key=_moment):
                container.mux(packet)
    if _shapeless(encoding):
        stretched(path, encoding.aspect)
    films.seal(path, packets, tags)
    size = _check(path, order, encoding, cargo)
    return (*cargo.notes, *_grown(size, encoding))


def _order(pieces: Sequence[Segment], encoding: Encoding) -> _Order:
    coded = np.concatenate([piece.times for piece in pieces])
    shown = np.unique(coded)
    if len(shown) < len(coded):
        raise FilmError("The film's parts do not follow each other; remove the folder with them and begin anew.")
    delay = int(max(np.arange(len(coded)) - np.searchsorted(shown, coded)))
    step = max(1, round(1 / (encoding.rate * encoding.time_base)))
    # The MP4 muxer takes the film's beginning from the packet that is decoded least before it is shown: the first one.
    early = [int(coded[number] - shown[0]) // number for number in range(1, min(delay + 1, len(coded)))]
    return _Order(shown, delay, max(1, min([step, *early])), step)


def _cut(
    order: _Order, encoding: Encoding, origin: Fraction, source: av.container.InputContainer, *, whole: bool
) -> Cut:
    """What of the source goes along, and by how much it is moved: a part to where the whole film began."""
    base = encoding.time_base
    first, last = origin + order.first * base, origin + (order.last + order.step) * base
    exact = encoding.container.exact
    if encoding.container.format == "avi":
        return Cut(first, None if whole else last, -first, floor=True)
    if whole:
        # Pictures cannot begin before zero. What an encoder of sound needs before its beginning may lie there in MP4,
        # and in Matroska, if it comes from there.
        early = exact or source.format.name.startswith("matroska")
        return Cut(None if early else min(first, Fraction(0)), None, max(first, Fraction(0)) - first, floor=not early)
    return Cut(first, last, max(_begin(source), Fraction(0)) - first, floor=not exact)


def _origin(encoding: Encoding, source: av.container.InputContainer) -> Fraction:
    """Where in the source the film's time is zero: frames that were given another rate are counted from its first."""
    retimed = encoding.time_base != picture_stream(source).time_base
    return _begin(source) if retimed else Fraction(0)


def _clock(encoding: Encoding, origin: Fraction, shift: Fraction) -> _Clock:
    """The unit of the frames' times in the new file is their own, or a finer one that has the origin too."""
    ticks = math.lcm(encoding.time_base.denominator, origin.denominator)
    base = encoding.time_base if not origin or ticks >= MOST_TICKS else Fraction(1, ticks)
    return _Clock(base, round(encoding.time_base / base), round((origin + shift) / base))


def _begin(source: av.container.InputContainer) -> Fraction:
    picture = picture_stream(source)
    return (picture.start_time or 0) * Fraction(picture.time_base or 1)


def _shapeless(encoding: Encoding) -> bool:
    """Whether the muxer leaves out the shape of the pixels."""
    return encoding.container.format in ("matroska", "webm") and encoding.aspect != 1


def _muxing(encoding: Encoding, source: av.container.InputContainer, clock: _Clock) -> dict[str, str]:
    """The muxer's options, so that it keeps every time and every name."""
    if _shapeless(encoding):
        # Checksums would not hold for what is written into the file afterwards.
        return {"write_crc32": "0"}
    if encoding.container.format not in ("mp4", "mov"):
        return {}
    ticks = clock.base.denominator
    # In this unit MP4 says when each track begins; too coarse a one would move the sound.
    tracks: list[Any] = list(source.streams.audio)
    rates = [track.sample_rate for track in tracks if track.codec_context is not None]
    common = math.lcm(ticks, *filter(None, rates))
    movie = common if common < MOST_TICKS else ticks * max(1, FINE // ticks)
    names = {"movflags": "+use_metadata_tags"} if set(source.metadata) - films.STANDARD else {}
    return {"video_track_timescale": str(ticks), "movie_timescale": str(movie), **names}


def _video(
    container: av.container.OutputContainer, source: av.container.InputContainer, piece: Segment, encoding: Encoding
) -> Any:
    """The film's stream, as the encoder made it, with all that its source's says besides."""
    described = picture_stream(source)
    with parts.reopened(piece.path) as own:
        template = own.streams.video[0]
        video: Any = container.add_stream_from_template(template, opaque=True)
        alpha = {name: text for name, text in template.metadata.items() if name.lower() == "alpha_mode"}
    parts.tag(video.codec_context, encoding)
    mp4 = encoding.container.format in ("mp4", "mov")
    if mp4 and video.codec_context.codec.canonical_name == "hevc":
        # Apple's players know no other name.
        video.codec_context.codec_tag = "hvc1"
    video.metadata.update(kept(described.metadata) | alpha)
    if _shapeless(encoding):
        video.metadata["title"] = video.metadata.get("title", "") + ROOM
    video.disposition = int(described.disposition)
    if encoding.clip.display and encoding.container.turns:
        video.set_display_matrix(encoding.clip.display)
    return video


def _frames(
    pieces: Sequence[Segment], video: Any, order: _Order, encoding: Encoding, clock: _Clock
) -> Iterator[av.packet.Packet[Any]]:
    """The packets of all segments, each with the time that it had."""
    even = encoding.container.format == "avi"
    slots = _slots(order, clock.base * clock.ticks * encoding.rate) if even else ()
    number = 0
    for piece in pieces:
        with parts.reopened(piece.path) as container:
            for packet in piece.packets(container):
                time = piece.first + (packet.pts or 0)
                place = int(np.searchsorted(order.shown, time))
                decoded, length = order.decoded(number), order.lasts(place)
                if number + 1 == len(order.shown) and encoding.container.exact:
                    # The muxer counts how long the film lasts in times of decoding.
                    length = max(1, order.last + order.step - order.first - (decoded - order.decoded(0)))
                packet.stream, packet.time_base = video, 1 / encoding.rate if even else clock.base
                packet.pts = slots[place] if even else time * clock.ticks + clock.moved
                packet.dts = slots[number] - order.delay if even else decoded * clock.ticks + clock.moved
                packet.duration = 1 if even else length * clock.ticks
                number += 1
                yield packet


def _slots(order: _Order, scale: Fraction) -> list[int]:
    """Which of even times each frame gets, strictly rising; `scale`: so many of them are a tick of the film's times."""
    slots: list[int] = []
    for shown in order.shown.tolist():
        slots.append(max(round((shown - order.first) * scale), slots[-1] + 1 if slots else 0))
    return slots


def _moment(packet: av.packet.Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base)


def _grown(size: tuple[int, int], encoding: Encoding) -> Iterator[str]:
    clip = encoding.clip
    was = clip.width, clip.height
    if size != was and all(0 <= now - before <= PADDING for now, before in zip(size, was, strict=True)):
        yield (
            f"{encoding.codec} takes even sizes alone: {clip.width}x{clip.height} became {size[0]}x{size[1]} by "
            "repeating the last pixels"
        )


def _check(path: Path, order: _Order, encoding: Encoding, cargo: Cargo) -> tuple[int, int]:
    """The picture's size. Raises FilmError when the file, opened again, is not what was to be written."""
    with worded(f"{encoding.output.name} was written, but cannot be read again"), parts.reopened(path) as container:
        video = container.streams.video[0]
        others = len(container.streams.audio) + len(container.streams.subtitles)
        times = [packet.pts for packet in container.demux(video) if packet.size and packet.pts is not None]
        base = video.time_base or encoding.time_base
        size = video.codec_context.width, video.codec_context.height
    wanted = (order.last - order.first) * encoding.time_base
    wrong = ""
    if len(times) != len(order.shown):
        wrong = f"it has {len(times)} frames instead of {len(order.shown)}"
    elif encoding.container.format != "avi" and abs((max(times) - min(times)) * base - wanted) > 1 / encoding.rate:
        wrong = f"it lasts {float((max(times) - min(times)) * base):.3f} s instead of {float(wanted):.3f} s"
    elif others < cargo.count:
        wrong = f"it has {others} tracks beside its picture instead of {cargo.count}"
    if wrong:
        raise FilmError(
            f"{encoding.output.name} was written, but {wrong}; write it as .mkv, or choose another encoder."
        )
    return size


def _synced(path: Path) -> None:
    """On the disk before it takes the other's place."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
