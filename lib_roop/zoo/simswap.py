"""SimSwap: a crop, and the unit vector of SimSwap's own recogniser, which CrossFace makes of w600k_r50's."""

from __future__ import annotations

from . import crossface, facefusion
from .cards import Feed, ModelCard, Pixels

LICENCE = "SimSwap: non-commercial only"
IMAGENET = Pixels(mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225))


def _card(name: str, feed: Feed, read_in: str, *aliases: str) -> ModelCard:
    return ModelCard(
        name=name,
        task="swap",
        family="simswap",
        file=f"{name}.onnx",
        aliases=aliases,
        size=0,
        sha256="",
        licence=LICENCE,
        commercial_use=False,
        inputs=facefusion.pictures(feed.side),
        outputs=facefusion.output(feed.side),
        by_shape=True,
        urls=facefusion.urls("models-3.0.0", f"{name}.onnx"),
        feed=feed,
        needs=(crossface.SIMSWAP.name,),
        read_in=f"{facefusion.READ_IN}; {read_in}",
    )


SIMSWAP_256 = _card(
    "simswap_256",
    facefusion.feed("arcface_112_v1", 256, IMAGENET, facefusion.UNIT),
    "what comes out is 0..1, although what goes in has ImageNet's mean and deviation",
)
SIMSWAP_UNOFFICIAL_512 = _card(
    "simswap_unofficial_512",
    facefusion.feed("arcface_112_v1", 512, facefusion.UNIT),
    "VisoMaster 429cc08 aligns its crops to arcface_128, calls its inputs `input` and `onnx::Gemm_1`, and takes "
    "SimSwap's own recogniser; facefusion is followed",
    "simswap_512_unoff.onnx",
)
CARDS = (SIMSWAP_256, SIMSWAP_UNOFFICIAL_512)
