"""roop report: pairs, measures, what cannot be measured, and how it ends."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.cli import outcome
from lib_roop.engine import Engine
from lib_roop.photographs import photographs
from lib_roop.types import Patch, SwapJob
from tests.cli.running import Ended, Run, names, save
from tests.cli.test_report import holds
from tests.fakes import FakeGate, Fakes, FakeSwapper, row


@dataclass(eq=False)
class Stopping(FakeSwapper):
    """Ctrl-C comes during the swap of this number, counted from 1."""

    at: int = 0
    batches: list[int] = field(default_factory=list)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        if len(self.batches) + 1 == self.at:
            raise KeyboardInterrupt
        return super().swap(jobs)


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A folder with one.png (person 10), three.png (40, 120, 200) and none.png without anyone, and text.png."""
    save(tmp_path / "one.png", row(10))
    save(tmp_path / "three.png", row(40, 120, 200))
    save(tmp_path / "none.png", np.zeros((40, 40, 3), np.uint8))
    (tmp_path / "text.png").write_text("no picture")
    return tmp_path


def measured(report: Any) -> list[tuple[str, int, str, int]]:
    return [
        (Path(pair["source"]).name, pair["source_face"], Path(pair["target"]).name, pair["target_face"])
        for pair in report["pairs"]
    ]


def failures(report: Any) -> dict[str, str]:
    rows = [pair for pair in report["pairs"] if pair["status"] == "failed"]
    return {Path(pair["source"] or pair["target"]).name: pair["reason"] for pair in rows}


def test_the_source_goes_onto_every_face_of_the_targets(run_with: Run, fakes: Fakes, people: Path) -> None:
    ended = run_with(
        fakes.engine(), "report", "--source", people / "one.png", "--target", people / "three.png", "--json", "-"
    )
    assert ended.code == 0
    assert measured(ended.report) == [("one.png", 0, "three.png", number) for number in range(3)]
    assert fakes.host.said[-3:] == [f"pair {number + 1} of 3: one onto three#{number}" for number in range(3)]


def test_each_pair_has_every_measure(run_with: Run, fakes: Fakes, people: Path) -> None:
    words = ("report", "--source", people / "one.png", "--target", people / "three.png", "--json", "-")
    report = run_with(fakes.engine(), *words).report
    for pair in report["pairs"]:
        (likeness,) = pair["measures"]["likeness"].values()
        assert likeness["before"] > 0 and likeness["after"] == 0 and likeness["to_target"] > 0
        assert likeness["nearer"] is True and likeness["progress"] == 1
        assert pair["measures"]["background"] == 0 and pair["measures"]["turn"] == 0
    (mean,) = report["means"]
    ways = {"variant", "model", "boost", "restorer", "strength"}
    assert mean.keys() == {*report["pairs"][0]["measures"], *ways, "pairs", "ms"} and mean["pairs"] == 3
    assert mean["colour"] == pytest.approx(np.mean([pair["measures"]["colour"] for pair in report["pairs"]]), abs=1e-3)


def test_the_largest_face_is_the_source_unless_every_face_is(run_with: Run, fakes: Fakes, people: Path) -> None:
    words = ("report", "--source", people / "three.png", "--target", people / "one.png", "--json", "-")
    assert measured(run_with(fakes.engine(), *words).report) == [("three.png", 2, "one.png", 0)]
    assert len(run_with(fakes.engine(), *words, "--every-face").report["pairs"]) == 3


def test_a_face_is_not_put_on_itself(run_with: Run, fakes: Fakes, people: Path) -> None:
    (people / "copy.png").write_bytes((people / "three.png").read_bytes())
    both = ("--source", people / "three.png", "--target", people / "copy.png", "--json", "-")
    pairs = measured(run_with(fakes.engine(), "report", *both, "--every-face").report)
    assert len(pairs) == 6 and not [pair for pair in pairs if pair[1] == pair[3]]
    alone = ("--source", people / "one.png", "--target", people / "one.png")
    run_with(fakes.engine(), "report", *alone).says(2, "no face is put on itself")


