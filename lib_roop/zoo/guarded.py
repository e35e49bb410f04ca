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
            _log.warning("%s gave no usable picture on %s; the CPU made it again.", self._name, where)
        made = self._again().run(inputs)
        if not usable(made, self._black):
            raise self._hopeless("on the CPU too")
        return made

    def _hopeless(self, where: str) -> ModelError:
        return ModelError(
            f"{self._name} gives black pictures, or none at all, {where}; put a whole copy of its file in its place."
        )


def usable(outputs: Mapping[str, Tensor], black: float | None = 0.0) -> bool:
    """Whether all are numbers, and none of them is all black or beyond."""
    return all(
        bool(np.isfinite(made).all()) and (black is None or bool((made > black).any())) for made in outputs.values()
    )
