"""Films of every kind as targets and results: files of films, animations, and sequences of pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..options.film import FilmOptions
from . import audit
from .report import Report, save, with_devices

if TYPE_CHECKING:
    from ..engine import Engine
    from ..video.animations import Footage, Order
    from ..video.clip import Clip
    from ..video.stills import Reel
    from ..video.treating import Treatment

STOPPED = 130


def opened(target: str, options: FilmOptions) -> Clip | Reel:
    """The film that the target is. Raises FilmError, PictureError, and ModelError without the package for films."""
    from ..batch import walking
    from ..video import lacking, stills

    if walking.kind(Path(target)) != "film":
        return stills.reel(target, options.fps)
    lacking.require_av()
    from ..video import clip

    return clip.probe(target)


def as_clip(film: Clip | Reel, output: Path) -> Clip:
    """The film as one that an encoder writes. Raises ModelError without the package for films."""
    from ..video import lacking
    from ..video.stills import Reel

    if not isinstance(film, Reel):
        return film
    lacking.require_av()
    from ..video import pictured
    from ..video.encoders import CONTAINERS

    container = CONTAINERS.get(output.suffix.lower())
    return pictured.clip(film, clear=bool(container and container.clear))


def made(
    arguments: argparse.Namespace, engine: Engine, film: Clip | Reel, treatment: Treatment, output: Path
) -> Report:
    """The result that is made of pictures: an animation, or a sequence. Raises RoopError."""
    from ..options import from_mapping
    from ..video import animations, planting, telling
    from .arguments import typed

    options = from_mapping(FilmOptions, typed(arguments, FilmOptions))
    order = animations.Order(
        footage=_footage(film, options, output), treatment=treatment, options=options, output=output
    )
    width, height = order.footage.size
    plant, note = planting.found(options, treatment, engine, order.footage.stills, width * height)
    bar = Bar()
    try:
        outcome = animations.made(order, plant, engine.host.interrupted, bar.show)
    except (KeyboardInterrupt, animations.Stopped):
        return Report(error=_stopped(order), exit_code=STOPPED)
    finally:
        bar.close()
    notes = (*([note] if note else []), *outcome.notes)
    report = Report(body=telling.pictures_body(outcome), lines=telling.pictures_lines(outcome), notes=notes)
    return audited(arguments, engine, report, outcome.tally.models, outcome.first)


def audited(
    arguments: argparse.Namespace, engine: Engine, report: Report, models: Iterable[str], written: Path
) -> Report:
    """The report on a film that was written, and in the file of `--report` what whoever asks has to know of it."""
    report = replace(report, body={"gate": engine.gate.name, **report.body})
    if arguments.report:
        whole = audit.of_film(arguments, engine, models, report.body, written)
        save(with_devices(Report(body=whole, notes=report.notes), engine), arguments.command, Path(arguments.report))
    return report


class Bar:
    """Frames done, how fast, and the time left, on standard error where a person looks."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self._bar: Any = tqdm(unit="frame", file=sys.stderr, disable=None, leave=False)
        self._begun = False

    def show(self, done: int, of: int) -> None:
        """done: frames, of about so many, 0 for nobody knows how many."""
        if not self._begun:
            # What an earlier run did has no part in how fast this one is.
            self._bar.reset(of or None)
            self._bar.initial = self._bar.n = done - 1
            self._begun = True
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Take it away."""
        self._bar.close()


def _footage(film: Clip | Reel, options: FilmOptions, output: Path) -> Footage:
    from ..video import animations
    from ..video.stills import Reel

    if isinstance(film, Reel):
        return animations.footage(film, options, output)
    from ..video import unreeling

    return unreeling.footage(film, options, output)


def _stopped(order: Order) -> str:
    from ..video import stills

    if stills.is_pattern(order.output.name):
        return "Stopped; the pictures that were done are there, and the same command begins anew."
    return "Stopped; nothing was written, and the same command begins anew."
