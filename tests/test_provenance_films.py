"""Marks in films: written into every container, found again, and not lost when the film is copied."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

av = pytest.importorskip("av")

from lib_roop.provenance import SOFTWARE, films, marked  # noqa: E402
from lib_roop.provenance.tags import C2PA_BOX, tags_of  # noqa: E402
from lib_roop.provenance.verify import SPEAKS, Mark, verdict, verify  # noqa: E402
from lib_roop.provenance.xmp import source_types  # noqa: E402
from tests import clips  # noqa: E402
from tests.clips import Kind, film  # noqa: E402

CONTAINERS = {".mp4": "libx264", ".mov": "libx264", ".mkv": "libx264", ".webm": "libvpx-vp9", ".avi": "mpeg4"}
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def marked_film(path: Path, engine: str = "built-in", earlier: Mapping[str, str] | None = None) -> Path:
    tags = films.joined(earlier or {}, films.marks(engine))
    film(path, clips.charts(2), Kind(codec=CONTAINERS[path.suffix], metadata=tags))
    films.seal(path, (), tags)
    return path


def copied(path: Path, target: Path) -> Path:
    """As `ffmpeg -c copy` does it."""
    with av.open(path) as source, av.open(target, "w") as container:
        container.metadata.update(source.metadata)
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    return target


def kinds(marks: tuple[Mark, ...]) -> set[tuple[str, str]]:
    return {(mark.kind, mark.value) for mark in marks}


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_a_film_says_what_it_is_and_who_made_it(tmp_path: Path, suffix: str) -> None:
    marks = verify(marked_film(tmp_path / f"a{suffix}", "neural"))
    assert verdict(marks) == SPEAKS
    assert ("digital source type", "compositeWithTrainedAlgorithmicMedia") in kinds(marks)
    system = next(mark for mark in marks if mark.kind == "AI system")
    assert system.value == "roop (neural engine)" and system.meaning == SOFTWARE


@pytest.mark.parametrize(
    ("suffix", "other"),
    [
        *((suffix, other) for suffix in (".mp4", ".mov", ".mkv") for other in (".mp4", ".mov", ".mkv")),
        *((".webm", ".webm"), (".webm", ".mkv"), (".webm", ".mp4")),
        *((".avi", ".avi"), (".avi", ".mkv"), (".avi", ".mov")),
    ],
)
def test_a_copy_in_any_container_still_says_it(tmp_path: Path, suffix: str, other: str) -> None:
    marks = verify(copied(marked_film(tmp_path / f"a{suffix}"), tmp_path / f"b{other}"))
    assert {("digital source type", "composite"), ("AI system", "roop (built-in engine)")} <= kinds(marks)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_mp4_and_quicktime_carry_the_packet_that_pictures_do(tmp_path: Path, suffix: str) -> None:
    path = marked_film(tmp_path / f"a{suffix}")
    packets = films.packets(path)
    assert [list(source_types(packet)) for packet in packets] == [[TERMS + "composite"]]
    with av.open(path) as container:
        assert len(list(container.decode(video=0))) == 2
    assert "XMP" in {mark.where for mark in verify(path)}


def test_an_earlier_packet_stays_in_the_new_one(tmp_path: Path) -> None:
    earlier = marked(b"", "trainedAlgorithmicMedia", "other")
    path = tmp_path / "a.mp4"
    tags = films.joined({}, films.marks("built-in"), [earlier])
    film(path, clips.charts(2), Kind(metadata=tags))
    films.seal(path, [earlier], tags)
    found = kinds(verify(path))
    assert ("digital source type", "trainedAlgorithmicMedia") in found
    assert ("digital source type", "composite") not in found


def test_what_a_film_said_before_stays_named() -> None:
    earlier = {"title": "Holidays", "COMMENT": "by the sea", "encoder": "Lavf1", "software": "Camera 7"}
    tags = films.joined(earlier, films.marks("neural"))
    assert tags["title"] == "Holidays" and "encoder" not in tags
    assert tags["comment"].startswith("by the sea; Altered by roop ")
    assert tags["software"] == f"Camera 7; {SOFTWARE}"
    assert "COMMENT" not in tags


def test_a_second_run_says_nothing_twice() -> None:
    once = films.joined({"comment": "by the sea"}, films.marks("neural"))
    assert films.joined(once, films.marks("neural")) == once


@pytest.mark.parametrize(
    "earlier",
    [
        {"comment": f"Generated. DigitalSourceType: {TERMS}trainedAlgorithmicMedia"},
        {"DIGITAL_SOURCE_TYPE": TERMS + "trainedAlgorithmicMedia"},
        {"comment": "digitalsourcetype: trainedAlgorithmicMedia"},
    ],
)
def test_what_was_generated_stays_so(earlier: dict[str, str]) -> None:
    tags = films.joined(earlier, films.marks("built-in"))
    assert tags["digital_source_type"] == TERMS + "trainedAlgorithmicMedia"
    assert tags["comment"].endswith(TERMS + "trainedAlgorithmicMedia")
    assert films.marks("built-in", earlier)["digital_source_type"] == TERMS + "trainedAlgorithmicMedia"


def test_a_type_that_says_less_does_not_stay() -> None:
    tags = films.joined({"comment": f"DigitalSourceType: {TERMS}digitalCapture"}, films.marks("built-in"))
    assert tags["digital_source_type"] == TERMS + "composite"


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_an_unmarked_film_has_no_mark_that_discloses(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / f"a{suffix}", clips.charts(2), Kind(codec=CONTAINERS[suffix]))
    assert not any(mark.discloses for mark in verify(path))


def test_content_credentials_of_a_film_are_seen_but_not_checked(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", clips.charts(2))
    with path.open("ab") as file:
        file.write(struct.pack(">I4s16s", 28, b"uuid", C2PA_BOX) + b"jumb")
    assert ("content credentials", "not checked") in kinds(verify(path))


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_damaged_films_are_read_as_far_as_they_go(tmp_path: Path, suffix: str) -> None:
    whole = marked_film(tmp_path / f"a{suffix}").read_bytes()
    for cut in range(0, len(whole), max(1, len(whole) // 60)):
        tags_of(io.BytesIO(whole[:cut]))
        tags_of(io.BytesIO(whole[:cut] + bytes(40) + whole[cut + 40 :]))
        tags_of(io.BytesIO(whole[:cut] + b"\xff" * 40 + whole[cut + 40 :]))
    assert verdict(verify(whole)) == SPEAKS


def test_a_live_film_whose_clusters_have_no_size_is_read() -> None:
    def element(kind: str, content: bytes, *, known: bool = True) -> bytes:
        size = (len(content) | 1 << 56).to_bytes(8, "big") if known else b"\x01" + b"\xff" * 7
        return bytes.fromhex(kind) + size + content

    comment = films.marks("neural")["comment"].encode()
    tag = element("67C8", element("45A3", b"COMMENT") + element("4487", comment))
    cluster = element("1F43B675", element("E7", b"\0") + element("A3", b"block"), known=False)
    body = cluster + cluster + element("1254C367", element("7373", tag))
    data = element("1A45DFA3", b"") + element("18538067", body, known=False)
    assert verdict(verify(data)) == SPEAKS


def test_pictures_are_no_films() -> None:
    assert tags_of(io.BytesIO(b"\0\0\0\x1cftypavif" + bytes(20))) is None
    assert tags_of(io.BytesIO(b"RIFF\x10\0\0\0WEBPVP8 ")) is None
    assert tags_of(io.BytesIO(b"")) is None
