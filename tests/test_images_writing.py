"""Pictures out: every format, what it keeps, and what happens when it cannot be written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.errors import PictureError
from lib_roop.images import Metadata, Picture
from tests.pictures import HEIGHT, MAKE, WIDTH, bytes_of, exif, full, io_picture, smooth, tag_of

LOSSLESS = (".png", ".tif")


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3])
def test_lossless_formats_give_the_same_pixels_back(suffix: str, channels: int, tmp_path: Path) -> None:
    picture = images.read(smooth(channels))
    again = images.read(images.write(picture, tmp_path / f"a{suffix}"))
    assert np.array_equal(again.pixels, picture.pixels)
    assert again.alpha is None


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_depth_and_alpha_survive_png_and_tiff(suffix: str, dtype: Any, grey: bool, alpha: bool, tmp_path: Path) -> None:
    samples = smooth(4, dtype)
    pixels = np.ascontiguousarray(samples[..., 0] if grey else samples[..., :3])
    cover = np.ascontiguousarray(samples[..., 3]) if alpha else None
    picture = Picture(rgb=images.read(pixels).rgb, pixels=pixels, alpha=cover)
    again = images.read(images.write(picture, tmp_path / f"a{suffix}"))
    expected = pixels
    if grey and alpha and dtype == np.uint16 and suffix != ".png":
        expected = np.repeat(pixels[..., None], 3, axis=2)
    assert again.pixels.dtype == dtype
    assert np.array_equal(again.pixels, expected)
    assert (again.alpha is None) == (cover is None)
    assert cover is None or (again.alpha is not None and np.array_equal(again.alpha, cover))


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".avif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_lossy_formats_stay_close(suffix: str, channels: int, tmp_path: Path) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    picture = images.read(smooth(channels))
    again = images.read(images.write(picture, tmp_path / f"a{suffix}"))
    assert np.abs(again.rgb.astype(int) - picture.rgb).mean() < 3


@pytest.mark.parametrize("suffix", [".webp", ".avif"])
def test_alpha_survives_webp_and_avif(suffix: str) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    picture = full(alpha=True)
    again = images.read(io_picture(images.encode(picture, suffix)))
    assert picture.alpha is not None
    assert again.alpha is not None
    assert np.abs(again.alpha.astype(int) - picture.alpha).max() <= 4


def test_transparency_becomes_white_where_a_format_has_none() -> None:
    picture = images.read(np.zeros((16, 16, 4), np.uint8))
    assert images.read(io_picture(images.encode(picture, ".jpg"))).rgb.min() >= 254
    assert any("transparen" in loss for loss in images.losses(picture, ".jpg"))


def test_a_gif_keeps_its_size_and_roughly_its_colours(tmp_path: Path) -> None:
    picture = images.read(smooth())
    again = images.read(images.write(picture, tmp_path / "a.gif"))
    assert again.rgb.shape == picture.rgb.shape
    assert np.abs(again.rgb.astype(int) - picture.rgb).mean() < 6


def test_a_grey_gif_with_alpha_can_be_written(tmp_path: Path) -> None:
    cover = np.where(np.arange(WIDTH) < 10, 0, 255).astype(np.uint8)
    picture = images.read(
        Pillow.merge("LA", [Pillow.fromarray(smooth(1)), Pillow.fromarray(np.tile(cover, (HEIGHT, 1)))])
    )
    again = images.read(images.write(picture, tmp_path / "a.gif"))
    assert again.alpha is not None
    assert np.array_equal(again.alpha[0], cover)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".avif"])
def test_metadata_survives(suffix: str, tmp_path: Path) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    picture = full()
    kept = images.read(images.write(picture, tmp_path / f"a{suffix}")).metadata
    assert kept.icc == picture.metadata.icc
    assert kept.xmp == picture.metadata.xmp
    assert tag_of(tmp_path / f"a{suffix}", MAKE) == "Hasselblad"
    assert b"Hasselblad" in kept.exif
    if suffix in (".png", ".jpg", ".tif"):
        assert kept.dpi == pytest.approx((300, 300), abs=0.01)
    if suffix == ".png":
        assert dict(kept.text) == dict(picture.metadata.text)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_files_keep_their_metadata_too(suffix: str, tmp_path: Path) -> None:
    picture = full(dtype=np.uint16)
    again = images.read(images.write(picture, tmp_path / f"a{suffix}"))
    assert again.pixels.dtype == np.uint16
    assert again.metadata.icc == picture.metadata.icc
    assert again.metadata.xmp == picture.metadata.xmp
    assert b"Hasselblad" in again.metadata.exif
    assert tag_of(tmp_path / f"a{suffix}", MAKE) == "Hasselblad"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_the_camera_and_place_directories_survive(suffix: str, tmp_path: Path) -> None:
    tags = Pillow.Exif()
    tags[0x8769] = {0x9003: "2026:01:02 03:04:05", 0x927C: b"maker note"}
    tags[0x8825] = {1: "N", 2: (52.0, 30.0, 1.5)}
    jpeg = bytes_of(Pillow.fromarray(smooth()), "JPEG", exif=tags.tobytes())
    path = images.write(images.read(io_picture(jpeg)), tmp_path / f"a{suffix}")
    images.write(images.read(path), tmp_path / "b.jpg")
    with Pillow.open(tmp_path / "b.jpg") as image:
        assert image.getexif().get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
        assert image.getexif().get_ifd(0x8769)[0x927C] == b"maker note"
        assert image.getexif().get_ifd(0x8825)[2] == (52.0, 30.0, 1.5)


def test_a_tiff_keeps_big_endian_exif_and_pixels(tmp_path: Path) -> None:
    picture = replace(full(dtype=np.uint16), metadata=Metadata(exif=exif(order=">")))
    path = images.write(picture, tmp_path / "a.tif")
    assert path.read_bytes()[:2] == b"MM"
    again = images.read(path)
    assert np.array_equal(again.pixels, picture.pixels)
    assert b"Hasselblad" in again.metadata.exif


def test_gif_keeps_xmp_behind_its_colour_table(tmp_path: Path) -> None:
    path = images.write(full(), tmp_path / "a.gif")
    assert images.read(path).metadata.xmp == full().metadata.xmp


def test_metadata_that_fits_no_jpeg_segment_is_left_out_and_named() -> None:
    metadata = Metadata(exif=exif() + bytes(70_000), xmp=b"x" * 70_000, icc=full().metadata.icc * 200)
    picture = replace(full(), metadata=metadata)
    kept = images.read(io_picture(images.encode(picture, ".jpg"))).metadata
    assert (kept.exif, kept.xmp, kept.icc) == (b"", b"", metadata.icc)
    assert len(images.losses(picture, ".jpg")) == 2


def test_what_a_format_loses_is_said() -> None:
    picture = full(alpha=True, dtype=np.uint16)
    assert images.losses(picture, ".png") == ()
    assert any("16" in loss for loss in images.losses(picture, ".webp"))
    assert any("parameters" in loss for loss in images.losses(picture, ".tif"))


@pytest.mark.skipif(sys.platform == "win32", reason="the limit of a file's size is POSIX")
def test_the_original_stays_when_the_new_file_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    script = (
        "import resource, signal, sys; import numpy as np\n"
        "from lib_roop import images; from lib_roop.errors import PictureError\n"
        "sys.dont_write_bytecode = True; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "noise = np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8)\n"
        "try: images.write(images.read(noise), sys.argv[1])\n"
        "except PictureError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert "cannot be written (File too large)" in done.stdout
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_and_a_file_for_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in ("none", "file"):
        with pytest.raises(PictureError, match="choose a folder"):
            images.write(images.read(smooth()), tmp_path / folder / "a.png")
    (tmp_path / "a.png").mkdir()
    with pytest.raises(PictureError):
        images.write(images.read(smooth()), tmp_path / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and rights are POSIX")
def test_a_written_file_has_the_usual_rights_and_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    images.write(images.read(smooth()), tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("name", ["a", "a.txt", "a.psd", "a.PNG.x"])
def test_an_unknown_suffix_names_those_that_can_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"\.png, \.jpg"):
        images.write(images.read(smooth()), tmp_path / name)


def test_suffixes_in_capitals_are_understood(tmp_path: Path) -> None:
    assert images.read(images.write(images.read(smooth()), tmp_path / "A.JPG")).format == "JPEG"


def test_a_picture_too_large_for_its_format_is_refused_with_another(tmp_path: Path) -> None:
    wide = images.read(np.zeros((1, 70_000, 3), np.uint8))
    for suffix in (".jpg", ".webp", ".gif"):
        with pytest.raises(PictureError, match=r"70000x1 .* use \.png"):
            images.write(wide, tmp_path / f"a{suffix}")
    assert images.read(images.write(wide, tmp_path / "a.png")).rgb.shape == wide.rgb.shape


def test_a_free_name_is_one_that_does_not_exist(tmp_path: Path) -> None:
    assert images.free_name(tmp_path, "a_b", ".png") == tmp_path / "a_b.png"
    (tmp_path / "a_b.png").write_bytes(b"")
    (tmp_path / "a_b_1.png").symlink_to(tmp_path / "nowhere")
    assert images.free_name(tmp_path, "a_b", ".png") == tmp_path / "a_b_2.png"


def test_a_profile_of_grey_does_not_travel_with_colour() -> None:
    icc = bytearray(full().metadata.icc)
    icc[16:20] = b"GRAY"
    picture = replace(images.read(smooth(1)), metadata=Metadata(icc=bytes(icc)))
    assert images.read(io_picture(images.encode(picture, ".webp"))).metadata.icc == b""
    assert len(images.losses(picture, ".webp")) == 1
    assert images.losses(picture, ".png") == ()


def test_a_tiff_of_many_strips_is_read_by_pillow_too(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 701, 3), dtype=np.uint8)
    path = images.write(images.read(noise), tmp_path / "a.tif")
    with Pillow.open(path) as image:
        assert len(image.tag_v2[273]) > 1  # type: ignore[attr-defined]
        assert np.array_equal(np.asarray(image), noise)
