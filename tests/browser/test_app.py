"""What a visitor of roop's own page can do, in a headless browser."""

import base64
import io
import operator
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.provenance import verify
from tests.browser.conftest import PATIENCE, Server, served, visiting

LINE, VIEW = "#roop_pictures_line", "#roop_pictures_view"
AFTER = f"{VIEW} img"
MANY = 12


def chosen(page: Any, box: str, *paths: Path) -> None:
    page.set_input_files(f"#roop_{box} input[type=file]", [str(path) for path in paths])


def says(page: Any, words: str) -> None:
    """Wait until the tool's line says so."""
    page.wait_for_function(
        "([place, words]) => document.querySelector(place)?.innerText.includes(words)",
        arg=[LINE, words], timeout=PATIENCE,
    )  # fmt: skip


def result(page: Any) -> Any:
    """The pixels of the result that is shown."""
    page.wait_for_selector(AFTER)
    uri = page.get_attribute(f"{AFTER} >> nth=0", "src")
    return np.asarray(Pillow.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB"), int)


def changed(page: Any, before: Any) -> Any:
    """Wait for another result than `before`."""
    return until(lambda: result(page), lambda now: now.shape != before.shape or abs(now - before).max() > 8)


def until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + PATIENCE / 1000
    while not good(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.1)
    return seen


def test_the_first_start_says_what_there_is_and_one_click_tries_it(page: Any, server: Server) -> None:
    text = page.inner_text("body")
    assert "built-in engine" in text and "people who agreed" in text
    page.click("#roop_pictures_try")
    result(page)
    says(page, "faces swapped")
    assert "similarity" in page.inner_text("#roop_pictures_report")
    with page.expect_download() as download:
        page.click("#roop_pictures_file a")
    assert any(mark.discloses for mark in verify.verify(Path(download.value.path()))), "the file carries its marks"


def test_two_faces_go_to_two_people(page: Any, portraits: tuple[Path, Path], pair: Path) -> None:
    collins, hopper = portraits
    chosen(page, "pictures_targets", pair)
    says(page, "Face 1")
    chosen(page, "face1_reference", hopper)
    before = result(page)
    page.click("button[role=tab]:has-text('Face 2')")
    # Before the next picture: its swap writes into the line too, and a slow machine would look there too late.
    says(page, "Face 1")
    chosen(page, "face2_reference", collins)
    shown = page.locator("#roop_pictures_faces img")
    box = shown.bounding_box()
    # The right half is Hopper, whose face is in the middle of it.
    shown.click(position={"x": box["width"] * 0.74, "y": box["height"] * 0.27})
    until(lambda: page.input_value("#roop_face2_target_faces :is(input, textarea)"), lambda faces: faces == "1")
    after = changed(page, before)
    half = after.shape[1] // 2
    assert abs(after[:, half:] - before[:, half:]).max() > 40 > abs(after[:, : half - 8] - before[:, : half - 8]).max()


def test_a_slider_swaps_anew(page: Any) -> None:
    page.click("#roop_pictures_try")
    before = result(page)
    page.fill("#roop_face1_strength input[type=number]", "0.3")
    page.press("#roop_face1_strength input[type=number]", "Enter")
    changed(page, before)
    assert page.locator("#roop_pictures_history img").count() == 1, "it takes the place of the one before"


def test_a_broken_upload_is_said_and_the_page_goes_on(page: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")
    chosen(page, "pictures_targets", bad)
    says(page, "bad.png")
    page.click("#roop_pictures_try")
    says(page, "faces swapped")


def test_many_can_be_stopped_and_what_was_finished_stays(
    page: Any, server: Server, portraits: tuple[Path, Path], tmp_path: Path
) -> None:
    chosen(page, "pictures_targets", *many(portraits[0], tmp_path, "stopped"))
    says(page, "Face 0")
    chosen(page, "face1_reference", portraits[1])
    says(page, "faces swapped")
    page.click("#roop_pictures_many_fold .label-wrap, #roop_pictures_many_fold button >> nth=0")
    page.click("#roop_pictures_many")
    outputs = server.home / "outputs"
    until(lambda: finished(outputs, "stopped"), bool)
    page.click("#roop_pictures_many_stop")
    says(page, "It was stopped")
    assert 0 < len(finished(outputs, "stopped")) < MANY
    assert all(images.read(path).rgb.shape == (512, 512, 3) for path in finished(outputs, "stopped"))


def test_a_page_that_is_closed_stops_its_work(
    browser: Any, server: Server, portraits: tuple[Path, Path], tmp_path: Path
) -> None:
    outputs = server.home / "outputs"
    with visiting(browser, server.address) as page:
        chosen(page, "pictures_targets", *many(portraits[0], tmp_path, "closed"))
        says(page, "Face 0")
        chosen(page, "face1_reference", portraits[1])
        says(page, "faces swapped")
        page.click("#roop_pictures_many_fold .label-wrap, #roop_pictures_many_fold button >> nth=0")
        page.click("#roop_pictures_many")
        until(lambda: finished(outputs, "closed"), bool)
    before: list[Path] = []
    while before != (now := finished(outputs, "closed")):
        before = now
        time.sleep(3)
    assert 0 < len(before) < MANY


def finished(outputs: Path, name: str) -> list[Path]:
    """What was written of `many` so far."""
    return sorted(outputs.glob(f"{name}*.png"))


def many(picture: Path, folder: Path, name: str) -> list[Path]:
    """The picture often, a little different each time."""
    pixels = np.asarray(Pillow.open(picture).convert("RGB"))
    places = [folder / f"{name}{number}.png" for number in range(MANY)]
    for number, place in enumerate(places):
        Pillow.fromarray(np.roll(pixels, number, axis=1)).save(place)
    return places


def test_two_visitors_have_each_their_own(browser: Any, server: Server, portraits: tuple[Path, Path]) -> None:
    with visiting(browser, server.address) as one, visiting(browser, server.address) as other:
        chosen(one, "pictures_targets", portraits[0])
        chosen(other, "pictures_targets", portraits[1])
        for page, source in ((one, portraits[1]), (other, portraits[0])):
            says(page, "Face 0")
            chosen(page, "face1_reference", source)
        assert result(one).shape != result(other).shape
        assert one.inner_text("#roop_pictures_file") != other.inner_text("#roop_pictures_file")


def test_the_keyboard_is_enough(page: Any) -> None:
    page.focus("#roop_pictures_try")
    page.keyboard.press("Enter")
    result(page)
    page.focus(f"{VIEW} input[type=range]")
    page.keyboard.press("Home")
    assert page.eval_on_selector(".roop-wipe", "wipe => wipe.style.getPropertyValue('--roop-at')") == "0%"
    page.focus("#roop_pictures_swap")
    page.keyboard.press("Enter")
    until(lambda: page.locator("#roop_pictures_history img").count(), lambda count: count == 2)


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser: Any, server: Server) -> None:
    with visiting(browser, server.address, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        page.click("#roop_pictures_try")
        result(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, server: Server, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    with visiting(browser, server.address, color_scheme=scheme) as page:
        page.click("#roop_pictures_try")
        result(page)
        for name in tools(page):
            page.click(f"#roop_tools > .tab-wrapper button[role=tab]:has-text('{name}')")
            # What is being answered is paler for a moment.
            until(lambda: serious(axe.run(page, options={"resultTypes": ["violations"]}).response), operator.not_)


def serious(found: Any) -> list[str]:
    """What axe has against a page, its graver kinds."""
    grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:120]}" for each in grave for node in each["nodes"]]


def tools(page: Any) -> list[str]:
    return [text.strip() for text in page.locator("#roop_tools > .tab-wrapper button[role=tab]").all_inner_texts()]


def test_the_server_may_stop_and_come_back(browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as first:
        port = first.address.rpartition(":")[2]
        with visiting(browser, first.address) as page:
            page.click("#roop_pictures_try")
            result(page)
            first.stop()
            page.click("#roop_pictures_swap")
            page.wait_for_selector("text=/onnect|rror/")
            with served(tmp_path, "--port", port):
                page.reload()
                page.wait_for_selector("#roop_pictures_swap")
                page.click("#roop_pictures_try")
                result(page)
    assert not list((tmp_path / "scratch").glob("roop-*")), "temporary files are gone with the server"


@pytest.fixture(autouse=True)
def nothing_lies_elsewhere(browser: Any, server: Server) -> Iterator[None]:
    # Without a browser there is no server either: it was asked for first.
    assert browser
    yield
    kept = {path.name for path in server.home.iterdir()} if server.home.is_dir() else set()
    assert kept <= {"outputs", "faces", "presets", "models", "first-use-told"}
