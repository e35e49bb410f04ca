"""The packet of a file: found wherever it stands, replaced, and all that changes."""

from __future__ import annotations

import io
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop.images import packets_of, suffixes, with_packet
from tests.host_files import AUNT, LATIN, NAMED, NAMES, canvas, files, png_chunks, text_chunk, webp_chunks, written
from tests.pictures import bytes_of
from tests.test_provenance import packet

XMP = packet()
SUFFIXES = tuple(suffix for suffix in (".png", ".jpg", ".webp", ".avif", ".tif", ".gif") if suffix in suffixes())
CHUNKS: dict[str, bytes] = {
    "iTXt": text_chunk(b"iTXt", f"{NAMED}\0\0\0\0\0{AUNT}".encode()),
    "iTXt in a language": text_chunk(b"iTXt", f"{NAMED}\0\0\0de\0XMP\0{AUNT}".encode()),
    "iTXt, compressed": text_chunk(b"iTXt", f"{NAMED}\0\1\0\0\0".encode() + zlib.compress(AUNT.encode())),
    "tEXt": text_chunk(b"tEXt", f"{NAMED}\0{LATIN}".encode("latin-1")),
    "tEXt in UTF-8": text_chunk(b"tEXt", f"{NAMED}\0{LATIN}".encode()),
    "zTXt": text_chunk(b"zTXt", f"{NAMED}\0\0".encode() + zlib.compress(LATIN.encode("latin-1"))),
}
BEGINNINGS = (
    *(b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*\0\0\0\x08", b"GIF89a"),
    *(b"RIFF\x40\0\0\0WEBP", b"\0\0\0\x0cftypavif\0\0\0\x40meta"),
)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".png", ".jpg", ".gif"))])
def test_the_packet_is_all_that_comes_into_a_file(name: str) -> None:
    before = files()[name]
    after = with_packet(before, XMP)
    start = 6 if name.endswith(".gif") else 0
    assert before[start - 6 : start] in (b"", b"GIF87a", b"GIF89a")
    same = next(at for at in range(start, len(before)) if before[at] != after[at])
    assert after[len(after) - len(before) + same :] == before[same:]


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".avif")])
def test_an_avif_gets_its_packet_before_the_coded_data_and_these_stay_together(name: str) -> None:
    before = files()[name]
    head, coded = before[: before.index(b"meta") - 4], before[before.index(b"mdat") - 4 :]
    first = with_packet(before, b"<x/>")
    assert first.startswith(head) and first.endswith(b"mdat<x/>" + coded)
    second = with_packet(first, XMP)
    assert second.startswith(head) and second.endswith(b"mdat" + XMP + b"\0\0\0\x0cmdat<x/>" + coded)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".avif")])
def test_another_decoder_knows_an_avif_again(name: str) -> None:
    before: Any = cv2.imdecode(np.frombuffer(files()[name], np.uint8), cv2.IMREAD_UNCHANGED)
    if before is None:
        pytest.skip("this OpenCV reads no .avif")
    for data in (once := with_packet(files()[name], XMP), with_packet(once, XMP)):
        after: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(before, after)


def test_an_animated_avif_is_refused() -> None:
    if ".avif" not in suffixes():
        pytest.skip("this Pillow writes no .avif")
    moving = bytes_of(canvas(), "AVIF", save_all=True, append_images=[canvas()])
    with pytest.raises(ValueError, match="of a rare kind; save it again, best as PNG"):
        with_packet(moving, XMP)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".tif")])
def test_a_tiff_gets_its_packet_at_its_end(name: str) -> None:
    before = files()[name]
    after = with_packet(before, XMP)
    assert after[8 : len(before)] == before[8:] and after[:4] == before[:4]


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".png")])
def test_the_packet_of_a_png_stands_behind_its_header(name: str) -> None:
    first, added, *rest = png_chunks(with_packet(files()[name], XMP))
    assert [first, *rest] == png_chunks(files()[name])
    assert added[0] == b"iTXt" and added[1].startswith(b"XML:com.adobe.xmp\0\0\0\0\0<?xpacket")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".webp")])
def test_a_webp_has_a_header_that_tells_what_it_holds(name: str) -> None:
    before, after = webp_chunks(files()[name]), webp_chunks(with_packet(files()[name], XMP))
    assert after[1:-1] == [chunk for chunk in before if chunk[0] != b"VP8X"]
    (kind, header), (last, xmp) = after[0], after[-1]
    assert (kind, last) == (b"VP8X", b"XMP ") and xmp.startswith(b"<?xpacket")
    size = [int.from_bytes(header[at : at + 3], "little") + 1 for at in (4, 7)]
    named = {kind for kind, _ in after}
    told = {kind for kind, bit in ((b"ICCP", 0x20), (b"EXIF", 8), (b"XMP ", 4), (b"ANIM", 2)) if header[0] & bit}
    with Pillow.open(io.BytesIO(files()[name])) as image:
        assert size == list(image.size)
        assert bool(header[0] & 0x10) == (image.mode == "RGBA")
    assert told == named & {b"ICCP", b"EXIF", b"XMP ", b"ANIM"}


