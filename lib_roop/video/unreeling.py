"""A film's frames as pictures, for results that are made of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..images import Picture
from ..options.film import FilmOptions
from . import animations, timing
from .animations import Footage
from .clip import Clip
from .decoding import Damage
from .stills import Still
from .timing import FilmFrame, Timing

SQUEEZED = "The film's pixels are {} times as wide as high; the pictures have them as they are."


def footage(clip: Clip, options: FilmOptions, output: Path) -> Footage:
    """Of a film, with 8 bits a channel. Raises FilmError as `timing.timed` does."""
    options, notes = animations.paced(options, clip.rate, output)
    taken, damage = timing.timed(clip, options), Damage()
    if clip.aspect != 1:
        notes = (*notes, SQUEEZED.format(clip.aspect))
    return Footage(
        path=clip.path,
        files=(clip.path,),
        stills=lambda: _stills(taken, damage),
        told=lambda: damage.notes,
        frames=taken.frames,
        duration=clip.duration,
        size=clip.upright,
        codec=clip.codec,
        exact=False,
        notes=(*clip.notes, *notes),
    )


def _stills(taken: Timing, damage: Damage) -> Iterator[Still]:
    """Each as long as until the next one, the last one as long as frames last on average."""
    before: FilmFrame | None = None
    number = 0
    for frame in taken.taken(None, damage):
        if before is not None:
            yield _still(before, number, frame.pts - before.pts, taken)
            number += 1
        before = frame
    if before is not None:
        yield _still(before, number, round(1 / (taken.rate * taken.time_base)), taken)


def _still(frame: FilmFrame, number: int, ticks: int, taken: Timing) -> Still:
    image = frame.seen()
    picture = Picture(rgb=image, pixels=image, mode="RGB", name=f"{taken.clip.path.stem}_{number}")
    begin = (frame.source - taken.clip.start) * taken.clip.time_base
    return Still(picture=picture, number=number, begin=Fraction(begin), duration=ticks * taken.time_base)
