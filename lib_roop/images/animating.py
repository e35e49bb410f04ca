"""Writing animations: each frame is encoded as a still picture, and its bytes put into the animation's container.

So no more than two frames are in memory, whatever the number, and of each frame only what changed is stored.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from PIL import Image as Pillow

from ..errors import PictureError
from ..files import whole
from ..types import Image
from .containers import chunk, with_png_chunks
from .exif import sized
from .gif import Clock, Gif, box
from .packets import riff_chunks
from .picture import Metadata, Picture

SIDES = {".gif": 65535, ".png": 1_000_000, ".webp": 16383}
"""The suffixes of animations that can be written, and how wide and high they may be."""
LEVEL = 4
"""Of zlib."""
_ALPHA, _EXIF, _XMP, _ICC, _MOVES = 0x10, 0x08, 0x04, 0x20, 0x02
_BARE = 0x02
"""A WebP frame replaces what is below it, transparency included."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shape:
    """What an animation is to be beside its frames.

    size: width, height. plays: how often it is shown, 0 without end. clear: whether it is transparent somewhere.
    quality: 0..100 of a WebP's frames, None to store them without loss.
    """

    size: tuple[int, int]
    plays: int = 0
    clear: bool = False
    quality: float | None = None
    metadata: Metadata = field(default_factory=Metadata)


class Animator(Protocol):
    """Writes an animation's frames."""

    def add(self, picture: Picture, duration: Fraction, before: Image | None) -> None:
        """The next frame, shown for `duration` seconds. before: RGB that it was made of, None for none of this size."""
        ...

    def close(self) -> None:
        """Write what comes last."""
        ...


