"""The swap in the host's Extras tab: single pictures, batches and folders, each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from PIL import Image as Pillow

from .. import images
from ..engine import Engine, Swap
from ..ui import compat
from ..ui.bind import widget
from ..ui.fields import CHECKPOINT, ENABLED, MASTER, POST, REFERENCE, UNIT, Field, defaults, mapping
from ..ui.panel import TITLE
from . import accordion, boundary, infotext, interfaces, request, saving, settings
from .request import Request

ORDER = 20000
"""Behind the host's upscaler and restorers, which find more in a picture as it was."""
FIELDS = (
    *(Field(UNIT, 1, name) for name in (REFERENCE, CHECKPOINT, "source_face", "target_faces", "order", "sex")),
    *(Field(UNIT, 1, name) for name in ("strength", "model")),
    *(Field(POST, 0, name) for name in ("restorer", "restorer_visibility")),
)
"""What is asked here; all else has its default."""


def build() -> dict[str, Any]:
    """Draw the fields where the host is drawing; the components by the names that `process` knows them by."""
    widgets = interfaces.widgets(lambda name: f"roop_extras_{name}")
    known, fresh = accordion.choices(), defaults(1)
    with compat.switched(widgets, title=TITLE, label="Enable") as switch:
        drawn = {field.name: widget(widgets, field, fresh[field], known.of(field.name)) for field in FIELDS}
    return {ENABLED: switch, **drawn}


def process(engine: Engine, pp: Any, given: Mapping[str, Any]) -> None:
    """Swap in `pp.image` and tell in `pp.info` what became of it; whatever goes wrong, it stays as it is.

    given: values by name; a program's may be missing or None, for their defaults, and for off.
    """
    if not given.get(ENABLED) or pp.image is None or interfaces.stopped():
        return
    with boundary.boundary(told := SimpleNamespace(extra_generation_params=pp.info)):
        asked = _asked(given)
        picture = images.read(pp.image)
        (swap,) = engine.run(picture, [unit.swap for unit in asked.generated], post=asked.post)
        for sentence in dict.fromkeys(swap.result.notes):
            boundary.mention(told, sentence)
        # After a stop the result may be the picture as it was.
        if swap.result.patches:
            finished, said = _finished(swap, pp.image), infotext.facts(swap, asked)
            pp.info.update({**infotext.settings(asked), infotext.RAN: said})
            pp.image = finished


def _asked(given: Mapping[str, Any]) -> Request:
    said = {field: given[field.name] for field in FIELDS if given.get(field.name) is not None}
    values = mapping(list((defaults(1) | said | {MASTER: True}).values()), 1)
    return settings.applied(request.from_values(values, trusted=False))


def _finished(swap: Swap, before: Pillow.Image) -> Pillow.Image:
    """The result with the texts of the picture that it was, of which the mark may say more."""
    picture = saving.finished(swap)
    picture.info = {name: text for name, text in before.info.items() if isinstance(name, str) and isinstance(text, str)}
    return saving.carrying(picture, infotext.made_by(swap))
