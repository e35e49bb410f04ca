"""A page's films: what they are, their hardest frame, and the result, which is made in a place of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from .desk import made_folder
from .filmed import clock
from .frame import Step
from .sharing import InTurn, Sharing

if TYPE_CHECKING:
    from ...engine import Engine
    from ...images import Picture
    from ...options.film import FilmOptions
    from ...video.clip import Clip
    from ...video.film import Outcome
    from ...video.previewing import Preview
    from ...video.rendering import Plant
    from ...video.treating import Treatment
    from ..asked import Asked
    from .desk import Desk

UNFINISHED = "unfinished"
"""The folder among the outputs in which films are made, each in one that is called by what it is made of."""
NAMED, LONGEST = 12, 80
"""So many digits of a hash call it; so many letters of source and target are in a result's name."""
GLANCES = 4
"""So many frames are looked at for a face to show."""
AT_WORK = {
    "decode": "reading the film", "look": "looking for faces", "draw": "drawing faces", "finish": "finishing frames",
    "encode": "writing the film",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a film. asked: without units its faces are restored. suffix: of the result, "" for its own."""

    path: Path
    asked: Asked
    options: FilmOptions
    suffix: str = ""


class Progress:
    """How far a film is: told by the threads that work, and looked at by a page."""

    def __init__(self) -> None:
        from ...video.stages import Ledger

        self.ledger, self.done, self.of = Ledger(), 0, 0
        self.plant: Plant | None = None
        self.sharing: Sharing | None = None
        self.treatment: InTurn | None = None
        self._begun = self._before = 0.0

    def show(self, done: int, of: int) -> None:
        """done: frames, of about so many, 0 for nobody knows how many."""
        if not self._begun:
            # What an earlier run did has no part in how fast this one is.
            self._begun, self._before = time.monotonic(), done - 1
        self.done, self.of = done, of

    def step(self) -> Step:
        """For a page. It also lets others get their turn while no frame is worked on."""
        if self.sharing:
            self.sharing.rest()
        if not self._begun:
            return Step(self.done, max(self.of, self.done), "Beginning")
        if self.of and self.done >= self.of:
            return Step(self.done, self.of, "Writing the film whole, with its sound")
        return Step(self.done, max(self.of, self.done), ", ".join(self._pace()))

    def glance(self) -> Step:
        """For a page that looks for the hardest frame."""
        from ...video.previewing import LOOKED_AT

        if self.sharing:
            self.sharing.rest()
        looked = self.treatment.looked if self.treatment else 0
        return Step(min(looked, LOOKED_AT), LOOKED_AT, "Looking for the hardest frame")

    def _pace(self) -> Iterator[str]:
        from ...video import telling

        seconds = max(time.monotonic() - self._begun, 1e-3)
        rate = (self.done - self._before) / seconds
        yield f"{rate:.1f} frames a second"
        if self.of:
            yield f"about {clock((self.of - self.done) / max(rate, 1e-3))} left"
        shares = telling.budget(self.ledger, self.plant, seconds) if self.plant else {}
        if shares:
            yield f"mostly {AT_WORK[max(shares, key=lambda stage: shares[stage])]}"


class Filming:
    """Makes films for a page. The same one with the same settings is made once at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock, self._making = threading.Lock(), set[str]()

    def made(self, wish: Wish, stop: threading.Event, progress: Progress) -> Outcome:
        """The film among the outputs, where its path is. Raises RoopError, and `film.Stopped` when `stop` was set."""
        clip = probed(wish.path)
        from ...video import film, planting, timing
        from ...video.decoding import Damage

        suffix = wish.suffix or _suffix(wish.path)
        with self._at_work(wish, stop, progress) as treatment, self._alone(wish, treatment, suffix) as folder:
            order = film.Order(
                clip=clip, treatment=treatment, key=treatment.key, options=wish.options, output=folder / f"film{suffix}"
            )
            taken, (width, height) = timing.timed(clip, wish.options), clip.upright
            progress.plant, note = planting.found(
                wish.options, treatment, self._desk.engine, lambda: taken.taken(None, Damage()), width * height
            )
            outcome = film.made(order, progress.plant, stop.is_set, progress.show, progress.ledger)
            place = self._settled(outcome.path, _stem(wish, treatment))
        return replace(outcome, path=place, notes=(*filter(None, [note]), *outcome.notes))

    def preview(self, wish: Wish, stop: threading.Event, progress: Progress) -> Preview:
        """The hardest frame. Raises RoopError, and `film.Stopped`."""
        clip = probed(wish.path)
        from ...video import film, previewing, timing

        with self._at_work(wish, stop, progress) as treatment:
            found = previewing.hardest(timing.timed(clip, wish.options), treatment, stop.is_set)
        if stop.is_set():
            raise film.Stopped(0)
        return found

    @contextmanager
    def _at_work(self, wish: Wish, stop: threading.Event, progress: Progress) -> Iterator[InTurn]:
        """What is done to the frames, in turns, which end with the block."""
        from ...video.treating import Enhancing, Swapping

        engine, asked = self._desk.engine, wish.asked
        progress.sharing = sharing = Sharing(self._desk.turn, engine.host.interrupted, stop)
        try:
            with sharing.taken():
                treatment: Treatment = (
                    Swapping(engine, asked.units, asked.post, asked.output)
                    if asked.units
                    else Enhancing(engine, asked.post, asked.output)
                )
            progress.treatment = InTurn(treatment, sharing)
            yield progress.treatment
        finally:
            sharing.close()

    @contextmanager
    def _alone(self, wish: Wish, treatment: Treatment, suffix: str) -> Iterator[Path]:
        """The folder in which this film is made with these settings, by nobody else meanwhile."""
        from ...batch import keys
        from ...options import to_mapping
        from ...video import film, work

        options = {name: value for name, value in to_mapping(wish.options).items() if name not in film.UNWRITTEN}
        name = keys.key(work.fingerprint(wish.path), treatment.key, options, suffix)[:NAMED]
        with self._lock:
            if name in self._making:
                raise InputError("This film is being made with these settings already; wait for it, or stop it there.")
            self._making.add(name)
        try:
            yield made_folder(self._desk.outputs() / UNFINISHED / name)
        finally:
            self._making.discard(name)

    def _settled(self, made: Path, stem: str) -> Path:
        """The finished film among the outputs, under a name that is free."""
        from ... import images

        folder = self._desk.outputs()
        with self._lock:
            place = images.free_name(folder, stem, made.suffix)
            made.replace(place)
        with suppress(OSError):
            made.parent.rmdir()
            made.parent.parent.rmdir()
        return place


def probed(path: Path) -> Clip:
    """What the file says of its film. Raises FilmError, and ModelError without the package for films."""
    from ...video import lacking

    lacking.require_av()
    from ...video import clip

    return clip.probe(path)


def glimpse(path: Path, options: FilmOptions, engine: Engine) -> Picture:
    """An early frame of the part that is taken, with a face where one of a few has any. Raises RoopError."""
    clip = probed(path)
    from ... import images
    from ...video import timing
    from ...video.decoding import Damage

    taken = timing.timed(clip, options)
    end = taken.end or clip.start + round(clip.duration / float(clip.time_base))
    first: Picture | None = None
    for number in range(GLANCES):
        frame = next(taken.taken(taken.begin + (end - taken.begin) * number // GLANCES, Damage()), None)
        picture = images.read(frame.seen()) if frame else None
        first = first or picture
        if picture and engine.detect(picture).faces:
            return picture
    if first is None:
        raise InputError(f"{path.name} has no frame between the times of trim; choose others.")
    return first


def _suffix(path: Path) -> str:
    from ...video.encoders import CONTAINERS

    return path.suffix.lower() if path.suffix.lower() in CONTAINERS else ".mp4"


def _stem(wish: Wish, treatment: Treatment) -> str:
    """Source and target."""
    from ...identities import naming
    from ...images import Picture
    from ...request import HASH

    stem, who = wish.path.stem[:LONGEST], treatment.name
    if not wish.asked.units:
        return f"{stem}_enhanced"
    unit = wish.asked.units[0]
    if len(unit.source) == 1 and not unit.checkpoint:
        (source,) = unit.source
        # The reference picture's own name does not reach the page.
        who = source.digest[:HASH] if isinstance(source, Picture) and not source.path else who
    plain = "".join("_" if letter in naming.FORBIDDEN else letter for letter in naming.shown(who))
    return f"{plain.replace(os.sep, '_')[:LONGEST].strip(' .')}_{stem}"
