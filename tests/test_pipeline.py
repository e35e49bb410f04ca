"""One picture from analysis to result, with fakes for every net."""

from dataclasses import replace

import numpy as np
import pytest

from lib_roop import images, pipeline, planning
from lib_roop.errors import InputError, NoFaceError, OptionError, Refused
from lib_roop.identities.blending import from_face
from lib_roop.options import SwapUnit
from lib_roop.planning import Casting, Plan, Wants
from lib_roop.swappers.base import Swapper
from lib_roop.types import Detection, Identity, Image, SwapResult
from tests.fakes import RECOGNISER, FakeGate, FakeHost, Fakes, FakeSwapper, Person, angle, drawn, face, people, row

SWAPPER = FakeSwapper()


def identity(number: int) -> Identity:
    """The person of that number, with the skin to paint."""
    found = Fakes().detector.detect(row(number), 0.5).faces
    return replace(from_face(row(number), found[0], f"person {number}"), embeddings={RECOGNISER: angle(number)})


def casting(*numbers: int, swapper: Swapper = SWAPPER, **options: object) -> Casting:
    found = tuple(identity(number) for number in numbers)
    return Casting(unit=SwapUnit(**options), swapper=swapper, identities=found, reference=found[0])  # type: ignore[arg-type]


def planned(picture: Image, *castings: Casting) -> Plan:
    needed = planning.wants([each.unit for each in castings])
    return planning.plan(pipeline.analyse(picture, Fakes().analyser, needed), castings)


def applied(picture: Image, plan: Plan, fakes: Fakes | None = None) -> SwapResult:
    fakes = fakes or Fakes()
    return pipeline.apply(
        images.read(picture), plan, gate=fakes.gate, recogniser=fakes.recogniser, interrupted=fakes.host.interrupted
    )[1]


def test_units_ask_together_for_what_one_of_them_needs() -> None:
    units = [SwapUnit(detection_threshold=0.7), SwapUnit(box="1,2,3,4"), SwapUnit(like="a.png", sex="male")]
    assert planning.wants(units) == Wants(
        threshold=0.5, embeddings=True, attributes=True, boxes=((1, 2, 4, 6),), detect=True
    )
    assert planning.wants([SwapUnit()]) == Wants()


def test_nets_that_nobody_needs_do_not_run() -> None:
    fakes = Fakes()
    pipeline.analyse(row(1, 2), fakes.analyser, Wants())
    assert fakes.attributes is not None
    assert (fakes.detector.calls, fakes.landmarker.calls, fakes.recogniser.calls, fakes.attributes.calls) == (
        1,
        0,
        0,
        0,
    )


def test_a_given_box_alone_needs_no_detection() -> None:
    fakes = Fakes()
    needed = planning.wants([SwapUnit(box="5,10,16,16")])
    detection = pipeline.analyse(row(1), fakes.analyser, needed)
    assert (fakes.detector.calls, fakes.landmarker.calls) == (0, 1)
    assert not detection.faces and detection.given[0].box.tolist() == [5, 10, 21, 26]


def test_given_boxes_are_numbered_after_the_detected_faces_and_known_as_well() -> None:
    detection = pipeline.analyse(row(7), Fakes().analyser, Wants(embeddings=True, boxes=((5, 10, 21, 26),)))
    assert [each.id for each in (*detection.faces, *detection.given)] == [0, 1]
    assert np.allclose(detection.given[0].embeddings[RECOGNISER], angle(7))


@pytest.mark.parametrize("box", ["500,10,20,20", "0,60,5,5", "-50,0,50,20", "1,-9,5,9"])
def test_a_box_beside_the_picture_is_refused(box: str) -> None:
    with pytest.raises(InputError, match="lies outside the picture, which is 40x60"):
        pipeline.analyse(row(1), Fakes().analyser, planning.wants([SwapUnit(box=box)]))


def test_sex_cannot_be_asked_of_an_analyser_that_cannot_tell() -> None:
    with pytest.raises(OptionError, match="cannot tell a face's sex; leave sex at any"):
        pipeline.analyse(row(1), Fakes(attributes=None).analyser, Wants(attributes=True))


def test_without_faces_no_more_nets_run() -> None:
    fakes = Fakes()
    pipeline.analyse(row(), fakes.analyser, Wants(embeddings=True, attributes=True))
    assert fakes.recogniser.calls == 0


def test_units_are_planned_on_one_detection() -> None:
    picture = row(10, 20, 30)
    plan = planned(picture, casting(200, target_faces="2"), casting(210, target_faces="0"))
    assert people(applied(picture, plan).image) == [210, 20, 200]


def test_a_face_that_two_units_want_goes_to_the_first() -> None:
    picture = row(10, 20)
    plan = planned(picture, casting(200), casting(210, target_faces="all"))
    assert people(applied(picture, plan).image) == [200, 210]
    assert not plan.skipped


def test_paired_lists_cross() -> None:
    picture = row(10, 20)
    plan = planned(picture, casting(100, 200, source_face="0,1", target_faces="1,0"))
    assert people(applied(picture, plan).image) == [200, 100]


