"""Files as hosts write them, and their pieces."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from functools import cache
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin

from lib_roop import images
from tests.pictures import bytes_of, smooth
from tests.test_provenance import packet

Chunks = list[tuple[bytes, bytes]]
NAMED = "XML:com.adobe.xmp"
AUNT = packet().decode()
LATIN = AUNT.replace("\ufeff", "").replace("Aunt", "Gro\u00dftante")


def canvas(channels: int = 3) -> Pillow.Image:
    return Pillow.fromarray(smooth(channels))


def comment(text: str = "a portrait \u6c49") -> bytes:
    """EXIF with a comment as a web UI writes it into JPEG and WebP."""
    exif = Pillow.Exif()
    exif[0x8769] = {0x9286: b"UNICODE\0" + text.encode("utf-16-be")}
    return exif.tobytes()


def texts(**named: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, text in named.items():
        info.add_text(name, text)
    return info


@cache
def files() -> dict[str, bytes]:
    """Files as hosts write them, by a name that ends in their suffix."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    beside: dict[str, Any] = {"exif": comment(), "icc_profile": icc}
    frames = [canvas(), Pillow.fromarray(255 - smooth())]
    moving: dict[str, Any] = {"save_all": True, "append_images": frames[1:], "duration": 40}
    avif = {
        "plain.avif": (canvas(), {}),
        "exif.avif": (canvas(), {"exif": comment()}),
        "comment.avif": (canvas(4), beside),
    }
    return {
        "parameters.png": bytes_of(
            canvas(), "PNG", pnginfo=texts(parameters="a portrait", note="gr\u00fc\u00df \u6c49")
        ),
        "alpha.png": bytes_of(canvas(4), "PNG", dpi=(300, 300), **beside),
        "moving.png": bytes_of(frames[0], "PNG", **moving),
        "plain.jpg": bytes_of(canvas(), "JPEG"),
        "grey.jpg": bytes_of(canvas(1), "JPEG"),
        "comment.jpg": bytes_of(canvas(), "JPEG", dpi=(72, 72), **beside),
        "progressive.jpg": bytes_of(canvas(), "JPEG", progressive=True, quality=80),
        "lossy.webp": bytes_of(canvas(), "WEBP", quality=80),
        "lossless.webp": bytes_of(canvas(), "WEBP", lossless=True),
        "lossy alpha.webp": bytes_of(canvas(4), "WEBP", quality=80),
        "lossless alpha.webp": bytes_of(canvas(4), "WEBP", lossless=True, exact=True),
        "comment.webp": bytes_of(canvas(), "WEBP", **beside),
        "everything.webp": bytes_of(canvas(4), "WEBP", lossless=True, **beside),
        "moving.webp": bytes_of(frames[0], "WEBP", **moving),
        **{
            name: bytes_of(image, "AVIF", **more)
            for name, (image, more) in avif.items()
            if ".avif" in images.suffixes()
        },
        "plain.gif": bytes_of(canvas(), "GIF", comment=b"a portrait"),
        "moving.gif": bytes_of(frames[0], "GIF", **moving),
        "plain.tif": bytes_of(canvas(), "TIFF"),
        "pages.tif": bytes_of(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw"),
    }


NAMES = tuple(files())


def written(suffix: str, xmp: bytes) -> bytes:
    """A file of that suffix with that packet, as roop writes it."""
    return images.encode(replace(images.read(smooth()), metadata=images.Metadata(xmp=xmp)), suffix)


def png_chunks(data: bytes) -> Chunks:
    found, at = [], 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content, checksum = data[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        assert checksum == struct.pack(">I", zlib.crc32(kind + content))
        found.append((kind, content))
        at += 12 + length
    return found


def webp_chunks(data: bytes) -> Chunks:
    assert data[:4] == b"RIFF" and data[8:12] == b"WEBP" and struct.unpack_from("<I", data, 4) == (len(data) - 8,)
    found, at = [], 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + length]))
        assert at % 2 == 0
        at += 8 + length + length % 2
    return found


def text_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
