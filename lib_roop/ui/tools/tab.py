"""All tools side by side."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from .. import compat
from ..compat import Widgets
from . import analyse, build, compare, doctor, explore, extract, films, library, models, pictures
from .desk import Desk
from .frame import Tool

TOOLS: tuple[ModuleType, ...] = (pictures, films, build, library, compare, extract, analyse, explore, models, doctor)
"""In their order."""


def draw(widgets: Widgets, desk: Desk, tools: Sequence[ModuleType] = TOOLS) -> None:
    """Draw the tools in tabs, where gradio is drawing now."""
    compat.know_signatures(widgets)
    gradio = widgets.gradio
    with gradio.Tabs(elem_id=widgets.elem_id("tools")):
        for each in tools:
            with gradio.Tab(each.TITLE, elem_id=widgets.elem_id(f"{each.NAME}_tool")) as tab:
                each.draw(Tool(each.NAME, widgets, desk, tab))
