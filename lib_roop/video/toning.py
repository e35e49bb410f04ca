"""Colours of swapped faces over time: what differs from frame to frame for no reason in the film is evened out.

Pure functions. How much a patch differs in colour from what it covers is smoothed, not the colour: lamps that go on
and shadows that pass stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .. import geometry
from ..planning import Drawn, Plan
from ..types import Face, Floats, Image, Patch
from . import tracks

MOST = 12.0
"""Of 255: a patch is made no lighter or darker than that."""
LEAST = 0.25
"""What is less is not worth a change of pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Tones:
    """What one frame's patches do to colours: the faces, and by their ids the mean change of red, green and blue."""

    faces: tuple[Face, ...] = ()
    changes: Mapping[int, Floats] | None = None


def tones(image: Image, planned: Plan) -> Tones:
    """Of a frame (RGB) and its plan, whose patches were drawn."""
    patches = planned.drawn.patches if planned.drawn else {}
    height, width = image.shape[:2]
    changes = {id_: _change(image, geometry.clipped(patch, width, height)) for id_, patch in patches.items()}
    faces = tuple(each.face for each in planned.assignments if each.face.id in changes)
    return Tones(faces, changes)


def evened(planned: Plan, seen: Sequence[Tones], place: int) -> Plan:
    """The plan of frame `place` with its patches' colours as the frames around it, all of one shot, have them."""
    own = seen[place]
    if planned.drawn is None or own.changes is None:
        return planned
    paths = tracks.Paths([each.faces for each in seen])
    patches = dict(planned.drawn.patches)
    for face in own.faces:
        path = paths.of(place, face)
        changes = [(seen[at].changes or {})[other.id] for at, other in path.items()]
        shift = np.clip(np.mean(changes, axis=0) - own.changes[face.id], -MOST, MOST)
        if np.abs(shift).max() >= LEAST:
            patches[face.id] = _shifted(patches[face.id], shift)
    return replace(planned, drawn=Drawn(patches, planned.drawn.ms))


def _change(image: Image, patch: Patch) -> Floats:
    """By how much a patch changes the mean colour of what it covers, (3,)."""
    height, width = patch.mask.shape
    under = image[patch.y : patch.y + height, patch.x : patch.x + width]
    weight = float(patch.mask.sum())
    if weight < 1:
        return np.zeros(3, np.float32)
    flat = patch.mask.reshape(-1)
    means = [flat @ part.reshape(-1, 3).astype(np.float32) / weight for part in (patch.rgb, under)]
    return np.asarray(means[0] - means[1], np.float32)


def _shifted(patch: Patch, shift: Floats) -> Patch:
    table = np.clip(np.round(np.arange(256, dtype=np.float32)[:, None] + shift), 0, 255).astype(np.uint8)
    rgb = np.stack([table[:, channel][patch.rgb[..., channel]] for channel in range(3)], axis=-1)
    return replace(patch, rgb=np.ascontiguousarray(rgb))
