"""The list of nets holds together: whole hashes, addresses that can be asked, licences, and where each was read."""

import re
from urllib.parse import urlsplit

import pytest

from lib_roop import templates
from lib_roop.errors import ModelError
from lib_roop.zoo import builtin, catalogue, insightface, nudenet
from lib_roop.zoo.cards import Listed, ModelCard, Pack

CARDS = [
    *(item for item in catalogue.MODELS if isinstance(item, ModelCard)),
    *(card for pack in insightface.PACKS for card in pack.members),
]
ALL: list[Listed] = [*CARDS, *insightface.PACKS]


def test_what_was_asked_for_is_there() -> None:
    wanted = (
        "buffalo_l buffalo_m buffalo_s buffalo_sc antelopev2 inswapper_128 inswapper_128_fp16 reswapper_128 "
        "reswapper_256 hyperswap_1a_256 hyperswap_1b_256 hyperswap_1c_256 ghost_1_256 ghost_2_256 ghost_3_256 "
        "simswap_256 simswap_unofficial_512 hififace_unofficial_256 blendswap_256 uniface_256 crossface_ghost "
        "crossface_simswap crossface_hififace gfpgan_1.2 gfpgan_1.3 gpen_bfr_256 gpen_bfr_512 gpen_bfr_1024 "
        "gpen_bfr_2048 restoreformer_plus_plus "
        "gfpgan_1.4 codeformer real_esrgan_x2 real_esrgan_x4 bisenet_resnet_18 bisenet_resnet_34 xseg_1"
    )
    assert set(wanted.split()) <= {item.name for item in catalogue.MODELS}


def test_names_and_files_are_not_given_twice() -> None:
    for taken in ([item.name for item in catalogue.MODELS], [item.file for item in catalogue.MODELS]):
        assert len(taken) == len(set(taken))


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_a_card_says_what_it_is_and_where_that_was_read(item: Listed) -> None:
    assert re.fullmatch(r"([0-9a-f]{64})?", item.sha256)
    assert item.size >= 0 and item.licence and len(item.read_in) > 20
    assert re.fullmatch(r"[\w.-]+\.(onnx|zip)", item.file)
    assert "non-commercial" not in item.licence or not item.commercial_use


@pytest.mark.parametrize("item", catalogue.MODELS, ids=lambda item: item.name)
def test_addresses_are_of_web_servers_over_https(item: Listed) -> None:
    assert item.urls
    for url in item.urls:
        assert urlsplit(url).scheme == "https" and url.endswith((".onnx", ".zip"))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_other_builds_are_pinned_too(card: ModelCard) -> None:
    for build in card.builds:
        assert build.size > 0 and re.fullmatch(r"[0-9a-f]{64}", build.sha256) and build.sha256 != card.sha256


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_template_that_a_card_names_is_one_that_roop_knows(card: ModelCard) -> None:
    if card.feed.template:
        assert card.feed.template in templates.BY_NAME


@pytest.mark.parametrize("pack", insightface.PACKS, ids=lambda pack: pack.name)
def test_a_pack_has_what_it_needs(pack: Pack) -> None:
    assert set(pack.needed) <= {card.task for card in pack.members}
    assert pack.size < sum(card.size for card in pack.members)


def test_a_typing_error_names_the_model_meant() -> None:
    assert catalogue.named("Inswapper_128").name == "inswapper_128"
    with pytest.raises(ModelError, match=r"There is no model 'gfpgan14'; did you mean gfpgan_1\.4\?"):
        catalogue.named("gfpgan14")
    with pytest.raises(ModelError, match=r"roop models list shows them all\."):
        catalogue.named("???")


def test_what_comes_with_roop_cannot_be_got() -> None:
    assert not any(
        card.urls for card in (builtin.BLAZEFACE, builtin.FACEMESH, builtin.DLIB_RESNET, nudenet.NUDENET_320N)
    )
