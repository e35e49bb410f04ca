"""The faces of a picture with the numbers that a unit of the panel gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..options import EVERY_FACE, SwapUnit
from ..selection import select
from ..types import Face
from .events import Box

if TYPE_CHECKING:
    from ..engine import Engine
    from ..images import Picture

COUNTED = ("order", "detection_threshold", "max_faces", "sex")
"""The options that say which number a face has."""


def counted(
    engine: Engine, picture: Picture, chosen: Mapping[str, Any], whole: Callable[[], SwapUnit]
) -> Sequence[Face]:
    """The faces in the order in which a unit counts them.

    chosen: the unit's part of a panel's mapping. whole: the unit with its pictures read, for those that have to be
    looked at first. Raises RoopError.
    """
    unit = SwapUnit(**{name: chosen[name] for name in COUNTED if name in chosen}, target_faces=EVERY_FACE)
    if unit.sex == "same" or chosen.get("like") is not None:
        everybody = replace(whole(), target_faces=EVERY_FACE)
        return [each.face for each in engine.plan(picture, [everybody]).assignments]
    reads = unit.sex != "any" or engine.analyser.attributes is not None
    found = engine.detect(picture, threshold=unit.detection_threshold, attributes=reads)
    return [face for face, _ in select(found.faces, unit, sex=None, resemblance={}).pairs]


def boxes(faces: Sequence[Face]) -> list[Box]:
    """Every face's number with its box."""
    return [(number, *(float(edge) for edge in face.box)) for number, face in enumerate(faces)]  # type: ignore[misc]


def described(faces: Sequence[Face]) -> list[str]:
    """A line about each face."""
    return [_described(number, face) for number, face in enumerate(faces)]


def _described(number: int, face: Face) -> str:
    told = [f"{face.width:.0f} x {face.height:.0f} pixels", f"score {face.score:.2f}"]
    told += [face.sex] if face.sex else []
    told += [f"about {face.age} years"] if face.age is not None else []
    return f"Face {number}: {', '.join(told)}"
