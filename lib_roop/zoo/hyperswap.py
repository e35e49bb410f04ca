"""HyperSwap: a crop and the unit vector of w600k_r50 in, the crop with another identity and a mask of its own out."""

from __future__ import annotations

from . import facefusion
from .cards import ModelCard


def _card(version: str) -> ModelCard:
    name = f"hyperswap_{version}_256"
    return ModelCard(
        name=name,
        task="swap",
        family="hyperswap",
        file=f"{name}.onnx",
        size=0,
        sha256="",
        licence="FaceFusion ResearchRAIL-MS: non-commercial research only",
        commercial_use=False,
        inputs=facefusion.pictures(256),
        outputs=facefusion.output(256),
        by_shape=True,
        urls=facefusion.urls("models-3.3.0", f"{name}.onnx"),
        feed=facefusion.feed("arcface_128", 256),
        read_in=f"{facefusion.READ_IN}; one survey lists one output, the other a second one, `mask`, as the exporter "
        "in facefusion-labs 6547fcf writes it: it is used where the file has it, and facefusion passes it over",
    )


CARDS = tuple(map(_card, ("1a", "1b", "1c")))
