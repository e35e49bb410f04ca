"""Encoded frames in segments: each a file of its own, which begins with a key frame and is joined packet by packet.

A segment is a Matroska file whose millisecond stands for one tick of the film's own time base, counted from its first
frame: so every time is kept exactly, whatever its unit. The encoder itself counts frames, as if they came at an even
rate, so that the same frames give the same packets wherever they stand in the film.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import av.packet
import av.video.frame
import av.video.stream
import numpy as np
from numpy.typing import NDArray

from ..errors import FilmError
from . import colours
from .clip import Clip, reading
from .settling import Encoding
from .wording import worded

SUFFIX = ".mkv"
TICK = Fraction(1, 1000)
FIRST = "ROOP_FIRST"
"""The tag that holds the time of a segment's first frame, from which its packets count."""
BEHIND = 1 << 30
"""More than a segment has packets."""
FINEST = 1001
"""Denominators of frame rates; MPEG-4 has 16 bits for the numerator."""


class Writer:
    """Writes frames as one segment. Nothing is at `path` before the first frame."""

    def __init__(self, path: Path, clip: Clip, encoding: Encoding) -> None:
        self._path, self._clip, self._encoding = path, clip, encoding
        self._container: av.container.OutputContainer | None = None
        self._stream: Any = None
        self._rate = _planned(encoding.rate)
        self._times: list[int] = []
        self._count = 0
        self._doing = f"{encoding.codec} cannot encode {clip.path.name}"

    def write(self, frame: av.VideoFrame) -> None:
        """Add a frame, whose pts is in the encoding's time base and later than the one before. Raises FilmError."""
        time, base = frame.pts, frame.time_base
        assert time is not None, "every frame has its time"
        if self._times and time <= self._times[-1]:
            raise FilmError(f"Frame times of {self._clip.path.name} go back; convert it first.", field="target")
        fitting = self._fitting(frame)
        with worded(self._doing, listen=self._stream is None):
            if self._stream is None:
                self._open(fitting, time)
            fitting.pts, fitting.time_base = len(self._times), 1 / self._rate
            fitting.pict_type = av.video.frame.PictureType.NONE
            self._times.append(time)
            self._put(self._stream.encode(fitting))
        frame.pts = time
        if base:
            frame.time_base = base

    def close(self) -> None:
        """Finish the file; without a frame there is none. Raises FilmError."""
        if self._container is None:
            return
        with worded(self._doing, listen=False):
            try:
                self._put(self._stream.encode())
            finally:
                self._container.close()
                self._container = None

    def abandon(self) -> None:
        """Leave nothing behind, whatever went wrong."""
        container, self._container = self._container, None
        if container is not None:
            with suppress(av.error.FFmpegError, OSError):
                container.close()
        self._path.unlink(missing_ok=True)

    def _fitting(self, frame: av.VideoFrame) -> av.VideoFrame:
        if frame.format.name != self._encoding.pixel_format:
            frame = colours.converted(frame, self._encoding.pixel_format, self._clip)
        return padded(frame, self._encoding)

    def _open(self, frame: av.VideoFrame, first: int) -> None:
        encoding = self._encoding
        if encoding.codec == "libsvtav1":
            # It writes to the terminal whatever it is told, but by this.
            os.environ.setdefault("SVT_LOG", "1")
        # The path's protocol is named, so that no letter of the path is taken for one.
        self._container = av.open(f"file:{self._path}", "w", format=_format(encoding.codec))
        self._container.metadata[FIRST] = str(first)
        stream = self._container.add_stream(encoding.codec, rate=self._rate, options=dict(encoding.options))
        assert isinstance(stream, av.video.stream.VideoStream)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, encoding.pixel_format
        context = stream.codec_context
        context.time_base, context.thread_count = 1 / self._rate, encoding.threads
        tag(context, encoding)
        stream.time_base = TICK
        self._stream = stream

    def _put(self, packets: Sequence[av.packet.Packet[Any]]) -> None:
        assert self._container is not None, "it was opened with the first frame"
        for packet in packets:
            packet.time_base = TICK
            packet.pts = self._times[packet.pts or 0] - self._times[0]
            # Matroska stores no times of decoding, but wants them to rise and none to come after that of showing.
            packet.dts = self._count - BEHIND if self._container.format.name == "matroska" else packet.pts
            packet.duration = 0
            self._count += 1
            self._container.mux(packet)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A written segment. first: the time of its first frame. times: of its frames, in the order of its packets."""

    path: Path
    first: int
    times: NDArray[np.int64]

    def packets(self, container: av.container.InputContainer) -> Iterator[av.packet.Packet[Any]]:
        """Its packets, in the order of decoding."""
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield packet


def read(path: Path) -> Segment:
    """Raises FilmError when the file is no whole segment."""
    with worded(f"The segment {path.name} cannot be read again"), reopened(path) as container:
        first = int(container.metadata[FIRST])
        packets = container.demux(container.streams.video[0])
        found = (first + packet.pts for packet in packets if packet.size and packet.pts is not None)
        times = np.fromiter(found, np.int64)
    return Segment(path, first, times)


def reopened(path: Path) -> av.container.InputContainer:
    """A file of ours, opened to be read; a file that is no film raises the library's own errors."""
    return reading(path)


