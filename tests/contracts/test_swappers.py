"""What swap models are fed and how their answer is read, typed in from reference texts and never read from a card."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import skimage.data

from lib_roop import geometry
from lib_roop.swappers import inswapper
from lib_roop.types import Affine, Face, Floats, Identity, Image, SwapJob
from lib_roop.zoo.cards import ModelCard, Pixels
from lib_roop.zoo.inswapper import CARDS

Points = tuple[tuple[float, float], ...]
ARCFACE_128 = (
    (0.36167656, 0.40387734),
    (0.63696719, 0.40235469),
    (0.50019687, 0.56044219),
    (0.38710391, 0.72160547),
    (0.61507734, 0.72034453),
)
ARCFACE_112_V1 = (
    (0.35473214, 0.45658929),
    (0.64526786, 0.45658929),
    (0.5, 0.61154464),
    (0.37913393, 0.776875),
    (0.62086607, 0.776875),
)
FFHQ_512 = (
    (0.37691676, 0.46864664),
    (0.62285697, 0.46912813),
    (0.50123859, 0.61331904),
    (0.39308822, 0.725411),
    (0.61150205, 0.72490465),
)
SIDES = {"inswapper_128": 128, "inswapper_128_fp16": 128, "reswapper_128": 128, "reswapper_256": 256}
FACE = np.array([(185, 110), (243, 118), (212, 152), (182, 178), (229, 184)], np.float32)
SOURCE = np.random.default_rng(1).standard_normal(512).astype(np.float32)
EMAP = np.random.default_rng(2).standard_normal((512, 512)).astype(np.float32)
ANSWER = (0.9, 0.5, 0.1)
"""Red, green and blue of every pixel that the net gives back."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """template: in parts of the crop's side. half_pixel: its points scale about the corner of the first pixel."""

    order: str = "RGB"
    mean: float = 0.0
    deviation: float = 1.0
    template: Points = ARCFACE_128
    half_pixel: bool = True
    layout: tuple[int, int, int] = (2, 0, 1)
    last_unit: bool = True
    full: float = 1.0


RIGHT = Expected()
WRONG: Mapping[str, Expected] = {
    "blue first": replace(RIGHT, order="BGR"),
    "-1..1": replace(RIGHT, mean=0.5, deviation=0.5),
    "0..255": replace(RIGHT, deviation=1 / 255),
    "the template of SimSwap": replace(RIGHT, template=ARCFACE_112_V1),
    "the template of restorers": replace(RIGHT, template=FFHQ_512),
    "channels last": replace(RIGHT, layout=(0, 1, 2)),
    "a latent as facefusion makes it": replace(RIGHT, last_unit=False),
    "an answer of 0..255": replace(RIGHT, full=255.0),
}


class Recorder:
    """A net that gives every pixel ANSWER, and keeps what it was fed."""

    providers: tuple[str, ...] = ("none",)

    def __init__(self) -> None:
        self.fed: Mapping[str, Floats] = {}

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.fed = inputs
        shape = inputs["target"].shape
        return {"output": np.broadcast_to(np.reshape(ANSWER, (1, 3, 1, 1)), shape).astype(np.float32)}


def fitted(points: Floats) -> Affine:
    """The similarity from FACE to `points`, by its four numbers' normal equations."""
    x, y, one, zero = FACE[:, 0], FACE[:, 1], np.ones(5), np.zeros(5)
    system = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
    (a, b, right, down), *_ = np.linalg.lstsq(system, np.concatenate([points[:, 0], points[:, 1]]), rcond=None)
    return np.array([[a, -b, right], [b, a, down]])


def holds(expected: Expected, card: ModelCard) -> bool:
    """Whether the swapper of this card feeds and reads a net as `expected` says."""
    side, picture, net = SIDES[card.name], np.asarray(skimage.data.astronaut(), np.uint8), Recorder()
    contract = inswapper.contract(card.name, card.inputs, card.outputs, side)
    swapper = inswapper.InSwapper(net, EMAP, contract)
    identity = Identity(name="someone", embeddings={"w600k_r50": SOURCE})
    face = Face(id=0, box=np.zeros(4, np.float32), landmarks=FACE, score=1.0)
    (patch,) = swapper.swap([SwapJob(geometry.cut(picture, swapper.frame(face, identity)), identity, 1.0, face)])
    latent = SOURCE / np.linalg.norm(SOURCE) @ EMAP
    if expected.last_unit:
        latent /= np.linalg.norm(latent)
    return (
        _close(net.fed["target"][0], _input(expected, picture, side))
        and np.allclose(net.fed["source"][0], latent, atol=1e-4)
        and np.array_equal(_middle(patch.rgb), _answer(expected))
    )


def _input(expected: Expected, picture: Image, side: int) -> Floats:
    points = np.array(expected.template) * side + (0.5 * (side / 128 - 1) if expected.half_pixel else 0)
    crop = cv2.warpAffine(picture, fitted(points.astype(np.float32)), (side, side)).astype(np.float32) / 255
    crop = crop if expected.order == "RGB" else crop[..., ::-1]
    return np.asarray(((crop - expected.mean) / expected.deviation).transpose(expected.layout), np.float32)


def _close(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and float(np.abs(one - other).mean()) < 0.2 / 255


def _middle(rgb: Image) -> Image:
    return np.asarray(rgb[rgb.shape[0] // 2, rgb.shape[1] // 2])


def _answer(expected: Expected) -> Image:
    colour = np.clip(np.rint(np.array(ANSWER, np.float32) * 255 / expected.full), 0, 255).astype(np.uint8)
    return np.asarray(colour if expected.order == "RGB" else colour[::-1])


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_swapper_keeps_the_contract_of_its_model(card: ModelCard) -> None:
    assert holds(RIGHT, card)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_another_contract_would_be_noticed(card: ModelCard, wrong: Expected) -> None:
    assert not holds(wrong, card)


def test_a_crop_of_256_without_the_half_pixel_would_be_noticed() -> None:
    (card,) = (card for card in CARDS if card.name == "reswapper_256")
    assert not holds(replace(RIGHT, half_pixel=False), card)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_states_the_contract(card: ModelCard) -> None:
    assert card.feed.template == "arcface_128"
    assert card.feed.side == SIDES[card.name]
    assert card.feed.embedding == "w600k_r50"
    assert card.feed.pixels == Pixels(order="RGB", mean=(0, 0, 0), deviation=(1, 1, 1), layout="NCHW")
