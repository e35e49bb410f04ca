"""The tab "roop" of a running web UI, by a browser: pictures are swapped, a face is built, chosen and deleted."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.hosts.client import Host

PATIENCE = 120_000
NAME = "roop-tests-built"


@pytest.fixture(scope="module")
def page(host: Host, browser: Any) -> Iterator[Any]:
    """The page with the tab opened."""
    opened = browser.new_page(viewport={"width": 1500, "height": 1400})
    opened.set_default_timeout(PATIENCE)
    opened.goto(host.url, wait_until="domcontentloaded")
    opened.wait_for_selector("#txt2img_generate", state="attached")
    opened.wait_for_timeout(5000)
    tab = opened.locator("#tabs button").filter(has_text="roop").locator("visible=true")
    if not tab.count():
        pytest.skip("this web UI shows no tabs of extensions here")
    tab.first.click()
    opened.wait_for_selector("#roop_pictures_swap")
    yield opened
    opened.close()


def dropped(page: Any, box: str, *pictures: tuple[str, Pillow.Image]) -> None:
    files = []
    for name, picture in pictures:
        data = io.BytesIO()
        picture.save(data, "PNG")
        files.append({"name": name, "mimeType": "image/png", "buffer": data.getvalue()})
    page.set_input_files(f"#roop_{box} input[type=file]", files)
    page.wait_for_timeout(2000)


def says(page: Any, place: str, words: str) -> None:
    page.wait_for_function(
        "([place, words]) => document.querySelector(`#roop_${place}`)?.innerText.includes(words)",
        arg=[place, words], timeout=PATIENCE,
    )  # fmt: skip


def tool(page: Any, name: str) -> None:
    page.locator("#roop_tools button").filter(has_text=name).first.click()
    page.wait_for_timeout(1000)


def test_a_picture_is_swapped_and_shown_before_and_after(
    page: Any, astronaut: Pillow.Image, hopper: Pillow.Image
) -> None:
    dropped(page, "face1_reference", ("hopper.png", hopper))
    dropped(page, "pictures_targets", ("collins.png", astronaut))
    says(page, "pictures_line", "Face 0")
    page.click("#roop_pictures_swap")
    page.wait_for_selector("#roop_pictures_view .roop-wipe")
    says(page, "pictures_line", "1 of 1 faces swapped")
    says(page, "pictures_file", "collins")


def test_a_face_is_built_and_every_list_has_it_at_once(page: Any, astronaut: Pillow.Image) -> None:
    tool(page, "Build")
    dropped(page, "build_pictures", ("collins.png", astronaut), ("again.png", astronaut.rotate(8)))
    page.click("#roop_build_find")
    says(page, "build_table", "again.png")
    page.fill("#roop_build_name :is(input, textarea)", NAME)
    page.click("#roop_build_keep_run")
    says(page, "build_keep_line", NAME)
    tool(page, "Swap pictures")
    page.wait_for_timeout(3000)
    page.click("#roop_face1_checkpoint input")
    page.locator("li").filter(has_text=NAME).locator("visible=true").first.wait_for()
    page.keyboard.press("Escape")


def test_the_library_shows_and_deletes_it(page: Any) -> None:
    tool(page, "Library")
    page.locator("#roop_library_cards button").filter(has_text=NAME).first.click()
    says(page, "library_about", "built-in engine")
    page.click("#roop_library_delete")
    page.wait_for_timeout(1500)
    page.click("#roop_library_delete")
    says(page, "library_line", NAME)
    page.wait_for_timeout(1500)
    assert not page.locator("#roop_library_cards button").filter(has_text=NAME).count()
