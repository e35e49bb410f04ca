"""One target of a folder: passed over where its results are there, else read, swapped and encoded; not yet written."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import images, planning
from ..engine import Engine, Swap
from ..errors import InputError, NoFaceError, OptionError, PictureError, Refused
from ..images import Picture
from ..options import NONE, OutputOptions, PostOptions, SwapUnit
from ..options.film import FolderOptions
from ..planning import Plan
from ..preparing import Prepared
from ..zoo.hashes import sha256_of
from . import keys, walking
from .manifest import Entry, Manifest, Owner

SWAPPED, ENHANCED, KEPT, REFUSED, FAILED, UNCHANGED = "swapped", "enhanced", "kept", "refused", "failed", "unchanged"
"""Statuses. kept: nothing is altered in it, so nothing is written, or its own file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done with a folder. units: none where pictures are only enhanced. target: of pictures. output: of
    results. taken: files never to write over.
    """

    units: tuple[SwapUnit, ...]
    post: PostOptions = PostOptions()
    saving: OutputOptions = OutputOptions()
    options: FolderOptions = FolderOptions()
    target: Path
    output: Path
    taken: tuple[Path, ...] = ()

    @property
    def root(self) -> str:
        """What stands for the folder of targets where results are noted."""
        return keys.key(str(self.target.resolve()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of a target, named by its path in the folder. earlier: the status of an unchanged one, when it was
    made. outputs: paths of the results in their folder, each with its SHA-256. content: the target's. The rest is as in
    `manifest.Entry`.
    """

    target: str
    status: str
    content: str = ""
    reason: str = ""
    earlier: str = ""
    faces: int = 0
    swapped: int = 0
    similarity: float | None = None
    ms: float = 0.0
    engine: str = ""
    models: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> str:
        """As what it counts: its status, or that of the run that made it."""
        return self.earlier or self.status


@dataclass(frozen=True, slots=True)
class Shot:
    """A target: its path in the folder, its turn, what its results are called and end in."""

    target: str
    turn: int
    pattern: str
    suffix: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Made:
    """A row whose results are not written yet, and they: the bytes of each, and what it is to be called.

    owner: None for what is not to be noted.
    """

    row: Row
    owner: Owner | None = None
    key: str = ""
    results: tuple[bytes, ...] = ()
    stems: tuple[str, ...] = ()
    suffix: str = ""


