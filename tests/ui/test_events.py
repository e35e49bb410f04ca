"""What follows a click in the panel: answers of the caller's actions, and what goes wrong as a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop.errors import InputError, OptionError
from lib_roop.ui.compat import Widgets
from lib_roop.ui.events import SELECTED, Actions, Again, Box, Numbered, Shown, bind, clicked
from lib_roop.ui.fields import MASTER, UNIT, Field, defaults
from lib_roop.ui.panel import Choices, Panel, panel
from tests.ui.fake_gradio import VERSIONS, Element, Gradio

PICTURE = Pillow.new("RGB", (4, 4))
BOXES: tuple[Box, ...] = ((0, 0, 0, 100, 100), (1, 20, 20, 60, 60), (2, 200, 0, 300, 100))


@dataclass
class Kept:
    """Presets in memory."""

    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def names(self) -> Sequence[str]:
        return sorted(self.kept)

    def load(self, name: str) -> Mapping[str, Any]:
        if name not in self.kept:
            raise OptionError(f"There is no preset {name!r}.")
        return self.kept[name]

    def save(self, name: str, settings: Mapping[str, Any]) -> None:
        self.kept[name] = settings

    def delete(self, name: str) -> None:
        del self.kept[name]


class Page:
    """A panel that was drawn and bound, and what it asked for."""

    def __init__(self, version: str = VERSIONS[0], **actions: Any) -> None:
        self.gradio, self.presets, self.asked = Gradio(version), Kept(), list[Any]()
        self.gallery, self.result = self.gradio.Image(), self.gradio.Image()
        widgets = Widgets(gradio=self.gradio)
        self.panel: Panel = panel(widgets, Choices(checkpoints=("emma",), missing=("Research only.",)), 2, True)
        given = {
            "checkpoints": lambda: ["emma", "mary"], "preview": lambda name: f"picture of {name}",
            "presets": self.presets, "faces": self.faces, "again": self.again, "fetch": lambda: "It was fetched.",
            "ran": lambda shown: [f"{shown} shows a swap."], "pictures": [self.gallery], "results": [self.result],
            "finished": self.result,
        }  # fmt: skip
        self.actions = Actions(**{**given, **actions})
        bind(self.panel, widgets, self.actions)

    def faces(self, pictures: Sequence[Any], settings: Mapping[str, Any], unit: int) -> Numbered:
        self.asked.append((pictures, settings, unit))
        return Numbered("boxes", BOXES)

    def again(self, pictures: Sequence[Any], settings: Mapping[str, Any]) -> Again:
        self.asked.append((pictures, settings))
        return Again(["new picture"], ["Face 0 was swapped.", "Face 1 was not asked for."])

    def values(self, **said: Any) -> list[Any]:
        """The panel's values, switched off as a fresh one is; what is said is of face 1."""
        values = {**defaults(2), **{Field(UNIT, 1, name): value for name, value in said.items()}}
        return list(values.values())

    def follow(self, element: Element, event: str, *given: Any) -> dict[Element, Any]:
        return self.gradio.follow(element, event, *given)

    def line(self, answer: Mapping[Element, Any]) -> str:
        return str(answer[self.panel.line])


def test_refreshing_lists_the_faces_there_are_in_every_tab() -> None:
    page = Page()
    answer = page.follow(page.panel.refreshes[1], "click")
    assert list(answer.values()) == [{"choices": ["none", "emma", "mary"]}] * 2


@pytest.mark.parametrize(("name", "shown"), [("emma", "picture of emma"), ("none", None), (None, None)])
def test_a_chosen_checkpoint_is_shown(name: str | None, shown: str | None) -> None:
    page = Page()
    answer = page.follow(page.panel.of[Field(UNIT, 2, "checkpoint")], "change", name)
    assert answer == {page.panel.previews[1]: {"value": shown, "visible": shown is not None}}


def test_faces_are_numbered_as_the_open_tabs_unit_counts_them() -> None:
    page = Page()
    (tab,) = page.follow(page.panel.tabs[1], "select").values()
    answer = page.follow(page.panel.show_faces, "click", 3, tab, "gallery", *page.values())
    pictures, settings, unit = page.asked[0]
    assert list(pictures) == [3, "gallery"] and unit == 2
    assert settings["units"][1]["order"] == "left-right", "a unit that is off counts faces, too"
    assert answer[page.panel.faces] == {"value": "boxes", "visible": True} and "face 2" in page.line(answer)


def test_a_click_puts_the_number_into_the_unit() -> None:
    page = Page()
    seen = page.follow(page.panel.show_faces, "click", -1, 2, None, *page.values())
    shown = next(value for value in seen.values() if isinstance(value, Shown))
    answer = page.follow(page.panel.faces, "select", page.gradio.SelectData(250, 50), shown)
    assert answer[page.panel.of[Field(UNIT, 2, "target_faces")]] == "2"
    assert answer[page.panel.of[Field(UNIT, 2, "enabled")]] is True
    assert page.line(answer).count("Face 2 replaces 2.") == 1
    now = next(value for value in answer.values() if isinstance(value, Shown))
    more = page.follow(page.panel.faces, "select", page.gradio.SelectData(1, 1), now)
    assert more[page.panel.of[Field(UNIT, 2, "target_faces")]] == "0,2"


