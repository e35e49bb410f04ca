"""The file of --units."""

import json
from pathlib import Path
from typing import Any

import pytest

from lib_roop import images
from lib_roop.cli.units import read
from lib_roop.errors import OptionError
from tests.cli.running import Run, names, save
from tests.fakes import Fakes, row


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_each_unit_of_the_file_is_carried_out(run_with: Run, tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    save(tmp_path / "faces" / "a.png", row(200))
    save(tmp_path / "faces" / "b.png", row(220))
    save(tmp_path / "two.png", row(10, 20))
    units = [{"source": "a.png"}, {"source": ["b.png"], "target_faces": "1", "strength": 1}]
    file = written(tmp_path / "faces" / "units.json", units)
    ended = run_with(Fakes().engine(), "swap", "--units", file, "--target", tmp_path / "two.png", "--json", "-")
    assert [face["identity"] for face in ended.report["faces"]] == ["a", "b"]
    assert "a_two.png" in names(tmp_path)


def test_a_list_may_stand_in_an_object(tmp_path: Path) -> None:
    units = read(written(tmp_path / "u.json", {"units": [{"source": "a.png", "like": "b.png"}]}))
    assert units[0].source == (str(tmp_path / "a.png"),) and units[0].like == str(tmp_path / "b.png")


def test_absolute_paths_and_data_uris_stay(tmp_path: Path) -> None:
    sources = [str(tmp_path / "x" / "a.png"), "data:image/png;base64,AA=="]
    assert read(written(tmp_path / "u.json", [{"source": sources}]))[0].source == tuple(sources)


def test_a_kept_face_goes_by_its_name_or_by_a_path_relative_to_the_file(tmp_path: Path) -> None:
    units = read(written(tmp_path / "u.json", [{"checkpoint": "anna"}, {"checkpoint": "faces/anna.safetensors"}]))
    assert [unit.checkpoint for unit in units] == ["anna", str(tmp_path / "faces" / "anna.safetensors")]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert len(read(written(tmp_path / "u.json", '\ufeff[{"source": "a.png"}]'))) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "holds no units"),
        ("{}", "holds no units"),
        ("null", "holds no units"),
        ({"unit": []}, "There is no key 'unit'; did you mean 'units'?"),
        ([1], "unit 0: a unit is an object of options by name, not 1."),
        ([{"source": "a.png"}, {"strenght": 1}], "unit 1: There is no option 'strenght'; did you mean 'strength'?"),
        ([{}], "unit 0: name at least one source picture, or a checkpoint."),
        ([{"source": 5}], "unit 0: source takes paths of pictures, not 5."),
        ([{"source": ["a.png", None]}], "unit 0: source takes paths of pictures"),
        ([{"source": [""]}], "unit 0: source takes paths of pictures"),
        ([{"source": "a.png", "like": ["b.png"]}], "unit 0: like takes paths of pictures"),
        ([{"source": "a.png", "strength": "1"}], "unit 0: strength takes a number, not '1'."),
        ('[{"source": "a.png", "strength": NaN}]', "unit 0: strength goes from 0 to 1.5, not nan."),
        ('[{"source": "a.png", "strength": 1' + "0" * 400 + "}]", "unit 0: strength goes from 0 to 1.5"),
        ('[{"source": "a.png", "strength": 1' + "0" * 5000 + "}]", "u.json"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(written(tmp_path / "u.json", content))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_no_json(tmp_path: Path) -> None:
    (tmp_path / "u.json").write_bytes(b"\xff\xfe\x00[")
    with pytest.raises(OptionError, match="is no JSON"):
        read(tmp_path / "u.json")


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_cannot_be_read_is_named(roop: Run, here: Path, name: str) -> None:
    roop("swap", "--units", here / name, "--target", here / "dark.png").says(2, "cannot be read")


def test_units_and_options_do_not_mix(roop: Run, here: Path) -> None:
    words = ("--strength", "1", "--target-faces", "all")
    roop("swap", "--units", here / "u.json", "--target", here / "dark.png", *words).says(
        2, "Write --strength, --target-faces into", "--units takes no unit options"
    )


@pytest.mark.parametrize("name", ["a\0b.png", "\ud800.png", "x" * 5000])
def test_a_name_that_no_file_has_is_a_sentence(roop: Run, here: Path, name: str) -> None:
    file = written(here / "u.json", [{"source": name}])
    words = ("--units", file, "--target", here / "dark.png", "--output", here / "out.png")
    ended = roop("swap", *words)
    assert ended.code == 2 and ended.err.count("\n") == 1 and "out.png" not in names(here)


def test_a_preset_of_the_web_ui_is_read_too(roop: Run, here: Path) -> None:
    preset = {
        "units": [{"enabled": False}, {"source": "pale.png", "in_source": True, "target_faces": "all"}],
        "post": {"upscaler": "lanczos", "scale": 2.0},
        "job": {"keep_original": True},
        "output": {"label": False},
    }
    file = written(here / "preset.json", preset)
    assert [unit.target_faces for unit in read(file)] == ["all"]
    words = ("--units", file, "--target", here / "dark.png", "--output", here / "out.png")
    assert roop("swap", *words).code == 0
    before, after = (images.read(here / name).rgb.shape for name in ("dark.png", "out.png"))
    assert after[:2] == (before[0] * 2, before[1] * 2)


def test_what_is_typed_goes_before_a_preset(roop: Run, here: Path) -> None:
    file = written(here / "u.json", {"units": [{"source": "pale.png"}], "post": {"upscaler": "lanczos", "scale": 2.0}})
    words = ("--units", file, "--target", here / "dark.png", "--output", here / "out.png", "--upscaler", "none")
    assert roop("swap", *words).code == 0
    assert images.read(here / "out.png").rgb.shape == images.read(here / "dark.png").rgb.shape


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"units": [{"enabled": False}]}, "every unit is off"),
        ({"units": [{"source": "pale.png"}], "post": []}, "post is an object of options by name"),
        ({"units": [{"source": "pale.png"}], "post": {"restorar": "none"}}, "did you mean 'restorer'"),
    ],
)
def test_a_preset_that_cannot_be_used_is_a_sentence(roop: Run, here: Path, content: object, said: str) -> None:
    roop("swap", "--units", written(here / "u.json", content), "--target", here / "dark.png").says(2, said)
