"""What is written beside the host's own pictures, and the marks in those that roop altered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from .. import provenance
from ..images import Metadata, Picture
from ..swap import Swap
from . import boundary, infotext, interfaces
from .interfaces import Processing
from .jobs import Entry, Job, job_of, place_of, similarity

ORIGINAL = "-before-swap"
REJECTED = "roop-rejected"
BEFORE = (ORIGINAL, "-mask", "-before-face-restoration", "-before-detailer", "-before-color-correct")
"""How the names of files end that show no picture, or one that roop had not come to; the last two are SD.Next's."""

TEXTS = ("parameters", "extras", "postprocessing")
"""Under these names hosts write what was done: when a picture was generated, and in the Extras tab."""


def original(p: Processing, picture: Pillow.Image, index: int) -> None:
    """Save the picture as it was before the swap, where the host saves at all."""
    if interfaces.saves(p):
        interfaces.save(p, picture, index, Path(p.outpath_samples), ORIGINAL)


def rejected(p: Processing, entry: Entry, swap: Swap) -> None:
    """Save a dropped result in a folder of its own, its similarity in the name, where the host saves at all."""
    if interfaces.saves(p):
        place = f"-similarity-{similarity(swap):.2f}"
        interfaces.save(p, finished(swap), entry.place, Path(p.outpath_samples) / REJECTED, place)


def finished(swap: Swap, label: str | None = None) -> Pillow.Image:
    """The result as the host goes on with it, alpha included, with its mark, and with a label as in `labelled`."""
    engine, boxes = (
        infotext.made_by(swap),
        [[edge * swap.result.scale for edge in face.box] for face in swap.result.faces],
    )
    made = labelled(swap.picture, engine, label, boxes)
    picture = Pillow.fromarray(made.rgb)
    if made.alpha is not None and made.alpha.dtype == np.uint8:
        picture.putalpha(Pillow.fromarray(made.alpha))
    return carrying(picture, engine)


def labelled(picture: Picture, engine: str, label: str | None, boxes: Iterable[Sequence[float]] = ()) -> Picture:
    """`picture` with words in a corner that say what it is, where that is asked for.

    label: the text that the host writes with it, which tells whether a model made all of it; None for no label.
    """
    if label is None:
        return picture
    told = replace(picture, metadata=Metadata(text={TEXTS[0]: label}))
    return replace(provenance.labelled(told, provenance.type_of(engine), boxes), metadata=picture.metadata)


def carrying(picture: Pillow.Image, engine: str) -> Pillow.Image:
    """`picture` with the mark: it goes along where the host hands the picture out without a file of it."""
    return provenance.carry(picture, source_type=provenance.type_of(engine), engine=engine)


def leave_out_facts(params: Any) -> None:
    """Before the host saves a picture that roop has not come to: its text says nothing of the one before it."""
    job = job_of(params.p)
    if job is None or job.told == place_of(params.p):
        return
    with boundary.boundary(params.p):
        if text := params.pnginfo.get(TEXTS[0]):
            params.pnginfo[TEXTS[0]] = infotext.without_facts(text)


def mark_saved(params: Any) -> None:
    """When the host has saved a picture that roop altered, or a grid with one: the mark goes into the file.

    What a script puts together of tiles comes past no other hook before it is handed out, so that goes with it, too.
    """
    with boundary.boundary(params.p):
        if engine := _engine(params):
            job = job_of(params.p)
            # Of what a job generated the host wrote all that its file says.
            known = Metadata(text={name: str(text) for name, text in params.pnginfo.items()}) if job else None
            provenance.stamp(params.filename, source_type=provenance.type_of(engine), engine=engine, known=known)
            if job and job.tiled:
                carrying(params.image, engine)


def mark_shown(job: Job, processed: Any) -> None:
    """The pictures that the host hands out without saving them get their marks; masks among them do not."""
    # Where masks are among them a host has no text for these, and its texts do not stand beside the pictures.
    texts = processed.infotexts if len(processed.infotexts) == len(processed.images) else []
    for number, picture in enumerate(processed.images):
        if isinstance(picture, Pillow.Image):
            text = str(picture.info.get("parameters") or (texts[number] if texts else ""))
            engine = engines(job) if number < processed.index_of_first_image else infotext.engine_of(text)
            if engine:
                carrying(picture, engine)


def _engine(params: Any) -> str:
    """Which engine altered the picture that is saved; "" for a picture as it was."""
    found = (infotext.engine_of(str(params.pnginfo.get(name, ""))) for name in TEXTS)
    said = next(filter(None, found), "")
    job = job_of(params.p)
    if job is None:
        # Saved again by its user, in the Extras tab, or by what runs many jobs.
        return said
    if Path(params.filename).stem.endswith(BEFORE):
        return ""
    return engines(job) if job.tiled or _is_grid(params) else job.altered.get(place_of(params.p)) or said


def engines(job: Job) -> str:
    """What altered any picture of a job, or what it began with."""
    return " + ".join(dict.fromkeys(job.altered.values())) or job.source


def _is_grid(params: Any) -> bool:
    """Whether a file lies in the folder of grids; that may be the pictures' own, or one around it."""
    file = Path(params.filename)
    folders = [Path(getattr(params.p, name, "") or file) for name in ("outpath_grids", "outpath_samples")]
    grids, samples = (len(folder.parts) if folder in file.parents else 0 for folder in folders)
    return grids > samples or (grids == samples > 0 and file.name.startswith("grid"))
