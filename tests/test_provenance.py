"""The marks: every written picture says that it is a composite, and nothing that it said before is lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.errors import PictureError

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
TOOL = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
SYSTEM = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemUsed"
VERSION = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemVersionUsed"
TITLE = "{http://purl.org/dc/elements/1.1/}title"


def packet(attributes: str = "", children: str = "") -> bytes:
    """An XMP packet as an editor writes it."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><!-- kept -->'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' dc:title="Aunt" {attributes}>{children}</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def values(xmp: bytes, name: str) -> list[str]:
    """Every value of a property in a packet."""
    found = []
    for description in ET.fromstring(xmp).iter(f"{RDF}Description"):
        found += [description.attrib[name]] if name in description.attrib else []
        found += [str(child.text or child.get(f"{RDF}resource")) for child in description if child.tag == name]
    return found


def term(name: str) -> str:
    return provenance.TERMS + name


def picture(seed: int = 0) -> images.Picture:
    return images.read(np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".gif", ".avif"])
@pytest.mark.parametrize("kind", [provenance.COMPOSITE, provenance.TRAINED_COMPOSITE])
def test_a_saved_picture_says_what_it_is_and_who_made_it(
    suffix: str, kind: provenance.SourceType, tmp_path: Path
) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    xmp = images.read(provenance.save(picture(), tmp_path / f"a{suffix}", source_type=kind)).metadata.xmp
    assert values(xmp, SOURCE_TYPE) == [term(kind)]
    assert values(xmp, TOOL) == [provenance.SOFTWARE]
    assert values(xmp, SYSTEM) == ["roop"]
    assert values(xmp, VERSION) == [provenance.SOFTWARE]


