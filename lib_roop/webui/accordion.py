"""The accordion "roop" in txt2img and img2img."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from .. import inventory
from ..errors import RoopError
from ..identities import naming
from ..ui import compat, events
from ..ui.compat import Widgets, Wires
from ..ui.panel import Choices, Panel, panel
from ..ui.presets import presets
from ..zoo.catalogue import MODELS
from . import interfaces, pasting, settings
from .buttons import PENDING, Tab, buttons
from .host import WebuiHost, engine

_log = logging.getLogger("roop")
START = "img2img_image"
"""The box of the picture that img2img starts from."""
CANVAS = "logical_image_background"
"""The class of what holds a canvas's picture, in the host that draws on canvases of its own."""
BEGUN = f"text => `${{text ?? ''}}{PENDING}`"
"""Makes the text about the pictures another one that says the same: the next job's is a change even if it is equal."""


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
        if CANVAS in _classes(component) and START in self._parts and CANVAS not in _classes(self._parts[START]):
            # Where a canvas bears the name, the picture is in the next part of it.
            self._parts[START] = component
        if self._drawn is None:
            return
        drawn, widgets, tab = self._drawn
        gallery, information = (self._parts.get(id_) for id_ in (f"{tab}_gallery", f"generation_info_{tab}"))
        if gallery is not None and information is not None:
            self._drawn = None
            start = self._parts.get(START) if tab == "img2img" else None
            found = Tab(name=tab, gallery=gallery, information=information, start=start)
            events.bind(drawn, widgets, buttons(engine, WebuiHost(), found))
            if button := self._parts.get(f"{tab}_generate"):
                compat.on(widgets.gradio, button.click, None, Wires([information], [information], BEGUN))


def _classes(component: Any) -> Sequence[str]:
    return getattr(component, "elem_classes", None) or ()


def choices() -> Choices:
    """What there is to choose from now."""
    host = WebuiHost()
    return Choices(
        checkpoints=[path.stem for path in naming.stored(host.face_folder())],
        restorers=_found(lambda: [name for name, there in inventory.restorers(host, MODELS).items() if there]),
        upscalers=_found(lambda: [name for name, there in inventory.upscalers(host, MODELS).items() if there]),
        presets=presets(host).names(),
        missing=_found(lambda: [inventory.terms(item) for item in inventory.lacking(host, MODELS)]),
    )


def _found(look: Callable[[], list[str]]) -> list[str]:
    """What is there; nothing where a folder that was set cannot be looked into, as the panel comes all the same."""
    try:
        return look()
    except (OSError, ValueError, RoopError) as error:
        _log.warning("A folder with models cannot be looked into (%s); mend it in the settings of roop.", error)
        return []
