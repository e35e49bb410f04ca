"""Marks in pictures that a host encodes itself, for programs and for its page, without a file of them."""

import copy
import gc
import io
import pickle
import weakref
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import PngImagePlugin

from lib_roop import images, provenance
from lib_roop.provenance import verify
from tests.host_files import AUNT, NAMED, canvas, comment
from tests.test_provenance import PARAMETERS, TITLE, packet, values

TRAINED = provenance.TRAINED_COMPOSITE


def carried(**info: Any) -> Pillow.Image:
    image = canvas()
    image.info.update(info)
    return provenance.carry(image, source_type=TRAINED, engine="neural")


def encoded(image: Pillow.Image, kind: str) -> bytes:
    """As the API of web UIs does: texts into a PNG, nothing but the parameters into the others."""
    stream = io.BytesIO()
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        for name, text in image.info.items():
            if isinstance(name, str) and isinstance(text, str):
                texts.add_text(name, text)
        image.save(stream, format="PNG", pnginfo=texts, quality=80)
    else:
        image.save(stream, format=kind, exif=comment(str(image.info.get("parameters", ""))), quality=80)
    return stream.getvalue()


def marks_of(data: bytes, folder: Path) -> dict[str, str]:
    path = folder / "handed"
    path.write_bytes(data)
    return {mark.kind: mark.value for mark in verify.verify(path)}


KINDS = pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])


@KINDS
def test_what_a_host_encodes_is_marked_in_every_format(kind: str, tmp_path: Path) -> None:
    marks = marks_of(encoded(carried(), kind), tmp_path)
    assert marks["digital source type"] == TRAINED and marks["AI system"] == "roop (neural engine)"
    marks = marks_of(encoded(carried(parameters=PARAMETERS), kind), tmp_path)
    assert marks["digital source type"] == "trainedAlgorithmicMedia"


@KINDS
def test_no_pixel_and_no_text_of_the_host_is_changed(kind: str) -> None:
    plain = canvas()
    plain.info["parameters"] = PARAMETERS
    before, after = (Pillow.open(io.BytesIO(encoded(image, kind))) for image in (plain, carried(parameters=PARAMETERS)))
    assert before.tobytes() == after.tobytes() and before.getexif() == after.getexif()
    assert before.info.get("parameters") == after.info.get("parameters")


@KINDS
def test_a_host_that_puts_texts_of_its_own_in_the_place_of_all_does_not_lose_it(kind: str, tmp_path: Path) -> None:
    image = carried()
    image.info = {"parameters": "none", "xmp": b"none"}
    assert marks_of(encoded(image, kind), tmp_path)["digital source type"] == TRAINED


@KINDS
def test_a_picture_may_be_carried_again_when_more_is_known_of_it(kind: str, tmp_path: Path) -> None:
    image = carried()
    image.info["parameters"] = PARAMETERS
    provenance.carry(image, source_type=TRAINED, engine="neural")
    data = encoded(image, kind)
    assert marks_of(data, tmp_path)["digital source type"] == "trainedAlgorithmicMedia"
    assert len(images.packets_of(data)) == 1


@KINDS
def test_what_the_picture_said_before_is_kept_where_it_fits(kind: str) -> None:
    (xmp,) = images.packets_of(encoded(carried(**{NAMED: AUNT}), kind))
    assert values(xmp, TITLE) == ["Aunt"]


def test_a_packet_too_large_for_a_jpeg_gives_way_to_the_marks(tmp_path: Path) -> None:
    large = packet(children=f"<dc:subject>{'a' * 70000}</dc:subject>").decode()
    generated = provenance.text_of({NAMED: large, "parameters": PARAMETERS}, source_type=TRAINED)
    data = encoded(carried(**{NAMED: generated}), "JPEG")
    assert len(data) < 70000
    assert marks_of(data, tmp_path)["digital source type"] == "trainedAlgorithmicMedia"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_files_are_written_as_ever(suffix: str, tmp_path: Path) -> None:
    for number, image in enumerate((canvas(), carried())):
        image.save(tmp_path / f"{number}{suffix}")
        with (tmp_path / f"open {number}{suffix}").open("wb") as file:
            image.save(file)
    assert (tmp_path / f"0{suffix}").read_bytes() == (tmp_path / f"1{suffix}").read_bytes()
    assert (tmp_path / f"open 0{suffix}").read_bytes() == (tmp_path / f"open 1{suffix}").read_bytes()


def test_another_format_is_encoded_as_ever() -> None:
    streams = io.BytesIO(), io.BytesIO()
    for image, stream in zip((canvas(), carried()), streams, strict=True):
        image.save(stream, "BMP")
    assert streams[0].getvalue() == streams[1].getvalue()


def test_copies_have_the_text_alone() -> None:
    for other in (carried().copy(), copy.deepcopy(carried()), pickle.loads(pickle.dumps(carried()))):  # noqa: S301
        assert "save" not in vars(other) and "DigitalSourceType" in other.info[NAMED]


def test_a_picture_goes_as_soon_as_nobody_has_it() -> None:
    gc.disable()
    try:
        image = carried()
        there = weakref.ref(image)
        del image
        assert there() is None
    finally:
        gc.enable()


def test_the_very_picture_that_carries_its_marks_is_told_from_one_made_of_it() -> None:
    image = Pillow.new("RGB", (8, 8))
    assert not provenance.carried(image)
    made = provenance.carry(image, source_type=TRAINED, engine="neural")
    assert provenance.carried(made)
    assert not any(provenance.carried(other) for other in (made.copy(), made.convert("RGBA"), made.crop((0, 0, 4, 4))))
