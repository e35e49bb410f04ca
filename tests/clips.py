"""Small films made at run time: their pictures, and every way in which files differ.

Without options the encoders keep every bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.video.stream
import cv2
import numpy as np
from numpy.typing import NDArray

from lib_roop.types import Image
from tests import yuv

LOSSLESS: Mapping[str, Mapping[str, str]] = {
    "libx264": {"qp": "0", "preset": "ultrafast"},
    "libx265": {"x265-params": "lossless=1:log-level=none", "preset": "ultrafast"},
    "libvpx-vp9": {"lossless": "1", "deadline": "realtime", "cpu-used": "8"},
}
SOUND_RATE = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a film is written. matrix, transfer, primaries: ffmpeg's numbers; rotation: clockwise, to make it upright.

    times: each frame's own, in `tick`s; without them frames follow each other at `rate`. tagged: whether the file says
    its colours. sounds: one track for each codec. subtitles: one track for each codec (subrip, mov_text).
    """

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    matrix: int = 1
    transfer: int = 1
    primaries: int = 1
    full: bool = False
    tagged: bool = True
    rate: Fraction = Fraction(25)
    tick: Fraction | None = None
    times: tuple[int, ...] | None = None
    rotation: int = 0
    aspect: Fraction | None = None
    interlaced: str = ""
    options: Mapping[str, str] | None = None
    muxing: Mapping[str, str] = field(default_factory=dict)
    sounds: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()
    chapters: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


PLAIN = Kind()


def film(path: Path, pictures: Sequence[Image], kind: Kind = PLAIN) -> Path:
    """A film of upright RGB pictures at `path`; its container is the suffix's."""
    with av.open(path, "w", options=dict(kind.muxing)) as container:
        container.metadata.update(kind.metadata)
        first = _coded(pictures[0], kind) if pictures else np.zeros((120, 160, 3), np.uint8)
        stream = _video(container, first, kind)
        sounds = [_sound(container, codec, number) for number, codec in enumerate(kind.sounds)]
        texts = [_text(container, codec, number) for number, codec in enumerate(kind.subtitles)]
        seconds = max(1, len(pictures)) / float(kind.rate)
        if kind.chapters:
            container.set_chapters(_chapters(kind.chapters, seconds))
        tick = kind.tick or 1 / kind.rate
        for number, picture in enumerate(pictures):
            frame = frame_of(_coded(picture, kind), kind)
            frame.pts = kind.times[number] if kind.times else number
            frame.time_base = tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        container.start_encoding()
        for number, (codec, text) in enumerate(zip(kind.subtitles, texts, strict=True)):
            _say(container, text, codec, f"line {number}", seconds)
        for number, sound in enumerate(sounds):
            _play(container, sound, tone(seconds, 440.0 * (number + 1)))
    return path


def frame_of(rgb: Image, kind: Kind = PLAIN) -> av.VideoFrame:
    """A frame of an RGB (or RGBA) picture in its coded orientation, by the formulas, chroma averaged."""
    frame = av.VideoFrame(rgb.shape[1], rgb.shape[0], kind.pixel_format)
    numbers = yuv.planes_of(rgb, kind.pixel_format, kind.matrix, full=kind.full)
    for plane, values in zip(frame.planes, numbers, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        raw = np.ascontiguousarray(values).view(np.uint8).reshape(plane.height, -1)
        rows[:, : raw.shape[1]] = raw
    if kind.tagged:
        frame.colorspace = kind.matrix
        frame.color_trc, frame.color_primaries = kind.transfer, kind.primaries
    if kind.tagged or kind.full:
        frame.color_range = 2 if kind.full else 1
    return frame


def planes_in(frame: av.VideoFrame) -> list[NDArray[Any]]:
    """Copies of a planar frame's planes, uint8 or uint16."""
    wide = frame.format.components[0].bits > 8
    dtype = np.dtype(np.uint8 if not wide else ">u2" if frame.format.is_big_endian else "<u2")
    found = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, abs(plane.line_size))
        found.append(np.ascontiguousarray(rows[:, : plane.width * dtype.itemsize]).view(dtype).copy())
    return found


