"""The cards' facts against the contracts as they were read, typed in here anew: a wrong one on a card fails."""

import pytest

from lib_roop.swappers.families import FAMILIES
from lib_roop.zoo import catalogue, insightface
from lib_roop.zoo.cards import ModelCard, Pixels

CARDS = {
    card.name: card for item in catalogue.MODELS for card in ([item] if isinstance(item, ModelCard) else item.members)
}
HALF, ZERO, ONE = (0.5,) * 3, (0.0,) * 3, (1.0,) * 3
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.mark.parametrize(
    ("name", "crop", "pixels"),
    [
        ("inswapper_128", ("arcface_128", 128), ("RGB", "NCHW", ZERO, ONE)),
        ("inswapper_128_fp16", ("arcface_128", 128), ("RGB", "NCHW", ZERO, ONE)),
        ("reswapper_128", ("arcface_128", 128), ("RGB", "NCHW", ZERO, ONE)),
        ("reswapper_256", ("arcface_128", 256), ("RGB", "NCHW", ZERO, ONE)),
        *(
            (f"hyperswap_{version}_256", ("arcface_128", 256), ("RGB", "NCHW", HALF, HALF))
            for version in ("1a", "1b", "1c")
        ),
        *((f"ghost_{version}_256", ("arcface_112_v1", 256), ("RGB", "NCHW", HALF, HALF)) for version in (1, 2, 3)),
        ("simswap_256", ("arcface_112_v1", 256), ("RGB", "NCHW", *IMAGENET)),
        ("simswap_unofficial_512", ("arcface_112_v1", 512), ("RGB", "NCHW", ZERO, ONE)),
        ("hififace_unofficial_256", ("mtcnn_512", 256), ("RGB", "NCHW", HALF, HALF)),
        ("blendswap_256", ("ffhq_512", 256), ("RGB", "NCHW", ZERO, ONE)),
        ("uniface_256", ("ffhq_512", 256), ("RGB", "NCHW", HALF, HALF)),
        ("gfpgan_1.2", ("ffhq_512", 512), ("RGB", "NCHW", HALF, HALF)),
        ("gfpgan_1.3", ("ffhq_512", 512), ("RGB", "NCHW", HALF, HALF)),
        ("gfpgan_1.4", ("ffhq_512", 512), ("RGB", "NCHW", HALF, HALF)),
        ("gpen_bfr_256", ("arcface_128", 256), ("RGB", "NCHW", HALF, HALF)),
        *((f"gpen_bfr_{side}", ("ffhq_512", side), ("RGB", "NCHW", HALF, HALF)) for side in (512, 1024, 2048)),
        ("restoreformer_plus_plus", ("ffhq_512", 512), ("RGB", "NCHW", HALF, HALF)),
        ("codeformer", ("ffhq_512", 512), ("RGB", "NCHW", HALF, HALF)),
        ("bisenet_resnet_18", ("", 512), ("RGB", "NCHW", *IMAGENET)),
        ("bisenet_resnet_34", ("", 512), ("RGB", "NCHW", *IMAGENET)),
        ("xseg_1", ("", 256), ("BGR", "NHWC", ZERO, ONE)),
        ("xseg_2", ("", 256), ("BGR", "NHWC", ZERO, ONE)),
        ("xseg_3", ("", 256), ("BGR", "NHWC", ZERO, ONE)),
        ("real_esrgan_x2", ("", 0), ("RGB", "NCHW", ZERO, ONE)),
        ("real_esrgan_x4", ("", 0), ("RGB", "NCHW", ZERO, ONE)),
        ("w600k_r50", ("arcface_112_v2", 112), ("RGB", "NCHW", HALF, HALF)),
        ("det_10g", ("", 0), ("RGB", "NCHW", HALF, (128 / 255,) * 3)),
        # Raw 0..255: their graphs begin with Sub and Mul, or with bn_data, by which insightface tells.
        ("1k3d68", ("", 192), ("RGB", "NCHW", ZERO, (1 / 255,) * 3)),
        ("2d106det", ("", 192), ("RGB", "NCHW", ZERO, (1 / 255,) * 3)),
        ("genderage", ("", 96), ("RGB", "NCHW", ZERO, (1 / 255,) * 3)),
    ],
)
def test_a_net_is_fed_as_its_contract_says(
    name: str, crop: tuple[str, int], pixels: tuple[str, str, tuple[float, ...], tuple[float, ...]]
) -> None:
    feed = CARDS[name].feed
    assert (feed.template, feed.side) == crop
    given = feed.pixels
    assert (given.order, given.layout, given.mean, given.deviation) == pixels


