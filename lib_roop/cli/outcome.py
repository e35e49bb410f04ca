"""What `roop report` found, as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .pairs import Row, Who
from .ranking import means, ranking
from .report import table
from .variants import Trial, fed_by

if TYPE_CHECKING:
    from ..engine import Engine

STOPPED, PARTLY = 130, 5
SHOWN, COLUMNS = 360, 96
"""So many swaps, and variants beside each other, are shown at most: a JPEG has limits, and the close-ups are kept in
memory until the end."""
DASH = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that was tried. pairs: how many were to be measured in each way. stopped: whether somebody ended it early."""

    trial: Trial
    rows: Sequence[Row]
    pairs: int
    stopped: bool

    @property
    def judge(self) -> str:
        """The recogniser that variants are ranked by."""
        return self.trial.recognisers[0].id

    @property
    def means(self) -> list[dict[str, Any]]:
        return means(self.rows, self.trial.variants)

    @property
    def ranking(self) -> list[dict[str, Any]]:
        """Of the variants that were compared, best first."""
        return ranking(self.rows, self.trial.variants, self.pairs, self.judge) if self.trial.compared else []

    @property
    def ending(self) -> tuple[str, int]:
        """The sentence for what went wrong, and the exit code."""
        return _ending(self.rows, stopped=self.stopped)

    @property
    def lines(self) -> tuple[str, ...]:
        """Tables: the distances' recognisers, every row with its measures, what could not be measured, the ranking."""
        return _compared(self) if self.trial.compared else _lines(self.rows, self.means)

    def body(self, engine: Engine) -> dict[str, Any]:
        """What only this report has in JSON, but for what was written."""
        ranked = self.ranking
        return {
            "analyser": list(engine.analyser.models),
            "gate": engine.gate.name,
            "pairs": [_entry(row) for row in self.rows],
            "means": self.means,
            "judge": self.judge if ranked else None,
            "ranking": ranked,
        }

    def notes(self, engine: Engine, *, drawn: bool) -> tuple[str, ...]:
        """What to know about the ranking and, where one was `drawn`, about the sheet."""
        measured = [row for row in self.rows if row.variant and row.numbers]
        feeders = fed_by(engine, {row.variant.model for row in measured if row.variant})
        partial = f"The ranking is by {self.judge}, which fed a model too: likeness to the source looks better there."
        return (
            *([partial] if self.ranking and self.judge in feeders else []),
            *([self._cut] if drawn and any(not row.shots for row in measured) else []),
        )

    @property
    def _cut(self) -> str:
        if not self.trial.compared:
            return f"The sheet shows the first {SHOWN} rows."
        pairs = len({(row.source, row.target) for row in self.rows if row.shots})
        return f"The sheet shows the first {pairs} pairs and at most {COLUMNS} variants; report.json has all of them."


def _ending(rows: Sequence[Row], *, stopped: bool) -> tuple[str, int]:
    """The sentence for what went wrong, and the exit code."""
    broken = [row for row in rows if row.reason]
    done = len(rows) - len(broken)
    if stopped:
        return f"Stopped after {done} measured swaps; the table holds them.", STOPPED
    if done:
        unsaid = f"{len(broken)} of {len(rows)} rows could not be measured; the table says why."
        return (unsaid, PARTLY) if broken else ("", 0)
    reasons = {row.reason for row in broken}
    return "Nothing could be measured; the table says why." if len(reasons) > 1 else reasons.pop(), broken[0].exit_code


def _entry(row: Row) -> dict[str, Any]:
    """One row for JSON."""
    source, target = (
        {f"{role}": who and who.picture, f"{role}_face": who and who.face}
        for role, who in (("source", row.source), ("target", row.target))
    )
    status = "failed" if row.reason else "measured"
    return {
        **source,
        **target,
        "variant": row.variant and row.variant.name,
        "model": row.variant and row.variant.model,
        "boost": row.variant and row.variant.boost,
        "restorer": row.variant and row.variant.restorer,
        "strength": row.variant and row.variant.strength,
        "engine": row.engine or None,
        "models": list(row.models),
        "status": status,
        "reason": row.reason,
        "measures": row.numbers or None,
        "ms": row.ms,
    }


def _lines(rows: Sequence[Row], averages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    done = [row for row in rows if row.variant and row.numbers]
    cells = [
        (_name(row.source), _name(row.target), f"{row.variant.strength:g}", *_cells(row.numbers))
        for row in done
        if row.variant
    ]
    cells += [("mean of", f"{each['pairs']} pairs", f"{each['strength']:g}", *_cells(each)) for each in averages]
    broken = [(_name(row.source), _name(row.target), row.reason) for row in rows if row.reason]
    return (*_table(("source", "target", "strength"), cells, done), *(table(broken) if broken else ()))


def _compared(found: Outcome) -> tuple[str, ...]:
    """Where variants are compared: their name in each row, and at the end how they rank."""
    done = [row for row in found.rows if row.variant and row.numbers]
    cells = [
        (_name(row.source), _name(row.target), row.variant.name, *_cells(row.numbers), f"{row.ms:.1f}")
        for row in done
        if row.variant
    ]
    broken = [
        (_name(row.source), _name(row.target), row.variant.name if row.variant else DASH, row.reason)
        for row in found.rows
        if row.reason
    ]
    ranked = [
        (str(each.get("place", DASH)), each["variant"], str(each["pairs"]), *_cells(each), f"{each['ms']:.1f}")
        for each in found.ranking or found.means
    ]
    return (
        *_table(("source", "target", "variant"), cells, done, "ms"),
        *(table(broken) if broken else ()),
        *_table(("place", "variant", "pairs"), ranked, done, "ms"),
    )


def _table(
    first: tuple[str, ...], cells: Sequence[tuple[str, ...]], done: Sequence[Row], *more: str
) -> tuple[str, ...]:
    """The recognisers of the distances, and a table with the measures between the `first` columns and `more`."""
    if not cells:
        return ()
    recognisers = list(done[0].likeness)
    return f"distances: {', '.join(recognisers)}", *table([(*first, *_head(len(recognisers)), *more), *cells])


def _name(who: Who | None) -> str:
    return who.name if who else DASH


def _head(recognisers: int) -> tuple[str, ...]:
    return (
        *(("to source", "to target", "nearer", "progress") * recognisers),
        *("seam", "largest", "colour", "largest", "sharp", "outside", "turn", "eyes", "mouth", "expression"),
    )


def _cells(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    cells: list[str] = []
    for values in numbers["likeness"].values():
        cells += [f"{values['before']:.3f} > {values['after']:.3f}", f"{values['to_target']:.3f}"]
        cells += [f"{values['nearer']:.0%}" if isinstance(values["nearer"], float) else _yes(values["nearer"])]
        cells += [f"{values['progress']:.0%}"]
    cells += [f"{numbers[name]:.2f}" for name in ("seam", "seam_worst", "colour", "colour_worst", "sharpness")]
    cells += [str(numbers["background"]), f"{numbers['turn']:.1f}"]
    return (*cells, *(f"{numbers[name]:.3f}" for name in ("eyes", "mouth", "expression")))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
