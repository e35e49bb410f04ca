"""What a film has besides its picture: sound, subtitles, chapters and attachments, taken from file to file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import av
import av.container
import av.error
import av.packet
import av.stream

from .clip import picture_stream
from .settling import Encoding

AHEAD = 10
"""Seconds by which the tracks of a file may lie apart: so far behind the end of a part one reads on."""
SOUND_RATES = {"libopus": 48_000}
BITS = {"aac": 128_000, "libopus": 96_000, "libmp3lame": 128_000}
"""A second and channel, of sound that is encoded anew."""
MOST_CHANNELS = {"libmp3lame": 2}
_MACINTOSH = {
    "deu": "ger", "fra": "fre", "nld": "dut", "zho": "chi", "ces": "cze", "ell": "gre", "ron": "rum",
    "isl": "ice", "fas": "per", "eus": "baq", "mya": "bur", "hye": "arm", "kat": "geo", "mkd": "mac",
    "msa": "may", "sqi": "alb", "slk": "slo", "cym": "wel", "bod": "tib",
}  # fmt: skip
"""QuickTime knows languages by their older codes (ISO 639-2/B)."""
_STYLE = re.compile(r"<[^<>]*>|\{[^{}]*\}")
_STATISTICS = ("BPS", "DURATION", "NUMBER_OF_", "_STATISTICS_", "ENCODER")
"""What Matroska says of a track's bytes; they are other ones now."""


@dataclass(frozen=True, slots=True)
class Cut:
    """From when to when, in the source's seconds, and by how many what is kept is moved. None: from, to the end.

    floor: nothing may begin before zero.
    """

    begin: Fraction | None
    end: Fraction | None
    shift: Fraction
    floor: bool = False

    def holds(self, start: Fraction, length: Fraction) -> bool:
        """Whether the middle of something lies inside."""
        middle = start + length / 2
        return (self.begin is None or middle >= self.begin) and (self.end is None or middle < self.end)

    def moved(self, time: int, base: Fraction) -> int:
        """A time of the source's in the new file, in the same unit."""
        moved = time + round(self.shift / base)
        return max(moved, 0) if self.floor else moved


class Track(Protocol):
    """Takes one stream of the source's into one of the film's."""

    def taken(self, packet: av.packet.Packet[Any]) -> Iterable[av.packet.Packet[Any]]:
        """What is written for a packet of the source's; an empty one comes last."""
        ...


