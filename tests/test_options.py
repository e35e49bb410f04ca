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
    EVERY_FACE,
    MAX_COORDINATE,
    MODELS,
    ORDERS,
    POOLS,
    SEXES,
    SwapUnit,
    describe,
    from_mapping,
    json_schema,
    numbers,
    option,
    rectangle,
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


@pytest.mark.parametrize("entry", describe(SwapUnit), ids=lambda entry: entry.name)
def test_every_default_fits_its_own_limits_and_is_explained(entry: Any) -> None:
    assert entry.label and entry.help
    if entry.choices:
        assert entry.default in entry.choices
    if entry.minimum is not None:
        assert entry.minimum <= entry.default <= entry.maximum


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
