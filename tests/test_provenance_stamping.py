"""Marks in files that a host wrote: the packet comes in or is replaced, and nothing else of the file changes."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from lib_roop import images, provenance
from lib_roop.errors import PictureError
from lib_roop.options import OutputOptions, from_mapping
from lib_roop.provenance import verify
from lib_roop.types import Image
from tests.certificates import chain
from tests.host_files import AUNT, LATIN, NAMED, NAMES, canvas, comment, files, text_chunk, texts, written
from tests.pictures import bytes_of, smooth
from tests.test_provenance import PARAMETERS, SYSTEM, TITLE, packet, values

TRAINED = provenance.TRAINED_COMPOSITE


def put(folder: Path, name: str) -> Path:
    return images.put(folder / name, files()[name])


def stamp(path: Path, engine: str = "neural") -> bool:
    return provenance.stamp(path, source_type=provenance.type_of(engine), engine=engine)


def decoded(path: Path) -> list[bytes]:
    """Every frame or page as Pillow decodes it, in its own mode."""
    with Pillow.open(path) as image:
        found = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            found.append(image.mode.encode() + image.tobytes())
        return found


def marks_of(path: Path) -> dict[str, str]:
    return {mark.kind: mark.value for mark in verify.verify(path)}


@pytest.mark.parametrize("name", NAMES)
def test_a_stamped_file_is_marked_and_every_frame_of_it_is_as_before(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, name)
    before = decoded(path)
    assert stamp(path)
    marks = marks_of(path)
    assert marks["digital source type"] == TRAINED
    assert (marks["AI system"], marks["software"]) == ("roop (neural engine)", provenance.SOFTWARE)
    assert decoded(path) == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_stamping_twice_changes_nothing(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, name)
    assert stamp(path)
    once = path.read_bytes()
    assert not stamp(path)
    assert path.read_bytes() == once


@pytest.mark.parametrize("name", ["comment.jpg", "comment.webp", "everything.webp", "parameters.png", "alpha.png"])
def test_what_the_host_wrote_beside_the_picture_stays(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, name)
    with Pillow.open(path) as image:
        before = {**image.info}
    stamp(path)
    with Pillow.open(path) as image:
        after = {**image.info}
    assert before.items() <= after.items()
    assert ("a portrait" in str(before.get("parameters"))) == (name == "parameters.png")


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith((".gif", ".avif"))])
def test_an_independent_reader_finds_the_marks(name: str, tmp_path: Path) -> None:
    exiv2 = pytest.importorskip("pyexiv2", reason="pyexiv2 has no wheel for this platform, or is not installed")
    path = put(tmp_path, name)
    stamp(path)
    with exiv2.Image(str(path)) as image:
        xmp, exif = image.read_xmp(), image.read_exif()
    assert xmp["Xmp.iptcExt.DigitalSourceType"] == provenance.TERMS + TRAINED
    assert xmp["Xmp.xmp.CreatorTool"] == provenance.SOFTWARE
    assert ("Exif.Photo.UserComment" in exif) == (
        name in ("comment.jpg", "comment.webp", "everything.webp", "alpha.png")
    )


def test_a_picture_that_a_web_ui_generated_is_called_generated(tmp_path: Path) -> None:
    exif = comment(PARAMETERS)
    made = {
        "a.png": bytes_of(canvas(), "PNG", pnginfo=texts(parameters=PARAMETERS)),
        "a.jpg": bytes_of(canvas(), "JPEG", exif=exif),
        "a.webp": bytes_of(canvas(), "WEBP", exif=exif),
    }
    for name, data in made.items():
        path = images.put(tmp_path / name, data)
        assert stamp(path, "built-in")
        assert marks_of(path)["digital source type"] == "trainedAlgorithmicMedia"
        assert not stamp(path, "built-in")
        assert stamp(path, "neural")
        assert marks_of(path)["AI system"] == "roop (built-in engine); roop (neural engine)"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif", ".gif"])
def test_a_packet_that_is_there_is_replaced_by_one_that_says_more(suffix: str, tmp_path: Path) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    path = images.put(tmp_path / f"a{suffix}", written(suffix, packet('Iptc4xmpExt:AISystemUsed="Painter"')))
    pixels = decoded(path)
    assert stamp(path)
    (xmp,) = images.packets_of(path.read_bytes())
    assert values(xmp, TITLE) == ["Aunt"] and values(xmp, SYSTEM) == ["Painter; roop (neural engine)"]
    assert images.read(path).metadata.xmp == xmp
    assert decoded(path) == pixels and path.read_bytes().count(b"Aunt") == (2 if suffix in (".tif", ".avif") else 1)


def test_of_two_packets_one_is_left_and_the_strongest_word_is_kept(tmp_path: Path) -> None:
    generated = packet(f'Iptc4xmpExt:DigitalSourceType="{provenance.TERMS}trainedAlgorithmicMedia"')
    segment = b"\xff\xe1" + struct.pack(">H", len(generated) + 31) + b"http://ns.adobe.com/xap/1.0/\0" + generated
    data = written(".jpg", packet())
    path = images.put(tmp_path / "a.jpg", data[:2] + segment + data[2:])
    assert stamp(path)
    (xmp,) = images.packets_of(path.read_bytes())
    assert marks_of(path)["digital source type"] == "trainedAlgorithmicMedia"
    assert not stamp(path)
    assert images.read(path).metadata.xmp == xmp


def test_a_packet_that_grows_too_large_for_a_jpeg_gives_way_to_the_mark(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = packet("", f"<dc:note>{'x' * 64950}</dc:note>")
    path = images.put(tmp_path / "a.jpg", written(".jpg", full))
    assert images.read(path).metadata.xmp == full
    assert stamp(path)
    assert marks_of(path)["digital source type"] == TRAINED and "xxx" not in str(path.read_bytes())
    assert "too large" in caplog.text


def test_a_format_that_cannot_be_stamped_is_named_with_those_that_can(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    canvas().save(path)
    before = path.read_bytes()
    with pytest.raises(PictureError, match=r"a\.bmp is of a kind that .*; save PNG, JPEG, WebP, AVIF, TIFF or GIF\.$"):
        stamp(path)
    assert path.read_bytes() == before


def test_what_the_writer_knows_of_a_file_is_taken_for_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    canvas().save(path)
    known = images.Metadata(text={"parameters": PARAMETERS})
    assert provenance.stamp(path, source_type=provenance.COMPOSITE, engine="built-in", known=known)
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in path.read_bytes()


@pytest.mark.parametrize("name", ["missing.png", "a\0b.png"])
def test_what_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        stamp(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes, and links need a privilege")
def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path = put(tmp_path / "kept", "plain.jpg")
    path.chmod(0o600)
    (tmp_path / "link.jpg").symlink_to(path)
    assert stamp(tmp_path / "link.jpg")
    assert (tmp_path / "link.jpg").is_symlink() and path.stat().st_mode & 0o777 == 0o600
    assert marks_of(path)["digital source type"] == TRAINED


def test_what_roop_signed_is_left_alone(tmp_path: Path) -> None:
    signer = chain(tmp_path)
    options = from_mapping(OutputOptions, signer.options)
    data: Image = smooth()
    path = provenance.save(images.read(data), tmp_path / "a.png", source_type=TRAINED, engine="neural", options=options)
    before = path.read_bytes()
    assert not stamp(path)
    assert path.read_bytes() == before and marks_of(path)["content credentials"] == "valid"


def test_credentials_of_others_are_remembered_and_no_longer_hold(tmp_path: Path) -> None:
    data = files()["parameters.png"]
    path = images.put(tmp_path / "a.png", data[:33] + text_chunk(b"caBX", b"\0\0\0\x08jumb") + data[33:])
    assert stamp(path)
    assert marks_of(path)["earlier credentials"].startswith("sha256:")
    assert not stamp(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore")
@given(st.data())
def test_a_damaged_file_is_stamped_or_left_as_it_was(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    damaged = bytearray(files()[name])
    head = min(len(damaged), 300)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, head - 1), st.integers(0, len(damaged) - 1)))
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    del damaged[data.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged)))) :]
    attempt(tmp_path / name, bytes(damaged))


def attempt(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        stamped = stamp(path)
    except PictureError:
        assert path.read_bytes() == data
        return
    before = images.read(images.put(path.with_name("before" + path.suffix), data))
    assert stamped and np.array_equal(images.read(path).pixels, before.pixels)
    # Pillow skips tags behind a damaged one.
    assert b"roop (neural engine)" in images.packets_of(path.read_bytes())[0]


def through_pnginfo(image: Pillow.Image, path: Path) -> Path:
    """What the web UI's API and gradio do with a picture: its texts become a PNG's."""
    info = PngImagePlugin.PngInfo()
    for name, text in image.info.items():
        if isinstance(name, str) and isinstance(text, str):
            info.add_text(name, text)
    image.save(path, pnginfo=info)
    return path


HANDED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "parameters": {"parameters": PARAMETERS},
    "an earlier packet": {NAMED: AUNT},
    "a packet as bytes": {"xmp": AUNT.encode()},
    "EXIF of a web UI": {"exif": comment(PARAMETERS)},
    "a packet without its sign": {NAMED: LATIN},
}


@pytest.mark.parametrize("handed", HANDED)
def test_a_picture_that_a_host_hands_out_carries_the_mark_as_a_text(handed: str, tmp_path: Path) -> None:
    image = canvas()
    image.info.update(HANDED[handed])
    image.info[provenance.TEXT] = provenance.text_of(image.info, source_type=TRAINED, engine="neural")
    path = through_pnginfo(image, tmp_path / "a.png")
    kind = "trainedAlgorithmicMedia" if handed in ("parameters", "EXIF of a web UI") else TRAINED
    marks = marks_of(path)
    assert marks["digital source type"] == kind and marks["AI system"] == "roop (neural engine)"
    (xmp,) = images.packets_of(path.read_bytes())
    assert values(xmp, TITLE) == (["Gro\u00dftante" if "sign" in handed else "Aunt"] if "packet" in handed else [])
    assert images.read(path).metadata.xmp == xmp
    assert not stamp(path)
    assert NAMED not in images.read(path).metadata.text


def test_a_mark_in_a_text_chunk_is_found_by_an_independent_reader(tmp_path: Path) -> None:
    exiv2 = pytest.importorskip("pyexiv2", reason="pyexiv2 has no wheel for this platform, or is not installed")
    image = canvas()
    image.info[provenance.TEXT] = provenance.text_of({}, source_type=TRAINED, engine="neural")
    with exiv2.Image(str(through_pnginfo(image, tmp_path / "a.png"))) as found:
        assert found.read_xmp()["Xmp.iptcExt.DigitalSourceType"] == provenance.TERMS + TRAINED


def test_a_picture_in_memory_tells_its_mark_when_it_is_read() -> None:
    image = canvas()
    image.info[provenance.TEXT] = provenance.text_of(image.info, source_type=TRAINED, engine="neural")
    assert values(images.read(image).metadata.xmp, SYSTEM) == ["roop (neural engine)"]
