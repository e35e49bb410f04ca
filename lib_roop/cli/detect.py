"""`roop detect`: number the faces of a picture."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import bodies
from ..options import SwapUnit, from_mapping
from .arguments import typed_unit
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..types import Face


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Find faces, number them in the order asked for, and draw them if asked. No face is no error. Raises RoopError."""
    unit = from_mapping(SwapUnit, typed_unit(arguments))
    engine = make_engine()
    from .. import analysing, images, provenance

    picture = images.read(arguments.picture)
    seen = analysing.looked(engine, picture, unit)
    found, faces = seen.found, seen.faces
    if arguments.draw:
        provenance.save(analysing.drawn(seen), arguments.draw, source_type=provenance.COMPOSITE)
    rows = [_row(f"face {number}", face) for number, face in enumerate(faces)]
    rows += [_row("near miss", face) for face in found.near_misses]
    drawn_to = (arguments.draw,) if arguments.draw else ()
    return Report(
        body={
            **bodies.detected(engine, found, faces),
            "output": arguments.draw,
        },
        lines=(*(() if faces else ("no face",)), *(table(rows) if rows else ()), *drawn_to),
        notes=picture.notes,
    )


def _row(name: str, face: Face) -> tuple[str, ...]:
    x0, y0, x1, y1 = (round(float(edge)) for edge in face.box)
    facts = [f"{face.sex}"] if face.sex else []
    facts += [f"age {face.age}"] if face.age is not None else []
    if face.pose:
        facts.append(f"yaw {face.pose.yaw:+.0f} pitch {face.pose.pitch:+.0f} roll {face.pose.roll:+.0f}")
    return name, f"score {face.score:.2f}", f"box {x0},{y0},{x1 - x0},{y1 - y0}", "  ".join(facts)
