"""What roop keeps of a job: on the job itself, because one script object serves every job and every user."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image as Pillow

from ..swap import Swap
from ..types import Image
from .interfaces import Processing
from .request import Request

STATE = "_roop"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entry:
    """A picture of the batch at hand, as the host will hand it on.

    sample: the host's own form of it. place: where it stood in the batch as generated; what the host keeps by place
    (overlays, colours to correct) follows it. result: which of several results it stands for. swap: that result, of
    `digest`'s picture; None where nothing could be swapped.
    """

    sample: Any
    place: int
    turn: int
    prompt: str
    negative_prompt: str
    seed: int
    subseed: int
    result: int = 0
    digest: str = ""
    swap: Swap | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    """One run of the host over a prompt. `batch` is empty where nothing is dropped or added.

    cell: the values of a plot's cell, as they lie on the job. turn: how many pictures came before the batch. kept: what
    was kept so far, over all batches; dropped: why others were not. spare: the best of those, and must_keep whether it
    comes back where nothing else is left. tiled: whether each one is needed as it is. delayed: swaps by (batch, place)
    that are to be enlarged after inpainting. told: the (batch, place) of the picture of which the job's texts speak.
    altered: the engine that put other faces into a picture. source: the same of the picture that img2img started from,
    or of earlier tiles. note: what every picture's text has to say. broken: why the pictures of the batch stay as they
    are. overlays, corrections: the host's lists, before any were dropped.
    """

    owner: weakref.ref[Any]
    request: Request
    cell: Any = None
    running: bool = True
    turn: int = 0
    batch: list[Entry] = field(default_factory=list)
    kept: list[Entry] = field(default_factory=list)
    spare: Entry | None = None
    must_keep: bool = False
    dropped: list[str] = field(default_factory=list)
    tiled: bool = False
    delayed: dict[tuple[int, int], Swap] = field(default_factory=dict)
    told: tuple[int, int] | None = None
    altered: dict[tuple[int, int], str] = field(default_factory=dict)
    source: str = ""
    note: str = ""
    broken: str = ""
    originals: bool = False
    overlays: list[Any] | None = None
    corrections: list[Any] | None = None

    @property
    def swaps(self) -> bool:
        """Whether faces are swapped in the picture at hand."""
        return bool(self.request.generated) and not self.broken

    @property
    def selective(self) -> bool:
        """Whether pictures are dropped or added."""
        return self.request.selective and not self.tiled

    def repeats(self, place: int) -> bool:
        """Whether the picture at `place` of the batch was generated once for it and one before."""
        turns = [entry.turn for entry in self.batch]
        return place < len(turns) and turns[place] in turns[:place]

    def of(self, p: Processing) -> bool:
        """Whether `p` is the job's own object, not a copy that another extension made of it."""
        return self.owner() is p


def job_of(p: Processing) -> Job | None:
    """The job that `p` carries, if roop has something to do in it."""
    job = getattr(p, STATE, None)
    return job if isinstance(job, Job) and not getattr(p, "_ad_inner", False) else None


def place_of(p: Processing) -> tuple[int, int]:
    """Batch and place in it of the picture that the host is at."""
    return getattr(p, "iteration", 0) or 0, getattr(p, "batch_index", 0) or 0


def similarity(swap: Swap) -> float:
    """The least similarity of a result's faces; 0 where none was measured."""
    scores = [
        score
        for face in swap.result.faces
        for score in (face.similarity, face.reference_similarity)
        if score is not None
    ]
    return min(scores, default=0.0)


def handed_on(sample: Any) -> Image:
    """RGB uint8 of a picture of a batch, to the bit as the host makes it: its numbers are cut, not rounded."""
    if isinstance(sample, Pillow.Image):
        return np.asarray(sample.convert("RGB"), np.uint8)
    if hasattr(sample, "cpu"):
        sample = sample.float().cpu().numpy()
    array = np.asarray(sample)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array[..., :3])
    if array.shape[0] == 3:
        array = np.moveaxis(array, 0, 2)
    return np.ascontiguousarray((255.0 * array).astype(np.uint8))
