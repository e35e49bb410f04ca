"""Reading pictures: files, data URIs, PIL pictures and arrays."""

from __future__ import annotations

import base64
import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from ..errors import PictureError, TooLarge
from ..types import PictureLike, Samples
from .modes import samples_of
from .picture import Picture, as_rgb
from .sidecar import metadata_of

MAX_PIXELS = 300_000_000
"""Larger pictures are refused from their header: a 300-megapixel one needs about 4 GB while it is decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
_ANIMATIONS = ("PNG", "WEBP", "GIF", "AVIF")

_DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError),
    *(AssertionError, RuntimeError, struct.error, zlib.error, cv2.error, Pillow.DecompressionBombError),
    Warning,
)
"""What Pillow's decoders raise on damaged bytes, `Warning` where the caller has made warnings errors."""


def read(source: PictureLike, *, most: int = MAX_PIXELS) -> Picture:
    """The picture, upright, with everything that `write` can keep.

    Colours are left as they are in their profile (Display P3 stays Display P3), but CMYK and Lab become sRGB. Of an
    animation or a document the first picture is read. Raises PictureError for whatever is no whole picture, and
    TooLarge, before anything is decoded, for one that has more than `most` pixels.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, most)
    if isinstance(source, Pillow.Image):
        name = Path(getattr(source, "filename", "")).stem or "picture"
        with damage_of("the picture"):
            return _from_pillow(source, name, "the picture", most=most)
    if isinstance(source, str) and source[:5].lower() == "data:":
        with damage_of("the data URI"):
            return _from_stream(io.BytesIO(_data_of(source)), "picture", "the data URI", most)
    if isinstance(source, (str, os.PathLike)):
        return _from_file(os.fspath(source), most)
    raise PictureError(f"A picture is a path, a data URI, a PIL image or an array, not {type(source).__name__}.")


def _from_array(array: Any, most: int) -> Picture:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype not in (np.uint8, np.uint16) or array.ndim not in (2, 3) or channels not in (1, 3, 4):
        shape = "x".join(map(str, array.shape))
        raise PictureError(f"A picture array is uint8 or uint16, HxW, HxWx3 or HxWx4, not {array.dtype} {shape}.")
    height, width = array.shape[:2]
    check_size(width, height, "the array", most)
    if array.ndim == 2 or channels == 1:
        pixels, alpha = array.reshape(height, width), None
    else:
        pixels, alpha = array[..., :3], array[..., 3] if channels == 4 else None
    pixels = np.ascontiguousarray(pixels)
    return Picture(rgb=as_rgb(pixels), pixels=pixels, alpha=alpha)


def _from_file(path: str, most: int) -> Picture:
    label = path if len(path) <= 300 else f"{path[:40]}..."
    file = Path(path)
    try:
        if file.is_dir():
            raise PictureError(f"{label} is a folder; name a picture in it.")
        if file.exists() and not file.is_file():
            raise PictureError(f"{label} is no ordinary file; name a picture file.")
        stream = file.open("rb")
    except FileNotFoundError:
        raise PictureError(f"{label} does not exist; check the path.") from None
    except (OSError, ValueError) as error:
        raise PictureError(f"{label} cannot be opened ({getattr(error, 'strerror', None) or error}).") from error
    with stream, damage_of(label):
        return replace(_from_stream(stream, file.stem or "picture", label, most), path=path)


def _data_of(uri: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise PictureError("The data URI is no picture; it begins with data:image/png;base64, for example.")
    return base64.b64decode(body)


@contextmanager
def damage_of(label: str) -> Iterator[None]:
    """Turns what Pillow raises on damaged bytes into PictureError."""
    try:
        yield
    except MemoryError as error:
        raise PictureError(f"{label} needs more memory than there is; make it smaller.") from error
    except _DAMAGED as error:
        raise PictureError(
            f"{label} is damaged, cut short or of a rare kind; get a whole copy of it, or save it again as PNG."
        ) from error


def _from_stream(stream: IO[bytes], name: str, label: str, most: int) -> Picture:
    prefix = stream.read(16)
    if not prefix:
        raise PictureError(f"{label} is empty.")
    picture = opened(stream, prefix)
    if picture is None:
        raise PictureError(f"{label} is no picture that can be read; use {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    return _from_pillow(picture, name, label, stream, most=most)


def opened(stream: IO[bytes], prefix: bytes) -> Pillow.Image | None:
    """What `PIL.Image.open` does, for our formats only and without its own limit, which warns about panoramas."""
    Pillow.init()
    for name in FORMATS:
        factory, accept = Pillow.OPEN.get(name, (None, None))
        if factory and accept and accept(prefix) is True:
            stream.seek(0)
            try:
                return factory(stream, "")
            except UnidentifiedImageError:
                return None
    return None


def _from_pillow(
    picture: Pillow.Image, name: str, label: str, stream: IO[bytes] | None = None, *, most: int
) -> Picture:
    """Decode `picture`; from its own `stream` where that holds more bits than Pillow keeps."""
    check_size(*picture.size, label, most)
    mode, frames = picture.mode, getattr(picture, "n_frames", 1)
    stored = str(getattr(picture, "tile", ""))
    deep = ";16" in stored
    if picture.format == "TIFF":
        # Pillow 9.5 forgets the file of several pages while it loads the first one.
        picture.getexif()
    picture.load()
    pixels, alpha, profiled = samples_of(picture, deep)
    if "LA;16" in stored and pixels.ndim == 3:
        # Pillow has no grey with alpha in 16 bits and reads it as RGBA.
        pixels = np.ascontiguousarray(pixels[..., 0])
    notes = _notes(picture, frames, label)
    if deep and pixels.dtype == np.uint8:
        found = _decoded_deep(stream, pixels, alpha) if stream else None
        if found:
            pixels, alpha = found
        else:
            notes.append(f"{label} is read with 8 of its 16 bits.")
    metadata, turn = metadata_of(picture, profiled, stream)
    if metadata.manifest:
        notes.append(
            f"The content credentials (C2PA) of {label} hold for that file only; what is written keeps their SHA-256."
        )
    pixels = turned(pixels, turn)
    return Picture(
        rgb=as_rgb(pixels),
        pixels=pixels,
        alpha=None if alpha is None else turned(alpha, turn),
        mode=mode,
        format=picture.format or "",
        metadata=metadata,
        name=name,
        notes=tuple(notes),
    )


def _notes(picture: Pillow.Image, frames: int, label: str) -> list[str]:
    notes = []
    if frames > 1 and picture.format in _ANIMATIONS:
        notes.append(f"The animation {label} has {frames} frames; the first one is used.")
    if frames > 1 and picture.format == "TIFF":
        notes.append(f"{label} has {frames} pages; the first one is used.")
    return notes


def check_size(width: int, height: int, label: str, most: int) -> None:
    """Raises PictureError for no pixels, and TooLarge for more than `most`."""
    if not width or not height:
        raise PictureError(f"{label} has no pixels.")
    if width * height > most:
        raise TooLarge(
            f"{label} has {width}x{height} pixels, the limit is {most / 10**6:.3g} megapixels; make it smaller."
        )


def _decoded_deep(stream: IO[bytes], pixels: Samples, alpha: Samples | None) -> tuple[Samples, Samples | None] | None:
    """The 16-bit samples by OpenCV, if their high bytes are what Pillow read; it may know the file better, or worse."""
    stream.seek(0)
    deep: Any = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16:
        return None
    colour = deep if deep.ndim == 2 else deep[..., 2::-1] if pixels.ndim == 3 else deep[..., 0]
    colour = np.ascontiguousarray(colour, np.uint16)
    cover = None if alpha is None or deep.ndim == 2 else np.ascontiguousarray(deep[..., -1], np.uint16)
    same = _high_bytes_are(colour, pixels) and (
        cover is None if alpha is None else cover is not None and _high_bytes_are(cover, alpha)
    )
    return (colour, cover) if same else None


def _high_bytes_are(deep: Samples, shallow: Samples) -> bool:
    return deep.shape == shallow.shape and np.array_equal(deep >> 8, shallow)


def turned(pixels: Samples, turn: int) -> Samples:
    """`pixels` as they are to be seen: EXIF orientation `turn`, 1..8."""
    if turn >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if turn in (3, 4, 7, 8) else 1
    columns = -1 if turn in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(pixels[::rows, ::columns])
