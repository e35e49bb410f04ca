"""The composition root: a host, nets loaded when first needed, caches keyed by content, and one call for a swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import casting, finishing, neural, pipeline, planning, safety
from .analysers.base import Analyser
from .casting import Cast, Sources
from .errors import OptionError
from .finishing import Finishers
from .host import Host, StandaloneHost
from .images import Picture
from .looking import Lookers
from .memory import Memory
from .options import AUTO, MESH, NONE, PostOptions, SwapUnit, shared_out
from .planning import Casting, Plan, Restoring, Wants
from .safety import Checker, Gate, NudityGate, Seen
from .similarity import likeness
from .swap import Readable, Swap, read
from .swappers import MeshSwapper
from .swappers.base import Swapper
from .types import Detection, Face, Identity, Mask
from .zoo import catalogue
from .zoo.cards import Listed, ModelCard
from .zoo.nets import Nets
from .zoo.runtime import Net, OnnxNet

__all__ = ["Engine", "Readable", "Swap", "read"]

# What is kept must not grow with a folder of a hundred thousand pictures.
REMEMBERED = 256
BLENDS_REMEMBERED = 16


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
        self._nets = Nets(self.host)
        self._blends: Memory[tuple[Cast, ...]] = Memory(BLENDS_REMEMBERED)
        self._lookers = Lookers(self.host, self.models, self._nets, analyser)
        self._opened: Memory[Swapper] = Memory(REMEMBERED)
        self.swappers = swappers or {MESH: MeshSwapper()}
        self.finishers = Finishers(self.host, self.models, self._nets)

    @property
    def analyser(self) -> Analyser:
        """What looks at pictures, made at the first use: the neural one where all that it needs is there.

        Raises ModelError.
        """
        return self._lookers.analyser

    @property
    def recognisers(self) -> tuple[str, ...]:
        """The ids of all that can describe faces here; none is opened. Raises ModelError."""
        return self._lookers.ids()

    def neural(self, model: str = AUTO) -> neural.Parts | None:
        """The files of the neural engine, those of `model` if one is named; None where "auto" finds not all of them.

        Raises ModelError when a named one is missing, or the pack that the host's settings name.
        """
        return self._lookers.parts(model)

    def swap(self, source: Readable | Sequence[Readable], target: Readable, **options: Any) -> Swap:
        """Put the face of `source` (several pictures are blended) onto `target`.

        `options` are SwapUnit's and PostOptions', by name.

        Raises InputError, NoFaceError, Refused or ModelError, each with a sentence that says what to do.
        """
        pictures = tuple(source) if isinstance(source, (list, tuple)) else (source,)
        unit, post = shared_out((SwapUnit, PostOptions), {"source": pictures, **options})
        if unit.blend == "none":
            raise OptionError("swap gives one result; for one of each source (blend none) call run.")
        return self.run(target, [unit], post)[0]

    def run(
        self,
        target: Readable,
        units: Sequence[SwapUnit],
        post: PostOptions = PostOptions(),  # noqa: B008 - it is frozen
        *,
        turn: int = 0,
        within: Mask | None = None,
    ) -> tuple[Swap, ...]:
        """Carry out several units in one pass over `target`, and what `post` says. Raises as `swap` does.

        One result, or more where a unit does not blend its sources: then the first result takes each unit's first
        source, the second its second, and so on; a unit that has fewer begins again. `turn` counts the pictures of a
        run, so that pools take another source for each. within: only faces in this mask (HxW) count.
        """
        self.finishers.check(post)
        picture = read(target)
        plans = self.plans(picture, units, turn=turn, within=within)
        for planned in plans:
            planning.require_work(planned, picture.name)
        return tuple(self.enlarged(self.apply(picture, planned, post), post) for planned in plans)

    def plan(self, picture: Picture, units: Sequence[SwapUnit]) -> Plan:
        """Which face gets whom in the first result, without swapping anything."""
        return self.plans(picture, units)[0]

    def plans(
        self, picture: Picture, units: Sequence[SwapUnit], *, turn: int = 0, within: Mask | None = None
    ) -> tuple[Plan, ...]:
        """Which face gets whom, for every result."""
        if not units:
            raise OptionError("There is nothing to do: name at least one unit with a source picture.")
        needed = self._for_swappers(self._with_everyone(planning.wants(units)), units)
        gathered = [self.sources(unit, turn=turn) for unit in units]
        casts = [self._casts(sources, unit.blend) for unit, sources in zip(units, gathered, strict=True)]
        castings = [[self._casting(unit, cast) for cast in mine] for unit, mine in zip(units, casts, strict=True)]
        detection, outside = planning.within(self._lookers.analyse(picture, needed), within)
        notes = *(note for sources in gathered for note in sources.notes), *finishing.unmet(castings)
        plans = (
            planning.plan(detection, [mine[number % len(mine)] for mine in castings])
            for number in range(max(map(len, casts)))
        )
        return tuple(
            replace(
                planned,
                source=casts[0][number % len(casts[0])].source,
                notes=(*notes, *planned.notes),
                skipped=(*planned.skipped, *outside),
            )
            for number, planned in enumerate(plans)
        )

    def apply(self, picture: Picture, planned: Plan, post: PostOptions = PostOptions()) -> Swap:  # noqa: B008
        """Carry out a plan on the picture that it was made for, and restore faces as `post` says.

        Nothing is enlarged yet; where that is to come first, restoring is left to `enlarged`.
        """
        planned = replace(planned, restoring=self.finishers.restoring(post, planned))
        later = post.upscale_first and post.upscaler != NONE
        swapped, result = pipeline.apply(
            picture,
            replace(planned, restoring=Restoring()) if later else planned,
            gate=self.gate,
            recogniser=self.analyser.recogniser,
            interrupted=self.host.interrupted,
        )
        notes = dict.fromkeys((*result.notes, *(net.note for net in self.loaded if net.note)))
        return Swap(swapped, replace(result, notes=tuple(notes)), planned.source, planned)

    def enlarged(self, swap: Swap, post: PostOptions) -> Swap:
        """A finished swap as large as `post` says; as it is without an upscaler, when it was dropped, after a stop.

        Raises OptionError for an unknown upscaler, ModelError when it cannot run, InputError when the result is too
        large, and Refused when faces are restored only now and the gate says no.
        """
        enlarging = self.finishers.enlarging(post)
        if enlarging is None or swap.plan is None or swap.result.rejected or self.host.interrupted():
            return swap
        larger, result = pipeline.enlarged(swap.picture, swap.result, swap.plan, enlarging, gate=self.gate)
        return replace(swap, picture=larger, result=result)

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
        return self._lookers.analyse(
            read(picture), Wants(threshold=asked, embeddings=embeddings, attributes=attributes)
        )

    def compare(self, a: Readable, b: Readable) -> float:
        """How alike the largest faces of two pictures are, 0..1. Raises InputError when one has no face."""
        return likeness(self.largest(a).embeddings, self.largest(b).embeddings)

    def largest(self, picture: Readable) -> Face:
        """The largest face of a picture, described. Raises InputError when it has none."""
        return self._lookers.largest(read(picture))

    def identities(self, unit: SwapUnit) -> tuple[Identity, ...]:
        """One identity for each number in `unit.source_face`, blended over the sources; of the first without a blend.

        Raises InputError when a picture has no face or no face of that number.
        """
        return self._casts(self.sources(unit), unit.blend)[0].identities

    def sources(self, unit: SwapUnit, *, turn: int = 0, to_keep: bool = False) -> Sources:
        """What `unit` names to put there, looked at; faces `to_keep` by every recogniser that is there.

        Raises InputError as `identities` does.
        """

        def look(picture: Picture, needed: Wants) -> Sequence[Face]:
            needed = self._for_source(self._with_ages(needed), unit)
            faces = self._lookers.faces(picture, replace(needed, mesh=needed.mesh or to_keep))
            for recogniser in self._lookers.recognisers() if to_keep else ():
                if any(recogniser.id not in face.embeddings for face in faces):
                    faces = tuple(recogniser.embed(picture.rgb, faces))
            return faces

        return casting.gather(unit, look, self.host.face_folder(), turn)

    def open_net(self, card: ModelCard) -> Net:
        """The net of a card, checked and loaded once. Raises ModelError."""
        return self._nets.small(card)

    @property
    def loaded(self) -> tuple[OnnxNet, ...]:
        """The nets that are open now: where each runs, and why it does not run where it was to."""
        return self._nets.loaded

    def swapper(self, model: str) -> Swapper:
        """The swap model by the name that the option has. Raises ModelError when it is not there or damaged."""
        if model in self.swappers:
            return self.swappers[model]
        parts = self.neural(model)
        if parts is None or (self._lookers.given and model == AUTO):
            return self.swappers[MESH]
        return self._opened.get(parts.file, lambda: neural.swapper(parts, self._nets))

    def unload(self) -> None:
        """Forget every loaded net and every cached detection; they come back when they are needed."""
        self._lookers.clear()
        self._nets.clear()
        self._opened.clear()
        self.finishers.clear()
        self._blends.clear()
        self._checkers.clear()
        self._sightings.clear()

    def release_idle(self) -> None:
        """Forget the nets that were not used for as long as the host's settings say; every use of a net does it too."""
        self._nets.release_idle()

    def _casts(self, sources: Sources, method: str) -> tuple[Cast, ...]:
        """A blend takes as long as several swaps, so it is kept for the next picture."""
        if method == "none" or len(sources.samples) < 2:
            return sources.casts(method)
        return self._blends.get(sources.key(method), lambda: sources.casts(method))

    def _casting(self, unit: SwapUnit, cast: Cast) -> Casting:
        like = None if unit.like is None else self._lookers.largest(read(unit.like), unit.detection_threshold)
        drawing = None if unit.mask_picture is None else read(unit.mask_picture).rgb
        return Casting(
            unit=unit,
            swapper=self.finishers.improved(self.swapper(unit.model), unit),
            identities=cast.identities,
            reference=cast.reference,
            like=like.embeddings if like else {},
            maskings=self.finishers.maskings(unit, drawing),
        )

    def _for_swappers(self, needed: Wants, units: Sequence[SwapUnit]) -> Wants:
        """The mesh model needs meshes; a neural one needs the target's embedding, where that is mixed in or left."""
        used = [(unit, self.swapper(unit.model)) for unit in units]
        mixed = any(not swapper.skin and unit.strength != 1 for unit, swapper in used)
        return replace(
            needed,
            mesh=needed.mesh or any(swapper.engine != "neural" for _, swapper in used),
            embeddings=needed.embeddings or mixed,
        )

    def _for_source(self, needed: Wants, unit: SwapUnit) -> Wants:
        """A model takes skin, which a mesh finds, or an embedding; how good a picture is, a mesh tells too."""
        skin = self.swapper(unit.model).skin
        return replace(needed, mesh=skin or unit.blend == "weighted", embeddings=needed.embeddings or not skin)

    def _with_ages(self, needed: Wants) -> Wants:
        """The gate is to know who looks like a minor wherever that can be told, whatever the units ask for."""
        return replace(needed, attributes=needed.attributes or self.analyser.attributes is not None)

    def _with_everyone(self, needed: Wants) -> Wants:
        """Neither a box nor a high threshold hides anyone in the target whose age can be told."""
        if self.analyser.attributes is None:
            return needed
        return replace(needed, attributes=True, detect=True, threshold=min(needed.threshold, planning.USUAL))
