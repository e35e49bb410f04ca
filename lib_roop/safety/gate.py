"""What must not be seen in a picture, and the gate that says so."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol, TypeVar

from .. import images
from ..errors import ModelError, Refused
from ..types import Image

V = TypeVar("V")
Keep = Callable[[Hashable, Callable[[], V]], V]
"""A memory: gives the value of a key, and makes it first when it is not there."""
Seen = Mapping[str, float]
"""The best score, 0..1, of each body part that was seen, by nudenet's names."""

EXPOSED = frozenset(
    {
        "FEMALE_BREAST_EXPOSED",
        "BUTTOCKS_EXPOSED",
        "ANUS_EXPOSED",
        "FEMALE_GENITALIA_EXPOSED",
        "MALE_GENITALIA_EXPOSED",
    }
)
"""Refused in every picture. Bellies, feet, armpits and male breasts are not: they are seen on any beach."""
COVERED = frozenset(part.replace("_EXPOSED", "_COVERED") for part in EXPOSED)
"""Refused as well when someone looks like a minor. No checker knows MALE_GENITALIA_COVERED yet."""
ADULT = 18


class Checker(Protocol):
    """Looks for body parts."""

    @property
    def name(self) -> str:
        """Who looks, for reports."""
        ...

    @property
    def origin(self) -> str:
        """The file it runs, for people."""
        ...

    @property
    def threshold(self) -> float:
        """The score from which a part counts as seen; a constant of the checker."""
        ...

    def views(self, picture: Image) -> list[Image]:
        """All that is looked at of an RGB picture, scaled down: equal views are seen equally."""
        ...

    def look(self, views: Sequence[Image]) -> Seen:
        """What is seen in the views of one picture. Raises ModelError when the checker does not work."""
        ...


class Gate(Protocol):
    """Decides whether pictures may be worked on."""

    @property
    def name(self) -> str:
        """What checks, for reports."""
        ...

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        """Raises Refused, with what was seen and how surely, when one of the RGB pictures must not be worked on.

        youngest: the age, in years, of whoever looks youngest among those concerned; None where nothing estimates it.
        """
        ...


class NudityGate:
    """Refuses pictures that show nudity, and every picture while no checker works.

    load: makes the checker at the first use; raises Refused or ModelError. checkers and sightings: memories, so that it
    is loaded once and what looks the same is looked at once.
    """

    def __init__(self, load: Callable[[], Checker], checkers: Keep[Checker], sightings: Keep[Seen]) -> None:
        self._load = load
        self._checkers = checkers
        self._sightings = sightings

    @property
    def name(self) -> str:
        return self._checker().name

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        checker = self._checker()
        for picture in pictures:
            if fault := objection(self._see(checker, picture), checker.threshold, youngest):
                part, score = fault
                raise Refused(
                    f"The picture was refused and nothing was written: {checker.name} sees {part} with a score of "
                    f"{score:.2f}; choose a picture without nudity.",
                    part=part,
                    score=score,
                )

    def _checker(self) -> Checker:
        try:
            return self._checkers("checker", self._load)
        except ModelError as error:
            raise _out_of_order(error) from error

    def _see(self, checker: Checker, picture: Image) -> Seen:
        views = checker.views(picture)
        key = (checker.name, *(images.digest(view) for view in views))
        try:
            return self._sightings(key, lambda: checker.look(views))
        except ModelError as error:
            raise _out_of_order(error) from error


def objection(seen: Seen, threshold: float, youngest: int | None) -> tuple[str, float] | None:
    """The part that must not be seen, the surest one, and its score; None when there is none.

    Where someone looks younger than 18, covered parts count too, and half the threshold is enough.
    """
    minor = youngest is not None and youngest < ADULT
    parts = EXPOSED | COVERED if minor else EXPOSED
    least = threshold / 2 if minor else threshold
    found = [(part, score) for part, score in seen.items() if part in parts and score >= least]
    return max(found, key=lambda each: each[1], default=None)


def _out_of_order(error: ModelError) -> Refused:
    return Refused(f"Nothing is swapped while the safety check is out of order: {error}")
