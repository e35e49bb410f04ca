"""Which faces a unit replaces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.errors import OptionError
from lib_roop.options import ORDERS, SEXES, SwapUnit
from lib_roop.selection import Selection, ordered, select
from lib_roop.types import Face, Sex
from tests.fakes import face

COORDINATE = st.integers(0, 200)


@st.composite
def faces(draw: st.DrawFn) -> list[Face]:
    boxes = draw(st.lists(st.tuples(COORDINATE, COORDINATE, st.integers(1, 99), st.integers(1, 99)), max_size=6))
    return [
        face(
            number,
            (x, y, x + width, y + height),
            score=draw(st.floats(0.1, 1)),
            sex=draw(st.sampled_from(["female", "male", None])),
        )
        for number, (x, y, width, height) in enumerate(boxes)
    ]


@st.composite
def units(draw: st.DrawFn) -> SwapUnit:
    targets = draw(st.just("all") | st.lists(st.integers(0, 7), min_size=1, max_size=4).map(_typed))
    many = 1 if targets == "all" else len(targets.split(","))
    sources = draw(st.sampled_from([1, many]).map(lambda count: _typed(list(range(count)))))
    return SwapUnit(
        source_face=sources,
        target_faces=targets,
        order=draw(st.sampled_from(ORDERS)),
        sex=draw(st.sampled_from(SEXES)),
        like=draw(st.sampled_from([None, "person.png"])),
        like_threshold=draw(st.floats(0, 1)),
        detection_threshold=draw(st.floats(0.05, 0.99)),
        max_faces=draw(st.integers(0, 4)),
    )


def _typed(found: list[int]) -> str:
    return ",".join(map(str, found))


@given(faces(), units(), st.sampled_from(["female", "male", None]), st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_every_face_is_chosen_once_or_has_one_reason(
    found: list[Face], unit: SwapUnit, sex: Sex | None, likenesses: list[float]
) -> None:
    selection = select(found, unit, sex=sex, resemblance=dict(enumerate(likenesses)))
    chosen = [each.id for each, _ in selection.pairs]
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) | set(selection.reasons) == {each.id for each in found}
    assert not set(chosen) & set(selection.reasons)
    assert len(chosen) <= selection.counted <= len(found)
    assert all(number >= selection.counted for number in selection.missing)
    assert all(0 <= place < len(unit.source_face.split(",")) for _, place in selection.pairs)
    if unit.target_faces == "all":
        assert len(chosen) == selection.counted and not selection.missing
    else:
        asked = {int(number) for number in unit.target_faces.split(",")}
        assert len(chosen) + len(selection.missing) == len(asked)
    if unit.max_faces:
        assert selection.counted <= unit.max_faces


@given(faces(), units())
def test_chosen_faces_pass_the_filters(found: list[Face], unit: SwapUnit) -> None:
    resemblance = {each.id: each.score for each in found}
    for each, _ in select(found, unit, sex="male", resemblance=resemblance).pairs:
        assert each.score >= unit.detection_threshold
        assert unit.sex == "any" or each.sex == {"same": "male"}.get(unit.sex, unit.sex)
        assert unit.like is None or resemblance[each.id] >= unit.like_threshold


@given(faces(), st.sampled_from(ORDERS))
def test_an_order_and_its_opposite_number_the_same_faces(found: list[Face], order: str) -> None:
    assert {each.id for each in ordered(found, order)} == {each.id for each in found}
    assert ordered(list(reversed(found)), order) == ordered(found, order)


THREE = [
    face(0, (0, 20, 10, 30), score=0.6, sex="female"),
    face(1, (20, 0, 60, 40), score=0.9, sex="male"),
    face(2, (70, 10, 90, 30), score=0.8, sex="female"),
]


def chosen(unit: dict[str, Any], sex: Sex | None = None, resemblance: dict[int, float] | None = None) -> Selection:
    return select(THREE, SwapUnit(**unit), sex=sex, resemblance=resemblance or {})


def ids(selection: Selection) -> list[int]:
    return [each.id for each, _ in selection.pairs]


@pytest.mark.parametrize(
    ("order", "numbering"),
    [
        ("left-right", [0, 1, 2]),
        ("right-left", [2, 1, 0]),
        ("top-bottom", [1, 2, 0]),
        ("bottom-top", [0, 2, 1]),
        ("large-small", [1, 2, 0]),
        ("small-large", [0, 2, 1]),
    ],
)
def test_faces_are_numbered_in_the_order_asked_for(order: str, numbering: list[int]) -> None:
    assert [each.id for each in ordered(THREE, order)] == numbering
    assert ids(chosen({"order": order})) == numbering[:1]


def test_paired_lists_give_each_target_its_source() -> None:
    selection = chosen({"source_face": "0,1", "target_faces": "1,0"})
    assert [(each.id, place) for each, place in selection.pairs] == [(0, 1), (1, 0)]


def test_one_source_serves_every_target() -> None:
    assert [place for _, place in chosen({"target_faces": "2,0"}).pairs] == [0, 0]


def test_with_all_targets_the_sources_take_turns() -> None:
    assert [place for _, place in chosen({"source_face": "4,7", "target_faces": " ALL "}).pairs] == [0, 1, 0]


def test_a_target_named_twice_keeps_its_first_source() -> None:
    assert [place for _, place in chosen({"source_face": "0,1", "target_faces": "0,0"}).pairs] == [0]


def test_lists_of_different_lengths_cannot_be_paired() -> None:
    with pytest.raises(OptionError, match="source_face names 2 faces and target_faces 3"):
        chosen({"source_face": "0,1", "target_faces": "0,1,2"})


def test_a_number_that_no_face_has_is_missing_once() -> None:
    selection = chosen({"target_faces": "5,0,5,3"})
    assert selection.missing == (3, 5) and selection.counted == 3 and ids(selection) == [0]


def test_numbers_count_only_faces_that_pass() -> None:
    selection = chosen({"sex": "female", "target_faces": "1"})
    assert ids(selection) == [2] and selection.counted == 2
    assert selection.reasons == {1: "looks male, wanted female", 0: "face 0 was not asked for"}


def test_same_means_the_sex_of_the_source() -> None:
    assert ids(chosen({"sex": "same", "target_faces": "all"}, sex="male")) == [1]


def test_a_source_of_undecided_sex_matches_undecided_faces_only() -> None:
    assert ids(chosen({"sex": "same", "target_faces": "all"})) == []


def test_only_who_looks_like_the_person_counts() -> None:
    selection = chosen({"like": "a.png", "target_faces": "all"}, resemblance={0: 0.53, 1: 0.54, 2: 0.9})
    assert ids(selection) == [1, 2]
    assert selection.reasons == {0: "resemblance 0.53 is below 0.54"}


def test_the_largest_faces_count_and_are_numbered_as_asked() -> None:
    selection = chosen({"max_faces": 2, "target_faces": "all"})
    assert ids(selection) == [1, 2]
    assert selection.reasons == {0: "not among the 2 largest faces"}


def test_a_unit_that_wants_to_be_surer_leaves_what_another_found() -> None:
    selection = chosen({"detection_threshold": 0.7, "target_faces": "all"})
    assert ids(selection) == [1, 2]
    assert selection.reasons == {0: "score 0.60 is below the detection threshold 0.7"}


def test_without_faces_every_number_is_missing() -> None:
    selection = select([], SwapUnit(target_faces="0,2"), sex=None, resemblance={})
    assert selection.missing == (0, 2) and not selection.pairs and not selection.reasons
