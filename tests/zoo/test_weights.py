"""What the neural engine lacks, and how it is got when the user asks for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop import inventory, weights
from lib_roop.errors import ModelError
from lib_roop.zoo.catalogue import MODELS
from lib_roop.zoo.inswapper import INSWAPPER_128
from tests.fakes import FakeHost

from .graphs import card_of, tiny
from .site import Site


def host(folder: Path) -> FakeHost:
    return FakeHost(folders=(folder,))


def test_on_a_fresh_machine_a_pack_and_a_swap_model_are_lacking(tmp_path: Path) -> None:
    pack, swap = inventory.lacking(host(tmp_path), MODELS)
    assert (pack.name, swap.name) == ("buffalo_l", "inswapper_128")


def test_their_terms_are_said_before_anything_comes(tmp_path: Path) -> None:
    said = [inventory.terms(item) for item in inventory.lacking(host(tmp_path), MODELS)]
    assert all("no commercial use" in sentence and sentence.endswith(".") for sentence in said)
    assert said[1] == "inswapper_128, 554 MB: InsightFace: non-commercial research only (no commercial use)."


def test_what_comes_is_checked_and_lies_in_the_first_folder(site: Site, tmp_path: Path) -> None:
    data = tiny()
    card = replace(card_of(data), name="net", file="net.onnx", urls=(site.put("/net", data),))
    told: list[tuple[int, int]] = []
    weights.fetch(host(tmp_path), [card], lambda done, whole: told.append((done, whole)))
    assert (tmp_path / "net.onnx").read_bytes() == data and told[-1] == (len(data), len(data))


def test_another_file_than_the_card_s_does_not_stay(site: Site, tmp_path: Path) -> None:
    card = replace(card_of(tiny()), name="net", file="net.onnx", urls=(site.put("/net", b"no graph at all"),))
    with pytest.raises(ModelError, match=r"net\.onnx"):
        weights.fetch(host(tmp_path), [card])
    assert not (tmp_path / "net.onnx").exists()


def test_what_has_no_address_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"put the file inswapper_128\.onnx into"):
        weights.fetch(host(tmp_path), [replace(INSWAPPER_128, urls=())])
