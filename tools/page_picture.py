"""Makes the README's picture of roop's own page, from a page that runs, labelled as altered.

usage: ./run python -m pip install playwright, then ./run app --no-browser, then
       ./run python tools/page_picture.py http://127.0.0.1:7860 docs/app.jpg
"""

import io
import sys
from pathlib import Path

from PIL import Image as Pillow
from playwright.sync_api import sync_playwright

from lib_roop import images, provenance

CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1360, "height": 900}


def main(address: str, path: Path) -> None:
    """Writes the picture."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(address)
        page.click("#roop_pictures_try")
        page.wait_for_selector(".roop-wipe")
        page.wait_for_timeout(3000)
        page.eval_on_selector(".roop-wipe", "wipe => wipe.style.setProperty('--roop-at', '20%')")
        shot = page.screenshot()
        browser.close()
    provenance.save(images.read(Pillow.open(io.BytesIO(shot))), path, source_type=provenance.COMPOSITE)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
