"""What the panel hands over: one order, one mapping, and back."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop.options import JobOptions, OutputOptions, PostOptions, SwapUnit, UnitPlace, describe, from_mapping
from lib_roop.ui import fields
from lib_roop.ui.fields import AS_IT_IS, JOB, MASTER, OUTPUT, POST, TICKS, UNIT, Field

PICTURE = Pillow.new("RGB", (4, 4))
SECTIONS = {UNIT: (SwapUnit, UnitPlace), POST: (PostOptions,), JOB: (JobOptions,), OUTPUT: (OutputOptions,)}


def on(units: int = 3, **said: Any) -> list[Any]:
    """The values of a panel that is switched on: `face2_strength=0.5`, `post_scale=3`."""
    values = {**fields.defaults(units), MASTER: True}
    for name, value in said.items():
        part, _, rest = name.partition("_")
        field = Field(UNIT, int(part[4:]), rest) if part.startswith("face") else Field(part, 0, rest)
        assert field in values, f"there is no {field}"
        values[field] = value
    return list(values.values())


def unit(**said: Any) -> Any:
    return fields.mapping(on(**{f"face1_{name}": value for name, value in said.items()}), 3)["units"][0]


def shown(mapping: dict[str, Any], units: int = 3) -> dict[Field, Any]:
    return dict(zip(fields.fields(units), fields.values(mapping, units), strict=True))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_has_a_field_or_a_reason_why_not(section: str) -> None:
    asked = {field.name for field in fields.fields(1) if field.section == section}
    asked |= {member for members in TICKS.get(section, {}).values() for member in members}
    for kind in SECTIONS[section]:
        for entry in describe(kind):
            assert (entry.name in asked) != (entry.name in fields.WITHOUT_A_FIELD), entry.name


def test_reasons_are_given_for_options_that_exist() -> None:
    known = {entry.name for kinds in SECTIONS.values() for kind in kinds for entry in describe(kind)}
    assert set(fields.WITHOUT_A_FIELD) <= known


@pytest.mark.parametrize("units", [1, 3, 10])
def test_the_switch_comes_first_and_no_field_twice(units: int) -> None:
    order = fields.fields(units)
    assert order[0] == MASTER and len(set(order)) == len(order)
    assert {field.unit for field in order} == set(range(units + 1))
    assert list(fields.defaults(units)) == list(order)


def test_a_fresh_panel_is_off_and_its_first_unit_on() -> None:
    fresh = fields.defaults(3)
    assert [fresh[MASTER], *(fresh[Field(UNIT, number, "enabled")] for number in (1, 2, 3))] == [
        False,
        True,
        False,
        False,
    ]
    assert fields.mapping(list(fresh.values()), 3) == {"units": []}


def test_defaults_are_given_away_as_new_lists() -> None:
    fields.defaults(1)[Field(UNIT, 1, "regions")].append("hat")
    assert "hat" not in fields.defaults(1)[Field(UNIT, 1, "regions")]


def test_what_is_handed_over_makes_options_that_are_the_defaults() -> None:
    made = fields.mapping(on(), 3)
    places = {entry.name for entry in describe(UnitPlace)}
    (first,) = made["units"]
    assert from_mapping(SwapUnit, {name: value for name, value in first.items() if name not in places}) == SwapUnit()
    assert from_mapping(UnitPlace, {name: value for name, value in first.items() if name in places}) == UnitPlace()
    assert from_mapping(PostOptions, made["post"]) == PostOptions()
    assert from_mapping(JobOptions, made["job"]) == JobOptions()
    assert from_mapping(OutputOptions, made["output"]) == OutputOptions()


@pytest.mark.parametrize("values", [[], [False], [None], [False, True, "emma"]])
def test_a_panel_that_is_off_asks_for_nothing(values: list[Any]) -> None:
    assert fields.mapping(values, 3) == {"units": []}


def test_what_a_short_list_lacks_counts_as_untouched() -> None:
    assert fields.mapping([True], 3) == fields.mapping(on(), 3)


def test_sources_are_the_reference_the_files_and_the_folder() -> None:
    files = [SimpleNamespace(name="uploads/a.png"), "uploads/b.png"]
    assert unit(reference=PICTURE, files=files, folder=' "/faces" ')["source"] == [
        PICTURE,
        "uploads/a.png",
        "uploads/b.png",
        "/faces",
    ]


def test_empty_boxes_are_left_out() -> None:
    made = unit(reference=None, files=None, folder=" ", like=None, target_faces="", mask=None)
    assert not {"source", "checkpoint", "like", "mask_picture", "target_faces"} & set(made)
    assert made["mask"] == []


def test_a_checkpoint_is_handed_over_and_none_is_not() -> None:
    assert unit(checkpoint="emma")["checkpoint"] == "emma"
    assert "checkpoint" not in unit(checkpoint="none")


def test_a_unit_that_is_off_keeps_its_place_and_says_nothing_else() -> None:
    made = fields.mapping(on(face1_enabled=False, face2_enabled=True, face2_strength=0.5), 3)["units"]
    assert made[0] == {"enabled": False} and made[1]["strength"] == 0.5 and len(made) == 2


def test_a_panel_whose_units_are_all_off_asks_for_nothing() -> None:
    assert fields.mapping(on(face1_enabled=False), 3)["units"] == []


def test_minima_count_only_when_similarity_is_checked() -> None:
    minima = {"min_similarity": 0.4, "min_reference_similarity": 0.3}
    assert not set(minima) & set(unit(**minima, similarities=["similarity"]))
    checked = unit(**minima, similarities=["check"])
    assert {name: checked[name] for name in minima} == minima and checked["similarity"] is False


def test_ticks_are_switches_of_their_own() -> None:
    made = fields.mapping(on(face1_places=["in_source"], post_manner=["upscale_first"], job_keeping=[]), 3)
    assert made["units"][0]["in_source"] is True and made["units"][0]["in_generated"] is False
    assert made["post"]["upscale_first"] is True and made["post"]["restore_all"] is False
    assert made["job"]["keep_original"] is False


def test_masks_end_as_the_two_sliders_say() -> None:
    assert unit(mask=["hull", "box"], feather=0.1, erosion=0.05)["mask"] == [
        "hull:feather=0.1,top=0.05,bottom=0.05,left=0.05,right=0.05",
        "box:feather=0.1,top=0.05,bottom=0.05,left=0.05,right=0.05",
    ]
    assert unit(mask=["hull"], feather=0.0, erosion=0.0)["mask"] == ["hull"]


def test_a_whole_number_that_came_as_a_float_is_whole() -> None:
    assert isinstance(unit(max_faces=3.0)["max_faces"], int)


CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "face1_target_faces": st.sampled_from(["0", "0,2", "all"]),
    "face1_strength": st.floats(0, 1.5),
    "face1_checkpoint": st.sampled_from(["none", "emma"]),
    "face1_max_faces": st.integers(0, 20),
    "face1_places": st.sampled_from([["in_source"], ["in_generated"], ["in_source", "in_generated"], []]),
    "face1_regions": st.lists(st.sampled_from(["skin", "hair"]), unique=True),
    "face1_reference": st.just(PICTURE),
    "face2_enabled": st.booleans(),
    "post_restorer": st.sampled_from(["auto", "none", "CodeFormer"]),
    "post_manner": st.sampled_from([["restore_all"], ["restore_all", "upscale_first"], []]),
    "job_inpaint": st.sampled_from(["mask", "picture"]),
    "output_label": st.booleans(),
}


@given(st.fixed_dictionaries({}, optional=CHANGES))
def test_a_panel_shows_again_what_it_handed_over(said: dict[str, Any]) -> None:
    values = on(**said)
    again = fields.values(fields.mapping(values, 3), 3)
    assert [new if new is not AS_IT_IS else old for new, old in zip(again, values, strict=True)] == values


def test_masks_and_minima_are_shown_again() -> None:
    values = on(
        face1_mask=["hull"], face1_feather=0.2, face1_erosion=0.1,
        face1_similarities=["check"], face1_min_similarity=0.4,
    )  # fmt: skip
    again = shown(fields.mapping(values, 3))
    assert again[Field(UNIT, 1, "mask")] == ["hull"] and again[Field(UNIT, 1, "similarities")] == ["check"]
    assert [again[Field(UNIT, 1, name)] for name in ("feather", "erosion", "min_similarity")] == [0.2, 0.1, 0.4]


def test_without_units_the_panel_is_only_switched_off() -> None:
    off = shown({"units": []})
    assert off.pop(MASTER) is False and all(value is AS_IT_IS for value in off.values())


def test_a_tab_without_a_unit_is_only_switched_off() -> None:
    tabs = shown({"units": [{"enabled": False}, {"strength": 0.5}]})
    assert tabs[MASTER] is True and tabs[Field(UNIT, 2, "strength")] == 0.5
    assert [tabs[Field(UNIT, number, "enabled")] for number in (1, 2, 3)] == [False, True, False]
    assert all(tabs[Field(UNIT, number, "strength")] is AS_IT_IS for number in (1, 3))


def test_what_the_mapping_does_not_say_is_the_default() -> None:
    tabs = shown({"units": [{}]})
    assert tabs[Field(UNIT, 1, "strength")] == 1.0 and tabs[Field(POST, 0, "scale")] == 2.0
    assert tabs[Field(UNIT, 1, "places")] == ["in_generated"]


def test_a_unit_that_names_nobody_keeps_the_face_of_its_tab() -> None:
    kept = shown({"units": [{"strength": 0.5}]})
    assert all(kept[Field(UNIT, 1, name)] is AS_IT_IS for name in ("reference", "files", "folder", "checkpoint"))
    named = shown({"units": [{"checkpoint": "emma"}]})
    boxes = [named[Field(UNIT, 1, name)] for name in ("reference", "files", "folder", "checkpoint")]
    assert boxes == [None, None, "", "emma"]


def test_sources_go_back_to_their_boxes(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    PICTURE.save(file)
    tabs = shown({"units": [{"source": [PICTURE, str(file), str(tmp_path), "data:image/png;base64,AA"]}]})
    assert tabs[Field(UNIT, 1, "reference")] is PICTURE
    assert tabs[Field(UNIT, 1, "files")] == [str(file)] and tabs[Field(UNIT, 1, "folder")] == str(tmp_path)
    assert tabs[Field(UNIT, 1, "checkpoint")] == "none"


def test_units_beyond_the_panels_tabs_are_left_out() -> None:
    assert len(fields.values({"units": [{}, {}, {}, {}]}, 2)) == len(fields.fields(2))


def test_a_preset_keeps_folders_and_checkpoints_but_no_pictures(tmp_path: Path) -> None:
    values = on(face1_reference=PICTURE, face1_folder=str(tmp_path), face1_like=PICTURE, face1_checkpoint="emma")
    (kept,) = fields.without_pictures(fields.mapping(values, 3))["units"]
    assert kept["source"] == [str(tmp_path)] and kept["checkpoint"] == "emma" and "like" not in kept
    (bare,) = fields.without_pictures(fields.mapping(on(face1_reference=PICTURE), 3))["units"]
    assert "source" not in bare