@contextmanager
def animated(path: Path, shape: Shape) -> Iterator[Animator]:
    """Writes an animation to `path` in the format of its suffix; it is there once the block ends without an error.

    Raises PictureError for another suffix, a size that the format does not have, and a place that cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SIDES:
        raise PictureError(f"An animation cannot be written as {suffix or 'a file without suffix'}; use .gif or .webp.")
    if max(shape.size) > SIDES[suffix]:
        width, height = shape.size
        raise PictureError(
            f"A {suffix} animation has at most {SIDES[suffix]} pixels a side, not {width}x{height}; use .png."
        )
    shape = replace(shape, metadata=replace(shape.metadata, exif=sized(shape.metadata.exif, *shape.size)))
    try:
        with whole(path) as file:
            animator = _WRITERS[suffix](file, shape)
            yield animator
            animator.close()
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written ({error.strerror or error}); choose a folder that exists, is yours and has room."
        ) from error


class _Png:
    """Animated PNG (PNG specification, third edition, sections 11.3.6 and 4.6)."""

    def __init__(self, file: IO[bytes], shape: Shape) -> None:
        self._file, self._shape, self._shown = file, shape, _Shown(1)
        header = struct.pack(">IIBBBBB", *shape.size, 8, 6 if shape.clear else 2, 0, 0, 0)
        file.write(with_png_chunks(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header), shape.metadata))
        self._place = file.tell()
        file.write(chunk(b"acTL", bytes(8)))
        self._count = self._written = 0

    def add(self, picture: Picture, duration: Fraction, before: Image | None) -> None:
        samples = _samples(picture, clear=self._shape.clear)
        x, y, part = self._shown.changed(samples)
        height, width = part.shape[:2]
        told = duration.limit_denominator(1000)
        if told.numerator > 65535:
            told = Fraction(min(round(duration), 65535))
        size = struct.pack(">IIIIHHBB", width, height, x, y, told.numerator, told.denominator, 0, 0)
        self._put(b"fcTL", size)
        for data in _pixels_of(_saved(part, "PNG", compress_level=LEVEL)):
            if self._count:
                self._put(b"fdAT", data)
            else:
                self._file.write(chunk(b"IDAT", data))
        self._count += 1

    def close(self) -> None:
        self._file.write(chunk(b"IEND", b""))
        self._file.seek(self._place)
        self._file.write(chunk(b"acTL", struct.pack(">II", self._count, self._shape.plays)))

    def _put(self, kind: bytes, data: bytes) -> None:
        self._file.write(chunk(kind, struct.pack(">I", self._written) + data))
        self._written += 1


class _Webp:
    """Animated WebP (RFC 9649)."""

    def __init__(self, file: IO[bytes], shape: Shape) -> None:
        self._file, self._shape, self._shown = file, shape, _Shown(2)
        self._clock = Clock(Fraction(1, 1000))
        metadata = shape.metadata
        told = {_ALPHA: shape.clear, _EXIF: metadata.exif, _XMP: metadata.xmp, _ICC: metadata.icc, _MOVES: True}
        flags = sum(flag for flag, there in told.items() if there)
        file.write(b"RIFF" + bytes(4) + b"WEBP")
        self._put(b"VP8X", struct.pack("<I", flags) + _three(shape.size[0] - 1, shape.size[1] - 1))
        if metadata.icc:
            self._put(b"ICCP", metadata.icc)
        self._put(b"ANIM", struct.pack("<IH", 0, min(shape.plays, 65535)))

    def add(self, picture: Picture, duration: Fraction, before: Image | None) -> None:
        x, y, part = self._shown.changed(_samples(picture, clear=self._shape.clear))
        height, width = part.shape[:2]
        quality = self._shape.quality
        how: dict[str, Any] = {"lossless": True, "quality": 50} if quality is None else {"quality": round(quality)}
        still = _saved(part, "WEBP", exact=True, **how)
        stored = [each for each in riff_chunks(still)[0] if each[0] in (b"ALPH", b"VP8 ", b"VP8L")]
        place = _three(x // 2, y // 2, width - 1, height - 1, min(self._clock.ticks(duration), 0xFFFFFF))
        self._put(b"ANMF", place + bytes([_BARE]) + b"".join(_riff(*each) for each in stored))

    def close(self) -> None:
        for kind, data in ((b"EXIF", self._shape.metadata.exif), (b"XMP ", self._shape.metadata.xmp)):
            if data:
                self._put(kind, data)
        length = self._file.tell()
        self._file.seek(4)
        self._file.write(struct.pack("<I", length - 8))

    def _put(self, kind: bytes, content: bytes) -> None:
        self._file.write(_riff(kind, content))


class _Shown:
    """What of a picture differs from the one before."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._before: Image | None = None

    def changed(self, samples: Image) -> tuple[int, int, Image]:
        """Column and row, multiples of `step`, of the smallest part that has all changes, and that part."""
        before, self._before = self._before, samples
        if before is None:
            return 0, 0, samples
        x0, y0, x1, y1 = box((samples != before).any(-1), self._step)
        return x0, y0, samples[y0:y1, x0:x1]


def _gif(file: IO[bytes], shape: Shape) -> Gif:
    return Gif(file, shape.size, shape.plays, shape.metadata.xmp)


def _samples(picture: Picture, *, clear: bool) -> Image:
    """HxWx3, with alpha HxWx4."""
    if not clear:
        return picture.rgb
    alpha = np.full(picture.rgb.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha
    if alpha.dtype == np.uint16:
        alpha = np.rint(alpha / 257).astype(np.uint8)
    return np.dstack([picture.rgb, alpha])


def _saved(samples: Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(samples)).save(stream, form, **options)
    return stream.getvalue()


def _pixels_of(png: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IDAT":
            yield png[at + 8 : at + 8 + length]
        at += 12 + length


def _riff(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) % 2)


def _three(*numbers: int) -> bytes:
    """Each as three bytes."""
    return b"".join(number.to_bytes(3, "little") for number in numbers)


_WRITERS: dict[str, Callable[[IO[bytes], Shape], Animator]] = {".gif": _gif, ".png": _Png, ".webp": _Webp}
