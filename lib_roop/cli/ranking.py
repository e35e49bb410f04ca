"""What the rows of `roop report` come to: means for each way to swap, and which of them came out best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from .pairs import Row, Who, rounded

if TYPE_CHECKING:
    from .variants import Variant

Pair = tuple["Who | None", "Who | None"]


def means(rows: Iterable[Row], variants: Sequence[Variant]) -> list[dict[str, Any]]:
    """The mean of each measure for each of `variants`, over its rows that were measured, weaker ones first.

    `background` is the largest, `ms` the median: a machine has other things to do, too.
    """
    groups = _measured(rows, variants)
    asked = list(dict.fromkeys((each.model, each.boost, each.restorer) for each in groups))
    order = sorted(groups, key=lambda each: (asked.index((each.model, each.boost, each.restorer)), each.strength))
    return [_summary(variant, groups[variant]) for variant in order]


def ranking(rows: Sequence[Row], variants: Sequence[Variant], pairs: int, judge: str) -> list[dict[str, Any]]:
    """The means over the pairs that all variants have, nearest to the source first as the recogniser `judge` sees it.

    A variant that did not go through all `pairs`, or has nothing measured, is left out, so that all are counted alike.
    """
    tried: dict[Variant, int] = {}
    for row in rows:
        if row.variant and row.source and row.target:
            tried[row.variant] = tried.get(row.variant, 0) + 1
    groups = {variant: group for variant, group in _measured(rows, variants).items() if tried[variant] == pairs}
    seen = [{_pair(row) for row in group} for group in groups.values()]
    common = set.intersection(*seen) if seen else set()
    alike = {variant: [row for row in group if _pair(row) in common] for variant, group in groups.items() if common}
    best = sorted(
        (_summary(variant, group) for variant, group in alike.items()),
        key=lambda each: float(each["likeness"][judge]["after"]),
    )
    return [{"place": place, **each} for place, each in enumerate(best, 1)]


def _measured(rows: Iterable[Row], variants: Sequence[Variant]) -> dict[Variant, list[Row]]:
    """The rows with measures by variant, in the order of `variants`; those without any are left out."""
    groups: dict[Variant, list[Row]] = {variant: [] for variant in variants}
    for row in rows:
        if row.variant and row.numbers:
            groups[row.variant].append(row)
    return {variant: group for variant, group in groups.items() if group}


def _summary(variant: Variant, group: Sequence[Row]) -> dict[str, Any]:
    numbers = [row.numbers for row in group]
    return {
        "variant": variant.name,
        "model": variant.model,
        "boost": variant.boost,
        "restorer": variant.restorer,
        "strength": variant.strength,
        "pairs": len(group),
        **rounded(_mean(numbers)),
        "background": max(each["background"] for each in numbers),
        "ms": round(median(row.ms or 0.0 for row in group), 1),
    }


def _pair(row: Row) -> Pair:
    return row.source, row.target


def _mean(group: Sequence[Any]) -> Any:
    """Of numbers, or name by name of mappings."""
    if isinstance(group[0], Mapping):
        return {name: _mean([numbers[name] for numbers in group]) for name in group[0]}
    return mean(map(float, group))
