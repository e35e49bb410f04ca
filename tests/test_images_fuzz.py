"""Whatever bytes come: a picture or a PictureError, and what was read can be written."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.errors import PictureError
from lib_roop.images import Metadata, Picture
from lib_roop.images.exif import upright

EXIF = (
    b"II*\0\x08\0\0\0\x03\0"
    b"\x0f\x01\x02\0\x0b\0\0\0\x32\0\0\0"
    b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
    b"\x69\x87\x04\0\x01\0\0\0\x3e\0\0\0"
    b"\0\0\0\0Hasselblad\0\0"
    b"\x01\0\x03\x90\x02\0\x14\0\0\0\x50\0\0\0\0\0\0\0"
    b"2026:01:02 03:04:05\0"
)


@cache
def encodings() -> tuple[bytes, ...]:
    """One small file of every kind, written by us and by Pillow."""
    samples = np.random.default_rng(0).integers(0, 256, (12, 15, 4), dtype=np.uint8)
    metadata = Metadata(exif=EXIF, icc=b"not a profile", xmp=b"<x/>", text={"parameters": "a"}, dpi=(72.0, 72.0))
    files = []
    depths: tuple[Any, ...] = (samples, samples.astype(np.uint16) * 257)
    for depth in depths:
        picture = images.read(depth)
        whole = Picture(rgb=picture.rgb, pixels=picture.pixels, alpha=picture.alpha, metadata=metadata)
        files += [images.encode(whole, suffix) for suffix in (".png", ".tif")]
    files += [images.encode(whole, suffix) for suffix in images.suffixes() if suffix not in (".png", ".tif", ".tiff")]
    for mode, kind in (
        ("P", "GIF"),
        ("CMYK", "JPEG"),
        ("P", "PNG"),
        ("1", "TIFF"),
        ("RGB", "TIFF"),
        ("CMYK", "TIFF"),
    ):
        files.append(saved(Pillow.fromarray(samples[..., :3]).convert(mode), kind))
    frames = [Pillow.fromarray(samples[..., :3] // n) for n in (1, 2, 3)]
    files += [saved(frames[0], kind, save_all=True, append_images=frames[1:]) for kind in ("GIF", "PNG", "TIFF")]
    return tuple(files)


def saved(image: Pillow.Image, format: str, **options: Any) -> bytes:  # noqa: A002 - Pillow's word
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def attempt(data: bytes) -> Picture | None:
    """The picture that `data` holds, or None when it is refused; anything else fails the test."""
    try:
        picture = images.read("data:image/any;base64," + base64.b64encode(data).decode())
    except PictureError:
        return None
    height, width = picture.rgb.shape[:2]
    assert picture.rgb.shape == (height, width, 3)
    assert picture.rgb.dtype == np.uint8
    assert picture.pixels.dtype in (np.uint8, np.uint16)
    assert picture.pixels.shape[:2] == (height, width)
    assert picture.alpha is None or (
        picture.alpha.shape == (height, width) and picture.alpha.dtype == picture.pixels.dtype
    )
    return picture


def test_the_files_that_are_damaged_below_are_whole() -> None:
    for data in encodings():
        picture = attempt(data)
        assert picture is not None
        assert picture.rgb.shape in ((12, 15, 3), (15, 12, 3))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=250, deadline=None)
@given(st.data())
def test_flipped_bits_give_a_picture_or_an_error(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(encodings())))
    head = min(len(damaged), 400)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, head - 1), st.integers(0, len(damaged) - 1)))
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    picture = attempt(bytes(damaged))
    if picture is not None and picture.rgb.size < 10_000:
        for suffix in images.suffixes():
            assert images.encode(picture, suffix)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_cut_file_gives_a_picture_or_an_error(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(encodings()))
    attempt(whole[: data.draw(st.integers(0, len(whole)))])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"GIF89a", b"BM"])
)
def test_junk_is_refused(junk: bytes, start: bytes) -> None:
    attempt(start + junk)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_for_a_path_is_refused(text: str) -> None:
    for source in (text + "\u2603", "data:" + text):
        with pytest.raises(PictureError):
            images.read(source)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(EXIF) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(EXIF)))
def test_any_exif_is_upright_or_nothing(changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(EXIF)
    for at, value in changes:
        damaged[at] = value
    kept, turn = upright(bytes(damaged[:length]))
    assert 1 <= turn <= 8
    assert upright(kept) == (kept, 1)
    picture = images.read(np.zeros((3, 4, 3), np.uint8))
    picture = Picture(rgb=picture.rgb, pixels=picture.pixels, metadata=Metadata(exif=kept))
    assert images.encode(picture, ".tif")
    assert images.encode(picture, ".jpg")


def test_a_damaged_file_can_still_be_marked() -> None:
    assert provenance.marked(b"\xff" * 100, "composite")
