"""Nets that draw a blurred face anew, on a crop of 256 to 2048 pixels."""

from __future__ import annotations

from dataclasses import replace

from . import facefusion
from .cards import Build, Feed, ModelCard

RELEASE = "models-3.0.0"
FEED = Feed(template="ffhq_512", side=512, pixels=facefusion.SIGNED)
GFPGAN = "Apache-2.0, with parts under NVIDIA's StyleGAN2 and DFDNet's non-commercial terms"
READ_IN = "addresses and contract: facefusion 33cc6b40, face_enhancer/core.py, which states no sha256"


def _card(name: str, licence: str, feed: Feed = FEED, *, alias: str = "", read_in: str = READ_IN) -> ModelCard:
    """One whose size and hash nobody states for facefusion's file."""
    return ModelCard(
        name=name,
        task="restoration",
        file=f"{name}.onnx",
        aliases=(alias,) if alias else (),
        size=0,
        sha256="",
        licence=licence,
        commercial_use=False,
        inputs={"input": (None, 3, feed.side, feed.side)},
        outputs={"output": (None, 3, feed.side, feed.side)},
        by_position=True,
        urls=facefusion.urls(RELEASE, f"{name}.onnx"),
        feed=feed,
        read_in=read_in,
    )


GFPGAN_1_4 = ModelCard(
    name="gfpgan_1.4",
    task="restoration",
    file="gfpgan_1.4.onnx",
    size=340299087,
    sha256="accc4757b26bdb89b32b4d3500d4f79c9dff97c1dd7c7104bf9dcb95e3311385",
    builds=(Build(340256690, "6548e54cbcf248af385248f0c1193b359c37a0f98b836282b09cf48af4fd2b73"),),
    aliases=("GFPGANv1.4.onnx",),
    licence=GFPGAN,
    commercial_use=False,
    inputs={"input": (None, 3, 512, 512)},
    outputs={"output": (None, 3, 512, 512)},
    by_position=True,
    urls=facefusion.urls(RELEASE, "gfpgan_1.4.onnx"),
    feed=FEED,
    read_in="addresses and contract: facefusion 33cc6b40, face_enhancer/core.py; licence: LICENSE of TencentARC/GFPGAN "
    "7552a77; sha256: pinned alike for these addresses by several public projects; the other build: "
    "visomaster/VisoMaster 429cc08 models_data.py",
)
CODEFORMER = ModelCard(
    name="codeformer",
    task="restoration",
    file="codeformer.onnx",
    size=376951650,
    sha256="21710e7ab61c82683576c428e9c1b6fe1ed419586b7b39e394c3449c294b550f",
    licence="S-Lab License 1.0: non-commercial",
    commercial_use=False,
    inputs={"input": (None, 3, 512, 512), "weight": (None,)},
    outputs={"output": (None, 3, 512, 512)},
    by_position=True,
    urls=facefusion.urls(RELEASE, "codeformer.onnx"),
    feed=FEED,
    read_in="addresses and licence: facefusion 33cc6b40, face_enhancer/core.py; size and sha256: pinned alike for "
    "these addresses by three public projects; the fidelity is a float64 there, and what the file says is followed",
)
GFPGAN_1_3 = _card("gfpgan_1.3", GFPGAN, alias="GFPGANv1.3.onnx")
GFPGAN_1_2 = _card("gfpgan_1.2", GFPGAN, alias="GFPGANv1.2.onnx")


def _gpen(side: int) -> ModelCard:
    return _card(
        f"gpen_bfr_{side}", "GPEN: non-commercial only", replace(FEED, side=side), alias=f"GPEN-BFR-{side}.onnx"
    )


GPEN_BFR_256 = replace(
    _gpen(256),
    feed=Feed(template="arcface_128", side=256, half_pixel=False, pixels=facefusion.SIGNED),
    read_in=f"{READ_IN}; facefusion aligns this one to arcface_128, Deep-Live-Cam bdeeb3a to points of its own, "
    "VisoMaster 429cc08 to FFHQ's; facefusion is followed",
)
GPEN_BFR_512, GPEN_BFR_1024, GPEN_BFR_2048 = map(_gpen, (512, 1024, 2048))
RESTOREFORMER_PLUS_PLUS = _card(
    "restoreformer_plus_plus",
    "Apache-2.0, learned from FFHQ, whose terms are non-commercial",
    read_in=f"{READ_IN}; VisoMaster 429cc08 has another export, whose output is called 2359 and has 15 more beside it",
)
CARDS = (
    *(GFPGAN_1_4, CODEFORMER, GFPGAN_1_3, GFPGAN_1_2),
    *(GPEN_BFR_256, GPEN_BFR_512, GPEN_BFR_1024, GPEN_BFR_2048),
    RESTOREFORMER_PLUS_PLUS,
)
