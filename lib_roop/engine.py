"""The composition root: a host, nets loaded when first needed, caches keyed by content, and one call for a swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import casting, images, neural, pipeline, planning, provenance, safety
from .analysers import builtin
from .analysers.base import Analyser
from .analysers.mesh import FaceMesh, MeshLandmarker
from .casting import Cast, Sources
from .errors import InputError, OptionError
from .host import Host, StandaloneHost
from .images import Picture
from .memory import Memory
from .options import AUTO, MESH, OutputOptions, SwapUnit, from_mapping
from .planning import Casting, Plan, Wants
from .safety import Checker, Gate, NudityGate, Seen
from .selection import ordered
from .similarity import likeness
from .swappers import MeshSwapper
from .swappers.base import Swapper
from .types import Detection, Face, Identity, PictureLike, SwapResult
from .zoo import catalogue, runtime, store
from .zoo.builtin import FACEMESH
from .zoo.cards import Listed, ModelCard
from .zoo.hashes import Ledger

# A detection is a few kilobytes a face; what is kept must not grow with a folder of a hundred thousand pictures.
REMEMBERED = 256
BLENDS_REMEMBERED = 16

Readable = PictureLike | Picture
"""What a picture may be given as, one that was read already included."""


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """A finished swap: the picture in its own depth and mode, and the report on every face.

    source: the names of the first unit's sources.
    """

    picture: Picture
    result: SwapResult
    source: str = ""

    def save(self, path: str | Path, options: OutputOptions = OutputOptions()) -> Path:  # noqa: B008 - it is frozen
        """Write the picture with its marks, in the suffix's format. Raises PictureError; then what was there stays.

        Raises OptionError when content credentials are asked for and cannot be made.
        """
        engine, picture = self.result.engine, self.picture
        kind = provenance.type_of(engine)
        if options.label:
            picture = provenance.labelled(picture, kind, [face.box for face in self.result.faces])
        return provenance.save(picture, path, source_type=kind, engine=engine, options=options)


class Engine:
    """Finds and swaps faces. One engine serves many threads; nets are loaded when they are first needed.

    The parts can be given from outside: an analyser, swappers by the name that the `model` option has, and a gate, for
    tests and for checkers of one's own, which must raise Refused as `safety.Gate` says.
    """

    def __init__(
        self,
        host: Host | None = None,
        *,
        analyser: Analyser | None = None,
        swappers: Mapping[str, Swapper] | None = None,
        gate: Gate | None = None,
        models: Sequence[Listed] = catalogue.MODELS,
    ) -> None:
        self.host = host or StandaloneHost()
        self.models = models
        self._checkers: Memory[Checker] = Memory(1)
        self._sightings: Memory[Seen] = Memory(REMEMBERED)
        self.gate = gate or NudityGate(safety.load, self._checkers.get, self._sightings.get)
        self._nets: Memory[runtime.Net] = Memory(REMEMBERED)
        self._detections: Memory[Detection] = Memory(REMEMBERED)
        self._blends: Memory[tuple[Cast, ...]] = Memory(BLENDS_REMEMBERED)
        self._given = analyser
        self._analysers: Memory[Analyser] = Memory(1)
        self._opened: Memory[Swapper] = Memory(REMEMBERED)
        self.swappers = swappers or {MESH: MeshSwapper()}

    @property
    def analyser(self) -> Analyser:
        """What looks at pictures, made at the first use: the neural one where all that it needs is there.

        Raises ModelError.
        """
        if self._given:
            return self._given
        if parts := self.neural():
            landmarker = MeshLandmarker(FaceMesh(self.open_net(FACEMESH)))
            return self._analysers.get(parts.folder, lambda: neural.analyser(parts, self._open_file, landmarker))
        return self._analysers.get("built-in", lambda: builtin.analyser(self.open_net))

    def neural(self, model: str = AUTO) -> neural.Parts | None:
        """The files of the neural engine, those of `model` if one is named; None where "auto" finds not all of them.

        Raises ModelError when a named one is missing.
        """
        return neural.find(model, self.models, store.folders(self.host.model_folders()))

    def swap(self, source: Readable | Sequence[Readable], target: Readable, **options: Any) -> Swap:
        """Put the face of `source` (several pictures are blended) onto `target`; `options` are SwapUnit's, by name.

        Raises InputError, NoFaceError, Refused or ModelError, each with a sentence that says what to do.
        """
        pictures = tuple(source) if isinstance(source, (list, tuple)) else (source,)
        unit = from_mapping(SwapUnit, {"source": pictures, **options})
        if unit.blend == "none":
            raise OptionError("swap gives one result; for one of each source (blend none) call run.")
        return self.run(target, [unit])[0]

    def run(self, target: Readable, units: Sequence[SwapUnit], *, turn: int = 0) -> tuple[Swap, ...]:
        """Carry out several units in one pass over `target`. Raises as `swap` does.

        One result, or more where a unit does not blend its sources: then the first result takes each unit's first
        source, the second its second, and so on; a unit that has fewer begins again. `turn` counts the pictures of a
        run, so that pools take another source for each.
        """
        picture = read(target)
        plans = self.plans(picture, units, turn=turn)
        for planned in plans:
            planning.require_work(planned, picture.name)
        return tuple(self.apply(picture, planned) for planned in plans)

    def plan(self, picture: Picture, units: Sequence[SwapUnit]) -> Plan:
        """Which face gets whom in the first result, without swapping anything."""
        return self.plans(picture, units)[0]

    def plans(self, picture: Picture, units: Sequence[SwapUnit], *, turn: int = 0) -> tuple[Plan, ...]:
        """Which face gets whom, for every result."""
        if not units:
            raise OptionError("There is nothing to do: name at least one unit with a source picture.")
        needed = self._for_swappers(self._with_everyone(planning.wants(units)), units)
        gathered = [self.sources(unit, turn=turn) for unit in units]
        casts = [self._casts(sources, unit.blend) for unit, sources in zip(units, gathered, strict=True)]
        castings = [[self._casting(unit, cast) for cast in mine] for unit, mine in zip(units, casts, strict=True)]
        detection = self._analyse(picture, needed)
        notes = tuple(note for sources in gathered for note in sources.notes)
        plans = (
            planning.plan(detection, [mine[number % len(mine)] for mine in castings])
            for number in range(max(map(len, casts)))
        )
        return tuple(
            replace(planned, source=casts[0][number % len(casts[0])].source, notes=(*notes, *planned.notes))
            for number, planned in enumerate(plans)
        )

    def apply(self, picture: Picture, planned: Plan) -> Swap:
        """Carry out a plan on the picture that it was made for."""
        swapped, result = pipeline.apply(
            picture,
            planned,
            gate=self.gate,
            recogniser=self.analyser.recogniser,
            interrupted=self.host.interrupted,
        )
        return Swap(swapped, result, planned.source)

    def detect(
        self,
        picture: Readable,
        *,
        threshold: float = 0.5,
        embeddings: bool = False,
        attributes: bool = False,
    ) -> Detection:
        """The faces of a picture, left to right; none is an empty detection.

        Raises OptionError when the threshold is out of range, or `attributes` (sex and age) are wanted and the
        analyser cannot tell.
        """
        asked = SwapUnit(detection_threshold=threshold).detection_threshold
        return self._analyse(read(picture), Wants(threshold=asked, embeddings=embeddings, attributes=attributes))

    def compare(self, a: Readable, b: Readable) -> float:
        """How alike the largest faces of two pictures are, 0..1. Raises InputError when one has no face."""
        one, other = (self._largest(read(picture)) for picture in (a, b))
        return likeness(one.embeddings, other.embeddings)

    def identities(self, unit: SwapUnit) -> tuple[Identity, ...]:
        """One identity for each number in `unit.source_face`, blended over the sources; of the first without a blend.

        Raises InputError when a picture has no face or no face of that number.
        """
        return self._casts(self.sources(unit), unit.blend)[0].identities

    def sources(self, unit: SwapUnit, *, turn: int = 0) -> Sources:
        """What `unit` names to put there, looked at. Raises InputError as `identities` does."""
        return casting.gather(
            unit,
            lambda picture, needed: self._faces(picture, self._for_source(self._with_ages(needed), unit)),
            self.host.face_folder(),
            turn,
        )

    def open_net(self, card: ModelCard) -> runtime.Net:
        """The net of a card, checked and loaded once. Raises ModelError."""
        path = store.find(card, self.host.model_folders())
        return self._nets.get(card.name, lambda: runtime.load(card, store.verified(card, path)))

    def swapper(self, model: str) -> Swapper:
        """The swap model by the name that the option has. Raises ModelError when it is not there or damaged."""
        if model in self.swappers:
            return self.swappers[model]
        parts = self.neural(model)
        if parts is None or (self._given and model == AUTO):
            return self.swappers[MESH]
        return self._opened.get(parts.file, lambda: neural.swapper(parts, self._open_file))

    def unload(self) -> None:
        """Forget every loaded net and every cached detection; they come back when they are needed."""
        self._analysers.clear()
        self._nets.clear()
        self._opened.clear()
        self._detections.clear()
        self._blends.clear()
        self._checkers.clear()
        self._sightings.clear()

    def _casts(self, sources: Sources, method: str) -> tuple[Cast, ...]:
        """A blend takes as long as several swaps, so it is kept for the next picture."""
        if method == "none" or len(sources.samples) < 2:
            return sources.casts(method)
        return self._blends.get(sources.key(method), lambda: sources.casts(method))

    def _casting(self, unit: SwapUnit, cast: Cast) -> Casting:
        return Casting(
            unit=unit,
            swapper=self.swapper(unit.model),
            identities=cast.identities,
            reference=cast.reference,
            like=self._largest(read(unit.like), unit.detection_threshold).embeddings if unit.like is not None else {},
        )

    def _open_file(self, card: ModelCard, path: Path) -> runtime.Net:
        """A net from a file that may be large: it is hashed once, and opened by its path."""
        ledger = Ledger(self.host.model_folders()[0])
        return self._nets.get(path, lambda: runtime.load(card, store.checked(card, path, ledger)))

    def _for_swappers(self, needed: Wants, units: Sequence[SwapUnit]) -> Wants:
        """The mesh model needs meshes; a neural one needs the target's embedding, where that is mixed in or left."""
        used = [(unit, self.swapper(unit.model)) for unit in units]
        mixed = any(swapper.engine == "neural" and unit.strength != 1 for unit, swapper in used)
        return replace(
            needed,
            mesh=any(swapper.engine != "neural" for _, swapper in used),
            embeddings=needed.embeddings or mixed,
        )

    def _for_source(self, needed: Wants, unit: SwapUnit) -> Wants:
        described = self.swapper(unit.model).engine == "neural"
        return replace(needed, mesh=True, embeddings=needed.embeddings or described)

    def _with_ages(self, needed: Wants) -> Wants:
        """The gate is to know who looks like a minor wherever that can be told, whatever the units ask for."""
        return replace(needed, attributes=needed.attributes or self.analyser.attributes is not None)

    def _with_everyone(self, needed: Wants) -> Wants:
        """Neither a box nor a high threshold hides anyone in the target whose age can be told."""
        if self.analyser.attributes is None:
            return needed
        return replace(needed, attributes=True, detect=True, threshold=min(needed.threshold, planning.USUAL))

    def _largest(self, picture: Picture, threshold: float = 0.5) -> Face:
        needed = Wants(threshold=min(threshold, 0.5), embeddings=True)
        return ordered(self._faces(picture, needed), "large-small")[0]

    def _faces(self, picture: Picture, needed: Wants) -> tuple[Face, ...]:
        detection = self._analyse(picture, needed)
        if not detection.faces:
            best = max((face.score for face in detection.near_misses), default=None)
            miss = f" (the nearest miss scored {best:.2f})" if best else ""
            raise InputError(f"No face was found in {picture.name}{miss}; choose a picture that shows one clearly.")
        return detection.faces

    def _analyse(self, picture: Picture, needed: Wants) -> Detection:
        def find() -> Detection:
            look = analyser.detector.detect
            key = (digest, analyser.name, needed.threshold)
            return self._detections.get(key, lambda: look(picture.rgb, needed.threshold))

        digest, analyser = picture.digest, self.analyser
        return self._detections.get(
            (digest, analyser.name, needed), lambda: pipeline.analyse(picture.rgb, analyser, needed, find)
        )


def read(picture: Readable) -> Picture:
    """A picture from whatever it was given as. Raises PictureError."""
    return picture if isinstance(picture, Picture) else images.read(picture)
