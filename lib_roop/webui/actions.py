"""What the buttons of the accordion do in a web UI: on the picture at hand, without another generation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image as Pillow

from .. import drawing, images, inventory, weights
from ..errors import InputError, OptionError
from ..host import Host
from ..images import Picture
from ..options import WHOLE, SwapUnit
from ..ui import numbering, viewing
from ..ui.events import Again, Numbered
from ..ui.fields import ENABLED
from ..zoo.catalogue import MODELS
from . import boundary, infotext, interfaces, request, saving, settings
from .buttons import PENDING, Tab
from .host import GetEngine

LISTS = ("all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds")
"""What a web UI knows of each of its pictures, by place."""
SAID = re.compile(rf"(?:^|, ?){infotext.RAN}(?: source| note)?: ({infotext.VALUE})")
IN_MASKS = "These are the numbers in the whole picture; an inpainting job counts the faces inside its mask alone."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shown:
    """What the buttons see when one is clicked: the picture at hand, its place, all pictures, what is known of them."""

    picture: Picture
    place: int
    gallery: Sequence[Any]
    known: Mapping[str, Any]


def told(information: Any) -> Sequence[str]:
    """What became of the pictures, as their texts say, and of those that were dropped; nothing while a job runs."""
    if str(information).endswith(PENDING):
        return []
    known = _known(information)
    lines = [infotext.parameters(str(text)) for text in known.get("infotexts") or []]
    job = known.get("extra_generation_params")
    last = job.get(boundary.NOTE) if isinstance(job, dict) else None
    said = [_unquoted(said) for line in lines for said in SAID.findall(line)]
    return list(dict.fromkeys([*said, *([str(last)] if last else [])]))


class Work:
    """What is done with the picture at hand."""

    def __init__(self, engine: GetEngine, host: Host, tab: Tab) -> None:
        self._engine, self._host, self._tab = engine, host, tab

    @boundary.explained()
    def faces(self, given: Sequence[Any], settings: Mapping[str, Any], number: int) -> Numbered:
        """The picture with the faces' numbers as unit `number` counts them."""
        shown = self._shown(given)
        picture = shown.picture
        units = settings.get("units", ())
        with interfaces.queue():
            chosen = units[number - 1] if number <= len(units) else {}
            faces = numbering.counted(self._engine(), picture, chosen, lambda: _whole(chosen, number))
        boxes = numbering.boxes(faces)
        drawn = Pillow.fromarray(drawing.numbered(picture.rgb, faces))
        said = numbering.described(faces)
        inpainted = shown.place >= 0 and self._tab.start is not None
        if said and inpainted and settings.get("job", {}).get("inpaint") != WHOLE:
            said.append(IN_MASKS)
        return Numbered(drawn, boxes, said)

    @boundary.explained()
    def again(self, given: Sequence[Any], chosen: Mapping[str, Any]) -> Again:
        """The picture swapped with the settings of now: more pictures in the gallery, saved as the host saves."""
        shown = self._shown(given)
        asked = settings.applied(request.from_values(chosen, trusted=True))
        if not asked.units:
            raise OptionError("Enable a face and give it a picture first.")
        with interfaces.queue():
            units = [unit.swap for unit in request.without_limits(asked.units)]
            made = self._engine().run(shown.picture, units, post=asked.post)
        # After a stop a result may be the picture as it was.
        swaps = [swap for swap in made if swap.result.patches]
        if not swaps:
            raise InputError("The swap was stopped; click again.")
        ours = infotext.settings(asked)
        texts = [_text(shown, {**ours, infotext.RAN: infotext.facts(swap, asked)}) for swap in swaps]
        labels = texts if asked.output.label else [None] * len(texts)
        pictures = [saving.finished(swap, label) for swap, label in zip(swaps, labels, strict=True)]
        for picture, text in zip(pictures, texts, strict=True):
            picture.info["parameters"] = text
            interfaces.save_alone(self._tab.name, picture, text)
        told = [infotext.facts(swap, asked) for swap in swaps]
        notes = dict.fromkeys(note for swap in swaps for note in swap.result.notes)
        known = _with(shown, texts)
        return Again([[*shown.gallery, *pictures], json.dumps(known)], [*told, *notes])

    @boundary.explained()
    def fetch(self) -> str:
        """Get the weights of the neural engine, whose licences were accepted."""
        lacking = inventory.lacking(self._host, MODELS)
        weights.fetch(self._host, lacking, _progress)
        names = " and ".join(item.name for item in lacking)
        return f"{names} came; from now on auto takes the neural engine." if names else "Everything is there."

    def preview(self, name: str) -> Pillow.Image | None:
        """The picture beside a kept face."""
        return viewing.preview(self._host.face_folder(), name)

    def _shown(self, given: Sequence[Any]) -> Shown:
        """The picture that is selected in the gallery, else its last one, else the one that img2img starts from."""
        place, gallery, information, *start = given
        pictures = [interfaces.picture_of(each) for each in gallery or ()]
        known = _known(information)
        if pictures:
            place = int(place) if isinstance(place, (int, float)) and 0 <= place < len(pictures) else len(pictures) - 1
            picture = pictures[place]
        elif start and start[0] is not None:
            place, picture = -1, interfaces.picture_of(start[0])
        else:
            raise InputError("There is no picture yet; generate one, or in img2img choose one.")
        read = replace(images.read(picture.convert("RGB")), name="the picture")
        return Shown(picture=read, place=place, gallery=pictures, known=known)


def _whole(chosen: Mapping[str, Any], number: int) -> SwapUnit:
    """Unit `number` with its pictures read."""
    (whole,) = request.from_values({"units": [*[{ENABLED: False}] * (number - 1), chosen]}, trusted=True).units
    return whole.swap


def _progress(done: int, whole: int) -> None:
    share = f"{done / whole:.0%}" if whole else f"{done / 1e6:.0f} MB"
    interfaces.progress(f"roop: weights, {share}")


def _text(shown: Shown, ours: Mapping[str, Any]) -> str:
    """The text of the picture at hand with what roop did now in the place of what it did before."""
    texts = shown.known.get("infotexts") or []
    earlier = str(texts[shown.place]) if 0 <= shown.place < len(texts) else ""
    return infotext.joined(earlier, ours)


def _with(shown: Shown, texts: Sequence[str]) -> dict[str, Any]:
    """What is known of the pictures, and of as many more made of the one at hand."""
    known = dict(shown.known)
    known["infotexts"] = [*(known.get("infotexts") or []), *texts]
    first = int(known.get("index_of_first_image") or 0)
    for name in LISTS:
        values = list(known.get(name) or [])
        place = shown.place - first
        if 0 <= place < len(values):
            known[name] = values + [values[place]] * len(texts)
    return known


def _unquoted(said: str) -> str:
    """A value as it was before the host quoted it; what only looks quoted stays."""
    try:
        return str(json.loads(said)) if said.startswith('"') else said
    except ValueError:
        return said


def _known(information: Any) -> dict[str, Any]:
    try:
        known = json.loads(information or "{}")
    except (TypeError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
