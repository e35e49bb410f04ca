"""What the swap models beside inswapper are fed and how their answer is read, typed from the reference texts.

A card that says otherwise fails here; that it does is tested too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from lib_roop import geometry
from lib_roop.facemesh import LEFT_EYE, MOUTH_LEFT, MOUTH_RIGHT, NOSE_TIP, RIGHT_EYE
from lib_roop.identities import textures
from lib_roop.swappers.crops import CropSwapper, Opened
from lib_roop.swappers.families import FAMILIES
from lib_roop.swappers.sources import Converter
from lib_roop.types import Face, Floats, Identity, Image, SwapJob
from lib_roop.zoo import catalogue
from lib_roop.zoo.cards import ModelCard
from tests.contracts.test_swappers import ARCFACE_112_V1, ARCFACE_128, FACE, FFHQ_512, SOURCE, Points, fitted

MTCNN_512 = (
    (0.36562865, 0.46733799),
    (0.63305391, 0.46585885),
    (0.50019127, 0.61942959),
    (0.39032951, 0.77598822),
    (0.61178945, 0.77476328),
)
ARCFACE_112_V2 = (
    (0.34191607, 0.46157411),
    (0.65653393, 0.45983393),
    (0.50022500, 0.64050536),
    (0.37097589, 0.82469196),
    (0.63151696, 0.82325089),
)
HALF, ZERO, ONE = (0.5,) * 3, (0.0,) * 3, (1.0,) * 3
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CONVERTED = np.random.default_rng(9).standard_normal(512).astype(np.float32)
"""What every converter answers."""
ANSWER = (0.8, 0.0, -0.6)
"""Red, green and blue of every pixel that a net gives back."""
SIGNED, UNSIGNED = (230, 128, 51), (204, 0, 0)
"""What ANSWER means to a net that gives -1..1, and to one that gives 0..1."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """template: in parts of the crop's side. half_pixel: its points scale about the corner of the first pixel.

    source: "unit", "converted", "converted unit" or the template and side of a picture, RGB 0..1.
    """

    side: int = 256
    template: Points
    mean: tuple[float, ...] = HALF
    deviation: tuple[float, ...] = HALF
    order: tuple[int, int, int] = (0, 1, 2)
    answer: tuple[int, int, int] = SIGNED
    half_pixel: bool = False
    border: int = cv2.BORDER_REPLICATE
    source: str | tuple[Points, int]
    converter: str = ""


HYPERSWAP = Expected(template=ARCFACE_128, source="unit")
GHOST = Expected(template=ARCFACE_112_V1, source="converted", converter="crossface_ghost")
SIMSWAP = Expected(
    template=ARCFACE_112_V1,
    mean=IMAGENET[0],
    deviation=IMAGENET[1],
    answer=UNSIGNED,
    source="converted unit",
    converter="crossface_simswap",
)
MODELS: Mapping[str, Expected] = {
    **{f"hyperswap_{version}_256": HYPERSWAP for version in ("1a", "1b", "1c")},
    **{f"ghost_{version}_256": GHOST for version in (1, 2, 3)},
    "simswap_256": SIMSWAP,
    "simswap_unofficial_512": replace(SIMSWAP, side=512, mean=ZERO, deviation=ONE),
    "hififace_unofficial_256": Expected(template=MTCNN_512, source="converted unit", converter="crossface_hififace"),
    "blendswap_256": Expected(
        template=FFHQ_512, mean=ZERO, deviation=ONE, answer=UNSIGNED, source=(ARCFACE_112_V2, 112)
    ),
    "uniface_256": Expected(template=FFHQ_512, source=(FFHQ_512, 256)),
}
PICTURED = [name for name, expected in MODELS.items() if not isinstance(expected.source, str)]
WRONG: Mapping[str, Callable[[Expected], Expected]] = {
    "blue first": lambda right: replace(right, order=(2, 1, 0)),
    "another mean": lambda right: replace(right, mean=(0.4, 0.4, 0.4)),
    "another deviation": lambda right: replace(right, deviation=(0.4, 0.4, 0.4)),
    "another range of the answer": lambda right: replace(
        right, answer=SIGNED if right.answer == UNSIGNED else UNSIGNED
    ),
    "another template": lambda right: replace(
        right, template=ARCFACE_128 if right.template != ARCFACE_128 else ARCFACE_112_V1
    ),
    "another source": lambda right: replace(right, source="converted" if right.source == "unit" else "unit"),
    "another length": lambda right: replace(
        right,
        source={"converted": "converted unit", "converted unit": "converted", "unit": "raw"}.get(
            str(right.source), (FFHQ_512, 128)
        ),
    ),
    "another converter": lambda right: replace(right, converter="crossface_other"),
    "another side": lambda right: replace(right, side=128),
}
CARDS = {card.name: card for card in catalogue.MODELS if isinstance(card, ModelCard)}


class Recorder:
    """A net that gives every pixel ANSWER, and keeps what it was fed."""

    providers: tuple[str, ...] = ("none",)

    def __init__(self) -> None:
        self.fed: Mapping[str, Floats] = {}

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.fed = inputs
        shape = inputs["target"].shape
        return {"output": np.broadcast_to(np.reshape(ANSWER, (1, 3, 1, 1)), shape).astype(np.float32)}


class Crossing:
    """A converter's net: the same answer for every embedding."""

    providers: tuple[str, ...] = ("none",)

    def __init__(self) -> None:
        self.fed: list[Floats] = []

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.fed.append(inputs["input"])
        return {"output": CONVERTED[None]}


