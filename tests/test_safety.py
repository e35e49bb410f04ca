"""The gate: what it refuses, with a stand-in for the checker; no explicit picture is needed."""

import json
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from lib_roop import first_use, planning, safety
from lib_roop.__main__ import main
from lib_roop.engine import Engine
from lib_roop.errors import ModelError, NoFaceError, Refused
from lib_roop.options import SwapUnit
from lib_roop.planning import Assignment, Casting, Plan
from lib_roop.safety import Checker, NudityGate, Seen
from lib_roop.safety.gate import COVERED, EXPOSED, objection
from lib_roop.types import Face, Identity, Image
from lib_roop.zoo.nudenet import PARTS
from tests.cli.running import names, process, save
from tests.fakes import FakeGate, FakeHost, Fakes, FakeSwapper, Person, colour_at, drawn, face, people, row

BREAST, COVERED_BREAST = "FEMALE_BREAST_EXPOSED", "FEMALE_BREAST_COVERED"


@dataclass
class FakeChecker:
    """Sees what it is told to, in every picture."""

    seen: Seen = field(default_factory=dict)
    error: str = ""
    name: str = "fake net"
    origin: str = "nowhere"
    threshold: float = 0.5
    looked: int = 0

    def views(self, picture: Image) -> list[Image]:
        return [picture[::2, ::2]]

    def look(self, views: Sequence[Image]) -> Seen:
        self.looked += 1
        if self.error:
            raise ModelError(self.error)
        return self.seen


def engine_with(checker: FakeChecker) -> Engine:
    """An engine of fakes, whose gate is the real one with this checker."""
    return Fakes(gate=gate_with(lambda: checker)).engine()


def gate_with(load: Callable[[], Checker]) -> NudityGate:
    """The real gate with a memory of its own."""
    checkers: dict[Hashable, Checker] = {}
    sightings: dict[Hashable, Seen] = {}

    def checker(key: Hashable, make: Callable[[], Checker]) -> Checker:
        return checkers[key] if key in checkers else checkers.setdefault(key, make())

    def seen(key: Hashable, make: Callable[[], Seen]) -> Seen:
        return sightings[key] if key in sightings else sightings.setdefault(key, make())

    return NudityGate(load, checker, seen)


def plan_of(*ages: int | None, source: int | None = None, skipped: int | None = None) -> Plan:
    """A plan for faces of these ages."""
    casting = Casting(unit=SwapUnit(), swapper=FakeSwapper(), identities=(), reference=Identity(name="a"))
    identity = Identity(name="a", age=source)
    assignments = [
        Assignment(face(number, (0, 0, 9, 9), age=age), casting, identity) for number, age in enumerate(ages)
    ]
    return Plan(tuple(assignments), ((face(9, (0, 0, 9, 9), age=skipped), "not asked for"),))


def test_what_is_refused_is_nudity_alone() -> None:
    assert sorted(EXPOSED & set(PARTS)) == [
        *("ANUS_EXPOSED", "BUTTOCKS_EXPOSED", "FEMALE_BREAST_EXPOSED"),
        *("FEMALE_GENITALIA_EXPOSED", "MALE_GENITALIA_EXPOSED"),
    ]
    assert COVERED & set(PARTS) == {
        *("FEMALE_BREAST_COVERED", "BUTTOCKS_COVERED", "ANUS_COVERED", "FEMALE_GENITALIA_COVERED"),
    }


@pytest.mark.parametrize("part", PARTS)
def test_only_what_is_exposed_is_refused_however_sure(part: str) -> None:
    assert bool(objection({part: 1.0}, 0.45, None)) == (part in EXPOSED)
    assert bool(objection({part: 1.0}, 0.45, 18)) == (part in EXPOSED)
    assert bool(objection({part: 1.0}, 0.45, 17)) == (part in EXPOSED | COVERED)


@pytest.mark.parametrize(("age", "least"), [(None, 0.5), (18, 0.5), (40, 0.5), (17, 0.25), (0, 0.25)])
def test_half_the_threshold_is_enough_where_someone_looks_like_a_minor(age: int | None, least: float) -> None:
    assert objection({BREAST: least}, 0.5, age) == (BREAST, least)
    assert objection({BREAST: least - 0.01}, 0.5, age) is None


def test_the_surest_part_is_named() -> None:
    assert objection({BREAST: 0.6, "ANUS_EXPOSED": 0.7, "FEET_EXPOSED": 0.9}, 0.5, None) == ("ANUS_EXPOSED", 0.7)


