"""The accordion's buttons: bound when the page is drawn, while what they do is imported when one is clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..host import Host
from ..identities import naming
from ..ui.events import Actions, Again, Numbered
from ..ui.presets import presets
from .host import GetEngine

if TYPE_CHECKING:
    from .actions import Work

PENDING = " "
"""Ends the text about pictures that were there before the job at hand began."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tab:
    """The parts of the host's tab that the buttons read and write.

    information: the hidden text about the pictures in the gallery. start: the picture that img2img starts from.
    """

    name: str
    gallery: Any
    information: Any
    start: Any = None

    @property
    def pictures(self) -> list[Any]:
        """What the buttons get to see."""
        return [self.gallery, self.information, *([] if self.start is None else [self.start])]


def buttons(engine: GetEngine, host: Host, tab: Tab) -> Actions:
    """The buttons' work."""

    def work() -> Work:
        from .actions import Work

        return Work(engine, host, tab)

    def faces(given: Sequence[Any], settings: Mapping[str, Any], number: int) -> Numbered:
        return work().faces(given, settings, number)

    def again(given: Sequence[Any], settings: Mapping[str, Any]) -> Again:
        return work().again(given, settings)

    def ran(information: Any) -> Sequence[str]:
        from .actions import told

        return told(information)

    return Actions(
        checkpoints=lambda: [path.stem for path in naming.stored(host.face_folder())],
        preview=lambda name: work().preview(name),
        presets=presets(host),
        faces=faces,
        again=again,
        fetch=lambda: work().fetch(),
        ran=ran,
        pictures=tab.pictures,
        results=[tab.gallery, tab.information],
        finished=tab.information,
    )
