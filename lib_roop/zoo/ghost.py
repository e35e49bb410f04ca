"""Ghost: a crop, and the vector of Ghost's own recogniser, which CrossFace makes of w600k_r50's, not normalised."""

from __future__ import annotations

from . import crossface, facefusion
from .cards import ModelCard


def _card(version: int) -> ModelCard:
    name = f"ghost_{version}_256"
    return ModelCard(
        name=name,
        task="swap",
        family="ghost",
        file=f"{name}.onnx",
        aliases=(f"ghost_unet_{version}_block.onnx",),
        size=0,
        sha256="",
        licence="Apache-2.0; works with a recogniser that is for non-commercial research only",
        commercial_use=False,
        inputs=facefusion.pictures(256),
        outputs=facefusion.output(256),
        by_shape=True,
        urls=facefusion.urls("models-3.0.0", f"{name}.onnx"),
        feed=facefusion.feed("arcface_112_v1", 256),
        needs=(crossface.GHOST.name,),
        read_in=f"{facefusion.READ_IN}; VisoMaster 429cc08 aligns to the nearest of five poses and uses Ghost's own "
        "recogniser, facefusion the frontal pose and CrossFace, which is followed; in VisoMaster the output is called "
        "781, 1165 or 1549",
    )


CARDS = tuple(map(_card, (1, 2, 3)))
