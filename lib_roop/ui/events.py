"""What happens when something in the panel is clicked: the widgets here, the work in the caller's `Actions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ..errors import OptionError, RoopError
from . import compat
from .compat import Widgets, Wires
from .fields import (
    AS_IT_IS,
    CHECKPOINT,
    ENABLED,
    MASTER,
    NOBODY,
    UNIT,
    Field,
    fields,
    mapping,
    values,
    without_pictures,
)
from .panel import Panel, sentences

SELECTED = "(...values) => window.roop ? window.roop.selected(values) : values"
"""Puts the place of the picture that is selected in the host's gallery into the first value."""
Box = tuple[int, float, float, float, float]
"""A face's number, and the left, top, right and bottom of its box in the picture's pixels."""
Answer = dict[Any, Any]
"""New values by component; the other outputs stay."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """A picture with numbered boxes drawn on it, and what is to be said of each face."""

    picture: Any
    boxes: Sequence[Box]
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """What another swap gave: the values for `Actions.results`, and what is to be said."""

    results: Sequence[Any]
    told: Sequence[str] = ()


class PresetStore(Protocol):
    """Named settings that are kept. Each of these may raise RoopError."""

    def names(self) -> Sequence[str]:
        """The presets there are."""
        ...

    def load(self, name: str) -> Mapping[str, Any]:
        """The settings that were kept."""
        ...

    def save(self, name: str, settings: Mapping[str, Any]) -> None:
        """Keep settings, in the place of those of that name."""
        ...

    def delete(self, name: str) -> None:
        """Forget some."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Actions:
    """What the panel's buttons do. A RoopError is shown as its sentence.

    checkpoints: the names there are now. preview: the picture of one, or None. fetch: gets the weights whose licences
    were accepted, and says what it got. ran: what to say of the new value of `finished`.
    faces: the picture at hand with its faces as a unit (the third argument) counts them. again: swaps that picture
    anew. Both get the place of the selected picture (-1: none) with the values of `pictures`, and the panel's mapping.
    """

    checkpoints: Callable[[], Sequence[str]]
    preview: Callable[[str], Any]
    presets: PresetStore
    faces: Callable[[Sequence[Any], Mapping[str, Any], int], Numbered]
    again: Callable[[Sequence[Any], Mapping[str, Any]], Again]
    fetch: Callable[[], str]
    ran: Callable[[Any], Sequence[str]]
    pictures: Sequence[Any] = ()
    results: Sequence[Any] = ()
    finished: Any = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The faces that are shown for a unit, and the numbers that were clicked."""

    unit: int
    boxes: tuple[Box, ...]
    chosen: tuple[int, ...] = ()


def bind(panel: Panel, widgets: Widgets, actions: Actions) -> Any:
    """Let the panel's buttons do what `actions` say. Called once for a panel that is shown, where gradio is drawing.

    Gives what holds the faces that can be clicked: a state with `Shown` or None.
    """
    wired = _Wired(panel, widgets, actions)
    wired.checkpoints()
    wired.presets()
    wired.faces()
    wired.swaps()
    return wired.seen


def clicked(shown: Shown, place: tuple[float, float]) -> Shown:
    """What is chosen after a click: the smallest box round `place` is added, or taken out again."""
    x, y = place
    hit = [box for box in shown.boxes if box[1] <= x <= box[3] and box[2] <= y <= box[4]]
    if not hit:
        return shown
    number = min(hit, key=lambda box: (box[3] - box[1]) * (box[4] - box[2]))[0]
    chosen = set(shown.chosen) ^ {number}
    return Shown(shown.unit, shown.boxes, tuple(sorted(chosen)))


class _Wired:
    """A panel and what its parts do."""

    def __init__(self, panel: Panel, widgets: Widgets, actions: Actions) -> None:
        self._panel, self._gradio, self._actions = panel, widgets.gradio, actions
        self.seen = self._gradio.State(None)

    def checkpoints(self) -> None:
        """The lists are made anew on demand, and the picture of a chosen face is shown."""
        lists = self._of_units(CHECKPOINT)
        for button in self._panel.refreshes:
            self._on(button.click, self._list, Wires((), lists))
        for each, preview in zip(lists, self._panel.previews, strict=True):
            self._on(each.change, partial(self._preview, preview), Wires([each], [preview]))

    def presets(self) -> None:
        """Settings are kept under a name, without pictures and uploaded files."""
        row, components = self._panel.presets, self._panel.components
        self._on(row.load.click, self._load, Wires([row.name], components))
        self._on(row.save.click, self._save, Wires([row.name, *components], [row.name]))
        self._on(row.delete.click, self._delete, Wires([row.name], [row.name]))

    def faces(self) -> None:
        """Boxes with numbers, of which clicks put some into the unit whose tab was open."""
        panel, tab = self._panel, self._gradio.State(1)
        for number, each in enumerate(panel.tabs, start=1):
            self._on(each.select, lambda number=number: {tab: number}, Wires((), [tab]))
        inputs = [panel.selected, tab, *self._actions.pictures, *panel.components]
        self._on(panel.show_faces.click, self._show, Wires(inputs, [self.seen, panel.faces], SELECTED))
        outputs = [self.seen, *self._of_units("target_faces"), *self._of_units(ENABLED)]
        self._on(panel.faces.select, self._choose, Wires([self.seen], outputs), placed=True)

    def swaps(self) -> None:
        """Another swap of the selected picture, what ran, and the weights that better swaps need."""
        panel, actions = self._panel, self._actions
        inputs = [panel.selected, *actions.pictures, *panel.components]
        self._on(panel.swap_again.click, self._swap, Wires(inputs, actions.results, SELECTED))
        if actions.finished is not None:
            self._on(actions.finished.change, lambda value: self._say(*actions.ran(value)), Wires([actions.finished]))
        if panel.fetching:
            self._on(panel.fetching.button.click, self._fetch, Wires([panel.fetching.accepted]))

    def _on(self, listener: Any, act: Callable[..., Answer], wires: Wires, *, placed: bool = False) -> None:
        """Let `act` follow; what it raises for the user is said in the panel's line."""

        def said(*given: Any) -> Answer:
            try:
                return act(*given)
            except RoopError as error:
                return self._say(str(error))

        follows = compat.with_place(self._gradio, said) if placed else said
        compat.on(self._gradio, listener, follows, Wires(wires.inputs, [*wires.outputs, self._panel.line], wires.js))

    def _say(self, *told: str) -> Answer:
        return {self._panel.line: sentences(told)}

    def _of_units(self, name: str) -> list[Any]:
        return [self._panel.of[Field(UNIT, number, name)] for number in range(1, self._panel.units + 1)]

    def _list(self) -> Answer:
        choices = [NOBODY, *self._actions.checkpoints()]
        return {each: self._gradio.update(choices=choices) for each in self._of_units(CHECKPOINT)}

    def _preview(self, preview: Any, name: Any) -> Answer:
        picture = self._actions.preview(name) if name and name != NOBODY else None
        return {preview: self._gradio.update(value=picture, visible=picture is not None)}

    def _load(self, name: Any) -> Answer:
        shown = values(self._actions.presets.load(_named(name)), self._panel.units)
        pairs = zip(self._panel.components, shown, strict=True)
        loaded = {part: self._gradio.update(value=value) for part, value in pairs if value is not AS_IT_IS}
        return {**loaded, **self._say(f"The preset {name} was loaded.")}

    def _save(self, name: Any, *given: Any) -> Answer:
        self._actions.presets.save(_named(name), without_pictures(self._settings(given)))
        return self._presets_with(name, f"The preset {name} was kept, without pictures.")

    def _delete(self, name: Any) -> Answer:
        self._actions.presets.delete(_named(name))
        return self._presets_with(None, f"The preset {name} was deleted.")

    def _presets_with(self, name: Any, told: str) -> Answer:
        names = self._gradio.update(choices=list(self._actions.presets.names()), value=name)
        return {self._panel.presets.name: names, **self._say(told)}

    def _show(self, place: Any, unit: int, *given: Any) -> Answer:
        pictures, settings = self._split(given, unit)
        found = self._actions.faces([place, *pictures], settings, unit)
        told = f"Click the faces that face {unit} replaces." if found.boxes else "There is no face in this picture."
        picture = self._gradio.update(value=found.picture, visible=True)
        return {self.seen: Shown(unit, tuple(found.boxes)), self._panel.faces: picture, **self._say(told, *found.told)}

    def _choose(self, place: tuple[float, float], shown: Shown | None) -> Answer:
        if shown is None or (now := clicked(shown, place)) == shown:
            return {self.seen: shown}
        if not now.chosen:
            return {self.seen: now, **self._say(f"Click the faces that face {now.unit} replaces.")}
        numbers = ",".join(map(str, now.chosen))
        target, switch = (self._panel.of[Field(UNIT, now.unit, name)] for name in ("target_faces", ENABLED))
        return {self.seen: now, target: numbers, switch: True, **self._say(f"Face {now.unit} replaces {numbers}.")}

    def _swap(self, place: Any, *given: Any) -> Answer:
        pictures, settings = self._split(given)
        done = self._actions.again([place, *pictures], settings)
        return {**dict(zip(self._actions.results, done.results, strict=True)), **self._say(*done.told)}

    def _fetch(self, accepted: bool) -> Answer:
        if not accepted:
            raise OptionError("Read the licences above, tick that you accept them, and click again.")
        return self._say(self._actions.fetch())

    def _split(self, given: Sequence[Any], unit: int = 0) -> tuple[Sequence[Any], dict[str, Any]]:
        count = len(self._actions.pictures)
        return given[:count], self._settings(given[count:], unit)

    def _settings(self, given: Sequence[Any], unit: int = 0) -> dict[str, Any]:
        """What the panel says whether it is on or not, and its `unit` too."""
        switches = (MASTER, Field(UNIT, unit, ENABLED))
        pairs = zip(fields(self._panel.units), given, strict=True)
        return mapping([True if field in switches else value for field, value in pairs], self._panel.units)


def _named(name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise OptionError("Type a name for the preset first, or choose one.")
    return name.strip()
