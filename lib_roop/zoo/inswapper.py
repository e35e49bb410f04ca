"""inswapper and ReSwapper: the identity as 512 numbers, turned by a matrix in the file, and a crop in; the crop out.

Where sources disagree on the identity, insightface is followed: unit, times the file's last initializer, unit again
(facefusion leaves out the last step). The half-pixel rule for crops other than 128 is ReSwapper's own.
"""

from __future__ import annotations

from .cards import Build, Feed, ModelCard, Shape

RECOGNISER = "w600k_r50"
"""Whose embeddings they take."""
RESEARCH = "InsightFace: non-commercial research only"
DISTILLED = "AGPL-3.0 code; weights learned from inswapper's, so as these: non-commercial research only"
REACTOR = "https://huggingface.co/datasets/Gourieff/ReActor/resolve/main/models"
FACEFUSION = "https://huggingface.co/facefusion/models-3.0.0/resolve/main"
COUNTFLOYD = "https://huggingface.co/countfloyd/deepfake/resolve/main"


def _feed(side: int) -> Feed:
    return Feed(template="arcface_128", side=side, embedding=RECOGNISER)


def _inputs(side: int | None) -> dict[str, Shape]:
    return {"target": (None, 3, side, side), "source": (None, 512)}


INSWAPPER_128 = ModelCard(
    name="inswapper_128",
    task="swap",
    family="inswapper",
    file="inswapper_128.onnx",
    size=554253681,
    sha256="e4a3f08c753cb72d04e10aa0f7dbe3deebbf39567d4ead6dce08e98aa49e16af",
    builds=(Build(555303150, "a290273ed497312095dac48cdef20feec9d5208298223dd01288ab202b54bea7"),),
    licence=RESEARCH,
    commercial_use=False,
    inputs=_inputs(128),
    outputs={"output": (None, 3, 128, 128)},
    urls=(f"{REACTOR}/inswapper_128.onnx", f"{COUNTFLOYD}/inswapper_128.onnx", f"{FACEFUSION}/inswapper_128.onnx"),
    feed=_feed(128),
    read_in="sha256: README of Gourieff/sd-webui-reactor 2c6a6e6; addresses: its install.py, roop-unleashed e70a129 "
    "core.py and facefusion 33cc6b40, whose file is the other build; sizes: manifests of public projects",
)
INSWAPPER_128_FP16 = ModelCard(
    name="inswapper_128_fp16",
    task="swap",
    family="inswapper",
    file="inswapper_128_fp16.onnx",
    size=277680638,
    sha256="6d51a9278a1f650cffefc18ba53f38bf2769bf4bbff89267822cf72945f8a38b",
    builds=(Build(277680829, "98fae14454ae714f31b4fe43a8907661c6b496ccbc5cb62c7219d8196d92bf21"),),
    aliases=("inswapper_128.fp16.onnx",),
    licence=RESEARCH,
    commercial_use=False,
    inputs=_inputs(128),
    outputs={"output": (None, 3, 128, 128)},
    urls=(
        "https://huggingface.co/hacksider/deep-live-cam/resolve/main/inswapper_128_fp16.onnx",
        "https://github.com/visomaster/visomaster-assets/releases/download/v0.1.0/inswapper_128.fp16.onnx",
        f"{FACEFUSION}/inswapper_128_fp16.onnx",
    ),
    feed=_feed(128),
    read_in="sha256: visomaster/VisoMaster 429cc08 models_data.py; address and size: hacksider/deep-live-cam as public "
    "projects pin it; the other build: facefusion 33cc6b40, its size and "
    "sha256 as one public project states them",
)
RESWAPPER_128 = ModelCard(
    name="reswapper_128",
    task="swap",
    family="inswapper",
    file="reswapper_128.onnx",
    size=0,
    sha256="744eaa30a6a3bdeb693c3c127b2c9ce6f2ea763f245b92ea71ea98b3a38b0fec",
    licence=DISTILLED,
    commercial_use=False,
    inputs=_inputs(None),
    outputs={"output": (None, 3, None, None)},
    urls=(f"{REACTOR}/reswapper_128.onnx", f"{COUNTFLOYD}/reswapper_128.onnx"),
    feed=_feed(128),
    read_in="sha256: Quaggles/SwarmUI-FaceTools, Utils.cs; addresses: there and roop-unleashed e70a129 core.py",
)
RESWAPPER_256 = ModelCard(
    name="reswapper_256",
    task="swap",
    family="inswapper",
    file="reswapper_256.onnx",
    size=0,
    sha256="42351d48d8cede1da70e3ea9f552613ead95f3e7ad977c60862ca0a3905eca9e",
    licence=DISTILLED,
    commercial_use=False,
    inputs=_inputs(None),
    outputs={"output": (None, 3, None, None)},
    urls=(f"{REACTOR}/reswapper_256.onnx", f"{COUNTFLOYD}/reswapper_256.onnx"),
    feed=_feed(256),
    read_in=RESWAPPER_128.read_in,
)
CARDS = (INSWAPPER_128, INSWAPPER_128_FP16, RESWAPPER_128, RESWAPPER_256)
