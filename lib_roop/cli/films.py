"""`roop swap` for films: frame by frame from file to file, in segments that a later run can go on with."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import first_use, images
from ..bodies import swapped_face
from ..errors import OptionError
from ..options import OutputOptions, PostOptions, SwapUnit, from_mapping
from ..options.film import FilmOptions
from . import moving
from .arguments import flag, typed
from .places import of_film
from .report import Report
from .units import result_options, units_of

if TYPE_CHECKING:
    from ..engine import Engine
    from ..video.clip import Clip
    from ..video.film import Order
    from ..video.stills import Reel
    from ..video.treating import Treatment

SUFFIX, STILL = ".mp4", ".webp"
"""Of a result whose target, a film or an animation, has a suffix that is not written."""


def wanted(arguments: argparse.Namespace) -> bool:
    """Whether the target is a film. Raises OptionError for what only a film takes, typed with something else."""
    if of_film(arguments):
        return True
    given = [*typed(arguments, FilmOptions), *(["preview"] if arguments.preview else [])]
    if given:
        raise OptionError(f"{flag(given[0])} is for a film; the target {arguments.target} is none.")
    return False


def swapped(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Swap in every frame, write the film whole, and report. Raises RoopError."""
    film = moving.opened(arguments.target, _options(arguments))
    from ..video.treating import Swapping

    post, saving = result_options(arguments, PostOptions), result_options(arguments, OutputOptions)
    units = tuple(map(_read, units_of(arguments)))
    engine = _engine(arguments, make_engine)
    return made(arguments, engine, film, Swapping(engine, units, post, saving))


def enhanced(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Restore and enlarge every frame, write the film whole, and report. Raises RoopError."""
    film = moving.opened(arguments.target, _options(arguments))
    from ..video.treating import Enhancing

    post, saving = result_options(arguments, PostOptions), result_options(arguments, OutputOptions)
    engine = _engine(arguments, make_engine)
    return made(arguments, engine, film, Enhancing(engine, post, saving))


def made(arguments: argparse.Namespace, engine: Engine, target: Clip | Reel, treatment: Treatment) -> Report:
    """The film made of the target's, where `--output` says or beside it. Raises RoopError."""
    from ..video import animations

    output = _output(arguments, target, treatment)
    if animations.wanted(output) and not arguments.preview:
        return moving.made(arguments, engine, target, treatment, output)
    clip, options = moving.as_clip(target, output), _options(arguments)
    from ..video import film, planting, telling, timing
    from ..video.decoding import Damage

    order = film.Order(clip=clip, treatment=treatment, key=treatment.key, options=options, output=output)
    if arguments.preview:
        return _previewed(order, engine, Path(arguments.preview))
    taken, (width, height) = timing.timed(clip, options), clip.upright
    plant, note = planting.found(options, treatment, engine, lambda: taken.taken(None, Damage()), width * height)
    bar = moving.Bar()
    try:
        outcome = film.made(order, plant, engine.host.interrupted, bar.show)
    except (KeyboardInterrupt, film.Stopped):
        kept = film.kept(order)
        going = f"{kept} frames are kept beside the result, and the same command goes on with them"
        less = f"nothing is kept, as the first {options.segment} frames were not done (--segment makes that fewer)"
        return Report(error=f"Stopped; {going if kept else less}.", exit_code=moving.STOPPED)
    finally:
        bar.close()
    notes = (*([note] if note else []), *outcome.notes)
    report = Report(body=telling.body(outcome), lines=telling.lines(outcome), notes=notes)
    return moving.audited(arguments, engine, report, outcome.tally.models, outcome.path)


def _previewed(order: Order, engine: Engine, path: Path) -> Report:
    """The hardest frame as a picture."""
    from ..video import previewing, timing

    taken = timing.timed(order.clip, order.options)
    preview = previewing.hardest(taken, order.treatment, engine.host.interrupted)
    preview.swap.save(path)
    minutes, seconds = divmod(preview.seconds, 60)
    return Report(
        body={
            "gate": engine.gate.name,
            "preview": str(path),
            "seconds": round(preview.seconds, 3),
            "why": preview.why,
            "faces": [swapped_face(face) for face in preview.swap.result.faces],
        },
        lines=(f"the hardest frame is at {int(minutes)}:{seconds:05.2f}: {preview.why}", str(path)),
        notes=preview.swap.result.notes,
    )


def _engine(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Engine:
    if not hasattr(arguments, "threads"):
        # Frames side by side use the cores better than a net's own threads do.
        arguments.threads = 1
    engine = make_engine()
    first_use.tell(engine.host)
    return engine


def _output(arguments: argparse.Namespace, target: Clip | Reel, treatment: Treatment) -> Path:
    if arguments.output:
        return Path(arguments.output)
    path = target.path
    name = f"{treatment.name}_{path.stem}" if treatment.name else f"{path.stem}_enhanced"
    place = path.with_name(name[:100] + _suffix(path))
    # A result under that name may be an earlier run's; unfinished work beside it is gone on with.
    numbers = itertools.count(1)
    stem = place.stem
    while place.exists():
        place = place.with_stem(f"{stem}_{next(numbers)}")
    return place


def _suffix(path: Path) -> str:
    """The target's own where it can be written."""
    from ..batch import walking
    from ..video import stills

    suffix = path.suffix.lower()
    if stills.is_pattern(path.name):
        return suffix if suffix in images.suffixes() else ".png"
    if suffix in images.SIDES:
        return suffix
    if walking.kind(path) == "animation":
        return STILL
    from ..video.encoders import CONTAINERS

    return suffix if suffix in CONTAINERS else SUFFIX


def _options(arguments: argparse.Namespace) -> FilmOptions:
    return from_mapping(FilmOptions, typed(arguments, FilmOptions))


def _read(unit: SwapUnit) -> SwapUnit:
    """With its pictures read once for all frames."""
    sources = tuple(each if Path(each).is_dir() else images.read(each) for each in unit.source)
    like, drawn = (images.read(path) if path else None for path in (unit.like, unit.mask_picture))
    return replace(unit, source=sources, like=like, mask_picture=drawn)
