"""The composition root: a host, nets loaded when first needed, caches keyed by content, and one call for a swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import neural, pipeline, planning, safety
from .analysers.base import Analyser
from .casting import Sources
from .errors import OptionError
from .finishing import Finishers
from .host import Host, StandaloneHost
from .images import Picture
from .looking import Lookers
from .memory import Memory
from .options import AUTO, MESH, NONE, PostOptions, SwapUnit, shared_out
from .planning import Plan, Restoring, Wants
from .preparing import Prepared, Preparer
from .safety import Checker, Gate, Moment, NudityGate, Seen
from .similarity import likeness
from .swap import Readable, Swap, read
from .swappers import MeshSwapper
from .swappers.base import Swapper
from .types import Detection, Face, Identity, Image, Mask
from .zoo import catalogue
from .zoo.cards import Listed, ModelCard
from .zoo.nets import Nets
from .zoo.runtime import Net, OnnxNet

__all__ = ["Engine", "Readable", "Swap", "read"]

# What is kept must not grow with a folder of a hundred thousand pictures.
REMEMBERED = 256


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
        self._lookers = Lookers(self.host, self.models, self._nets, analyser)
        self._opened: Memory[Swapper] = Memory(REMEMBERED)
        self.swappers = swappers or {MESH: MeshSwapper()}
        self.finishers = Finishers(self.host, self.models, self._nets)
        self._preparer = Preparer(self.host, self._lookers, self.finishers, self.swapper)

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
        prepared = self.prepare(units, turn=turn)
        detection, outside = planning.within(self._lookers.analyse(picture, prepared.needed), within)
        return prepared.plans(detection, outside)

    def prepare(self, units: Sequence[SwapUnit], *, turn: int = 0) -> Prepared:
        """Units made ready for many pictures. Raises as `swap` does for what is wrong with sources."""
        return self._preparer.prepared(units, turn)

    def enhance(
        self,
        target: Readable,
        post: PostOptions,
        *,
        moment: Moment | None = None,
        detection: Detection | None = None,
    ) -> Swap:
        """Restore every face of `target` and enlarge the whole, as `post` says and in its order; no face is swapped.

        The restorer "auto" is the one to be preferred of those that are there. moment: as `apply` has it. detection:
        the faces, where they are known already.

        Raises OptionError and ModelError when nothing can be done, NoFaceError when there is neither a face to restore
        nor an upscaler, InputError when the result is too large, and Refused.
        """
        prepared, picture = self.enhancing(post), read(target)
        (planned,) = prepared.plans(detection or self._lookers.analyse(picture, prepared.needed))
        # Not every frame of a film has a face.
        planning.require_work(planned, picture.name, enlarged=post.upscaler != NONE or moment is not None)
        return self.enlarged(self.apply(picture, planned, post, moment=moment), post, moment=moment)

    def enhancing(self, post: PostOptions) -> Prepared:
        """What `enhance` must know of pictures, and its plans. Raises OptionError and ModelError as it does."""
        restoring, _ = self.finishers.enhancing(post)
        return self._preparer.enhancing(restoring)

    def look(self, image: Image, needed: Wants) -> Detection:
        """What is needed of one frame (RGB); unlike a picture it is not remembered."""
        return pipeline.analyse(image, self.analyser, needed)

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None] | None:
        """Faces of the frame before where they are in this one (RGB), each None where it is not surely seen.

        None where the analyser cannot follow faces: then `look` finds them.
        """
        follower = self.analyser.follower
        return follower.follow(image, faces) if follower else None

    def draw(self, frames: Sequence[tuple[Image, Plan]]) -> tuple[Plan, ...]:
        """The plans for frames (RGB) with what goes onto their faces drawn, in one batch where the model can.

        Nothing is pasted yet: that is done by `apply`, which the gate stands before.
        """
        drawn = pipeline.draw(frames, self.host.interrupted)
        return tuple(replace(planned, drawn=each) for (_, planned), each in zip(frames, drawn, strict=True))

    def apply(
        self,
        picture: Picture,
        planned: Plan,
        post: PostOptions = PostOptions(),  # noqa: B008
        *,
        moment: Moment | None = None,
    ) -> Swap:
        """Carry out a plan on the picture that it was made for, and restore faces as `post` says.

        moment: of the film that the picture is a frame of, of whose frames the gate looks at one a second and at those
        after cuts. Nothing is enlarged yet; where that is to come first, restoring is left to `enlarged`.
        """
        planned = replace(planned, restoring=self.finishers.restoring(post, planned))
        later = post.upscale_first and post.upscaler != NONE
        swapped, result = pipeline.apply(
            picture,
            replace(planned, restoring=Restoring()) if later else planned,
            gate=moment.gate(self.gate) if moment else self.gate,
            recogniser=self.analyser.recogniser,
            interrupted=self.host.interrupted,
        )
        notes = dict.fromkeys((*result.notes, *(net.note for net in self.loaded if net.note)))
        return Swap(swapped, replace(result, notes=tuple(notes)), planned.source, planned)

    def enlarged(self, swap: Swap, post: PostOptions, *, moment: Moment | None = None) -> Swap:
        """A finished swap as large as `post` says; as it is without an upscaler, when it was dropped, after a stop.

        moment: as `apply` has it.

        Raises OptionError for an unknown upscaler, ModelError when it cannot run, InputError when the result is too
        large, and Refused when the gate has not seen all of it yet and says no.
        """
        enlarging = self.finishers.enlarging(post)
        if enlarging is None or swap.plan is None or swap.result.rejected or self.host.interrupted():
            return swap
        larger, result = pipeline.enlarged(
            swap.picture,
            swap.result,
            swap.plan,
            enlarging,
            gate=moment.gate(self.gate) if moment else self.gate,
        )
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
        return self._preparer.casts(self.sources(unit), unit.blend)[0].identities

    def sources(self, unit: SwapUnit, *, turn: int = 0, to_keep: bool = False) -> Sources:
        """What `unit` names to put there, looked at; faces `to_keep` by every recogniser that is there.

        Raises InputError as `identities` does.
        """
        return self._preparer.sources(unit, turn=turn, to_keep=to_keep)

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
        self._preparer.clear()
        self._checkers.clear()
        self._sightings.clear()

    def release_idle(self) -> None:
        """Forget the nets that were not used for as long as the host's settings say; every use of a net does it too."""
        self._nets.release_idle()
