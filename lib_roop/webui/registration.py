"""What roop asks the host to call it for, and the hooks of its scripts.

What works is imported when the host first calls for it: to load all of roop takes a while, and the host waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import interfaces, programs, settings, xyz
from .host import WebuiHost, engine, unload

if TYPE_CHECKING:
    from .hooks import Hooks


def register() -> None:
    """Called once whenever the host loads its scripts, which forgets what was registered before."""
    settings.log()
    callbacks = interfaces.module("script_callbacks")
    callbacks.on_ui_settings(settings.register)
    callbacks.on_ui_tabs(_tabs)
    callbacks.on_before_ui(lambda: xyz.register(engine, WebuiHost()))
    callbacks.on_before_image_saved(leave_out_facts)
    callbacks.on_image_saved(mark_saved)
    callbacks.on_app_started(lambda _, app: programs.offer(engine, app))
    callbacks.on_script_unloaded(unload)


def hooks() -> Hooks:
    """What the host's scripts hand their hooks to; the first job imports it."""
    from .hooks import Hooks

    return Hooks(engine)


def leave_out_facts(params: Any) -> None:
    """A picture is about to be saved."""
    from . import saving

    saving.leave_out_facts(params)


def mark_saved(params: Any) -> None:
    """A picture was saved."""
    from . import saving

    saving.mark_saved(params)


def _tabs() -> list[tuple[Any, str, str]]:
    from .tools import tabs

    return tabs()
