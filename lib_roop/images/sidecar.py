"""The metadata of a picture that Pillow has opened."""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Mapping
from typing import IO, Any

from PIL import Image as Pillow

from . import manifest
from .containers import gif_xmp
from .exif import DIRECTORIES, STRUCTURE, upright
from .picture import Metadata

_XMP = "XML:com.adobe.xmp"
_XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"


def metadata_of(picture: Pillow.Image, profiled: bool, stream: IO[bytes] | None) -> tuple[Metadata, int]:
    """What to keep, and the EXIF orientation still to be applied. profiled: the ICC profile fits the pixels kept."""
    if hasattr(picture, "tag_v2"):
        # Pillow turns a TIFF upright by itself when it is loaded.
        exif, turn = upright(_tiff_exif(picture))[0], 1
    else:
        exif, turn = upright(_bytes(picture.info.get("exif")))
    icc = _bytes(picture.info.get("icc_profile")) if profiled else b""
    texts: dict[Any, Any] = {**picture.info, **_late_text(picture)}
    text = {str(key): str(value) for key, value in texts.items() if isinstance(value, str)}
    for key in (_XMP, "xmp", "compression", "Raw profile type exif"):
        text.pop(key, None)
    xmp = _xmp(picture, stream)
    if turn != 1:
        xmp = re.sub(rb"(tiff:Orientation(?:=[\"']|>))[2-8]", rb"\g<1>1", xmp)
    dpi = _dpi(picture.info.get("dpi"))
    return Metadata(exif=exif, icc=icc, xmp=xmp, text=text, dpi=dpi, manifest=_manifest(picture, stream)), turn


def _manifest(picture: Pillow.Image, stream: IO[bytes] | None) -> str:
    """The SHA-256 of the C2PA manifest store, "" for none; of a PIL picture what Pillow shows: PNG, JPEG, TIFF."""
    if stream:
        store = manifest.manifest_of(stream)
    else:
        chunks: Any = getattr(picture, "private_chunks", ())
        segments: Any = getattr(picture, "applist", ())
        tags: Any = getattr(picture, "tag_v2", {})
        store = _bytes(tags.get(manifest.TAG)) or b"".join(chunk[1] for chunk in chunks if chunk[0] == manifest.CHUNK)
        store = store or manifest.joined(content for marker, content in segments if marker == "APP11")
    return hashlib.sha256(store).hexdigest() if store else ""


def _xmp(picture: Pillow.Image, stream: IO[bytes] | None) -> bytes:
    """The packet, wherever this version of Pillow puts it."""
    for found in (picture.info.get("xmp"), picture.info.get(_XMP), getattr(picture, "tag_v2", {}).get(700)):
        if found:
            return _bytes(found)
    for marker, content in getattr(picture, "applist", ()):
        if marker == "APP1" and content.startswith(_XMP_SEGMENT):
            return bytes(content[len(_XMP_SEGMENT) :])
    if picture.format == "GIF" and stream:
        stream.seek(0)
        return gif_xmp(stream.read())
    return b""


def _late_text(picture: Pillow.Image) -> Mapping[Any, Any]:
    """Text chunks behind the pixels. Those of an animated PNG would cost decoding every frame."""
    if picture.format != "PNG" or getattr(picture, "is_animated", False):
        return {}
    return getattr(picture, "text", {})


def _tiff_exif(picture: Any) -> bytes:
    """What a TIFF's tags say beyond its structure, b"" when Pillow cannot write them again."""
    kept = Pillow.Exif()
    try:
        tags = picture.getexif()
        for tag, value in tags.items():
            if tag not in STRUCTURE and tag not in DIRECTORIES:
                kept[tag] = value
        for tag in DIRECTORIES:
            if directory := tags.get_ifd(tag):
                kept[tag] = dict(directory)
        return kept.tobytes() if len(kept) else b""
    except (struct.error, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, OSError):
        return b""


def _bytes(value: Any) -> bytes:
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value) if isinstance(value, (bytes, bytearray)) else b""


def _dpi(value: Any) -> tuple[float, float] | None:
    try:
        x, y = (float(dots) for dots in value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return (x, y) if all(math.isfinite(dots) and 1 <= dots <= 100_000 for dots in (x, y)) else None
