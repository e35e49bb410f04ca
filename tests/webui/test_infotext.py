"""What a picture's text says of roop, and the way back: pasting the text restores the accordion."""

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from lib_roop.errors import OptionError
from lib_roop.options import (
    MASKS,
    JobOptions,
    Option,
    OutputOptions,
    PostOptions,
    SwapUnit,
    UnitPlace,
    describe,
    to_mapping,
)
from lib_roop.ui import fields
from lib_roop.ui.fields import AS_IT_IS, JOB, MASTER, POST, UNIT, Field
from lib_roop.ui.panel import Choices, Panel
from lib_roop.webui import infotext, pasting, request, saving
from tests.fakes import row
from tests.webui.host import pixels, quoted
from tests.webui.studio import Made, Studio, marked, photo, unit

CHOICES = Choices(
    checkpoints=["anna", "anna+bob", "12x34"], restorers=["GFPGAN", "CodeFormer"], upscalers=["R-ESRGAN 4x+, fast"]
)
UNASKED = ("source", "checkpoint", "like", "mask_picture", "enabled", "box", "c2pa_key", "c2pa_certificate")


def written(values: Mapping[str, Any]) -> str:
    """A picture's text, with these values among those of the host."""
    values = {"Steps": 20, "Sampler": "Euler", "Size": "512x768", **values, "Version": "1"}
    return "a face: roop 7, roop 7 strength: 1\nNegative prompt: roop restorer: none\n" + ", ".join(
        f"{key}: {quoted(value)}" for key, value in values.items()
    )


def parsed(text: str) -> dict[str, Any]:
    """As A1111, Forge and reForge do: the last line, values of two numbers divided."""
    found = re.findall(r' *(\w[\w /-]+): *("(?:[^"\\]|\\.)+"|[^,]*)(?:,|$)', text.splitlines()[-1])
    params: dict[str, Any] = {}
    for key, value in found:
        plain = json.loads(value) if value[:1] == '"' else value
        if size := re.fullmatch("([0-9]+)x([0-9]+)", plain):
            params |= {f"{key}-1": size[1], f"{key}-2": size[2]}
        else:
            params[key] = plain
    return params


def typed(text: str) -> dict[str, Any]:
    """As SD.Next does: the same with numbers and switches read."""

    def read(value: str) -> Any:
        if value in ("True", "False"):
            return value == "True"
        digits = value.replace(".", "", 1).isdigit()
        return (float(value) if "." in value else int(value)) if digits else value

    return {key: read(value) for key, value in parsed(text).items()}


HOSTS = pytest.mark.parametrize("parse", [parsed, typed], ids=["text", "typed"])


def restored(asked: Mapping[str, Any], parse: Any = parsed) -> dict[str, Any]:
    """What comes back of some settings."""
    texts = infotext.settings(request.from_values(asked, trusted=False))
    return pasting.pasted(parse(written(texts)), CHOICES)


def a_value(entry: Option) -> st.SearchStrategy[Any]:
    """Any value that an option takes."""
    if entry.name == "mask":
        edges = st.sampled_from(["", ":feather=0.1", ":feather=0.1,top=0.05", ":left=0,right=1"])
        return st.lists(st.builds(str.__add__, st.sampled_from(MASKS), edges), max_size=3)
    if entry.kind is bool:
        return st.booleans()
    if entry.name in ("target_faces", "source_face"):
        return st.lists(st.integers(0, 99), min_size=1, max_size=3).map(lambda numbers: ",".join(map(str, numbers)))
    if choices := entry.choices or CHOICES.of(entry.name):
        one = st.sampled_from(list(choices))
        return st.lists(one, unique=True) if entry.kind is tuple else one
    assert entry.minimum is not None and entry.maximum is not None, f"{entry.name} needs values"
    if entry.kind is int:
        return st.integers(int(entry.minimum), int(entry.maximum))
    return st.floats(entry.minimum, entry.maximum)


