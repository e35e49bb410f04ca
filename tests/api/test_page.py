"""What docs/api.md shows works, with the server that it speaks of."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage.data
from matplotlib import cbook
from PIL import Image

from lib_roop.__main__ import main
from lib_roop.api.answers import MOST_BYTES, MOST_PIXELS
from lib_roop.api.routes import WORDS
from lib_roop.api.table import TABLE
from lib_roop.api.turns import WAITING
from tests.cli.running import ROOT, Ended, process

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
USUAL = "127.0.0.1:7861"


def code(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures that the page names."""
    folder = tmp_path_factory.mktemp("page")
    Image.fromarray(skimage.data.astronaut()).save(folder / "collins.jpg")
    shutil.copy(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False), folder / "hopper.jpg")
    return folder


@pytest.fixture(scope="module")
def address(here: Path) -> Iterator[str]:
    """Where `roop serve` listens."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ROOP_HOME": str(here / "home")}
    command = [sys.executable, "-m", "lib_roop", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        said = next(line for line in running.stderr if "The API is at" in line)
        found = re.search(r"http://([\d.:]+)/", said)
        assert found
        yield found[1]
        running.terminate()
        running.communicate()


def test_the_command_of_the_page_swaps(here: Path, address: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")
    (command,) = code("bash")
    done = subprocess.run(
        ["bash", "-e", "-c", command.replace(USUAL, address)], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads((here / "answer.json").read_text())
    assert len(answer["images"]) == 1 and answer["results"][0]["faces"][0]["status"] == "swapped"


def test_the_programs_of_the_page_run_one_after_the_other(here: Path, address: str) -> None:
    program = "\n".join(code("python")).replace(USUAL, address)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "0 swapped" in done.stdout and "generated or altered" in done.stdout and "Collins.safetensors" in done.stdout
    assert (here / "swapped.png").stat().st_size > 10_000


def test_every_request_and_number_stands_in_the_page() -> None:
    for way in TABLE:
        assert f"`{way.name.replace('{name}', 'NAME')}`" in PAGE
    told = set(re.findall(r"\b[45]\d\d\b", PAGE.partition("## When it does not work")[2].partition("\n## ")[0]))
    assert told == {str(number) for number in WORDS}
    assert f"{MOST_PIXELS // 10**6} megapixels" in PAGE and f"{WAITING} callers" in PAGE
    assert f"{MOST_BYTES // 2**20} MB" in PAGE


def test_without_its_packages_the_server_says_what_to_get() -> None:
    process("serve", first="sys.modules['fastapi'] = None").says(2, "pip install fastapi uvicorn")


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--auth", "/no/such/file"), ("--port", "70000")])
def test_the_server_refuses_what_it_cannot_do(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["serve", *words])
    Ended(code, *capsys.readouterr()).says(2)
