"""The composition root: a host, nets loaded when first needed, caches keyed by content, and one call for a swap."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from . import identities, images, pipeline, provenance
from .analysers import builtin
from .analysers.base import Analyser
from .errors import InputError, OptionError
from .host import Host, StandaloneHost
from .images import Picture
from .options import SwapUnit, from_mapping, numbers
from .pipeline import Casting, Plan, Wants
from .safety import Gate, Ungated
from .selection import ordered
from .similarity import likeness
from .swappers import MeshSwapper
from .swappers.base import Swapper
from .types import Detection, Face, Identity, PictureLike, SwapResult
from .zoo import runtime, store
from .zoo.cards import ModelCard

# A detection is a few kilobytes a face; what is kept must not grow with a folder of a hundred thousand pictures.
REMEMBERED = 256

Readable = PictureLike | Picture
"""What a picture may be given as, one that was read already included."""
V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """A finished swap: the picture in its own depth and mode, and the report on every face."""

    picture: Picture
    result: SwapResult

    def save(self, path: str | Path) -> Path:
        """Write the picture with its marks, in the suffix's format. Raises PictureError; then what was there stays."""
        return provenance.save(self.picture, Path(path), source_type=provenance.COMPOSITE)


class Engine:
    """Finds and swaps faces. One engine serves many threads; nets are loaded when they are first needed.

    The parts can be given from outside: an analyser, swappers by the name that the `model` option has, a gate.
    """

    def __init__(
        self,
        host: Host | None = None,
        *,
        analyser: Analyser | None = None,
        swappers: Mapping[str, Swapper] | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.host = host or StandaloneHost()
        self.gate = gate or Ungated()
        self._nets: _Memory[runtime.Net] = _Memory(REMEMBERED)
        self._detections: _Memory[Detection] = _Memory(REMEMBERED)
        self._given = analyser
        self._analysers: _Memory[Analyser] = _Memory(1)
        self.swappers = swappers or {"mesh": MeshSwapper()}

    @property
    def analyser(self) -> Analyser:
        """What looks at pictures; the built-in one, which opens nets, is made at the first use. Raises ModelError."""
        return self._given or self._analysers.get("built-in", lambda: builtin.analyser(self.open_net))

    def swap(self, source: Readable | Sequence[Readable], target: Readable, **options: Any) -> Swap:
        """Put the face of `source` (several pictures are blended) onto `target`; `options` are SwapUnit's, by name.

        Raises InputError, NoFaceError, Refused or ModelError, each with a sentence that says what to do.
        """
        pictures = tuple(source) if isinstance(source, (list, tuple)) else (source,)
        return self.run(target, [from_mapping(SwapUnit, {"source": pictures, **options})])

    def run(self, target: Readable, units: Sequence[SwapUnit]) -> Swap:
        """Carry out several units in one pass over `target`. Raises as `swap` does."""
        picture = read(target)
        planned = self.plan(picture, units)
        pipeline.require_work(planned, picture.name)
        return self.apply(picture, planned)

    def plan(self, picture: Picture, units: Sequence[SwapUnit]) -> Plan:
        """Which face gets whom, without swapping anything."""
        if not units:
            raise OptionError("There is nothing to do: name at least one unit with a source picture.")
        needed = pipeline.wants(units)
        castings = [self._cast(unit) for unit in units]
        return pipeline.plan(self._analyse(picture, needed), castings)

    def apply(self, picture: Picture, planned: Plan) -> Swap:
        """Carry out a plan on the picture that it was made for."""
        result = pipeline.apply(
            picture.rgb,
            planned,
            gate=self.gate,
            recogniser=self.analyser.recogniser,
            interrupted=self.host.interrupted,
        )
        return Swap(images.paste(picture, result.patches), replace(result, notes=(*picture.notes, *result.notes)))

    def detect(
        self,
        picture: Readable,
        *,
        threshold: float = 0.5,
        embeddings: bool = False,
        attributes: bool = False,
    ) -> Detection:
        """The faces of a picture, left to right; none is an empty detection.

        Raises OptionError when `attributes` (sex and age) are wanted and the analyser cannot tell.
        """
        return self._analyse(read(picture), Wants(threshold=threshold, embeddings=embeddings, attributes=attributes))

    def compare(self, a: Readable, b: Readable) -> float:
        """How alike the largest faces of two pictures are, 0..1. Raises InputError when one has no face."""
        one, other = (self._largest(read(picture)) for picture in (a, b))
        return likeness(one.embeddings, other.embeddings)

    def identities(self, unit: SwapUnit) -> tuple[Identity, ...]:
        """One identity for each number in `unit.source_face`, blended over the source pictures.

        Raises InputError when a picture has no face or no face of that number.
        """
        if not unit.source:
            raise OptionError("Name at least one source picture.")
        pictures = [read(picture) for picture in unit.source]
        return tuple(
            identities.blend([self._identity(picture, unit, number) for picture in pictures], _names(pictures, number))
            for number in numbers(unit.source_face, "source_face")
        )

    def open_net(self, card: ModelCard) -> runtime.Net:
        """The net of a card, checked and loaded once. Raises ModelError."""
        path = store.find(card, self.host.model_folders())
        return self._nets.get(card.name, lambda: runtime.load(card, store.verified(card, path)))

    def unload(self) -> None:
        """Forget every loaded net and every cached detection; they come back when they are needed."""
        self._analysers.clear()
        self._nets.clear()
        self._detections.clear()

    def _cast(self, unit: SwapUnit) -> Casting:
        found = self.identities(unit)
        first = replace(unit, source=unit.source[:1])
        return Casting(
            unit=unit,
            swapper=self.swappers["mesh" if unit.model == "auto" else unit.model],
            identities=found,
            reference=found[0] if len(unit.source) == 1 else self.identities(first)[0],
            like=self._largest(read(unit.like)).embeddings if unit.like is not None else {},
        )

    def _identity(self, picture: Picture, unit: SwapUnit, number: int) -> Identity:
        needed = Wants(
            threshold=min(unit.detection_threshold, 0.5), embeddings=unit.measured, attributes=unit.sex == "same"
        )
        faces = ordered(self._faces(picture, needed), unit.order)
        if number >= len(faces):
            count = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
            raise InputError(
                f"The source picture {picture.name} has no face {number}: it shows {count}, numbered from 0."
            )
        return identities.from_face(picture.rgb, faces[number], _names([picture], number))

    def _largest(self, picture: Picture) -> Face:
        return ordered(self._faces(picture, Wants(embeddings=True)), "large-small")[0]

    def _faces(self, picture: Picture, needed: Wants) -> tuple[Face, ...]:
        detection = self._analyse(picture, needed)
        if not detection.faces:
            advice = pipeline.near_miss_advice(detection.near_misses) if detection.near_misses else ""
            raise InputError(f"No face was found in {picture.name}; choose a picture that shows one clearly{advice}.")
        return detection.faces

    def _analyse(self, picture: Picture, needed: Wants) -> Detection:
        return self._detections.get(
            (picture.digest, needed), lambda: pipeline.analyse(picture.rgb, self.analyser, needed)
        )


class _Memory(Generic[V]):
    """The `size` values used last, by key. A value that cannot be made is not remembered."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
            return self._values[key]

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


def read(picture: Readable) -> Picture:
    """A picture from whatever it was given as. Raises PictureError."""
    return picture if isinstance(picture, Picture) else images.read(picture)


def _names(pictures: Sequence[Picture], number: int) -> str:
    name = "+".join(dict.fromkeys(picture.name for picture in pictures))
    return f"{name}#{number}" if number else name
