"""The tool that makes faces of pictures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lib_roop import images
from lib_roop.engine import Engine
from lib_roop.identities import checkpoints
from lib_roop.provenance import verify
from lib_roop.ui.compat import Widgets
from lib_roop.ui.panel import Choices
from lib_roop.ui.presets import PresetFolder
from lib_roop.ui.tools import build, tab
from lib_roop.ui.tools.desk import Desk
from lib_roop.ui.tools.frame import Stop
from tests.cli.running import names, save
from tests.fakes import FakeHost, Fakes, row
from tests.ui.fake_gradio import VERSIONS, Element, Gradio

SETTINGS = ("anna", "auto", "mean", False)
"""Name, sex, method, overwrite."""


def nobody(asked: Any) -> Any:
    raise AssertionError(f"nothing reads a panel here: {asked}")


@dataclass
class Page:
    """The tool as drawn, and what it holds by now."""

    gradio: Gradio
    engine: Engine
    folder: Path
    turns: int = 0
    held: dict[Element, Any] = field(default_factory=dict)

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.turns += 1
        yield

    def desk(self) -> Desk:
        return Desk(
            get_engine=lambda: self.engine,
            turn=self.turn,
            outputs=lambda: self.folder / "outputs",
            choices=Choices,
            asked=nobody,
            presets=PresetFolder(self.folder / "presets"),
            units=1,
        )

    def part(self, name: str) -> Any:
        """What an element holds."""
        return self.held[self.gradio.by_id(f"roop_build_{name}")]

    def steps(self, button: str, *given: Any) -> Iterator[str]:
        """Click, and give what the button's line says, step by step."""
        line = "keep_line" if button.startswith("keep") else "line"
        for answer in self.gradio.steps(self.gradio.by_id(f"roop_build_{button}"), "click", Stop(), *given):
            self.held.update(answer)
            yield str(self.held.get(self.gradio.by_id(f"roop_build_{line}"), ""))

    def finding(self, *pictures: Path) -> Iterator[str]:
        return self.steps("find", [str(each) for each in pictures])

    def find(self, *pictures: Path) -> list[str]:
        return list(self.finding(*pictures))

    def make(self, button: str, *settings: Any, ticked: Sequence[str] | None = None) -> str:
        """Preview or keep; what is said at the end."""
        (found,) = (each for each in self.held if each.kind == "State")
        ticked = self.part("used")["value"] if ticked is None else ticked
        return list(self.steps(f"keep_{button}", self.held[found], ticked, *(settings or SETTINGS)))[-1]


def opened(folder: Path, version: str) -> Page:
    page = Page(Gradio(version), Fakes(host=FakeHost(faces=folder / "faces")).engine(), folder)
    tab.draw(Widgets(gradio=page.gradio), page.desk(), [build])
    return page


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return opened(tmp_path, VERSIONS[-1])


@pytest.fixture
def people(tmp_path: Path) -> list[Path]:
    """Two pictures of one person, one with somebody larger beside her, one of a stranger, and two of no use."""
    place = tmp_path / "people"
    place.mkdir()
    (place / "<bad>.png").write_bytes(b"no picture")
    shown = {"one": row(200), "two": row(204), "both": row(208, 0), "odd": row(0), "empty": row()}
    return [*(save(place / f"{name}.png", picture) for name, picture in shown.items()), place / "<bad>.png"]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_works_on_every_gradio(tmp_path: Path, people: list[Path], version: str) -> None:
    page = opened(tmp_path, version)
    page.find(people[0])
    assert "anna is kept: 1 face," in page.make("run")


def test_every_face_is_shown_and_one_person_is_ticked(page: Page, people: list[Path]) -> None:
    said = page.find(*people)
    assert page.part("used")["choices"] == [
        *("1: one.png", "2: two.png", "3: both.png (face 1 of 2)", "4: both.png (face 2 of 2)", "5: odd.png")
    ]
    assert page.part("used")["value"] == ["1: one.png", "2: two.png", "4: both.png (face 2 of 2)"]
    assert (
        "5 faces in 6 pictures; 3 of them are ticked." in said[-1] and "odd.png looks like another person" in said[-1]
    )
    captions = [caption for _, caption in page.part("faces")]
    assert captions[2].endswith("(face 1 of 2): another face of its picture")
    assert captions[4] == "5: odd.png: another person?" and captions[0] == "1: one.png"
    for path, _ in page.part("faces"):
        assert verify.verify(Path(path).read_bytes())


def test_the_table_says_what_each_picture_is_worth_and_why_one_is_of_no_use(page: Page, people: list[Path]) -> None:
    page.find(*people)
    rows = page.part("table").split("<tr")[2:]
    assert len(rows) == 7 and [number for number, each in enumerate(rows) if "roop-marked" in each] == [2, 4, 5, 6]
    assert "16\u00a0px" in rows[0] and "No face was found in empty" in rows[5]
    assert "&lt;bad&gt;.png is no picture" in rows[6] and "<bad>" not in rows[6]
    assert str(people[0].parent) not in rows[6], "where it lies is nobody's business"


