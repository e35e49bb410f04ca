"""Nets on graphics cards now and then give black pictures, or none at all: then the same once again on the CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import numpy as np

from ..errors import ModelError
from .runtime import CPU, Net, Tensor

_log = logging.getLogger(__name__)


class Guarded:
    """A net whose outputs are looked at.

    again: gives the net that makes unusable outputs once more when the first did not run on the CPU: the same file
    there, where onnxruntime computes halves as float32, or its float32 sibling. black: the value that makes a picture
    black, None where the outputs are none.
    """

    def __init__(self, name: str, net: Net, again: Callable[[], Net], *, black: float | None = 0.0) -> None:
        self._name, self._net, self._again, self._black = name, net, again, black

    @property
    def providers(self) -> tuple[str, ...]:
        return self._net.providers

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name. Raises ModelError when the CPU gives nothing usable either."""
        where = self.providers[0]
        try:
            made = self._net.run(inputs)
        except ModelError as error:
            if where == CPU:
                raise
            _log.warning("%s The CPU did it.", error)
        else:
            if usable(made, self._black):
                return made
            if where == CPU:
                raise self._hopeless("on the CPU")
            _log.warning("%s gave nothing usable on %s; the CPU did it again.", self._name, where)
        made = self._again().run(inputs)
        if not usable(made, self._black):
            raise self._hopeless("on the CPU too")
        return made

    def _hopeless(self, where: str) -> ModelError:
        what = "no numbers" if self._black is None else "black pictures, or none at all"
        return ModelError(f"{self._name} gives {what}, {where}; put a whole copy of its file in its place.")


def usable(outputs: Mapping[str, Tensor], black: float | None = 0.0) -> bool:
    """Whether all are numbers, and no picture of the first output, the only one that is used, all black or beyond."""
    made = next(iter(outputs.values()))
    pictures = made if made.ndim == 4 else made[None]
    seen = black is None or all(bool((each > black).any()) for each in pictures)
    return seen and all(bool(np.isfinite(each).all()) for each in outputs.values())
