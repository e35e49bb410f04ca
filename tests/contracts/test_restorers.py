"""What restorers, upscalers and maskers feed their nets and how they read them, typed from the models' own sources.

A card that says otherwise fails here; that it does is tested too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lib_roop.maskers import OcclusionMasker, RegionMasker
from lib_roop.maskers.bisenet import REGIONS
from lib_roop.restorers import AlignedRestorer, restored
from lib_roop.types import Face, Image, Patch
from lib_roop.upscalers import RealEsrgan
from lib_roop.zoo import maskers, restorers, upscalers
from lib_roop.zoo.cards import ModelCard, Pixels
from tests.graphs_restorers import Recorder, face_at, noisy

ORANGE = (255, 128, 0)
"""No two channels are alike, so that no order passes for another."""
ARCFACE_128 = (
    (0.36167656, 0.40387734),
    (0.63696719, 0.40235469),
    (0.50019687, 0.56044219),
    (0.38710391, 0.72160547),
    (0.61507734, 0.72034453),
)
FFHQ_512 = (
    (0.37691676, 0.46864664),
    (0.62285697, 0.46912813),
    (0.50123859, 0.61331904),
    (0.39308822, 0.72541100),
    (0.61150205, 0.72490465),
)
Check = Callable[[ModelCard], None]
SIDES = {
    **dict.fromkeys(("gfpgan_1.2", "gfpgan_1.3", "gfpgan_1.4", "codeformer", "restoreformer_plus_plus"), 512),
    **{f"gpen_bfr_{side}": side for side in (256, 512, 1024, 2048)},
}
"""Of the restorers' crops."""


def flat(side: int) -> Image:
    return np.full((side, side, 3), ORANGE, np.uint8)