def some(*kinds: type) -> st.SearchStrategy[dict[str, Any]]:
    """Some settings of these classes."""
    entries = [entry for kind in kinds for entry in describe(kind) if entry.name not in UNASKED]
    return st.fixed_dictionaries({}, optional={entry.name: a_value(entry) for entry in entries})


UNITS = st.lists(
    st.one_of(
        st.just({"enabled": False}),
        st.builds(
            lambda name, values: {**values, "checkpoint": name},
            st.sampled_from(CHOICES.checkpoints),
            some(SwapUnit, UnitPlace),
        ),
    ),
    min_size=1,
    max_size=3,
)


def plain(asked: request.Request) -> dict[str, Any]:
    """All of a request that can be compared."""
    units = {each.number: {**to_mapping(each.swap), **to_mapping(each.place)} for each in asked.units}
    return {"units": units, "post": asked.post, "job": asked.job, "output": asked.output}


@HOSTS
@settings(max_examples=40, deadline=None)
@given(units=UNITS, post=some(PostOptions), job=some(JobOptions), output=some(OutputOptions))
def test_every_setting_comes_back_from_a_pictures_text(
    parse: Any, units: list[dict[str, Any]], post: dict[str, Any], job: dict[str, Any], output: dict[str, Any]
) -> None:
    named = {**job, "hide_names": False}
    asked = {"units": units, "post": post, "job": named, "output": output}
    before = request.from_values(asked, trusted=False)
    after = request.from_values(restored(asked, parse) if before.units else asked, trusted=False)
    assert plain(after) == plain(before)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.floats(), st.booleans())))
def test_no_text_is_an_error(params: dict[str, Any]) -> None:
    strange = {f"roop {key}": value for key, value in params.items()}
    known = {infotext.key(entry.name, 1): value for entry in describe(SwapUnit) for value in params.values()}
    mapping = pasting.pasted({**strange, **known, "roop 1": "anna"}, CHOICES)
    named = [{**each, "checkpoint": "anna"} for each in mapping["units"]]
    assert len(request.from_values({**mapping, "units": named}, trusted=False).units) >= 1


def panel_of(params: Mapping[str, Any], units: int = 2) -> dict[Field, Any]:
    return pasting.shown(params, units, CHOICES)


def test_a_picture_without_roop_switches_the_panel_off_and_leaves_the_rest() -> None:
    values = panel_of(parsed(written({"Model": "any"})))
    assert values.pop(MASTER) is False and set(values.values()) == {AS_IT_IS}


@HOSTS
def test_units_that_took_part_are_on_and_the_others_off(parse: Any) -> None:
    asked = {"units": [{"enabled": False}, {"checkpoint": "anna", "strength": 0.5}], "post": {"restorer": "GFPGAN"}}
    params = parse(written(infotext.settings(request.from_values(asked, trusted=False))))
    values = panel_of(params, 3)
    on = [values[Field(UNIT, number, "enabled")] for number in (1, 2, 3)]
    assert values[MASTER] is True and on == [False, True, False]
    assert values[Field(UNIT, 2, "strength")] == 0.5 and values[Field(UNIT, 2, "checkpoint")] == "anna"
    assert values[Field(POST, 0, "restorer")] == "GFPGAN"
    assert values[Field(UNIT, 1, "reference")] is AS_IT_IS, "a unit that names nobody keeps its face"


def test_a_panel_with_fewer_units_takes_what_it_has_place_for() -> None:
    params = {"roop 1": "anna", "roop 3": "anna", "roop 3 strength": "0.5"}
    values = panel_of(params, 2)
    assert list(values) == list(fields.fields(2)) and values[Field(UNIT, 1, "checkpoint")] == "anna"


