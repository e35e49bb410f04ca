"""The panel as it is drawn: every field once, in one order, with ids and labels that hosts can keep."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lib_roop.ui.bind import LOOKS, element, info
from lib_roop.ui.compat import Widgets
from lib_roop.ui.fields import MASTER, REFERENCE, defaults, fields, settings
from lib_roop.ui.panel import BESIDE, FOLDS, Choices, Panel, panel, sentences
from tests.ui.fake_gradio import VERSIONS, Element, Gradio

CHOICES = Choices(
    checkpoints=("emma",), restorers=("CodeFormer",), upscalers=("ESRGAN",), presets=("mine",),
    missing=("inswapper_128 is for research only.",),
)  # fmt: skip


@pytest.fixture(params=VERSIONS)
def gradio(request: pytest.FixtureRequest) -> Gradio:
    return Gradio(request.param)


def drawn(gradio: Gradio, units: int = 3, *, is_img2img: bool = True, **own: Any) -> Panel:
    return panel(Widgets(gradio=gradio, **own), CHOICES, units, is_img2img)


def part(made: Panel, name: str, unit: int = 1) -> Element:
    found: Element = next(each for field, each in made.of.items() if (field.unit, field.name) == (unit, name))
    return found


def test_components_come_in_the_order_of_the_fields(gradio: Gradio) -> None:
    made = drawn(gradio)
    assert [each.id for each in made.components] == [f"roop_{element(field)}" for field in fields(3)]


def test_every_component_holds_the_default_of_its_field(gradio: Gradio) -> None:
    made, fresh = drawn(gradio), defaults(3)
    for field, component in made.of.items():
        assert component.options.get("value") == fresh[field], field


def test_a_default_has_the_type_that_hosts_cast_pasted_text_to(gradio: Gradio) -> None:
    types = {"Checkbox": bool, "Textbox": str, "Dropdown": str, "Radio": str, "CheckboxGroup": list}
    for field, component in drawn(gradio).of.items():
        value = component.options.get("value")
        if component.kind == "Slider":
            assert type(value) is settings(field.section)[field.name].kind, field
        elif component.kind in types:
            assert type(value) is types[component.kind], field


def test_ids_and_labels_occur_once(gradio: Gradio) -> None:
    drawn(gradio)
    ids = [each.id for each in gradio.drawn if each.id]
    labels = [each.options["label"] for each in gradio.drawn if each.options.get("label")]
    assert len(set(ids)) == len(ids) and all(each.startswith("roop_") for each in ids)
    assert len(set(labels)) == len(labels)


def test_ids_are_the_hosts_where_it_gives_them(gradio: Gradio) -> None:
    made = drawn(gradio, elem_id=lambda name: f"script_txt2img_roop_{name}")
    assert part(made, "strength", 2).id == "script_txt2img_roop_face2_strength"


def test_everything_that_hands_something_over_has_an_id(gradio: Gradio) -> None:
    drawn(gradio)
    assert all(each.id for each in gradio.drawn if each.kind not in ("Row", "Column", "HTML", "State"))


def test_labels_that_users_know_are_kept(gradio: Gradio) -> None:
    made = drawn(gradio)
    assert part(made, "target_faces").options["label"] == "Comma separated face number(s)"
    assert part(made, "target_faces", 2).options["label"] == "Comma separated face number(s) (2)"
    assert [label for label, _ in part(made, "places").options["choices"]] == [
        "Swap in source image",
        "Swap in generated image",
    ]
    assert [label for label, _ in part(made, "similarities").options["choices"]] == [
        "Compute similarity",
        "Check similarity",
    ]


def test_there_is_a_tab_for_each_unit(gradio: Gradio) -> None:
    made = drawn(gradio, 10)
    assert [tab.options["label"] for tab in made.tabs] == [f"Face {number}" for number in range(1, 11)]
    for field, component in made.of.items():
        assert (made.tabs[field.unit - 1] in component.inside) is bool(field.unit)


def test_the_picture_the_switch_and_the_numbers_are_not_folded(gradio: Gradio) -> None:
    made = drawn(gradio)
    for name in (REFERENCE, "checkpoint", *BESIDE):
        assert sum(each.kind == "Accordion" for each in part(made, name).inside) == 1
    folded = [field for field, each in made.of.items() if sum(box.kind == "Accordion" for box in each.inside) == 2]
    assert len(folded) == len(made.of) - 1 - 3 * (2 + len(BESIDE))


def test_folds_name_fields_that_exist_once() -> None:
    named = [name for names in FOLDS.values() for name in names] + [*BESIDE, REFERENCE, "checkpoint"]
    assert len(set(named)) == len(named) and set(named) <= {field.name for field in fields(1) if field.unit}


def test_words_of_the_panel_are_for_fields_that_exist() -> None:
    ticks = {"similarity", "check"}
    assert set(LOOKS) <= {field.name for field in fields(1)} | ticks


def test_helps_are_short_and_begin_with_a_capital() -> None:
    for field in fields(1)[1:]:
        text = info(field)
        assert len(text) <= 140 and text[:1] == text[:1].upper(), field


def test_txt2img_hides_what_it_has_no_use_for_and_keeps_the_order(gradio: Gradio) -> None:
    made = drawn(gradio, is_img2img=False)
    assert [each.id for each in made.components] == [f"roop_{element(field)}" for field in fields(3)]
    hidden = {field.name for field, each in made.of.items() if each.options.get("visible") is False}
    assert hidden == {"places", "inpaint"}


def test_choices_are_what_there_is_and_the_words_for_none_and_auto(gradio: Gradio) -> None:
    made = drawn(gradio)
    offered = {name: part(made, name, 0).options["choices"] for name in ("restorer", "upscaler")}
    assert offered == {"restorer": ["auto", "none", "CodeFormer"], "upscaler": ["none", "ESRGAN"]}
    assert part(made, "checkpoint").options["choices"] == ["none", "emma"]
    assert part(made, "enhancer").options["choices"] == ["auto", "CodeFormer", "ESRGAN"]


def test_a_host_without_restorers_upscalers_and_faces_draws_the_same_panel(gradio: Gradio) -> None:
    made = panel(Widgets(gradio=gradio), Choices(), 3, False)
    assert len(made.components) == len(fields(3)) and made.fetching is None
    assert {part(made, name, 0).kind for name in ("restorer", "upscaler")} == {"Dropdown"}


def test_every_default_is_among_the_choices(gradio: Gradio) -> None:
    for field, each in drawn(gradio).of.items():
        if each.kind in ("Dropdown", "Radio"):
            assert each.options["value"] in each.options["choices"], field


def test_sliders_have_their_range(gradio: Gradio) -> None:
    for field, each in drawn(gradio).of.items():
        if each.kind == "Slider":
            assert each.options["minimum"] <= each.options["value"] <= each.options["maximum"], field
            assert each.options["step"] > 0, field


def test_the_accordion_is_folded_and_has_a_switch_in_it(gradio: Gradio) -> None:
    switch = drawn(gradio).of[MASTER]
    (frame,) = switch.inside
    assert switch.kind == "Checkbox" and frame.options["label"] == "roop" and frame.options["open"] is False


def test_the_hosts_own_widgets_are_taken(gradio: Gradio) -> None:
    class Header:
        id = "header"

    header, tools = Header(), list[str]()
    rows: list[Element] = []

    @contextmanager
    def input_accordion(value: bool, *, label: str, elem_id: str) -> Iterator[Header]:
        assert (value, label, elem_id) == (False, "roop", "roop_enabled")
        yield header

    def tool_button(**options: Any) -> Element:
        tools.append(options["elem_id"])
        made: Element = gradio.Button(**options)
        return made

    def form_row(**options: Any) -> Element:
        rows.append(gradio.Row(**options))
        return rows[-1]

    made = drawn(gradio, input_accordion=input_accordion, tool_button=tool_button, form_row=form_row)
    assert made.of[MASTER] is header and len(rows) == 4
    assert tools == [*(f"roop_face{number}_refresh" for number in (1, 2, 3)), *(
        f"roop_preset_{what}" for what in ("load", "save", "delete")
    )]  # fmt: skip


def test_a_page_of_its_own_has_no_switch_to_see(gradio: Gradio) -> None:
    switch = drawn(gradio, always_on=True).of[MASTER]
    assert switch.options["value"] is True and switch.options["visible"] is False


def test_licences_stand_before_what_accepts_them(gradio: Gradio) -> None:
    fetching = drawn(gradio).fetching
    assert fetching
    places = [gradio.drawn.index(each) for each in (fetching.accepted, fetching.button)]
    terms = next(each for each in gradio.drawn if "research only" in str(each.options.get("value")))
    assert gradio.drawn.index(terms) < places[0] < places[1] and fetching.accepted.options["value"] is False


def test_what_is_told_stays_text() -> None:
    assert sentences(["<b>emma</b> & co"]) == '<p class="roop-line">&lt;b&gt;emma&lt;/b&gt; &amp; co</p>'
    assert sentences([]) == ""


def test_drawing_asks_and_binds_nothing(gradio: Gradio) -> None:
    drawn(gradio)
    assert not gradio.listeners and not [each for each in gradio.drawn if each.kind == "State"]


def test_three_units_are_no_more_blocks_than_hosts_can_draw_in_time(gradio: Gradio) -> None:
    drawn(gradio)
    assert len(gradio.drawn) <= 163


def test_a_setting_that_no_place_names_comes_last_in_fine_tuning(gradio: Gradio) -> None:
    made = drawn(gradio)
    fold = next(each for each in gradio.drawn if each.id == "roop_face1_fine_tuning_fold")
    inside = [each for each in gradio.drawn if fold in each.inside]
    assert part(made, "mask_picture") is inside[-1] and "mask_picture" not in FOLDS["Fine tuning"]


def test_the_documented_ids_are_those_of_the_panel() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "webui-ids.md").read_text(encoding="utf-8")
    named = {name for line in text.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    gradio = Gradio(VERSIONS[0])
    drawn(gradio, 1)
    assert {f"roop_{name}" for name in named} | {"roop_face1"} == {each.id for each in gradio.drawn if each.id}
