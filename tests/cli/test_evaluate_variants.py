"""roop report: models, boosts, restorers and strengths set against each other on the same pairs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images, measures, provenance
from lib_roop.cli.contact import GAP
from lib_roop.cli.pairs import FINE_SHOT
from lib_roop.engine import Engine
from lib_roop.errors import InputError
from lib_roop.photographs import photographs
from lib_roop.swappers.base import Swapper
from lib_roop.types import Image, Patch, SwapJob, SwapResult
from lib_roop.zoo import catalogue
from lib_roop.zoo.cards import ModelCard
from tests import graphs_restorers, graphs_swappers
from tests.cli.running import Run, names, save
from tests.cli.test_report import holds
from tests.fakes import FakeGate, FakeHost, FakeRestorer, Fakes, FakeSwapper, face, row
from tests.graphs import write_pack
from tests.swappers.graphs import Toy
from tests.test_neural import PACK, unpinned

CARDS = {item.name: unpinned(item) for item in catalogue.MODELS if isinstance(item, ModelCard)}
DLIB = "dlib_resnet_v1"


@dataclass(eq=False)
class Stopping(FakeSwapper):
    """Ctrl-C comes during the swap of this number, counted from 1."""

    at: int = 0

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        if len(self.batches) + 1 == self.at:
            raise KeyboardInterrupt
        return super().swap(jobs)


@dataclass(eq=False)
class Picky(FakeRestorer):
    """Cannot restore the crop of this number, counted from 1."""

    at: int = 0

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        if self.crops + 1 == self.at:
            self.crops += 1
            raise InputError("This crop is too odd; take another.")
        return super().restore(crops, fidelity)


@dataclass
class Watching(FakeHost):
    """Notes which nets are open when it is told about a pair."""

    engine: Engine | None = None
    seen: list[tuple[str, set[str]]] = field(default_factory=list)

    def say(self, message: str) -> None:
        super().say(message)
        if self.engine and "pair " in message:
            self.seen.append((message.partition(",")[0], {net.file for net in self.engine.loaded}))


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A folder with one.png (person 10) and three.png (40, 120, 200)."""
    save(tmp_path / "one.png", row(10))
    save(tmp_path / "three.png", row(40, 120, 200))
    return tmp_path


@pytest.fixture
def toys(tmp_path: Path) -> tuple[Watching, Path]:
    """A host with tiny nets, a pack, inswapper_128, hyperswap_1a_256 and codeformer; a.png and b.png with a square."""
    models = tmp_path / "models"
    write_pack(models / "buffalo_l")
    (models / "inswapper_128.onnx").write_bytes(Toy().data())
    card = CARDS["hyperswap_1a_256"]
    (models / card.file).write_bytes(graphs_swappers.Toy(card=card).data())
    (models / "codeformer.onnx").write_bytes(graphs_restorers.codeformer())
    save(tmp_path / "a.png", square(160, 90))
    save(tmp_path / "b.png", square(320, 40))
    host = Watching(folders=(models,))
    host.engine = Engine(host, gate=FakeGate(), models=(PACK, *CARDS.values()))
    return host, tmp_path


def square(place: int, green: int) -> Image:
    """A picture in which the tiny detector sees one face: one of its cells is red."""
    picture = np.full((640, 640, 3), (60, 60, 120), np.uint8)
    picture[place : place + 8, place : place + 8] = (250, green, 0)
    return picture


def blue(**facts: object) -> Engine:
    """An engine on fakes whose host has the restorer blue."""
    parts: dict[str, Any] = {"host": FakeHost(own_restorers={"blue": FakeRestorer()}), **facts}
    return Fakes(**parts).engine()


def pair_of(folder: Path) -> tuple[object, ...]:
    return ("--source", folder / "one.png", "--target", folder / "three.png")


def ranks(report: Any) -> list[str]:
    return [each["variant"] for each in report["ranking"]]


def tried(report: Any) -> list[str]:
    return list(dict.fromkeys(pair["variant"] for pair in report["pairs"]))


