"""What differs between the web UIs: versions of gradio, and widgets of their own. Nothing else looks at either."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CAMERA_HEIGHT = 180
DRAWN = (
    *("Accordion", "Button", "Checkbox", "CheckboxGroup", "Column", "Dropdown", "File", "HTML", "Image", "Number"),
    *("Radio", "Row", "Slider", "State", "Tab", "Tabs", "Textbox"),
)
"""What panels consist of."""


def own_id(name: str) -> str:
    """The id of an element where no host gives it one."""
    return f"roop_{name}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Widgets:
    """What a panel is drawn with: the module gradio, and those widgets of its own that the host has.

    input_accordion: an accordion whose header is a switch. always_on: for a page of roop's own, which has no switch.
    """

    gradio: Any
    elem_id: Callable[[str], str] = own_id
    input_accordion: Callable[..., Any] | None = None
    tool_button: Callable[..., Any] | None = None
    form_row: Callable[..., Any] | None = None
    always_on: bool = False


def know_signatures(widgets: Widgets) -> None:
    """Put the signatures of gradio's constructors where Python looks for them (PEP 362).

    gradio asks for one whenever a widget is drawn and twice when it is described; working it out anew takes half of
    the time that a panel takes. Nothing is called otherwise than before.
    """
    for name in DRAWN:
        for kind in getattr(getattr(widgets.gradio, name), "__mro__", ()):
            if kind.__module__.startswith("gradio.") and "__init__" in vars(kind):
                made: Any = inspect.unwrap(vars(kind)["__init__"])
                if "__signature__" not in vars(made):
                    made.__signature__ = inspect.signature(made)


@contextmanager
def switched(widgets: Widgets, *, title: str, label: str) -> Iterator[Any]:
    """The frame of the panel, folded and off; gives the switch, a component that is true or false."""
    gradio, elem_id = widgets.gradio, widgets.elem_id("enabled")
    if widgets.always_on:
        with gradio.Column():
            yield gradio.Checkbox(True, label=label, visible=False, elem_id=elem_id)
    elif widgets.input_accordion:
        with widgets.input_accordion(False, label=title, elem_id=elem_id) as switch:
            yield switch
    else:
        with gradio.Accordion(title, open=False, elem_id=widgets.elem_id("accordion")):
            yield gradio.Checkbox(False, label=label, elem_id=elem_id)


def row(widgets: Widgets, **options: Any) -> Any:
    """A row of form elements."""
    return (widgets.form_row or widgets.gradio.Row)(**options)


def tool(widgets: Widgets, sign: str, tooltip: str, elem_id: str) -> Any:
    """A small button with one sign on it."""
    if widgets.tool_button:
        return widgets.tool_button(value=sign, tooltip=tooltip, elem_id=elem_id)
    return widgets.gradio.Button(sign, elem_id=elem_id, elem_classes=["roop-tool"], size="sm", scale=0, min_width=40)


def picture(widgets: Widgets, **options: Any) -> Any:
    """A box for a picture that the user chooses; its value is a PIL image."""
    way = {"source": "upload"} if _major(widgets.gradio) < 4 else {"sources": ["upload", "clipboard"]}
    return widgets.gradio.Image(type="pil", **way, **options)


def camera(widgets: Widgets, **options: Any) -> Any:
    """A box for a picture from the clipboard or the camera; its value is a file's path. For gradio 4 and later."""
    return widgets.gradio.Image(
        type="filepath", format="png", sources=["clipboard", "webcam"], height=CAMERA_HEIGHT, **options
    )


def shown(widgets: Widgets, **options: Any) -> Any:
    """A picture that is hidden until there is one to show."""
    return widgets.gradio.Image(interactive=False, visible=False, **_not_shared(widgets), **options)


def gallery(widgets: Widgets, **options: Any) -> Any:
    """Pictures side by side, which are shown and not chosen from a disk; their values are paths, with words perhaps."""
    still = {} if _major(widgets.gradio) < 4 else {"interactive": False}
    return widgets.gradio.Gallery(object_fit="contain", **_not_shared(widgets), **still, **options)


