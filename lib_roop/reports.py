"""The report on each face of a picture: what happened to it, why, how alike it came out, how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from .planning import Assignment, Plan
from .types import Face, FaceReport


@dataclass(frozen=True, slots=True)
class Scores:
    similarity: float | None = None
    reference: float | None = None


class Clock:
    """Milliseconds by face id and stage; what a batch took is shared out equally over its faces."""

    def __init__(self, before: Mapping[int, Mapping[str, float]] = MappingProxyType({})) -> None:
        self._last = time.perf_counter()
        self.spent = {face: dict(stages) for face, stages in before.items()}

    def mark(self, stage: str, ids: Iterable[int], of: int = 0) -> None:
        """The time since the last mark went into `stage` for these faces; `of`: so many shared it with others."""
        now, faces = time.perf_counter(), list(ids)
        for face in faces:
            self.spent.setdefault(face, {})[stage] = round((now - self._last) * 1000 / (of or len(faces)), 2)
        self._last = now


def restored(
    reports: Iterable[FaceReport],
    faces: Iterable[Face],
    spent: Mapping[int, Mapping[str, float]] = MappingProxyType({}),
) -> tuple[FaceReport, ...]:
    """The reports of a picture in which no face was swapped and these were restored."""
    done = {face.id for face in faces}
    return tuple(
        replace(each, status="restored", reason="", ms=spent.get(each.index, {})) if each.index in done else each
        for each in reports
    )


def refusals(assignment: Assignment, scores: Scores) -> list[str]:
    """Why the unit's thresholds drop the result: a sentence for each."""
    face, unit = assignment.face, assignment.casting.unit
    return [
        f"face {face.id}: {what} {score:.2f} is below {least:g}"
        for what, score, least in (
            ("similarity", scores.similarity, unit.min_similarity),
            ("reference similarity", scores.reference, unit.min_reference_similarity),
        )
        if score is not None and score < least
    ]


def reported(
    planned: Plan, scores: Mapping[int, Scores], spent: Mapping[int, Mapping[str, float]]
) -> tuple[FaceReport, ...]:
    """The report on every face of a plan, by their numbers; the assigned ones that have `scores` were swapped."""
    done = [each for each in planned.assignments if each.face.id in scores]
    reports = [
        *(swapped(each, scores[each.face.id], spent[each.face.id]) for each in done),
        *(skipped(each.face, "stopped") for each in planned.assignments if each.face.id not in scores),
        *(skipped(face, reason) for face, reason in planned.skipped),
    ]
    return tuple(sorted(reports, key=lambda report: report.index))


def swapped(assignment: Assignment, scores: Scores, ms: Mapping[str, float]) -> FaceReport:
    face, reasons = assignment.face, refusals(assignment, scores)
    return FaceReport(
        index=face.id,
        box=_corners(face),
        score=face.score,
        status="rejected" if reasons else "swapped",
        reason="; ".join(reasons),
        identity=assignment.identity.name,
        similarity=scores.similarity,
        reference_similarity=scores.reference,
        ms=ms,
    )


def skipped(face: Face, reason: str) -> FaceReport:
    return FaceReport(index=face.id, box=_corners(face), score=face.score, status="skipped", reason=reason)


def _corners(face: Face) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in face.box)
    return x0, y0, x1, y1
