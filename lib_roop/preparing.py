"""Units made ready for pictures: their sources looked at, their models opened, and what must be known of a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from . import casting, finishing, planning
from .casting import Cast, Sources
from .errors import OptionError
from .finishing import Finishers
from .host import Host
from .images import Picture
from .looking import Lookers
from .memory import Memory
from .options import SwapUnit
from .planning import Casting, Plan, Restoring, Wants
from .swap import read
from .swappers.base import Swapper
from .types import Detection, Face

BLENDS_REMEMBERED = 16


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prepared:
    """Units that are ready for any number of pictures.

    needed: what must be known of each. castings: all units, once for every result; none where faces are only restored.
    sources: what the first unit's source is called in each result. notes: what the user should know of the sources.
    """

    needed: Wants
    castings: tuple[tuple[Casting, ...], ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def plans(self, detection: Detection, outside: Sequence[tuple[Face, str]] = ()) -> tuple[Plan, ...]:
        """Which face gets whom, for every result. outside: faces that do not count, each with the reason."""
        planned = (
            planning.plan(detection, castings) if castings else planning.enhancement(detection)
            for castings in self.castings
        )
        return tuple(
            replace(plan, source=source, notes=(*self.notes, *plan.notes), skipped=(*plan.skipped, *outside))
            for plan, source in zip(planned, self.sources, strict=True)
        )


class Preparer:
    """Makes units ready, with an engine's parts. swapper: the swap model of a name, opened.

    Safe to share between threads.
    """

    def __init__(self, host: Host, lookers: Lookers, finishers: Finishers, swapper: Callable[[str], Swapper]) -> None:
        self._host, self._lookers, self._finishers, self._swapper = host, lookers, finishers, swapper
        self._blends: Memory[tuple[Cast, ...]] = Memory(BLENDS_REMEMBERED)

    def prepared(self, units: Sequence[SwapUnit], turn: int) -> Prepared:
        """Raises OptionError without a unit, InputError for a source that cannot be used, ModelError."""
        if not units:
            raise OptionError("There is nothing to do: name at least one unit with a source picture.")
        gathered = [self.sources(unit, turn=turn) for unit in units]
        casts = [self.casts(sources, unit.blend) for unit, sources in zip(units, gathered, strict=True)]
        castings = [[self._casting(unit, cast) for cast in mine] for unit, mine in zip(units, casts, strict=True)]
        results = range(max(map(len, casts)))
        return Prepared(
            needed=self._for_swappers(self._with_everyone(planning.wants(units)), units),
            castings=tuple(tuple(mine[number % len(mine)] for mine in castings) for number in results),
            sources=tuple(casts[0][number % len(casts[0])].source for number in results),
            notes=(*(note for sources in gathered for note in sources.notes), *finishing.unmet(castings)),
        )

    def enhancing(self, restoring: Restoring) -> Prepared:
        """For pictures in which no face is swapped."""
        notes = (f"No face is restored: {restoring.reason}.",) if restoring.reason else ()
        return Prepared(needed=self._with_everyone(Wants()), castings=((),), sources=("",), notes=notes)

    def sources(self, unit: SwapUnit, *, turn: int = 0, to_keep: bool = False) -> Sources:
        """What `unit` names to put there, looked at; faces `to_keep` by every recogniser that is there.

        Raises InputError for a picture without a face or without the one of that number.
        """

        def look(picture: Picture, needed: Wants) -> Sequence[Face]:
            needed = self._for_source(self._with_ages(needed), unit)
            faces = self._lookers.faces(picture, replace(needed, mesh=needed.mesh or to_keep))
            for recogniser in self._lookers.recognisers() if to_keep else ():
                if any(recogniser.id not in face.embeddings for face in faces):
                    faces = tuple(recogniser.embed(picture.rgb, faces))
            return faces

        return casting.gather(unit, look, self._host.face_folder(), turn)

    def casts(self, sources: Sources, method: str) -> tuple[Cast, ...]:
        """A blend takes as long as several swaps, so it is kept for the next picture."""
        if method == "none" or len(sources.samples) < 2:
            return sources.casts(method)
        return self._blends.get(sources.key(method), lambda: sources.casts(method))

    def clear(self) -> None:
        """Forget the blends."""
        self._blends.clear()

    def _casting(self, unit: SwapUnit, cast: Cast) -> Casting:
        like = None if unit.like is None else self._lookers.largest(read(unit.like), unit.detection_threshold)
        drawing = None if unit.mask_picture is None else read(unit.mask_picture).rgb
        return Casting(
            unit=unit,
            swapper=self._finishers.improved(self._swapper(unit.model), unit),
            identities=cast.identities,
            reference=cast.reference,
            like=like.embeddings if like else {},
            maskings=self._finishers.maskings(unit, drawing),
        )

    def _for_swappers(self, needed: Wants, units: Sequence[SwapUnit]) -> Wants:
        """The mesh model needs meshes; a neural one needs the target's embedding, where that is mixed in or left."""
        used = [(unit, self._swapper(unit.model)) for unit in units]
        mixed = any(not swapper.skin and unit.strength != 1 for unit, swapper in used)
        return replace(
            needed,
            mesh=needed.mesh or any(swapper.engine != "neural" for _, swapper in used),
            embeddings=needed.embeddings or mixed,
        )

    def _for_source(self, needed: Wants, unit: SwapUnit) -> Wants:
        """A model takes skin, which a mesh finds, or an embedding; how good a picture is, a mesh tells too."""
        skin = self._swapper(unit.model).skin
        return replace(needed, mesh=skin or unit.blend == "weighted", embeddings=needed.embeddings or not skin)

    def _with_ages(self, needed: Wants) -> Wants:
        """The gate is to know who looks like a minor wherever that can be told, whatever the units ask for."""
        return replace(needed, attributes=needed.attributes or self._lookers.analyser.attributes is not None)

    def _with_everyone(self, needed: Wants) -> Wants:
        """Neither a box nor a high threshold hides anyone in the target whose age can be told."""
        if self._lookers.analyser.attributes is None:
            return needed
        return replace(needed, attributes=True, detect=True, threshold=min(needed.threshold, planning.USUAL))
