"""roop swap."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.types import Image
from tests.cli.running import Run, names, save
from tests.fakes import FakeGate, Fakes, row


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A folder with pictures for fakes: a.png shows person 200, two.png persons 10 and 20, none.png nobody."""
    for name, picture in {"a.png": row(200), "two.png": row(10, 20), "none.png": row()}.items():
        save(tmp_path / name, picture)
    return tmp_path


def seen(path: Path) -> Image:
    return images.read(path).rgb


def test_the_result_lies_beside_the_target_and_is_named_last(roop: Run, here: Path) -> None:
    ended = roop("swap", "--source", here / "pale.png", "--target", here / "dark.png")
    assert ended.code == 0 and not ended.err
    face, engine, path = ended.out.splitlines()
    assert face.startswith("face 0  swapped  pale, ") and face.endswith(" ms")
    assert engine == "engine: built-in (facemesh_468), nets on cpu"
    assert path == str(here / "pale_dark.png")
    changed = (seen(Path(path)) != seen(here / "dark.png")).any(-1)
    assert 0.05 < changed.mean() < 0.5


def test_a_second_result_takes_the_next_free_name(run_with: Run, fake: Path) -> None:
    for _ in range(2):
        run_with(Fakes().engine(), "swap", "--source", fake / "a.png", "--target", fake / "two.png")
    assert names(fake) >= {"a_two.png", "a_two_1.png"}


def test_a_result_named_explicitly_replaces_what_was_there(run_with: Run, fake: Path) -> None:
    (fake / "out.png").write_bytes(b"old")
    words = ("--source", fake / "a.png", "--target", fake / "two.png", "--output", fake / "out.png")
    assert run_with(Fakes().engine(), "swap", *words).code == 0
    assert seen(fake / "out.png").shape == row(10, 20).shape


@pytest.mark.parametrize(
    ("suffix", "written"), [(".jpg", ".jpg"), (".webp", ".webp"), (".tif", ".tif"), (".bmp", ".png")]
)
def test_the_suffix_of_the_target_is_kept_where_it_can_hold_marks(
    run_with: Run, fake: Path, suffix: str, written: str
) -> None:
    Pillow.fromarray(row(10, 20)).save(fake / f"two{suffix}")
    ended = run_with(Fakes().engine(), "swap", "--source", fake / "a.png", "--target", fake / f"two{suffix}")
    assert ended.out.splitlines()[-1:] == [str(fake / f"a_two{written}")], ended


def test_very_long_names_make_a_name_that_fits(run_with: Run, fake: Path) -> None:
    source, target = (fake / (letter * 200 + ".png") for letter in "st")
    save(source, row(200))
    save(target, row(10))
    assert run_with(Fakes().engine(), "swap", "--source", source, "--target", target).code == 0
    assert f"{'s' * 100}_{'t' * 100}.png" in names(fake)


def test_every_option_reaches_the_unit(run_with: Run, fake: Path) -> None:
    fakes = Fakes()
    words = ("--target-faces", "1", "--strength", "0.5", "--similarity", "--order", "right-left")
    ended = run_with(
        fakes.engine(), "swap", "--source", fake / "a.png", "--target", fake / "two.png", *words, "--json", "-"
    )
    first, second = ended.report["faces"]
    assert (first["status"], second["status"]) == ("swapped", "skipped")
    assert 0.7 < first["similarity"] < 0.99
    assert second["reason"] == "face 0 (right-left) was not asked for"


def test_faces_are_exchanged_in_one_pass_with_paired_numbers(roop: Run, here: Path) -> None:
    words = ("--source-face", "1,0", "--target-faces", "0,1", "--similarity", "--json", "-")
    ended = roop("swap", "--source", here / "both.png", "--target", here / "both.png", *words)
    assert [face["identity"] for face in ended.report["faces"]] == ["both#1", "both"]
    assert all(face["status"] == "swapped" for face in ended.report["faces"])
    assert "both_both.png" in names(here)


def test_several_sources_are_blended(run_with: Run, fake: Path) -> None:
    save(fake / "b.png", row(100))
    words = ("--source", fake / "a.png", fake / "b.png", "--similarity")
    ended = run_with(Fakes().engine(), "swap", *words, "--target", fake / "two.png")
    assert "a+b, similarity 0.95, reference similarity 1.00" in ended.out


