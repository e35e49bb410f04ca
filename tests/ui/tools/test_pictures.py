"""Swapping pictures on a page: targets, numbers, results, and many at once."""

import base64
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images, request
from lib_roop.errors import RoopError
from lib_roop.provenance import verify
from lib_roop.ui import asked
from lib_roop.ui.compat import Widgets
from lib_roop.ui.events import Shown
from lib_roop.ui.fields import REFERENCE, UNIT, Field, defaults, fields
from lib_roop.ui.panel import Choices
from lib_roop.ui.presets import PresetFolder
from lib_roop.ui.tools import pictures, tab
from lib_roop.ui.tools.desk import Desk
from lib_roop.ui.tools.frame import Stop
from lib_roop.ui.tools.results import REMEMBERED, Shelf, Targets
from tests.fakes import FakeGate, Fakes, people, row
from tests.ui.fake_gradio import VERSIONS, Element, Gradio

UNITS = 2
EMPTY = Shelf()


@dataclass
class Page:
    """The tool on a page, and what a user does with it."""

    gradio: Gradio
    desk: Desk
    fakes: Fakes
    folder: Path

    def part(self, name: str) -> Element:
        return self.gradio.by_id(f"roop_pictures_{name}")

    @property
    def shelf(self) -> Element:
        return self._state(Shelf)

    @property
    def targets(self) -> Element:
        return self._state(Targets)

    def _state(self, kind: type) -> Element:
        return next(each for each in self.gradio.drawn if isinstance(each.options.get("value"), kind))

    def values(self, source: Any = None, **changed: Any) -> list[Any]:
        """What the panel hands over, with a reference picture and settings of the first unit."""
        fresh = {**defaults(UNITS), **{Field(UNIT, 1, name): value for name, value in changed.items()}}
        return [source if field == Field(UNIT, 1, REFERENCE) else fresh[field] for field in fields(UNITS)]

    def target(self, name: str, *numbers: int) -> Path:
        return _saved(self.folder / name, row(*numbers))

    def chosen(self, *paths: Path) -> Targets:
        """The targets after these were dropped."""
        answer = self.dropped(Targets(), *paths)
        return answer[self.targets]  # type: ignore[no-any-return]

    def dropped(self, before: Targets, *paths: Path, values: Sequence[Any] = ()) -> dict[Element, Any]:
        boxes: list[Any] = [[str(path) for path in paths], *([None] if self.desk.live else [])]
        return self.gradio.follow(self.part("targets"), "change", before, *(values or self.values()), *boxes)

    def swap(self, targets: Targets, source: Any, shelf: Shelf = EMPTY, **changed: Any) -> dict[Element, Any]:
        return self.gradio.follow(self.part("swap"), "click", shelf, targets, *self.values(source, **changed))

    def taken(self, shelf: Shelf, targets: Targets) -> dict[Element, Any]:
        """The result that is shown, as target."""
        return self.gradio.follow(self.part("take"), "click", shelf, targets, *self.values())

    def all_of(self, targets: Targets, source: Any, shelf: Shelf = EMPTY) -> list[dict[Element, Any]]:
        given = Stop(), shelf, targets, *self.values(source)
        return list(self.gradio.steps(self.part("many"), "click", *given))

    def looked(self, shelf: Shelf, number: int) -> dict[Element, Any]:
        """What a click on an earlier result shows."""
        return self.gradio.follow(self.part("history"), "select", self.click(number), shelf)

    def click(self, number: int) -> Any:
        click: Any = self.gradio.SelectData(0, 0)
        click.index = number
        return click


def _saved(path: Path, pixels: Any) -> Path:
    Pillow.fromarray(pixels).save(path)
    return path


def _source(given: Any, name: str) -> Any:
    return given if isinstance(given, str) else request.picture(given, name)


def person(number: int) -> Pillow.Image:
    return Pillow.fromarray(row(number))


def made(version: str, folder: Path, *, live: bool = False) -> Page:
    fakes, gradio, lock = Fakes(), Gradio(version), threading.Lock()
    engine = fakes.engine()
    desk = Desk(
        get_engine=lambda: engine,
        turn=lambda: lock,
        outputs=lambda: folder / "outputs",
        choices=Choices,
        asked=lambda values: asked.read(values, _source),
        presets=PresetFolder(folder / "presets"),
        units=UNITS,
        live=live,
        samples=(lambda: (folder / "a.png", folder / "b.png")) if live else None,
    )
    tab.draw(Widgets(gradio=gradio), desk, [pictures])
    return Page(gradio, desk, fakes, folder)