def test_progress_is_told_picture_by_picture_and_other_jobs_get_between(page: Page, people: list[Path]) -> None:
    steps = page.finding(*people[:3])
    assert "Looking at one.png (0 of 3)" in next(steps) and page.part("faces") == [] and page.turns == 0
    assert "Looking at two.png (1 of 3)" in next(steps) and len(page.part("faces")) == 1 and page.turns == 1
    assert "(2 of 3)" in next(steps) and len(page.part("faces")) == 2 and page.turns == 2


def test_what_was_found_before_a_stop_can_be_kept(page: Page, people: list[Path]) -> None:
    steps = page.finding(*people[:3])
    for _ in range(3):
        next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert "anna is kept: 2 faces, 2 pictures" in page.make("run")


def test_a_preview_keeps_nothing(page: Page, people: list[Path]) -> None:
    page.find(*people)
    assert "It would be kept as anna: 3 faces, 3 pictures, w600k_r50, with skin, age 30." in page.make("preview")
    assert [caption for _, caption in page.part("keep_result")["value"]] == ["Preview", "Blended skin"]
    for path, _ in page.part("keep_result")["value"]:
        assert verify.verify(Path(path).read_bytes())
    assert not (page.folder / "faces").exists()


def test_the_ticked_faces_are_kept_and_the_panels_list_them(page: Page, people: list[Path]) -> None:
    page.find(*people)
    said = page.make("run", " anna ", "female", "median", False)
    assert "anna is kept: 3 faces" in said and "female" in said
    assert names(page.folder / "faces") == {"anna.safetensors", "anna.png"}
    kept = checkpoints.read(page.folder / "faces" / "anna.safetensors").identity
    assert kept.sex == "female" and len(kept.sources) == 3 and kept.texture is not None
    ((preview, _), _) = page.part("keep_result")["value"]
    assert Path(preview).read_bytes() == (page.folder / "faces" / "anna.png").read_bytes()
    keep = page.gradio.by_id("roop_build_keep_run")
    assert "facesChanged" in str(page.gradio.listener(keep, "click").after)


def test_other_faces_can_be_ticked_and_are_named_when_they_do_not_fit(page: Page, people: list[Path]) -> None:
    page.find(*people)
    said = page.make("run", ticked=["1: one.png", "2: two.png", "5: odd.png"])
    assert "3 faces, 3 pictures" in said and "odd.png looks like another person" in said
    both = page.make("run", ticked=["3: both.png (face 1 of 2)", "4: both.png (face 2 of 2)"])
    assert "anna-2 is kept: 2 faces, w600k_r50" in both


def test_a_name_that_is_taken_gets_a_number_unless_it_is_to_be_written_over(page: Page, people: list[Path]) -> None:
    page.find(*people)
    for name in ("anna", "anna-2", "anna-3"):
        assert f"{name} is kept" in page.make("run", ticked=["1: one.png"])
    (page.folder / "faces" / "anna-2.safetensors").unlink()
    assert "anna-4" in page.make("preview", ticked=["1: one.png"]), "a picture of that name is not written over"
    assert "anna is kept: 2 faces" in page.make(
        "run", "anna", "auto", "mean", True, ticked=["1: one.png", "2: two.png"]
    )
    assert len(checkpoints.read(page.folder / "faces" / "anna.safetensors").identity.sources) == 2
    assert "anna-4.safetensors" not in names(page.folder / "faces")


@pytest.mark.parametrize(
    ("name", "ticked", "told"),
    [
        ("", None, "name cannot be empty"),
        (None, None, "name cannot be empty"),
        ("a/b", None, "cannot hold"),
        ("anna", [], "tick those that are to be used"),
        ("anna", None, "does not exist"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    page: Page, people: list[Path], name: str | None, ticked: list[str] | None, told: str
) -> None:
    page.find(*people)
    if told == "does not exist":
        people[1].unlink()
    assert told in page.make("run", name, "auto", "mean", False, ticked=ticked)
    assert not (page.folder / "faces").exists()


def test_without_pictures_nothing_is_looked_at(page: Page) -> None:
    assert "Drop pictures of one person first." in page.find()[-1] and page.turns == 0


def test_a_close_up_that_stays_as_it_is_is_not_written_again(page: Page, people: list[Path]) -> None:
    steps, seen = page.finding(*people[:2]), []
    for _ in steps:
        seen += [path for path, _ in page.part("faces")]
    assert len(set(seen)) == 2 < len(seen)
    assert images.read(seen[0]).rgb.shape == (160, 160, 3)