def test_with_a_report_on_standard_output_the_words_go_to_standard_error(run_with: Run, fake: Path) -> None:
    words = ("--source", fake / "a.png", "--target", fake / "two.png", "--json", "-")
    ended = run_with(Fakes().engine(), "swap", *words)
    assert ended.report["output"] == str(fake / "a_two.png")
    assert "face 0  swapped" in ended.err and ended.err.endswith("a_two.png\n")


def test_a_report_in_a_file_leaves_the_words_where_they_are(run_with: Run, fake: Path) -> None:
    words = ("--source", fake / "a.png", "--target", fake / "two.png", "--json", fake / "r.json")
    ended = run_with(Fakes().engine(), "swap", *words)
    assert "face 0  swapped" in ended.out
    assert json.loads((fake / "r.json").read_text())["gate"] == "fake"


def test_a_result_below_the_minimum_is_dropped_and_its_faces_told(run_with: Run, fake: Path) -> None:
    before = names(fake)
    words = ("--source", fake / "a.png", "--target", fake / "two.png", "--strength", "0.1", "--min-similarity", "0.99")
    ended = run_with(Fakes().engine(), "swap", *words, "--json", "-")
    assert ended.code == 3 and names(fake) == before
    assert ended.report["error"].startswith("Nothing was written: face 0: similarity 0.")
    assert ended.report["exit_code"] == 3 and ended.report["output"] is None
    assert [face["status"] for face in ended.report["faces"]] == ["rejected", "skipped"]


def test_filters_that_nobody_passes_write_nothing(run_with: Run, fake: Path) -> None:
    before = names(fake)
    words = ("--source", fake / "a.png", "--target", fake / "two.png", "--sex", "female")
    run_with(Fakes().engine(), "swap", *words).says(3, "None of the faces in two passes the filters")
    assert names(fake) == before


def test_a_target_without_faces_is_code_3(run_with: Run, fake: Path) -> None:
    ended = run_with(Fakes().engine(), "swap", "--source", fake / "a.png", "--target", fake / "none.png")
    ended.says(3, "No face was found in none")


@pytest.mark.parametrize("call", [1, 2])
def test_what_the_gate_refuses_is_not_written(run_with: Run, fake: Path, call: int) -> None:
    before = names(fake)
    words = ("--source", fake / "a.png", "--target", fake / "two.png")
    run_with(Fakes(gate=FakeGate(refuses=call)).engine(), "swap", *words).says(4, "must not")
    assert names(fake) == before


def test_a_failure_is_reported_in_json_too(run_with: Run, fake: Path) -> None:
    words = ("--source", fake / "a.png", "--target", fake / "none.png", "--json", fake / "r.json")
    ended = run_with(Fakes().engine(), "swap", *words)
    report = json.loads((fake / "r.json").read_text())
    assert ended.code == report["exit_code"] == 3
    assert ended.err == f"roop: {report['error']}\n"


def test_of_an_animation_the_first_frame_is_used_and_it_is_said(run_with: Run, fake: Path) -> None:
    frames = [Pillow.fromarray(picture).convert("P") for picture in (row(10, 20), row(30, 40))]
    for name in ("anim.gif", "who.gif"):
        frames[0].save(fake / name, save_all=True, append_images=frames[1:])
    words = ("--source", fake / "who.gif", "--target", fake / "anim.gif", "--output", fake / "out.tif")
    ended = run_with(Fakes().engine(), "swap", *words)
    assert ended.code == 0 and seen(fake / "out.tif").shape == (60, 70, 3)
    for name in ("anim.gif", "who.gif"):
        assert f"roop: The animation {fake / name} has 2 frames; the first one is used.\n" in ended.err


def test_what_a_format_cannot_hold_is_said_and_reported(run_with: Run, fake: Path) -> None:
    Pillow.fromarray(np.dstack([row(10), np.full((60, 40), 200, np.uint8)])).save(fake / "clear.png")
    words = ("--source", fake / "a.png", "--target", fake / "clear.png", "--output", fake / "out.jpg", "--json", "-")
    ended = run_with(Fakes().engine(), "swap", *words)
    assert any("no transparency" in note for note in ended.report["notes"])
    assert "roop: A .jpg file has no transparency" in ended.err


def test_a_missing_source_is_asked_for(roop: Run, here: Path) -> None:
    roop("swap", "--target", here / "dark.png").says(2, "Name a picture of the face to put there with --source")
