"""What became of a film's frames, in numbers: kept for each segment, so that a resumed run can tell of all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import FilmError, NoFaceError
from .canvas import C
from .rendering import Done
from .stages import Window
from .steadying import trembling

MOST_TIMES = 200
"""So many times are listed for each kind of event in a segment; the number counts all of them."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Of a segment, or of a whole film.

    frames: all. swapped: frames with a swapped face. faces: swapped faces. filled: faces that a frame lacked by
    itself. refused: frames left as they were because of a threshold. cuts: shots but one. dropouts: frames with fewer
    swapped faces than both the one before and the one after, and their seconds. similarity, trembling_found,
    trembling_steadied: sums and counts, for means. reasons: why faces were skipped, and how many. models: the nets that
    ran for the pixels. Where none is swapped, restored faces count.
    """

    frames: int = 0
    swapped: int = 0
    faces: int = 0
    filled: int = 0
    refused: int = 0
    cuts: int = 0
    dropouts: int = 0
    dropout_times: list[float] = field(default_factory=list)
    similarity: list[float] = field(default_factory=lambda: [0.0, 0])
    trembling_found: list[float] = field(default_factory=lambda: [0.0, 0])
    trembling_steadied: list[float] = field(default_factory=lambda: [0.0, 0])
    reasons: dict[str, int] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def count(self, window: Window[Done[C]]) -> None:
        """Take in a frame, which stands between its neighbours."""
        done = window.own
        self.frames += 1
        self.swapped += done.swapped > 0
        self.faces += done.swapped
        self.filled += done.filled
        self.refused += done.refused
        self.cuts += done.cut
        for report in done.swap.result.faces:
            if report.similarity is not None:
                _add(self.similarity, [report.similarity])
            if report.status == "skipped":
                self.reasons[report.reason] = self.reasons.get(report.reason, 0) + 1
        self.models.update(dict.fromkeys(done.swap.result.models))
        self.notes.update(dict.fromkeys(done.swap.result.notes))
        shot = window.within(lambda each: each.cut)
        _add(self.trembling_found, trembling([each.found for each in shot.items], shot.place))
        _add(self.trembling_steadied, trembling([each.faces for each in shot.items], shot.place))
        around = [each.swapped for each in shot.items]
        if len(around) == 3 and around[1] < min(around[0], around[2]):
            self.dropouts += 1
            self.dropout_times = [*self.dropout_times, round(done.canvas.seconds, 3)][:MOST_TIMES]

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {**asdict(self), "models": list(self.models), "notes": list(self.notes)}

    def body(self) -> dict[str, Any]:
        """For reports."""
        return {
            "models": list(self.models),
            "frames": self.frames,
            "frames_swapped": self.swapped,
            "faces_swapped": self.faces,
            "faces_filled": self.filled,
            "frames_below_thresholds": self.refused,
            "cuts": self.cuts,
            "dropouts": self.dropouts,
            "dropout_times": self.dropout_times,
            "similarity": _mean(self.similarity),
            "jitter": {"found": _mean(self.trembling_found, 5), "steadied": _mean(self.trembling_steadied, 5)},
            "skipped": dict(sorted(self.reasons.items(), key=lambda item: -item[1])),
        }


def read(kept: Mapping[str, Any]) -> Tally:
    """What `as_json` wrote."""
    return Tally(**{**kept, **{name: dict.fromkeys(kept[name]) for name in ("models", "notes")}})


def total(tallies: Iterable[Tally]) -> Tally:
    """Of all segments together."""
    whole = Tally()
    for each in tallies:
        for name in ("frames", "swapped", "faces", "filled", "refused", "cuts", "dropouts"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        for name in ("similarity", "trembling_found", "trembling_steadied"):
            mine, other = getattr(whole, name), getattr(each, name)
            setattr(whole, name, [mine[0] + other[0], mine[1] + other[1]])
        whole.dropout_times = [*whole.dropout_times, *each.dropout_times][:MOST_TIMES]
        for reason, number in each.reasons.items():
            whole.reasons[reason] = whole.reasons.get(reason, 0) + number
        whole.models.update(each.models)
        whole.notes.update(each.notes)
    return whole


def require_work(whole: Tally, name: str, *, swapping: bool) -> None:
    """Raises FilmError when nothing was taken, NoFaceError when somebody was to be put there and nowhere was."""
    if not whole.frames:
        raise FilmError(f"{name} has no frame between the times of trim; choose others.", field="trim")
    if swapping and not whole.faces:
        below = ["every swap was below the thresholds"] if whole.refused else []
        reasons = [*below, *sorted(whole.reasons, key=lambda reason: -whole.reasons[reason])][:3]
        why = "; ".join(reasons) or "none was found"
        raise NoFaceError(f"In no frame of {name} a face was swapped, so nothing was written: {why}.")


def _add(sums: list[float], values: Sequence[float]) -> None:
    sums[0] += sum(values)
    sums[1] += len(values)


def _mean(sums: Sequence[float], digits: int = 3) -> float | None:
    return round(sums[0] / sums[1], digits) if sums[1] else None
