"""A gradio that draws nothing: it remembers what was asked of it, and refuses what that version would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

VERSIONS = ("3.41.2", "3.43.2", "4.40.0", "6.31.0")
LAYOUT = ("Accordion", "Column", "Group", "Row", "Tab", "Tabs")
KINDS = (
    *(
        "Button",
        "Checkbox",
        "CheckboxGroup",
        "Dropdown",
        "File",
        "Gallery",
        "HTML",
        "Image",
        "Number",
        "Radio",
        "Slider",
    ),
    *("State", "Textbox", "Video", *LAYOUT),
)
EVENTS = ("click", "change", "select", "submit")
SINCE_4, BEFORE_4, SINCE_6 = {"sources", "js"}, {"source", "tool", "_js"}, {"api_visibility"}
FIRST = {"Checkbox": "value", "HTML": "value", "Button": "value", "Number": "value", "State": "value"}
"""What the first argument of a component is called, where that is not `label` of a layout or `choices`."""


@dataclass(eq=False)
class Element:
    """A block that was drawn."""

    gradio: Gradio
    kind: str
    options: dict[str, Any]
    inside: tuple[Element, ...]

    def __enter__(self) -> Element:
        self.gradio.open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.gradio.open.pop()

    def __getattr__(self, name: str) -> Any:
        if name not in EVENTS:
            raise AttributeError(f"a {self.kind} has no {name}")
        return partial(self.gradio.listen, self, name)

    @property
    def id(self) -> str:
        return str(self.options.get("elem_id", ""))


@dataclass(frozen=True)
class Listener:
    """Something that follows an event."""

    element: Element
    event: str
    act: Callable[..., Any]
    inputs: Sequence[Element]
    outputs: Sequence[Element]
    options: dict[str, Any]
    after: list[dict[str, Any]] = field(default_factory=list)

    def then(self, act: Callable[..., Any] | None, **options: Any) -> None:
        """Remember what is run when this has answered."""
        self.element.gradio.refuse(options)
        self.after.append({**options, "act": act})


@dataclass
class Live:
    """What follows every change of several components."""

    triggers: Sequence[Callable[..., Any]]
    act: Callable[..., Any]
    options: dict[str, Any]


@dataclass
class Gradio:
    """The module, of one version. live: the last of what `on` was given."""

    __version__: str
    drawn: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    live: Live = field(init=False)

    class SelectData:
        """A click."""

        def __init__(self, x: int, y: int) -> None:
            self.index = [x, y]

    def __getattr__(self, kind: str) -> Any:
        if kind not in KINDS:
            raise AttributeError(f"gradio has no {kind}")
        return partial(self._draw, kind)

    def update(self, **options: Any) -> dict[str, Any]:
        return options

    def on(self, triggers: Sequence[Callable[..., Any]], act: Callable[..., Any], **options: Any) -> None:
        """Remember it; there is none before gradio 4."""
        assert int(self.__version__.split(".")[0]) >= 4
        self.live = Live(triggers, act, options)

    def listen(self, element: Element, event: str, act: Callable[..., Any], **options: Any) -> Listener:
        self.refuse(options)
        wires = (options.pop("inputs"), options.pop("outputs"))
        self.listeners.append(Listener(element, event, act, *wires, options))
        return self.listeners[-1]

    def listener(self, element: Element, event: str) -> Listener:
        """The one listener of this event."""
        found = [each for each in self.listeners if each.element is element and each.event == event]
        assert len(found) == 1, f"{len(found)} listeners"
        return found[0]

    def listener_of(self, element: Element, event: str, place: int) -> Listener:
        """One of several listeners of an event, in the order in which they were bound."""
        return [each for each in self.listeners if each.element is element and each.event == event][place]

    def follow(self, element: Element, event: str, *given: Any) -> dict[Element, Any]:
        """What the one listener of this event answers."""
        listener = self.listener(element, event)
        return _checked(listener.act(*given), listener)

    def steps(self, element: Element, event: str, *given: Any) -> Iterator[dict[Element, Any]]:
        """What the one listener of this event, whose work is long, answers one after the other."""
        listener = self.listener(element, event)
        for answer in listener.act(*given):
            yield _checked(answer, listener)

    def by_id(self, elem_id: str) -> Element:
        """The element with this id."""
        (found,) = (each for each in self.drawn if each.id == elem_id)
        return found

    def _draw(self, kind: str, *given: Any, **options: Any) -> Element:
        self.refuse(options)
        first = FIRST.get(kind, "label" if kind in LAYOUT else "choices")
        named = dict(zip((first, "value"), given, strict=False))
        assert not set(named) & set(options), f"{kind} got {set(named) & set(options)} twice"
        element = Element(self, kind, {**named, **options}, tuple(self.open))
        self.drawn.append(element)
        return element

    def refuse(self, options: dict[str, Any]) -> None:
        major = int(self.__version__.split(".")[0])
        unknown = (SINCE_4 if major < 4 else BEFORE_4) | (SINCE_6 if major < 6 else set())
        assert not unknown & set(options), f"gradio {self.__version__} does not know {unknown & set(options)}"


def _checked(answer: dict[Element, Any], listener: Listener) -> dict[Element, Any]:
    assert set(answer) <= set(listener.outputs), "it answers for components that are no outputs"
    assert answer, "gradio takes an empty answer for a value"
    return answer
