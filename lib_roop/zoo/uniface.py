"""UniFace: a crop of the target, -1..1, and one of the source, 0..1, both aligned as in FFHQ, and no vector."""

from __future__ import annotations

from . import facefusion
from .cards import ModelCard

UNIFACE_256 = ModelCard(
    name="uniface_256",
    task="swap",
    family="uniface",
    file="uniface_256.onnx",
    size=0,
    sha256="",
    licence="unknown: nobody states one, so no use but your own research",
    commercial_use=False,
    inputs=facefusion.pictures(256, (None, 3, 256, 256)),
    outputs=facefusion.output(256),
    by_shape=True,
    urls=facefusion.urls("models-3.0.0", "uniface_256.onnx"),
    feed=facefusion.pictured("ffhq_512", 256, facefusion.SIGNED, ("ffhq_512", 256)),
    read_in=f"{facefusion.READ_IN}; the source goes in as 0..1 there, the target as -1..1",
)
CARDS = (UNIFACE_256,)
