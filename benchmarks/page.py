"""roop's own page as a visitor feels it: until it can be used, until the first result, until the next."""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import skimage.data
from PIL import Image

from lib_roop.photographs import photographs

CHROMIUM = "/usr/bin/chromium"
SIDE = 1024
RESULT = "#roop_pictures_view img >> nth=0"
PATIENCE = 60_000
WAITS = "until it can be used", "until the first result", "until the next result"


def main(arguments: Sequence[str]) -> int:
    """Prints seconds; the page is clicked on in headless Chromium, so drawing it counts too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("The benchmark of the page needs playwright and Chromium.", file=sys.stderr)
        return 2
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        measured = [_visit(browser, Path(folder, str(run))) for run in range(options.runs)]
        browser.close()
    for name, values in zip(WAITS, zip(*measured, strict=True), strict=True):
        print(f"{name:22s} median {statistics.median(values):.2f} s, worst {max(values):.2f} s")
    return 0


def _visit(browser: Any, folder: Path) -> tuple[float, float, float]:
    """A start of the server, a first swap into a picture of one megapixel, and a change of the strength."""
    folder.mkdir()
    target = folder / "target.png"
    Image.fromarray(skimage.data.astronaut()).resize((SIDE, SIDE)).save(target)
    # Bytecode is kept, as it is wherever nobody forbids it.
    environment = {**os.environ, "ROOP_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "lib_roop", "app", "--no-browser", "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        address = next(found[1] for line in process.stderr if (found := re.search(r"The page is at (\S+);", line)))
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.wait_for_selector("#roop_pictures_swap")
        usable = time.perf_counter() - began
        page.set_input_files("#roop_face1_reference input[type=file]", str(photographs()[1]))
        page.wait_for_selector("#roop_face1_reference img")
        time.sleep(3)
        first = _took(page, lambda: page.set_input_files("#roop_pictures_targets input[type=file]", str(target)))
        time.sleep(1)
        page.fill("#roop_face1_strength input[type=number]", "0.5")
        following = _took(page, lambda: page.press("#roop_face1_strength input[type=number]", "Enter"))
        page.context.close()
        process.terminate()
    return usable, first, following


def _took(page: Any, act: Callable[[], None]) -> float:
    """Seconds until another result is shown."""
    before = page.get_attribute(RESULT, "src") if page.locator(RESULT).count() else ""
    began = time.perf_counter()
    act()
    page.wait_for_function(
        "before => { const img = document.querySelector('#roop_pictures_view img');"
        " return img && img.complete && img.src !== before }",
        arg=before, polling=10,
    )  # fmt: skip
    return time.perf_counter() - began