@pytest.fixture(params=VERSIONS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    return made(request.param, tmp_path)


@pytest.fixture
def live(tmp_path: Path) -> Page:
    return made(VERSIONS[-1], tmp_path, live=True)


def _folder(page: Page, *numbers: int) -> str:
    """A folder of pictures of these people."""
    folder = page.folder / "people"
    folder.mkdir()
    for number in numbers:
        _saved(folder / f"{number}.png", row(number))
    return str(folder)


def told(page: Page, answer: dict[Element, Any]) -> str:
    return str(answer[page.part("line")])


def test_a_target_is_shown_with_its_faces_numbered_and_ready_to_be_clicked(page: Page) -> None:
    path = page.target("a.png", 10, 20)
    answer = page.dropped(Targets(), path)
    assert answer[page.targets].paths == (path,)
    seen = next(value for value in answer.values() if isinstance(value, Shown))
    assert seen.unit == 1 and [box[0] for box in seen.boxes] == [0, 1]
    assert answer[page.part("faces")]["visible"] and "Face 1: " in told(page, answer)


def test_one_of_several_targets_is_worked_on_by_clicking_it(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10), page.target("b.png", 20, 30))
    answer = page.gradio.follow(page.part("rows"), "select", page.click(1), targets, *page.values())
    assert answer[page.targets].at == 1 and "Face 1: " in told(page, answer)


def test_a_result_has_its_targets_name_and_its_marks(page: Page) -> None:
    answer = page.swap(page.chosen(page.target("a.png", 10)), person(200))
    result = Path(answer[page.part("file")])
    assert result.name == "a.png" and people(images.read(result).rgb) == [200]
    assert any(mark.discloses for mark in verify.verify(result))
    assert "1 of 1 faces swapped" in told(page, answer) and "<figure" in answer[page.part("view")]
    assert "1.00" in answer[page.part("report")]


def test_what_is_missing_is_said(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10))
    assert "Give a face its picture first" in told(page, page.swap(targets, None))
    assert "Choose a picture to swap faces in first" in told(page, page.swap(Targets(), person(1)))
    assert "no result yet" in told(page, page.taken(EMPTY, targets))


def test_what_the_gate_refuses_is_said_and_not_shown(page: Page) -> None:
    targets, gate = page.chosen(page.target("a.png", 10)), page.fakes.gate
    assert isinstance(gate, FakeGate)
    gate.refuses = 1
    answer = page.swap(targets, person(200))
    assert "must not" in told(page, answer) and page.part("view") not in answer


def test_a_result_can_be_the_next_target_and_earlier_ones_can_be_looked_at(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10, 20))
    shelf = page.swap(targets, person(200))[page.shelf]
    taken = page.taken(shelf, targets)[page.targets]
    assert taken.paths == (shelf.done[0].path,)
    both = page.swap(taken, person(100), shelf, target_faces="1")[page.shelf]
    assert people(images.read(both.done[0].path).rgb) == [200, 100] and len(both.done) == 2
    assert page.looked(both, 1)[page.part("file")] == str(shelf.done[0].path)


def test_results_are_not_remembered_without_end(page: Page) -> None:
    targets, shelf = page.chosen(page.target("a.png", 10)), EMPTY
    for number in range(REMEMBERED + 2):
        shelf = page.swap(targets, person(number), shelf)[page.shelf]
    assert len(shelf.done) == REMEMBERED


def test_many_are_saved_by_their_names_and_a_bad_one_is_a_row(page: Page) -> None:
    bad = page.folder / "bad.png"
    bad.write_bytes(b"no picture")
    targets = Targets((page.target("a.png", 10), bad, page.target("b.png", 20)))
    *_, last = page.all_of(targets, person(200))
    assert sorted(path.name for path in (page.folder / "outputs").iterdir()) == ["a.png", "b.png"]
    assert "2 pictures are in" in told(page, last) and "bad.png" in last[page.part("table")]
    assert [people(images.read(path).rgb) for path in last[page.part("files")]] == [[200], [200]]
    assert len(last[page.part("history")]) == 2
    *_, again = page.all_of(targets, person(100))
    assert {path.name for path in (page.folder / "outputs").iterdir()} == {"a.png", "b.png", "a_1.png", "b_1.png"}
    assert len(again[page.part("history")]) == 2, "the page keeps what this shelf held, and the new ones"


def test_several_results_are_told_apart_by_their_sources(page: Page) -> None:
    answer = page.swap(page.chosen(page.target("a.png", 10)), person(100), blend="none", folder=_folder(page, 200))
    names = [Path(path).name for path in answer[page.part("history")]]
    assert len(set(names)) == 2 and all(name.startswith("a_") and name.endswith(".png") for name in names)