def player(widgets: Widgets, **options: Any) -> Any:
    """A film that is hidden until there is one to show: one that browsers play, for others gradio would code anew."""
    buttons = {"buttons": ["download"]} if _major(widgets.gradio) >= 6 else {"show_share_button": False}
    return widgets.gradio.Video(interactive=False, visible=False, **buttons, **options)


def _not_shared(widgets: Widgets) -> dict[str, Any]:
    """No button that hands a picture to somebody else's server."""
    buttons = {"buttons": ["download", "fullscreen"]} if _major(widgets.gradio) >= 6 else {}
    return buttons or {"show_share_button": False}


def paths(value: Any) -> list[Path]:
    """The files in the value of a box for files."""
    several: Sequence[Any] = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [Path(getattr(file, "name", file)) for file in several]


@dataclass(frozen=True, slots=True, eq=False)
class Wires:
    """What an event reads and writes. js: changes the inputs' values in the browser before they are sent.

    quiet: nothing is laid over the outputs while they are waited for.
    """

    inputs: Sequence[Any] = ()
    outputs: Sequence[Any] = ()
    js: str = ""
    quiet: bool = False


def on(gradio: Any, listener: Any, act: Callable[..., Any] | None, wires: Wires) -> Any:
    """Let `act` follow what `listener` (as button.click) waits for; gives what `afterwards` takes.

    It is no part of the page's API, as the order of the panel's values is private.
    """
    major = _major(gradio)
    hidden = {"api_name": False} if major < 6 else {"api_visibility": "private"}
    # The script gets the outputs' values after the inputs'; sent back, they would count as inputs.
    js = f"(...values) => ({wires.js})(...values.slice(0, {len(wires.inputs)}))"
    script = {"_js" if major < 4 else "js": js} if wires.js else {}
    shown = {"show_progress": "hidden"} if wires.quiet else {}
    return listener(act, inputs=list(wires.inputs), outputs=list(wires.outputs), **hidden, **script, **shown)


def live(gradio: Any, parts: Sequence[Any], followed: Sequence[Any], act: Callable[..., Any], wires: Wires) -> None:
    """Let `act` follow every change of `parts`, and the answers of what `on` gave. For gradio 4 and later.

    While it runs changes are only noted, and then it runs once more.
    """
    hidden = {"api_name": False} if _major(gradio) < 6 else {"api_visibility": "private"}
    wired = {"inputs": list(wires.inputs), "outputs": list(wires.outputs), "show_progress": "hidden", **hidden}
    gradio.on([part.change for part in parts], act, trigger_mode="always_last", **wired)
    for each in followed:
        each.then(act, **wired)


def afterwards(gradio: Any, followed: Any, js: str) -> None:
    """Run a script in the browser when what `on` gave has answered."""
    script = {"_js" if _major(gradio) < 4 else "js": js}
    followed.then(None, inputs=None, outputs=None, **script)


def with_place(gradio: Any, act: Callable[..., Any]) -> Callable[..., Any]:
    """`act` for a picture's select event: it gets the place of the click first, x and y in the picture's pixels."""

    def selected(event: Any, *values: Any) -> Any:
        x, y = event.index
        return act((float(x), float(y)), *values)

    # gradio finds the argument for the event by this annotation, which must be its own class.
    selected.__annotations__ = {"event": gradio.SelectData}
    return selected


def with_number(gradio: Any, act: Callable[..., Any]) -> Callable[..., Any]:
    """`act` for a gallery's select event: it gets the number of the picture that was clicked first."""

    def selected(event: Any, *values: Any) -> Any:
        return act(int(event.index), *values)

    selected.__annotations__ = {"event": gradio.SelectData}
    return selected


def _major(gradio: Any) -> int:
    return int(gradio.__version__.partition(".")[0])
