"""inswapper_128 and ReSwapper, which has the same network: a crop of the target in, the crop with another identity out.

Contract as insightface's model_zoo/inswapper.py and ReSwapper have it: RGB 0..1 in and out, the crop by the ArcFace
template moved 8 pixels to the right, and a latent that is the embedding turned by a matrix in the file (the "emap").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .. import geometry, masks, templates
from ..errors import InputError, ModelError, OptionError
from ..types import Crop, CropSpec, Face, Floats, Identity, Image, Patch, SwapJob
from ..zoo.runtime import Net

RECOGNISER = "w600k_r50"
"""Whose embeddings the emap was made for."""
LENGTH = 512
STEP = 4
"""The network halves a crop twice and doubles it twice: other sizes would not come back as they went in."""
TOGETHER = 4 * 128 * 128
"""How many pixels one run may hold: its memory grows with them, and on a CPU its speed does not."""

Shapes = Mapping[str, Sequence[int | None]]
"""Of inputs or outputs by name; None for a size that may be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one file asks for.

    name: as the `model` option names it. size: of the square crop. target, source, output: what the file calls the
    crop, the latent and the result. batched: whether a run may hold several faces.
    """

    name: str
    size: int
    target: str
    source: str
    output: str
    batched: bool


@dataclass(frozen=True, slots=True, eq=False)
class Enhancement:
    """What improves crops before they are pasted: it may enlarge them, and gets RGB uint8 squares.

    least: crops that are smaller in the picture, in pixels, are left as they are. models: the nets that it runs.
    """

    work: Callable[[list[Image]], Sequence[Image]]
    least: float = 0.0
    models: tuple[str, ...] = ()


class InSwapper:
    """Swaps with one file of the family.

    net: takes and gives float32, whatever the file holds; `zoo.guarded.Guarded` for one that may give black pictures.
    emap: (512, 512), the last initializer of the graph. enhance: for the crops before pasting.
    """

    engine = "neural"

    def __init__(
        self,
        net: Net,
        emap: Floats,
        contract: Contract,
        *,
        enhance: Enhancement | None = None,
    ) -> None:
        """Raises ModelError when `emap` cannot be one: with another matrix everything would run, and mean nothing."""
        if emap.shape != (LENGTH, LENGTH):
            raise ModelError(
                f"The file of {contract.name} ends with numbers of the shape {emap.shape} instead of the 512x512 that "
                "turn an embedding for it (saving a graph anew drops them); put the original file in its place."
            )
        self.name = contract.name
        self.models: tuple[str, ...] = (contract.name, *(enhance.models if enhance else ()))
        self.side = contract.size
        self._net, self._contract = net, contract
        self._emap = np.asarray(emap, np.float32)
        self._enhance = enhance

    def enhanced(self, enhance: Enhancement) -> InSwapper:
        """The same model whose crops are improved before they are pasted."""
        return InSwapper(self._net, self._emap, self._contract, enhance=enhance)

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        """The ArcFace crop of the face. Raises InputError when the identity has no embedding of `RECOGNISER`."""
        if (found := identity.embeddings.get(RECOGNISER)) is None or found.shape != (LENGTH,) or not found.any():
            raise InputError(
                f"{identity.name or 'The source'} lacks the embedding {RECOGNISER} that {self.name} needs, as faces "
                "kept with the built-in engine do; get the buffalo_l pack and add it with roop face build NAME PICTURE "
                "--update."
            )
        return templates.frame(face.landmarks, templates.ARCFACE_128, self._contract.size)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        """One patch a job, in order; empty for a crop outside its picture.

        Raises InputError when a strength other than 1 lacks the target's embedding, and what the net raises.
        """
        seen = [number for number, job in enumerate(jobs) if geometry.touches(job.crop)]
        crops = [jobs[number].crop for number in seen]
        latents = [latent(_wanted(jobs[number]), self._emap) for number in seen]
        made = dict(zip(seen, self._enhanced(list(map(to_image, self._run(crops, latents))), crops), strict=True))
        return [_patch(made.get(number, job.crop.pixels), job.crop) for number, job in enumerate(jobs)]

    def _run(self, crops: Sequence[Crop], latents: Sequence[Floats]) -> Iterator[Floats]:
        """What the net makes of each crop, 3xSxS, several at a time where the file allows it."""
        contract = self._contract
        count = max(TOGETHER // contract.size**2, 1) if contract.batched else 1
        for start in range(0, len(crops), count):
            part = slice(start, start + count)
            inputs = {
                contract.target: np.stack([to_input(crop.pixels) for crop in crops[part]]),
                contract.source: np.stack(latents[part]),
            }
            yield from self._net.run(inputs)[contract.output]

    def _enhanced(self, made: list[Image], crops: Sequence[Crop]) -> list[Image]:
        if not self._enhance:
            return made
        shown = [self._contract.size / geometry.scale_of(crop.spec.matrix) for crop in crops]
        chosen = [number for number, side in enumerate(shown) if side >= self._enhance.least]
        better = self._enhance.work([made[number] for number in chosen]) if chosen else ()
        result = list(made)
        for number, image in zip(chosen, better, strict=True):
            result[number] = _reduced(image, max(math.ceil(shown[number]), self._contract.size))
        return result


def contract(name: str, inputs: Shapes, outputs: Shapes, size: int | None = None) -> Contract:
    """What a file asks for, from its inputs and outputs. `size` chooses the crop's size where the file leaves it open.

    Raises ModelError when it is no file of this family, OptionError when it cannot work at `size`.
    """
    targets = [port for port, shape in inputs.items() if len(shape) == 4 and shape[1] in (3, None)]
    sources = [port for port, shape in inputs.items() if len(shape) == 2 and shape[1] in (LENGTH, None)]
    if len(inputs) != 2 or len(targets) != 1 or len(sources) != 1 or len(outputs) != 1:
        raise ModelError(
            f"{name} is no inswapper or ReSwapper: it takes {dict(inputs)} and gives {dict(outputs)} instead of a "
            "picture and 512 numbers for a picture; choose another model for it."
        )
    (target,), (source,), (output,) = targets, sources, outputs
    fixed = {side for side in inputs[target][2:] if side is not None}
    wanted = size or max(fixed, default=templates.ARCFACE_128.side)
    if fixed - {wanted}:
        raise OptionError(f"{name} works at {max(fixed)} pixels only; leave its size at that, or choose another model.")
    if wanted < STEP or wanted % STEP:
        raise OptionError(f"{name} cannot work at {wanted} pixels; choose a size that is a multiple of {STEP}.")
    return Contract(
        name=name,
        size=wanted,
        target=target,
        source=source,
        output=output,
        batched=all(shape[0] is None for shape in (*inputs.values(), *outputs.values())),
    )


def needs_target_embedding(strength: float) -> bool:
    """Whether a job of this strength needs the target face's embedding of `RECOGNISER`."""
    return strength != 1


