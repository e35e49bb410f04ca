"""A field of the panel as a widget: made from its option's kind, range, label and help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from ..options import MASKS, Option
from . import compat
from .compat import Widgets
from .fields import FILES, TICKS, Field, settings

PICTURE_HEIGHT = 240
FEW = 3
"""Up to so many choices are all shown at once, more in a list that opens."""
FAR = 100
"""Numbers that may be larger are typed."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How a field differs from what its option says: its label, its help, and what else its widget is told."""

    label: str = ""
    info: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


LOOKS: Mapping[str, Look] = MappingProxyType({
    "enabled": Look("Enable this face", ""),
    "checkpoint": Look("", "A face that was kept; blended with the pictures, if there are any"),
    "pool": Look("", "Which are taken: all, or one for each generated picture"),
    "source_face": Look("Face in the source", "Its number in the reference picture, or one for each face: 0,1"),
    "target_faces": Look("Comma separated face number(s)", "Which faces are replaced: 0 is the first; 0,2; or all"),
    "order": Look("Faces are numbered", "What the numbers count, in the source and in the target"),
    "max_faces": Look("Most faces", "Only the largest count; 0 for no limit", {"maximum": 20, "step": 1}),
    "similarity": Look("Compute similarity"),
    "mask": Look("Masks", "Where the face is replaced: what all of them allow", {"choices": MASKS}),
    "fidelity": Look("CodeFormer weight", "Fidelity: 1 keeps close to the swapped face, 0 prefers one without flaws"),
    "places": Look("Where"),
    "similarities": Look("Measuring", "Checking drops the pictures below a minimum"),
    "crop": Look("The finer crop"),
    "manner": Look("How"),
    "keeping": Look("Saving"),
})  # fmt: skip
"""Where the panel has words of its own, or those that users of other face swappers know."""


def element(field: Field) -> str:
    """The field's part of an element's id: `face2_strength`, `restorer`."""
    return f"face{field.unit}_{field.name}" if field.unit else field.name


def numbered(label: str, unit: int) -> str:
    """A label that occurs once in the panel, as hosts keep defaults by label; those of the first unit stay plain."""
    return f"{label} ({unit})" if unit > 1 else label


def label(field: Field) -> str:
    """What the field is called in any unit."""
    return _look(field).label or settings(field.section)[field.name].label


def info(field: Field) -> str:
    """What the field does."""
    entry = settings(field.section).get(field.name)
    own = _look(field).info
    text = own if own is not None else entry.help if entry else ""
    return text[:1].upper() + text[1:]


def widget(widgets: Widgets, field: Field, value: Any, choices: Sequence[str] = (), **options: Any) -> Any:
    """The component for a field with its default value. choices: where the option itself has none, as of restorers."""
    gradio = widgets.gradio
    common = {"label": numbered(label(field), field.unit), "elem_id": widgets.elem_id(element(field)), **options}
    if field.name == FILES:
        return gradio.File(file_count="multiple", file_types=["image"], **common)
    if members := TICKS.get(field.section, {}).get(field.name):
        named = [(label(Field(field.section, field.unit, name)), name) for name in members]
        return gradio.CheckboxGroup(named, value=value, **_info(field), **common)
    entry = settings(field.section)[field.name]
    if entry.kind is object:
        return compat.picture(widgets, height=PICTURE_HEIGHT, **common)
    return _plain(gradio, entry, choices)(value=value, **_info(field), **common)


def option(widgets: Widgets, entry: Option, elem_id: str) -> Any:
    """The component for an option that no panel has."""
    about = {"label": entry.label, "info": entry.help[:1].upper() + entry.help[1:], "elem_id": elem_id}
    if entry.kind in (int, float) and (entry.maximum or 0) > FAR:
        return widgets.gradio.Number(value=entry.default, precision=0 if entry.kind is int else None, **about)
    return _plain(widgets.gradio, entry, ())(value=entry.default, **about)


def _plain(gradio: Any, entry: Option, choices: Sequence[str]) -> partial[Any]:
    """The widget that fits the option's kind."""
    extra = LOOKS.get(entry.name, Look()).extra
    offered = list(extra.get("choices", entry.choices or choices))
    if entry.kind is bool:
        return partial(gradio.Checkbox)
    if entry.kind is tuple:
        return partial(gradio.CheckboxGroup, offered)
    if offered:
        return partial(gradio.Radio if len(offered) <= FEW and not choices else gradio.Dropdown, offered)
    if entry.kind is str:
        return partial(gradio.Textbox)
    limits = {"minimum": entry.minimum, "maximum": entry.maximum, "step": entry.step, **extra}
    return partial(gradio.Slider, **limits)


def _info(field: Field) -> dict[str, str]:
    return {"info": text} if (text := info(field)) else {}


def _look(field: Field) -> Look:
    return LOOKS.get(field.name, Look())