@pytest.mark.parametrize(
    ("plan", "age"),
    [
        (plan_of(30, 12, 50), 12),
        (plan_of(30, source=15), 15),
        (plan_of(30, skipped=9), 9),
        (plan_of(None, 30), 30),
        (plan_of(None), None),
        (Plan(()), None),
    ],
    ids=["target", "source", "bystander", "one known", "none known", "nobody"],
)
def test_the_youngest_of_all_concerned_counts(plan: Plan, age: int | None) -> None:
    assert planning.youngest(plan) == age


def test_ages_are_asked_for_wherever_something_can_tell_them() -> None:
    gate = FakeGate()
    Fakes(gate=gate).engine().swap(row(200), row(10))
    assert gate.ages == [30, 30], "of the target, and again of the result"
    Fakes(gate=gate, attributes=None).engine().swap(row(200), row(10))
    assert gate.ages[2:] == [None, None]


@dataclass
class AgeReader:
    """Reads the age off the green in the middle of the face."""

    def read(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        return [replace(each, age=colour_at(image, each.box)[1]) for each in faces]


@pytest.mark.parametrize(
    "options",
    [{"box": "5,10,16,16"}, {"detection_threshold": 0.925}, {"box": "5,10,16,16", "detection_threshold": 0.925}],
    ids=["box", "threshold", "both"],
)
def test_neither_a_box_nor_a_threshold_hides_a_child_from_the_gate(options: dict[str, object]) -> None:
    gate = FakeGate()
    fakes = Fakes(gate=gate)
    analyser = replace(fakes.analyser, attributes=AgeReader())
    engine = Engine(FakeHost(), analyser=analyser, swappers={"mesh": fakes.swapper}, gate=gate)
    adult, child = Person((5, 10, 16), 40), Person((60, 10, 16), 9, score=230)
    done = engine.swap(row(200), drawn(adult, child), **options)
    assert gate.ages == [9, 9] and done.result.swapped == 1
    assert people(done.picture.rgb) == [200, 9], "the child's face stays"
    statuses = {report.box: report.status for report in done.result.faces}
    assert statuses[60.0, 10.0, 76.0, 26.0] == "skipped"


def test_a_face_below_the_threshold_is_left_alone_and_said_to_be_so() -> None:
    engine = Fakes().engine()
    with pytest.raises(NoFaceError, match=r"score 0\.90 is below the detection threshold 0\.925"):
        engine.swap(row(200), drawn(Person((5, 10, 16), 40, score=230)), detection_threshold=0.925)
    with pytest.raises(NoFaceError, match=r"the nearest miss scored 0\.39: .* lower the detection threshold to 0\.39 "):
        engine.swap(row(200), drawn(Person((5, 10, 16), 40, score=100)), detection_threshold=0.925)


def test_the_gate_is_shown_what_lies_round_a_small_face() -> None:
    gate = FakeGate()
    target = drawn(Person((300, 100, 16), 40), size=(400, 800))
    Fakes(gate=gate).engine().swap(row(200), target)
    whole, part, result, after = gate.shown
    assert whole.shape == result.shape == target.shape
    np.testing.assert_array_equal(part, target[60:156, 260:356])
    np.testing.assert_array_equal(after, result[60:156, 260:356])


def test_what_a_small_person_shows_is_refused() -> None:
    class Close(FakeChecker):
        def look(self, views: Sequence[Image]) -> Seen:
            return {BREAST: 0.9} if max(views[0].shape) < 100 else {}

    with pytest.raises(Refused, match=BREAST):
        engine_with(Close()).swap(row(200), drawn(Person((300, 100, 16), 40), size=(400, 800)))


def test_pictures_that_begin_alike_are_told_apart() -> None:
    class Panorama(FakeChecker):
        def views(self, picture: Image) -> list[Image]:
            return [picture[:, :50], picture[:, 50:]]

        def look(self, views: Sequence[Image]) -> Seen:
            return {BREAST: 0.9} if views[1].any() else {}

    gate = gate_with(Panorama)
    clear = np.zeros((50, 100, 3), np.uint8)
    other = clear.copy()
    other[20, 80] = 255
    gate.check([clear], None)
    with pytest.raises(Refused, match=BREAST):
        gate.check([other], None)


def test_what_is_seen_is_said_with_its_score() -> None:
    with pytest.raises(Refused, match=r"nothing was written: fake net sees FEMALE_BREAST_EXPOSED .* 0\.72;") as caught:
        engine_with(FakeChecker({BREAST: 0.72})).swap(row(200), row(10))
    assert (caught.value.part, caught.value.score) == (BREAST, 0.72)


def test_an_ordinary_picture_passes() -> None:
    assert engine_with(FakeChecker({BREAST: 0.49, COVERED_BREAST: 0.9})).swap(row(200), row(10)).result.swapped == 1


def test_each_distinct_picture_is_looked_at_once() -> None:
    checker = FakeChecker()
    engine = engine_with(checker)
    engine.swap(row(200), row(10))
    assert checker.looked == 2, "the target and the result"
    engine.swap(row(200), row(10))
    assert checker.looked == 2
    engine.swap(row(200), row(10, 20))
    assert checker.looked == 4


def test_what_was_seen_once_is_judged_anew_for_every_age() -> None:
    checker = FakeChecker({COVERED_BREAST: 0.4})
    gate = gate_with(lambda: checker)
    gate.check([row(10)], None)
    gate.check([row(10)], 30)
    with pytest.raises(Refused, match=COVERED_BREAST):
        gate.check([row(10)], 16)
    assert checker.looked == 1


def test_every_picture_of_a_list_is_checked() -> None:
    checker = FakeChecker()
    gate_with(lambda: checker).check([row(1), row(2), row(1)], None)
    assert checker.looked == 2


def test_a_checker_that_breaks_refuses_and_is_asked_again() -> None:
    checker = FakeChecker(error="It is broken; mend it.")
    engine = engine_with(checker)
    for _ in range(2):
        with pytest.raises(Refused, match="while the safety check is out of order: It is broken; mend it"):
            engine.swap(row(200), row(10))
    checker.error = ""
    assert engine.swap(row(200), row(10)).result.swapped == 1


@pytest.mark.parametrize("error", [Refused(safety.NO_CHECKER), ModelError("The net is damaged; install it anew.")])
def test_without_a_checker_nothing_is_swapped(error: Exception) -> None:
    def load() -> Checker:
        raise error

    swapper = FakeSwapper()
    with pytest.raises(Refused, match=re.escape(str(error))) as caught:
        Fakes(gate=gate_with(load), swapper=swapper).engine().swap(row(200), row(10))
    assert not swapper.batches and caught.value.part is None


def test_unload_forgets_the_checker() -> None:
    engine, loads = Engine(), []

    def load() -> Checker:
        loads.append(1)
        return FakeChecker()

    gate = NudityGate(load, engine._checkers.get, engine._sightings.get)
    for _ in range(2):
        gate.check([row(10)], None)
    engine.unload()
    gate.check([row(10)], None)
    assert len(loads) == 2 and gate.name == "fake net"


def test_a_machine_without_a_checker_is_told_what_to_install(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.zeros((40, 40, 3), np.uint8))
    bare = f"import os, sys; sys.modules['nudenet'] = None; os.environ['HOME'] = {str(tmp_path)!r}"
    program = f"{bare}; os.environ['USERPROFILE'] = os.environ['HOME']"
    ended = process("doctor", "--json", "-", first=program)
    checks = {check["name"]: check for check in ended.report["checks"]}
    assert ended.code == 2 and not checks["safety check"]["ok"] and not checks["self-test"]["ok"]
    assert ended.report["error"].count("pip install nudenet==3.4.2") == 1


def test_a_refusal_is_reported_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "a.png", row(200))
    save(tmp_path / "b.png", row(10))
    before = names(tmp_path)
    words = ["swap", "--source", str(tmp_path / "a.png"), "--target", str(tmp_path / "b.png"), "--json", "-"]
    for checker, refused in (
        (FakeChecker({BREAST: 0.7234567}), {"part": BREAST, "score": 0.7235}),
        (FakeChecker(error="It is broken."), {"part": None, "score": None}),
    ):
        code = main(words, lambda checker=checker: engine_with(checker))  # type: ignore[misc]
        captured = capsys.readouterr()
        report = json.loads(captured.out)
        assert code == report["exit_code"] == 4 and names(tmp_path) == before
        assert report["refused"] == refused and captured.err == f"roop: {report['error']}\n"


def test_what_the_first_use_says_is_said_once(data_folder: Path, tmp_path: Path) -> None:
    host, home = FakeHost(), tmp_path / "not" / "there"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROOP_HOME", str(home))
        first_use.tell(host)
        first_use.tell(host)
    assert host.said == [first_use.PARAGRAPH] and names(home) == {first_use.MARKER}
    first_use.tell(host)
    assert len(host.said) == 1, "the tests' own user was told before"


def test_where_it_cannot_be_noted_it_is_said_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    host = FakeHost()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROOP_HOME", str(tmp_path / "file" / "home"))
        first_use.tell(host)
    assert host.said == [first_use.PARAGRAPH]