def chart(width: int = 160, height: int = 120, phase: float = 0.0) -> Image:
    """A smooth coloured chart: each channel a slow wave of its own, between 40 and 215."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    turns = np.stack([x / width + phase, y / height - phase, (x / width + y / height) / 2 + 2 * phase], axis=-1)
    return cast(Image, np.rint(127.5 + 87.5 * np.sin(2 * np.pi * turns + (0.0, 2.0, 4.0))).astype(np.uint8))


def charts(count: int, width: int = 160, height: int = 120) -> list[Image]:
    """A chart that moves, no two frames the same."""
    return [chart(width, height, number / 40) for number in range(count)]


def numbered(count: int, width: int = 160, height: int = 120) -> list[Image]:
    """Grey frames of which each says its number in sixteen black and white fields; `number_of` reads it."""
    found = []
    for number in range(count):
        picture = np.full((height, width, 3), 128, np.uint8)
        for bit in range(16):
            x, y = bit % 8 * (width // 8), bit // 8 * (height // 2)
            picture[y : y + height // 2, x : x + width // 8] = 235 if number >> bit & 1 else 20
        found.append(picture)
    return found


def number_of(rgb: Image) -> int:
    """Which frame of `numbered` this is."""
    height, width = rgb.shape[:2]
    bits = [
        rgb[bit // 8 * (height // 2) + height // 4, bit % 8 * (width // 8) + width // 16].mean() > 128
        for bit in range(16)
    ]
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def astronaut() -> Image:
    """scikit-image's photograph: one frontal face, 512x512."""
    from skimage import data

    return cast(Image, np.asarray(data.astronaut()))


def hopper() -> Image:
    """matplotlib's photograph: one frontal face, 512x600."""
    from matplotlib import cbook
    from PIL import Image as Pillow

    with Pillow.open(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))) as picture:
        return cast(Image, np.asarray(picture.convert("RGB")))


def moving(
    count: int,
    width: int = 320,
    height: int = 240,
    faces: Sequence[Image] | None = None,
    cut: int | None = None,
) -> list[Image]:
    """Frames in which photographed faces wander, sway and grow over a chart; at frame `cut` another scene begins."""
    photos = [_portrait(face) for face in (faces if faces is not None else [astronaut()])]
    found = []
    for number in range(count):
        scene = 0 if cut is None or number < cut else 1
        picture = chart(width, height, 0.3 * scene)
        order = photos if not scene else photos[::-1]
        for place, photo in enumerate(order):
            _paste(picture, photo, number, (place + 0.5) / len(photos))
        found.append(picture)
    return found


def truncated(path: Path, share: float = 0.6) -> Path:
    """The same file cut off after a share of its bytes."""
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return path


def damaged(path: Path, share: float = 0.5, length: int = 300) -> Path:
    """The same file with noise over `length` bytes from a share of it on."""
    raw = bytearray(path.read_bytes())
    at = int(len(raw) * share)
    raw[at : at + length] = np.random.default_rng(1).integers(0, 256, length, dtype=np.uint8).tobytes()[: len(raw) - at]
    path.write_bytes(bytes(raw))
    return path


