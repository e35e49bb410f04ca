"""Which faces of a picture a unit replaces, and why the others stay. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import OptionError
from .options import EVERY_FACE, ORDERS, SwapUnit, numbers

if TYPE_CHECKING:
    from .types import Face, Sex

UNASKED = "was not asked for"
"""How the reason ends of a face that counts, and whose number no unit names."""


def _area(face: Face) -> float:
    return face.width * face.height


_ORDER_KEYS: Mapping[str, Callable[[Face], float]] = {
    "left-right": lambda face: float(face.box[0]),
    "right-left": lambda face: -float(face.box[0]),
    "top-bottom": lambda face: float(face.box[1]),
    "bottom-top": lambda face: -float(face.box[1]),
    "large-small": lambda face: -_area(face),
    "small-large": _area,
}


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What a unit chose: each face with the place of its source in the unit's list of source faces.

    reasons: why a face was not chosen, by face id. missing: numbers asked for that none of the `counted` faces has.
    """

    pairs: tuple[tuple[Face, int], ...]
    reasons: Mapping[int, str]
    missing: tuple[int, ...]
    counted: int


def ordered(faces: Sequence[Face], order: str) -> list[Face]:
    """The faces as `order` (one of `options.ORDERS`) numbers them; equal ones by id."""
    key = _ORDER_KEYS[order]
    return sorted(faces, key=lambda face: (key(face), face.id))


def select(faces: Sequence[Face], unit: SwapUnit, *, sex: Sex | None, resemblance: Mapping[int, float]) -> Selection:
    """The faces that `unit` replaces.

    `sex` is the source's, for the filter "same". `resemblance` gives each face's likeness (by id) to the picture
    `unit.like`, and is not read when there is none. Filters come first, then the numbering, then the numbers.
    Raises OptionError when the lists of source and target faces cannot be paired.
    """
    reasons: dict[int, str] = {}
    counted = [face for face in faces if _passes(face, unit, sex, resemblance, reasons)]
    if unit.max_faces:
        for face in ordered(counted, "large-small")[unit.max_faces :]:
            reasons[face.id] = f"not among the {unit.max_faces} largest faces"
        counted = [face for face in counted if face.id not in reasons]
    counted = ordered(counted, unit.order)
    wanted = _wanted(unit, len(counted))
    numbered = "" if unit.order == ORDERS[0] else f" ({unit.order})"
    pairs = {number: source for number, source in reversed(wanted) if number < len(counted)}
    for number, face in enumerate(counted):
        if number not in pairs:
            reasons[face.id] = f"face {number}{numbered} {UNASKED}"
    return Selection(
        tuple((counted[number], pairs[number]) for number in sorted(pairs)),
        reasons,
        tuple(sorted({number for number, _ in wanted if number >= len(counted)})),
        len(counted),
    )


def _wanted(unit: SwapUnit, counted: int) -> list[tuple[int, int]]:
    """(target number, place in the list of source faces), in the order they were typed."""
    sources = len(numbers(unit.source_face, "source_face"))
    if unit.target_faces.strip().lower() == EVERY_FACE:
        return [(number, number % sources) for number in range(counted)]
    targets = numbers(unit.target_faces, "target_faces")
    if sources > 1 and sources != len(targets):
        raise OptionError(
            f"source_face names {sources} faces and target_faces {len(targets)}; give as many of one as of the other."
        )
    return [(number, place if sources > 1 else 0) for place, number in enumerate(targets)]


def _passes(
    face: Face, unit: SwapUnit, sex: Sex | None, resemblance: Mapping[int, float], reasons: dict[int, str]
) -> bool:
    wanted_sex = sex if unit.sex == "same" else unit.sex
    if face.score < unit.detection_threshold:
        reasons[face.id] = f"score {face.score:.2f} is below the detection threshold {unit.detection_threshold:g}"
    elif unit.sex != "any" and face.sex != wanted_sex:
        reasons[face.id] = f"looks {face.sex or 'undecided'}, wanted {wanted_sex or 'undecided'}"
    elif unit.like is not None and resemblance[face.id] < unit.like_threshold:
        reasons[face.id] = f"resemblance {resemblance[face.id]:.2f} is below {unit.like_threshold:g}"
    return face.id not in reasons
