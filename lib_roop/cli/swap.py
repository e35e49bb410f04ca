"""`roop swap`: put a face onto the faces of a picture."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import first_use
from ..bodies import made, swapped_face
from ..errors import InputError, NoFaceError
from ..options import NONE, OutputOptions, PostOptions
from . import audit, films, folders
from .places import inputs, loses
from .report import Report, save, table, with_devices
from .units import result_options, units_of

if TYPE_CHECKING:
    from ..engine import Engine, Swap
    from ..images import Picture
    from ..types import FaceReport, SwapResult

LONGEST = 100
"""So many bytes of each picture's name go into the result's: file systems allow 255."""


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Swap, write each result unless a threshold drops it, and report on every face. Raises RoopError."""
    if folders.wanted(arguments):
        return folders.run(arguments, make_engine)
    if films.wanted(arguments):
        return films.swapped(arguments, make_engine)
    options = result_options(arguments, OutputOptions)
    post = result_options(arguments, PostOptions)
    engine = make_engine()
    from .. import images, provenance

    provenance.load_key(options)
    units = units_of(arguments)
    named = [path for unit in units for path in (unit.like, unit.mask_picture) if path]
    seen = {path: images.read(path) for path in named}
    units = tuple(replace(unit, like=seen.get(unit.like), mask_picture=seen.get(unit.mask_picture)) for unit in units)
    target = images.read(arguments.target)
    first_use.tell(engine.host)
    swaps = engine.run(target, units, post)
    places = _places(arguments, swaps, target)
    written = [
        None if swap.result.rejected else swap.save(place, options) for swap, place in zip(swaps, places, strict=True)
    ]
    notes = [note for swap in swaps for note in swap.result.notes] + [
        note for each in seen.values() for note in each.notes
    ]
    report = replace(_report(engine, swaps, written), notes=tuple(dict.fromkeys(notes)))
    if not any(written):
        dropped = "; ".join(dict.fromkeys(swap.result.rejected for swap in swaps))
        return replace(report, error=f"Nothing was written: {dropped}.", exit_code=NoFaceError.exit_code)
    if arguments.report:
        body = audit.body(arguments, engine, swaps, written)
        save(with_devices(Report(body=body, notes=report.notes), engine), arguments.command, Path(arguments.report))
    return report


def _places(arguments: argparse.Namespace, swaps: Sequence[Swap], target: Picture) -> list[Path]:
    """Where the results go: a single one as `--output` says, several with their sources' names. Raises InputError."""
    from .. import images

    if arguments.output and len(swaps) == 1:
        return [Path(arguments.output)]
    path, places = Path(arguments.output or arguments.target), list[Path]()
    suffix = path.suffix if path.suffix.lower() in images.suffixes() else ".png"
    for swap in swaps:
        source = short(swap.source)
        stem = f"{short(path.stem)}_{source}" if arguments.output else f"{source}_{short(target.name)}"
        place = path.with_name(stem + suffix) if arguments.output else images.free_name(path.parent, stem, suffix)
        number = 0
        while place in places:
            number += 1
            place = path.with_name(f"{stem}_{number}{suffix}")
        for what, other in inputs(arguments):
            if loses(place, other):
                raise InputError(f"The result {place} would be written over {what}; choose another --output.")
        places.append(place)
    return places


def short(name: str) -> str:
    """`name` cut to `LONGEST` bytes, not inside a letter."""
    data = name.encode(errors="surrogatepass")
    return name if len(data) <= LONGEST else data[:LONGEST].decode(errors="ignore")


def _report(engine: Engine, swaps: Sequence[Swap], written: Sequence[Path | None]) -> Report:
    """As the top level: the first result that was written, or the first."""
    results = [_result(swap, path) for swap, path in zip(swaps, written, strict=True)]
    leading = next((number for number, path in enumerate(written) if path), 0)
    where = ", ".join(dict.fromkeys(net.devices[0] for net in engine.loaded))
    on = f", nets on {where}" if where else ""
    ran = [f"engine: {swaps[leading].result.engine} ({', '.join(swaps[leading].result.models)}){on}"]
    ran += beside(swaps[leading].result)
    lines = [
        line
        for number, (swap, path) in enumerate(zip(swaps, written, strict=True))
        for line in (
            *([f"{swap.source}:"] if len(swaps) > 1 else []),
            *table([row(face) for face in swap.result.faces]),
            *(ran if number == 0 else []),
            *([str(path)] if path else [f"not written: {swap.result.rejected}"] if len(swaps) > 1 else []),
        )
    ]
    return Report(
        body={
            **made(swaps[leading].result),
            "gate": engine.gate.name,
            "faces": results[leading]["faces"],
            "output": results[leading]["output"],
            "results": results,
        },
        lines=tuple(lines),
    )


def _result(swap: Swap, path: Path | None) -> dict[str, Any]:
    return {
        "source": swap.source,
        **made(swap.result),
        "faces": [swapped_face(face) for face in swap.result.faces],
        "output": path and str(path),
        "rejected": swap.result.rejected,
    }


def beside(result: SwapResult) -> list[str]:
    """What ran beside the swap."""
    restorer, upscaler = result.restorer.name, result.upscaler.name
    lines = [f"restorer: {restorer}"] if restorer != NONE else []
    return [*lines, f"upscaler: {upscaler}, {result.scale:g} times as large"] if upscaler != NONE else lines


def row(face: FaceReport) -> tuple[str, ...]:
    facts = [face.identity] if face.identity else []
    facts += [f"similarity {face.similarity:.2f}"] if face.similarity is not None else []
    if face.reference_similarity not in (None, face.similarity):
        facts.append(f"reference similarity {face.reference_similarity:.2f}")
    facts += [face.reason] if face.status == "skipped" else []
    facts += [f"{sum(face.ms.values()):.0f} ms"] if face.ms else []
    return f"face {face.index}", face.status, ", ".join(facts)
