"""Where a net is found, and that nothing but the file of its card is handed on."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.errors import ModelError
from lib_roop.host import builtin_folder
from lib_roop.zoo import store
from lib_roop.zoo.builtin import BLAZEFACE, DLIB_RESNET, FACEMESH
from lib_roop.zoo.cards import Build, ModelCard
from lib_roop.zoo.hashes import Ledger

from .graphs import card_of, tiny
from .test_unpack import FINDER, TELLER, pack_of

WHOLE = tiny()
CARD = card_of(WHOLE)


def said(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        store.verified(CARD, path)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and ". " not in message
    assert str(path) in message
    return message


def test_a_whole_file_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / CARD.file
    path.write_bytes(WHOLE)
    assert store.verified(CARD, path) == WHOLE


@pytest.mark.parametrize("place", [0, len(WHOLE) // 2, len(WHOLE) - 1])
def test_one_wrong_bit_is_noticed(tmp_path: Path, place: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= 1
    (tmp_path / CARD.file).write_bytes(data)
    assert "is damaged (its sha256 is not the expected one); install roop anew" in said(tmp_path / CARD.file)


@pytest.mark.parametrize("data", [b"", WHOLE[:-1], WHOLE + b"\n"], ids=["empty", "cut", "longer"])
def test_a_file_of_another_size_says_both_sizes(tmp_path: Path, data: bytes) -> None:
    (tmp_path / CARD.file).write_bytes(data)
    assert f"has {len(data)} bytes instead of {len(WHOLE)}; install roop anew" in said(tmp_path / CARD.file)


def test_what_cannot_be_read_is_said_with_its_reason(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in said(tmp_path / "absent.onnx")
    said(tmp_path)


def test_a_missing_net_is_named_with_the_folders_that_were_searched(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        store.find(CARD, [tmp_path / "one", tmp_path / "two"])
    message = str(caught.value)
    assert message.startswith(f"The net tiny.onnx is missing in {builtin_folder()}, {tmp_path / 'one'}, ")
    assert message.endswith(f"{tmp_path / 'two'}; install roop anew or put the right file there.")


def test_the_first_folder_that_has_a_file_wins_and_folders_are_no_files(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("empty", "fake", "first", "second")]
    for folder in folders:
        folder.mkdir()
    (folders[1] / CARD.file).mkdir()
    for folder in folders[2:]:
        (folder / CARD.file).write_bytes(WHOLE)
    assert store.find(CARD, folders) == folders[2] / CARD.file


@pytest.mark.parametrize("card", [BLAZEFACE, FACEMESH, DLIB_RESNET], ids=lambda card: card.name)
def test_roops_own_net_goes_before_a_file_of_the_same_name(tmp_path: Path, card: ModelCard) -> None:
    (tmp_path / card.file).write_bytes(b"another")
    assert store.find(card, [tmp_path]) == builtin_folder() / card.file
    assert len(store.verified(card, builtin_folder() / card.file)) == card.size


def test_a_card_that_expects_another_file_refuses_roops_own() -> None:
    with pytest.raises(ModelError, match="is damaged"):
        store.verified(replace(BLAZEFACE, sha256="0" * 64), builtin_folder() / BLAZEFACE.file)


BY_HAND = replace(CARD, size=0, sha256="")
FETCHED = replace(CARD, urls=("https://models.invalid/tiny.onnx",))


def placed(folder: Path, data: bytes = WHOLE, name: str = CARD.file) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def test_a_net_that_can_be_got_says_how(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"; get it with: roop models get tiny, or put the right file there\.$"):
        store.find(FETCHED, [tmp_path])
    with pytest.raises(ModelError, match=r"is damaged .*; get it with: roop models get tiny"):
        store.verified(FETCHED, placed(tmp_path, bytes(len(WHOLE))))


def test_a_file_of_the_right_size_is_found_before_another_of_that_name(tmp_path: Path) -> None:
    placed(tmp_path / "cut", WHOLE[:-1])
    right = placed(tmp_path / "right")
    assert store.find(CARD, [tmp_path / "cut", tmp_path / "right"]) == right
    assert store.find(CARD, [tmp_path / "cut"]) == tmp_path / "cut" / CARD.file
    assert store.installed(CARD, [tmp_path / "cut"]) is None
    assert store.present(CARD, [tmp_path / "cut"]) == tmp_path / "cut" / CARD.file


def test_other_builds_and_other_names_are_as_good(tmp_path: Path) -> None:
    other = tiny(operator="Abs")
    card = replace(CARD, aliases=("small.onnx",), builds=(Build(len(other), card_of(other).sha256),))
    path = placed(tmp_path, other, "small.onnx")
    assert store.installed(card, [tmp_path]) == path
    assert store.verified(card, path) == other
    assert store.checked(card, path, Ledger(tmp_path)) == path


def test_the_folders_of_other_tools_and_of_the_setting_are_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOP_MODELS", os.pathsep.join(["", str(tmp_path / "one"), "~/two"]))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    found = store.folders([tmp_path / "own"], tmp_path / "ui")
    assert found[:3] == (tmp_path / "own", tmp_path / "one", tmp_path / "two")
    assert found[3:7] == tuple(
        tmp_path / "ui" / "models" / name for name in ("roop", "insightface", "reactor", "faceswaplab")
    )
    assert found[-1] == tmp_path / ".insightface" / "models"
    assert len(store.folders([tmp_path / "own"])) == 4


@pytest.mark.parametrize("inside", ["people", "models/people", "analysers/models/people"])
def test_a_pack_is_found_where_tools_unpack_it_as_soon_as_what_it_needs_is_there(tmp_path: Path, inside: str) -> None:
    pack = pack_of(b"")
    placed(tmp_path / inside, FINDER, "finder.onnx")
    assert store.installed(pack, [tmp_path]) is None
    assert store.present(pack, [tmp_path]) == tmp_path / inside
    assert not store.complete(pack, tmp_path / inside)
    with pytest.raises(ModelError, match=r"The pack people is missing in .*, or not whole; "):
        store.find_pack(pack, [tmp_path])
    placed(tmp_path / inside, TELLER, "teller.onnx")
    assert store.find_pack(pack, [tmp_path / "none", tmp_path]) == tmp_path / inside
    files = store.pack_files(pack, tmp_path / inside)
    assert [store.member(pack, path).name for path in files.values()] == ["finder", "teller"]


def test_a_large_file_is_hashed_once_and_again_when_it_changed_or_when_asked(tmp_path: Path) -> None:
    path, ledger = placed(tmp_path / "nets"), Ledger(tmp_path)
    assert store.checked(CARD, path, ledger) == path
    assert ledger.current(path) == CARD.sha256
    ledger.note(path, "0" * 64)
    with pytest.raises(ModelError, match="is damaged"):
        store.checked(CARD, path, ledger)
    assert store.checked(CARD, path, ledger, anew=True) == path
    path.write_bytes(bytes(len(WHOLE)))
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelError, match="is damaged"):
        store.checked(CARD, path, ledger)


def test_the_first_hash_of_a_file_that_nobody_states_one_of_must_stay(tmp_path: Path) -> None:
    path, ledger = placed(tmp_path / "nets"), Ledger(tmp_path)
    assert store.checked(BY_HAND, path, ledger) == path
    path.write_bytes(tiny(operator="Abs"))
    os.utime(path, ns=(1, 1))
    with pytest.raises(
        ModelError, match=r"is another one than when it was first used.*roop models verify tiny --accept"
    ):
        store.checked(BY_HAND, path, ledger)
    ledger.forget(path)
    assert store.checked(BY_HAND, path, Ledger(tmp_path)) == path


def test_an_empty_file_is_no_net_whatever_its_card_says(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has 0 bytes instead of what a net has; put it there by hand"):
        store.checked(BY_HAND, placed(tmp_path, b""), Ledger(tmp_path))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"files": 3}', '{"files": {"x": {"size": "many"}}}', '{"files": {"x": null}}', "\0\xff"],
)
def test_a_damaged_note_of_hashes_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    path = placed(tmp_path)
    (tmp_path / "hashes.json").write_bytes(text.encode("latin-1"))
    ledger = Ledger(tmp_path)
    assert ledger.seen(path) is None
    assert store.checked(CARD, path, ledger) == path
    assert ledger.current(path) == CARD.sha256


def test_where_hashes_cannot_be_noted_files_are_hashed_each_time(tmp_path: Path) -> None:
    path, nowhere = placed(tmp_path), tmp_path / CARD.file / "folder"
    assert store.checked(CARD, path, Ledger(nowhere)) == path
    assert Ledger(nowhere).seen(path) is None