class Cargo:
    """All streams of `source` but its picture, as `encoding` says they go into the new file. notes: grow meanwhile."""

    def __init__(self, source: av.container.InputContainer, encoding: Encoding, cut: Cut) -> None:
        self._source, self._encoding, self._cut = source, encoding, cut
        self._tracks: dict[int, Track] = {}
        self._notes: list[str] = []
        self._used: set[int] = set()

    @property
    def count(self) -> int:
        """Tracks that have something in the new file."""
        return len(self._used)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def load(self, container: av.container.OutputContainer) -> None:
        """Add the streams to the new file, before its first packet."""
        encoding, source = self._encoding, self._source
        for number, (stream, encoder) in enumerate(zip(source.streams.audio, encoding.sounds, strict=False), 1):
            self._put(stream, f"sound track {number}", self._sound(container, stream, encoder))
        for number, (text, codec) in enumerate(zip(source.streams.subtitles, encoding.texts, strict=False), 1):
            if codec is not None:
                self._put(text, f"subtitles {number}", self._text(container, text, codec))
        if encoding.container.attachments:
            for attachment in source.streams.attachments:
                container.add_stream_from_template(attachment)
        elif source.streams.attachments:
            self._notes.append(f"{encoding.container.format} files hold no attachments; they are left out")
        self._chapters(container)
        self._left_out()

    def packets(self) -> Iterator[av.packet.Packet[Any]]:
        """All their packets, about in the order of time."""
        own = [stream for stream in self._source.streams if stream.index in self._tracks]
        if not own:
            return
        for stream in self._source.streams:
            if stream.index not in self._tracks:
                stream.discard = av.stream.Discard.all
        if self._cut.begin:
            self._source.seek(max(0, int((self._cut.begin - AHEAD) * 1_000_000)))
        try:
            for packet in self._source.demux(own):
                if self._behind(packet):
                    break
                if packet.size:
                    yield from self._taken(packet.stream.index, packet)
        except av.error.FFmpegError as error:
            self._notes.append(f"the sound ends where the file breaks off ({error.strerror})")
        for index in self._tracks:
            last: Any = av.Packet()
            last.stream = self._source.streams[index]
            yield from self._taken(index, last)

    def _taken(self, index: int, packet: av.packet.Packet[Any]) -> Iterator[av.packet.Packet[Any]]:
        for made in self._tracks[index].taken(packet):
            self._used.add(index)
            yield made

    def _behind(self, packet: av.packet.Packet[Any]) -> bool:
        time = packet.dts if packet.dts is not None else packet.pts
        if self._cut.end is None or time is None or not packet.time_base:
            return False
        return time * packet.time_base > self._cut.end + AHEAD

    def _put(self, stream: Any, name: str, track: Track | None) -> None:
        if track is None:
            self._notes.append(f"{name} is left out, for nothing here can read it")
            return
        self._tracks[stream.index] = track

    def _sound(self, container: av.container.OutputContainer, stream: Any, encoder: str) -> Track | None:
        if stream.codec_context is None or not stream.codec_context.sample_rate:
            return None
        if not encoder:
            return Copied(_described(container.add_stream_from_template(stream, opaque=True), stream), self._cut)
        return Recoded(_described(_sounding(container, stream, encoder), stream), self._cut)

    def _text(self, container: av.container.OutputContainer, stream: Any, codec: str) -> Track | None:
        if stream.codec_context is None:
            return None
        if not codec:
            return Copied(_described(container.add_stream_from_template(stream, opaque=True), stream), self._cut)
        return Reworded(
            _described(container.add_mux_stream(codec, time_base=Fraction(1, 1000)), stream), codec, self._cut
        )

    def _chapters(self, container: av.container.OutputContainer) -> None:
        chapters = [moved for each in self._source.chapters() if (moved := _moved(each, self._cut))]
        if chapters and self._encoding.container.format == "avi":
            self._notes.append("AVI holds no chapters; they are left out")
        elif chapters:
            container.set_chapters(chapters)  # type: ignore[arg-type]

    def _left_out(self) -> None:
        picture = picture_stream(self._source)
        others = [stream for stream in self._source.streams.video if stream.index != picture.index]
        covers = sum(bool(stream.disposition & av.stream.Disposition.attached_pic) for stream in others)
        if covers:
            self._notes.append("the cover picture is left out, for it may show a face as it was")
        if len(others) > covers:
            self._notes.append("the file's other pictures are left out, for they show the faces as they were")
        data = [stream for stream in self._source.streams.data if stream.name != "bin_data"]
        if data:
            self._notes.append(f"{len(data)} tracks of data (such as time codes or positions) are left out")


class Copied:
    """Packet for packet, no byte of them changed."""

    def __init__(self, stream: Any, cut: Cut) -> None:
        self._stream, self._cut = stream, cut
        self._last: Fraction | None = None
        self._step = Fraction(0)

    def taken(self, packet: av.packet.Packet[Any]) -> Iterator[av.packet.Packet[Any]]:
        if not packet.size:
            return
        base = packet.time_base
        dts = packet.dts if packet.dts is not None else packet.pts
        if dts is None or not base:
            return
        if not self._cut.holds((packet.pts if packet.pts is not None else dts) * base, (packet.duration or 0) * base):
            return
        if self._last is not None and dts * base <= self._last:
            return
        self._step = dts * base - self._last if self._last is not None else self._step
        self._last = dts * base
        # Matroska does not say how long the last packet is, which MP4 would then cut off.
        packet.duration = packet.duration or round(self._step / base)
        moved = self._cut.moved(dts, base) - dts
        packet.pts = (packet.pts if packet.pts is not None else dts) + moved
        packet.dts = dts + moved
        packet.stream = self._stream
        yield packet


