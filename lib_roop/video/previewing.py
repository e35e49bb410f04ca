"""The frame of a film that is hardest to swap: if that one is good, so are the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..engine import Swap
from ..errors import NoFaceError
from ..planning import Plan
from ..safety import Moment
from ..types import Face, Image
from .decoding import Damage
from .timing import FilmFrame, Timing
from .treating import Treatment

LOOKED_AT = 24
"""So many frames, spread over the film, are compared."""
TURNED, DARK, SMALL = 60.0, 90.0, 96.0
"""Degrees of a head, a mean brightness of 255, and pixels of width, from which on a face is hard."""


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The hardest frame, treated. seconds: where it is in the film. why: what is hard about it."""

    swap: Swap
    seconds: float
    why: str


def hardest(timing: Timing, treatment: Treatment, interrupted: Callable[[], bool]) -> Preview:
    """Looked for among frames from all over the film. Raises NoFaceError when none has a face that is altered."""
    found: tuple[float, str, FilmFrame, Image, Plan] | None = None
    for frame in _spread(timing):
        if interrupted():
            break
        image = frame.seen()
        planned = treatment.plan(treatment.look(image))
        for face in planned.altered:
            score, why = _hardness(face, image)
            if found is None or score > found[0]:
                found = score, why, frame, image, planned
    if found is None:
        raise NoFaceError(
            f"In none of {LOOKED_AT} frames of {timing.clip.path.name} is a face that would be altered; choose other "
            "faces, or a lower detection threshold."
        )
    _, why, frame, image, planned = found
    (drawn,) = treatment.draw([(image, planned)])
    return Preview(treatment.finish(image, drawn, Moment(frame.seconds, due=True)), frame.seconds, why)


def _spread(timing: Timing) -> Iterator[FilmFrame]:
    """Frames at equal distances, from the first one on; of a film without a length its first ones."""
    clip = timing.clip
    end = timing.end if timing.end is not None else clip.start + round(clip.duration / float(clip.time_base))
    last = None
    for number in range(LOOKED_AT):
        at = timing.begin + (end - timing.begin) * number // LOOKED_AT
        frame = next(timing.taken(at, Damage()), None)
        if frame is not None and frame.source != last:
            last = frame.source
            yield frame


def _hardness(face: Face, image: Image) -> tuple[float, str]:
    """How hard a face is to swap, from 0, and the word for what is hardest about it."""
    x0, y0, x1, y1 = (max(int(edge), 0) for edge in face.box)
    shown = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    parts = {
        "covered or unclear": 1 - face.score,
        "small": max(1 - face.width / SMALL, 0.0),
        "dark": max(1 - float(shown.mean()) / DARK, 0.0) if shown.size else 0.0,
    }
    if face.pose is not None:
        parts["turned"] = max(abs(angle) for angle in (face.pose.yaw, face.pose.pitch, face.pose.roll)) / TURNED
    return sum(parts.values()), max(parts, key=lambda name: parts[name])
