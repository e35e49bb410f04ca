"""BlendSwap: a crop of the target and one of the source, both as pictures, and no vector."""

from __future__ import annotations

from . import facefusion
from .cards import ModelCard

BLENDSWAP_256 = ModelCard(
    name="blendswap_256",
    task="swap",
    family="blendswap",
    file="blendswap_256.onnx",
    size=0,
    sha256="",
    licence="BlendFace: non-commercial only",
    commercial_use=False,
    inputs=facefusion.pictures(256, (None, 3, 112, 112)),
    outputs=facefusion.output(256),
    by_shape=True,
    urls=facefusion.urls("models-3.0.0", "blendswap_256.onnx"),
    feed=facefusion.pictured("ffhq_512", 256, facefusion.UNIT, ("arcface_112_v2", 112)),
    read_in=facefusion.READ_IN,
)
CARDS = (BLENDSWAP_256,)
