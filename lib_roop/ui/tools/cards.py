"""A kept face as the library shows it: a picture with its name, and what its file holds."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..panel import sentences
from .desk import Scratch
from .frame import table

if TYPE_CHECKING:
    from ...library import Kept, Use

NOBODY = ((128, 128, 128), (110, 110, 110))
"""Skin and hair of the drawn head that stands for a face without a preview."""


def pictures(scratch: Scratch, faces: Sequence[Kept]) -> list[tuple[str, str]]:
    """Copies of the previews, as every version of gradio hands out what lies in `scratch`, and the names below them."""
    folder = scratch.folder()
    copies = [_copy(face.preview, folder / str(number)) for number, face in enumerate(faces)]
    nobody = scratch.put("nobody.png", _head(".png")) if None in copies else None
    return [(str(copy or nobody), face.held.name) for copy, face in zip(copies, faces, strict=True)]


def about(face: Kept, uses: Sequence[Use]) -> str:
    """What a face holds and who can use it, as HTML."""
    from ... import library

    held, said = face.held, face.held.record
    size = f"{held.texture[0]} x {held.texture[1]} pixels" if held.texture else "none"
    facts = [
        ("Recognition data", ", ".join(held.recognisers) or "none"),
        ("Skin", size),
        ("Pictures", len(said.sources) or "not known"),
        ("Sex, age", ", ".join(map(str, filter(None, (said.sex, said.age)))) or "not known"),
        ("Made by", " ".join(filter(None, (held.origin, said.version, said.created)))),
        ("File", f"{held.bytes / 1000:.1f} kB"),
    ]
    rows = [(use.engine, use.model, "yes" if use.ready else f"no: {use.lacks}") for use in uses]
    marked = [number for number, use in enumerate(uses) if not use.ready]
    return (
        sentences([f"{held.name}. {library.summary(uses)}"])
        + table(("It holds", ""), facts)
        + table(("Engine", "Model", "Can use it"), rows, marked)
    )


def _copy(preview: Path | None, place: Path) -> Path | None:
    """A copy of the preview at `place`; None where there is none that can be read."""
    if preview is None:
        return None
    try:
        return Path(shutil.copyfile(preview, place.with_suffix(preview.suffix)))
    except OSError:
        return None


def _head(suffix: str) -> bytes:
    from ... import images, provenance
    from ...portrait import portrait

    return provenance.encoded(images.read(portrait(128, *NOBODY)), suffix, source_type=provenance.COMPOSITE)
