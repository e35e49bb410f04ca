"""CrossFace: nets that turn w600k_r50's vector into the one that another model's own recogniser would give.

Which model needs which is said by its card. facefusion-labs 6547fcf, crossface/src/models/crossface.py: the net brings
its input to length 1 itself, so a raw vector and its unit vector give the same; what comes out has no set length.
"""

from __future__ import annotations

from . import facefusion
from .cards import Feed, ModelCard
from .inswapper import RECOGNISER


def _card(model: str) -> ModelCard:
    name = f"crossface_{model}"
    return ModelCard(
        name=name,
        task="conversion",
        file=f"{name}.onnx",
        size=0,
        sha256="",
        licence="OpenRAIL-MS; weights learned from recognisers that are for non-commercial research only",
        commercial_use=False,
        inputs={"input": (None, 512)},
        outputs={"output": (None, 512)},
        by_shape=True,
        urls=facefusion.urls("models-3.4.0", f"{name}.onnx"),
        feed=Feed(embedding=RECOGNISER),
        read_in="addresses and contract: facefusion 33cc6b40, face_swapper/core.py, which states no sha256; licence, "
        "inputs and outputs: facefusion-labs 6547fcf, crossface",
    )


GHOST, HIFIFACE, SIMSWAP = map(_card, ("ghost", "hififace", "simswap"))
CARDS = (GHOST, HIFIFACE, SIMSWAP)
