"""Which file of an InsightFace pack does what, told from its graph's shapes as insightface's own router does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import ModelError
from ..templates import ARCFACE_112_V2, ARCFACE_128
from ..types import Image
from ..zoo.cards import Pixels, Shape
from ..zoo.headers import Header, header
from ..zoo.pixels import tensor
from ..zoo.runtime import Net, Tensor

Role = Literal["detection", "recognition", "attributes"]
ALIGNED = {112: ARCFACE_112_V2, 128: ARCFACE_128}
"""Where recognisers want the five points, by the side of their crop."""
BATCH = 16
"""Crops a run, where the graph takes more than one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackNet:
    """One net of a pack. `open` is called at every use, so that whoever keeps the nets may drop them."""

    path: Path
    header: Header
    open: Callable[[], Net]

    @property
    def shape(self) -> Shape:
        """Of its input: pictures, channels, height, width; None where any size will do."""
        return next(iter(self.header.inputs.values()))

    @property
    def side(self) -> int:
        """Of its square input in pixels, where that is fixed."""
        side = self.shape[2]
        assert side is not None, "only detectors take any size"
        return side

    @property
    def raw(self) -> bool:
        """Whether the graph itself normalises the pixels: insightface tells by the names of the first nodes."""
        return all(
            any(name.startswith(starts) for name in self.header.nodes)
            for starts in (("Sub", "_minus"), ("Mul", "_mul"))
        )

    @property
    def _batches(self) -> bool:
        # Published packs say that they take any number, but their only output is of one: they were exported for one.
        return self.shape[0] is None and next(iter(self.header.outputs.values()))[:1] == (None,)

    def run(self, images: Sequence[Image], pixels: Pixels) -> list[Tensor]:
        """The outputs in the file's order, for RGB pictures of one size."""
        outputs = self.open().run({next(iter(self.header.inputs)): tensor(images, pixels)})
        return [outputs[name] for name in self.header.outputs]

    def rows(self, crops: Sequence[Image], pixels: Pixels) -> Tensor:
        """The only output, a row for each crop; one by one where the graph was made for one.

        Raises ModelError when it gives something else.
        """
        step = BATCH if self._batches else 1
        found = [self.run(crops[first : first + step], pixels)[0] for first in range(0, len(crops), step)]
        if any(part.ndim != 2 for part in found) or sum(map(len, found)) != len(crops):
            raise ModelError(
                f"The net {self.path.name} gives {found[0].shape} for a face where a row of numbers is wanted; "
                "put the pack's own file in its place."
            )
        return np.concatenate(found)


def nets(name: str, files: Iterable[Path], open_file: Callable[[Path], Net]) -> Mapping[Role, PackNet]:
    """The nets of a pack by what they do, none of them opened. Raises ModelError as `roles` does."""
    return {
        role: PackNet(path=path, header=facts, open=functools.partial(open_file, path))
        for role, (path, facts) in roles(name, files).items()
    }


def roles(name: str, files: Iterable[Path]) -> Mapping[Role, tuple[Path, Header]]:
    """Which file of a pack does what: of several for one role the first by name, as insightface takes it.

    Only the files' headers are read. Raises ModelError when one is damaged, or when there is none that detects or none
    that recognises.
    """
    found: dict[Role, tuple[Path, Header]] = {}
    for path in sorted(path for path in files if not path.name.startswith(".")):
        facts = header(path)
        role = role_of(facts)
        if role and role not in found:
            found[role] = path, facts
    for needed, what in (("detection", "finds faces (SCRFD)"), ("recognition", "recognises them (ArcFace)")):
        if needed not in found:
            raise ModelError(f"The pack {name} has no net that {what}; unpack the whole pack there, or choose another.")
    return found


def role_of(facts: Header) -> Role | None:
    """What a net does; None for landmarks, swappers and all else that the analysis has no use for."""
    shape = next(iter(facts.inputs.values()), ())
    if len(shape) != 4:
        return None
    if len(facts.outputs) >= 5:
        return "detection"
    height, width = shape[2:]
    if len(facts.inputs) != 1 or len(facts.outputs) != 1 or height is None or height != width:
        return None
    output = next(iter(facts.outputs.values()))
    if height == 96 and output[1:] == (3,):
        return "attributes"
    # A file need not state the shape of its output.
    return "recognition" if height in ALIGNED and len(output) in (0, 2) else None
