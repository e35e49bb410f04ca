"""Pictures as the frames of a film, for its encoder: YUV of BT.709 in limited range."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any

import av
import numpy as np

from . import colours
from .clip import Clip, Colour
from .planes import planes_of
from .stills import Reel, Still

CONTAINER = "pictures"
"""What `Clip.container` says of a film that is made of pictures."""
BT709 = Colour(matrix=1, transfer=1, primaries=1, full=False)
FINEST = 90_000
"""Times that have no common measure are rounded to parts of a second."""
OVER = "What is transparent in the pictures becomes white."


def clip(reel: Reel, *, clear: bool) -> Clip:
    """The reel as a film. clear: whether what it becomes can be transparent."""
    clear = clear and reel.clear
    width, height = reel.size
    base = _measure(reel)
    return Clip(
        path=reel.path,
        container=CONTAINER,
        codec=reel.codec,
        width=width,
        height=height,
        rotation=0,
        display=None,
        pixel_format="yuva420p" if clear else "yuv420p",
        depth=8,
        time_base=base,
        rate=reel.rate,
        start=0,
        duration=float(reel.length),
        frames=len(reel.durations),
        aspect=Fraction(1),
        colour=BT709,
        field_order="",
        alpha=clear,
        audio=(),
        subtitles=(),
        chapters=0,
        notes=(*reel.notes, *([OVER] if reel.clear and not clear else [])),
        reel=reel,
    )


def frames(film: Clip, first: int | None) -> Iterator[av.VideoFrame]:
    """The frames of a film that is made of pictures. first: the pts to start at."""
    assert film.reel is not None, "only such films come here"
    since = max(((first or 0) - 1) * film.time_base, Fraction(0))
    for still in film.reel.stills(since):
        pts = round(still.begin / film.time_base)
        if first is None or pts >= first:
            yield _frame(still, film, pts)


def _frame(still: Still, film: Clip, pts: int) -> av.VideoFrame:
    blank: Any = av.VideoFrame(film.width, film.height, film.pixel_format)
    blank.pts, blank.time_base = pts, film.time_base
    blank.colorspace = blank.color_trc = blank.color_primaries = blank.color_range = 1
    rgb, alpha = still.picture.rgb, still.picture.alpha
    if alpha is not None:
        cover = np.asarray(alpha / np.iinfo(alpha.dtype).max, np.float32)
        if film.alpha:
            planes_of(blank)[3][:] = np.rint(cover * 255)
        else:
            rgb = np.rint(rgb * cover[..., None] + 255 * (1 - cover[..., None])).astype(np.uint8)
    elif film.alpha:
        planes_of(blank)[3][:] = 255
    return colours.drawn(rgb, blank, replace(film, reel=None))


def _measure(reel: Reel) -> Fraction:
    """The unit in which all times are whole, if it is not too small."""
    if len(set(reel.durations)) == 1:
        return reel.durations[0]
    parts = reduce(math.lcm, {each.denominator for each in reel.durations}, 1)
    return Fraction(1, min(parts, FINEST))
