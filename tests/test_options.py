"""Options: declared once, checked once, written and read by name."""

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.errors import OptionError
from lib_roop.options import (
    BLENDS,
    BOOSTS,
    COLOURS,
    ENHANCE,
    EVERY_FACE,
    KEPT,
    MAX_COORDINATE,
    MODELS,
    ORDERS,
    POOLS,
    REGIONS,
    SEXES,
    PostOptions,
    RuntimeOptions,
    SwapUnit,
    describe,
    from_mapping,
    json_schema,
    mask_edge,
    numbers,
    option,
    rectangle,
    shared_out,
    to_mapping,
)

NUMBERS = st.lists(st.integers(0, 9999), min_size=1, max_size=5).map(lambda found: ",".join(map(str, found)))
SHARE = st.floats(0, 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "source": st.lists(st.text(min_size=1), max_size=3),
    "checkpoint": st.text(),
    "blend": st.sampled_from(BLENDS),
    "pool": st.sampled_from(POOLS),
    "seed": st.integers(-1, 2**31 - 1),
    "source_face": NUMBERS,
    "target_faces": NUMBERS | st.just(EVERY_FACE),
    "order": st.sampled_from(ORDERS),
    "sex": st.sampled_from(SEXES),
    "like": st.text(min_size=1),
    "like_threshold": SHARE,
    "detection_threshold": st.floats(0.05, 0.99),
    "max_faces": st.integers(0, 1000),
    "box": st.tuples(*[st.integers(1, 9999)] * 4).map(lambda box: ",".join(map(str, box))),
    "model": st.sampled_from(MODELS),
    "strength": st.floats(0, 1.5),
    "similarity": st.booleans(),
    "min_similarity": SHARE,
    "min_reference_similarity": SHARE,
    "mask": st.lists(st.sampled_from(["box", "hull:feather=0.1", "regions:top=0.5,left=0", "occlusion:"]), max_size=3),
    "mask_picture": st.text(min_size=1),
    "regions": st.lists(st.sampled_from(REGIONS), max_size=4),
    "keep": st.lists(st.sampled_from(KEPT), max_size=2),
    "colour": st.sampled_from(COLOURS),
    "colour_strength": SHARE,
    "boost": st.sampled_from(BOOSTS),
    "enhance": st.sampled_from(ENHANCE),
    "enhancer": st.text(),
    "sharpen": st.booleans(),
    "own_colours": st.booleans(),
}
WITH_A_BOX = {"target_faces", "like", "sex", "max_faces"}
"""What says which face it is, as a box does."""
UNITS = st.fixed_dictionaries({}, optional=VALUES).map(
    lambda unit: {name: value for name, value in unit.items() if "box" not in unit or name not in WITH_A_BOX}
)


@given(UNITS)
def test_a_unit_survives_being_written_and_read(values: dict[str, Any]) -> None:
    unit = from_mapping(SwapUnit, values)
    assert from_mapping(SwapUnit, to_mapping(unit)) == unit


@given(UNITS)
def test_only_what_differs_from_the_default_is_written(values: dict[str, Any]) -> None:
    unit = from_mapping(SwapUnit, values)
    defaults = {entry.name: entry.default for entry in describe(SwapUnit)}
    written = to_mapping(unit)
    assert set(written) == {name for name, default in defaults.items() if getattr(unit, name) != default}


def test_every_option_of_the_unit_is_tried_above() -> None:
    assert set(VALUES) == {entry.name for entry in describe(SwapUnit)}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("threads", -1, "threads goes from 0 to 1024"),
        ("det_size", 5000, "det_size goes from 0 to 4096"),
        ("unload_after", 1.5, "unload_after takes a whole number"),
        ("provider", None, "provider takes text"),
    ],
)
def test_where_nets_run_is_checked_as_the_rest(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        from_mapping(RuntimeOptions, {name: value})
    assert to_mapping(RuntimeOptions()) == {}


@given(st.text())
def test_numbers_are_read_or_refused_in_a_sentence(text: str) -> None:
    found: tuple[int, ...] = (0,)
    with contextlib.suppress(OptionError):
        found = numbers(text, "target_faces")
    assert found and all(0 <= number <= 9999 for number in found)


@pytest.mark.parametrize(("text", "found"), [("0", (0,)), ("2,0", (2, 0)), (" 1 , 1 ", (1, 1)), ("007", (7,))])
def test_numbers_keep_their_order(text: str, found: tuple[int, ...]) -> None:
    assert numbers(text, "n") == found


@pytest.mark.parametrize("text", ["", ",", "0,", "-1", "1.5", "all", "٣", "²", "0;1", "10000", "9" * 5000])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="face numbers such as 0 or 0,2"):
        numbers(text, "n")