class Recoded:
    """Sound that is decoded and encoded anew."""

    def __init__(self, stream: Any, cut: Cut) -> None:
        self._stream, self._cut = stream, cut

    def taken(self, packet: av.packet.Packet[Any]) -> Iterator[av.packet.Packet[Any]]:
        source: Any = packet.stream
        try:
            frames = source.codec_context.decode(packet if packet.size else None)
        except av.error.InvalidDataError:
            frames = []
        for frame in frames:
            base = frame.time_base
            if frame.pts is None or not self._cut.holds(frame.pts * base, Fraction(frame.samples, frame.sample_rate)):
                continue
            frame.pts = self._cut.moved(frame.pts, base)
            yield from self._stream.encode(frame)
        if not packet.size:
            yield from self._stream.encode(None)


class Reworded:
    """Subtitles that become another kind, their words alone."""

    def __init__(self, stream: Any, codec: str, cut: Cut) -> None:
        self._stream, self._codec, self._cut = stream, codec, cut

    def taken(self, packet: av.packet.Packet[Any]) -> Iterator[av.packet.Packet[Any]]:
        if not packet.size or packet.pts is None or not packet.time_base:
            return
        begin, length = packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base
        words = words_of(bytes(packet), packet.stream.codec_context.codec.canonical_name)
        if not words or not self._cut.holds(begin, length):
            return
        raw = words.encode()
        made: Any = av.Packet(len(raw).to_bytes(2, "big") + raw if self._codec == "mov_text" else raw)
        made.stream, made.time_base = self._stream, Fraction(1, 1000)
        made.pts = made.dts = round((begin + self._cut.shift) * 1000)
        made.duration, made.is_keyframe = round(length * 1000), True
        yield made


def words_of(raw: bytes, codec: str) -> str:
    """The words of a subtitle's packet, without how they look; lines parted by line breaks."""
    if codec == "mov_text":
        raw = raw[2 : 2 + int.from_bytes(raw[:2], "big")]
    text = raw.decode("utf-8", "replace")
    if codec in ("ass", "ssa"):
        # Behind ReadOrder, Layer, Style, Name, three margins and Effect.
        text = text.split(",", 8)[-1].replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    return _STYLE.sub("", text).replace("\r\n", "\n").strip()[:60_000]


def _described(made: Any, source: Any) -> Any:
    made.metadata.update(kept(source.metadata))
    language = source.metadata.get("language", "")
    if made.container.format.name == "mov" and language in _MACINTOSH:
        made.metadata["language"] = _MACINTOSH[language]
    made.disposition = int(source.disposition)
    return made


def kept(metadata: Mapping[str, str]) -> dict[str, str]:
    """A stream's metadata without what is counted anew."""
    return {name: text for name, text in metadata.items() if not name.upper().startswith(_STATISTICS)}


def _sounding(container: av.container.OutputContainer, stream: Any, encoder: str) -> Any:
    context = stream.codec_context
    channels = min(context.layout.nb_channels, MOST_CHANNELS.get(encoder, 6))
    layout = {1: "mono", 2: "stereo", 6: "5.1"}.get(channels, "stereo")
    rate = SOUND_RATES.get(encoder, min(context.sample_rate, 48_000))
    return container.add_stream(encoder, rate=rate, layout=layout, bit_rate=min(BITS[encoder] * channels, 512_000))


def _moved(chapter: Any, cut: Cut) -> dict[str, Any] | None:
    base = chapter["time_base"]
    start, end = chapter["start"] * base, chapter["end"] * base
    start = start if cut.begin is None else max(start, cut.begin)
    end = end if cut.end is None else min(end, cut.end)
    if end <= start:
        return None
    return {
        **chapter,
        "start": round((start + cut.shift) / base),
        "end": round((end + cut.shift) / base),
        "metadata": dict(chapter["metadata"]),
    }