def tone(seconds: float, pitch: float = 440.0) -> NDArray[np.float32]:
    """A stereo sine of 48 kHz, (2, samples)."""
    time = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    wave = (0.25 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
    return np.stack([wave, -wave])


def sound_file(path: Path, codec: str = "aac", seconds: float = 1.0) -> Path:
    """A file that has sound and no picture."""
    with av.open(path, "w") as container:
        _play(container, _sound(container, codec, 0), tone(seconds))
    return path


def _coded(picture: Image, kind: Kind) -> Image:
    return np.ascontiguousarray(np.rot90(picture, kind.rotation // 90))


def _video(container: Any, first: Image, kind: Kind) -> av.video.stream.VideoStream:
    options = dict(LOSSLESS.get(kind.codec, {}) if kind.options is None else kind.options)
    if kind.interlaced:
        options["x264-params"] = f"{kind.interlaced}=1"
    stream = container.add_stream(kind.codec, rate=kind.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], kind.pixel_format
    context = stream.codec_context
    context.time_base = kind.tick or 1 / kind.rate
    context.thread_count = 1
    if kind.aspect:
        context.sample_aspect_ratio = kind.aspect
    if kind.tagged:
        context.colorspace, context.color_trc, context.color_primaries = kind.matrix, kind.transfer, kind.primaries
    if kind.tagged or kind.full:
        context.color_range = 2 if kind.full else 1
    if kind.rotation:
        stream.set_display_rotation(-kind.rotation)
    return cast(av.video.stream.VideoStream, stream)


def _sound(container: Any, codec: str, number: int) -> Any:
    stream = container.add_stream(codec, rate=SOUND_RATE, layout="stereo")
    stream.metadata["language"] = ("eng", "deu", "fra")[number % 3]
    return stream


def _play(container: Any, stream: Any, wave: NDArray[np.float32]) -> None:
    resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=SOUND_RATE)
    for begin in range(0, wave.shape[1], 1024):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave[:, begin : begin + 1024]), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, begin, Fraction(1, SOUND_RATE)
        for part in resampler.resample(frame):
            container.mux(stream.encode(part))
    container.mux(stream.encode())


def _text(container: Any, codec: str, number: int) -> Any:
    stream = container.add_mux_stream(codec)
    stream.metadata["language"] = ("eng", "deu", "fra")[number % 3]
    stream.time_base = Fraction(1, 1000)
    return stream


def _say(container: Any, stream: Any, codec: str, words: str, seconds: float) -> None:
    raw = words.encode()
    packet: Any = av.Packet(len(raw).to_bytes(2, "big") + raw if codec == "mov_text" else raw)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = 0
    packet.duration = int(seconds * 1000)
    packet.is_keyframe = True
    container.mux(packet)


def _chapters(count: int, seconds: float) -> list[Any]:
    step = int(seconds * 1000 / count)
    return [
        {
            "id": number,
            "start": number * step,
            "end": (number + 1) * step,
            "time_base": Fraction(1, 1000),
            "metadata": {"title": f"Chapter {number + 1}"},
        }
        for number in range(count)
    ]


def _portrait(photo: Image) -> Image:
    return photo[20:300, 100:370] if photo.shape[0] == 512 else photo[30:340, 110:400]


def _paste(picture: Image, photo: Image, number: int, across: float) -> None:
    height, width = picture.shape[:2]
    scale = 0.75 * height / photo.shape[0] * (1 + 0.08 * np.sin(number / 9))
    angle = 12 * np.sin(number / 7)
    turn = cv2.getRotationMatrix2D((photo.shape[1] / 2, photo.shape[0] / 2), angle, scale)
    turn[0, 2] += width * across + 0.06 * width * np.sin(number / 5) - photo.shape[1] / 2
    turn[1, 2] += height * 0.5 + 0.04 * height * np.cos(number / 6) - photo.shape[0] / 2
    mask = np.zeros(photo.shape[:2], np.float32)
    cv2.rectangle(mask, (8, 8), (photo.shape[1] - 9, photo.shape[0] - 9), 1.0, -1)
    soft = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), 4), turn, (width, height), flags=cv2.INTER_AREA)[..., None]
    warped = cv2.warpAffine(photo, turn, (width, height), flags=cv2.INTER_AREA)
    np.copyto(picture, np.rint(picture + (warped.astype(np.float32) - picture) * soft).astype(np.uint8))
