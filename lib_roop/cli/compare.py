"""`roop compare`: how alike the faces of two pictures are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..bodies import rounded
from .report import Report

if TYPE_CHECKING:
    from ..engine import Engine


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Compare the largest faces. Raises RoopError."""
    engine = make_engine()
    from .. import images

    a, b = images.read(arguments.a), images.read(arguments.b)
    similarity = engine.compare(a, b)
    return Report(
        body={"recogniser": engine.analyser.recogniser.id, "similarity": rounded(similarity)},
        lines=(f"similarity {similarity:.2f} (0 strangers, 1 the same picture)",),
        notes=tuple(dict.fromkeys((*a.notes, *b.notes))),
    )