def tag(context: Any, encoding: Encoding) -> None:
    """What the stream says of its picture, for the encoder and for the container."""
    colour = encoding.colour
    context.colorspace, context.color_trc, context.color_primaries = colour.matrix, colour.transfer, colour.primaries
    context.color_range = 2 if colour.full else 1
    context.sample_aspect_ratio = encoding.aspect


def padded(frame: av.VideoFrame, encoding: Encoding) -> av.VideoFrame:
    """The frame with its last pixels repeated, where its size does not suit the encoder; else as it is."""
    across, down = room(frame, encoding)
    if not across and not down:
        return frame
    larger = av.VideoFrame(frame.width + across, frame.height + down, frame.format.name)
    parts = frame.format.components
    for number, (old, new) in enumerate(zip(frame.planes, larger.planes, strict=True)):
        step = sum((part.bits + 7) // 8 for part in parts if part.plane == number)
        pixels = np.frombuffer(memoryview(old), np.uint8).reshape(old.height, -1)[:, : old.width * step]
        more = ((0, new.height - old.height), (0, new.width - old.width), (0, 0))
        whole = np.pad(pixels.reshape(old.height, old.width, step), more, "edge")
        rows = np.frombuffer(memoryview(new), np.uint8).reshape(new.height, -1)
        rows[:, : new.width * step] = whole.reshape(new.height, -1)
    larger.pts, larger.time_base = frame.pts, frame.time_base
    larger.colorspace, larger.color_range = frame.colorspace, frame.color_range
    larger.color_trc, larger.color_primaries = frame.color_trc, frame.color_primaries
    return larger


def room(frame: av.VideoFrame, encoding: Encoding) -> tuple[int, int]:
    """How many columns and rows are added."""
    if encoding.family.odd:
        return 0, 0
    chroma = [part for part in frame.format.components if part.is_chroma]
    even = av.VideoFormat(frame.format.name, 16, 16).components[1] if chroma else None
    across = 16 // even.width if even else 1
    down = (16 // even.height if even else 1) * (2 if encoding.field_order else 1)
    return -frame.width % across, -frame.height % down


def _planned(rate: Fraction) -> Fraction:
    near = rate.limit_denominator(FINEST)
    return near if 0 < near.numerator < 1 << 16 else Fraction(max(round(rate), 1))


def _format(codec: str) -> str:
    """Matroska, or NUT for what it does not take, which has no frames out of order. Raises FilmError for neither."""
    for name in ("matroska", "nut"):
        with av.open(os.devnull, "w", format=name) as container:
            if codec in container.supported_codecs:
                return name
    raise FilmError(f"What {codec} makes cannot be kept in parts; choose libx264, libx265 or ffv1.", field="encoder")
