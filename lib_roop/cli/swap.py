"""`roop swap`: put a face onto the faces of a picture."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NoFaceError
from .report import Report, swapped_face, table
from .units import units_of

if TYPE_CHECKING:
    from ..engine import Engine, Swap
    from ..images import Picture
    from ..options import SwapUnit
    from ..types import FaceReport

LONGEST = 80
"""So many letters of each picture's name go into the result's: file systems allow 255 bytes."""


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Swap, write the result unless a threshold drops it, and report on every face. Raises RoopError."""
    engine = make_engine()
    from .. import images

    pictures: dict[str, Picture] = {}
    units = [_opened(unit, pictures) for unit in units_of(arguments)]
    target = images.read(arguments.target)
    swap = engine.run(target, units)
    notes = tuple(dict.fromkeys(note for picture in (target, *pictures.values()) for note in picture.notes))
    if swap.result.rejected:
        dropped = f"Nothing was written: {swap.result.rejected}."
        return replace(_report(engine, swap, None), notes=notes, error=dropped, exit_code=NoFaceError.exit_code)
    output = Path(arguments.output) if arguments.output else _beside(Path(arguments.target), units, target)
    return replace(_report(engine, swap, swap.save(output)), notes=notes)


def _opened(unit: SwapUnit, pictures: dict[str, Picture]) -> SwapUnit:
    """`unit` with its pictures read, each once."""
    from .. import images

    for name in (*unit.source, *([unit.like] if unit.like else [])):
        if name not in pictures:
            pictures[name] = images.read(name)
    return replace(unit, source=tuple(pictures[name] for name in unit.source), like=unit.like and pictures[unit.like])


def _beside(path: Path, units: Sequence[SwapUnit], target: Picture) -> Path:
    from .. import images

    suffix = path.suffix if path.suffix.lower() in images.suffixes() else ".png"
    stem = f"{units[0].source[0].name[:LONGEST]}_{target.name[:LONGEST]}"
    return images.free_name(path.parent, stem, suffix)


def _report(engine: Engine, swap: Swap, output: Path | None) -> Report:
    result = swap.result
    ran = f"engine: {result.engine} ({', '.join(result.models)})"
    return Report(
        body={
            "engine": result.engine,
            "models": list(result.models),
            "gate": engine.gate.name,
            "faces": [swapped_face(face) for face in result.faces],
            "output": output and str(output),
        },
        lines=(*table([_row(face) for face in result.faces]), ran, *([str(output)] if output else [])),
    )


def _row(face: FaceReport) -> tuple[str, ...]:
    facts = [face.identity] if face.identity else []
    facts += [f"similarity {face.similarity:.2f}"] if face.similarity is not None else []
    if face.reference_similarity not in (None, face.similarity):
        facts.append(f"reference similarity {face.reference_similarity:.2f}")
    facts += [face.reason] if face.status == "skipped" else []
    facts += [f"{sum(face.ms.values()):.0f} ms"] if face.ms else []
    return f"face {face.index}", face.status, ", ".join(facts)