def test_what_cannot_be_measured_is_a_row_and_the_rest_goes_on(run_with: Run, fakes: Fakes, people: Path) -> None:
    sources = ("--source", people / "text.png", people / "one.png", people / "gone.png")
    targets = ("--target", people / "none.png", people / "three.png")
    ended = run_with(fakes.engine(), "report", *sources, *targets, "--json", "-")
    report = ended.report
    assert ended.code == report["exit_code"] == 5 and "3 of 6 rows" in report["error"]
    assert failures(report).keys() == {"text.png", "gone.png", "none.png"}
    assert "No face was found in none" in failures(report)["none.png"]
    assert report["means"][0]["pairs"] == 3
    words = run_with(fakes.engine(), "report", *sources, *targets).out
    assert "No face was found in none" in words and "three#2" in words


@pytest.mark.parametrize(("source", "target", "code"), [("text", "one", 2), ("none", "one", 3), ("one", "none", 3)])
def test_when_nothing_can_be_measured_the_reason_is_the_end(
    run_with: Run, people: Path, source: str, target: str, code: int
) -> None:
    files = ("--source", people / f"{source}.png", "--target", people / f"{target}.png")
    ended = run_with(Fakes().engine(), "report", *files, "--output", people / "out", "--json", "-")
    assert ended.code == code and ended.report["error"] in failures(ended.report).values()
    assert ended.report["means"] == [] and names(people / "out") == {"report.json"}


def test_a_refused_picture_is_a_row(run_with: Run, people: Path) -> None:
    engine = Fakes(gate=FakeGate(refuses=3)).engine()
    ended = run_with(engine, "report", "--source", people / "one.png", "--target", people / "three.png", "--json", "-")
    assert ended.code == 5
    assert [pair["status"] for pair in ended.report["pairs"]] == ["measured", "failed", "measured"]


def test_the_report_is_as_documented(run_with: Run, people: Path) -> None:
    files = ("--source", people / "one.png", people / "text.png", "--target", people / "three.png")
    report = run_with(Fakes().engine(), "report", *files, "--json", "-").report
    holds(report, "Every report", "report")
    for pair in report["pairs"]:
        holds(pair, "A pair of report")
    for pair in report["pairs"][1:]:
        holds(pair["measures"], "Measures of a pair")


def test_the_folder_gets_the_report_and_a_marked_sheet(run_with: Run, fakes: Fakes, people: Path) -> None:
    folder = people / "new" / "out"
    files = ("--source", people / "one.png", "--target", people / "three.png")
    ended = run_with(fakes.engine(), "report", *files, "--output", folder, "--strength", "0.5", "1", "--json", "-")
    assert names(folder) == {"report.json", "sheet.jpg"}
    assert json.loads((folder / "report.json").read_text()) == ended.report
    assert ended.report["pictures"] == [str(folder / "sheet.jpg")]
    assert provenance.TRAINED_COMPOSITE.encode() in images.read(folder / "sheet.jpg").metadata.xmp


def test_a_long_report_shows_its_first_rows_on_the_sheet(run_with: Run, fakes: Fakes, tmp_path: Path) -> None:
    save(tmp_path / "crowd.png", row(*range(0, 240, 60)))
    strengths = [round(number / 1000, 3) for number in range(31)]
    files = ("--source", tmp_path / "crowd.png", "--target", tmp_path / "crowd.png", "--output", tmp_path / "out")
    ended = run_with(fakes.engine(), "report", *files, "--every-face", "--strength", *strengths, "--json", "-")
    assert ended.code == 0 and len(ended.report["pairs"]) == 12 * 31 > outcome.SHOWN
    assert ended.report["notes"] == [f"The sheet shows the first {outcome.SHOWN} rows."]


def test_without_a_folder_nothing_is_written(run_with: Run, fakes: Fakes, people: Path) -> None:
    before = names(people)
    run_with(fakes.engine(), "report", "--source", people / "one.png", "--target", people / "three.png")
    assert names(people) == before


def test_no_picture_is_written_over(run_with: Run, fakes: Fakes, people: Path) -> None:
    (people / "sheet.jpg").write_bytes((people / "one.png").read_bytes())
    files = ("--source", people / "sheet.jpg", "--target", people / "three.png")
    run_with(fakes.engine(), "report", *files, "--output", people).says(2, "sheet.jpg is one of the pictures")
    run_with(fakes.engine(), "report", *files, "--json", people / "three.png").says(2, "is a target")
    run_with(fakes.engine(), "report", *files, "--output", people / "one.png").says(2, "cannot be made")


