"""InsightFace's packs: a detector, a recogniser, dense points, sex and age, as the package insightface takes them.

Sizes and sha256 of zips and members are those that public projects pin for the release v0.7, several of them alike.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from .cards import Channels, Feed, ModelCard, Pack, Pixels, Shape, Task

LICENCE = "InsightFace: non-commercial research only"
RELEASES = "https://github.com/deepinsight/insightface/releases/download"
READ_IN = "addresses and licence: deepinsight/insightface 7fadd42, model_zoo/README.md and gui/core/model_downloads.py"
HALF: Channels = (0.5, 0.5, 0.5)
DETECTOR = Pixels(mean=HALF, deviation=(128 / 255, 128 / 255, 128 / 255))
RAW = Pixels(deviation=(1 / 255, 1 / 255, 1 / 255))
"""0..255, for graphs that bring it to their own range themselves."""

FILES: dict[str, tuple[int, str]] = {
    "det_10g.onnx": (16923827, "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91"),
    "scrfd_10g_bnkps.onnx": (16923827, "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91"),
    "det_2.5g.onnx": (3292009, "041f73f47371333d1d17a6fee6c8ab4e6aecabefe398ff32cca4e2d5eaee0af9"),
    "det_500m.onnx": (2524817, "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a"),
    "w600k_r50.onnx": (174383860, "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43"),
    "w600k_mbf.onnx": (13616099, "9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f"),
    "glintr100.onnx": (260665334, "4ab1d6435d639628a6f3e5008dd4f929edf4c4124b1a7169e1048f9fef534cdf"),
    "1k3d68.onnx": (143607619, "df5c06b8a0c12e422b2ed8947b8869faa4105387f199c477af038aa01f9a45cc"),
    "2d106det.onnx": (5030888, "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf"),
    "genderage.onnx": (1322532, "4fde69b1c810857b88c64a335084f1c3fe8f01246c9a191b48c7bb756d6652fb"),
}
FEEDS: dict[Task, Feed] = {
    "detection": Feed(pixels=DETECTOR),
    "recognition": Feed(template="arcface_112_v2", side=112, pixels=Pixels(mean=HALF, deviation=HALF)),
    "landmarks": Feed(side=192, pixels=RAW),
    "attributes": Feed(side=96, pixels=RAW),
}
OUTPUTS: dict[Task, dict[str, Shape]] = {"recognition": {"embedding": (None, 512)}, "attributes": {"all": (None, 3)}}
"""Of the others the number of outputs and their ranks differ between exports; insightface sorts them out."""


def _member(task: Task, file: str) -> ModelCard:
    size, sha256 = FILES[file]
    side = FEEDS[task].side or None
    return ModelCard(
        name=file.removesuffix(".onnx"),
        task=task,
        file=file,
        size=size,
        sha256=sha256,
        licence=LICENCE,
        commercial_use=False,
        inputs={"image": (None, 3, side, side)},
        outputs=OUTPUTS.get(task, {}),
        by_position=True,
        feed=FEEDS[task],
        read_in="sha256: README of Gourieff/sd-webui-reactor 2c6a6e6, yakhyo/uniface d1df387 constants.py, or pinned "
        "alike by several public projects",
    )


DET_10G, DET_2_5G, DET_500M, SCRFD_10G = (
    _member("detection", file) for file in ("det_10g.onnx", "det_2.5g.onnx", "det_500m.onnx", "scrfd_10g_bnkps.onnx")
)
W600K_R50, W600K_MBF, GLINTR100 = (
    _member("recognition", file) for file in ("w600k_r50.onnx", "w600k_mbf.onnx", "glintr100.onnx")
)
DENSE_3D, DENSE_2D = (_member("landmarks", file) for file in ("1k3d68.onnx", "2d106det.onnx"))
GENDERAGE = _member("attributes", "genderage.onnx")


def _pack(name: str, size: int, sha256: str, *members: ModelCard) -> Pack:
    return Pack(
        name=name,
        file=f"{name}.zip",
        size=size,
        sha256=sha256,
        licence=LICENCE,
        commercial_use=False,
        members=members,
        urls=(f"{RELEASES}/v0.7/{name}.zip", f"{RELEASES}/model-zoo/{name}.zip"),
        read_in=f"{READ_IN}; size and sha256 of the zip: pinned alike by several public projects",
    )


BUFFALO_L = _pack(
    "buffalo_l",
    288621354,
    "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f",
    *(DET_10G, W600K_R50, GENDERAGE, DENSE_2D, DENSE_3D),
)
BUFFALO_M = _pack(
    "buffalo_m",
    275951529,
    "d98264bd8f2dc75cbc2ddce2a14e636e02bb857b3051c234b737bf3b614edca9",
    *(DET_2_5G, W600K_R50, GENDERAGE, DENSE_2D, DENSE_3D),
)
BUFFALO_S = _pack(
    "buffalo_s",
    127607557,
    "d85a87f503f691807cd8bb97128bdf7a0660326cd9cd02657127fa978bab8b5e",
    *(DET_500M, W600K_MBF, GENDERAGE, DENSE_2D, DENSE_3D),
)
BUFFALO_SC = _pack(
    "buffalo_sc",
    14969382,
    "57d31b56b6ffa911c8a73cfc1707c73cab76efe7f13b675a05223bf42de47c72",
    *(DET_500M, W600K_MBF),
)
ANTELOPEV2 = _pack(
    "antelopev2",
    360662982,
    "8e182f14fc6e80b3bfa375b33eb6cff7ee05d8ef7633e738d1c89021dcf0c5c5",
    *(SCRFD_10G, GLINTR100, GENDERAGE, DENSE_2D, DENSE_3D),
)
PACKS = (BUFFALO_L, BUFFALO_M, BUFFALO_S, BUFFALO_SC, ANTELOPEV2)


def own_files(folder: Path) -> tuple[Path, ...]:
    """The nets of a pack of the user's own, by name as insightface takes them. Raises ModelError without any."""
    files = tuple(sorted(folder.glob("*.onnx"))) if folder.is_dir() else ()
    if not files:
        raise ModelError(f"{folder} holds no .onnx file; name a folder with a detector and a recogniser.")
    return files
