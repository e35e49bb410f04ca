"""XMP as others write it: every form that the standard allows is understood; the rest is never called unmarked."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images, provenance
from lib_roop.images import Metadata
from lib_roop.provenance import verify, xmp
from lib_roop.provenance.history import kind_of
from tests.test_provenance import BOMB, SOURCE_TYPE, TITLE, packet, term, values

NAME = "Iptc4xmpExt:DigitalSourceType"
GENERATED = term("trainedAlgorithmicMedia")
CAPTURED = term("digitalCapture")
RDF = f"xmlns:rdf='{xmp.RDF}'"
IPTC = f"xmlns:Iptc4xmpExt='{xmp.IPTC}'"
PLAIN = packet(f'{NAME}="{GENERATED}"').decode()


def found(data: bytes) -> list[tuple[str, str]]:
    """What `verify` tells of a file with this packet."""
    black = images.read(np.zeros((4, 4, 3), np.uint8))
    picture = images.Picture(rgb=black.rgb, pixels=black.pixels, metadata=Metadata(xmp=data))
    with tempfile.TemporaryDirectory() as folder:
        path = images.put(Path(folder) / "a.jpg", images.encode(picture, ".jpg"))
        return [(mark.kind, mark.value) for mark in verify.verify(path)]


FORMS: dict[str, bytes] = {
    "UTF-16 with its sign": PLAIN.encode("utf-16"),
    "UTF-16, little end first": PLAIN.encode("utf-16-le"),
    "UTF-16, big end first": PLAIN.encode("utf-16-be"),
    "UTF-32 with its sign": PLAIN.encode("utf-32"),
    "UTF-32, big end first": PLAIN.encode("utf-32-be"),
    "UTF-16 that says so": '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + PLAIN.encode("utf-16-le"),
    "padded with zeros": PLAIN.encode() + bytes(8),
    "a second rdf:RDF": f"<a {RDF}><rdf:RDF/><rdf:RDF><q {IPTC} {NAME}='{GENERATED}'/></rdf:RDF></a>".encode(),
    "a typed node": f"<rdf:RDF {RDF}><q:Photo xmlns:q='urn:q' {IPTC} {NAME}='{GENERATED}'/></rdf:RDF>".encode(),
    "a comment about document types": PLAIN.replace("<!-- kept -->", "<!-- <!DOCTYPE x> -->").encode(),
    "a list": packet("", f"<{NAME}><rdf:Bag><rdf:li>{GENERATED}</rdf:li></rdf:Bag></{NAME}>"),
    "a qualified value": packet(
        "", f"<{NAME} rdf:parseType='Resource'><rdf:value>{GENERATED}</rdf:value><dc:q>zz</dc:q></{NAME}>"
    ),
    "a qualified attribute": packet("", f"<{NAME}><rdf:Description rdf:value='{GENERATED}' dc:q='zz'/></{NAME}>"),
    "a node that is the value": packet("", f"<{NAME}><dc:Concept rdf:about='{GENERATED}'/></{NAME}>"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_mark_is_understood_and_kept(form: str, caplog: pytest.LogCaptureFixture) -> None:
    data = FORMS[form]
    assert found(data) == [("digital source type", "trainedAlgorithmicMedia")]
    with caplog.at_level(logging.WARNING):
        assert values(provenance.marked(data, "composite"), SOURCE_TYPE) == [GENERATED]
    assert kind_of(Metadata(xmp=data), "composite") == "trainedAlgorithmicMedia"
    assert caplog.text == ""


def test_what_a_packet_in_another_encoding_says_is_kept() -> None:
    assert values(provenance.marked(FORMS["UTF-16, big end first"], "composite"), TITLE) == ["Aunt"]


@pytest.mark.parametrize("order", [(GENERATED, CAPTURED), (CAPTURED, GENERATED)])
def test_of_several_values_all_are_told_and_the_strongest_is_kept(order: tuple[str, str]) -> None:
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in order)
    data = packet("", f"<{NAME}><rdf:Bag>{items}</rdf:Bag></{NAME}>")
    assert [value for _, value in found(data)] == [value.rpartition("/")[2] for value in order]
    assert values(provenance.marked(data, "composite"), SOURCE_TYPE) == [GENERATED]


BROKEN = {
    "a document type": f'<!DOCTYPE x [<!ENTITY d "{GENERATED}">]>{PLAIN}'.encode(),
    "a document type in UTF-16": f"<!DOCTYPE x>{PLAIN}".encode("utf-16"),
    "cut short": PLAIN.encode()[:-60],
    "cut short in UTF-16": PLAIN.encode("utf-16")[:-60],
    "no XML": PLAIN.replace('dc:title="Aunt"', "dc:title=Aunt & Uncle").encode(),
    "without an address": PLAIN.replace(GENERATED, "trainedAlgorithmicMedia")[:-60].encode(),
    "hidden behind an instruction": f"<?a <!-- ?><!DOCTYPE x [<!ENTITY d ''>]><?a --> ?>{PLAIN}".encode(),
}


@pytest.mark.parametrize("damage", BROKEN)
def test_a_packet_that_cannot_be_read_is_told_and_what_it_named_is_kept(
    damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = BROKEN[damage]
    assert found(data) == [
        ("unreadable", "present, not readable"),
        ("digital source type", "trainedAlgorithmicMedia"),
    ]
    with caplog.at_level(logging.WARNING):
        assert values(provenance.marked(data, "composite"), SOURCE_TYPE) == [GENERATED]
    assert kind_of(Metadata(xmp=data), "composite") == "trainedAlgorithmicMedia"
    assert "damaged" in caplog.text


@pytest.mark.parametrize("data", [b"junk", b"<a/>", BOMB, b"<x:xmpmeta"])
def test_what_is_no_xmp_is_not_called_unmarked(data: bytes) -> None:
    assert found(data) == [("unreadable", "present, not readable")]


def test_padding_alone_is_no_packet(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        provenance.marked(b" \0\n", "composite")
    assert xmp.readable(b" \0\n") and caplog.text == ""


@pytest.mark.parametrize("depth", [10, 99, 500, 990, 5000])
def test_a_packet_nested_without_end_is_not_followed(depth: int) -> None:
    opened = "".join("<rdf:li>" for _ in range(depth)) + "a" + "".join("</rdf:li>" for _ in range(depth))
    packet = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><Iptc4xmpExt:DigitalSourceType>'
        f"{opened}</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF>"
    ).encode()
    assert (provenance.xmp.source_types(packet) == ("a",)) == (depth < 90)
    assert b"composite" in provenance.marked(packet, provenance.COMPOSITE)