@pytest.mark.parametrize(
    ("line", "checkpoint", "stays"),
    [
        ("anna", "anna", False),
        ("anna+bob", "anna+bob", False),
        ("1234abcd+anna", "anna", True),
        ("1234abcd+anna+a folder", "anna", True),
        ("1234abcd", AS_IT_IS, True),
        ("nobody", AS_IT_IS, True),
        ("hidden", AS_IT_IS, True),
    ],
)
def test_kept_faces_come_back_and_boxes_of_pictures_stay(line: str, checkpoint: Any, stays: bool) -> None:
    values = panel_of({"roop 1": line})
    assert values[Field(UNIT, 1, "checkpoint")] == checkpoint
    boxes = [values[Field(UNIT, 1, name)] for name in fields.SOURCES]
    assert boxes == [AS_IT_IS] * 3 if stays else boxes == [None, None, ""]


def test_a_face_that_the_host_took_for_a_size_comes_back() -> None:
    assert panel_of(parsed(written({"roop 1": "12x34"})))[Field(UNIT, 1, "checkpoint")] == "12x34"


def test_the_picture_of_a_look_alike_is_named_by_its_hash_and_its_box_stays() -> None:
    asked = request.from_values({"units": [unit(200, like=photo(row(10)))]}, trusted=False)
    texts = infotext.settings(asked)
    assert texts["roop 1 like"] == asked.units[0].swap.like.name and len(texts["roop 1 like"]) == request.HASH
    values = panel_of(parsed(written(texts)))
    assert values[Field(UNIT, 1, "like")] is AS_IT_IS and values[Field(UNIT, 1, "mask_picture")] is None


def test_pictures_are_not_named_where_names_are_hidden() -> None:
    asked = {"units": [unit(200, like=photo(row(10)))], "job": {"hide_names": True}}
    texts = infotext.settings(request.from_values(asked, trusted=False))
    assert texts["roop 1"] == texts["roop 1 like"] == "hidden"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("roop 1 strength", "9"),
        ("roop 1 strength", "much"),
        ("roop 1 strength", "nan"),
        ("roop 1 model", "best"),
        ("roop 1 mask", "hull, moon"),
        ("roop 1 max faces", "1e999"),
        ("roop 1 in generated", "maybe"),
        ("roop 1 target faces", "first"),
        ("roop restorer", "of another machine"),
        ("roop c2pa key", "/etc/passwd"),
        ("roop 1 source", "/etc/passwd"),
        ("roop 1 checkpoint", "../anna"),
        ("roop 99 strength", "1"),
        ("roop 99999999999 strength", "1"),
        ("roop", "mesh engine"),
        ("roop note", "none"),
    ],
)
def test_what_is_unknown_or_out_of_range_has_its_default(key: str, value: str) -> None:
    plain_text = {"roop 1": "anna", "roop 1 order": "right-left"}
    assert pasting.pasted({**plain_text, key: value}, CHOICES) == pasting.pasted(plain_text, CHOICES)


def test_options_that_do_not_go_together_are_not_restored_together() -> None:
    params = {"roop 1": "anna", "roop 1 box": "0,0,9,9", "roop 1 target faces": "0,2"}
    (restored_unit,) = pasting.pasted(params, CHOICES)["units"]
    with pytest.raises(OptionError):
        SwapUnit(box="0,0,9,9", target_faces="0,2")
    assert restored_unit == {"target_faces": "0,2", "checkpoint": "anna"}


def test_an_empty_list_is_written_as_a_word() -> None:
    texts = infotext.settings(request.from_values({"units": [unit(200, regions=[])]}, trusted=False))
    assert texts["roop 1 regions"] == "none"


def a_panel() -> Panel:
    """As much of a drawn panel as pasting looks at."""
    drawn: Any = SimpleNamespace(units=2, of={field: str(field) for field in fields.fields(2)})
    return drawn  # type: ignore[no-any-return]


def update(kind: str) -> Any:
    """gradio, as far as pasting needs it."""
    return SimpleNamespace(update=lambda **values: {**values, "__type__": kind})


