"""roop swap of a folder: what is said, written and refused."""

import csv
import json
import os
import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.batch.manifest import NAME
from lib_roop.cli.folders import COLUMNS
from lib_roop.types import Patch, SwapJob
from tests.batch.conftest import UNWANTED, PickyGate
from tests.cli.running import ROOT, Ended, Run, names, process, save
from tests.cli.test_report import holds
from tests.fakes import Fakes, FakeSwapper, row


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `in` of five pictures, one of them below and one without anybody; who.png is the source."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    for name, picture in {"a": row(10, 20), "b": row(30), "below/c": row(40), "d": row(50), "nobody": row()}.items():
        save(tmp_path / "in" / f"{name}.png", picture)
    save(tmp_path / "who.png", row(200))
    return tmp_path


def words(folder: Path, *more: object) -> tuple[object, ...]:
    return "swap", "--source", folder / "who.png", "--target", folder / "in", "--output", folder / "out", *more


def test_every_picture_is_told_in_a_line_and_all_of_them_at_the_end(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--similarity"))
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "") and lines[-2:] == ["4 swapped, 1 kept", str(folder / "out")]
    assert lines[0].startswith("a.png        swapped  faces 1 of 2, similarity 1.00, ")
    assert lines[4].startswith("nobody.png   kept     No face was found in nobody")
    again = run_with(Fakes().engine(), *words(folder, "--similarity"))
    assert (again.code, again.out.splitlines()) == (0, ["5 unchanged", str(folder / "out")])


@pytest.mark.parametrize("again", [False, True])
def test_the_report_as_json(run_with: Run, folder: Path, again: bool) -> None:
    for _ in range(1 + again):
        report = run_with(Fakes().engine(), *words(folder, "--json", "-")).report
    holds(report, "Every report", "swap and enhance of a folder")
    for picture in report["pictures"]:
        holds(picture, "A picture of a folder")
    assert report["counts"] == ({"unchanged": 5} if again else {"swapped": 4, "kept": 1})
    first = report["pictures"][0]
    assert (first["picture"], first["earlier"]) == ("a.png", "swapped" if again else None)
    assert first["outputs"] == [str(folder / "out" / "a.png")] and first["models"] == ["paint"]


