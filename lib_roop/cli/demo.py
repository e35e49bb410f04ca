"""`roop demo`: two people in one picture get each other's face; everything lands in a folder to look at."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import first_use
from ..bodies import rounded, swapped_face
from ..errors import InputError
from ..files import write_whole
from ..photographs import PHOTOGRAPHS, photographs
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..options import SwapUnit
    from ..types import FaceReport, Image

SIDE = 512
ABOUT = "about.txt"
ABOUT_TEXT = """\
Made by `roop demo`, which writes over these files when it runs again.
astronaut.png and grace_hopper.jpg are photographs in the public domain (NASA, US Navy).
result.png and before_after.png are altered: each face is on the other head.
"""
NAMES = ("target.png", "detection.png", "result.png", "before_after.png")
BEFORE, AFTER = "before", "after: altered with roop"
TITLE = "roop: each face on the other head"


@dataclass(frozen=True, slots=True)
class _Row:
    """One swapped face and how alike it was to the face it got, before the swap."""

    face: FaceReport
    before: float


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Make the pictures and the table of faces. Raises RoopError."""
    originals = photographs()
    folder = _folder(Path(arguments.output))
    engine = make_engine()
    from .. import drawing, images, provenance
    from ..options import SwapUnit

    left, right = (_copied(original, folder) for original in originals)
    pair = _side_by_side([images.read(left).rgb, images.read(right).rgb])
    units = [
        SwapUnit(source=(right,), target_faces="0", similarity=True),
        SwapUnit(source=(left,), target_faces="1", similarity=True),
    ]
    first_use.tell(engine.host)
    (swap,) = engine.run(pair, units)
    rows = [_Row(face, before) for face, before in zip(swap.result.faces, _before(engine, pair, units), strict=True)]
    faces = engine.detect(pair).faces
    after = swap.result.image
    close = [
        (when, drawing.close_up(image, face)) for face in faces for when, image in ((BEFORE, pair), (AFTER, after))
    ]
    pictures = {
        "target.png": (pair, ""),
        "detection.png": (drawing.numbered(pair, faces), ""),
        "before_after.png": (drawing.sheet([[(BEFORE, pair), (AFTER, after)], close], TITLE), swap.result.engine),
    }
    written = [left, right, swap.save(folder / "result.png")]
    for name, (pixels, ran) in pictures.items():
        kind = provenance.type_of(ran)
        written.append(provenance.save(images.read(pixels), folder / name, source_type=kind, engine=ran))
    head = ("face", "box", "score", "status", "similarity before -> after", "time")
    return Report(
        body={
            "engine": swap.result.engine,
            "models": list(swap.result.models),
            "gate": engine.gate.name,
            "faces": [{**swapped_face(row.face), "similarity_before": rounded(row.before)} for row in rows],
            "output": str(folder),
            "pictures": [str(path) for path in written],
        },
        lines=(*table([head, *(_cells(row) for row in rows)]), "", *(str(path) for path in written)),
    )


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output {path} cannot be made ({error.strerror or error}); name another.") from error
    if not (path / ABOUT).exists():
        for name in (*NAMES, *(Path(file).name for *_, file in PHOTOGRAPHS)):
            if (path / name).exists():
                raise InputError(f"{path} holds a {name} that is not the demo's; name another folder with --output.")
    return _put(path / ABOUT, ABOUT_TEXT.encode()).parent


def _copied(original: Path, folder: Path) -> Path:
    """The photograph as it is: it is not altered, and must not be marked so."""
    return _put(folder / original.name, original.read_bytes())


def _put(path: Path, data: bytes) -> Path:
    try:
        write_whole(path, data)
    except OSError as error:
        raise InputError(f"{path.parent} cannot be written to ({error.strerror or error}); name another.") from error
    return path


def _side_by_side(pictures: Sequence[Image]) -> Image:
    """The upper squares of the pictures, next to each other."""
    import numpy as np

    return np.hstack([picture[:SIDE, :SIDE] for picture in pictures])


def _before(engine: Engine, pair: Image, units: Sequence[SwapUnit]) -> list[float]:
    """How alike each face is, before the swap, to the one that it is to get."""
    from ..similarity import likeness

    faces = engine.detect(pair, embeddings=True).faces
    given = [engine.identities(unit)[0] for unit in units]
    return [likeness(face.embeddings, identity.embeddings) for face, identity in zip(faces, given, strict=True)]


def _cells(row: _Row) -> tuple[str, ...]:
    face = row.face
    x0, y0, x1, y1 = (round(edge) for edge in face.box)
    after = f"{face.similarity:.2f}" if face.similarity is not None else "-"
    return (
        str(face.index),
        f"{x0},{y0},{x1 - x0},{y1 - y0}",
        f"{face.score:.2f}",
        face.status,
        f"{row.before:.2f} -> {after}  ({face.identity})",
        f"{sum(face.ms.values()):.0f} ms",
    )