def test_a_change_of_a_setting_replaces_the_result_that_is_shown(live: Page) -> None:
    anew, targets = live.gradio.live.act, live.chosen(live.target("a.png", 10))
    shelf = live.swap(targets, person(100))[live.shelf]
    once = anew(shelf, targets, *live.values(person(200)))[live.shelf]
    twice = anew(once, targets, *live.values(person(150)))[live.shelf]
    assert [people(images.read(done.path).rgb) for done in twice.done] == [[150], [100]]
    other = anew(twice, live.chosen(live.target("b.png", 20)), *live.values(person(150)))[live.shelf]
    assert len(other.done) == 3, "another target's result is another one"
    assert len(live.gradio.live.triggers) == len(fields(UNITS))


def test_nothing_is_made_anew_before_there_is_somebody_and_something(live: Page) -> None:
    anew, targets = live.gradio.live.act, live.chosen(live.target("a.png", 10))
    for answer in (anew(EMPTY, Targets(), *live.values(person(1))), anew(EMPTY, targets, *live.values())):
        assert answer == {live.part("line"): live.gradio.update()}
    assert "0 to" in told(live, anew(EMPTY, targets, *live.values(person(1), strength=9)))


def test_what_is_chosen_while_a_swap_runs_is_not_undone_by_its_answer(live: Page) -> None:
    for name in ("swap", "many"):
        assert live.targets not in live.gradio.listener(live.part(name), "click").outputs
    assert live.targets not in live.gradio.live.options["outputs"]
    for name, event in (("targets", "change"), ("camera", "change"), ("rows", "select"), ("take", "click")):
        assert live.shelf not in live.gradio.listener(live.part(name), event).outputs


def test_one_click_brings_two_portraits(live: Page) -> None:
    live.target("a.png", 10), live.target("b.png", 20)
    answer = live.gradio.follow(live.part("try"), "click")
    (target,) = answer[live.part("targets")]
    assert Path(target).name == "a.png" and Path(answer[live.gradio.by_id("roop_face1_reference")]).name == "b.png"


def test_a_full_disk_is_said(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10))
    page.desk.scratch.close()
    with pytest.raises(RoopError, match="no room"):
        page.desk.scratch.put("a.png", b"1")
    assert "no room" in told(page, page.swap(targets, person(200)))


def test_pictures_are_not_written_to(page: Page) -> None:
    path = page.target("a.png", 10)
    before = path.read_bytes()
    page.swap(page.chosen(path), person(200))
    assert path.read_bytes() == before and np.array_equal(images.read(path).rgb, row(10))


def test_a_click_is_for_the_face_whose_tab_is_open_whenever_it_was_opened(page: Page) -> None:
    tabs = [each for each in page.gradio.drawn if each.kind == "Tab" and each.id == "roop_face2"]
    opened = page.gradio.listener_of(tabs[0], "select", 1).act(page.chosen(page.target("a.png", 10)), *page.values())
    answer = page.dropped(opened[page.targets], page.target("b.png", 20))
    assert next(value for value in answer.values() if isinstance(value, Shown)).unit == 2


def test_the_result_that_is_looked_at_is_the_next_target(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10))
    shelf = page.swap(targets, person(200), page.swap(targets, person(100))[page.shelf])[page.shelf]
    taken = page.taken(page.looked(shelf, 1)[page.shelf], targets)[page.targets]
    assert people(images.read(taken.path).rgb) == [100]


def test_what_is_drawn_and_what_was_altered_before_is_marked(page: Page) -> None:
    targets = page.chosen(page.target("a.png", 10))
    shelf = page.swap(targets, person(200))[page.shelf]
    assert marked_pictures(shelf.done[0].shown) == [True, False], "after is marked, before is as it was"
    taken = page.taken(shelf, targets)
    assert any(mark.discloses for mark in verify.verify(taken[page.part("faces")]["value"]))
    again = page.swap(taken[page.targets], person(100))[page.shelf]
    assert marked_pictures(again.done[0].shown) == [True, True]


def marked_pictures(shown: str) -> list[bool]:
    found = [base64.b64decode(each) for each in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', shown)]
    return [any(mark.discloses for mark in verify.verify(data)) for data in found]


def test_results_that_are_gone_are_said(page: Page) -> None:
    shelf = page.swap(page.chosen(page.target("a.png", 10)), person(200))[page.shelf]
    shelf.done[0].page.unlink()
    assert "is gone" in told(page, page.looked(shelf, 0))
    assert "no result yet" in told(page, page.looked(EMPTY, 0))


def test_a_unit_that_looks_at_its_source_first_still_numbers_every_face_that_counts(page: Page) -> None:
    women = _saved(page.folder / "women.png", row(10, 20, sexes=(1, 1)))
    values = page.values(Pillow.fromarray(row(200, sexes=(1,))), sex="same", target_faces="0")
    answer = page.dropped(Targets(), women, values=values)
    assert len(next(value for value in answer.values() if isinstance(value, Shown)).boxes) == 2