def test_a_face_nobody_takes_says_why_the_first_unit_left_it() -> None:
    plan = planned(row(10, 20), casting(200), casting(210, sex="male"))
    assert [(each.id, reason) for each, reason in plan.skipped] == [(1, "face 1 was not asked for")]


def test_the_sex_filter_counts_only_that_sex() -> None:
    picture = row(10, 20, 30, sexes=(1, 2, 2))
    plan = planned(picture, casting(200, sex="male", target_faces="1"))
    assert people(applied(picture, plan).image) == [10, 20, 200]


def test_only_the_person_named_is_replaced() -> None:
    picture = row(10, 60, 240)
    like = replace(casting(200, like="person.png", target_faces="all"), like={RECOGNISER: angle(238)})
    assert people(applied(picture, planned(picture, like)).image) == [10, 60, 200]


def test_a_given_face_is_swapped_whatever_was_detected() -> None:
    picture = drawn(Person((5, 10, 20), 10), Person((60, 10, 20), 20))
    plan = planned(picture, casting(200, box="60,10,20,20"))
    result = applied(picture, plan)
    assert people(result.image) == [10, 200]
    assert [report.status for report in result.faces] == ["swapped"]


def test_a_given_face_that_is_a_detected_one_goes_to_the_first_unit() -> None:
    picture = drawn(Person((5, 10, 20), 10), Person((60, 10, 20), 20))
    given, numbered = casting(200, box="60,10,20,20"), casting(210, target_faces="1")
    plan = planned(picture, given, numbered)
    assert people(applied(picture, plan).image) == [10, 200]
    assert "an earlier unit took it as face 2" in [reason for _, reason in plan.skipped]
    plan = planned(picture, numbered, given)
    assert people(applied(picture, plan).image) == [10, 210]
    assert "an earlier unit took it as face 1" in [reason for _, reason in plan.skipped]


def test_a_small_face_before_a_large_one_is_a_face_of_its_own() -> None:
    parent, child = face(0, (0, 0, 90, 90)), face(1, (40, 40, 80, 80))
    plan = planning.plan(Detection((parent, child)), [casting(200, target_faces="all")])
    assert [each.face.id for each in plan.assignments] == [0, 1] and not plan.skipped


def test_a_box_in_which_no_face_is_seen_is_taken_with_a_word() -> None:
    doubtful = face(0, (60, 10, 80, 30), score=0.2)
    plan = planning.plan(Detection((), given=(doubtful,)), [casting(200, box="60,10,20,20")])
    assert len(plan.assignments) == 1
    assert plan.notes == ("No face is seen in the box 60,10,20,20 (score 0.20); look at the result.",)


def test_a_given_face_beside_a_detected_one() -> None:
    picture = drawn(Person((5, 10, 20), 10), Person((60, 10, 20), 20))
    plan = planned(picture, casting(200), casting(210, box="60,10,20,20"))
    result = applied(picture, plan)
    assert people(result.image) == [200, 210]
    assert [(report.index, report.status) for report in result.faces] == [
        (0, "swapped"),
        (1, "skipped"),
        (2, "swapped"),
    ]


def test_pixels_outside_the_faces_are_those_of_the_target_which_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (60, 100, 3)).astype(np.uint8)
    picture[..., 0] = 0
    picture[10:30, 40:60] = (255, 9, 0)
    before = picture.copy()
    result = applied(picture, planned(picture, casting(200)))
    assert np.array_equal(picture, before)
    changed = (result.image != picture).any(-1)
    assert changed[10:30, 40:60].all() and changed.sum() == 400


def test_faces_of_one_model_are_one_batch_whoever_asked() -> None:
    swapper = FakeSwapper()
    plan = planned(row(1, 2, 3), casting(200, swapper=swapper), casting(9, swapper=swapper, target_faces="1,2"))
    applied(row(1, 2, 3), plan)
    assert swapper.batches == [3]


def test_two_models_are_two_batches_and_both_are_named() -> None:
    other = FakeSwapper(engine="other", models=("paint", "more"))
    plan = planned(row(1, 2), casting(200), casting(9, swapper=other, target_faces="1"))
    result = applied(row(1, 2), plan)
    assert result.engine == "fake + other" and result.models == ("paint", "more")


def test_the_report_tells_of_every_face() -> None:
    result = applied(row(1, 2), planned(row(1, 2), casting(200, similarity=True, target_faces="1")))
    skipped, swapped = result.faces
    assert (skipped.status, skipped.reason, skipped.identity) == ("skipped", "face 0 was not asked for", "")
    assert (swapped.status, swapped.reason, swapped.identity) == ("swapped", "", "person 200")
    assert swapped.box == (35.0, 10.0, 52.0, 27.0) and swapped.score == 1.0
    assert set(swapped.ms) == {"swap", "paste", "similarity"} and not skipped.ms
    assert result.swapped == 1 and len(result.patches) == 1 and not result.rejected


