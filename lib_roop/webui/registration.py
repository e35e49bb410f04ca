"""What roop asks the host to call it for, beside the hooks of its scripts."""

from __future__ import annotations

from . import interfaces, programs, saving, settings, xyz
from .host import engine


def register() -> None:
    """Called once whenever the host loads its scripts, which forgets what was registered before."""
    settings.log()
    callbacks = interfaces.module("script_callbacks")
    callbacks.on_ui_settings(settings.register)
    callbacks.on_before_ui(lambda: xyz.register(engine()))
    callbacks.on_before_image_saved(saving.leave_out_facts)
    callbacks.on_image_saved(saving.mark_saved)
    callbacks.on_app_started(lambda _, app: programs.offer(engine(), app))
    callbacks.on_script_unloaded(lambda: engine().unload())
