"""`roop enhance`: faces drawn anew, finer, and pictures enlarged; nobody's face is swapped."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import first_use
from ..bodies import made, swapped_face
from ..options import OutputOptions, PostOptions
from . import audit, films, folders
from .report import Report, save, table, with_devices
from .swap import beside, row, short
from .units import result_options

if TYPE_CHECKING:
    from ..engine import Engine, Swap
    from ..images import Picture


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Restore and enlarge, write the result, and report on every face. Raises RoopError."""
    if folders.wanted(arguments):
        return folders.run(arguments, make_engine)
    if films.wanted(arguments):
        return films.enhanced(arguments, make_engine)
    saving, post = result_options(arguments, OutputOptions), result_options(arguments, PostOptions)
    engine = make_engine()
    from .. import images, provenance

    provenance.load_key(saving)
    target = images.read(arguments.target)
    first_use.tell(engine.host)
    swap = engine.enhance(target, post)
    path = swap.save(_place(arguments, target), saving)
    report = _report(engine, swap, path)
    if arguments.report:
        body = audit.body(arguments, engine, [swap], [path])
        save(with_devices(Report(body=body, notes=report.notes), engine), arguments.command, Path(arguments.report))
    return report


def _place(arguments: argparse.Namespace, target: Picture) -> Path:
    from .. import images

    if arguments.output:
        return Path(arguments.output)
    path = Path(arguments.target)
    suffix = path.suffix if path.suffix.lower() in images.suffixes() else ".png"
    return images.free_name(path.parent, f"{short(target.name)}_enhanced", suffix)


def _report(engine: Engine, swap: Swap, path: Path) -> Report:
    result = swap.result
    where = ", ".join(dict.fromkeys(net.devices[0] for net in engine.loaded))
    return Report(
        body={
            **made(result),
            "gate": engine.gate.name,
            "faces": [swapped_face(face) for face in result.faces],
            "output": str(path),
        },
        lines=(
            *table([row(face) for face in result.faces]),
            *beside(result),
            *([f"nets on {where}"] if where else []),
            str(path),
        ),
        notes=result.notes,
    )
