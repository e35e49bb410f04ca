"""roop swap of animations and sequences, from the command line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.types import Image
from lib_roop.video import stills
from tests.cli.running import Run, names, save
from tests.fakes import Fakes, Person, drawn, people, row


def walk(count: int) -> list[Image]:
    return [drawn(Person((5 + 2 * at, 20, 20), 10), size=(60, 160)) for at in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """who.png is the source; walk.gif, and the same in the folder in as 01.png and so on."""
    save(tmp_path / "who.png", row(200))
    first, *others = map(Pillow.fromarray, walk(6))
    first.save(tmp_path / "walk.gif", save_all=True, append_images=others, duration=50, loop=0)
    (tmp_path / "in").mkdir()
    for number, picture in enumerate(walk(6), 1):
        save(tmp_path / "in" / f"{number:02d}.png", picture)
    return tmp_path


def words(folder: Path, target: object, *more: object) -> tuple[object, ...]:
    return "swap", "--workers", 2, "--source", folder / "who.png", "--target", target, *more


def seen(path: Path) -> list[list[int]]:
    return [people(still.picture.rgb) for still in stills.reel(str(path)).stills()]


def test_an_animation_becomes_one_of_its_kind_beside_it(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, folder / "walk.gif"))
    assert ended.code == 0 and ended.out.splitlines()[-1] == str(folder / "who_walk.gif")
    assert seen(folder / "who_walk.gif") == [[200]] * 6
    again = run_with(Fakes().engine(), *words(folder, folder / "walk.gif"))
    assert again.out.splitlines()[-1] == str(folder / "who_walk_1.gif")


def test_a_sequence_becomes_one_beside_it(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, folder / "in" / "%02d.png"))
    assert ended.code == 0 and {f"who_{number:02d}.png" for number in range(1, 7)} < names(folder / "in")


def test_an_animation_is_enhanced(run_with: Run, folder: Path) -> None:
    typed = ("enhance", "--workers", 2, "--target", folder / "walk.gif", "--restorer", "none", "--upscaler", "lanczos")
    ended = run_with(Fakes().engine(), *typed, "--scale", 2)
    assert ended.code == 0, ended.err
    reel = stills.reel(str(folder / "walk_enhanced.gif"))
    assert reel.size == (320, 120) and len(reel.durations) == 6


@pytest.mark.parametrize("output", ["a.gif", "a.webp", "a.png", "out/%03d.png"])
@pytest.mark.parametrize("target", ["walk.gif", "in/%02d.png", "in"])
def test_any_moving_target_becomes_any_moving_result(run_with: Run, folder: Path, target: str, output: str) -> None:
    typed = words(folder, folder / target, "--output", folder / output, "--fps", 10, "--json", "-")
    ended = run_with(Fakes().engine(), *typed)
    # Six frames of a twentieth of a second are three of a tenth.
    count = 3 if target == "walk.gif" else 6
    assert ended.code == 0 and (ended.report["frames"], ended.report["frames_swapped"]) == (count, count)
    assert ended.report["output"] == str(folder / output) and seen(folder / output) == [[200]] * count


def test_any_moving_target_becomes_a_film_and_a_film_pictures(run_with: Run, folder: Path) -> None:
    pytest.importorskip("av")
    for target in ("walk.gif", "in/%02d.png", "in"):
        made = run_with(Fakes().engine(), *words(folder, folder / target, "--output", folder / "a.mp4", "--fps", 10))
        assert made.code == 0 and made.out.splitlines()[-1] == str(folder / "a.mp4")
    back = run_with(Fakes().engine(), *words(folder, folder / "a.mp4", "--output", folder / "out" / "%d.png"))
    assert back.code in (0, 3) and names(folder / "out") == {f"{number}.png" for number in range(1, 7)}


def test_a_still_result_has_the_first_frame(run_with: Run, folder: Path) -> None:
    ended = run_with(
        Fakes().engine(),
        *("swap", "--source", folder / "who.png", "--target", folder / "walk.gif", "--output", folder / "a.tif"),
    )
    assert ended.code == 0 and "the first one is used" in ended.err
    assert people(images.read(folder / "a.tif").rgb) == [200]


def test_a_folder_without_a_rate_has_its_results_in_a_folder(run_with: Run, folder: Path) -> None:
    ended = run_with(
        Fakes().engine(),
        *("swap", "--source", folder / "who.png", "--target", folder / "in", "--output", folder / "a.webp"),
    )
    assert ended.code == 0 and (folder / "a.webp").is_dir()


def test_an_animation_without_a_face_is_said_and_not_written(run_with: Run, folder: Path) -> None:
    first, *others = (Pillow.fromarray(np.full((30, 30, 3), (0, 40 * at, 90), np.uint8)) for at in range(3))
    first.save(folder / "empty.gif", save_all=True, append_images=others, duration=50)
    ended = run_with(Fakes().engine(), *words(folder, folder / "empty.gif", "--output", folder / "b.gif"))
    assert ended.code == 3 and "In no frame of empty.gif a face was swapped" in ended.err
    assert not (folder / "b.gif").exists()


def test_what_cannot_be_is_said_before_any_work(run_with: Run, folder: Path) -> None:
    engine = Fakes().engine()
    run_with(engine, *words(folder, folder / "walk.gif", "--output", folder / "walk.gif")).says(2, "is the target")
    run_with(engine, *words(folder, folder / "no" / "%d.png", "--output", folder / "a.gif")).says(2, "no picture")
    typed = words(folder, folder / "in" / "%02d.png", "--output", folder / "in" / "%d.png")
    run_with(engine, *typed, "--fps", 10).says(2, "written over the target")
    lost = words(folder, folder / "walk.gif", "--output", folder / "no" / "no" / "%d.png")
    run_with(engine, *lost).says(2, "is no folder")


def test_a_report_names_the_first_picture_of_a_sequence(run_with: Run, folder: Path) -> None:
    typed = words(folder, folder / "walk.gif", "--output", folder / "out" / "%d.png", "--report", folder / "r.json")
    assert run_with(Fakes().engine(), *typed).code == 0
    assert str(folder / "out" / "1.png") in (folder / "r.json").read_text()