def picture() -> Image:
    return np.asarray(skimage.data.astronaut(), np.uint8)


def opened(card: ModelCard, net: Recorder) -> CropSwapper:
    converters = tuple(Converter(name, Crossing(), "input") for name in card.needs)
    return FAMILIES[card.family](Opened(card, Path(card.file), net, card.inputs, card.outputs, converters))


def someone() -> Identity:
    """Whose picture is the target's: the mesh has its five points where FACE is, and covers all that crops show."""
    random = np.random.default_rng(4)
    dense = random.uniform((40, 0, -20), (400, 290, 20), (468, 3)).astype(np.float32)
    parts = LEFT_EYE, RIGHT_EYE, (NOSE_TIP,), (MOUTH_LEFT,), (MOUTH_RIGHT,)
    for points, place in zip(parts, FACE, strict=True):
        dense[list(points), :2] = place
    skin = textures.cut(picture(), dense)
    return Identity(name="someone", embeddings={"w600k_r50": SOURCE}, texture=skin, shape=dense)


def holds(expected: Expected, card: ModelCard) -> bool:
    """Whether the swapper of this card feeds and reads a net as `expected` says."""
    net, identity = Recorder(), someone()
    swapper = opened(card, net)
    face = Face(id=0, box=np.zeros(4, np.float32), landmarks=FACE, score=1.0)
    (patch,) = swapper.swap([SwapJob(geometry.cut(picture(), swapper.frame(face, identity)), identity, 1.0, face)])
    middle = patch.rgb[patch.rgb.shape[0] // 2, patch.rgb.shape[1] // 2]
    return (
        near(net.fed["target"][0], target_of(expected))
        and near(net.fed["source"][0], source_of(expected))
        and middle.tolist() == [expected.answer[channel] for channel in expected.order]
        and card.needs == ((expected.converter,) if expected.converter else ())
    )


def target_of(expected: Expected) -> Floats:
    crop = cropped(expected.template, expected.side, half_pixel=expected.half_pixel, border=expected.border)
    return ((crop[list(expected.order)].T - expected.mean) / expected.deviation).T.astype(np.float32)


def source_of(expected: Expected) -> Floats:
    if not isinstance(expected.source, str):
        return cropped(*expected.source)
    vector = CONVERTED if "converted" in expected.source else SOURCE
    return np.asarray(vector / np.linalg.norm(vector) if "unit" in expected.source else vector, np.float32)


def cropped(template: Points, side: int, *, half_pixel: bool = False, border: int = cv2.BORDER_REPLICATE) -> Floats:
    """3xSxS, 0..1, of the picture."""
    made_for = 512 if template in (FFHQ_512, MTCNN_512) else 128 if template == ARCFACE_128 else 112
    shift = 0.5 * (side / made_for - 1) if half_pixel else 0
    matrix = fitted((np.array(template) * side + shift).astype(np.float32))
    crop = cv2.warpAffine(picture(), matrix, (side, side), borderMode=border)
    return np.asarray(crop.transpose(2, 0, 1) / 255, np.float32)


def near(given: Floats, expected: Floats) -> bool:
    return given.shape == expected.shape and float(np.abs(given - expected).mean()) < 0.4 / 255


@pytest.mark.parametrize("name", MODELS)
def test_a_swapper_keeps_the_contract_of_its_model(name: str) -> None:
    assert holds(MODELS[name], CARDS[name])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_another_contract_would_be_noticed(name: str, wrong: Callable[[Expected], Expected]) -> None:
    assert not holds(wrong(MODELS[name]), CARDS[name])


@pytest.mark.parametrize("name", MODELS)
def test_a_crop_with_the_half_pixel_would_be_noticed(name: str) -> None:
    assert not holds(replace(MODELS[name], half_pixel=True), CARDS[name])


@pytest.mark.parametrize("name", PICTURED)
def test_a_crop_that_is_black_beyond_the_picture_would_be_noticed(name: str) -> None:
    """Their crops are larger than those of the others, and this face is close to the picture's edge."""
    assert not holds(replace(MODELS[name], border=cv2.BORDER_CONSTANT), CARDS[name])


def test_all_crops_go_on_beyond_the_picture() -> None:
    assert all(CARDS[name].feed.replicate for name in MODELS)
    assert not any(card.feed.replicate for card in CARDS.values() if card.family == "inswapper")


def test_every_swap_model_has_a_contract() -> None:
    swappers = {name for name, card in CARDS.items() if card.task == "swap" and card.family != "inswapper"}
    assert swappers == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_card_states_the_contract(name: str) -> None:
    card, expected = CARDS[name], MODELS[name]
    side = expected.side
    pictured = not isinstance(expected.source, str)
    worn = expected.source[1] if not isinstance(expected.source, str) else 0
    assert card.inputs == {
        "target": (None, 3, side, side),
        "source": (None, 3, worn, worn) if pictured else (None, 512),
    }
    assert card.outputs == {"output": (None, 3, side, side)}
    assert card.feed.embedding == ("" if pictured else "w600k_r50")
    assert not card.commercial_use and not card.sha256 and not card.size


@pytest.mark.parametrize("name", ["crossface_ghost", "crossface_hififace", "crossface_simswap"])
def test_a_converter_takes_and_gives_512_numbers(name: str) -> None:
    card = CARDS[name]
    assert (card.task, card.inputs, card.outputs) == ("conversion", {"input": (None, 512)}, {"output": (None, 512)})
