"""Nets that draw a blurred face anew, on a crop of 512 pixels."""

from __future__ import annotations

from .cards import Build, Channels, Feed, ModelCard, Pixels

FACEFUSION = "facefusion/models-3.0.0/resolve/main"
GITHUB = "https://github.com/facefusion/facefusion-assets/releases/download/models-3.0.0"
HALF: Channels = (0.5, 0.5, 0.5)
FEED = Feed(template="ffhq_512", side=512, pixels=Pixels(mean=HALF, deviation=HALF))

GFPGAN_1_4 = ModelCard(
    name="gfpgan_1.4",
    task="restoration",
    file="gfpgan_1.4.onnx",
    size=340299087,
    sha256="accc4757b26bdb89b32b4d3500d4f79c9dff97c1dd7c7104bf9dcb95e3311385",
    builds=(Build(340256690, "6548e54cbcf248af385248f0c1193b359c37a0f98b836282b09cf48af4fd2b73"),),
    aliases=("GFPGANv1.4.onnx",),
    licence="Apache-2.0, with parts under NVIDIA's StyleGAN2 and DFDNet's non-commercial terms",
    commercial_use=False,
    inputs={"input": (None, 3, 512, 512)},
    outputs={"output": (None, 3, 512, 512)},
    by_position=True,
    urls=(
        f"https://huggingface.co/{FACEFUSION}/gfpgan_1.4.onnx",
        f"{GITHUB}/gfpgan_1.4.onnx",
        f"https://hf-mirror.com/{FACEFUSION}/gfpgan_1.4.onnx",
    ),
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
    urls=(
        f"https://huggingface.co/{FACEFUSION}/codeformer.onnx",
        f"{GITHUB}/codeformer.onnx",
        f"https://hf-mirror.com/{FACEFUSION}/codeformer.onnx",
    ),
    feed=FEED,
    read_in="addresses and licence: facefusion 33cc6b40, face_enhancer/core.py; size and sha256: pinned alike for "
    "these addresses by three public projects; the fidelity is a float64 there, and what the file says is followed",
)
CARDS = (GFPGAN_1_4, CODEFORMER)
