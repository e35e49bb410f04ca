"""Runs that are killed, and that go on: what lies there at the end is what an uninterrupted run makes."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lib_roop.batch.manifest import NAME
from tests.batch.conftest import Folder
from tests.cli.running import ROOT, save
from tests.fakes import row

PROGRAM = """
import os, signal, sys
from lib_roop.__main__ import main
from tests.fakes import FakeSwapper, Fakes

steps, last, place = 0, int(sys.argv[1]), os.path.realpath(sys.argv[2])

def seen(event, given):
    # Whatever is opened, renamed, made or deleted in the folder of results is a step.
    global steps
    if event in ("open", "os.rename", "os.mkdir", "os.remove") and str(given[0]).startswith(place):
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(seen)
code = main(sys.argv[3:], Fakes().engine)
print(steps)
sys.exit(code)
"""
POINTS = 9


def begun(folder: Folder, last: int, output: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run that is killed at its `last` step among the results; 0 for one that is left alone."""
    typed = (
        "swap",
        "--source",
        folder.target.parent / "who.png",
        "--target",
        folder.target,
        "--output",
        output,
        *words,
    )
    command = [sys.executable, "-c", PROGRAM, str(last), str(output), *map(str, typed)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def whole(folder: Folder) -> tuple[dict[str, bytes], int]:
    """What an uninterrupted run makes, and in how many steps."""
    save(folder.target.parent / "who.png", row(200))
    (folder.target / "broken.png").unlink()
    done = begun(folder, 0, folder.output)
    assert done.returncode == 0, done.stderr
    return folder.results, int(done.stdout.splitlines()[-1])


def test_a_run_that_is_killed_anywhere_goes_on_to_the_same_results(
    folder: Folder, whole: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    expected, steps = whole
    for point in sorted(random.Random(7).sample(range(1, steps), POINTS)):
        folder.output = tmp_path / f"killed at {point}"
        killed = begun(folder, point, folder.output)
        assert killed.returncode == -signal.SIGKILL
        noted = done_of(folder.output)
        rest = begun(folder, 0, folder.output, "--json", str(tmp_path / "r.json"))
        assert rest.returncode == 0, rest.stderr
        assert folder.results == expected, point
        rows = json.loads((tmp_path / "r.json").read_text())["pictures"]
        assert {each["picture"] for each in rows if each["status"] == "unchanged"} == noted


def test_a_run_that_is_killed_again_and_again_comes_to_its_end(
    folder: Folder, whole: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    expected, steps = whole
    folder.output = tmp_path / "again"
    chance = random.Random(3)
    for _ in range(4):
        assert begun(folder, chance.randint(4, steps // 2), folder.output).returncode == -signal.SIGKILL
    assert begun(folder, 0, folder.output).returncode == 0
    assert folder.results == expected


def test_in_place_nothing_is_swapped_twice_however_it_ended(
    folder: Folder, whole: tuple[dict[str, bytes], int]
) -> None:
    expected = {name.replace(".png", "_new.png") for name in whole[0]}
    before = {path.name for path in folder.target.rglob("*.png")}
    words = ("--names", "{folder}/{name}_new")
    for point in (3, 6, 9, 12):
        begun(folder, point, folder.target, *words)
    assert begun(folder, 0, folder.target, *words).returncode == 0
    made = {path.relative_to(folder.target).as_posix() for path in folder.target.rglob("*_new*")}
    assert made == expected and before <= {path.name for path in folder.target.rglob("*.png")}


def done_of(output: Path) -> set[str]:
    """The targets of which a killed run noted that they are done."""
    if not (output / NAME).exists():
        return set()
    lines = (output / NAME).read_bytes().splitlines(keepends=True)
    said = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return {each["owner"]["target"] for each in said if "status" in each}
