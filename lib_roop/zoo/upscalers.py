"""Nets that enlarge pictures: RGB in 0..1 in and out."""

from __future__ import annotations

from .cards import Build, Feed, ModelCard, Shape

VISOMASTER = "https://github.com/visomaster/visomaster-assets/releases/download/v0.1.0"
FACEFUSION = "facefusion/models-3.0.0/resolve/main"
LANCZOS = "lanczos"
"""What enlarges without a net."""
PIXELS: Shape = (None, 3, None, None)
VISOMASTER_READ = "address, sha256, contract: visomaster/VisoMaster 429cc08, models_data.py and frame_enhancers.py"

REAL_ESRGAN_X2 = ModelCard(
    name="real_esrgan_x2",
    task="upscaling",
    file="RealESRGAN_x2plus.fp16.onnx",
    size=0,
    sha256="0b1770bcb31b3a9021d4251b538da4eb47c84f42706504d44a76d17e8c267606",
    licence="BSD-3-Clause",
    commercial_use=True,
    inputs={"input": PIXELS},
    outputs={"output": PIXELS},
    by_position=True,
    urls=(f"{VISOMASTER}/RealESRGAN_x2plus.fp16.onnx",),
    feed=Feed(scale=2),
    read_in=VISOMASTER_READ,
)
REAL_ESRGAN_X4 = ModelCard(
    name="real_esrgan_x4",
    task="upscaling",
    file="RealESRGAN_x4plus.fp16.onnx",
    size=0,
    sha256="0a06c68f463a14bf5563b78d77d61ba4394024e148383c4308d6d3783eac2dc5",
    builds=(Build(36144084, "223c117884ed92526ba1f89fbc09c663f15786c1049802c1a0ac8895b09a9cbc"),),
    aliases=("real_esrgan_x4_fp16.onnx",),
    licence="BSD-3-Clause",
    commercial_use=True,
    inputs={"input": PIXELS},
    outputs={"output": PIXELS},
    by_position=True,
    urls=(
        f"{VISOMASTER}/RealESRGAN_x4plus.fp16.onnx",
        f"https://huggingface.co/{FACEFUSION}/real_esrgan_x4_fp16.onnx",
        f"https://hf-mirror.com/{FACEFUSION}/real_esrgan_x4_fp16.onnx",
    ),
    feed=Feed(scale=4),
    read_in=f"{VISOMASTER_READ}; the other build: facefusion 33cc6b40, frame_enhancer/core.py, its size and sha256 as "
    "one public project pins them",
)
CARDS = (REAL_ESRGAN_X2, REAL_ESRGAN_X4)