@given(st.text(alphabet="0123456789.,-+einfa _x") | st.text())
def test_a_rectangle_is_finite_and_has_an_area_or_is_refused(text: str) -> None:
    try:
        found = rectangle(text)
    except OptionError:
        return
    if found:
        x0, y0, x1, y1 = found
        assert all(math.isfinite(edge) and abs(edge) <= 2 * MAX_COORDINATE for edge in found)
        assert x1 > x0 and y1 > y0


def test_a_rectangle_has_its_corners() -> None:
    assert rectangle("10, 20, 30, 40") == (10, 20, 40, 60)
    assert rectangle("-5,0,1.5,1") == (-5, 0, -3.5, 1)
    assert rectangle(" ") is None


@pytest.mark.parametrize("text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,10", "0,0,10,-1", "nan,0,9,9", "0,0,1e308,9"])
def test_a_bad_rectangle_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="box"):
        SwapUnit(box=text)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("strength", math.nan, "strength goes from 0 to 1.5, not nan."),
        ("strength", math.inf, "strength goes from 0 to 1.5, not inf."),
        ("strength", 10**400, "strength goes from 0 to 1.5"),
        ("strength", -(10**400), "strength goes from 0 to 1.5"),
        ("strength", 2, "strength goes from 0 to 1.5, not 2.0."),
        ("strength", "1", "strength takes a number, not '1'."),
        ("strength", True, "strength takes a number, not True."),
        ("like_threshold", -1, "like_threshold goes from 0 to 1, not -1.0."),
        ("max_faces", 1.5, "max_faces takes a whole number, not 1.5."),
        ("max_faces", True, "max_faces takes a whole number, not True."),
        ("max_faces", -1, "max_faces goes from 0 to 1000, not -1."),
        ("similarity", 1, "similarity takes true or false, not 1."),
        ("order", "size", "order is one of left-right"),
        ("order", None, "order takes text, not None."),
        ("target_faces", "some", "target_faces takes face numbers"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_a_sentence(name: str, value: object, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        from_mapping(SwapUnit, {name: value})
    assert sentence in str(caught.value)


def test_a_typo_names_the_setting_meant() -> None:
    with pytest.raises(OptionError, match="did you mean 'strength'"):
        from_mapping(SwapUnit, {"strenght": 1})


def test_a_word_like_no_setting_names_none() -> None:
    with pytest.raises(OptionError, match=r"There is no option 'xyzzy'\.$"):
        from_mapping(SwapUnit, {"xyzzy": 1})


def test_whole_numbers_count_as_floats_and_one_picture_as_a_list() -> None:
    unit = from_mapping(SwapUnit, {"strength": 1, "source": "a.png"})
    assert unit.strength == 1.0 and unit.source == ("a.png",)


def test_the_schema_has_every_option_with_its_limits_and_allows_no_other() -> None:
    schema = json_schema(SwapUnit)
    assert set(schema["properties"]) == {entry.name for entry in describe(SwapUnit)}
    assert schema["additionalProperties"] is False
    assert schema["properties"]["strength"] == {
        "title": "Strength",
        "description": "0 leaves the target, 1 is the source, above 1 exaggerates",
        "type": "number",
        "default": 1.0,
        "minimum": 0,
        "maximum": 1.5,
    }
    assert schema["properties"]["source"]["default"] == []
    assert schema["properties"]["order"]["enum"] == list(ORDERS)


@pytest.mark.parametrize(
    ("values", "measured"),
    [
        ({}, False),
        ({"similarity": True}, True),
        ({"min_similarity": 0.1}, True),
        ({"min_reference_similarity": 0.1}, True),
        ({"like": "a.png"}, False),
    ],
)
def test_a_threshold_asks_for_the_measurement(values: dict[str, Any], measured: bool) -> None:
    assert from_mapping(SwapUnit, values).measured is measured


@pytest.mark.parametrize("entry", [*describe(SwapUnit), *describe(PostOptions)], ids=lambda entry: entry.name)
def test_every_default_fits_its_own_limits_and_is_explained(entry: Any) -> None:
    assert entry.label and entry.help
    if entry.choices:
        assert set(entry.default if entry.kind is tuple else [entry.default]) <= set(entry.choices)
    if entry.minimum is not None:
        assert entry.minimum <= entry.default <= entry.maximum


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("box", ("box", {})),
        ("hull:", ("hull", {})),
        ("hull:feather=0.1,top=0", ("hull", {"feather": 0.1, "top": 0.0})),
        ("regions:left=1,right=.5,bottom=1e-1", ("regions", {"left": 1.0, "right": 0.5, "bottom": 0.1})),
    ],
)
def test_a_mask_has_a_name_and_perhaps_an_edge(text: str, edge: tuple[str, dict[str, float]]) -> None:
    assert mask_edge(text) == edge


