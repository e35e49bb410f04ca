"""What is known of each net before it is opened: facts only, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal["detection", "landmarks", "recognition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One net. `inputs` and `outputs` give shapes by name, None for any size; `read_in` is where that was read."""

    name: str
    task: Task
    file: str
    size: int
    sha256: str
    licence: str
    commercial_use: bool
    inputs: dict[str, tuple[int | None, ...]]
    outputs: dict[str, tuple[int | None, ...]]
    read_in: str