def test_an_earlier_report_is_written_over_and_nothing_else(run_with: Run, fakes: Fakes, people: Path) -> None:
    folder = people / "out"
    words = ("report", "--source", people / "one.png", "--target", people / "three.png", "--output", folder)
    run_with(fakes.engine(), *words)
    earlier = (folder / "report.json").read_bytes()
    assert run_with(fakes.engine(), *words, "--strength", "0.5").code == 0
    assert (folder / "report.json").read_bytes() != earlier
    swapped = people / "swapped.jpg"
    swap = ("swap", "--source", people / "one.png", "--target", people / "three.png", "--output", swapped)
    assert run_with(fakes.engine(), *swap).code == 0
    for name, theirs in (
        ("report.json", b'{"version": "1", "command": "test", "pairs": []}'),
        ("report.json", b"[" * 100_000),
        ("report.json", b"\xff"),
        ("sheet.jpg", (people / "one.png").read_bytes()),
        ("sheet.jpg", swapped.read_bytes()),
        ("sheet.jpg", b"no picture"),
    ):
        own = (folder / name).read_bytes()
        (folder / name).write_bytes(theirs)
        run_with(fakes.engine(), *words).says(
            2, f"{name} is no earlier report of roop's and would be lost; name another"
        )
        assert (folder / name).read_bytes() == theirs
        (folder / name).write_bytes(own)


def test_ctrl_c_keeps_what_was_measured(run_with: Run, people: Path) -> None:
    engine = Fakes(swapper=Stopping(at=2)).engine()
    files = ("--source", people / "one.png", "--target", people / "three.png")
    ended = run_with(engine, "report", *files, "--output", people / "out")
    assert ended.code == 130 and "Stopped after 1 measured" in ended.err and "three#0" in ended.out
    kept = json.loads((people / "out" / "report.json").read_text())
    assert kept["exit_code"] == 130 and len(kept["pairs"]) == 1
    assert names(people / "out") == {"report.json", "sheet.jpg"}


@pytest.mark.parametrize(("words", "said"), [(("--strength", "7"), "strength"), (("--model", "none"), "model")])
def test_options_are_checked_before_any_work(
    run_with: Run, fakes: Fakes, people: Path, words: tuple[str, ...], said: str
) -> None:
    files = ("--source", people / "one.png", "--target", people / "three.png", "--output", people / "out")
    run_with(fakes.engine(), "report", *files, *words).says(2, said)
    assert fakes.detector.calls == 0 and "out" not in names(people)


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The demo's two photographs, 256 pixels wide."""
    folder = tmp_path_factory.mktemp("portraits")
    paths = []
    for original in photographs():
        with Pillow.open(original) as picture:
            small = picture.convert("RGB").resize((256, 256 * picture.height // picture.width))
        paths.append(save(folder / f"{original.stem}.png", np.asarray(small)))
    return paths


def report_on(portraits: list[Path], roop: Run, *words: object) -> Ended:
    return roop("report", "--source", *portraits, "--target", *portraits, *words)


def test_photographs_come_nearer_to_the_source_the_stronger_the_swap(
    portraits: list[Path], roop: Run, engine: Engine
) -> None:
    report = report_on(portraits, roop, "--strength", "0", "0.5", "1", "--json", "-").report
    none, half, whole = report["means"]
    recogniser = engine.analyser.recogniser.id
    distances = [mean["likeness"][recogniser]["after"] for mean in (none, half, whole)]
    assert distances[0] == none["likeness"][recogniser]["before"] > distances[1] > distances[2]
    assert none["colour"] == none["turn"] == none["background"] == 0 and none["seam"] == none["sharpness"] == 1
    assert [mean["background"] for mean in report["means"]] == [0, 0, 0]


def test_the_table_names_pairs_and_means(portraits: list[Path], roop: Run) -> None:
    lines = report_on(portraits, roop).out.splitlines()
    assert lines[0] == "distances: dlib_resnet_v1" and lines[1].split()[:3] == ["source", "target", "strength"]
    assert [line.split()[0] for line in lines[2:]] == ["astronaut", "grace_hopper", "mean"]


def test_the_sheet_of_the_built_in_engine_is_a_plain_composite(
    portraits: list[Path], roop: Run, tmp_path: Path
) -> None:
    report_on(portraits, roop, "--output", tmp_path)
    kind = f"{provenance.TERMS}{provenance.COMPOSITE}<".encode()
    assert kind in images.read(tmp_path / "sheet.jpg").metadata.xmp.replace(b'"', b"<")
