"""roop's own page in a headless browser: a server for all tests, a fresh visitor for each."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.photographs import photographs

CHROMIUM = "ROOP_CHROMIUM"
"""The environment variable that names the browser, as /usr/bin/chromium; these tests take minutes, so CI sets it."""
PATIENCE = 120_000
"""Milliseconds; a machine that is busy with other tests takes its time."""


@dataclass(frozen=True)
class Server:
    """A page that is served. home: where it keeps what lasts."""

    process: subprocess.Popen[str]
    address: str
    home: Path
    scratch: Path

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Server]:
    """The page, with a data folder and a folder for temporary files of its own, until the end of the block."""
    home, scratch = folder / "home", folder / "scratch"
    scratch.mkdir(exist_ok=True, parents=True)
    command = [sys.executable, "-m", "lib_roop", "app", "--no-browser", *(words or ("--port", "0"))]
    environment = {**os.environ, "ROOP_HOME": str(home), "TMPDIR": str(scratch)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"The page is at (\S+);", line):
                break
        else:
            raise AssertionError(said)
        server = Server(process, found[1], home, scratch)
        try:
            yield server
        finally:
            if process.poll() is None:
                server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = os.environ.get(CHROMIUM)
    if not path:
        pytest.skip(f"{CHROMIUM} names no browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@contextmanager
def visiting(browser: Any, address: str, **context: Any) -> Iterator[Any]:
    """A visitor's page. At the end nothing may have been asked of anybody but the server."""
    visitor = browser.new_context(**context)
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector("#roop_pictures_swap")
    yield page
    visitor.close()
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not outside, f"the page asked elsewhere: {outside}"


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    with visiting(browser, server.address, viewport={"width": 1400, "height": 1000}) as found:
        yield found


@pytest.fixture(scope="session")
def portraits() -> tuple[Path, Path]:
    """Eileen Collins and Grace Hopper, in the public domain."""
    return photographs()


@pytest.fixture(scope="session")
def pair(portraits: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both in one picture, Collins on the left."""
    squares = [np.asarray(Pillow.open(path).convert("RGB"))[:512, :512] for path in portraits]
    place = tmp_path_factory.mktemp("pair") / "pair.png"
    Pillow.fromarray(np.hstack(squares)).save(place)
    return place
