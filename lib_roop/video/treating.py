"""What is done to each frame of a film: faces swapped, or only restored and enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from .. import images, provenance
from ..batch import keys
from ..engine import Engine, Swap
from ..errors import OptionError
from ..images import Picture
from ..options import AUTO, NONE, OutputOptions, PostOptions, SwapUnit
from ..planning import Casting, Plan
from ..provenance import SourceType
from ..safety import Moment
from ..types import Detection, Face, Image
from ..upscalers import Lanczos

DEFAULT, UNLABELLED = PostOptions(), OutputOptions()


class Treatment(Protocol):
    """What is done to each frame. Safe to share between threads."""

    @property
    def name(self) -> str:
        """Of whoever is put there, for the result's name; "" for nobody."""
        ...

    @property
    def engine(self) -> str:
        """What alters the frames, as `SwapResult.engine` says."""
        ...

    @property
    def kind(self) -> SourceType:
        """Of which kind the frames are, for the marks."""
        ...

    @property
    def key(self) -> str:
        """A hash of everything that the frames depend on beside the film."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know before anything is done."""
        ...

    def look(self, image: Image) -> Detection:
        """What must be known of a frame (RGB)."""
        ...

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None] | None:
        """Faces of a frame next to this one (RGB) where they are here, as `Engine.follow` says."""
        ...

    def plan(self, detection: Detection) -> Plan:
        """What is to happen to its faces."""
        ...

    def draw(self, frames: Sequence[tuple[Image, Plan]]) -> tuple[Plan, ...]:
        """The plans with what goes onto the faces drawn."""
        ...

    def finish(self, image: Image, planned: Plan, moment: Moment) -> Swap:
        """The frame carried out. Raises Refused when the gate says no."""
        ...

    def margin(self, swap: Swap) -> float | None:
        """By how much the least alike face passes its thresholds, negative where it does not; None without any."""
        ...


class Swapping:
    """Faces swapped, and then what `post` says. Raises as `Engine.prepare` does, and OptionError for unblended sources.

    Whether a frame is alike enough is asked of its neighbours too: here it is measured, and `margin` says it.
    """

    def __init__(
        self, engine: Engine, units: Sequence[SwapUnit], post: PostOptions = DEFAULT, saving: OutputOptions = UNLABELLED
    ) -> None:
        _check_unsigned(saving)
        engine.finishers.check(post)
        self._engine, self._post, self._label = engine, post, saving.label
        prepared = engine.prepare(units)
        if len(prepared.castings) > 1:
            raise OptionError("A film has one result: choose another blend than none, or run each source by itself.")
        (castings,) = prepared.castings
        self._units = {_measuring(casting): casting.unit for casting in castings}
        self._prepared = replace(prepared, castings=(tuple(self._units),))
        self.key = keys.asked(engine, units, prepared, post, saving)

    @property
    def name(self) -> str:
        return self._prepared.sources[0]

    @property
    def engine(self) -> str:
        return " + ".join(dict.fromkeys(casting.swapper.engine for casting in self._units))

    @property
    def kind(self) -> SourceType:
        return provenance.TRAINED_COMPOSITE if _drawn(self._post) else provenance.type_of(self.engine)

    @property
    def notes(self) -> tuple[str, ...]:
        return self._prepared.notes

    def look(self, image: Image) -> Detection:
        return self._engine.look(image, self._prepared.needed)

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None] | None:
        # A box that was given is looked into anew in every frame.
        return None if self._prepared.needed.boxes else self._engine.follow(image, faces)

    def plan(self, detection: Detection) -> Plan:
        return self._prepared.plans(detection)[0]

    def draw(self, frames: Sequence[tuple[Image, Plan]]) -> tuple[Plan, ...]:
        return self._engine.draw(frames)

    def finish(self, image: Image, planned: Plan, moment: Moment) -> Swap:
        swap = _finished(self._engine, image, planned, self._post, moment)
        return labelled(swap, self.kind) if self._label else swap

    def margin(self, swap: Swap) -> float | None:
        reports = {face.index: face for face in swap.result.faces if face.status == "swapped"}
        margins = []
        for each in swap.plan.assignments if swap.plan else ():
            unit, report = self._units[each.casting], reports.get(each.face.id)
            if report is None:
                continue
            for score, least in (
                (report.similarity, unit.min_similarity),
                (report.reference_similarity, unit.min_reference_similarity),
            ):
                if least and score is not None:
                    margins.append(score - least)
        return min(margins, default=None)


class Enhancing:
    """Every face restored, the frame enlarged, as `post` says; none is swapped. Raises as `Engine.enhancing` does."""

    name = engine = ""

    def __init__(self, engine: Engine, post: PostOptions, saving: OutputOptions = UNLABELLED) -> None:
        _check_unsigned(saving)
        restoring, enlarging = engine.finishers.enhancing(post)
        self._engine, self._post, self._label = engine, post, saving.label
        self._prepared = engine.enhancing(post)
        used = [part for part in (restoring.restorer, enlarging and enlarging.upscaler) if part]
        self.kind = provenance.TRAINED_COMPOSITE if any(part.models for part in used) else provenance.ENHANCED
        self.key = keys.asked(engine, (), self._prepared, post, saving)
        self.notes = self._prepared.notes

    def look(self, image: Image) -> Detection:
        return self._engine.look(image, self._prepared.needed)

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None] | None:
        return self._engine.follow(image, faces)

    def plan(self, detection: Detection) -> Plan:
        return self._prepared.plans(detection)[0]

    def draw(self, frames: Sequence[tuple[Image, Plan]]) -> tuple[Plan, ...]:
        return self._engine.draw(frames)

    def finish(self, image: Image, planned: Plan, moment: Moment) -> Swap:
        swap = _finished(self._engine, image, planned, self._post, moment)
        return labelled(swap, self.kind) if self._label else swap

    def margin(self, swap: Swap) -> None:
        """Nothing is measured where nobody is swapped."""


def labelled(swap: Swap, kind: SourceType) -> Swap:
    """The frame with the visible label, in the same place in all frames."""
    height, width = swap.picture.rgb.shape[:2]
    patch = provenance.film_label((width, height), kind)
    picture = images.paste(swap.picture, [patch])
    result = replace(swap.result, image=picture.rgb, patches=(*swap.result.patches, patch))
    return replace(swap, picture=picture, result=result)


def _check_unsigned(saving: OutputOptions) -> None:
    if saving.c2pa_key:
        raise OptionError("Content credentials are for pictures; leave c2pa_key out: films get all other marks.")


def _finished(engine: Engine, image: Image, planned: Plan, post: PostOptions, moment: Moment) -> Swap:
    frame = Picture(rgb=image, pixels=image, name="frame")
    return engine.enlarged(engine.apply(frame, planned, post, moment=moment), post, moment=moment)


def _drawn(post: PostOptions) -> bool:
    """Whether a net that was named draws on the frames, whichever engine swaps."""
    return post.restorer not in (AUTO, NONE) or post.upscaler not in (NONE, Lanczos.name)


def _measuring(casting: Casting) -> Casting:
    """The casting with its likeness measured where a threshold asks for it, and nothing dropped for it."""
    unit = casting.unit
    return replace(
        casting, unit=replace(unit, similarity=unit.measured, min_similarity=0.0, min_reference_similarity=0.0)
    )
