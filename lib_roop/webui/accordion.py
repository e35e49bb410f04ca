"""The accordion "roop" in txt2img and img2img."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import weights
from ..identities import naming
from ..ui import events
from ..ui.compat import Widgets
from ..ui.panel import Choices, Panel, panel
from . import interfaces, pasting, settings
from .actions import Tab, actions, presets
from .host import engine

START = "img2img_image"
"""The box of the picture that img2img starts from."""


class Accordion:
    """The panel of one tab, and its buttons, which need parts of the page that the host makes before and after it.

    infotext_fields: what the host asks, component by component, when a picture's text is pasted.
    """

    def __init__(self) -> None:
        self.infotext_fields: list[tuple[Any, Callable[..., Any]]] = []
        self._parts: dict[str, Any] = {}
        self._drawn: tuple[Panel, Widgets, str] | None = None

    def draw(self, elem_id: Callable[[str], str], is_img2img: bool) -> list[Any]:
        """Draw the panel where the host is drawing. Gives what hands over a job's values: None, then the panel's."""
        widgets = interfaces.widgets(elem_id)
        made = panel(widgets, choices(), settings.units(), is_img2img)
        self._drawn = made, widgets, "img2img" if is_img2img else "txt2img"
        self.infotext_fields = pasting.paste_fields(made, widgets.gradio, choices)
        return [widgets.gradio.State(None), *made.components]

    def notice(self, component: Any) -> None:
        """The host made a part of its page: with the last one that is needed, the buttons get their work."""
        name = getattr(component, "elem_id", None)
        if isinstance(name, str):
            self._parts.setdefault(name, component)
        if self._drawn is None:
            return
        drawn, widgets, tab = self._drawn
        gallery, information = (self._parts.get(id_) for id_ in (f"{tab}_gallery", f"generation_info_{tab}"))
        if gallery is not None and information is not None:
            self._drawn = None
            start = self._parts.get(START) if tab == "img2img" else None
            found = Tab(name=tab, gallery=gallery, information=information, start=start)
            events.bind(drawn, widgets, actions(engine(), found))


def choices() -> Choices:
    """What there is to choose from now."""
    host, finishers = engine().host, engine().finishers
    return Choices(
        checkpoints=[path.stem for path in naming.stored(host.face_folder())],
        restorers=[name for name, there in finishers.restorers().items() if there],
        upscalers=[name for name, there in finishers.upscalers().items() if there],
        presets=presets(engine()).names(),
        missing=[weights.terms(item) for item in weights.lacking(engine())],
    )
