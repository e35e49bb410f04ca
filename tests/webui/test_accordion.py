"""The accordion finds the parts of the host's page that its buttons need."""

import sys
from types import ModuleType
from typing import Any

import pytest

from lib_roop.webui.accordion import Accordion
from tests.ui.fake_gradio import Gradio
from tests.webui.studio import Studio


@pytest.fixture
def gradio(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Gradio:
    """The host's, which has no widgets of its own."""
    made: Any = Gradio("4.40.0")
    monkeypatch.setitem(sys.modules, "gradio", made)
    monkeypatch.setitem(sys.modules, "modules.ui_components", ModuleType("modules.ui_components"))
    assert isinstance(made, Gradio)
    return made


class Part:
    """A component of the host's page."""

    def __init__(self, name: str, *classes: str) -> None:
        self.elem_id, self.elem_classes = name, list(classes)

    def change(self, *_: Any, **__: Any) -> None:
        """Follow its changes."""

    def click(self, act: Any, **wires: Any) -> None:
        """Follow its clicks."""
        self.clicked = act, wires


def shown(gradio: Gradio, parts: list[Any], *, tab: str) -> Any:
    """What happens when faces are to be shown, once the host has made all these parts and then its gallery."""
    accordion = Accordion()
    accordion.draw(lambda name: f"script_{tab}_roop_{name}", tab == "img2img")
    for each in (*parts, Part(f"{tab}_gallery"), Part(f"generation_info_{tab}"), Part("something else")):
        accordion.notice(each)
    (found,) = [each for each in gradio.listeners if each.element.id == f"script_{tab}_roop_show_faces"]
    return found


def test_a_box_for_a_picture_is_what_img2img_starts_from(gradio: Gradio) -> None:
    box, masked = Part("img2img_image"), Part("img2maskimg")
    inputs = shown(gradio, [box, masked], tab="img2img").inputs
    assert box in inputs and masked not in inputs


def test_of_a_canvas_it_is_the_part_that_holds_the_picture(gradio: Gradio) -> None:
    """It is written in HTML, which has the name; behind it are its layers, of which each canvas has two."""
    parts = [
        each
        for name in ("img2img_image", "img2maskimg")
        for each in (Part(name), Part("a", "logical_image_foreground"), Part("b", "logical_image_background"))
    ]
    inputs = shown(gradio, parts, tab="img2img").inputs
    assert [each for each in parts if each in inputs] == [parts[2]]


def test_the_text_of_a_job_like_the_one_before_is_a_change(gradio: Gradio) -> None:
    """What the line says follows changes of the hidden text, which stays the same where the next job's is equal."""
    button, others = Part("txt2img_generate"), Part("img2img_generate")
    text = Part("generation_info_txt2img")
    shown(gradio, [button, others, text], tab="txt2img")
    act, wires = button.clicked
    assert act is None and wires["inputs"] == wires["outputs"] == [text] and "text => `${text ?? ''} `" in wires["js"]
    assert not hasattr(others, "clicked")


def test_txt2img_starts_from_nothing(gradio: Gradio) -> None:
    box = Part("img2img_image")
    assert box not in shown(gradio, [box], tab="txt2img").inputs


def test_the_buttons_get_their_work_once(gradio: Gradio) -> None:
    found = shown(gradio, [Part("txt2img_gallery"), Part("generation_info_txt2img")], tab="txt2img")
    assert [each.event for each in gradio.listeners if each.element is found.element] == ["click"]
