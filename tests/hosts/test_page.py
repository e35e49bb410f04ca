"""What users see of roop in a running web UI, by a browser. One page serves all, as loading it takes long."""

import socket
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image as Pillow

from tests.hosts.client import Host, sent
from tests.hosts.page import Tab

RELOAD = "#settings_restart_gradio"
"""The button "Reload UI" on the settings page."""
SLOW = 300
FACE = (222, 115)
"""Where the astronaut's face is."""
NAMELESS = {"override_settings": {"add_model_name_to_info": False, "add_model_hash_to_info": False}}
"""Of a job whose text names no model: a web UI that knows no model but the fake one stumbles over its name."""


@pytest.fixture(scope="module")
def swapped(tab: Tab, unit: dict[str, Any]) -> Tab:
    """The tab after a job with two faces swapped."""
    tab.upload(f"{tab.roop}face1_reference", unit["source"][0])
    tab.type("face1_target_faces", "0,2")
    assert tab.generate("fake:group").count("; face") == 2
    return tab


def test_the_accordion_is_seen_and_its_switch_is_on(tab: Tab) -> None:
    assert tab.of("face1_reference").is_visible()
    assert tab.on


def test_a_face_without_a_picture_is_said(tab: Tab) -> None:
    tab.click_text("Face 2")
    tab.of("face2_enabled").locator("input").first.check()
    try:
        assert "has no picture" in tab.generate("fake:group")
    finally:
        tab.of("face2_enabled").locator("input").first.uncheck()
        tab.click_text("Face 1")


def test_a_swap_is_told_in_the_accordion_and_shown(swapped: Tab) -> None:
    assert swapped.shown >= 1


def test_a_click_on_a_shown_face_puts_its_number_into_the_unit(swapped: Tab, astronaut: Pillow.Image) -> None:
    swapped.generate("fake:astronaut")
    swapped.type("face1_target_faces", "9")
    swapped.press("show_faces")
    picture = swapped.of("faces").locator("img").first
    picture.wait_for(state="visible")
    swapped.page.wait_for_timeout(1500)
    box = picture.bounding_box()
    # The web UI made the picture cover its job's size; this is where the face came to be.
    times = max(box["width"] / astronaut.width, box["height"] / astronaut.height)
    x = box["width"] / 2 + times * (FACE[0] - astronaut.width / 2)
    y = box["height"] / 2 + times * (FACE[1] - astronaut.height / 2)
    picture.click(position={"x": x, "y": y})
    swapped.until(lambda: swapped.value("face1_target_faces") == "0", "the click chose no face")


def test_a_job_like_the_one_before_says_again_what_became_of_it(swapped: Tab) -> None:
    # Some fold it away.
    swapped.page.locator("#txt2img_seed input").first.fill("7", force=True)
    swapped.type("face1_target_faces", "0,2")
    first = swapped.generate("fake:group")
    assert "Face 0: " in swapped.press("show_faces")
    assert swapped.generate("fake:group") == first
    swapped.type("face1_target_faces", "1")
    assert swapped.generate("fake:group") != first


def test_swap_again_adds_a_picture(swapped: Tab) -> None:
    before = swapped.shown
    swapped.type("face1_target_faces", "0")
    assert "; face 0: " in swapped.press("swap_again")
    swapped.until(lambda: swapped.shown > before, "no picture was added")


def test_a_preset_is_saved_loaded_and_deleted(tab: Tab) -> None:
    tab.type("face1_target_faces", "3,1")
    tab.type("preset", "of the tests")
    assert "was kept" in tab.press("preset_save")
    tab.type("face1_target_faces", "0")
    assert "was loaded" in tab.press("preset_load")
    tab.until(lambda: tab.value("face1_target_faces") == "3,1", "the numbers did not come back")
    assert "was deleted" in tab.press("preset_delete")
    tab.type("preset", "of the tests")
    assert "There is no preset" in tab.press("preset_load")


