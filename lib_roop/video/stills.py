"""Films that are made of pictures: animations, and files that follow each other. Nothing here needs the package av."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, chain, islice, takewhile
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from .. import images
from ..batch import walking
from ..errors import FilmError
from ..geometry import LUMA
from ..images import Animation, Metadata, Picture
from ..options.film import FilmOptions
from ..types import Image, Samples

RATE = Fraction(25)
"""So many pictures a second, where nobody says how many."""
PACE = Fraction(1, 60)
"""Nobody sees more pictures than that: for the safety gate each of them lasts so long at least."""
FINEST = 1001
PATTERN = re.compile(r"%(0\d+)?d")
"""Where a name has its number, as printf has it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Still:
    """A picture of a film. begin: when its film shows it, in seconds.

    number: which one of the result it is, from 0. duration: for how many seconds the result shows it.
    """

    picture: Picture
    number: int
    begin: Fraction
    duration: Fraction

    @property
    def seconds(self) -> float:
        return float(max(self.begin, self.number * PACE))

    def seen(self) -> Image:
        return self.picture.rgb

    def painted(self, before: Image, after: Image, regions: Sequence[tuple[int, int, int, int]]) -> Picture:
        """The picture, changed in the regions, in its own depth; grey stays grey."""
        rgb = self.picture.rgb.copy()
        pixels = rgb if self.picture.pixels is self.picture.rgb else self.picture.pixels.copy()
        for x0, y0, x1, y1 in regions:
            place = np.s_[y0:y1, x0:x1]
            rgb[place] = after[place]
            pixels[place] = _changed(self.picture.pixels[place], before[place], after[place])
        return replace(self.picture, pixels=pixels, rgb=rgb)

    def redrawn(self, image: Image) -> Picture:
        """A picture of these pixels with 8 bits, transparent where this one is."""
        alpha = self.picture.alpha
        if alpha is not None:
            eight = alpha if alpha.dtype == np.uint8 else cv2.convertScaleAbs(alpha, alpha=1 / 257)
            size = image.shape[1], image.shape[0]
            alpha = cast(Samples, cv2.resize(eight, size, interpolation=cv2.INTER_CUBIC))
        return replace(self.picture, pixels=image, rgb=image, alpha=alpha)


def _changed(pixels: Samples, before: Image, after: Image) -> Samples:
    """`pixels` with the difference of what was seen; where there is none they are exactly as they were."""
    if pixels.dtype == np.uint8 and pixels.ndim == 3:
        return after
    change = after.astype(np.float32) - before
    change = change @ LUMA if pixels.ndim == 2 else change
    most = np.iinfo(pixels.dtype).max
    return cast(Samples, np.clip(np.rint(pixels + change * (most / 255)), 0, most).astype(pixels.dtype))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reel:
    """An animation, or a sequence of files.

    path: the animation's, or what the sequence was called. files: all that is read. size: width and height. durations:
    of each picture, in seconds. plays: how often it is shown, 0 without end. clear: whether something is transparent.
    exact: whether its pixels are stored without loss. notes: sentences for the user.
    """

    path: Path
    files: tuple[Path, ...]
    size: tuple[int, int]
    durations: tuple[Fraction, ...]
    plays: int
    clear: bool
    exact: bool
    metadata: Metadata
    notes: tuple[str, ...]
    animation: Animation | None = None

    @property
    def length(self) -> Fraction:
        """In seconds."""
        return sum(self.durations, Fraction(0))

    @property
    def rate(self) -> Fraction:
        """Pictures a second, on average."""
        return Fraction(len(self.durations) / self.length).limit_denominator(FINEST)

    @property
    def codec(self) -> str:
        """What the pictures are stored as."""
        return self.animation.format.lower() if self.animation else self.files[0].suffix.lower().removeprefix(".")

    @property
    def packets(self) -> tuple[bytes, ...]:
        """The XMP that says what the pictures were before."""
        xmp = self.metadata.xmp
        return (xmp,) if xmp else ()

    def stills(self, since: Fraction = Fraction(0)) -> Iterator[Still]:
        """Those that begin then or later. Raises FilmError where one is of another size, and PictureError."""
        begins = tuple(accumulate(self.durations, initial=Fraction(0)))
        passed = bisect_left(begins, since, hi=len(self.durations))
        pictures: Iterator[Picture]
        if self.animation:
            pictures = islice(images.frames(self.animation), passed, None)
        else:
            pictures = map(images.read, self.files[passed:])
        for number, picture in enumerate(pictures, passed):
            height, width = picture.rgb.shape[:2]
            if (width, height) != self.size:
                raise FilmError(
                    f"{picture.path} has {width}x{height} pixels, and the first one of the film "
                    f"{self.size[0]}x{self.size[1]}; make them alike.",
                    field="target",
                )
            yield Still(picture=picture, number=number, begin=begins[number], duration=self.durations[number])


