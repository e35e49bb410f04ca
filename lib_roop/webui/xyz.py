"""Axes for the host's X/Y/Z plots: each cell gets its value over what the panel says, and nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import inventory
from ..errors import OptionError
from ..host import Host
from ..identities import naming
from ..options import AUTO, NONE, Option, PostOptions, SwapUnit, describe, from_mapping, no_such
from ..ui.fields import CHECKPOINT, NOBODY
from ..zoo.catalogue import MODELS
from . import interfaces
from .host import GetEngine
from .interfaces import Processing

SCRIPT = "xyz_grid.py"
"""The host's script by the name that it has as a module."""
PREFIX = "[roop] "
AXES = "_roop_xyz"
"""Where a plot leaves a cell's values on a job."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """An option that can be varied: of every unit ("unit"), or of what is done afterwards ("post")."""

    part: str
    option: Option

    @property
    def field(self) -> str:
        """As `request.with_axes` takes it."""
        return f"{self.part}.{self.option.name}"

    @property
    def label(self) -> str:
        """As the plot's menu and legend call it."""
        return PREFIX + self.option.label


def axes() -> tuple[Axis, ...]:
    """Every axis, in the order of the menu."""
    parts = (
        ("unit", SwapUnit, (CHECKPOINT, "target_faces", "strength", "model", "min_similarity")),
        ("post", PostOptions, ("restorer", "restorer_visibility")),
    )
    return tuple(Axis(part, each) for part, kind, names in parts for each in describe(kind) if each.name in names)


def register(engine: GetEngine, host: Host) -> None:
    """Put the axes into the host's plot, if it has one that is known, and once however often its page is made."""
    for module in _plots():
        there = {option.label for option in module.axis_options}
        for axis in axes():
            if axis.label not in there:
                module.axis_options.append(_option(module.AxisOption, axis, engine, host))


def choices(axis: Axis, host: Host) -> list[str]:
    """What there is to choose from now; nothing for what is typed."""
    if axis.option.name == CHECKPOINT:
        return [NOBODY, *(path.stem for path in naming.stored(host.face_folder()))]
    if axis.option.name == "restorer":
        return [AUTO, NONE, *(name for name, there in inventory.restorers(host, MODELS).items() if there)]
    return list(axis.option.choices)


def check(axis: Axis, engine: GetEngine, host: Host, values: Sequence[Any]) -> None:
    """Raises RoopError for the first value that no cell could be made with, before any is."""
    for value in values:
        name = axis.option.name
        if name == CHECKPOINT and value not in (known := choices(axis, host)):
            raise OptionError(no_such("face checkpoint", str(value), known))
        options: Any = from_mapping(PostOptions if axis.part == "post" else SwapUnit, {name: value})
        if isinstance(options, PostOptions):
            engine().finishers.check(options)


def vary(axis: Axis, p: Processing, value: Any, _: Sequence[Any] = ()) -> None:
    """Give a cell its value; a cell is a shallow copy of the job, so that its values need a dict of their own."""
    meant = "" if (axis.option.name, value) == (CHECKPOINT, NOBODY) else value
    setattr(p, AXES, {**getattr(p, AXES, {}), axis.field: meant})


def _plots() -> list[Any]:
    """The modules of the host's plot; none where it makes plots in another way."""
    found = [data.module for data in interfaces.module("scripts").scripts_data if _name(data) == SCRIPT]
    return [module for module in found if hasattr(module, "axis_options") and hasattr(module, "AxisOption")]


def _name(data: Any) -> str:
    return str(getattr(data.script_class, "__module__", ""))


def _option(make: Callable[..., Any], axis: Axis, engine: GetEngine, host: Host) -> Any:
    listed = {"choices": partial(choices, axis, host)} if choices(axis, host) else {}
    kind = float if axis.option.kind is float else str

    def confirm(_: Any, values: Sequence[Any]) -> None:
        check(axis, engine, host, values)

    return make(axis.label, kind, partial(vary, axis), confirm=confirm, **listed)
