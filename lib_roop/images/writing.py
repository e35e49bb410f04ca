"""Writing pictures: in the format that the suffix names, whole or not at all. Only `provenance.save` writes."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from ..errors import PictureError
from ..files import write_whole
from ..types import Image, Samples
from .containers import deep_png, fits_jpeg, with_gif_xmp, with_jpeg_segments, with_png_chunks
from .exif import sized
from .picture import Picture, as_rgb
from .tiff import tiff

QUALITY = 95
PNG_LEVEL = 4
"""Of zlib: a photograph is written 2.7 times as fast as at its default of 6 and takes one part in a hundred more."""


def suffixes() -> tuple[str, ...]:
    """The suffixes that can be written here; .webp and .avif depend on how Pillow was built."""
    known = Pillow.registered_extensions()
    return tuple(suffix for suffix in _ENCODERS if known.get(suffix) in Pillow.SAVE)


def write(picture: Picture, path: str | os.PathLike[str], *, quality: int = QUALITY) -> Path:
    """Write `picture` to `path` and return it; what was there before is replaced, or stays when anything fails.

    Raises PictureError for a suffix that cannot be written, a missing or unwritable folder, a full disk.
    """
    path = Path(path)
    return put(path, encode(picture, path.suffix, quality))


def encode(picture: Picture, suffix: str, quality: int = QUALITY) -> bytes:
    """`picture` as the bytes of a file with that suffix; `quality` 0..100 is for JPEG, WebP and AVIF.

    Raises PictureError when the format is unknown or cannot hold a picture of that size.
    """
    suffix = known_suffix(suffix)
    exif = sized(picture.metadata.exif, *picture.rgb.shape[1::-1])
    picture = replace(picture, metadata=replace(picture.metadata, exif=exif))
    try:
        return _ENCODERS[suffix](picture, quality)
    except (OSError, ValueError, TypeError, RuntimeError, ArithmeticError, struct.error) as error:
        size = "x".join(map(str, picture.rgb.shape[1::-1]))
        raise PictureError(f"A picture of {size} cannot be written as {suffix} ({error}); use .png.") from error


def preview(rgb: Image) -> bytes:
    """A JPEG to look at a picture before anything is altered; what was altered is shown by `provenance`."""
    return _saved(_pillow(rgb), "JPEG", quality=QUALITY)


def losses(picture: Picture, suffix: str) -> tuple[str, ...]:
    """What a file with that suffix will not hold of `picture`, as sentences for the user. Raises as `encode` does."""
    suffix = known_suffix(suffix)
    metadata, found = picture.metadata, []
    if picture.alpha is not None and suffix in _OPAQUE:
        found.append(f"A {suffix} file has no transparency; what is transparent becomes white.")
    if suffix == ".gif":
        found.append("A .gif file has 256 colours; use .png to keep them all.")
    if picture.pixels.dtype == np.uint16 and suffix not in _DEEP:
        found.append(f"A {suffix} file has 8 bits a channel, not 16; use .png or .tif to keep them.")
    kept = {"exif", "icc", "xmp"} - _LOST.get(suffix, set())
    if suffix in (".jpg", ".jpeg"):
        kept -= {name for name, fits in zip(("exif", "xmp"), fits_jpeg(metadata), strict=True) if not fits}
    if suffix in (".webp", ".avif") and metadata.icc[16:20] == b"GRAY":
        kept.discard("icc")
    lost = [words for name, words in _WORDS.items() if getattr(metadata, name) and name not in kept]
    found += [f"{words} is not kept in this {suffix} file; use .png." for words in lost]
    if metadata.text and suffix != ".png":
        found.append(f"The text {', '.join(metadata.text)} is not kept in a {suffix} file; use .png.")
    return tuple(found)


def free_name(folder: str | os.PathLike[str], stem: str, suffix: str) -> Path:
    """`folder/stem.suffix`, or the first of stem_1, stem_2, ... that does not exist yet."""
    path, number = Path(folder, stem + suffix), 0
    while os.path.lexists(path):
        number += 1
        path = Path(folder, f"{stem}_{number}{suffix}")
    return path


def known_suffix(suffix: str) -> str:
    """`suffix` in small letters. Raises PictureError when no picture can be written so."""
    known = suffixes()
    if suffix.lower() == ".bmp":
        raise PictureError(f"A .bmp file cannot hold the mark that its picture was altered; use {', '.join(known)}.")
    if suffix.lower() not in known:
        named = suffix or "a file without suffix"
        raise PictureError(f"A picture cannot be written as {named}; use {', '.join(known)}.")
    return suffix.lower()


def put(path: Path, data: bytes, mode: int = 0o666) -> Path:
    """Write a whole file or none, and return its path; `mode` is the file's, less the umask. Raises PictureError."""
    try:
        write_whole(path, data, mode)
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written ({error.strerror or error}); choose a folder that exists, is yours and has room."
        ) from error
    return path