@pytest.mark.parametrize(
    ("name", "inputs", "outputs"),
    [
        ("inswapper_128", {"target": (None, 3, 128, 128), "source": (None, 512)}, {"output": (None, 3, 128, 128)}),
        ("gfpgan_1.4", {"input": (None, 3, 512, 512)}, {"output": (None, 3, 512, 512)}),
        ("codeformer", {"input": (None, 3, 512, 512), "weight": (None,)}, {"output": (None, 3, 512, 512)}),
        ("bisenet_resnet_34", {"input": (None, 3, 512, 512)}, {"output": (None, 19, 512, 512)}),
        ("xseg_1", {"input": (None, 256, 256, 3)}, {"output": (None, 256, 256, 1)}),
        ("genderage", {"image": (None, 3, 96, 96)}, {"all": (None, 3)}),
        ("1k3d68", {"image": (None, 3, 192, 192)}, {}),
        ("w600k_r50", {"image": (None, 3, 112, 112)}, {"embedding": (None, 512)}),
    ],
)
def test_a_net_takes_and_gives_the_shapes_of_its_contract(
    name: str, inputs: dict[str, tuple[int | None, ...]], outputs: dict[str, tuple[int | None, ...]]
) -> None:
    assert list(CARDS[name].inputs.items()) == list(inputs.items())
    assert CARDS[name].outputs == outputs


def test_swappers_take_the_embeddings_of_buffalo_ls_recogniser_or_a_picture() -> None:
    swappers = [card for card in CARDS.values() if card.task == "swap"]
    described = [card for card in swappers if card.feed.source is None]
    assert {card.feed.embedding for card in described} == {"w600k_r50"} == {insightface.W600K_R50.name}
    pictured = {card.name: card.feed.source for card in swappers if card.feed.source}
    crops = {name: (feed.template, feed.side, feed.pixels) for name, feed in pictured.items()}
    assert crops == {
        "blendswap_256": ("arcface_112_v2", 112, Pixels()),
        "uniface_256": ("ffhq_512", 256, Pixels()),
    }


def test_models_name_the_converter_that_they_need() -> None:
    assert {name: card.needs for name, card in CARDS.items() if card.needs} == {
        **dict.fromkeys(("ghost_1_256", "ghost_2_256", "ghost_3_256"), ("crossface_ghost",)),
        **dict.fromkeys(("simswap_256", "simswap_unofficial_512"), ("crossface_simswap",)),
        "hififace_unofficial_256": ("crossface_hififace",),
    }
    assert all(CARDS[name].task == "conversion" for card in CARDS.values() for name in card.needs)


def test_what_comes_out_otherwise_than_it_goes_in_says_so() -> None:
    assert {name: card.feed.gives for name, card in CARDS.items() if card.feed.gives} == {"simswap_256": Pixels()}


def test_every_swap_model_has_a_family() -> None:
    assert {card.family for card in CARDS.values() if card.task == "swap"} == set(FAMILIES)


def test_upscalers_say_how_much_they_enlarge() -> None:
    assert {name: card.feed.scale for name, card in CARDS.items() if card.task == "upscaling"} == {
        "real_esrgan_x2": 2,
        "real_esrgan_x4": 4,
    }


def test_hashes_that_readmes_quote_are_on_the_cards() -> None:
    assert CARDS["inswapper_128"].sha256 == "e4a3f08c753cb72d04e10aa0f7dbe3deebbf39567d4ead6dce08e98aa49e16af"
    assert CARDS["w600k_r50"].sha256 == "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43"
    assert CARDS["det_10g"].sha256 == "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91"
