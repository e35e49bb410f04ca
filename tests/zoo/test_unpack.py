"""A pack is unpacked whole and right, or nothing changes; what else a zip holds is left there."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.errors import ModelError
from lib_roop.zoo import download, store
from lib_roop.zoo.cards import Pack
from lib_roop.zoo.unpack import unpack

from .graphs import card_of, tiny
from .site import Site

FINDER, TELLER = tiny(operator="Abs"), tiny(operator="Neg")
MEMBERS = (
    replace(card_of(FINDER), name="finder", task="detection", file="finder.onnx"),
    replace(card_of(TELLER), name="teller", task="recognition", file="teller.onnx"),
)
RIGHT = (("finder.onnx", FINDER), ("teller.onnx", TELLER))


def zipped(entries: Sequence[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def pack_of(data: bytes, *urls: str) -> Pack:
    return Pack(
        name="people",
        file="people.zip",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="CC0-1.0",
        commercial_use=True,
        members=MEMBERS,
        read_in="this file",
        urls=urls,
    )


def unpacked(data: bytes, folder: Path) -> Path:
    """The pack in a folder that holds nothing else but its zip."""
    archive = folder / "people.zip"
    archive.write_bytes(data)
    return unpack(pack_of(data), archive, folder)


def refused(data: bytes, folder: Path) -> str:
    """What is said of a zip; nothing but the zip is there then, in the folder or beside it."""
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(ModelError) as caught:
        unpacked(data, folder)
    after = sorted(folder.parent.rglob("*"))
    assert [path for path in after if path not in before] == [folder / "people.zip"]
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


@pytest.mark.parametrize("inside", ["", "people/"])
def test_nets_are_taken_from_the_root_or_the_packs_own_folder(tmp_path: Path, inside: str) -> None:
    folder = unpacked(zipped([("people/", b""), *((inside + name, data) for name, data in RIGHT)]), tmp_path)
    assert folder == tmp_path / "people"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == dict(RIGHT)
    assert {path.name for path in tmp_path.iterdir()} == {"people", "people.zip"}


def test_what_else_a_zip_holds_stays_in_it(tmp_path: Path) -> None:
    more = [("../escaped.onnx", b"x"), ("/etc/escaped", b"x"), ("readme.txt", b"x"), ("__MACOSX/finder.onnx", b"x")]
    folder = unpacked(zipped([*more, *RIGHT]), tmp_path)
    assert {path.name for path in folder.iterdir()} == {"finder.onnx", "teller.onnx"}
    assert not (tmp_path.parent / "escaped.onnx").exists()


@pytest.mark.parametrize(
    "name", ["../finder.onnx", "/finder.onnx", "a/finder.onnx", "people\\finder.onnx", "C:finder.onnx"]
)
def test_a_net_under_another_path_is_not_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / "models").mkdir()
    message = refused(zipped([(name, FINDER), RIGHT[1]]), tmp_path / "models")
    assert message.startswith("The zip of people lacks finder.onnx; ")


def test_a_net_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    data = zipped([*RIGHT, ("people/finder.onnx", TELLER)])
    assert "has several of finder.onnx" in refused(data, tmp_path / "models")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([("finder.onnx", FINDER + b"!"), RIGHT[1]], "finder.onnx in the zip of people is not the expected file"),
        ([("finder.onnx", bytes(len(FINDER))), RIGHT[1]], "finder.onnx in the zip of people has another sha256"),
        ([("finder.onnx", b""), RIGHT[1]], "finder.onnx in the zip of people is not the expected file"),
    ],
    ids=["longer", "other bytes", "empty"],
)
def test_a_net_that_is_another_one_is_refused(tmp_path: Path, entries: list[tuple[str, bytes]], said: str) -> None:
    (tmp_path / "models").mkdir()
    assert said in refused(zipped(entries), tmp_path / "models")


def test_a_net_of_unknown_size_may_not_be_a_bomb(tmp_path: Path) -> None:
    bomb = zipped([("finder.onnx", FINDER), RIGHT[1]])
    at = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"PK\x01\x02"))
    stated = bomb[: at + 24] + (0x7FFFFFFF).to_bytes(4, "little") + bomb[at + 28 :]
    archive = tmp_path / "people.zip"
    archive.write_bytes(stated)
    pack = replace(pack_of(stated), members=(replace(MEMBERS[0], size=0, sha256=""), MEMBERS[1]))
    with pytest.raises(ModelError, match=r"finder\.onnx in the zip of people is not the expected file"):
        unpack(pack, archive, tmp_path)
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.9, -1])
def test_a_zip_that_is_cut_is_refused(tmp_path: Path, keep: float) -> None:
    whole = zipped(RIGHT)
    (tmp_path / "models").mkdir()
    cut = whole[: int(keep * len(whole)) if 0 < keep < 1 else int(keep)]
    assert "is no whole zip" in refused(cut, tmp_path / "models")


def test_one_wrong_bit_anywhere_in_a_zip_is_noticed_or_harmless(tmp_path: Path) -> None:
    whole = zipped(RIGHT)
    for place in range(0, len(whole), 7):
        folder = tmp_path / str(place)
        folder.mkdir()
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        try:
            found = unpacked(bytes(data), folder)
        except ModelError:
            assert list(folder.iterdir()) == [folder / "people.zip"]
        else:
            assert {path.name: path.read_bytes() for path in found.iterdir()} == dict(RIGHT)


def test_an_encrypted_net_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    data = bytearray(zipped(RIGHT))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "finder.onnx in the zip of people is not the expected file" in refused(bytes(data), tmp_path / "models")


def test_what_was_half_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "finder.onnx").write_bytes(b"half")
    assert store.installed(pack_of(b""), [tmp_path]) is None
    assert (unpacked(zipped(RIGHT), tmp_path) / "finder.onnx").read_bytes() == FINDER
    assert {path.name for path in tmp_path.iterdir()} == {"people", "people.zip"}


def test_a_pack_is_got_and_unpacked_and_its_zip_deleted(site: Site, tmp_path: Path) -> None:
    data = zipped(RIGHT)
    pack = pack_of(data, f"{site.base}/none", site.put("/people.zip", data))
    folder = download.fetch(pack, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["people"]
    assert store.installed(pack, [tmp_path]) == folder


def test_a_hostile_pack_from_the_network_leaves_nothing(site: Site, tmp_path: Path) -> None:
    data = zipped([("../finder.onnx", FINDER), RIGHT[1]])
    with pytest.raises(ModelError, match=r"lacks finder\.onnx; get it with: roop models get people"):
        download.fetch(pack_of(data, site.put("/people.zip", data)), tmp_path)
    assert list(tmp_path.iterdir()) == []
