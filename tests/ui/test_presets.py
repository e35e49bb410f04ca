"""Named settings in a folder."""

import json
from pathlib import Path

import pytest

from lib_roop.errors import InputError
from lib_roop.ui.presets import LARGEST, PresetFolder

SETTINGS = {"units": [{"strength": 0.5, "checkpoint": "Анна"}], "post": {"restorer": "none"}}


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path / "not there yet")
    store.save("portrait 李", SETTINGS)
    assert store.names() == ["portrait 李"] and store.load("portrait 李") == SETTINGS


def test_a_folder_that_is_not_there_has_no_presets(tmp_path: Path) -> None:
    assert PresetFolder(tmp_path / "nowhere").names() == []


def test_names_are_sorted_as_people_read_them(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path)
    for name in ("b", "A", "C", "a"):
        store.save(name, {})
    (tmp_path / "notes.txt").write_text("no preset")
    assert store.names() == ["A", "a", "b", "C"]


def test_saving_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path)
    store.save("one", SETTINGS)
    store.save("one", {"units": []})
    assert store.load("one") == {"units": []} and [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_what_cannot_be_written_as_json_leaves_the_old_one(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path)
    store.save("one", SETTINGS)
    with pytest.raises(TypeError):
        store.save("one", {"units": object()})
    assert store.load("one") == SETTINGS


@pytest.mark.parametrize("name", ["../outside", "a/b", "", "con", ".hidden", "C:\\x"])
@pytest.mark.parametrize("act", ["load", "save", "delete"])
def test_a_name_is_never_a_path(tmp_path: Path, name: str, act: str) -> None:
    (tmp_path / "outside.json").write_text("{}")
    store = PresetFolder(tmp_path / "presets")
    with pytest.raises(InputError):
        store.save(name, {}) if act == "save" else getattr(store, act)(name)
    assert [path.name for path in tmp_path.rglob("*.json")] == ["outside.json"]


def test_an_unknown_preset_names_the_one_that_was_meant(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path)
    store.save("portrait", {})
    with pytest.raises(InputError, match="There is no preset 'potrait'; did you mean 'portrait'"):
        store.load("potrait")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * LARGEST + b'"'])
def test_a_damaged_preset_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    with pytest.raises(InputError, match=r"The preset .*odd\.json .* delete it and keep the settings again\."):
        PresetFolder(tmp_path).load("odd")


ODD = (
    {"units": None}, {"units": [3]}, {"units": {"a": 1}}, {"units": [], "post": 3}, {"units": [{"strenght": 1}]},
    {"units": [{"min_similarity": "much"}]}, {"units": [{"mask": ["nothing"]}]}, {"job": {"inpaint": "nowhere"}},
)  # fmt: skip


@pytest.mark.parametrize("content", ODD)
def test_a_preset_that_somebody_spoiled_is_a_sentence(tmp_path: Path, content: object) -> None:
    (tmp_path / "odd.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"The preset .*odd\.json cannot be used; mend it or keep the settings again: "
    ):
        PresetFolder(tmp_path).load("odd")


def test_a_deleted_preset_is_gone(tmp_path: Path) -> None:
    store = PresetFolder(tmp_path)
    store.save("one", SETTINGS)
    store.delete("one")
    assert store.names() == []


def test_a_preset_is_json_that_people_can_read(tmp_path: Path) -> None:
    PresetFolder(tmp_path).save("one", SETTINGS)
    text = (tmp_path / "one.json").read_text(encoding="utf-8")
    assert json.loads(text) == SETTINGS and "Анна" in text