def restorer_contract(card: ModelCard) -> None:
    """RGB, (x / 255 - 0.5) / 0.5, NCHW, in FFHQ's frame (GPEN 256: inswapper's); out the same, -1..1."""
    side = SIDES[card.name]
    answer = np.broadcast_to(np.array([1.2, 0.0, -1], np.float32)[None, :, None, None], (1, 3, side, side))
    net = Recorder(answer)
    (image,) = AlignedRestorer(net, card, list(card.inputs)).restore([flat(512)], 0.7)
    crop = net.given["input"]
    assert crop.shape == (1, 3, side, side) and crop.dtype == np.float32
    np.testing.assert_allclose(crop[0, :, 9, 9], [1.0, 128 / 127.5 - 1, -1.0], atol=1e-5)
    np.testing.assert_array_equal(image[len(image) // 2, len(image) // 2], [255, 128, 0])
    assert card.feed.template == ("arcface_128" if card.name == "gpen_bfr_256" else "ffhq_512")


def upscaler_contract(card: ModelCard) -> None:
    """RGB, x / 255, NCHW; out 0..1."""
    answer = np.broadcast_to(np.array([1.1, 0.5, -0.1], np.float32)[None, :, None, None], (1, 3, 96, 96))
    net = Recorder(answer)
    (image,) = RealEsrgan(net, card, list(card.inputs)).upscale([flat(16)], 2)
    crop = net.given["input"]
    assert crop.shape == (1, 3, 48, 48) and crop.dtype == np.float32
    np.testing.assert_allclose(crop[0, :, 9, 9], [1.0, 128 / 255, 0.0], atol=1e-6)
    np.testing.assert_array_equal(image[9, 9], [255, 128, 0])


def parser_contract(card: ModelCard) -> None:
    """RGB, ImageNet's mean and deviation, NCHW, 512x512; out 19 scores, the highest counts, 1 is skin, 17 hair."""
    scores = np.zeros((1, 19, 512, 512), np.float32)
    scores[0, 1, :, :256] = 5
    scores[0, 17, :, 256:] = 5
    net, face = Recorder(scores), face_at(0, 0, 512)
    (mask,) = RegionMasker(net, card, list(card.inputs)).mask(flat(512), [face], [everything()])
    crop = net.given["input"]
    assert crop.shape == (1, 3, 512, 512) and crop.dtype == np.float32
    expected = (1 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (0 - 0.406) / 0.225
    np.testing.assert_allclose(crop[0, :, 200, 200], expected, atol=1e-5)
    assert mask[250, 200] == 1 and mask[250, 300] == 0


def occlusion_contract(card: ModelCard) -> None:
    """BGR, x / 255, NHWC, 256x256; out NHWC, 1 is visible face."""
    visible = np.zeros((1, 256, 256, 1), np.float32)
    visible[:, :, :128] = 1
    net, face = Recorder(visible), face_at(0, 0, 512)
    (mask,) = OcclusionMasker(net, card, list(card.inputs)).mask(flat(512), [face], [everything()])
    crop = net.given["input"]
    assert crop.shape == (1, 256, 256, 3) and crop.dtype == np.float32
    np.testing.assert_allclose(crop[0, 100, 100], [0.0, 128 / 255, 1.0], atol=1e-6)
    assert mask[250, 200] == 1 and mask[250, 300] == 0


def everything() -> Patch:
    return Patch(0, 0, flat(512), np.ones((512, 512), np.float32))


CONTRACTS: list[tuple[ModelCard, Check]] = [
    *((card, restorer_contract) for card in restorers.CARDS),
    *((card, upscaler_contract) for card in upscalers.CARDS),
    *((card, parser_contract) for card in maskers.CARDS if card.task == "parsing"),
    *((card, occlusion_contract) for card in maskers.CARDS if card.task == "occlusion"),
]
BY_NAME = [pytest.param(*pair, id=pair[0].name) for pair in CONTRACTS]


@pytest.mark.parametrize(("card", "check"), BY_NAME)
def test_nets_are_fed_and_read_as_their_sources_say(card: ModelCard, check: Check) -> None:
    check(card)


def test_every_card_of_these_families_has_a_contract() -> None:
    known = {card.name for card, _ in CONTRACTS}
    assert known == {card.name for card in (*restorers.CARDS, *upscalers.CARDS, *maskers.CARDS)}
    assert {card.name for card in restorers.CARDS} == set(SIDES)
    assert {"real_esrgan_x2", "real_esrgan_x4", "xseg_1"} <= known


@pytest.mark.parametrize(
    "wrong",
    [
        lambda pixels: replace(pixels, order="BGR" if pixels.order == "RGB" else "RGB"),
        lambda pixels: replace(pixels, mean=(0.4, 0.4, 0.4)),
        lambda pixels: replace(pixels, deviation=(0.4, 0.4, 0.4)),
        lambda pixels: replace(pixels, layout="NHWC" if pixels.layout == "NCHW" else "NCHW"),
    ],
    ids=["order", "mean", "deviation", "layout"],
)
@pytest.mark.parametrize(("card", "check"), BY_NAME)
def test_a_card_with_a_wrong_contract_is_noticed(
    card: ModelCard, check: Check, wrong: Callable[[Pixels], Pixels]
) -> None:
    with pytest.raises((AssertionError, ValueError, IndexError)):
        check(replace(card, feed=replace(card.feed, pixels=wrong(card.feed.pixels))))


@pytest.mark.parametrize(("card", "check"), [pair for pair in BY_NAME if "real_esrgan" not in str(pair.id)])
def test_a_card_with_a_wrong_side_is_noticed(card: ModelCard, check: Check) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check(replace(card, feed=replace(card.feed, side=card.feed.side // 2)))


@pytest.mark.parametrize("name", ["weight", "w"])
def test_codeformer_gets_its_fidelity_under_the_name_in_the_file(name: str) -> None:
    net = Recorder()
    AlignedRestorer(net, restorers.CODEFORMER, ["x", name]).restore([flat(512)], 0.25)
    assert list(net.given) == ["x", name]
    assert net.given[name].tolist() == [0.25]


def test_gfpgan_gets_nothing_but_the_crop() -> None:
    net = Recorder()
    AlignedRestorer(net, restorers.GFPGAN_1_4, ["input"]).restore([flat(512)], 0.25)
    assert list(net.given) == ["input"]


def aligned(points: tuple[tuple[float, float], ...], side: int, made_for: int) -> Face:
    """A face whose crop of `side` pixels is the picture itself; pixel centres are whole numbers in both."""
    landmarks = (np.array(points) * made_for + 0.5) * (side / made_for) - 0.5
    return Face(id=0, box=np.array((0, 0, side, side), np.float32), landmarks=landmarks.astype(np.float32), score=1.0)


def nearly(given: NDArray[Any], expected: NDArray[Any]) -> bool:
    return given.shape == expected.shape and float(np.abs(given - expected).max()) < 3 / 255


def test_xseg_sees_inswappers_crop() -> None:
    picture, net = noisy(256, 256), Recorder(np.ones((1, 256, 256, 1), np.float32))
    masker = OcclusionMasker(net, maskers.XSEG_1, ["input"])
    masker.mask(picture, [aligned(ARCFACE_128, 256, 128)], [Patch(0, 0, picture, np.ones((256, 256), np.float32))])
    assert nearly(net.given["input"][0], picture[..., ::-1] / np.float32(255))


def test_bisenet_and_restorers_see_the_crop_of_ffhq() -> None:
    picture, face = noisy(512, 512), aligned(FFHQ_512, 512, 512)
    planes = picture.transpose(2, 0, 1) / np.float32(255)
    net = Recorder(np.zeros((1, 19, 512, 512), np.float32))
    RegionMasker(net, maskers.BISENET_18, ["input"]).mask(picture, [face], [everything()])
    deviation = np.reshape((0.229, 0.224, 0.225), (3, 1, 1))
    mean = np.reshape((0.485, 0.456, 0.406), (3, 1, 1))
    assert nearly(net.given["input"][0] * deviation + mean, planes)
    for card in (restorers.GFPGAN_1_4, restorers.GPEN_BFR_512, restorers.RESTOREFORMER_PLUS_PLUS):
        net = Recorder()
        restored(picture, [face], AlignedRestorer(net, card, ["input"]), 1.0, 0.5)
        assert nearly(net.given["input"][0] / 2 + 0.5, planes)


def test_gpen_256_sees_inswappers_crop_cut_as_facefusion_does_and_lays_it_back() -> None:
    picture = noisy(512, 512)
    landmarks = (np.array(ARCFACE_128) * 256 * 1.7 + (30, 25)).astype(np.float32)
    face = Face(id=0, box=np.array((60, 60, 440, 440), np.float32), landmarks=landmarks, score=1.0)
    matrix, _ = cv2.estimateAffinePartial2D(landmarks, np.array(ARCFACE_128) * 256)
    expected = cv2.warpAffine(cv2.GaussianBlur(picture, (0, 0), 1), matrix, (256, 256)).transpose(2, 0, 1)
    net = Recorder()
    (patch,) = restored(picture, [face], AlignedRestorer(net, restorers.GPEN_BFR_256, ["input"]), 1.0, 0.5)
    inner = np.s_[:, 8:-8, 8:-8]
    assert np.abs(net.given["input"][0] * 127.5 + 127.5 - expected)[inner].mean() < 2
    under = picture[patch.y : patch.y + patch.mask.shape[0], patch.x : patch.x + patch.mask.shape[1]]
    shown = patch.mask > 0.99
    assert shown.any() and np.abs(patch.rgb.astype(int) - under)[shown].mean() < 3


def test_large_restorers_see_as_many_pixels_as_they_draw() -> None:
    picture, face = noisy(1024, 1024), aligned(FFHQ_512, 1024, 512)
    net = Recorder()
    restored(picture, [face], AlignedRestorer(net, restorers.GPEN_BFR_1024, ["input"]), 1.0, 0.5)
    assert nearly(net.given["input"][0] / 2 + 0.5, picture.transpose(2, 0, 1) / np.float32(255))


def test_regions_are_the_classes_of_the_parsing_net() -> None:
    assert REGIONS == {
        "background": (0,),
        "skin": (1,),
        "brows": (2, 3),
        "eyes": (4, 5),
        "glasses": (6,),
        "ears": (7, 8),
        "earrings": (9,),
        "nose": (10,),
        "mouth": (11,),
        "lips": (12, 13),
        "neck": (14,),
        "necklace": (15,),
        "clothes": (16,),
        "hair": (17,),
        "hat": (18,),
    }
