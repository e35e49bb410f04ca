"""What all neural swap models share: a square crop of the target and a source in, the crop with another face out.

A family says in its own file how it takes the source; how crops are aligned and fed stands on the cards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from .. import geometry, masks, templates
from ..errors import ModelError
from ..options import AUTO, NONE
from ..templates import Template
from ..types import Crop, CropSpec, Face, Floats, Identity, Image, Mask, Patch, SwapJob
from ..zoo.cards import ModelCard, Pixels, Shape
from ..zoo.pixels import pictures, template_of, tensor
from ..zoo.runtime import Net, Tensor
from . import tiles
from .sources import Converter, Pictured, Source

TOGETHER = 4 * 128 * 128
"""How many pixels one run may hold: its memory grows with them, and on a CPU its speed does not."""

Shapes = Mapping[str, Sequence[int | None]]
"""Of inputs or outputs by name; None for a size that may be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one file asks for.

    name: as the `model` option names it. size: of the square crop. target, source, output, mask: what the file calls
    the crop, the source, the result and, "" where it has none, how much of it is new. batched: whether a run may hold
    several faces. template: how the crop is aligned. replicate: as CropSpec has it. taken, given: the crop's and the
    result's pixels.
    """

    name: str
    size: int
    target: str
    source: str
    output: str
    mask: str = ""
    batched: bool
    template: Template = templates.ARCFACE_128
    replicate: bool = False
    taken: Pixels = Pixels()
    given: Pixels = Pixels()


@dataclass(frozen=True, slots=True, eq=False)
class Enhancement:
    """What improves crops before they are pasted: it may enlarge them, and gets RGB uint8 squares.

    larger: crops that are smaller in the picture than they were drawn are left as they are. models: the nets that it
    runs.
    """

    work: Callable[[list[Image]], Sequence[Image]]
    larger: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The file of a swap model, opened. inputs, outputs: as the file has them. converters: what its card needs."""

    card: ModelCard
    path: Path
    net: Net
    inputs: Shapes
    outputs: Shapes
    converters: tuple[Converter, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A crop with another face: RGB uint8, and what is new in it, 0..1, where the model says so."""

    rgb: Image
    mask: Mask | None = None


class CropSwapper:
    """Swaps with one file.

    net: takes and gives float32, whatever the file holds; `zoo.guarded.Guarded` for one that may give black pictures.
    enhance: for the crops before pasting. boost: as the option has it.
    """

    engine = "neural"

    def __init__(
        self,
        net: Net,
        contract: Contract,
        source: Source,
        *,
        enhance: Enhancement | None = None,
        boost: str = NONE,
    ) -> None:
        self.name = contract.name
        self.models: tuple[str, ...] = (contract.name, *source.models, *(enhance.models if enhance else ()))
        self.side = 0 if boost == AUTO else contract.size * tiles.across(boost, contract.size, 0)
        self.template = contract.template
        self._net, self._contract, self._source = net, contract, source
        self._enhance, self._boost = enhance, boost

    @property
    def skin(self) -> bool:
        """Whether it takes a picture of the source, and no embedding."""
        return self._source.skin

    def changed(self, enhance: Enhancement | None = None, *, boost: str = NONE) -> CropSwapper:
        """The same model with other settings."""
        return CropSwapper(self._net, self._contract, self._source, enhance=enhance, boost=boost)

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        """The crop of the face. Raises InputError when the identity lacks what the model takes."""
        self._source.require(identity, self.name)
        size = self._contract.size
        spec = replace(templates.frame(face.landmarks, self.template, size), replicate=self._contract.replicate)
        count = tiles.across(self._boost, size, size / geometry.scale_of(spec.matrix))
        return geometry.enlarged(spec, size * count, size * count)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        """One patch a job, in order; empty for a crop outside its picture.

        Raises InputError when a strength other than 1 lacks the target's embedding, OptionError when it cannot be had,
        and what the net raises.
        """
        seen = [number for number, job in enumerate(jobs) if geometry.touches(job.crop)]
        mine = [jobs[number] for number in seen]
        drawn = self._enhanced(self._drawn(mine), [job.crop for job in mine])
        made = dict(zip(seen, drawn, strict=True))
        return [self._patch(made.get(number, Drawn(job.crop.pixels)), job) for number, job in enumerate(jobs)]

    def _drawn(self, jobs: Sequence[SwapJob]) -> list[Drawn]:
        """What the net makes of each crop, put together where it was dealt out."""
        size = self._contract.size
        counts = [len(job.crop.pixels) // size for job in jobs]
        fed = [
            (face, source)
            for job, source, count in zip(jobs, self._source.tensors(jobs), counts, strict=True)
            for face in tiles.dealt(job.crop.pixels, count)
        ]
        made = self._run(fed)
        return [_gathered([next(made) for _ in range(count**2)], count) for count in counts]

    def _run(self, fed: Sequence[tuple[Image, Floats]]) -> Iterator[Drawn]:
        """What the net makes of each face and source, several at a time where the file allows it."""
        contract = self._contract
        count = max(TOGETHER // contract.size**2, 1) if contract.batched else 1
        for start in range(0, len(fed), count):
            faces, sources = zip(*fed[start : start + count], strict=True)
            inputs = {contract.target: tensor(faces, contract.taken), contract.source: np.stack(sources)}
            yield from _read(self._net.run(inputs), contract)

    def _enhanced(self, made: list[Drawn], crops: Sequence[Crop]) -> list[Drawn]:
        if not self._enhance:
            return made
        chosen = [
            number
            for number, crop in enumerate(crops)
            if not self._enhance.larger or _shown(crop) >= len(made[number].rgb)
        ]
        better = self._enhance.work([made[number].rgb for number in chosen]) if chosen else ()
        result = list(made)
        for number, image in zip(chosen, better, strict=True):
            result[number] = replace(made[number], rgb=image)
        return result

    def _patch(self, drawn: Drawn, job: SwapJob) -> Patch:
        crop = job.crop
        most = max(math.ceil(_shown(crop)), self._contract.size)
        rgb = _reduced(drawn.rgb, most)
        patch = geometry.put_back(rgb, crop.spec, crop.whole)
        mask = masks.inner_box(patch.mask)
        mask = np.minimum(mask, np.float32(1), out=mask)
        if drawn.mask is not None:
            # Of another size it would reach into another part of the picture, by a pixel or two.
            own = _resized(drawn.mask, len(rgb))
            mask = masks.combine(mask, geometry.returned(np.zeros_like(rgb), own, crop.spec, crop.whole).mask)
        # There is no identity between two pictures: a weaker swap shows less of the result.
        return replace(patch, mask=mask * np.float32(job.strength) if self.skin else mask)


def contract(file: Opened) -> Contract:
    """What the file of a card asks for, whatever it calls its inputs and outputs.

    Raises ModelError when it is of another family.
    """
    card, side = file.card, file.card.feed.side
    (_, picture), (_, source) = card.inputs.items()
    targets = [port for port, shape in file.inputs.items() if _fits(shape, picture)]
    sources = [port for port, shape in file.inputs.items() if _fits(shape, source)]
    target = "target" if "target" in targets else next((port for port in targets if port != "source"), "")
    worn = next((port for port in sources if port != target), "")
    first, *others = file.outputs.items() if file.outputs else (("", ()),)
    if len(file.inputs) != 2 or not target or not worn or not _fits(first[1], (None, 3, side, side)):
        raise ModelError(
            f"The file of {card.name} takes {dict(file.inputs)} and gives {dict(file.outputs)} instead of "
            f"{card.inputs} for {card.outputs}; put the original file in its place."
        )
    return Contract(
        name=card.name,
        size=side,
        target=target,
        source=worn,
        output=first[0],
        mask=next((port for port, shape in others if _fits(shape, (None, 1, side, side))), ""),
        batched=all(shape[0] is None for shape in (*file.inputs.values(), *file.outputs.values())),
        template=template_of(card.feed),
        replicate=card.feed.replicate,
        taken=card.feed.pixels,
        given=card.feed.given,
    )


def pictured(file: Opened) -> CropSwapper:
    """A model that takes a picture of the source, as its card says."""
    feed = file.card.feed.source
    assert feed is not None
    return CropSwapper(file.net, contract(file), Pictured(template_of(feed), feed.pixels))


def _read(outputs: Mapping[str, Tensor], contract: Contract) -> Iterator[Drawn]:
    """The pictures of a run, and their masks where the file has any."""
    rgb = pictures(outputs[contract.output], contract.given)
    if not contract.mask:
        yield from map(Drawn, rgb)
        return
    own = np.clip(outputs[contract.mask][:, 0], 0, 1).astype(np.float32)
    yield from map(Drawn, rgb, own)


def _gathered(parts: Sequence[Drawn], count: int) -> Drawn:
    if count == 1:
        return parts[0]
    own = [part.mask for part in parts if part.mask is not None]
    whole = tiles.gathered([part.rgb for part in parts], count)
    return Drawn(whole, tiles.gathered(own, count) if own else None)


def _shown(crop: Crop) -> float:
    """How many pixels wide it is in the picture."""
    return len(crop.pixels) / geometry.scale_of(crop.spec.matrix)


def _reduced(image: Image, side: int) -> Image:
    """No larger than `side`: bilinear pasting would skip pixels of a crop that is finer than the picture."""
    if image.shape[0] <= side:
        return image
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _resized(mask: Mask, side: int) -> Mask:
    if len(mask) == side:
        return mask
    how = cv2.INTER_AREA if side < len(mask) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask, (side, side), interpolation=how), np.float32)


def _fits(shape: Sequence[int | None], wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(a == b or None in (a, b) for a, b in zip(shape, wanted, strict=True))
