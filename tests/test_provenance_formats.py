"""The marks in every format and mode, as roop and as an independent reader find them, and what they must not harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images, provenance
from lib_roop.provenance.verify import verify
from lib_roop.types import Image
from tests.pictures import MAKE, full, smooth, tag_of

SUFFIXES = (".png", ".jpg", ".webp", ".tif", ".gif", ".avif")
PICTURES = {
    "RGB": images.read(smooth()),
    "RGBA": images.read(smooth(4)),
    "L": images.read(smooth(1)),
    "LA": replace(images.read(smooth(1)), alpha=smooth(1)),
    "RGB 16": images.read(smooth(3, np.uint16)),
    "RGBA 16": images.read(smooth(4, np.uint16)),
    "L 16": images.read(smooth(1, np.uint16)),
    "one pixel": images.read(np.zeros((1, 1, 3), np.uint8)),
}


def saved(picture: images.Picture, path: Path) -> Path:
    """Save as a neural swap, where this Pillow can."""
    if path.suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {path.suffix}")
    return provenance.save(picture, path, source_type=provenance.TRAINED_COMPOSITE, engine="neural")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", PICTURES)
def test_every_mode_is_marked_in_every_format(name: str, suffix: str, tmp_path: Path) -> None:
    marks = {mark.kind: mark for mark in verify(saved(PICTURES[name], tmp_path / f"a{suffix}"))}
    assert marks["digital source type"].value == "compositeWithTrainedAlgorithmicMedia"
    assert marks["AI system"].value == "roop (neural engine)"
    assert marks["AI system"].meaning == provenance.SOFTWARE


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", PICTURES)
def test_marking_changes_no_pixel(name: str, suffix: str, tmp_path: Path) -> None:
    marked = images.read(saved(PICTURES[name], tmp_path / f"a{suffix}"))
    plain = images.read(images.write(PICTURES[name], tmp_path / f"b{suffix}"))
    assert np.array_equal(marked.pixels, plain.pixels)
    assert (marked.alpha is None) == (plain.alpha is None)
    if marked.alpha is not None and plain.alpha is not None:
        assert np.array_equal(marked.alpha, plain.alpha)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_independent_reader_finds_the_marks(suffix: str, tmp_path: Path) -> None:
    exiv2 = pytest.importorskip("pyexiv2", reason="pyexiv2 has no wheel for this platform, or is not installed")
    if suffix in (".gif", ".avif"):
        pytest.skip(f"Exiv2 reads no XMP from a {suffix} file")
    with exiv2.Image(str(saved(full(), tmp_path / f"a{suffix}"))) as image:
        xmp = image.read_xmp()
    assert xmp["Xmp.iptcExt.DigitalSourceType"] == provenance.TERMS + "compositeWithTrainedAlgorithmicMedia"
    assert xmp["Xmp.xmp.CreatorTool"] == provenance.SOFTWARE
    assert [value for key, value in xmp.items() if key.endswith(".AISystemUsed")] == ["roop (neural engine)"]
    assert [value for key, value in xmp.items() if key.endswith(".AISystemVersionUsed")] == [provenance.SOFTWARE]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".avif"])
def test_what_the_picture_said_before_is_still_there(suffix: str, tmp_path: Path) -> None:
    before = full()
    path = saved(before, tmp_path / f"a{suffix}")
    after = images.read(path).metadata
    assert after.icc == before.metadata.icc and tag_of(path, MAKE) == "Hasselblad"
    assert after.text == (before.metadata.text if suffix == ".png" else {})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_saved_picture_read_and_saved_again_keeps_what_it_was(suffix: str, tmp_path: Path) -> None:
    first = images.read(saved(images.read(smooth()), tmp_path / f"a{suffix}"))
    again = provenance.save(first, tmp_path / f"b{suffix}", source_type=provenance.COMPOSITE, engine="built-in")
    marks = {mark.kind: mark.value for mark in verify(again)}
    assert marks["digital source type"] == "compositeWithTrainedAlgorithmicMedia"
    assert marks["AI system"] == "roop (neural engine); roop (built-in engine)"
    assert marks["software"] == provenance.SOFTWARE


def test_bytes_that_are_handed_on_are_marked_too() -> None:
    image: Image = smooth()
    data = provenance.encoded(images.read(image), ".png", source_type=provenance.COMPOSITE, engine="built-in")
    assert b"digitalsourcetype/composite" in data and b"roop (built-in engine)" in data