class Maker:
    """Makes the results of targets, in several threads if need be. What is wrong with all of them is a RoopError."""

    def __init__(self, engine: Engine, task: Task, book: Manifest) -> None:
        self._engine, self._task, self._book = engine, task, book
        engine.finishers.check(task.post)
        self._pooled = any(unit.pool != "all" for unit in task.units)
        self._prepared = engine.prepare(task.units) if task.units else engine.enhancing(task.post)
        self._done = SWAPPED if task.units else ENHANCED
        self._asked = keys.asked(engine, task.units, self._prepared, task.post, task.saving)

    def made(self, shot: Shot) -> Made:
        """The results of a target, in memory, unless they are there already. Raises OptionError, ModelError."""
        began = time.perf_counter()
        try:
            made = self._looked(shot)
        except OptionError:
            raise
        except InputError as error:
            made = Made(row=Row(target=shot.target, status=FAILED, reason=str(error)))
        except OSError as error:
            reason = f"{shot.target} cannot be read ({error.strerror or error})."
            made = Made(row=Row(target=shot.target, status=FAILED, reason=reason))
        if made.row.status == UNCHANGED:
            return made
        ms = round((time.perf_counter() - began) * 1000, 1)
        content = made.owner.content if made.owner else ""
        return replace(made, row=replace(made.row, ms=ms, content=content))

    def _looked(self, shot: Shot) -> Made:
        options, path = self._task.options, self._task.target / shot.target
        if not path.is_file():
            # It raises, and says what it is instead.
            images.read(path)
        owner = Owner(root=self._task.root, target=shot.target, content=sha256_of(path))
        prepared = self._engine.prepare(self._task.units, turn=shot.turn) if self._pooled else self._prepared
        if options.skip_existing and (there := self._there(shot, owner, prepared)):
            row = Row(target=shot.target, status=UNCHANGED, earlier=self._done, reason="its result is there")
            return Made(row=replace(row, content=owner.content, outputs=there))
        turn = shot.turn if self._pooled else 0
        key = keys.key(self._asked, owner.content, shot.pattern, shot.suffix, turn)
        entry = self._book.made(shot.target, key)
        if entry and (entry.status != KEPT or entry.outputs or not options.copy_others):
            return Made(row=_unchanged(entry))
        try:
            made = self._swapped(images.read(path), prepared, shot)
        except Refused as error:
            made = Made(row=Row(target=shot.target, status=REFUSED, reason=str(error)))
            if error.part is None:
                # Nothing could look, so nothing is known of the picture.
                return made
        if made.row.status == KEPT and options.copy_others:
            stem = walking.named(shot.pattern, prepared.sources[0], several=False)
            made = replace(made, results=(path.read_bytes(),), stems=(stem,), suffix=path.suffix)
        return replace(made, owner=owner, key=key)

    def _swapped(self, picture: Picture, prepared: Prepared, shot: Shot) -> Made:
        """Raises InputError and Refused; then nothing of it may be written."""
        plans = prepared.plans(self._engine.look(picture.rgb, prepared.needed))
        row = Row(target=shot.target, status=KEPT, faces=len(plans[0].assignments) + len(plans[0].skipped))
        enlarged = self._task.post.upscaler != NONE
        planned = [plan for plan in plans if plan.altered or (plan.enhances and enlarged)]
        missing = _missing(planned or plans, picture.name, enlarged=enlarged)
        if not planned:
            return Made(row=replace(row, reason=missing))
        post, engine = self._task.post, self._engine
        swaps = [engine.enlarged(engine.apply(picture, plan, post), post) for plan in planned]
        if engine.host.interrupted():
            raise InputError(f"{shot.target} was not finished, as the run was stopped.")
        passed = [swap for swap in swaps if not swap.result.rejected]
        if not passed:
            return Made(row=replace(row, reason="; ".join(dict.fromkeys(swap.result.rejected for swap in swaps))))
        first = passed[0].result
        return Made(
            row=replace(
                row,
                status=self._done,
                reason=missing,
                swapped=sum(face.status == SWAPPED for face in first.faces),
                similarity=_least_alike(passed),
                engine=first.engine,
                models=tuple(dict.fromkeys(name for swap in passed for name in swap.result.models)),
                notes=tuple(dict.fromkeys(note for swap in passed for note in swap.result.notes)),
            ),
            results=tuple(swap.encoded(shot.suffix, self._task.saving) for swap in passed),
            stems=tuple(walking.named(shot.pattern, swap.source, several=len(plans) > 1) for swap in passed),
            suffix=shot.suffix,
        )

    def _there(self, shot: Shot, owner: Owner, prepared: Prepared) -> Mapping[str, str]:
        """The results of a target, each with its SHA-256, if all are there and can be read, whoever made them."""
        several = len(prepared.sources) > 1
        places = [walking.named(shot.pattern, each, several=several) + shot.suffix for each in prepared.sources]
        for place in places:
            other = self._book.owner(place)
            if other and not other.same(owner):
                return {}
            try:
                images.read(self._task.output / place)
            except PictureError:
                return {}
        return {place: sha256_of(self._task.output / place) for place in places}


def _missing(plans: Sequence[Plan], name: str, *, enlarged: bool) -> str:
    """Why no face of a picture is altered, or one of several that were asked for; empty when all are."""
    try:
        for plan in plans:
            planning.require_work(plan, name, enlarged=enlarged)
    except (NoFaceError, InputError) as error:
        return str(error)
    return ""


def _unchanged(entry: Entry) -> Row:
    return Row(
        target=entry.owner.target, status=UNCHANGED, content=entry.owner.content, earlier=entry.status,
        reason=entry.reason, faces=entry.faces, swapped=entry.swapped, similarity=entry.similarity, ms=entry.ms,
        engine=entry.engine, models=tuple(entry.models), outputs=dict(entry.outputs),
    )  # fmt: skip


def _least_alike(swaps: Sequence[Swap]) -> float | None:
    alike = (face.similarity for swap in swaps for face in swap.result.faces if face.status == SWAPPED)
    return min((round(float(each), 4) for each in alike if each is not None), default=None)