def _png(picture: Picture, quality: int) -> bytes:
    samples = _samples(picture)
    png = deep_png(samples) if samples.dtype == np.uint16 else _saved(_pillow(samples), "PNG", compress_level=PNG_LEVEL)
    return with_png_chunks(png, picture.metadata)


def _tiff(picture: Picture, quality: int) -> bytes:
    samples = _samples(picture)
    if samples.dtype == np.uint16 and samples.shape[2] == 2:
        # Few programs, Pillow not among them, read 16-bit grey with alpha from a TIFF.
        samples = samples[..., [0, 0, 0, 1]]
    return tiff(samples, picture.metadata)


def _jpeg(picture: Picture, quality: int) -> bytes:
    metadata = picture.metadata
    options = {"quality": quality, "subsampling": 0, "icc_profile": metadata.icc, **_density(picture)}
    return with_jpeg_segments(_saved(_pillow(_opaque(picture)), "JPEG", **options), metadata)


def _gif(picture: Picture, quality: int) -> bytes:
    shallow = _shallow(picture)
    image = _pillow(shallow if shallow.shape[2] != 2 else shallow[..., [0, 0, 0, 1]])
    return with_gif_xmp(_saved(image, "GIF"), picture.metadata.xmp)


def _webp(picture: Picture, quality: int) -> bytes:
    return _saved(_colour(picture), "WEBP", quality=quality, exact=True, **_packets(picture))


def _avif(picture: Picture, quality: int) -> bytes:
    return _saved(_colour(picture), "AVIF", quality=quality, subsampling="4:4:4", **_packets(picture))


def _packets(picture: Picture) -> dict[str, bytes]:
    metadata = picture.metadata
    # The pixels become RGB here, which a profile of grey does not describe.
    icc = b"" if metadata.icc[16:20] == b"GRAY" else metadata.icc
    return {"exif": metadata.exif, "icc_profile": icc, "xmp": metadata.xmp}


def _density(picture: Picture) -> dict[str, Any]:
    dpi = picture.metadata.dpi
    return {"dpi": tuple(round(dots) for dots in dpi)} if dpi else {}


def _saved(image: Pillow.Image, format: str, **options: Any) -> bytes:  # noqa: A002 - Pillow's word
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def _samples(picture: Picture) -> Samples:
    """HxWxC in the picture's depth, alpha last."""
    pixels = picture.pixels if picture.pixels.ndim == 3 else picture.pixels[..., None]
    return pixels if picture.alpha is None else np.dstack([pixels, picture.alpha])


def _shallow(picture: Picture) -> Image:
    """HxWxC uint8, alpha last."""
    rgb = picture.rgb if picture.pixels.ndim == 3 else picture.rgb[..., :1]
    return rgb if picture.alpha is None else np.dstack([rgb, as_rgb(picture.alpha)[..., 0]])


def _opaque(picture: Picture) -> Image:
    """HxWxC uint8 over white."""
    shallow = _shallow(picture)
    if picture.alpha is None:
        return shallow
    cover = shallow[..., -1:].astype(np.float32) / 255
    return np.rint(shallow[..., :-1] * cover + 255 * (1 - cover)).astype(np.uint8)


def _colour(picture: Picture) -> Pillow.Image:
    return _pillow(picture.rgb if picture.alpha is None else np.dstack([picture.rgb, _shallow(picture)[..., -1]]))


def _pillow(samples: Samples) -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(samples[..., 0] if samples.shape[2] == 1 else samples))


_ENCODERS: dict[str, Callable[[Picture, int], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
    ".gif": _gif,
    ".avif": _avif,
}
_OPAQUE = (".jpg", ".jpeg")
_DEEP = (".png", ".tif", ".tiff")
_LOST = {".gif": {"exif", "icc"}}
_WORDS = {"exif": "Camera data (EXIF)", "icc": "The colour profile", "xmp": "The XMP packet with the mark of origin"}
