"""A result to look at: before and after under one slider, and what became of every face, as HTML of any gradio."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image as Pillow

from .. import drawing, images, provenance
from ..identities import naming
from .tools.frame import table

if TYPE_CHECKING:
    from ..images import Picture
    from ..swap import Swap
    from ..types import Face, FaceReport, Image

SIDE = 1280
"""The longer side of what is shown; the file that is offered is whole."""
FACES = ("face", "was", "who", "similarity", "to the reference", "why", "ms")


def before_and_after(before: Picture, swap: Swap) -> str:
    """Both pictures, shrunk, with a slider that wipes from one to the other."""
    small = _fitting(swap.picture.rgb)
    factor = small.shape[1] / swap.picture.rgb.shape[1]
    shown = replace(swap, picture=images.read(small), result=replace(swap.result, scale=swap.result.scale * factor))
    height, width = small.shape[:2]
    after = shown.encoded(".jpg")
    plain = _before(before, _sized(before.rgb, width, height))
    return (
        f'<figure class="roop-wipe" style="aspect-ratio: {width} / {height}">'
        f'<img src="{_uri(after)}" alt="After: altered with roop"><img src="{_uri(plain)}" alt="Before">'
        '<input type="range" min="0" max="100" value="50" aria-label="How much is shown as it was before" '
        "oninput=\"this.parentNode.style.setProperty('--roop-at', this.value + '%')\"></figure>"
    )


def faces(reports: Sequence[FaceReport]) -> str:
    """What became of every face, as a table without the columns that say nothing."""
    rows = [_row(face) for face in reports]
    telling = [place for place in range(len(FACES)) if any(row[place] != "" for row in rows)]
    return table([FACES[place] for place in telling], [[row[place] for place in telling] for row in rows])


def preview(folder: Path, name: str) -> Pillow.Image | None:
    """The picture beside a kept face, if there is one."""
    path = naming.preview(naming.place(folder, name))
    return Pillow.fromarray(images.read(path).rgb) if path.is_file() else None


def told(swap: Swap) -> list[str]:
    """What ran, and what the user should know."""
    result = swap.result
    ran = [result.engine, *(step.name for step in (result.restorer, result.upscaler) if step.models)]
    count = f"{result.swapped} of {len(result.faces)} faces swapped by the {' + '.join(ran)} engine."
    return [count, *result.notes]


def numbered(picture: Picture, found: Sequence[Face]) -> bytes:
    """The picture with numbered boxes as a JPEG, marked, as it may be kept by whoever sees it."""
    drawn = replace(images.read(drawing.numbered(picture.rgb, found)), metadata=_marks(picture))
    return provenance.encoded(drawn, ".jpg", source_type=provenance.COMPOSITE)


def _before(picture: Picture, small: Image) -> bytes:
    """What was swapped in as a JPEG; where that was altered already, its marks stay."""
    if not _altered(picture):
        return images.preview(small)
    marked = replace(images.read(small), metadata=_marks(picture))
    return provenance.encoded(marked, ".jpg", source_type=provenance.COMPOSITE)


def _altered(picture: Picture) -> bool:
    return b"DigitalSourceType" in picture.metadata.xmp


def _marks(picture: Picture) -> images.Metadata:
    return images.Metadata(xmp=picture.metadata.xmp if _altered(picture) else b"")


def _row(face: FaceReport) -> tuple[object, ...]:
    # Where there is one reference it is the source, and one number says it.
    other = face.reference_similarity if face.reference_similarity != face.similarity else None
    alike = (face.similarity, other)
    numbers = ("" if value is None else float(value) for value in alike)
    spent = round(sum(face.ms.values())) if face.ms else ""
    return face.index, face.status, face.identity, *numbers, face.reason, spent


def _fitting(rgb: Image) -> Image:
    factor = SIDE / max(rgb.shape[:2])
    if factor >= 1:
        return rgb
    return _sized(rgb, *(max(1, round(edge * factor)) for edge in (rgb.shape[1], rgb.shape[0])))


def _sized(rgb: Image, width: int, height: int) -> Image:
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