def test_the_engine_is_the_ai_system() -> None:
    first = provenance.marked(packet('Iptc4xmpExt:AISystemUsed="Painter"'), "composite", "built-in")
    assert values(first, SYSTEM) == ["Painter; roop (built-in engine)"]
    both = provenance.marked(provenance.marked(first, "composite", "neural"), "composite", "neural")
    assert values(both, SYSTEM) == ["Painter; roop (built-in engine); roop (neural engine)"]
    assert values(both, VERSION) == [provenance.SOFTWARE]


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("built-in", "composite"),
        ("neural", "compositeWithTrainedAlgorithmicMedia"),
        ("built-in + neural", "compositeWithTrainedAlgorithmicMedia"),
        ("somebody's own", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_the_engine_that_ran_says_what_the_picture_is(engine: str, kind: str) -> None:
    assert provenance.type_of(engine) == kind


PARAMETERS = "a portrait\nNegative prompt: none\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"


@pytest.mark.parametrize(
    "text", [{"parameters": PARAMETERS}, {"prompt": '{"3": {"class_type": "KSampler"}}'}, {"invokeai_metadata": "{}"}]
)
def test_a_generated_picture_stays_a_generated_one(text: dict[str, str], tmp_path: Path) -> None:
    generated = replace(picture(), metadata=images.Metadata(text=text))
    saved = images.read(provenance.save(generated, tmp_path / "a.png", source_type="composite")).metadata
    assert values(saved.xmp, SOURCE_TYPE) == [term("trainedAlgorithmicMedia")]
    assert saved.text == text


def test_parameters_in_exif_count_as_those_in_text(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x8769] = {0x9286: b"UNICODE\0" + PARAMETERS.encode("utf-16-be")}
    generated = replace(picture(), metadata=images.Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0")))
    xmp = images.read(provenance.save(generated, tmp_path / "a.jpg", source_type="composite")).metadata.xmp
    assert values(xmp, SOURCE_TYPE) == [term("trainedAlgorithmicMedia")]


def test_a_note_called_parameters_is_no_generator(tmp_path: Path) -> None:
    noted = replace(picture(), metadata=images.Metadata(text={"parameters": "f/8, 1/250 s"}, exif=b"II*\0\xff\xff"))
    xmp = images.read(provenance.save(noted, tmp_path / "a.png", source_type="composite")).metadata.xmp
    assert values(xmp, SOURCE_TYPE) == [term("composite")]


def test_a_sixteen_bit_picture_is_marked_too(tmp_path: Path) -> None:
    deep = images.read(np.zeros((8, 8, 3), np.uint16))
    for suffix in (".png", ".tif"):
        xmp = images.read(provenance.save(deep, tmp_path / f"a{suffix}", source_type="composite")).metadata.xmp
        assert values(xmp, SOURCE_TYPE) == [term("composite")]


def test_a_format_that_cannot_hold_the_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"cannot hold the mark .* use \.png, \.jpg"):
        provenance.save(picture(), tmp_path / "a.bmp", source_type="composite")
    assert not list(tmp_path.iterdir()) and ".bmp" not in images.suffixes()


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_the_mark_stands_even_where_the_packet_is_too_large(
    suffix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = replace(picture(), metadata=images.Metadata(xmp=packet(f'dc:source="{"x" * 70_000}"', "")))
    with caplog.at_level(logging.WARNING):
        path = provenance.save(large, tmp_path / f"a{suffix}", source_type="composite")
    kept = images.read(path).metadata.xmp
    assert values(kept, SOURCE_TYPE) == [term("composite")]
    assert ("only the mark is kept" in caplog.text) == (suffix == ".jpg") == (values(kept, TITLE) == [])


def test_nothing_is_logged_when_nothing_is_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        provenance.save(picture(), tmp_path / "a.png", source_type="composite")
    assert caplog.text == ""


def test_a_failed_save_raises_as_writing_does(tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        provenance.save(picture(), tmp_path / "none" / "a.png", source_type="composite")


def test_what_the_packet_said_before_is_kept() -> None:
    before = packet('xmp:Rating="5"', "<dc:subject><rdf:Bag><rdf:li>a &amp; b \u6c49</rdf:li></rdf:Bag></dc:subject>")
    after = provenance.marked(before, "composite")
    assert values(after, TITLE) == ["Aunt"]
    assert values(after, "{http://ns.adobe.com/xap/1.0/}Rating") == ["5"]
    for part in (
        b'<?xpacket begin="\xef\xbb\xbf"',
        b"<!-- kept -->",
        "a &amp; b \u6c49".encode(),
        b'<?xpacket end="w"?>',
    ):
        assert part in after


def test_earlier_software_stays_named() -> None:
    after = provenance.marked(packet('xmp:CreatorTool="Darkroom 3"'), "composite")
    assert values(after, TOOL) == [f"Darkroom 3; {provenance.SOFTWARE}"]


def test_marking_twice_is_marking_once() -> None:
    for before in (b"", packet(), packet('xmp:CreatorTool="Darkroom 3"')):
        once = provenance.marked(before, "composite")
        twice = provenance.marked(once, "composite")
        for name in (SOURCE_TYPE, TOOL, TITLE):
            assert values(twice, name) == values(once, name)


@pytest.mark.parametrize(
    ("before", "source_type", "after"),
    [
        ("digitalCapture", "composite", "composite"),
        ("composite", "compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
        ("compositeWithTrainedAlgorithmicMedia", "composite", "compositeWithTrainedAlgorithmicMedia"),
        ("trainedAlgorithmicMedia", "composite", "trainedAlgorithmicMedia"),
        ("humanEdits", "composite", "composite"),
        ("compositeSynthetic", "composite", "compositeWithTrainedAlgorithmicMedia"),
        ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"),
    ],
)
@pytest.mark.parametrize("form", ["attribute", "element", "resource"])
def test_a_mark_is_replaced_by_none_that_says_less(
    before: str, source_type: provenance.SourceType, after: str, form: str
) -> None:
    name = "Iptc4xmpExt:DigitalSourceType"
    forms = {
        "attribute": packet(f'{name}="{term(before)}"'),
        "element": packet("", f"<{name}>{term(before)}</{name}>"),
        "resource": packet("", f'<{name} rdf:resource="{term(before)}"/>'),
    }
    assert values(provenance.marked(forms[form], source_type), SOURCE_TYPE) == [term(after)]


def test_prefixes_of_the_packet_are_its_own() -> None:
    before = (
        packet()
        .replace(b"xmlns:xmp=", b"xmlns:q=")
        .replace(b"dc:title", b'q:CreatorTool="Old" xmlns:xmp="urn:x" xmp:y="z" dc:title')
    )
    after = provenance.marked(before, "composite")
    assert values(after, "{urn:x}y") == ["z"]
    assert values(after, TOOL) == [f"Old; {provenance.SOFTWARE}"]


def test_the_subject_of_the_packet_is_the_subject_of_the_mark() -> None:
    after = provenance.marked(packet().replace(b'rdf:about=""', b'rdf:about="uuid:1"'), "composite")
    assert {node.get(f"{RDF}about") for node in ET.fromstring(after).iter(f"{RDF}Description")} == {"uuid:1"}


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "broken",
    [
        b"junk",
        b"<x:xmpmeta",
        packet()[:-60],
        b"<a/>",
        BOMB,
        BOMB.decode().encode("utf-16"),
    ],
)
def test_a_packet_that_is_no_xmp_is_replaced_and_logged(broken: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        after = provenance.marked(broken, "composite")
    assert values(after, SOURCE_TYPE) == [term("composite")]
    assert "damaged" in caplog.text


@settings(max_examples=150, deadline=None)
@example(b"}", 74, 0)
@given(st.binary(max_size=40), st.integers(0, len(packet())), st.integers(0, 20))
def test_whatever_the_packet_was_the_mark_is_there(junk: bytes, at: int, removed: int) -> None:
    damaged = packet()[:at] + junk + packet()[at + removed :]
    assert values(provenance.marked(damaged, "composite"), SOURCE_TYPE) == [term("composite")]


def test_a_marked_picture_can_be_swapped_and_marked_again(tmp_path: Path) -> None:
    first = images.read(provenance.save(picture(), tmp_path / "a.jpg", source_type=provenance.TRAINED_COMPOSITE))
    again = images.read(provenance.save(replace(first, name="b"), tmp_path / "b.png", source_type="composite"))
    assert values(again.metadata.xmp, SOURCE_TYPE) == [term(provenance.TRAINED_COMPOSITE)]
    assert values(again.metadata.xmp, TOOL) == [provenance.SOFTWARE]


def test_small_pictures_of_the_face_before_are_taken_out() -> None:
    image = "<q:image xmlns:q='http://ns.adobe.com/xap/1.0/g/img/'>FACE</q:image>"
    attribute = "<rdf:li xmlns:q='http://ns.adobe.com/xap/1.0/g/img/' q:image='FACE' q:width='8'/>"
    before = packet(
        'xmlns:g="http://ns.google.com/photos/1.0/image/" g:Data="FACE" xmp:Rating="5"',
        f"<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'>{image}</rdf:li></rdf:Alt></xmp:Thumbnails>"
        f"<dc:pages><rdf:Seq><rdf:li rdf:parseType='Resource'>{image}</rdf:li>{attribute}</rdf:Seq></dc:pages>",
    )
    assert before.count(b"FACE") == 4
    after = provenance.marked(before, "composite")
    assert b"FACE" not in after and b"Thumbnails" not in after
    assert values(after, "{http://ns.adobe.com/xap/1.0/}Rating") == ["5"]


def test_a_packet_that_stands_in_a_picture_is_marked_too() -> None:
    before = b"<q:image xmlns:q='http://ns.adobe.com/xap/1.0/g/img/'>" + packet().split(b"?>", 1)[1].rsplit(b"<?", 1)[0]
    assert values(provenance.marked(before + b"</q:image>", "composite"), SOURCE_TYPE) == [term("composite")]
