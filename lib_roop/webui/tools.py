"""The tab "roop" of a web UI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import OptionError
from ..ui.asked import NOBODY_ASKED, Asked
from ..ui.compat import own_id
from ..ui.presets import presets
from ..ui.tools import tab
from ..ui.tools.desk import Desk
from . import accordion, interfaces, request, settings
from .host import WebuiHost, engine

TITLE, ID = "roop", "roop_tab"
FOLDER = "roop"
"""In the folder of the pictures that the web UI makes of others."""


def tabs() -> list[tuple[Any, str, str]]:
    """The tab as hosts take it. They keep the values of widgets as defaults, by label; those of tools are not kept."""
    widgets = interfaces.widgets(own_id)
    with widgets.gradio.Blocks(analytics_enabled=False) as blocks:
        tab.draw(widgets, desk())
    for block in blocks.blocks.values():
        block.do_not_save_to_config = True
    return [(blocks, TITLE, ID)]


def desk() -> Desk:
    """What the tools work with."""
    return Desk(
        get_engine=engine,
        turn=interfaces.queued_job,
        outputs=lambda: interfaces.outputs() / FOLDER,
        choices=accordion.choices,
        asked=asked,
        presets=presets(WebuiHost()),
        units=settings.units(),
        folders=not interfaces.argument("hide_ui_dir_config"),
    )


def asked(values: Mapping[str, Any]) -> Asked:
    """What a panel asks, with what is set for all. Raises RoopError."""
    found = settings.applied(request.from_values(values, trusted=True))
    if not found.units:
        raise OptionError(NOBODY_ASKED)
    return Asked(units=tuple(unit.swap for unit in found.units), post=found.post, output=found.output)
