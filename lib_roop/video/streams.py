"""The film in an open file: which of its streams it is, and what decodes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias, cast

import av
import av.buffer
import av.container
import av.error
import av.stream
import av.video.codeccontext
import av.video.stream
import numpy as np

from ..errors import FilmError

WITH_ALPHA = {"vp9": "libvpx-vp9", "vp8": "libvpx"}
"""Which decoder sees the alpha that ffmpeg's own passes over."""
ENDING = {"matroska", "nut", "flv"}
"""Containers whose length is counted from time 0 on."""
BROKEN = (av.error.InvalidDataError, av.error.UnknownError, av.error.PatchWelcomeError)
"""What a decoder says of a damaged packet; the next one may be well."""
Decoder: TypeAlias = av.video.codeccontext.VideoCodecContext


def decoder(stream: av.video.stream.VideoStream) -> Decoder:
    """What decodes a film's packets, alpha included, on all cores. Raises FilmError when nothing here can."""
    codec = codec_of(stream)
    if not codec:
        name = name_of(stream.container)
        raise FilmError(f"{name} has a picture that nothing here can decode; convert it to H.264.", field="target")
    seer = WITH_ALPHA.get(codec, "")
    alpha = "1" in (stream.metadata.get("alpha_mode"), stream.metadata.get("ALPHA_MODE"))
    if alpha and seer in av.codecs_available:
        context = cast(Decoder, av.CodecContext.create(seer, "r"))
    else:
        context = stream.codec_context
    context.thread_type = "AUTO"
    return context


def first_frame(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> av.VideoFrame:
    """Raises FilmError when no frame can be decoded."""
    context, name = decoder(stream), name_of(container)
    try:
        for packet in container.demux(stream):
            try:
                for frame in context.decode(packet):
                    return frame
            except BROKEN:
                continue
    except av.error.FFmpegError as error:
        raise FilmError(
            f"{name} breaks off before its first frame ({error.strerror}); copy or record it again.", field="target"
        ) from error
    raise FilmError(
        f"{name} has no frame that can be decoded ({codec_of(stream)}); copy or record it again.", field="target"
    )


def codec_of(stream: av.stream.Stream) -> str:
    """ffmpeg's name of what the stream is coded in; "" where it has no decoder for it."""
    context = cast("Decoder | None", stream.codec_context)
    return "" if context is None else context.codec.canonical_name


def name_of(container: av.container.Container) -> str:
    """The file's name, without its folder."""
    return Path(container.name.removeprefix("file:")).name


def duration_of(container: av.container.InputContainer, stream: av.video.stream.VideoStream, start: float) -> float:
    """Seconds from the first frame, at `start`, to the last one's end; 0 where the file does not say it."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    tag = stream.metadata.get("DURATION", "")
    hours, minutes, seconds = tag.split(":") if tag.count(":") == 2 else ("", "", "")
    try:
        length = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        length = max(container.duration or 0, 0) / 1_000_000
    # These give the time at which the film ends.
    ends = not ENDING.isdisjoint(container.format.name.split(","))
    return length - start if ends and 0 < start < length else length


def display_of(frame: av.VideoFrame) -> tuple[int, ...] | None:
    found = cast("Mapping[str, av.buffer.Buffer]", frame.side_data).get("DISPLAYMATRIX")
    return tuple(np.frombuffer(memoryview(found), np.int32).tolist()) if found is not None else None


def rotation_of(display: tuple[int, ...] | None) -> tuple[int, list[str]]:
    """Whole quarter turns clockwise, and what a display matrix asks for beyond them."""
    if display is None:
        return 0, []
    a, b, _, c, d = display[:5]
    angle = math.degrees(math.atan2(b, a))
    rotation = round(angle / 90) * 90 % 360
    notes = []
    if abs((angle - rotation + 180) % 360 - 180) > 1:
        notes.append(f"the film is to be shown turned by {angle:.0f} degrees; faces are looked for at {rotation}")
    if a * d - b * c < 0:
        notes.append("the film is to be shown mirrored; faces are looked for unmirrored")
    return rotation, notes


def fields_of(stream: av.video.stream.VideoStream, frame: av.VideoFrame) -> tuple[str, list[str]]:
    """Which field comes first, by what is displayed first, and a sentence on it."""
    # PyAV 17 does not tell; nearly all that is interlaced shows its upper lines first.
    order = {2: "tff", 3: "bff", 4: "bff", 5: "tff"}.get(getattr(stream.codec_context, "field_order", 0), "")
    if not order and frame.interlaced_frame:
        order = "tff"
    return order, ["the film is interlaced: faces that move fast have combs, and what is painted has none"] * bool(
        order
    )
