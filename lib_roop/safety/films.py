"""The gate over a film: which of its frames are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Refused
from ..types import Image
from .gate import Gate

MOST = 60
"""Frames after which the gate looks again, whatever the time is."""
PERIOD = 1.0
"""Seconds; at least one frame of each is looked at, before and after the swap."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame's place in its film: its second, and whether the gate has to look at it."""

    seconds: float
    due: bool

    def gate(self, gate: Gate) -> Gate:
        """`gate` for this frame; a refusal names the second."""
        return _Sampled(gate, self)


class Watch:
    """Says, frame by frame in their order, at which of them the gate looks: the first, one a second, one a cut.

    Where a second has more frames than `MOST` it looks more often: a film may claim any rate.
    """

    def __init__(self) -> None:
        self._second: int | None = None
        self._since = 0

    def moment(self, seconds: float, *, cut: bool) -> Moment:
        """The moment of the next frame. cut: whether it is the first after a cut."""
        second = int(seconds // PERIOD)
        due = cut or second != self._second or self._since >= MOST
        self._second, self._since = second, 1 if due else self._since + 1
        return Moment(seconds, due)


class _Sampled:
    """A gate before one frame of a film."""

    def __init__(self, gate: Gate, moment: Moment) -> None:
        self._gate, self._moment = gate, moment

    @property
    def name(self) -> str:
        return self._gate.name

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        if not self._moment.due:
            return
        try:
            self._gate.check(pictures, youngest)
        except Refused as error:
            minutes, seconds = divmod(self._moment.seconds, 60)
            sentence = f"At {int(minutes)}:{seconds:05.2f} of the film: {error}"
            raise Refused(sentence, part=error.part, score=error.score) from error
