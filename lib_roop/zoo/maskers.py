"""Nets that say what a face's pixels are: regions (BiSeNet) and what lies in front of it (XSeg)."""

from __future__ import annotations

from .cards import Build, Feed, ModelCard, Pixels, Shape

GITHUB = "https://github.com/facefusion/facefusion-assets/releases/download"
HUGGING = "https://huggingface.co/facefusion"
FACEFUSION = "addresses, contract and licence: facefusion 33cc6b40, face_masker.py"
CELEBA = "MIT; it learned from CelebAMask-HQ, whose terms are non-commercial"
IMAGENET = Pixels(mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225))
BISENET_FEED = Feed(side=512, pixels=IMAGENET)
XSEG_FEED = Feed(side=256, pixels=Pixels(order="BGR", layout="NHWC"))
REGIONS: dict[str, Shape] = {"output": (None, 19, 512, 512)}


def _addresses(release: str, file: str) -> tuple[str, ...]:
    return f"{HUGGING}/{release}/resolve/main/{file}", f"{GITHUB}/{release}/{file}"


BISENET_18 = ModelCard(
    name="bisenet_resnet_18",
    task="parsing",
    file="bisenet_resnet_18.onnx",
    size=53205356,
    sha256="2218b6183c26ca5c83303232d682a536c670c13ea9695f716c777d1f244eefe9",
    builds=(Build(53205364, "0d9bd318e46987c3bdbfacae9e2c0f461cae1c6ac6ea6d43bbe541a91727e33f"),),
    aliases=("face_parsing_resnet18.onnx", "resnet18.onnx"),
    licence=CELEBA,
    commercial_use=False,
    inputs={"input": (None, 3, 512, 512)},
    outputs=REGIONS,
    by_position=True,
    urls=(
        *_addresses("models-3.1.0", "bisenet_resnet_18.onnx"),
        "https://github.com/yakhyo/face-parsing/releases/download/weights/resnet18.onnx",
    ),
    feed=BISENET_FEED,
    read_in=f"{FACEFUSION}; size and sha256: two public projects alike; the other build: yakhyo/uniface d1df387, "
    "constants.py",
)
BISENET_34 = ModelCard(
    name="bisenet_resnet_34",
    task="parsing",
    file="bisenet_resnet_34.onnx",
    size=93632546,
    sha256="4a0b8c958a3c938913bd06a8365dbb3c8761afba6ecbf0d14b3b1f77eb230c96",
    builds=(Build(93632554, "5b805bba7b5660ab7070b5a381dcf75e5b3e04199f1e9387232a77a00095102e"),),
    aliases=("faceparser_resnet34.onnx", "resnet34.onnx"),
    licence=CELEBA,
    commercial_use=False,
    inputs={"input": (None, 3, 512, 512)},
    outputs=REGIONS,
    by_position=True,
    urls=(
        *_addresses("models-3.0.0", "bisenet_resnet_34.onnx"),
        "https://github.com/yakhyo/face-parsing/releases/download/weights/resnet34.onnx",
    ),
    feed=BISENET_FEED,
    read_in=f"{FACEFUSION}; size and sha256: pinned alike for these addresses by several public projects; the other "
    "build: yakhyo/uniface d1df387, constants.py, and visomaster/VisoMaster 429cc08",
)


def _xseg(name: str, release: str, size: int, sha256: str) -> ModelCard:
    return ModelCard(
        name=name,
        task="occlusion",
        file=f"{name}.onnx",
        size=size,
        sha256=sha256,
        licence="GPL-3.0 (DeepFaceLab)",
        commercial_use=True,
        inputs={"input": (None, 256, 256, 3)},
        outputs={"output": (None, 256, 256, 1)},
        by_position=True,
        urls=_addresses(release, f"{name}.onnx"),
        feed=XSEG_FEED,
        read_in=f"{FACEFUSION}; size and sha256: pinned alike for these addresses by several public projects",
    )


XSEG_1 = _xseg("xseg_1", "models-3.1.0", 70324286, "c4d1498b8a03b5fe2a3a5d2ef2a0402ab03bd51edaf5b2d8d5fb764702a97dd3")
XSEG_2 = _xseg("xseg_2", "models-3.1.0", 70324286, "cd9a0879eaf43841d765472cf1f8c330dbf9dcb03da0eace93e95f3bcc399042")
XSEG_3 = _xseg("xseg_3", "models-3.2.0", 70327709, "48ccd7e8541e159a5a754ec9e62df2f12065f7df8f9af842c1750342c6533559")
CARDS = (BISENET_18, BISENET_34, XSEG_1, XSEG_2, XSEG_3)
