"""HifiFace, an unofficial one: a crop aligned as MTCNN does and the unit vector that CrossFace makes of w600k_r50's."""

from __future__ import annotations

from . import crossface, facefusion
from .cards import ModelCard

HIFIFACE_UNOFFICIAL_256 = ModelCard(
    name="hififace_unofficial_256",
    task="swap",
    family="hififace",
    file="hififace_unofficial_256.onnx",
    size=0,
    sha256="",
    licence="unknown: nobody states one, so no use but your own research",
    commercial_use=False,
    inputs=facefusion.pictures(256),
    outputs=facefusion.output(256),
    by_shape=True,
    urls=facefusion.urls("models-3.1.0", "hififace_unofficial_256.onnx"),
    feed=facefusion.feed("mtcnn_512", 256),
    needs=(crossface.HIFIFACE.name,),
    read_in=facefusion.READ_IN,
)
CARDS = (HIFIFACE_UNOFFICIAL_256,)
