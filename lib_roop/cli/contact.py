"""The pictures of `roop report`: close-ups side by side with what was measured. RGB uint8 HxWx3; text is ASCII."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from .. import drawing
from ..drawing import Panel
from ..types import Image
from .pairs import FINE_SHOT, SHOT, Row, Who
from .variants import Trial, Variant

TITLE = "roop report: source, target, result (altered with roop), distance to the source before > after"
COMPARED = "roop report: source, target, results (altered with roop); distances to the source before > after"
ABREAST = 9
"""So many pictures are next to each other on the sheet, more only where one pair needs more."""
GAP, LINE, HIGH = 16, 24, 11
"""Pixels between pictures, from one line of text to the next, and of its capitals."""

ABOUT, MOST_LINES = 44, 4
"""How many letters of a reason stand in a line, and how many lines of it there are."""

Cell = tuple["Image | None", tuple[str, ...]]
"""A picture, or room for one, and the lines below it."""


def sheet(rows: Sequence[Row]) -> Image:
    """Close-ups: each pair's source and target, then its result at every strength."""
    groups: dict[tuple[Who | None, Who | None], list[Panel]] = {}
    for row in rows:
        groups.setdefault((row.source, row.target), list(row.shots[:2])).append(row.shots[-1])
    longest = max(map(len, groups.values()))
    blank = ("", np.full((SHOT, SHOT, 3), drawing.PAPER, np.uint8))
    filled = [[*group, *[blank] * (longest - len(group))] for group in groups.values()]
    beside = max(1, ABREAST // longest)
    lines = [filled[first : first + beside] for first in range(0, len(filled), beside)]
    whole = [[panel for group in line for panel in group] for line in lines]
    columns = max(map(len, whole))
    padded = [[*line, *[blank] * (columns - len(line))] for line in whole]
    named = [[(_ascii(text), picture) for text, picture in line] for line in padded]
    return drawing.sheet(named, TITLE, width=max(4, columns) * SHOT)


def compared(rows: Sequence[Row], trial: Trial, averages: Sequence[Mapping[str, Any]]) -> Image:
    """A row for each pair and a column for each variant that has a result, with its numbers, and means at the end.

    averages: of the ranking or, without one, of all rows, by variant.
    """
    judge = trial.recognisers[0].id
    shown = {row.variant for row in rows if row.shots}
    variants = [variant for variant in trial.variants if variant in shown]
    pairs: dict[tuple[Who | None, Who | None], dict[Variant | None, Row]] = {}
    for row in rows:
        pairs.setdefault((row.source, row.target), {})[row.variant] = row
    lines = [_line(pair, variants, judge) for pair in pairs.values() if any(row.shots for row in pair.values())]
    means = {each["variant"]: each for each in averages}
    lines.append([(None, ()), (None, ()), *(_mean(variant, means.get(variant.name), judge) for variant in variants)])
    head = _blank((2 + len(variants)) * (FINE_SHOT + GAP) + GAP, 2 * LINE + GAP)
    _write(head, COMPARED, (GAP, LINE, head.shape[1] - 2 * GAP))
    _write(head, f"by {judge}", (GAP, 2 * LINE, head.shape[1] - 2 * GAP), drawing.FAINT)
    return np.vstack([head, *map(_drawn, lines)])


def _line(pair: Mapping[Variant | None, Row], variants: Sequence[Variant], judge: str) -> list[Cell]:
    one = next(row for row in pair.values() if len(row.shots) == 3)
    before = one.likeness[judge].before
    (source, face), (target, other) = one.shots[:2]
    cells: list[Cell] = [(face, (source, "source")), (other, (target, f"target, {before:.2f} from the source"))]
    for variant in variants:
        row = pair.get(variant)
        if row and row.shots:
            cells.append((row.shots[-1][1], (variant.name, *_numbers(row.numbers, judge, row.ms))))
        else:
            reason = textwrap.wrap((row and row.reason) or "not measured", ABOUT)
            cells.append((None, (variant.name, *reason[:MOST_LINES])))
    return cells


def _mean(variant: Variant, values: Mapping[str, Any] | None, judge: str) -> Cell:
    if values is None:
        return None, (variant.name, "not ranked")
    place = f", place {values['place']}" if "place" in values else ""
    return None, (
        variant.name,
        f"mean of {values['pairs']}{place}",
        *_numbers(values, judge, values["ms"]),
    )


def _numbers(values: Mapping[str, Any], judge: str, ms: float | None) -> tuple[str, str]:
    likeness = values["likeness"][judge]
    return (
        f"{likeness['before']:.2f} > {likeness['after']:.2f} ({likeness['progress']:.0%}), {ms or 0:.0f} ms",
        f"sharp {values['sharpness']:.2f}, seam {values['seam']:.2f}, outside {values['background']:.0f}",
    )


def _drawn(cells: Sequence[Cell]) -> Image:
    """A row of the sheet; without any picture only its text."""
    high = FINE_SHOT if any(picture is not None for picture, _ in cells) else 0
    most = max(len(lines) for _, lines in cells)
    result = _blank(len(cells) * (FINE_SHOT + GAP) + GAP, high + most * LINE + GAP)
    for place, (picture, lines) in enumerate(cells):
        x = GAP + place * (FINE_SHOT + GAP)
        if picture is not None:
            way = cv2.INTER_AREA if picture.shape[0] > FINE_SHOT else cv2.INTER_CUBIC
            result[:high, x : x + FINE_SHOT] = cv2.resize(picture, (FINE_SHOT, FINE_SHOT), interpolation=way)
        for number, text in enumerate(lines, 1):
            colour = drawing.INK if number == 1 else drawing.FAINT
            _write(result, text, (x, high + number * LINE - (LINE - HIGH) // 2, FINE_SHOT), colour)
    return result


def _write(image: Image, text: str, place: tuple[int, int, int], colour: drawing.Colour = drawing.INK) -> None:
    """A line of text, smaller where there is no room. place: its lower left corner, and how wide it may be."""
    x, y, room = place
    scale = HIGH / 21.0  # capitals of this font are 21 pixels high at scale 1
    (width, _), _ = cv2.getTextSize(_ascii(text), drawing.FONT, scale, 1)
    fitting = scale * min(1.0, room / max(width, 1))
    cv2.putText(image, _ascii(text), (x, y), drawing.FONT, fitting, colour, 1, cv2.LINE_AA)


def _blank(width: int, height: int) -> Image:
    return np.full((height, width, 3), drawing.PAPER, np.uint8)


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
