"""What swap models are fed of whom they put there: an embedding, as each takes it, or a picture of the face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import cv2
import numpy as np

from .. import facemesh, geometry, templates
from ..errors import InputError, OptionError
from ..rasteriser import lay
from ..templates import Template
from ..types import Floats, Identity, Image, SwapJob
from ..zoo.cards import Pixels
from ..zoo.inswapper import RECOGNISER
from ..zoo.pixels import tensor
from ..zoo.runtime import Net

LENGTH = 512
FLAT = 0.02
"""A skin whose points lie as its shape's do, but for so much of its size, is a photograph and not an unrolled blend."""
ROOM = 0.5
"""Round a blended face that is drawn, in parts of its size."""
DRAWN = 512.0
"""Pixels that a blended face is drawn in, the longer way: twice the largest crop. Shapes come in any size."""


class Source(Protocol):
    """How a model takes an identity."""

    models: tuple[str, ...]
    """The nets that it runs for that, for reports."""
    skin: bool
    """Whether it takes a picture of the face, and no embedding."""

    def require(self, identity: Identity, model: str) -> None:
        """Raises InputError when the identity lacks what `model` needs, with a sentence that says what."""
        ...

    def tensors(self, jobs: Sequence[SwapJob]) -> list[Floats]:
        """What is fed for each job, without the axis of the batch. Raises RoopError."""
        ...


class Embedded:
    """An embedding of `RECOGNISER`, mixed with the target's as the strength says, then turned by `turn`.

    turn: (512,) of any length to what the net takes.
    """

    skin = False

    def __init__(self, turn: Callable[[Floats], Floats], models: tuple[str, ...] = ()) -> None:
        self.models = models
        self._turn = turn

    def require(self, identity: Identity, model: str) -> None:
        """Raises InputError when the identity has no embedding of `RECOGNISER`."""
        if (found := identity.embeddings.get(RECOGNISER)) is None or found.shape != (LENGTH,) or not found.any():
            raise InputError(
                f"{identity.name or 'The source'} lacks the embedding {RECOGNISER} that {model} needs, as faces "
                "kept with the built-in engine do; get the buffalo_l pack and add it with roop face build NAME PICTURE "
                "--update."
            )

    def tensors(self, jobs: Sequence[SwapJob]) -> list[Floats]:
        """Raises InputError when a strength other than 1 lacks the target's embedding."""
        return [self._turn(_wanted(job)) for job in jobs]


class Pictured:
    """A crop of the source's picture, aligned by `template` at its own size."""

    skin = True
    models: tuple[str, ...] = ()

    def __init__(self, template: Template, pixels: Pixels) -> None:
        self._template, self._pixels = template, pixels

    def require(self, identity: Identity, model: str) -> None:
        """Raises InputError when the identity has no skin."""
        if identity.texture is None:
            raise InputError(
                f"{identity.name or 'The source'} was kept without a picture of the face, which {model} needs; "
                "name a source picture, or add one with roop face build NAME PICTURE --update."
            )

    def tensors(self, jobs: Sequence[SwapJob]) -> list[Floats]:
        """Raises OptionError for a strength above 1: there is nothing that could be exaggerated."""
        if any(job.strength > 1 for job in jobs):
            raise OptionError(
                "A model that takes a picture of the source cannot exaggerate; choose a strength of at most 1.",
                field="strength",
            )
        return [tensor([self.crop(job.identity)], self._pixels)[0] for job in jobs]

    def crop(self, identity: Identity) -> Image:
        """The source's face, RGB, aligned. Beyond what is known of its picture the last pixels go on.

        Raises InputError when its points lie in one place, as in damaged checkpoints.
        """
        rgb, landmarks = portrait_of(identity)
        spec = templates.frame(landmarks, self._template)
        if not geometry.scale_of(spec.matrix):
            raise InputError(
                f"The shape of {identity.name or 'the source'} is no face's; make it anew with roop face build NAME "
                "PICTURE."
            )
        return geometry.resampled(rgb, spec.matrix, (spec.width, spec.height))


class Converter:
    """A net that turns an embedding for a model that was made for another recogniser."""

    def __init__(self, name: str, net: Net, port: str) -> None:
        self.name = name
        self._net, self._port = net, port

    def __call__(self, embedding: Floats) -> Floats:
        """(512,) of no set length."""
        made = self._net.run({self._port: embedding[None]})
        return np.asarray(next(iter(made.values())), np.float32).reshape(-1)


def portrait_of(identity: Identity) -> tuple[Image, Floats]:
    """A picture of the identity's face, RGB, and its five points (5, 2) there; it has skin and a shape.

    The skin of one picture is a part of that picture; one blended of several is laid onto the mean shape first.
    """
    texture, shape = identity.texture, identity.shape
    assert texture is not None
    if shape is None or _photographed(texture.points, shape):
        return texture.rgb, facemesh.five_points(texture.points)
    whole, margin = shape.astype(np.float64), ROOM * DRAWN
    low, extent = whole[:, :2].min(0), np.ptp(whole[:, :2], axis=0)
    scale = DRAWN / max(float(extent.max()), 1e-9)
    placed = ((whole - [*low, 0]) * scale + [margin, margin, 0]).astype(np.float32)
    width, height = np.ceil(extent * scale + 2 * margin).astype(int).tolist()
    (x, y), _ = lay(placed, texture.points, (height, width))
    # Off the mesh both are 0: the corner of a blended skin, which is plain skin.
    return np.asarray(cv2.remap(texture.rgb, x, y, cv2.INTER_LINEAR), np.uint8), facemesh.five_points(placed)


def needs_target_embedding(strength: float) -> bool:
    """Whether a job of this strength needs the target face's embedding of `RECOGNISER`."""
    return strength != 1


def mixed(source: Floats, target: Floats, strength: float) -> Floats:
    """On the line from the target's identity (strength 0) through the source's (1) and beyond, where it exaggerates."""
    return strength * unit(source) + (1 - strength) * unit(target)


def unit(vector: Floats) -> Floats:
    """`vector` at length 1."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


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


def _photographed(points: Floats, shape: Floats) -> bool:
    """Whether the skin's points (468, 2) lie as those of the shape (468, 3) do, seen from the front."""
    placed = geometry.transform(shape[:, :2], geometry.similarity_fit(shape[:, :2], points))
    return float(np.abs(placed - points).max()) < FLAT * float(np.ptp(points, axis=0).max())