@pytest.mark.parametrize(
    "text", ["", ":", "Box", "box:1", "box:top", "box:top=", "box:top=nan", "box:top=1.1", "box,hull"]
)
def test_what_is_no_mask_is_refused(text: str) -> None:
    with pytest.raises(OptionError):
        SwapUnit(mask=text)  # type: ignore[arg-type]


def test_the_words_of_a_list_are_words_and_known_ones() -> None:
    with pytest.raises(OptionError, match="There is no choice for keep 'moth'; did you mean 'mouth'"):
        SwapUnit(keep=("eyes", "moth"))
    with pytest.raises(OptionError, match="mask takes text, not 1"):
        SwapUnit(mask=(1,))  # type: ignore[arg-type]


def test_the_schema_of_a_list_limits_its_items() -> None:
    properties = json_schema(SwapUnit)["properties"]
    assert properties["keep"]["items"] == {"type": "string", "enum": list(KEPT)} and "enum" not in properties["keep"]
    assert properties["regions"]["default"] == list(SwapUnit().regions)
    assert properties["mask"]["items"] == {"type": "string"} and properties["mask"]["default"] == []


def test_options_of_several_classes_are_shared_out_by_name() -> None:
    unit, post = shared_out((SwapUnit, PostOptions), {"strength": 0.5, "scale": 3, "source": "a.png"})
    assert (unit, post) == (SwapUnit(strength=0.5, source=("a.png",)), PostOptions(scale=3.0))
    with pytest.raises(OptionError, match="There is no option 'upskaler'; did you mean 'upscaler'"):
        shared_out((SwapUnit, PostOptions), {"upskaler": "lanczos"})


def test_units_and_what_follows_share_no_name() -> None:
    assert not {entry.name for entry in describe(SwapUnit)} & {entry.name for entry in describe(PostOptions)}


def test_an_option_needs_a_default() -> None:
    @dataclass
    class Lacking:
        size: int

    with pytest.raises(TypeError, match="size needs a default"):
        describe(Lacking)


def test_an_optional_type_is_described_by_what_it_holds() -> None:
    @dataclass
    class Maybe:
        size: int | None = option(None, "Size", "how large")

    assert describe(Maybe)[0].kind is int


def test_one_source_is_a_list_of_one_and_a_whole_number_a_float() -> None:
    unit = SwapUnit(source="collins.png", strength=1)  # type: ignore[arg-type]
    assert unit.source == ("collins.png",)
    assert isinstance(unit.strength, float)


@pytest.mark.parametrize("other", [{"target_faces": "all"}, {"like": "a.png"}, {"sex": "male"}, {"max_faces": 1}])
def test_a_box_names_the_face_by_itself(other: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"box names the face by itself; leave out {next(iter(other))}"):
        SwapUnit(box="1,2,3,4", **other)
