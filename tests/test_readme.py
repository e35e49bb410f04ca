"""What the README shows is there and works."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from matplotlib import cbook
from PIL import Image

from lib_roop.__main__ import main
from lib_roop.cli import arguments
from lib_roop.engine import Engine

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _code(language: str) -> list[str]:
    """The code blocks of the README in a language; "" for those that name none."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


COMMANDS = [
    line.partition("#")[0].strip() for block in _code("") for line in block.splitlines() if line.startswith("./run ")
]
OWN = ("test", "bench", "fix", "lock", "python")
"""Commands of the launcher itself; all others are roop's."""
SERVING = ("app", "serve")
"""Those that run until they are stopped: tests/browser and tests/api do that."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with the pictures that the README names."""
    hopper = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    collins = Image.fromarray(skimage.data.astronaut())
    for name in ("collins.jpg", "a.jpg", "b.jpg", "c.jpg", "anna.jpg"):
        collins.save(tmp_path / name)
    shutil.copy(hopper, tmp_path / "hopper.jpg")
    with Image.open(hopper) as file:
        people = [np.asarray(picture.resize((300, 300))) for picture in (collins, file.crop((0, 0, 512, 512)))]
    Image.fromarray(np.hstack([*people, people[0]])).save(tmp_path / "group.jpg")
    return tmp_path


def test_the_readme_shows_commands() -> None:
    assert {"demo", "test", "swap"} <= {shlex.split(command)[1] for command in COMMANDS}


def test_the_launcher_knows_its_own_commands() -> None:
    launcher = (ROOT / "run").read_text(encoding="utf-8")
    for name in {shlex.split(command)[1] for command in COMMANDS} & set(OWN):
        assert re.search(rf"^{name}\)$", launcher, re.MULTILINE)


def test_the_commands_of_the_readme_run_one_after_the_other(
    pictures: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(pictures)
    typed = [shlex.split(command)[1:] for command in COMMANDS]
    for words in typed:
        if words[0] not in (*OWN, *SERVING):
            assert words[0] in arguments.COMMANDS and main(words, lambda: engine) == 0, capsys.readouterr().err


@pytest.mark.parametrize("program", _code("python"))
def test_a_program_of_the_readme_runs(program: str, pictures: Path) -> None:
    done = _python("-c", program, folder=pictures)
    assert done.returncode == 0, done.stderr
    assert (pictures / "swapped.png").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def _python(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *words]
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
