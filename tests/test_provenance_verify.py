"""What is read off files that other tools wrote."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from lib_roop import images, provenance
from lib_roop.errors import PictureError
from lib_roop.images import Metadata
from lib_roop.provenance import verify
from lib_roop.provenance.history import kind_of
from lib_roop.provenance.verify import Mark
from tests.test_provenance import PARAMETERS, packet, term

AIGC = '{"Label": "1", "ContentProducer": "somebody", "ProduceID": "7"}'


def png(path: Path, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    Pillow.new("RGB", (4, 4)).save(path, pnginfo=info)
    return path


def with_xmp(path: Path, xmp: bytes) -> Path:
    picture = images.read(np.zeros((4, 4, 3), np.uint8))
    return images.put(path, images.encode(images.Picture(rgb=picture.rgb, pixels=picture.pixels,
                                                         metadata=Metadata(xmp=xmp)), path.suffix))  # fmt: skip


def found(path: Path) -> list[tuple[str, str, str]]:
    return [(mark.kind, mark.where, mark.value) for mark in verify.verify(path)]


def test_a_file_without_marks_is_not_called_unaltered(tmp_path: Path) -> None:
    marks = verify.verify(png(tmp_path / "a.png"))
    assert marks == ()
    assert verify.verdict(marks) == "No mark was found; that does not mean that the picture is unaltered."


@pytest.mark.parametrize(
    ("kind", "words", "discloses"),
    [
        ("trainedAlgorithmicMedia", "made by generative AI", True),
        ("digitalCapture", "taken with a digital camera", False),
        ("humanEdits", "altered by a person", True),
        ("somethingNew", "not a term", False),
    ],
)
def test_a_source_type_is_told_in_words(kind: str, words: str, discloses: bool, tmp_path: Path) -> None:
    path = with_xmp(tmp_path / "a.jpg", packet(f'Iptc4xmpExt:DigitalSourceType="{term(kind)}"'))
    (mark,) = verify.verify(path)
    assert (mark.kind, mark.where, mark.value) == ("digital source type", "XMP", kind)
    assert words in mark.meaning and mark.discloses == discloses
    assert verify.verdict([mark]) == (verify.SPEAKS if discloses else verify.SILENT)


def test_parameters_of_generators_are_marks(tmp_path: Path) -> None:
    assert found(png(tmp_path / "a.png", parameters=PARAMETERS)) == [
        ("generation parameters", "text", "Stable Diffusion web UI")
    ]
    assert found(png(tmp_path / "b.png", prompt='{"1": {"class_type": "KSampler"}}'))[0][2] == "ComfyUI"
    exif = Pillow.Exif()
    exif[0x8769] = {0x9286: b"UNICODE\0" + PARAMETERS.encode("utf-16-be")}
    Pillow.new("RGB", (4, 4)).save(tmp_path / "c.jpg", exif=exif.tobytes())
    assert found(tmp_path / "c.jpg")[0][0] == "generation parameters"


def test_software_is_named_but_discloses_nothing(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0131] = "Darkroom 3"
    Pillow.new("RGB", (4, 4)).save(tmp_path / "a.jpg", exif=exif.tobytes())
    (mark,) = verify.verify(tmp_path / "a.jpg")
    assert (mark.kind, mark.where, mark.value) == ("software", "EXIF", "Darkroom 3")
    assert verify.verdict([mark]) == verify.SILENT


def test_the_chinese_label_is_read_wherever_it_stands(tmp_path: Path) -> None:
    escaped = AIGC.replace('"', "&quot;")
    xmp = packet("", f'<T:AIGC xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/">{escaped}</T:AIGC>')
    exif = Pillow.Exif()
    exif[0x8769] = {0x9286: b"ASCII\0\0\0" + json.dumps({"AIGC": json.loads(AIGC)}).encode()}
    Pillow.new("RGB", (4, 4)).save(tmp_path / "c.jpg", exif=exif.tobytes())
    paths = {
        "XMP": with_xmp(tmp_path / "a.png", xmp),
        "PNG": png(tmp_path / "b.png", AIGC=AIGC),
        "EXIF": tmp_path / "c.jpg",
    }
    for where, path in paths.items():
        assert found(path) == [("AIGC label", where, "1")]
        assert verify.verdict(verify.verify(path)) == verify.SPEAKS
    assert found(png(tmp_path / "d.png", AIGC="[]")) == found(png(tmp_path / "e.png", AIGC='{"Label": "9"}')) == []


def test_the_ai_system_of_other_tools_is_read_from_elements(tmp_path: Path) -> None:
    xmp = packet("", "<Iptc4xmpExt:AISystemUsed>Painter</Iptc4xmpExt:AISystemUsed>")
    assert found(with_xmp(tmp_path / "a.webp", xmp)) == [("AI system", "XMP", "Painter")]


def test_credentials_that_are_no_credentials_are_broken_or_unchecked(tmp_path: Path) -> None:
    data = png(tmp_path / "a.png").read_bytes()
    chunk = b"caBX" + b"\0\0\0\x08jumb"
    whole = struct.pack(">I", 8) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "a.png").write_bytes(data[:33] + whole + data[33:])
    assert found(tmp_path / "a.png")[0][2] in ("broken", "not checked")


def test_credentials_that_lie_elsewhere_are_present_and_not_checked(tmp_path: Path) -> None:
    link = 'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="https://example.org/a.c2pa"'
    (mark,) = verify.verify(with_xmp(tmp_path / "a.jpg", packet(link)))
    assert (mark.kind, mark.where, mark.value) == ("content credentials", "XMP", "not checked")
    assert "present" in mark.meaning and "https://example.org/a.c2pa" in mark.meaning
    assert verify.verdict([mark]) == verify.SILENT


def test_credentials_with_a_wrong_checksum_are_broken_and_the_rest_is_read(tmp_path: Path) -> None:
    data = png(tmp_path / "a.png", AIGC=AIGC).read_bytes()
    (tmp_path / "a.png").write_bytes(
        data[:33] + struct.pack(">I", 8) + b"caBX" + b"\0\0\0\x08jumb" + b"crc?" + data[33:]
    )
    with pytest.raises(PictureError):
        images.read(tmp_path / "a.png")
    assert found(tmp_path / "a.png") == [("content credentials", "C2PA", "broken"), ("AIGC label", "PNG", "1")]
    assert verify.verdict(verify.verify(tmp_path / "a.png")) == verify.BROKEN


def test_a_picture_that_is_broken_elsewhere_cannot_be_verified(tmp_path: Path) -> None:
    data = png(tmp_path / "a.png").read_bytes()
    chunk = b"caBX" + b"\0\0\0\x08jumb"
    whole = struct.pack(">I", 8) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "a.png").write_bytes(data[:33] + whole + data[33:43])
    with pytest.raises(PictureError):
        verify.verify(tmp_path / "a.png")


def test_what_is_no_picture_cannot_be_verified(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"junk")
    with pytest.raises(PictureError):
        verify.verify(tmp_path / "a.png")


def test_of_the_marks_a_break_is_told_first() -> None:
    speaking = Mark(kind="AIGC label", where="PNG", value="1", discloses=True)
    broken = Mark(kind="content credentials", where="C2PA", value="broken")
    assert verify.verdict([speaking, broken]) == verify.BROKEN


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([b"", b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0", b"MM\0*"]))
def test_damaged_exif_says_nothing_and_harms_nothing(junk: bytes, begin: bytes) -> None:
    assert kind_of(Metadata(exif=begin + junk), "composite") == provenance.COMPOSITE