def test_a_webp_is_tried_with_and_without_a_header() -> None:
    first = {webp_chunks(data)[0][0] for name, data in files().items() if name.endswith(".webp")}
    assert first == {b"VP8 ", b"VP8L", b"VP8X"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_packet_takes_the_place_of_the_one_before(suffix: str) -> None:
    data = written(suffix, packet("dc:a='1'"))
    assert packets_of(data) == [packet("dc:a='1'")]
    replaced = with_packet(data, XMP)
    assert packets_of(replaced) == [XMP]
    if suffix not in (".tif", ".avif"):
        # Those have no use for the old bytes, but keep them.
        assert replaced == with_packet(replaced, XMP) == with_packet(written(suffix, b""), XMP)


@pytest.mark.parametrize("late", [False, True], ids=["before the pixels", "behind the pixels"])
@pytest.mark.parametrize("form", CHUNKS)
def test_a_pngs_packet_is_found_in_every_chunk_that_may_hold_it(form: str, late: bool) -> None:
    data = files()["parameters.png"]
    at = len(data) - 12 if late else data.index(b"IDAT") - 4
    filled = data[:at] + CHUNKS[form] + data[at:]
    assert packets_of(filled) == [(AUNT if form.startswith("iTXt") else LATIN).encode()]
    assert with_packet(filled, XMP) == with_packet(data, XMP)


@pytest.mark.parametrize("broken", [b"\0", b"\1\0\0\0junk"], ids=["cut short", "no deflate"])
def test_a_chunk_of_that_name_that_holds_no_packet_is_replaced_too(broken: bytes) -> None:
    data = files()["parameters.png"]
    chunk = text_chunk(b"iTXt", NAMED.encode() + b"\0" + broken)
    assert with_packet(data[:33] + chunk + data[33:], XMP) == with_packet(data, XMP)


def test_a_jpegs_packet_stands_behind_exif_and_fill_bytes_do_no_harm() -> None:
    data = files()["comment.jpg"]
    assert data[2:4] == b"\xff\xe0"
    after = with_packet(data[:2] + b"\xff\xff" + data[2:], XMP)
    assert after[:6] == b"\xff\xd8\xff\xff\xff\xe0"
    assert after.index(b"Exif\0\0") < after.index(b"http://ns.adobe.com/xap/1.0/\0") < after.index(b"ICC_PROFILE")


def test_a_packet_that_fits_no_segment_is_left_out() -> None:
    data = files()["comment.jpg"]
    assert packets_of(with_packet(data, bytes(65504))) == [bytes(65504)]
    assert with_packet(data, bytes(65505)) == data


def test_a_webp_chunk_of_odd_length_is_followed_by_a_zero() -> None:
    for xmp in (b"<x/>", b"<xx/>"):
        data = with_packet(files()["comment.webp"], xmp)
        assert webp_chunks(data)[-1] == (b"XMP ", xmp) and len(data) % 2 == 0


@pytest.mark.parametrize("name", ["parameters.png", "plain.jpg", "lossy.webp", "moving.webp", "plain.gif"])
def test_what_stands_behind_a_file_stays_behind_it(name: str) -> None:
    assert with_packet(files()[name] + b"a tail", XMP) == with_packet(files()[name], XMP) + b"a tail"


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".png", ".webp", ".gif"))])
def test_a_file_that_is_cut_short_is_refused(name: str) -> None:
    data = files()[name].removesuffix(b"\0")
    for end in range(len(data)):
        with pytest.raises(ValueError, match=r"^is "):
            packets_of(data[:end])


@pytest.mark.parametrize("data", [b"", b"junk", b"BM" + bytes(60), b"RIFF\4\0\0\0WAVE"])
def test_bytes_of_another_kind_are_refused_with_those_that_are_known(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^is of a kind .* save PNG, JPEG, WebP, AVIF, TIFF or GIF\.$"):
        packets_of(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.sampled_from(BEGINNINGS))
def test_junk_is_followed_or_refused(junk: bytes, begin: bytes) -> None:
    try:
        found = packets_of(begin + junk)
    except ValueError:
        with pytest.raises(ValueError, match=r"^is (of a kind that|damaged, cut short)"):
            with_packet(begin + junk, XMP)
    else:
        assert all(each in begin + junk for each in found if not begin.startswith(b"\x89"))
