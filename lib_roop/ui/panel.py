"""The swap panel, for web UIs and roop's own page: first the picture, the switch and the numbers, the rest folded.

Hosts draw it up to six times at their start and every block costs gradio 4 a sixth of a millisecond. So what belongs
together stands straight in its accordion, pictures last, and style.css lays it out.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..options import AUTO, NONE
from . import compat
from .bind import numbered, widget
from .compat import Widgets
from .fields import (
    CHECKPOINT,
    EROSION,
    FEATHER,
    FILES,
    FOLDER,
    JOB,
    MASTER,
    MINIMA,
    NOBODY,
    OUTPUT,
    POST,
    REFERENCE,
    UNIT,
    Field,
    defaults,
    fields,
)

TITLE = "roop"
REFRESH, LOAD, SAVE, DELETE = "\U0001f504", "\U0001f4c2", "\U0001f4be", "\U0001f5d1\ufe0f"
BESIDE = ("enabled", "target_faces", "strength", "places")
"""What stands beside the reference picture and the checkpoint."""
FOLDS: Mapping[str, tuple[str, ...]] = {
    "More sources": (FOLDER, "pool", "blend", "source_face", FILES),
    "Which faces": ("order", "sex", "like_threshold", "like"),
    "Similarity": ("similarities", *MINIMA),
    "Fine tuning": (
        *("model", "boost", "detection_threshold", "max_faces", "colour", "colour_strength"),
        *("enhance", "enhancer", "crop"),
        *("mask", FEATHER, EROSION, "keep", "regions"),
    ),
}
"""The accordions of a unit's tab; what no other place names comes at the end of the last one."""
REST = "Restore, enlarge, save"
IMG2IMG = ("places", "inpaint")
"""What txt2img has no use for: there it is hidden, so that the order is one."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Choices:
    """What there is to choose from. missing: sentences about better weights that can be fetched, and their licences."""

    checkpoints: Sequence[str] = ()
    restorers: Sequence[str] = ()
    upscalers: Sequence[str] = ()
    presets: Sequence[str] = ()
    missing: Sequence[str] = ()

    def of(self, name: str) -> tuple[str, ...]:
        """The choices for a field whose option has none of its own."""
        return {
            CHECKPOINT: (NOBODY, *self.checkpoints),
            "restorer": (AUTO, NONE, *self.restorers),
            "upscaler": (NONE, *self.upscalers),
            "enhancer": (AUTO, *self.restorers, *self.upscalers),
        }.get(name, ())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Presets:
    """The row of kept settings: a list that takes new names, and its buttons."""

    name: Any
    load: Any
    save: Any
    delete: Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fetching:
    """What offers missing weights: a tick that their licences are accepted, and the button."""

    accepted: Any
    button: Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Panel:
    """What was drawn. of: the component of every field; the other parts hand over nothing.

    refreshes, previews: of the checkpoints, by unit. selected: a hidden number, for the place of the picture selected
    in the host's gallery. faces: shows a picture with numbered boxes. line: says what ran.
    """

    units: int
    of: Mapping[Field, Any]
    tabs: Sequence[Any]
    refreshes: Sequence[Any]
    previews: Sequence[Any]
    presets: Presets
    show_faces: Any
    swap_again: Any
    selected: Any
    faces: Any
    line: Any
    fetching: Fetching | None

    @property
    def components(self) -> list[Any]:
        """What hands over the values, in the order of `fields`."""
        return [self.of[field] for field in fields(self.units)]


def panel(widgets: Widgets, choices: Choices, units: int, is_img2img: bool) -> Panel:
    """Draw the panel where gradio is drawing now; nothing is read, asked or remembered."""
    compat.know_signatures(widgets)
    drawing = _Drawing(widgets, choices, units, is_img2img)
    gradio, elem_id = widgets.gradio, widgets.elem_id
    with compat.switched(widgets, title=TITLE, label="Enable") as switch:
        with gradio.Tabs(elem_id=elem_id("tabs")):
            tabs = [drawing.tab(number) for number in range(1, units + 1)]
        with gradio.Accordion(REST, open=False, elem_id=elem_id("rest_fold")):
            drawing.all_of(POST, JOB, OUTPUT)
        with gradio.Row():
            show_faces = gradio.Button("Show faces", size="sm", elem_id=elem_id("show_faces"))
            swap_again = gradio.Button(
                "Swap again", size="sm", visible=not widgets.always_on, elem_id=elem_id("swap_again")
            )
        with compat.row(widgets):
            presets = drawing.presets()
        selected = gradio.Number(-1, precision=0, visible=False, elem_id=elem_id("selected"))
        faces = gradio.Image(
            label="Click the faces to swap", interactive=False, visible=False, elem_id=elem_id("faces")
        )
        line = gradio.HTML("", elem_id=elem_id("line"))
        fetching = drawing.fetching() if choices.missing else None
    return Panel(
        units=units, of={**drawing.of, MASTER: switch}, tabs=tabs, refreshes=drawing.refreshes,
        previews=drawing.previews, presets=presets, show_faces=show_faces, swap_again=swap_again, selected=selected,
        faces=faces, line=line, fetching=fetching,
    )  # fmt: skip


def sentences(told: Iterable[str]) -> str:
    """The HTML of some sentences; what they quote stays text."""
    return "".join(f'<p class="roop-line">{html.escape(sentence)}</p>' for sentence in told)


class _Drawing:
    """A panel in the making: the components so far."""

    def __init__(self, widgets: Widgets, choices: Choices, units: int, is_img2img: bool) -> None:
        self._widgets, self._choices, self._is_img2img = widgets, choices, is_img2img
        self._defaults = defaults(units)
        self.of: dict[Field, Any] = {}
        self.refreshes: list[Any] = []
        self.previews: list[Any] = []

    def tab(self, number: int) -> Any:
        """The tab of a face unit."""
        gradio, elem_id = self._widgets.gradio, self._widgets.elem_id
        with gradio.Tab(f"Face {number}", elem_id=elem_id(f"face{number}")) as tab:
            with gradio.Row():
                with gradio.Column(min_width=220):
                    self._field(Field(UNIT, number, REFERENCE))
                    self._checkpoint(number)
                with gradio.Column(min_width=260):
                    for name in BESIDE:
                        self._field(Field(UNIT, number, name))
            for title, names in FOLDS.items():
                place = f"face{number}_{title.lower().replace(' ', '_')}_fold"
                with gradio.Accordion(numbered(title, number), open=False, elem_id=elem_id(place)):
                    for name in names:
                        self._field(Field(UNIT, number, name))
                    if title == list(FOLDS)[-1]:
                        self.all_of(UNIT, unit=number)
        return tab

    def all_of(self, *sections: str, unit: int = 0) -> None:
        """The fields of some sections that are not drawn yet."""
        for field in self._defaults:
            if field.section in sections and field.unit == unit and field not in self.of:
                self._field(field)

    def presets(self) -> Presets:
        """A list that takes new names, and small buttons."""
        gradio, elem_id = self._widgets.gradio, self._widgets.elem_id
        name = gradio.Dropdown(
            list(self._choices.presets), value=None, label="Preset", allow_custom_value=True, elem_id=elem_id("preset")
        )
        return Presets(
            name=name,
            load=compat.tool(self._widgets, LOAD, "Load this preset", elem_id("preset_load")),
            save=compat.tool(self._widgets, SAVE, "Keep the settings under this name", elem_id("preset_save")),
            delete=compat.tool(self._widgets, DELETE, "Delete this preset", elem_id("preset_delete")),
        )

    def fetching(self) -> Fetching:
        """Licences first, then the button."""
        gradio, elem_id = self._widgets.gradio, self._widgets.elem_id
        with gradio.Accordion("Better models can be fetched", open=False, elem_id=elem_id("fetch_fold")):
            gradio.HTML(sentences(self._choices.missing), elem_id=elem_id("fetch_licences"))
            accepted = gradio.Checkbox(
                False, label="I have read these licences and accept them", elem_id=elem_id("fetch_accepted")
            )
            return Fetching(accepted=accepted, button=gradio.Button("Fetch them", size="sm", elem_id=elem_id("fetch")))

    def _checkpoint(self, number: int) -> None:
        """The list of kept faces, what makes it anew, and a picture of the one chosen."""
        field = Field(UNIT, number, CHECKPOINT)
        with compat.row(self._widgets):
            self._field(field)
            place = self._widgets.elem_id(f"face{number}_refresh")
            self.refreshes.append(compat.tool(self._widgets, REFRESH, "Look for face checkpoints again", place))
        title, place = numbered("Chosen checkpoint", number), self._widgets.elem_id(f"face{number}_preview")
        hidden = {"interactive": False, "visible": False}
        self.previews.append(self._widgets.gradio.Image(label=title, height=120, elem_id=place, **hidden))

    def _field(self, field: Field) -> None:
        hidden = field.name in IMG2IMG and not self._is_img2img
        options = {"visible": False} if hidden else {}
        value, choices = self._defaults[field], self._choices.of(field.name)
        self.of[field] = widget(self._widgets, field, value, choices, **options)
