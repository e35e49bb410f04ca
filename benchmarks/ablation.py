"""What each step of the built-in swapper is worth: distance and seam with it left out, `./run bench ablation`."""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image as Pictures

from lib_roop import Engine, geometry, measures
from lib_roop.identities.blending import from_face
from lib_roop.swappers import MeshSwapper, expression, grain, light, occlusion, shape, texture
from lib_roop.types import Face, Identity, Image, SwapJob, SwapResult

from .likeness.people import photographs

SWAPPER = MeshSwapper()
STEPS: dict[str, tuple[object, str, Any]] = {
    "proportions": (shape, "proportions", lambda target, there: np.zeros_like(there)),
    "shut lips": (shape, "with_shut_lips", lambda target, amount: target),
    "whole eyeballs": (expression, "with_eyeballs", lambda x, y, target, source: (x, y)),
    "unseen cheek": (texture, "SHOWN", (-2.0, -1.0)),
    "mirrored half": (texture, "symmetric", lambda texture, facing: texture),
    "light": (light, "relit", lambda drawn, target, plain, grid: drawn.skin),
    "finer light": (light, "FINE_SHARE", 0.0),
    "strange skin": (light, "strange", lambda logarithms, mask, grid: np.zeros_like(mask)),
    "background": (light, "RIM", 0.0),
    "hair": (light, "foreign", lambda away: np.zeros(away.shape[:2], np.float32)),
    "own lamp": (light, "lamp_of", lambda drawn, shades, skin, grid: np.zeros_like(skin)),
    "highlights": (light, "SHINE", 9.0),
    "coloured shade": (light, "toned", lambda tones, luma: np.zeros((*luma.shape, 3), np.float32)),
    "even skin": (light, "SKIN_PIGMENT", 1.0),
    "toned pictures": (light, "room", lambda own, wanted: 1.0),
    "grain": (grain, "matched", lambda new, target, face, skin: new),
    "kept mouth": (expression, "mouth_replaced", lambda target, source, window: np.ones(window, np.float32)),
    "kept eyes": (expression, "eyes_replaced", lambda target, window: np.ones(window, np.float32)),
    "occlusion": (occlusion, "covering", lambda target, face, skin, grid: np.zeros_like(face)),
}
"""By name: where a step is looked up, and what does nothing in its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One face to swap, who to put there, and how the recogniser knows them."""

    target: Image
    face: Face
    identity: Identity
    group: str


def main(argv: Sequence[str]) -> int:
    """Prints a row for each step: mean distance to the source by group of pairs, and what the seams show."""
    parser = argparse.ArgumentParser(prog="ablation", description=__doc__)
    parser.add_argument("--steps", nargs="+", choices=list(STEPS), default=list(STEPS), help="which to leave out")
    options = parser.parse_args(argv)
    engine = Engine()
    pairs = portraits_and_group(engine)
    groups = sorted({pair.group for pair in pairs})
    print(f"{'left out':16}" + "".join(f"{group:>18}" for group in groups) + "     seam  largest   colour")
    for name in ("", *options.steps):
        with left_out(name) if name else contextlib.nullcontext():
            rows = [measured(engine, pair) for pair in pairs]
        means = [np.mean([row[0] for row, pair in zip(rows, pairs, strict=True) if pair.group == g]) for g in groups]
        whole = np.mean(rows, axis=0)
        print(
            f"{name or 'nothing':16}"
            + "".join(f"{value:18.4f}" for value in means)
            + "".join(f"{v:9.2f}" for v in whole[1:])
        )
    return 0


@contextlib.contextmanager
def left_out(name: str) -> Iterator[None]:
    """The swapper without one step."""
    place, step, instead = STEPS[name]
    with mock.patch.object(place, step, instead):
        yield


def portraits_and_group(engine: Engine) -> list[Pair]:
    """Each portrait onto everyone of the group, the group onto each portrait, and the portraits onto each other."""
    faces = []
    for path in photographs()[:3]:
        with Pictures.open(path) as opened:
            image = np.array(opened.convert("RGB"))
        found = engine.detect(Path(path), embeddings=True).faces
        faces.append([(image, face, from_face(image, face, Path(path).stem)) for face in found])
    portraits, group = [face for picture in faces[:2] for face in picture], faces[2]

    def onto(sources: list[Any], targets: list[Any], name: str) -> list[Pair]:
        return [
            Pair(image, face, identity, name)
            for image, face, _ in targets
            for source, _, identity in sources
            if source is not image
        ]

    return [
        *onto(portraits[:1], group, "astronaut > t1"),
        *onto(group, portraits[:1], "t1 > astronaut"),
        *onto(portraits, portraits, "with hopper"),
    ]


def measured(engine: Engine, pair: Pair) -> tuple[float, float, float, float]:
    """Distance to the source, then of `measures.Finish` the seam, its largest and the largest shift of colour."""
    crop = geometry.cut(pair.target, SWAPPER.frame(pair.face, pair.identity))
    patches = tuple(SWAPPER.swap([SwapJob(crop, pair.identity, 1.0, pair.face)]))
    image = geometry.paste(pair.target, patches)
    (seen,) = engine.analyser.recogniser.embed(image, [pair.face])
    finish = measures.finish(
        pair.target, pair.face, SwapResult(image=image, patches=patches, faces=(), engine="", models=())
    )
    known = engine.analyser.recogniser.id
    away = measures.apart(known, seen.embeddings[known], pair.identity.embeddings[known])
    return away, finish.seam, finish.seam_worst, finish.colour_worst
