"""For tests: a job names a part of roop ("lib_roop.webui.request:read"), which raises as long as that job runs."""

import importlib
from typing import Any

import gradio
from modules import scripts

broken: list[tuple[Any, str, Any]] = []
"""What is to be put back: the owner, the name and what was there."""


class BreaksScript(scripts.Script):  # type: ignore[misc]
    """Whatever begins a job mends what the one before it broke."""

    def title(self) -> str:
        return "roop breaks"

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        return [gradio.Textbox("", label="Broken part of roop", visible=False)]

    def before_process(self, p: Any, place: Any = "", *args: Any) -> None:
        while broken:
            setattr(*broken.pop())
        if isinstance(place, str) and place.startswith("lib_roop."):
            module, _, path = place.partition(":")
            *owners, name = path.split(".")
            owner: Any = importlib.import_module(module)
            for each in owners:
                owner = getattr(owner, each)
            broken.append((owner, name, getattr(owner, name)))
            setattr(owner, name, breaking)


def breaking(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("broken on purpose")
