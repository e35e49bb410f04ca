"""Where a net is found, and that nothing but the file of its card is handed on."""

from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.errors import ModelError
from lib_roop.host import builtin_folder
from lib_roop.zoo import store
from lib_roop.zoo.builtin import BLAZEFACE, DLIB_RESNET, FACEMESH
from lib_roop.zoo.cards import ModelCard

from .graphs import card_of, tiny

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
    assert message.endswith(f"{tmp_path / 'two'}; install roop anew or put the file there.")


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
