"""The swap in the host's Extras tab: single pictures, batches and folders, each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ui import compat
from ..ui.bind import widget
from ..ui.fields import CHECKPOINT, ENABLED, POST, REFERENCE, UNIT, Field, defaults
from ..ui.panel import TITLE
from . import accordion, interfaces
from .host import GetEngine

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


def process(engine: GetEngine, pp: Any, given: Mapping[str, Any]) -> None:
    """Swap in `pp.image` and tell in `pp.info` what became of it; whatever goes wrong, it stays as it is.

    given: values by name; a program's may be missing or None, for their defaults, and for off.
    """
    if not given.get(ENABLED) or pp.image is None or interfaces.stopped():
        return
    from .extras_swap import swapped

    swapped(engine, pp, {field: given[field.name] for field in FIELDS if given.get(field.name) is not None})
