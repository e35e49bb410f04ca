"""The settings of an options class, each as a widget, and what a user made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from ...options import describe, from_mapping
from ..bind import option
from .frame import Tool

T = TypeVar("T")


class Form(Generic[T]):
    """Drawn where gradio is drawing. parts: the widgets, whose values `read` takes."""

    def __init__(self, tool: Tool, kind: type[T]) -> None:
        self._kind, self._entries = kind, describe(kind)
        self.parts = [option(tool.widgets, entry, tool.id(entry.name)) for entry in self._entries]

    def read(self, given: Sequence[Any]) -> T:
        """The options; an empty box counts as untouched. Raises OptionError for what does not fit."""
        whole = {entry.name for entry in self._entries if entry.kind is int}
        named = {entry.name: value for entry, value in zip(self._entries, given, strict=True) if value is not None}
        return from_mapping(self._kind, {name: int(value) if name in whole else value for name, value in named.items()})