def reel(target: str, fps: float = 0) -> Reel:
    """The film of an animation's file, of a name such as frames/%05d.png, or of a folder with pictures.

    fps: of a sequence; an animation has its own times. Raises FilmError, and PictureError for what cannot be read.
    """
    path = Path(target)
    if path.is_file():
        return _of_animation(path)
    files = _folder(path) if path.is_dir() else numbered(path)
    if not files:
        raise FilmError(f"There is no picture that {target} names; check the path.", field="target")
    first = images.read(files[0])
    rate = Fraction(fps).limit_denominator(FINEST) if fps else RATE
    return Reel(
        path=path,
        files=files,
        size=(first.rgb.shape[1], first.rgb.shape[0]),
        durations=(1 / rate,) * len(files),
        plays=0,
        clear=first.alpha is not None,
        exact=first.format in ("PNG", "TIFF", "GIF", "BMP"),
        metadata=Metadata(),
        notes=() if fps else (f"The pictures are shown for 1/{RATE} s each; --fps says otherwise.",),
    )


def taken(film: Reel, options: FilmOptions) -> Iterator[Still]:
    """Those that begin between the times of `trim`, and each as often as a time of `fps` falls to it; numbered anew."""
    begin, end = options.span
    rate = Fraction(options.fps).limit_denominator(FINEST)
    part = takewhile(
        lambda still: end is None or still.begin < end, film.stills(Fraction(begin).limit_denominator(10**6))
    )
    timed = chain.from_iterable(_repeated(still, rate) for still in part) if rate else part
    return (replace(still, number=number) for number, still in enumerate(timed))


def check_span(length: float, options: FilmOptions, name: str) -> None:
    """Raises FilmError when a film that lasts so many seconds ends before the part that was asked for begins."""
    begin = options.span[0]
    if begin >= length:
        raise FilmError(
            f"{name} lasts {length:.2f} s, and trim begins at {begin:g} s; choose an earlier time.", field="trim"
        )


def is_pattern(name: str) -> bool:
    """Whether the name of a file has a number in it, as printf has it: 0001.png is %04d.png."""
    return bool(PATTERN.search(Path(name).name))


def numbered(path: Path) -> tuple[Path, ...]:
    """The files whose names have a number where the pattern has it, in the order of these."""
    sign = PATTERN.search(path.name)
    if sign is None or not path.parent.is_dir():
        return ()
    digits = int(sign.group(1) or 0)
    before, behind = (re.escape(part) for part in (path.name[: sign.start()], path.name[sign.end() :]))
    named = re.compile(f"{before}([0-9]{{{max(digits, 1)},}}){behind}")
    found = [(int(match.group(1)), each) for each in path.parent.iterdir() if (match := named.fullmatch(each.name))]
    return tuple(each for _, each in sorted(found))


def named(name: str, number: int) -> str:
    """The name of one picture by that of a sequence."""
    return PATTERN.sub(lambda sign: f"{number:{sign.group(1) or ''}d}", name, count=1)


def _repeated(still: Still, rate: Fraction) -> Iterator[Still]:
    first, last = (math.ceil(time * rate) for time in (still.begin, still.begin + still.duration))
    for number in range(first, last):
        yield replace(still, begin=number / rate, duration=1 / rate)


def _of_animation(path: Path) -> Reel:
    found = images.animation(path)
    return Reel(
        path=path,
        files=(path,),
        size=found.size,
        durations=found.durations,
        plays=found.plays,
        clear=found.clear,
        exact=found.exact,
        metadata=found.metadata,
        notes=found.notes,
        animation=found,
    )


def _folder(path: Path) -> tuple[Path, ...]:
    """The pictures in a folder itself, by their names."""
    found = walking.found(path, Path.is_dir)
    return tuple(path / name for name in found.pictures)
