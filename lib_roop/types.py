"""The nouns of roop: frozen values that travel between the layers, and what a host may bring along.

Pictures are RGB uint8 HxWx3, masks float32 HxW in 0..1. Coordinates are pixels of the upright picture, x to the right,
y down, with pixel centres at whole numbers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

Image = NDArray[np.uint8]
Mask = NDArray[np.float32]
Samples = NDArray[np.unsignedinteger[Any]]
"""Pixels in their own depth, uint8 or uint16: HxW grey or HxWx3 RGB."""
Floats = NDArray[np.float32]
Affine = NDArray[np.float64]
"""A 2x3 matrix that maps (x, y, 1) of one picture to (x, y) of another."""

Sex = Literal["female", "male"]
Status = Literal["swapped", "restored", "skipped", "rejected"]
PictureLike = Union[str, "os.PathLike[str]", "PilImage", NDArray[Any]]
"""What a picture may be given as: a path, a data URI, a PIL image, or an array (grey, RGB or RGBA; uint8 or uint16)."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A head's rotation in degrees: yaw > 0 looks to the picture's right, pitch > 0 up, roll > 0 leans clockwise."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Face:
    """One face of a picture. Enriched with `dataclasses.replace`, never changed.

    box: (4,) x0, y0, x1, y1. landmarks: (5, 2) image-left eye, image-right eye, nose tip, image-left and image-right
    mouth corner. dense: (468, 3) MediaPipe mesh, z in pixels too, smaller is nearer. embeddings: by recogniser id.
    """

    id: int
    box: Floats
    landmarks: Floats
    score: float
    dense: Floats | None = None
    embeddings: Mapping[str, Floats] = field(default_factory=dict)
    sex: Sex | None = None
    age: int | None = None
    pose: Pose | None = None

    @property
    def width(self) -> float:
        return float(self.box[2] - self.box[0])

    @property
    def height(self) -> float:
        return float(self.box[3] - self.box[1])


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """The faces of one picture numbered left to right, candidates that just failed, faces whose box was given."""

    faces: tuple[Face, ...]
    near_misses: tuple[Face, ...] = ()
    given: tuple[Face, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CropSpec:
    """Which part of a picture a swapper wants: `matrix` maps picture to crop, which is `width` x `height`.

    replicate: whether the picture's last pixels go on beyond it; else all is black there.
    """

    matrix: Affine
    width: int
    height: int
    replicate: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """Pixels cut from a picture (RGB uint8), where they came from, and the picture's width and height."""

    pixels: Image
    spec: CropSpec
    whole: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """New pixels for one region of a picture: `rgb` hxwx3 uint8 and `mask` hxw belong at column `x`, row `y`."""

    x: int
    y: int
    rgb: Image
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """A face's skin as pixels: `rgb` HxWx3 uint8, and where each point of the mesh lies in it, `points` (468, 2).

    seen: (468,) how well each point was seen, from 1 (facing the camera) to 0 and less (hidden).
    """

    rgb: Image
    points: Floats
    seen: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Identity:
    """Who to put there: what recognisers say of the face, and what the mesh swapper paints.

    embeddings: by recogniser id, as the recogniser gives them. shape: (468, 3) mesh of the source in its own pixels.
    sources: SHA-256 of the pictures' pixels, in hexadecimal, where they are known. doubted: those of them that look
    like another person than the rest. note: what the user wrote about a kept face.
    """

    name: str
    embeddings: Mapping[str, Floats] = field(default_factory=dict)
    texture: Texture | None = None
    shape: Floats | None = None
    sex: Sex | None = None
    age: int | None = None
    sources: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SwapJob:
    """One face to swap: the crop the swapper asked for, who to put there, how strongly (0..1.5), the target face."""

    crop: Crop
    identity: Identity
    strength: float
    face: Face


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FaceReport:
    """What happened to one detected face. `ms` holds milliseconds by stage."""

    index: int
    box: tuple[float, float, float, float]
    score: float
    status: Status
    reason: str = ""
    identity: str = ""
    similarity: float | None = None
    reference_similarity: float | None = None
    ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done to a result beside swapping: the name of what did it and its nets; without one, perhaps why not."""

    name: str = "none"
    models: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SwapResult:
    """A swapped picture and the report on every detected face.

    image: RGB uint8; unless it was enlarged, equal to the target outside the patches. patches: what was pasted, in this
    order, so that an edge can paste it into the picture's own depth and alpha. engine: which one swapped. models: every
    net that ran for the pixels, those of restorer and upscaler included. scale: how many times larger than the target
    the image is; boxes and patches are the target's. rejected: why the similarity thresholds drop the whole result, or
    "". notes: what the user should know (the first frame of an animation was used).
    """

    image: Image
    patches: tuple[Patch, ...]
    faces: tuple[FaceReport, ...]
    engine: str
    models: tuple[str, ...]
    restorer: Step = Step()
    upscaler: Step = Step()
    scale: float = 1.0
    rejected: str = ""
    notes: tuple[str, ...] = ()

    @property
    def swapped(self) -> int:
        """How many faces were swapped."""
        return sum(face.status == "swapped" for face in self.faces)


class Restorer(Protocol):
    """Draws faces anew. The program around roop may have some of its own."""

    name: str
    """As the `restorer` option names it."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        """The faces of square RGB crops aligned by FFHQ_512, in the same frame, perhaps at another size.

        fidelity: 1 keeps close to the crop, 0 prefers a face without flaws; not every net can choose.
        """
        ...


class Upscaler(Protocol):
    """Makes pictures larger. The program around roop may have some of its own."""

    name: str
    """As the `upscaler` option names it."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        """RGB pictures `scale` times as large, sides rounded, at least one pixel."""
        ...