def test_every_variant_swaps_the_same_pairs(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--restorer", "none", "blue", "--strength", "0.5", "1", "--json", "-")
    host = FakeHost(own_restorers={"blue": FakeRestorer()})
    report = run_with(blue(host=host), *words).report
    variants = ["mesh, strength 0.5", "mesh", "mesh, blue, strength 0.5", "mesh, blue"]
    assert [(pair["target_face"], pair["variant"]) for pair in report["pairs"]] == [
        (number, variant) for number in range(3) for variant in variants
    ]
    assert host.said[-4] == "model 1 of 1: mesh, 4 variants"
    assert host.said[-3] == "mesh, pair 1 of 3: one onto three#0"
    restored = [pair["models"] for pair in report["pairs"] if pair["restorer"] == "blue"]
    assert restored == [["paint", "blue_net"]] * 6 and all(pair["ms"] > 0 for pair in report["pairs"])
    assert [(mean["variant"], mean["pairs"]) for mean in report["means"]] == [(name, 3) for name in variants]


def test_the_ranking_begins_with_who_came_nearest_to_the_source(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--restorer", "none", "--strength", "0.5", "1", "0", "--json", "-")
    report = run_with(blue(), *words).report
    assert ranks(report) == ["mesh", "mesh, strength 0.5", "mesh, strength 0"]
    assert [each["place"] for each in report["ranking"]] == [1, 2, 3] and report["judge"] == "w600k_r50"
    distances = [each["likeness"]["w600k_r50"]["after"] for each in report["ranking"]]
    assert distances == sorted(distances) and distances[0] == 0
    assert {each["pairs"] for each in report["ranking"]} == {3}
    assert run_with(blue(), *words).report["ranking"][0]["variant"] == "mesh"


def test_one_way_alone_is_not_ranked(run_with: Run, people: Path) -> None:
    report = run_with(blue(), "report", *pair_of(people), "--strength", "0.5", "1", "--json", "-").report
    assert report["ranking"] == [] and report["judge"] is None
    assert [mean["variant"] for mean in report["means"]] == [
        "auto, restorer auto, strength 0.5",
        "auto, restorer auto",
    ]


def test_a_model_that_is_not_there_is_a_row_and_the_rest_goes_on(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--model", "inswapper_128", "mesh", "--boost", "none", "512")
    ended = run_with(blue(), *words, "--json", "-")
    report = ended.report
    assert ended.code == 5 and "2 of 5 rows" in report["error"]
    missing = [pair for pair in report["pairs"] if pair["status"] == "failed"]
    assert [(pair["boost"], pair["source"], pair["target"]) for pair in missing] == [
        ("none", None, None),
        ("512", None, None),
    ]
    assert all(pair["reason"].startswith("The model inswapper_128 needs") for pair in missing)
    assert ranks(report) == ["mesh"] and report["ranking"][0]["pairs"] == 3


def test_a_restorer_that_is_not_there_leaves_the_others(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--restorer", "codeformer", "blue", "--json", "-")
    report = run_with(blue(), *words).report
    assert report["exit_code"] == 5 and report["pairs"][0]["reason"].startswith("The net codeformer")
    assert ranks(report) == ["mesh, blue"]


def test_when_no_variant_can_run_its_sentence_is_the_end(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--model", "reswapper_128", "--restorer", "none")
    ended = run_with(blue(), *words, "--output", people / "out", "--json", "-")
    assert ended.code == 2 and ended.report["error"].startswith("The model reswapper_128 needs")
    assert ended.report["ranking"] == ended.report["means"] == [] and names(people / "out") == {"report.json"}


def test_a_pair_that_one_variant_lacks_counts_for_none(run_with: Run, people: Path) -> None:
    # The first crop is restored twice; the second time is the first pair that counts.
    host = FakeHost(own_restorers={"picky": Picky("picky", at=2)})
    words = ("report", *pair_of(people), "--restorer", "picky", "none", "--json", "-")
    report = run_with(blue(host=host), *words).report
    assert [(mean["variant"], mean["pairs"]) for mean in report["means"]] == [("mesh, picky", 2), ("mesh", 3)]
    assert {each["pairs"] for each in report["ranking"]} == {2} and len(report["ranking"]) == 2


def test_ctrl_c_keeps_what_was_measured_and_ranks_what_was_finished(run_with: Run, people: Path) -> None:
    # Each variant swaps the first pair twice, so this is the second pair's first variant.
    engine = blue(swapper=Stopping(at=5))
    words = ("report", *pair_of(people), "--restorer", "none", "blue", "--output", people / "out")
    ended = run_with(engine, *words)
    assert ended.code == 130 and "Stopped after 2 measured" in ended.err and "mesh, blue" in ended.out
    kept = json.loads((people / "out" / "report.json").read_text())
    assert [pair["target_face"] for pair in kept["pairs"]] == [0, 0] and kept["ranking"] == []
    assert [mean["pairs"] for mean in kept["means"]] == [1, 1]
    assert names(people / "out") == {"report.json", "sheet.jpg"}


def test_a_host_that_stops_begins_no_other_model(run_with: Run, people: Path) -> None:
    host = FakeHost(stop=True)
    ended = run_with(blue(host=host), "report", *pair_of(people), "--model", "mesh", "inswapper_128", "--json", "-")
    assert ended.code == 130 and ended.report["pairs"] == [] and not any("pair" in said for said in host.said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "mesh", "inswaper_128"), "model"),
        (("--boost", "300"), "boost"),
        (("--restorer", "none", "codeforme"), "did you mean 'codeformer'"),
    ],
)
def test_names_are_checked_before_any_work(run_with: Run, people: Path, words: tuple[str, ...], said: str) -> None:
    parts = Fakes()
    ended = run_with(parts.engine(), "report", *pair_of(people), "--output", people / "out", *words)
    ended.says(2, said)
    assert parts.detector.calls == 0 and "out" not in names(people)


def test_all_is_whatever_is_there_and_no_variant_comes_twice(run_with: Run, toys: tuple[Watching, Path]) -> None:
    host, folder = toys
    assert host.engine
    words = ("--model", "auto", "all", "--boost", "none", "256", "auto", "--restorer", "none", "auto")
    report = run_with(
        host.engine, "report", "--source", folder / "a.png", "--target", folder / "b.png", *words, "--json", "-"
    ).report
    assert report["exit_code"] == 0
    assert tried(report) == [
        *("inswapper_128", "inswapper_128, boost 256", "inswapper_128, boost auto", "inswapper_128, restorer auto"),
        "mesh",
        *("hyperswap_1a_256", "hyperswap_1a_256, boost auto"),
    ]


def test_each_model_is_unloaded_before_the_next(run_with: Run, toys: tuple[Watching, Path]) -> None:
    host, folder = toys
    assert host.engine
    files = ("--source", folder / "a.png", "--target", folder / "b.png", folder / "a.png")
    words = ("--model", "inswapper_128", "hyperswap_1a_256", "mesh", "--restorer", "none", "all")
    report = run_with(host.engine, "report", *files, *words, "--every-face", "--json", "-").report
    assert report["exit_code"] == 0 and tried(report) == [
        *("inswapper_128", "inswapper_128, codeformer"),
        *("hyperswap_1a_256", "hyperswap_1a_256, codeformer", "mesh", "mesh, codeformer"),
    ]
    swappers = {"inswapper_128.onnx", "hyperswap_1a_256.onnx"}
    for model, open_now in host.seen:
        assert not (open_now & swappers) - {f"{model}.onnx"}
    assert swappers < report["devices"].keys()


def test_likeness_is_judged_by_whom_no_model_was_fed_by(run_with: Run, toys: tuple[Watching, Path]) -> None:
    host, folder = toys
    assert host.engine
    files = ("--source", folder / "a.png", "--target", folder / "b.png")
    report = run_with(
        host.engine, "report", *files, "--model", "inswapper_128", "--boost", "none", "--json", "-"
    ).report
    assert report["judge"] == DLIB and report["notes"] == []
    assert list(report["pairs"][0]["measures"]["likeness"]) == [DLIB, "w600k_r50"]
    plain = run_with(host.engine, "report", *files, "--model", "inswapper_128", "--json", "-").report
    assert list(plain["pairs"][0]["measures"]["likeness"]) == ["w600k_r50"]


def test_a_judge_that_fed_a_model_is_said(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--model", "mesh", "inswapper_128", "--json", "-")
    assert run_with(blue(), *words).report["notes"] == []
    parts = Fakes()
    swappers: dict[str, Swapper] = {name: FakeSwapper(name) for name in ("mesh", "inswapper_128")}
    engine = Engine(parts.host, analyser=parts.analyser, swappers=swappers, gate=parts.gate)
    (note,) = run_with(engine, *words).report["notes"]
    assert note.startswith("The ranking is by w600k_r50, which fed a model too")


def test_the_report_of_a_comparison_is_as_documented(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--model", "mesh", "inswapper_128", "--json", "-")
    report = run_with(blue(), *words).report
    holds(report, "Every report", "report")
    for pair in report["pairs"]:
        holds(pair, "A pair of report")
    ways = {"variant", "model", "boost", "restorer", "strength", "pairs", "ms"}
    assert report["ranking"][0].keys() == {*report["pairs"][0]["measures"], *ways, "place"}


def test_the_words_end_with_the_ranking(run_with: Run, people: Path) -> None:
    lines = run_with(blue(), "report", *pair_of(people), "--restorer", "none", "blue").out.splitlines()
    assert lines[1].split()[:3] == ["source", "target", "variant"] and lines[1].split()[-1] == "ms"
    assert [line.split("  ")[0] for line in lines[-3:]] == ["place", "1", "2"]


def test_colour_and_sharpness_are_of_the_same_pixels_whatever_a_variant_changes() -> None:
    target = np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8)
    whole = Patch(0, 0, np.full((80, 80, 3), 90, np.uint8), np.ones((80, 80), np.float32))
    small = replace(whole, mask=np.pad(np.ones((30, 30), np.float32), 25))
    within = np.pad(np.ones((60, 60), np.float32), 10)
    results = [
        SwapResult(image=whole.rgb, patches=(patch,), faces=(), engine="fake", models=()) for patch in (whole, small)
    ]
    person = face(0, (10, 10, 70, 70), dense=None)
    alike = [measures.finish(target, person, result, within) for result in results]
    assert (alike[0].colour, alike[0].sharpness) == (alike[1].colour, alike[1].sharpness)
    own = [measures.finish(target, person, result) for result in results]
    assert own[0].colour != own[1].colour


def test_the_sheet_has_a_row_for_each_pair_and_a_column_for_each_variant(run_with: Run, people: Path) -> None:
    words = ("report", *pair_of(people), "--model", "mesh", "inswapper_128", "--restorer", "none", "blue")
    ended = run_with(blue(), *words, "--output", people / "out", "--json", "-")
    assert ended.report["pictures"] == [str(people / "out" / "sheet.jpg")] and ended.report["notes"] == []
    picture = images.read(people / "out" / "sheet.jpg")
    height, width = picture.rgb.shape[:2]
    assert width == 4 * (FINE_SHOT + GAP) + GAP and 3 * FINE_SHOT < height < 5 * FINE_SHOT
    assert provenance.TRAINED_COMPOSITE.encode() in picture.metadata.xmp
    blues = picture.rgb[..., 2].astype(int) - picture.rgb[..., 0] > 60
    columns = [int(blues[:, GAP + place * (FINE_SHOT + GAP) :][:, :FINE_SHOT].sum()) for place in range(4)]
    assert columns[:3] == [0, 0, 0] and columns[3] > FINE_SHOT


def test_a_large_comparison_shows_its_first_pairs_in_all_variants(run_with: Run, tmp_path: Path) -> None:
    save(tmp_path / "crowd.png", row(*range(0, 240, 60)))
    strengths = [round(number / 100, 2) for number in range(30)]
    files = ("--source", tmp_path / "crowd.png", "--target", tmp_path / "crowd.png", "--output", tmp_path / "out")
    words = ("--every-face", "--restorer", "none", "--strength", *strengths, "--json", "-")
    ended = run_with(blue(), "report", *files, *words)
    assert ended.code == 0 and len(ended.report["pairs"]) == 12 * 30
    assert "The sheet shows the first 11 pairs" in ended.report["notes"][-1]
    assert images.read(tmp_path / "out" / "sheet.jpg").rgb.shape[1] == 32 * (FINE_SHOT + GAP) + GAP


def test_the_built_in_engine_compares_strengths_on_photographs(roop: Run, tmp_path: Path) -> None:
    paths = []
    for original in photographs():
        with Pillow.open(original) as picture:
            small = picture.convert("RGB").resize((256, 256 * picture.height // picture.width))
        paths.append(save(tmp_path / f"{original.stem}.png", np.asarray(small)))
    words = ("--model", "mesh", "--boost", "none", "512", "--strength", "0", "0.5", "1")
    report = roop(
        "report", "--source", *paths, "--target", *paths, *words, "--output", tmp_path / "out", "--json", "-"
    ).report
    assert ranks(report) == ["mesh", "mesh, strength 0.5", "mesh, strength 0"] and report["judge"] == DLIB
    assert report["ranking"][-1]["colour"] == 0 and report["ranking"][-1]["sharpness"] == 1
    kind = f"{provenance.TERMS}{provenance.COMPOSITE}<".encode()
    assert kind in images.read(tmp_path / "out" / "sheet.jpg").metadata.xmp.replace(b'"', b"<")