class Known:
    """Counts how often what there is to choose from is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Choices:
        self.asked += 1
        return CHOICES


def test_every_component_is_asked_and_the_text_is_read_once_for_all() -> None:
    known = Known()
    asked = pasting.paste_fields(a_panel(), update("generic_update"), known)
    assert [component for component, _ in asked] == [str(field) for field in fields.fields(2)]
    for number in (1, 2):
        params = {"roop 1": "anna"}
        given = {component: act(params) for component, act in asked}
        assert known.asked == number
    assert given[str(MASTER)] == {"value": True, "__type__": "generic_update"}
    off = {"roop restorer": "none"}
    values = [act(off) for _, act in asked]
    assert values[0] == {"value": False, "__type__": "generic_update"} and values[1:] == [None] * (len(asked) - 1)


def test_a_host_that_casts_updates_gets_plain_values_and_empties_boxes_all_the_same() -> None:
    asked = dict(pasting.paste_fields(a_panel(), update("update"), Known()))
    params = {"roop 1": "anna", "roop 1 mask": "hull, box", "roop keep original": "True"}
    assert asked[str(MASTER)](params) is True
    assert asked[str(Field(UNIT, 1, "mask"))](params) == ["hull", "box"]
    assert asked[str(Field(JOB, 0, "keeping"))](params) == ["keep_original"]
    assert asked[str(Field(UNIT, 1, "reference"))](params) == {"value": None, "__type__": "update"}
    assert asked[str(Field(UNIT, 2, "reference"))](params) is None


class Silent:
    """A host that is told to write no text into pictures; they may be others by then."""

    def title(self) -> str:
        return "silent"

    def postprocess(self, _: Any, processed: Any, *__: Any) -> None:
        processed.images[:] = [Pillow.fromarray(pixels(picture)) for picture in processed.images]


def test_pictures_without_a_text_are_marked_by_the_text_that_the_host_has_of_them(everywhere: Studio) -> None:
    everywhere.scripts.insert(0, Silent())
    made = everywhere.made([row(10), row()], unit(200), do_not_save_samples=True)
    assert ["DigitalSourceType" in str(picture.info) for picture in made.images] == [True, False]


def test_a_mask_among_pictures_without_a_text_is_not_marked(everywhere: Studio) -> None:
    everywhere.scripts.insert(0, Silent())
    everywhere.webui.options["return_mask"] = True
    mask, start = Pillow.new("L", (40, 60), 255), Pillow.fromarray(row(10))
    made = everywhere.made([row(10)], unit(200), width=40, init_images=[start], image_mask=mask)
    assert len(made.images) == 2 and not any("DigitalSourceType" in str(each.info) for each in made.images[1:])


def test_a_prompt_that_speaks_of_an_engine_marks_nothing(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], prompt="roop: x engine, roop source: y engine")
    made = Made(p, everywhere.run(p), everywhere.webui)
    assert "roop: x engine" in made.texts[0] and not marked(made.files[0])
    again = everywhere.webui.folder / "again.png"
    params = SimpleNamespace(
        p=SimpleNamespace(), image=made.images[0], filename=str(again), pnginfo={"parameters": made.texts[0]}
    )
    again.write_bytes(made.files[0].read_bytes())
    saving.mark_saved(params)
    assert not marked(again)


def test_what_a_job_writes_is_what_it_asked(everywhere: Studio) -> None:
    asked = unit(200, strength=0.5, target_faces="0,1", mask=["hull:feather=0.1,top=0.05"])
    post = {"upscaler": "nearest", "scale": 1.5}
    (text,) = everywhere.made([row(10, 20)], asked, post=post).texts
    told = {name: value for name, value in asked.items() if name != "source"}
    for parse in (parsed, typed):
        mapping = pasting.pasted(parse(text), Choices(upscalers=["nearest"]))
        assert mapping == {"units": [told], "post": post, "job": {}, "output": {}}
