"""What a finished film's run has to say: as JSON, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import animations
from .rendering import Plant
from .stages import Ledger
from .tally import Tally

if TYPE_CHECKING:
    from .film import Outcome

IN_THREADS = ("look", "draw", "finish")
"""The stages that the plant's threads share; each of the others has a thread of its own."""
OWN = ("decode", "encode")


class Run(Protocol):
    """What every run that went through a film has to tell, as `film.Outcome` has it."""

    @property
    def path(self) -> Path: ...
    @property
    def tally(self) -> Tally: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def plant(self) -> Plant: ...
    @property
    def seconds(self) -> float: ...
    @property
    def before(self) -> int: ...


def budget(ledger: Ledger, plant: Plant, seconds: float) -> Mapping[str, float]:
    """Which part of the time each stage was at work, 0..1, of all it could have been; the busiest sets the pace."""
    spent = ledger.spent
    shares = {name: spent[name].seconds / plant.workers for name in IN_THREADS if name in spent}
    shares |= {name: spent[name].seconds for name in OWN if name in spent}
    return {name: round(min(taken / max(seconds, 1e-9), 1.0), 3) for name, taken in shares.items()}


def body(outcome: Outcome) -> dict[str, Any]:
    """What only a film's report has."""
    encoding, clip = outcome.encoding, outcome.timing.clip
    return {
        **_pace(outcome),
        "film": {
            "frames": clip.frames,
            "duration": round(clip.duration, 3),
            "size": list(clip.upright),
            "codec": clip.codec,
            "pixel_format": clip.pixel_format,
            "colour": {
                "matrix": clip.colour.matrix,
                "transfer": clip.colour.transfer,
                "primaries": clip.colour.primaries,
                "full_range": clip.colour.full,
                "assumed": clip.colour.guessed or None,
            },
        },
        "encoding": {
            "codec": encoding.codec,
            "quality": encoding.quality,
            "pixel_format": encoding.pixel_format,
            "options": dict(encoding.options),
        },
        **_work(outcome),
    }


def pictures_body(outcome: animations.Outcome) -> dict[str, Any]:
    """What only the report of a film that became pictures has."""
    footage = outcome.footage
    return {
        **_pace(outcome),
        "film": {
            "frames": footage.frames,
            "duration": round(footage.duration, 3),
            "size": list(footage.size),
            "codec": footage.codec,
            "pixel_format": None,
            "colour": None,
        },
        "encoding": {
            "codec": outcome.path.suffix.lower().removeprefix("."),
            "quality": None,
            "pixel_format": None,
            "options": {},
        },
        **_work(outcome),
    }


def _pace(run: Run) -> dict[str, Any]:
    return {
        "output": str(run.path),
        "seconds": round(run.seconds, 2),
        "frames_a_second": round(_done(run) / max(run.seconds, 1e-9), 2),
        "frames_from_earlier_run": run.before,
    }


def _work(run: Run) -> dict[str, Any]:
    return {
        "plant": {"workers": run.plant.workers, "ahead": run.plant.ahead, "batch": run.plant.batch},
        "budget": dict(budget(run.ledger, run.plant, run.seconds)),
        "processor_seconds_a_frame": {
            name: round(spent.processor / max(_done(run), 1), 5) for name, spent in run.ledger.spent.items()
        },
        **run.tally.body(),
    }


def lines(outcome: Outcome) -> tuple[str, ...]:
    """For people."""
    encoding = outcome.encoding
    return _lines(outcome, f"encoder: {encoding.codec}, {encoding.quality}, {encoding.pixel_format}")


def pictures_lines(outcome: animations.Outcome) -> tuple[str, ...]:
    """For people."""
    return _lines(outcome, f"pictures: {outcome.path.suffix.lower().removeprefix('.')}")


def _done(run: Run) -> int:
    return max(run.tally.frames - run.before, 0)


def _lines(run: Run, written: str) -> tuple[str, ...]:
    tally = run.tally
    shares = budget(run.ledger, run.plant, run.seconds)
    busiest = sorted(shares.items(), key=lambda item: -item[1])
    rate = _done(run) / max(run.seconds, 1e-9)
    work = ", ".join(f"{name} {share:.0%}" for name, share in busiest)
    altered = f", {tally.swapped} of them with {tally.faces} altered faces" if tally.faces else ""
    frames = f"{tally.frames} frames{altered}"
    more = [
        f"{tally.filled} faces were filled in that single frames lacked" if tally.filled else "",
        f"{tally.dropouts} frames lost a face for a moment, at {_times(tally.dropout_times)}" if tally.dropouts else "",
        f"{tally.refused} frames stayed as they were: below the thresholds" if tally.refused else "",
    ]
    return (
        frames,
        *filter(None, more),
        f"{run.seconds:.1f} s, {rate:.1f} frames a second with {run.plant.workers} at once; at work: {work}",
        written,
        str(run.path),
    )


def _times(seconds: list[float]) -> str:
    shown = ", ".join(f"{int(each // 60)}:{each % 60:05.2f}" for each in seconds[:5])
    return f"{shown}, ..." if len(seconds) > 5 else shown
