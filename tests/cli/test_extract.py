"""roop compare, extract and models show: what they print, write and refuse."""

import csv
import zipfile
from pathlib import Path

import pytest

from lib_roop import images
from lib_roop.extracting import COLUMNS, NOBODY
from lib_roop.faces import build
from lib_roop.faces import save as keep
from lib_roop.host import builtin_folder
from tests.cli.running import Run, names, save
from tests.cli.test_report import holds
from tests.fakes import FakeHost, FakeRestorer, Fakes, drawn, row
from tests.zoo.graphs import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures with faces, one of the same name below, one without anybody, and one that is none."""
    made = tmp_path / "pictures"
    (made / "below").mkdir(parents=True)
    save(made / "a.png", row(10, 200))
    save(made / "below" / "a.png", row(90))
    save(made / "empty.png", drawn())
    (made / "bad.png").write_bytes(b"junk")
    return made


def test_two_faces_are_compared_in_a_sentence_and_more_in_rows(run_with: Run, folder: Path) -> None:
    a, b, engine = folder / "a.png", folder / "below" / "a.png", Fakes().engine()
    ended = run_with(engine, "compare", a, a)
    assert ended.out == "similarity 1.00 (0 strangers, 1 the same picture): the same picture\n"
    rows = run_with(engine, "compare", a, b, b).out.splitlines()
    assert len(rows) == 3 and rows[0].endswith("1.00  the same picture") and "different" not in rows[1]


def test_kept_faces_are_compared_and_all_of_it_can_be_drawn(run_with: Run, folder: Path, tmp_path: Path) -> None:
    engine = Fakes(host=FakeHost(faces=tmp_path / "faces")).engine()
    keep(build(engine, "Anna", [row(90)]), tmp_path / "faces")
    words = ("--checkpoint", "Anna", tmp_path / "faces" / "Anna.safetensors", "--draw", tmp_path / "alike.png")
    report = run_with(engine, "compare", folder / "below" / "a.png", *words, "--json", "-").report
    holds(report, "Every report", "compare")
    assert report["names"] == ["a", "Anna", "Anna"] and report["similarities"][0] == [1, 1, 1]
    assert (report["meaning"], report["limits"]) == ("the same picture", {"perhaps": 0.2, "same": 0.28})
    assert b"DigitalSourceType" in images.read(report["output"]).metadata.xmp


@pytest.mark.parametrize("words", [(), ("a.png",), ("--checkpoint", "Anna")])
def test_a_comparison_takes_two(run_with: Run, words: tuple[str, ...]) -> None:
    run_with(Fakes().engine(), "compare", *words).says(2, "at least two faces", "--checkpoint")


def test_faces_go_into_a_folder_with_their_table(run_with: Run, folder: Path, tmp_path: Path) -> None:
    ended = run_with(Fakes().engine(), "extract", folder, folder / "below", "--output", tmp_path / "out", "--size", 64)
    assert ended.code == 5 and ended.err.endswith("1 of 4 pictures could not be read; the others are done.\n")
    assert names(tmp_path / "out") == {"a_0.png", "a_1.png", "a-2_0.png", "faces.csv"}
    assert images.read(tmp_path / "out" / "a_0.png").rgb.shape == (64, 64, 3)
    with (tmp_path / "out" / "faces.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert list(table[0]) == list(COLUMNS)
    assert [each["file"] for each in table] == ["a_0.png", "a_1.png", "", "", "a-2_0.png"]
    assert table[3]["reason"] == NOBODY and "no picture" in table[2]["reason"]


def test_faces_go_into_a_zip_and_the_table_elsewhere(run_with: Run, folder: Path, tmp_path: Path) -> None:
    words = ("--output", tmp_path / "out.zip", "--csv", tmp_path / "out.csv", "--plain", "--json", "-")
    report = run_with(Fakes().engine(), "extract", folder / "a.png", folder / "empty.png", *words).report
    holds(report, "Every report", "extract")
    for face in report["faces"]:
        holds(face, "A face of detect", "A face of extract")
    assert report["failed"] == [{"picture": str(folder / "empty.png"), "reason": NOBODY}] and report["exit_code"] == 0
    assert zipfile.ZipFile(tmp_path / "out.zip").namelist() == [face["file"] for face in report["faces"]]
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 4


def test_a_restorer_is_taken_by_name(run_with: Run, folder: Path, tmp_path: Path) -> None:
    restorer = FakeRestorer()
    engine = Fakes(host=FakeHost(own_restorers={"blue": restorer})).engine()
    run_with(engine, "extract", folder / "a.png", "--output", tmp_path / "out", "--restorer", "blue", "--fidelity", 0.1)
    assert (restorer.crops, restorer.fidelity) == (2, 0.1)
    ended = run_with(engine, "extract", folder / "a.png", "--output", tmp_path / "two", "--restorer", "bleu")
    ended.says(2, "did you mean 'blue'")
    assert not (tmp_path / "two").exists()


def test_nothing_is_written_over_and_nothing_without_a_face(run_with: Run, folder: Path, tmp_path: Path) -> None:
    engine = Fakes().engine()
    run_with(engine, "extract", folder / "a.png", "--output", folder).says(2, "holds something already")
    for place in ("out", "out.zip"):
        run_with(engine, "extract", folder / "empty.png", "--output", tmp_path / place).says(3, "No face was cut out")
    words = ("extract", folder / "a.png", "--output", tmp_path / "o")
    run_with(engine, *words, "--size", 5).says(2, "size goes from 32")
    (tmp_path / "nobody").mkdir()
    run_with(engine, "extract", tmp_path / "nobody", "--output", tmp_path / "o").says(2, "holds no picture")
    run_with(engine, *words, "--csv", folder / "a.png").says(2, "lost")
    assert names(tmp_path) == {"pictures", "nobody"}


def test_a_net_is_shown_by_its_name_and_a_file_by_its_path(run_with: Run, tmp_path: Path) -> None:
    engine = Fakes().engine()
    report = run_with(engine, "models", "show", "facemesh_468", "--json", "-").report
    assert report["action"] == "show"
    (net,) = report["models"]
    holds(net, "A file of models show")
    assert net["path"] == str(builtin_folder() / "facemesh_468.onnx") and net["card"]["certain"]
    (tmp_path / "mine.onnx").write_bytes(tiny())
    out = run_with(engine, "models", "show", tmp_path / "mine.onnx").out
    assert "unknown" in out and "input      image: float32 [n, 2, 3]" in out and "operators  Neg 1" in out


@pytest.mark.parametrize(
    ("net", "sentence"),
    [("facemsh_468", "did you mean facemesh_468"), ("inswapper_128", "is not there; get it"), ("gone.onnx", "no file")],
)
def test_a_net_that_is_not_there_is_said(run_with: Run, net: str, sentence: str) -> None:
    run_with(Fakes().engine(), "models", "show", net).says(2, sentence)
