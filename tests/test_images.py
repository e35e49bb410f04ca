"""Pictures in: every mode, depth, alpha, damage; and pasting into them."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.errors import PictureError
from lib_roop.types import Patch
from tests.pictures import HEIGHT, WIDTH, bytes_of, full, io_picture, smooth

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "La", "RGBa", "I;16", "I", "F")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow_can_be_read_and_written(mode: str) -> None:
    grey = Pillow.fromarray(smooth(1))
    if mode == "I;16":
        picture = images.read(Pillow.fromarray(smooth(1, np.uint16)))
    elif mode in ("La", "RGBa", "PA"):
        picture = images.read(
            Pillow.fromarray(smooth(4)).convert({"La": "LA", "RGBa": "RGBA", "PA": "PA"}[mode]).convert(mode)
        )
    elif mode in ("I", "F", "1", "L", "LA"):
        picture = images.read(grey.convert(mode))
    else:
        picture = images.read(Pillow.fromarray(smooth(4) if mode == "RGBA" else smooth()).convert(mode))
    assert picture.mode == mode
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert picture.rgb.dtype == np.uint8
    assert (picture.alpha is not None) == (mode in ("LA", "PA", "RGBA", "La", "RGBa"))
    assert picture.rgb[:5, :7].mean() > 200 > picture.rgb[15:, :4].mean()
    for suffix in images.suffixes():
        assert images.read(io_picture(images.encode(picture, suffix))).rgb.shape == picture.rgb.shape


def test_lab_is_converted_through_its_colour_space() -> None:
    grey = Pillow.new("LAB", (4, 4), (200, 128, 128))
    levels = images.read(grey).rgb.reshape(-1, 3).astype(int)
    assert np.ptp(levels, axis=1).max() <= 6
    assert levels.mean() > 150


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_sixteen_bit_grey_is_read_in_either_byte_order(mode: str) -> None:
    values = smooth(1, np.uint16)
    raw = values.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
    picture = images.read(Pillow.frombytes(mode, (WIDTH, HEIGHT), raw))
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels, values)


def test_sixteen_bits_are_rounded_to_eight_for_the_engine() -> None:
    values: Any = np.array([[0, 128, 129, 257, 385, 386, 65407, 65535]], np.uint16)
    assert images.read(values).rgb[0, :, 0].tolist() == [0, 0, 1, 1, 1, 2, 255, 255]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_colour_from_another_program_keeps_its_depth(suffix: str, tmp_path: Path) -> None:
    values = smooth(3, np.uint16)
    path = tmp_path / f"Stra\u00dfe{suffix}"
    path.write_bytes(cv2.imencode(suffix, values[..., ::-1])[1].tobytes())
    picture = images.read(path)
    assert np.array_equal(picture.pixels, values)
    assert picture.notes == ()


def test_a_palette_with_transparency_becomes_colour_and_alpha() -> None:
    image = Pillow.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 250, 10, 20])
    image.putpixel((0, 0), 0)
    picture = images.read(io_picture(bytes_of(image, "PNG", transparency=0)))
    assert picture.mode == "P"
    assert picture.pixels[1, 1].tolist() == [250, 10, 20]
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [0, 255, 255, 255]


def test_a_transparent_colour_of_an_rgb_png_becomes_alpha() -> None:
    picture = images.read(io_picture(bytes_of(Pillow.fromarray(smooth()), "PNG", transparency=(250, 250, 250))))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert picture.alpha[-1, -1] == 255


def test_floats_count_as_zero_to_one_or_as_levels_or_are_stretched() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    expected = np.arange(256).reshape(16, 16)
    for values in (ramp, ramp * 255, ramp * 2000 - 1000):
        assert np.abs(images.read(Pillow.fromarray(values)).rgb[..., 0] - expected).max() <= 1
    broken = ramp.copy()
    broken[0, 0] = np.nan
    assert images.read(Pillow.fromarray(broken)).rgb[0, 0, 0] == 0


def test_a_deep_transparent_colour_is_read() -> None:
    values = smooth(3, np.uint16)
    png = images.encode(images.read(values), ".png")
    key = b"tRNS" + values[0, 0].astype(">u2").tobytes()
    png = png[:33] + struct.pack(">I", 6) + key + struct.pack(">I", zlib.crc32(key)) + png[33:]
    picture = images.read(io_picture(png))
    assert np.abs(picture.rgb.astype(int) - images.read(values).rgb).max() <= 1


def test_a_cmyk_jpeg_becomes_srgb_without_its_profile() -> None:
    image = Pillow.new("CMYK", (16, 16), (0, 255, 255, 0))
    fake = bytes_of(image, "JPEG", icc_profile=full().metadata.icc)
    picture = images.read(io_picture(fake))
    assert picture.mode == "CMYK"
    assert picture.metadata.icc == b""
    assert picture.rgb[0, 0, 0] > 200
    assert picture.rgb[0, 0, 1] < 80


def test_a_profile_stays_and_its_pixels_are_not_converted() -> None:
    icc = bytearray(full().metadata.icc)
    data = bytes_of(Pillow.fromarray(smooth()), "PNG", icc_profile=bytes(icc))
    picture = images.read(io_picture(data))
    assert np.array_equal(picture.rgb, smooth())
    assert picture.metadata.icc == bytes(icc)


def test_an_animation_is_read_by_its_first_frame_and_says_so(tmp_path: Path) -> None:
    frames = [Pillow.fromarray(np.full((9, 9, 3), level, np.uint8)) for level in (10, 120, 240)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    picture = images.read(tmp_path / "a.gif")
    assert picture.rgb.max() == 10
    assert picture.notes == (f"The animation {tmp_path / 'a.gif'} has 3 frames; the first one is used.",)
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    assert "3 pages" in images.read(tmp_path / "a.tif").notes[0]


def test_content_credentials_are_not_dropped_silently(tmp_path: Path) -> None:
    png = bytes_of(Pillow.fromarray(smooth()), "PNG")
    store = struct.pack(">I", 40) + b"jumb" + struct.pack(">I", 32) + b"jumdc2pa" + bytes(20)
    chunk = b"caBX" + store
    signed = png[:33] + struct.pack(">I", len(store)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    jpeg = bytes_of(Pillow.fromarray(smooth()), "JPEG")
    parts = [b"JP\0\1\0\0\0\1" + store[:24], b"JP\0\1\0\0\0\2" + store[:8] + store[24:]]
    segments = b"".join(b"\xff\xeb" + struct.pack(">H", len(part) + 2) + part for part in parts)
    other = b"\xff\xeb\x00\x12JP\0\2\0\0\0\1" + b"\0\0\0\10free"
    for data in (signed, jpeg[:2] + other + segments + jpeg[2:]):
        with Pillow.open(io.BytesIO(data)) as opened:
            for picture in (images.read(io_picture(data)), images.read(opened)):
                assert "C2PA" in picture.notes[0]
                assert picture.metadata.manifest == hashlib.sha256(store).hexdigest()
    assert images.read(io_picture(png)).notes == ()


BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8",
    b"RIFF\0\0\0\0WEBP",
    b"\0\0\0\x10ftypavif\0\0\0\0",
    b"II*\0",
    b"MM\0*",
    b"GIF89a\x21\xff\x0bC2PA_GIF\1\0\0",
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=60))
def test_looking_for_content_credentials_always_ends(begin: bytes, rest: bytes) -> None:
    assert isinstance(images.manifest_of(io.BytesIO(begin + rest)), bytes)


def test_a_picture_is_named_after_its_file(tmp_path: Path) -> None:
    images.write(images.read(smooth()), tmp_path / "Tante Ju.png")
    assert images.read(str(tmp_path / "Tante Ju.png")).name == "Tante Ju"
    assert images.read(smooth()).name == "picture"
    with Pillow.open(tmp_path / "Tante Ju.png") as image:
        assert images.read(image).name == "Tante Ju"


def test_one_pixel_is_a_picture() -> None:
    for data in (bytes_of(Pillow.new("RGB", (1, 1)), kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")):
        assert images.read(io_picture(data)).rgb.shape == (1, 1, 3)


def test_a_panorama_is_read_although_pillow_would_warn() -> None:
    data = bytes_of(Pillow.new("L", (22_500, 4_000), 77), "PNG", compress_level=1)
    picture = images.read(io_picture(data))
    assert picture.pixels.shape == (4_000, 22_500)


def test_a_bomb_is_refused_from_its_header() -> None:
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    bomb += struct.pack(">I", 10**6) + b"IDAT"
    with pytest.raises(PictureError, match="300 megapixels"):
        images.read(io_picture(bomb))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"hello, world, this is text"), "is no picture"),
        (lambda path: path.write_bytes(bytes_of(Pillow.fromarray(smooth()), "PNG")[:100]), "cut short"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(make: Any, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    make(path)
    with pytest.raises(PictureError, match=sentence) as caught:
        images.read(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_half_a_file_is_refused_never_half_grey(format: str) -> None:  # noqa: A002 - Pillow's word
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = bytes_of(Pillow.fromarray(noise), format)
    with pytest.raises(PictureError):
        images.read(io_picture(data[: len(data) // 2]))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_half_a_deep_file_is_refused(suffix: str) -> None:
    data = images.encode(full(dtype=np.uint16), suffix)
    with pytest.raises(PictureError):
        images.read(io_picture(data[: len(data) // 2]))


@pytest.mark.parametrize(
    "source", ["data:,", "data:image/png;base64,", "data:image/png;base64,AAAA", "data:image/png;base64,A"]
)
def test_a_data_uri_without_a_picture_is_refused(source: str) -> None:
    with pytest.raises(PictureError, match="data URI"):
        images.read(source)


@pytest.mark.parametrize("source", ["a\0b.png", "x" * 100_000, "", "/dev/null"])
def test_odd_paths_are_refused(source: str) -> None:
    with pytest.raises(PictureError) as caught:
        images.read(source)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_an_array_that_is_no_picture_is_refused(array: Any) -> None:
    with pytest.raises(PictureError):
        images.read(array)


def test_what_is_no_source_at_all_is_refused() -> None:
    with pytest.raises(PictureError, match="not int"):
        images.read(7)  # type: ignore[arg-type]


def patch(x: int = 10, y: int = 8, size: int = 6, colour: tuple[int, int, int] = (200, 40, 90)) -> Patch:
    mask = np.ones((size, size), np.float32)
    mask[0], mask[-1] = 0, 0.5
    return Patch(x, y, np.full((size, size, 3), colour, np.uint8), mask)


def test_the_digest_follows_pixels_and_size_only() -> None:
    picture = images.read(smooth())
    assert picture.digest == replace(picture, metadata=full().metadata, name="b").digest
    assert picture.digest != images.read(smooth() ^ 1).digest
    flat = np.zeros((4, 6, 3), np.uint8)
    assert images.digest(flat) != images.digest(flat.reshape(6, 4, 3))


def test_inputs_are_not_written_to() -> None:
    array = smooth()
    image = Pillow.fromarray(array)
    for source in (array, image):
        images.paste(images.read(source), [patch()])
    assert np.array_equal(array, smooth())
    assert np.array_equal(np.asarray(image), smooth())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_paste_changes_the_mask_and_nothing_else(dtype: Any, channels: int) -> None:
    picture = images.read(smooth(channels, dtype))
    result = images.paste(picture, [patch()])
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[9:14, 10:16] = False
    assert np.array_equal(result.pixels[outside], picture.pixels[outside])
    assert result.pixels.dtype == dtype
    assert result.alpha is picture.alpha
    step = 257 if dtype == np.uint16 else 1
    expected = np.array([200, 40, 90]) * step if channels > 1 else round(200 * 0.299 + 40 * 0.587 + 90 * 0.114) * step
    assert np.abs(result.pixels[11, 12].astype(int) - expected).max() <= step
    assert np.array_equal(result.rgb, images.read(result.pixels).rgb)


def test_a_half_mask_mixes_half() -> None:
    picture = images.read(np.full((20, 20, 3), 65535, np.uint16))
    result = images.paste(picture, [patch(0, 0, 6, (0, 0, 0))])
    assert result.pixels[5, 2].tolist() == [32768] * 3