def test_a_click_beside_the_faces_changes_nothing() -> None:
    page, shown = Page(), Shown(1, BOXES)
    answer = page.follow(page.panel.faces, "select", page.gradio.SelectData(150, 150), shown)
    assert list(answer.values()) == [shown]
    assert list(page.follow(page.panel.faces, "select", page.gradio.SelectData(0, 0), None).values()) == [None]


def test_the_last_number_that_is_clicked_away_stays_in_the_unit() -> None:
    page = Page()
    answer = page.follow(page.panel.faces, "select", page.gradio.SelectData(250, 50), Shown(1, BOXES, (2,)))
    assert page.panel.of[Field(UNIT, 1, "target_faces")] not in answer


@pytest.mark.parametrize(
    ("place", "before", "after"),
    [((50, 50), (), (1,)), ((10, 10), (1,), (0, 1)), ((50, 50), (0, 1), (0,)), ((150, 0), (0,), (0,))],
)
def test_the_smallest_box_round_the_click_is_chosen_or_left(
    place: tuple[float, float], before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    assert clicked(Shown(1, BOXES, before), place).chosen == after


def test_a_picture_without_faces_is_said_to_have_none() -> None:
    page = Page(faces=lambda *_: Numbered("picture", ()))
    answer = page.follow(page.panel.show_faces, "click", -1, 1, None, *page.values())
    assert "no face" in page.line(answer)


def test_the_selected_picture_is_swapped_again_with_the_panels_settings() -> None:
    page = Page()
    answer = page.follow(page.panel.swap_again, "click", 1, "gallery", *page.values(strength=0.5))
    pictures, settings = page.asked[0]
    assert list(pictures) == [1, "gallery"] and settings["units"][0]["strength"] == 0.5
    assert answer[page.result] == "new picture" and page.line(answer).count("<p") == 2


def test_what_ran_is_said_when_pictures_have_come() -> None:
    page = Page()
    assert "picture 1 shows a swap." in page.line(page.follow(page.result, "change", "picture 1"))


def test_a_host_without_a_place_for_results_is_bound_too() -> None:
    page = Page(results=(), finished=None, pictures=(), again=lambda *_: Again((), ["Done."]))
    assert "Done." in page.line(page.follow(page.panel.swap_again, "click", -1, *page.values()))


def test_weights_are_fetched_after_their_licences_are_accepted() -> None:
    page = Page()
    fetching = page.panel.fetching
    assert fetching
    assert "tick that you accept them" in page.line(page.follow(fetching.button, "click", False))
    assert "It was fetched." in page.line(page.follow(fetching.button, "click", True))


def test_a_preset_is_kept_without_pictures_loaded_and_deleted() -> None:
    page = Page()
    row = page.panel.presets
    saved = page.follow(row.save, "click", " mine ", *page.values(strength=0.5, reference=PICTURE))
    assert saved[row.name] == {"choices": ["mine"], "value": " mine "}
    assert "source" not in page.presets.kept["mine"]["units"][0]
    loaded = page.follow(row.load, "click", "mine")
    assert loaded[page.panel.of[Field(UNIT, 1, "strength")]] == {"value": 0.5}
    assert loaded[page.panel.of[MASTER]] == {"value": True}
    assert page.panel.of[Field(UNIT, 1, "reference")] not in loaded
    assert page.follow(row.delete, "click", "mine")[row.name] == {"choices": [], "value": None}


@pytest.mark.parametrize("name", [None, "", " ", []])
def test_a_preset_needs_a_name(name: Any) -> None:
    page = Page()
    for button in (page.panel.presets.load, page.panel.presets.delete):
        assert "Type a name" in page.line(page.follow(button, "click", name))
    assert "Type a name" in page.line(page.follow(page.panel.presets.save, "click", name, *page.values()))


def test_what_a_user_can_mend_is_a_sentence_in_the_line() -> None:
    def unreadable(*_: Any) -> Numbered:
        raise InputError("There is no <picture> yet; generate one.")

    page = Page(faces=unreadable)
    answer = page.follow(page.panel.show_faces, "click", -1, 1, None, *page.values())
    assert set(answer) == {page.panel.line} and "no &lt;picture&gt; yet" in page.line(answer)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_gradio_is_told_in_its_words(version: str) -> None:
    page = Page(version)
    assert all(each.outputs[-1] is page.panel.line for each in page.gradio.listeners)
    name = "_js" if version.startswith("3") else "js"
    scripts = [(each.options[name], len(each.inputs)) for each in page.gradio.listeners if name in each.options]
    assert len(scripts) == 2
    assert all(SELECTED in script and f"slice(0, {count})" in script for script, count in scripts)
    hidden = {"api_visibility": "private"} if version.startswith("6") else {"api_name": False}
    assert all(hidden.items() <= each.options.items() for each in page.gradio.listeners)


def test_a_click_on_a_picture_is_announced_by_gradios_own_class() -> None:
    page = Page()
    (select,) = [each for each in page.gradio.listeners if each.element is page.panel.faces]
    assert select.act.__annotations__ == {"event": page.gradio.SelectData}