def test_pasting_a_pictures_text_restores_the_settings_or_switches_off(
    host: Host, tab: Tab, unit: dict[str, Any]
) -> None:
    made = host.txt2img({"units": [{**unit, "target_faces": "0,2", "strength": 0.5}]}, **NAMELESS)
    tab.type("face1_target_faces", "7")
    _paste(tab, made.text)
    tab.until(lambda: tab.value("face1_target_faces") == "0,2", "the numbers did not come back")
    assert tab.on
    assert float(tab.value("face1_strength")) == 0.5
    _paste(tab, host.txt2img(**NAMELESS).text)
    tab.until(lambda: not tab.on, "roop stays switched on")


def _paste(tab: Tab, text: str) -> None:
    tab.prompt(text)
    tab.page.locator("#txt2img_tools #paste, #txt2img_paste, #paste").locator("visible=true").first.click()
    tab.page.wait_for_timeout(3000)


def test_a_picture_sent_from_where_its_text_is_read_restores_the_settings(
    host: Host, tab: Tab, unit: dict[str, Any]
) -> None:
    made = host.txt2img({"units": [{**unit, "target_faces": "2,4", "strength": 0.75}]}, **NAMELESS)
    tab.switch_on()
    tab.type("face1_target_faces", "7")
    box, buttons = _read(tab)
    tab.upload(box, made.raw[0])
    tab.page.wait_for_timeout(3000)
    tab.page.locator(buttons).locator("visible=true").first.click()
    tab.until(lambda: tab.value("face1_target_faces") == "2,4", "the numbers did not come")
    assert tab.on and float(tab.value("face1_strength")) == 0.75


def _read(tab: Tab) -> tuple[str, str]:
    """Go to where a picture's text is read; the box for the picture, and the button that sends it to txt2img."""
    if tab.page.locator("#pnginfo_image").count():
        tab.click_text("PNG Info")
        return "pnginfo_image", "#tab_pnginfo #txt2img_tab"
    for label in ("Extras", "Process"):
        tab.click_text(label)
    return "extras_image", "#tab_process button:has-text('Text'), #tab_extras button:has-text('Text')"


def test_extras_swap_a_picture_and_say_so(tab: Tab, unit: dict[str, Any], group: Pillow.Image) -> None:
    page = tab.page
    for label in ("Extras", "Process"):
        tab.click_text(label)
    page.locator("#extras_generate").first.wait_for(state="visible")
    tab.upload("extras_image", sent(group))
    # Some put a fold of their own round roop's.
    for fold in range(2):
        if not page.locator("#roop_extras_face1_reference").is_visible():
            tab.headers("extras", "process").nth(fold).click()
            page.wait_for_timeout(1500)
    tab.upload("roop_extras_face1_reference", unit["source"][0])
    page.locator("#roop_extras_face1_target_faces textarea, #roop_extras_face1_target_faces input").first.fill("0,2")
    page.wait_for_timeout(700)
    page.locator("#extras_generate").first.click()
    shown = page.locator("#extras_gallery img[src*='file=']").first
    shown.wait_for(state="visible")
    with urllib.request.urlopen(shown.get_attribute("src")) as answer:
        # JPEGs have it as UTF-16.
        said = answer.read().replace(b"\0", b"")
    assert b"; face 2: " in said and b"; face 1: " not in said
    assert b"digitalsourcetype" in said
    tab.open("txt2img")


def test_the_page_is_made_anew_twice_and_a_swap_still_works(host: Host, tab: Tab, unit: dict[str, Any]) -> None:
    if not tab.page.locator(RELOAD).count():
        pytest.skip("this web UI makes no page anew; its whole process begins again")
    for _ in range(2):
        _reload(host, tab)
        tab.open("txt2img")
    tab.switch_on()
    tab.upload(f"{tab.roop}face1_reference", unit["source"][0])
    assert "; face 0: " in tab.generate("fake:group")


def _reload(host: Host, tab: Tab) -> None:
    """Press the button, leave the page, and wait without a question, which hosts that are starting do not survive."""
    tab.page.locator(RELOAD).first.evaluate("button => button.click()")
    tab.page.wait_for_timeout(4000)
    tab.page.goto("about:blank")
    time.sleep(10)
    address = urlsplit(host.url)
    end = time.monotonic() + SLOW
    while True:
        try:
            socket.create_connection((str(address.hostname), int(address.port or 80)), timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < end, "the web UI does not come back"
            time.sleep(2)
    time.sleep(15)
