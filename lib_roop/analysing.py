"""Looking into pictures: their faces, numbered, with what is known of each, and drawn where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import drawing, images
from .engine import Engine
from .images import Picture
from .options import SwapUnit
from .selection import ordered
from .types import Detection, Face, Patch


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture that was looked at. faces: those found, in the order that numbers them."""

    picture: Picture
    found: Detection
    faces: tuple[Face, ...]


def looked(engine: Engine, picture: Picture, unit: SwapUnit) -> Looked:
    """The faces of a picture by the threshold and in the order of `unit`, with sex and age where those can be told."""
    reads = engine.analyser.attributes is not None
    found = engine.detect(picture, threshold=unit.detection_threshold, attributes=reads)
    return Looked(picture, found, tuple(ordered(found.faces, unit.order)))


def drawn(seen: Looked) -> Picture:
    """The picture with its faces drawn, those that just failed the threshold too; all else in it stays as it is."""
    rgb = seen.picture.rgb
    shown = drawing.numbered(rgb, seen.faces, seen.found.near_misses)
    touched = (shown != rgb).any(-1).astype(np.float32)
    return images.paste(seen.picture, [Patch(0, 0, shown, touched)])
