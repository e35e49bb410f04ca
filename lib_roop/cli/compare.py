"""`roop compare`: how alike faces are, each with each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import bodies
from ..errors import InputError
from .report import Report, table

if TYPE_CHECKING:
    from ..comparing import Comparison
    from ..engine import Engine


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Compare the largest faces of pictures, and kept ones. Raises RoopError."""
    if len(arguments.pictures) + len(arguments.checkpoint) < 2:
        raise InputError("Name at least two faces to compare: pictures, or kept faces with --checkpoint.")
    engine = make_engine()
    from .. import comparing, images, provenance

    pictures = [images.read(path) for path in arguments.pictures]
    subjects = [
        *(comparing.shown(engine, picture) for picture in pictures),
        *(comparing.kept(engine, name) for name in arguments.checkpoint),
    ]
    found = comparing.compared(engine, subjects)
    if arguments.draw:
        drawn = images.read(comparing.matrix(found))
        provenance.save(drawn, arguments.draw, source_type=provenance.COMPOSITE)
    return Report(
        body={**bodies.compared(found), "output": arguments.draw},
        lines=(*_lines(found), *([arguments.draw] if arguments.draw else [])),
        notes=tuple(dict.fromkeys(note for picture in pictures for note in picture.notes)),
    )


def _lines(found: Comparison) -> tuple[str, ...]:
    """A sentence for two, a row for each pair of more."""
    if len(found.names) == 2:
        alike = float(found.values[0, 1])
        return (f"similarity {alike:.2f} (0 strangers, 1 the same picture): {found.limits.meaning(alike)}",)
    rows = []
    for one, other in found.pairs:
        alike = float(found.values[one, other])
        rows.append((found.names[one], found.names[other], f"{alike:.2f}", found.limits.meaning(alike)))
    return table(rows)
