"""Which frames of a film are taken, and when each of them is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av

from ..errors import FilmError
from ..options.film import FilmOptions
from ..types import Image
from . import colours, decoding
from .clip import Clip
from .decoding import Damage

FINEST = 1001
"""Rates such as 30000/1001 are given as 29.97."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmFrame:
    """A decoded frame and the time that it has in the result. number: in the result. pts: in the result's time base;
    source: its own.
    """

    number: int
    frame: av.VideoFrame
    clip: Clip
    pts: int
    source: int

    @property
    def seconds(self) -> float:
        """Since the beginning of the film that it was taken from."""
        return float((self.source - self.clip.start) * self.clip.time_base)

    def seen(self) -> Image:
        return colours.seen(self.frame, self.clip)

    def painted(self, before: Image, after: Image, regions: Sequence[tuple[int, int, int, int]]) -> av.VideoFrame:
        return self._timed(colours.painted(self.frame, self.clip, before, after, regions))

    def redrawn(self, image: Image) -> av.VideoFrame:
        return self._timed(colours.drawn(image, self.frame, self.clip))

    def _timed(self, frame: av.VideoFrame) -> av.VideoFrame:
        frame.pts = self.pts
        return frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How a clip's frames become those of the result.

    time_base, rate: of the result. begin, end: pts of the clip, of the first frame that is taken and of the first that
    is not any more.
    """

    clip: Clip
    time_base: Fraction
    rate: Fraction
    begin: int
    end: int | None

    @property
    def retimed(self) -> bool:
        return self.time_base != self.clip.time_base

    @property
    def frames(self) -> int:
        """About how many there will be; 0 where the film does not say how long it is."""
        clip = self.clip
        if not clip.duration:
            return 0
        length = Fraction(clip.duration).limit_denominator(10**6)
        last = length if self.end is None else min(length, (self.end - clip.start) * clip.time_base)
        seconds = max(last - (self.begin - clip.start) * clip.time_base, Fraction(0))
        whole = self.begin == clip.start and self.end is None and not self.retimed
        return clip.frames if whole and clip.frames else max(round(seconds * self.rate), 1)

    def taken(self, first: int | None, damage: Damage, number: int = 0) -> Iterator[FilmFrame]:
        """The frames of the result, from that on whose source has the pts `first`.

        number: its own; where frames are repeated or left out their times say it.
        """
        start = self.begin if first is None else max(first, self.begin)
        frames = decoding.frames(self.clip, first=None if start <= self.clip.start else start, damage=damage)
        inside = _until(frames, self.end)
        return self._at_rate(inside) if self.retimed else self._as_they_are(inside, number)

    def _as_they_are(self, frames: Iterable[av.VideoFrame], number: int) -> Iterator[FilmFrame]:
        for place, frame in enumerate(frames, number):
            own = frame.pts or 0
            yield FilmFrame(place, frame, self.clip, own, own)

    def _at_rate(self, frames: Iterable[av.VideoFrame]) -> Iterator[FilmFrame]:
        """Each frame as often as a time of the new rate falls to it: from its own time to the next frame's."""
        before: av.VideoFrame | None = None
        for frame in frames:
            if before is not None:
                yield from self._repeated(before, frame.pts or 0)
            before = frame
        if before is not None:
            yield from self._repeated(before, max((before.pts or 0) + round(self.clip.step), (before.pts or 0) + 1))

    def _repeated(self, frame: av.VideoFrame, until: int) -> Iterator[FilmFrame]:
        own = frame.pts or 0
        for number in range(self._number(own), self._number(until)):
            yield FilmFrame(number, frame, self.clip, number, own)

    def _number(self, pts: int) -> int:
        """The first frame of the new rate at or after a time of the clip."""
        time = (pts - self.clip.start) * self.clip.time_base
        return -((-time) // self.time_base)


def timed(clip: Clip, options: FilmOptions) -> Timing:
    """Raises FilmError when the film ends before the part that was asked for begins."""
    begin, end = options.span
    if clip.duration and begin >= clip.duration:
        raise FilmError(
            f"{clip.path.name} lasts {clip.duration:.2f} s, and trim begins at {begin:g} s; choose an earlier time.",
            field="trim",
        )
    rate = Fraction(options.fps).limit_denominator(FINEST) if options.fps else clip.rate
    return Timing(
        clip=clip,
        time_base=1 / rate if options.fps else clip.time_base,
        rate=rate,
        begin=clip.start + _ticks(begin, clip),
        end=None if end is None else clip.start + _ticks(end, clip),
    )


def written(timing: Timing) -> Clip:
    """The clip as it will be: with the result's times."""
    return replace(timing.clip, time_base=timing.time_base, rate=timing.rate)


def _ticks(seconds: float, clip: Clip) -> int:
    return round(Fraction(seconds).limit_denominator(10**6) / clip.time_base)


def _until(frames: Iterable[av.VideoFrame], end: int | None) -> Iterator[Any]:
    for frame in frames:
        if end is not None and (frame.pts or 0) >= end:
            return
        yield frame
