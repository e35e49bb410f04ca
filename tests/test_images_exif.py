"""Orientation and previews: pictures come out upright, once."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.images import Metadata
from lib_roop.images.exif import sized, upright
from tests.pictures import HEIGHT, ORIENTATION, WIDTH, bytes_of, exif, full, io_picture, smooth, tag_of


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_jpeg_is_turned_upright_and_says_so(turn: int, order: str, tmp_path: Path) -> None:
    level = smooth()
    stored = turned(Pillow.fromarray(level), turn)
    picture = images.read(
        io_picture(bytes_of(stored, "JPEG", quality=100, subsampling=0, exif=b"Exif\0\0" + exif(turn, order)))
    )
    assert np.abs(picture.rgb.astype(int) - level).max() < 24
    assert tag_of(images.write(picture, tmp_path / "a.jpg"), ORIENTATION) == 1


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_turned_png_or_tiff_comes_out_upright(turn: int, deep: bool, suffix: str, tmp_path: Path) -> None:
    level = smooth(3, np.uint16 if deep else np.uint8)
    stored = np.ascontiguousarray(turned_array(level, turn))
    data = images.encode(replace(images.read(stored), metadata=Metadata(exif=exif(turn))), suffix)
    if suffix == ".tif":
        data = with_tiff_orientation(data, turn)
    picture = images.read(io_picture(data))
    assert np.array_equal(picture.pixels, level)
    again = images.read(images.write(picture, tmp_path / f"a{suffix}"))
    assert np.array_equal(again.pixels, level)


def turned(image: Pillow.Image, turn: int) -> Pillow.Image:
    """How a camera stores an upright picture with orientation `turn`."""
    method = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    return image.transpose(method[turn]) if turn > 1 else image


def turned_array(pixels: Any, turn: int) -> Any:
    index = Pillow.fromarray(np.arange(HEIGHT * WIDTH, dtype=np.int32).reshape(HEIGHT, WIDTH))
    order = np.asarray(turned(index, turn))
    return pixels.reshape(-1, 3)[order]


def with_tiff_orientation(data: bytes, turn: int) -> bytes:
    """`data` with an orientation in its directory, which roop itself never writes."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = [data[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    entries = sorted(
        [*entries, struct.pack("<HHIHH", ORIENTATION, 3, 1, turn, 0)], key=lambda e: struct.unpack("<H", e[:2])
    )
    where = len(data) + len(data) % 2
    body = bytearray(data.ljust(where, b"\0"))
    struct.pack_into("<I", body, 4, where)
    return bytes(body) + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)


def test_the_preview_of_the_old_face_is_blanked() -> None:
    data = bytes_of(Pillow.fromarray(smooth()), "JPEG", exif=b"Exif\0\0" + exif(6, preview=b"OLDFACE" * 9))
    picture = images.read(io_picture(data))
    assert b"OLDFACE" in data
    assert b"OLDFACE" not in picture.metadata.exif
    assert b"Hasselblad" in picture.metadata.exif


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_unreadable_exif_is_dropped_and_the_picture_read() -> None:
    for broken in (b"", b"II*\0", exif()[:20], b"MM\0*\xff\xff\xff\xff", b"JJ" + exif()[2:]):
        assert upright(broken) == (b"", 1)
    for broken in (exif()[:20], b"MM\0*\xff\xff\xff\xff"):
        data = bytes_of(Pillow.fromarray(smooth()), "JPEG", exif=b"Exif\0\0" + broken)
        assert images.read(io_picture(data)).metadata.exif == b""


def test_xmp_does_not_contradict_the_orientation() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    jpeg = images.encode(replace(full(), metadata=Metadata(xmp=xmp)), ".jpg")
    assert images.read(io_picture(jpeg)).metadata.xmp == xmp
    turned_jpeg = jpeg[:20] + b"\xff\xe1" + struct.pack(">H", len(exif(6)) + 8) + b"Exif\0\0" + exif(6) + jpeg[20:]
    assert images.read(io_picture(turned_jpeg)).metadata.xmp == xmp.replace(b'"6"', b'"1"')


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_sides_that_exif_states_are_those_of_what_is_written(
    suffix: str, turn: int, order: str, tmp_path: Path
) -> None:
    stored = turned(Pillow.fromarray(smooth()), turn)
    data = bytes_of(stored, "JPEG", exif=b"Exif\0\0" + sides(*stored.size, turn, order))
    path = images.write(images.read(io_picture(data)), tmp_path / f"a{suffix}")
    with Pillow.open(path) as written:
        found = written.getexif()
        assert written.size == (WIDTH, HEIGHT) == (found[0x0100], found[0x0101])
        assert dict(found.get_ifd(0x8769)) == {0xA002: WIDTH, 0xA003: HEIGHT}


@pytest.mark.parametrize("broken", [b"", b"II*\0", b"no exif", b"II*\0" + bytes(4), exif()])
def test_sides_are_left_where_nothing_states_them(broken: bytes) -> None:
    assert sized(broken, 3, 4) == broken


def sides(width: int, height: int, turn: int, order: str) -> bytes:
    """EXIF that states the picture's sides twice: in its first directory and, as cameras do, in the Exif directory."""
    first = 8 + 2 + 4 * 12 + 4
    entries = struct.pack(order + "HHII", 0x0100, 4, 1, width) + struct.pack(order + "HHII", 0x0101, 4, 1, height)
    entries += struct.pack(order + "HHIHH", ORIENTATION, 3, 1, turn, 0)
    entries += struct.pack(order + "HHII", 0x8769, 4, 1, first)
    inner = struct.pack(order + "HHIHH", 0xA002, 3, 1, width, 0) + struct.pack(order + "HHII", 0xA003, 4, 1, height)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 4)
    return head + entries + bytes(4) + struct.pack(order + "H", 2) + inner + bytes(4)