def test_similarity_is_measured_on_the_result_and_only_when_asked_for() -> None:
    fakes = Fakes()
    half = applied(row(0), planned(row(0), casting(200, similarity=True, strength=0.5)), fakes).faces[0]
    assert half.similarity == pytest.approx(float(angle(100) @ angle(200)), abs=1e-5)
    assert fakes.recogniser.calls == 1
    unmeasured = applied(row(0), planned(row(0), casting(200)), fakes).faces[0]
    assert unmeasured.similarity is None and unmeasured.reference_similarity is None
    assert fakes.recogniser.calls == 1


def test_the_reference_is_the_first_picture_alone() -> None:
    unit = replace(casting(200, similarity=True), reference=identity(0))
    report = applied(row(10), planned(row(10), unit)).faces[0]
    assert report.similarity == pytest.approx(1, abs=1e-5)
    assert report.reference_similarity == pytest.approx(float(angle(200) @ angle(0)), abs=1e-5)


def test_a_face_below_the_minimum_rejects_the_result() -> None:
    unit = casting(200, min_similarity=0.99, strength=0.5, target_faces="all")
    result = applied(row(0, 200), planned(row(0, 200), unit))
    assert [report.status for report in result.faces] == ["rejected", "swapped"]
    assert result.rejected == "face 0: similarity 0.82 is below 0.99"


def test_both_minimums_are_named() -> None:
    unit = casting(200, min_similarity=0.99, min_reference_similarity=0.98, strength=0.5)
    assert applied(row(0), planned(row(0), unit)).rejected == (
        "face 0: similarity 0.82 is below 0.99; face 0: reference similarity 0.82 is below 0.98"
    )


def test_the_gate_sees_the_target_and_then_the_result() -> None:
    gate = FakeGate()
    result = applied(row(10), planned(row(10), casting(200)), Fakes(gate=gate))
    assert len(gate.shown) == 2
    assert np.array_equal(gate.shown[0], row(10)) and np.array_equal(gate.shown[1], result.image)


def test_a_refused_target_is_not_swapped() -> None:
    swapper = FakeSwapper()
    with pytest.raises(Refused):
        applied(row(10), planned(row(10), casting(200, swapper=swapper)), Fakes(gate=FakeGate(refuses=1)))
    assert not swapper.batches


def test_a_stopped_swap_leaves_the_faces_and_says_so() -> None:
    picture = row(10, 20)
    result = applied(picture, planned(picture, casting(200)), Fakes(host=FakeHost(stop=True)))
    assert np.array_equal(result.image, picture) and result.swapped == 0 and result.engine == ""
    assert [report.reason for report in result.faces] == ["stopped", "face 1 was not asked for"]


def test_no_face_is_an_error_that_names_the_nearest_miss() -> None:
    picture = drawn(Person((20, 10, 20), 5, score=100), Person((60, 10, 20), 5, score=80))
    with pytest.raises(
        NoFaceError, match=r"No face .* a\.png; .* scored 0\.39: .* threshold to 0\.39 or .* 20,10,20,20"
    ):
        planning.require_work(planned(picture, casting(200)), "a.png")


def test_no_face_at_all_points_to_the_box() -> None:
    with pytest.raises(NoFaceError, match=r"give its place with box \(x,y,width,height\)"):
        planning.require_work(planned(row(), casting(200)), "a.png")


def test_a_number_out_of_range_is_the_users_error() -> None:
    with pytest.raises(InputError, match=r"There is no face 3 in a\.png: 2 faces count, numbered from 0"):
        planning.require_work(planned(row(1, 2), casting(200, target_faces="0,3")), "a.png")
    with pytest.raises(InputError, match=r"There is no face 1 in a\.png: 1 face counts"):
        planning.require_work(planned(row(1), casting(200, target_faces="1")), "a.png")


def test_a_number_out_of_range_is_told_beside_a_unit_that_counts_nobody() -> None:
    nobody = casting(200, sex="male")
    with pytest.raises(InputError, match="There is no face 9"):
        planning.require_work(planned(row(1, sexes=(1,)), nobody, casting(210, target_faces="9")), "a.png")


def test_the_advice_names_no_threshold_that_cannot_be_set() -> None:
    assert "threshold" not in planning.near_miss_advice([face(0, (4, 6, 16, 14), score=0.04)])


def test_filters_that_nobody_passes_are_no_face() -> None:
    with pytest.raises(NoFaceError, match=r"None of the faces in a\.png passes the filters: looks female, wanted male"):
        planning.require_work(planned(row(1, 2, sexes=(1, 1)), casting(200, sex="male")), "a.png")


def test_work_for_one_unit_is_enough() -> None:
    plan = planned(row(1, sexes=(1,)), casting(200, sex="male"), casting(210))
    planning.require_work(plan, "a.png")
    assert len(plan.assignments) == 1


def test_the_advice_keeps_a_box_within_the_picture() -> None:
    advice = planning.near_miss_advice([face(0, (-4, -6, 16, 14), score=0.459)])
    assert "threshold to 0.45 or give its box, 0,0,16,14" in advice


def test_an_empty_detection_plans_nothing() -> None:
    plan = planning.plan(Detection(()), [casting(200)])
    assert not plan.assignments and not plan.skipped and plan.missing == ((0, 0),)