def latent(embedding: Floats, emap: Floats) -> Floats:
    """(512,) what the network takes for an embedding: of length 1, turned by `emap`, and of length 1 again.

    facefusion leaves the length after `emap` as it is; insightface's way is followed.
    """
    return unit((unit(embedding)[None] @ emap)[0])


def mixed(source: Floats, target: Floats, strength: float) -> Floats:
    """On the line from the target's identity (strength 0) through the source's (1) and beyond, where it exaggerates."""
    return strength * unit(source) + (1 - strength) * unit(target)


def unit(vector: Floats) -> Floats:
    """`vector` at length 1."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def to_input(pixels: Image) -> Floats:
    """RGB uint8 SxSx3 as 3xSxS, 0..1."""
    return pixels.transpose(2, 0, 1) * np.float32(1 / 255)


def to_image(output: Floats) -> Image:
    """3xSxS, 0..1, as RGB uint8 SxSx3; rounded, where insightface cuts off."""
    return np.ascontiguousarray(np.clip(np.rint(output * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0))


def _wanted(job: SwapJob) -> Floats:
    source = job.identity.embeddings[RECOGNISER]
    if not needs_target_embedding(job.strength):
        return source
    target = job.face.embeddings.get(RECOGNISER)
    if target is None:
        raise InputError(
            f"The strength {job.strength:g} mixes in the target's identity, and the embedding {RECOGNISER} of face "
            f"{job.face.id} is missing; get the buffalo_l pack, or leave the strength at 1."
        )
    return mixed(source, target, job.strength)


def _reduced(image: Image, side: int) -> Image:
    """No larger than `side`: bilinear pasting would skip pixels of a crop that is finer than the picture."""
    if image.shape[0] <= side:
        return image
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _patch(pixels: Image, crop: Crop) -> Patch:
    patch = geometry.put_back(pixels, crop.spec, crop.whole)
    mask = masks.inner_box(patch.mask)
    return replace(patch, mask=np.minimum(mask, np.float32(1), out=mask))
