"""What the Extras tab does with a picture for which roop is on."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from PIL import Image as Pillow

from .. import images
from ..swap import Swap
from ..ui.fields import MASTER, Field, defaults, mapping
from . import boundary, infotext, request, saving, settings
from .host import GetEngine
from .request import Request


def swapped(engine: GetEngine, pp: Any, said: Mapping[Field, Any]) -> None:
    """Swap in `pp.image` and tell in `pp.info` what became of it; whatever goes wrong, it stays as it is."""
    with boundary.boundary(told := SimpleNamespace(extra_generation_params=pp.info)):
        asked = _asked(said)
        picture = images.read(pp.image)
        (made,) = engine().run(picture, [unit.swap for unit in asked.generated], post=asked.post)
        for sentence in dict.fromkeys(made.result.notes):
            boundary.mention(told, sentence)
        # After a stop the result may be the picture as it was.
        if made.result.patches:
            finished, facts = _finished(made, pp.image), infotext.facts(made, asked)
            pp.info.update({**infotext.settings(asked), infotext.RAN: facts})
            pp.image = finished


def _asked(said: Mapping[Field, Any]) -> Request:
    values = mapping(list({**defaults(1), **said, MASTER: True}.values()), 1)
    return settings.applied(request.from_values(values, trusted=False))


def _finished(made: Swap, before: Pillow.Image) -> Pillow.Image:
    """The result with the texts of the picture that it was, of which the mark may say more."""
    picture = saving.finished(made)
    picture.info = {name: text for name, text in before.info.items() if isinstance(name, str) and isinstance(text, str)}
    return saving.carrying(picture, infotext.made_by(made))