def test_the_table(run_with: Run, folder: Path) -> None:
    save(folder / "in" / "=sum.png", row())
    run_with(Fakes().engine(), *words(folder, "--csv", folder / "t.csv"))
    with (folder / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(COLUMNS) and len(rows) == 6
    assert (rows[0]["picture"], rows[0]["status"]) == ("'=sum.png", "kept")
    assert rows[1]["outputs"] == str(folder / "out" / "a.png") and rows[1]["faces"] == "2"


def test_the_report_for_whoever_asks(run_with: Run, folder: Path) -> None:
    run_with(Fakes().engine(), *words(folder, "--report", folder / "r.json", "--strength", 0.9))
    told = json.loads((folder / "r.json").read_text())
    assert [(each["what"], each["file"]) for each in told["inputs"]] == [("a source picture", str(folder / "who.png"))]
    assert told["units"][0]["strength"] == 0.9 and "paint" in {each["name"] for each in told["models"]}
    first, last = told["pictures"][0], told["pictures"][-1]
    assert len(first["sha256"]) == len(first["outputs"][0]["sha256"]) == 64 and last["outputs"] == []


@pytest.mark.parametrize(
    ("spoilt", "code", "sentence"),
    [
        ({}, 0, ""),
        ({"b.png": b"broken"}, 5, "1 of 5 pictures could not be used or had to be refused; the others are done."),
        ({"b.png": UNWANTED}, 5, "1 of 5 pictures could not be used"),
        (dict.fromkeys(["a.png", "b.png", "below/c.png", "d.png"]), 3, "No face of any of 5 pictures was altered."),
        (dict.fromkeys(["a.png", "b.png", "below/c.png", "d.png", "nobody.png"], UNWANTED), 4, "must not"),
        (dict.fromkeys(["a.png", "b.png", "below/c.png", "d.png", "nobody.png"], b"broken"), 2, "None of the 5"),
    ],
    ids=["whole", "one broken", "one refused", "nobody", "all refused", "all broken"],
)
def test_how_it_ends(
    run_with: Run, folder: Path, spoilt: dict[str, bytes | int | None], code: int, sentence: str
) -> None:
    for name, what in spoilt.items():
        if isinstance(what, bytes):
            (folder / "in" / name).write_bytes(what)
        else:
            save(folder / "in" / name, row() if what is None else row(what))
    for _ in range(2):
        # The next run, which passes over what is known, ends alike.
        ended = run_with(Fakes(gate=PickyGate()).engine(), *words(folder))
        assert ended.code == code and sentence in ended.err and "Traceback" not in ended.err
    assert not [path for path in (folder / "out").rglob("*.png") if path.name in spoilt]


def test_a_folder_without_pictures_is_said_with_what_it_holds(run_with: Run, folder: Path) -> None:
    empty = folder / "empty"
    empty.mkdir()
    (empty / "film.mp4").write_bytes(b"film")
    (empty / "text.txt").write_bytes(b"text")
    typed = ("swap", "--source", folder / "who.png", "--target", empty, "--output", folder / "out")
    run_with(Fakes().engine(), *typed).says(2, "holds no picture", "1 of them: film.mp4", "1 other file was")
    assert not (folder / "out").exists()


def test_what_else_the_folder_holds_is_counted_and_named(run_with: Run, folder: Path) -> None:
    frames = [Pillow.new("RGB", (8, 8), (value, 0, 0)) for value in (0, 120, 250)]
    frames[0].save(folder / "in" / "moves.gif", save_all=True, append_images=frames[1:])
    for name in ("film.mkv", "notes.txt", ".hidden"):
        (folder / "in" / name).write_bytes(b"any")
    ended = run_with(Fakes().engine(), *words(folder, "--json", "-"))
    assert (ended.report["animations"], ended.report["films"], ended.report["others"]) == (
        ["moves.gif"],
        ["film.mkv"],
        1,
    )
    assert any("moves.gif" in note for note in ended.report["notes"]) and len(ended.report["pictures"]) == 5


def test_a_name_of_the_folder_where_a_picture_would_do_is_said(run_with: Run, folder: Path) -> None:
    typed = ("swap", "--source", folder / "who.png", "--target", folder / "in")
    run_with(Fakes().engine(), *typed).says(2, "Name a folder for the results", "--output")
    run_with(Fakes().engine(), *typed, "--output", folder / "who.png").says(2, "who.png is a file")
    run_with(Fakes().engine(), *typed, "--output", folder / "in").says(2, "written over", "--names")
    run_with(Fakes().engine(), *words(folder, "--json", folder / "in" / "a.png")).says(2, "which would be lost")
    below = words(folder, "--csv", folder / "in" / "below" / "c.png")
    run_with(Fakes().engine(), *below).says(2, "which would be lost")
    run_with(Fakes().engine(), *words(folder, "--image-format", "xyz")).says(2, "xyz")
    run_with(Fakes().engine(), *words(folder, "--names", "{nme}")).says(2, "--names takes the placeholders")
    assert names(folder) == {"in", "who.png"}


def test_results_do_not_go_into_a_folder_of_sources(run_with: Run, folder: Path) -> None:
    (folder / "out").mkdir()
    save(folder / "out" / "who.png", row(200))
    typed = ("swap", "--source", folder / "out", "--target", folder / "in", "--output", folder / "out")
    run_with(Fakes().engine(), *typed).says(2, "results become sources")


@pytest.mark.parametrize("option", [("--every", "2"), ("--names", "{name}"), ("--csv", "t.csv"), ("--skip-existing",)])
def test_options_of_a_folder_are_not_for_a_picture(run_with: Run, folder: Path, option: tuple[str, ...]) -> None:
    typed = ("swap", "--source", folder / "who.png", "--target", folder / "in" / "a.png", *option)
    run_with(Fakes().engine(), *typed).says(2, f"{option[0]} is for a folder of pictures")


def test_a_source_without_a_face_stops_before_any_work(run_with: Run, folder: Path) -> None:
    typed = ("swap", "--source", folder / "in" / "nobody.png", "--target", folder / "in", "--output", folder / "out")
    run_with(Fakes().engine(), *typed).says(2, "No face was found in nobody")
    assert not (folder / "out").exists()


def test_results_carry_their_marks_and_the_options_of_the_result(roop: Run, here: Path) -> None:
    (here / "in").mkdir()
    for name in ("dark.png", "both.png", "empty.png"):
        (here / name).rename(here / "in" / name)
    typed = ("--source", here / "pale.png", "--target", here / "in", "--output", here / "out", "--image-format", "jpg")
    ended = roop("swap", *typed, "--target-faces", "all", "--copy-others")
    assert ended.code == 0 and names(here / "out") == {NAME, "dark.jpg", "both.jpg", "empty.png"}
    for name in ("dark.jpg", "both.jpg"):
        assert b"DigitalSourceType" in images.read(here / "out" / name).metadata.xmp
    assert (here / "out" / "empty.png").read_bytes() == (here / "in" / "empty.png").read_bytes()


def test_what_all_pictures_lack_is_said_once(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--image-format", "gif"))
    assert ended.err.count("256 colours") == 1


def test_the_commands_of_the_documentation_run(run_with: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "in").rename(folder / "photos")
    (folder / "people").mkdir()
    for name in ("her.jpg", "him.jpg", "people/p.png", "people/q.png"):
        (folder / name).write_bytes((folder / "who.png").read_bytes())
    monkeypatch.chdir(folder)
    page = (ROOT / "docs" / "folders.md").read_text(encoding="utf-8")
    typed = [line for line in page.split("```")[1].splitlines() if line]
    assert len(typed) > 3
    for line in typed:
        ended = run_with(Fakes().engine(), *shlex.split(line)[1:])
        assert ended.code == 0, ended
    assert names(folder) >= {"results", "table.csv", "report.json", "by-source", "mixed", "sequence"}
    assert names(folder / "by-source") == {"her", "him", NAME}
    assert names(folder / "sequence") == {"a.png", "below", "nobody.png", NAME}


@dataclass(eq=False)
class Pressing(FakeSwapper):
    """Presses Ctrl-C in the middle of its `press`-th picture."""

    press: int = 2

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        if len(self.batches) + 1 == self.press:
            os.kill(os.getpid(), signal.SIGINT)
        return super().swap(jobs)


def test_ctrl_c_stops_after_the_picture_at_hand_and_the_next_run_goes_on(run_with: Run, folder: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    ended: Ended = run_with(Fakes(swapper=Pressing()).engine(), *words(folder, "--json", folder / "r.json"))
    report = json.loads((folder / "r.json").read_text())
    done = [each["picture"] for each in report["pictures"]]
    assert ended.code == report["exit_code"] == 130 and 0 < len(done) < 5
    assert f"Stopped after {len(done)} of 5 pictures" in ended.err and "Ctrl-C again" in ended.err
    assert all(each["status"] == "swapped" for each in report["pictures"])
    rest = run_with(Fakes().engine(), *words(folder, "--json", "-")).report
    assert [each["picture"] for each in rest["pictures"] if each["status"] == "unchanged"] == done
    assert rest["exit_code"] == 0 and signal.getsignal(signal.SIGINT) is before


TWICE = """
import io, os, signal, threading
from lib_roop.__main__ import main
from tests.fakes import Fakes, FakeSwapper

class Words(io.StringIO):
    heard = threading.Event()
    def write(self, text):
        if "Ctrl-C again" in text:
            self.heard.set()
        return super().write(text)

class Twice(FakeSwapper):
    def swap(self, jobs):
        os.kill(os.getpid(), signal.SIGINT)
        # Pressed at once they would be one.
        if Words.heard.wait(60):
            os.kill(os.getpid(), signal.SIGINT)
        return super().swap(jobs)

sys.stderr = Words()
code = main(WORDS, Fakes(swapper=Twice()).engine)
sys.__stderr__.write(sys.stderr.getvalue())
sys.exit(code)
"""


def test_pressed_twice_it_stops_at_once_and_the_next_run_goes_on(run_with: Run, folder: Path) -> None:
    ended = process(first=TWICE.replace("WORDS", repr([str(word) for word in words(folder)])))
    assert ended.code == 130 and ended.err.endswith("\nroop: stopped.\n"), ended
    assert run_with(Fakes().engine(), *words(folder)).code == 0
    assert names(folder / "out") == {NAME, "a.png", "b.png", "below", "d.png"}
