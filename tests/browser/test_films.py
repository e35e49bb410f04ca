"""A film and a folder, as a visitor of roop's own page swaps them."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")

from PIL import Image as Pillow

from lib_roop import images
from lib_roop.provenance import verify
from lib_roop.video.clip import probe
from tests import clips
from tests.browser.conftest import PATIENCE, Server

FRAMES = 12


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Eileen Collins wanders, with sound."""
    return clips.film(tmp_path / "wander.mp4", clips.moving(FRAMES), clips.Kind(options={"crf": "12"}, sounds=("aac",)))


def opened(page: Any, hopper: Path) -> Any:
    """The tool, with somebody to put there."""
    page.get_by_role("tab", name="Films and folders", exact=True).click()
    page.set_input_files("#roop_films_who_face1_reference input[type=file]", str(hopper))
    page.locator("#roop_films_who_face1_reference img").wait_for()
    return page


def says(page: Any, place: str, words: str) -> None:
    page.wait_for_function(
        "([place, words]) => document.querySelector(`#roop_films_${place}`)?.innerText.includes(words)",
        arg=[place, words], timeout=PATIENCE,
    )  # fmt: skip


def test_a_film_is_looked_at_swapped_played_and_downloaded(
    page: Any, server: Server, portraits: tuple[Path, Path], film: Path, tmp_path: Path
) -> None:
    opened(page, portraits[1])
    page.set_input_files("#roop_films_film input[type=file]", str(film))
    says(page, "facts", "320 x 240")
    page.click("#roop_films_preview")
    page.locator("#roop_films_frame img").wait_for()
    says(page, "line", "The hardest")
    page.click("#roop_films_run")
    says(page, "line", "The film is")
    says(page, "report", f"{FRAMES} frames, {FRAMES} faces")
    page.wait_for_function("document.querySelector('#roop_films_player video')?.readyState >= 1", timeout=PATIENCE)
    with page.expect_download() as downloading:
        page.locator("#roop_films_file a[download]").first.click()
    downloading.value.save_as(tmp_path / "result.mp4")
    (kept,) = (server.home / "outputs").glob("*_wander.mp4")
    assert (tmp_path / "result.mp4").read_bytes() == kept.read_bytes()
    assert any(mark.discloses for mark in verify.verify(tmp_path / "result.mp4"))
    found = probe(kept)
    assert (found.frames, found.audio) == (FRAMES, ("aac",))
    assert not (server.home / "outputs" / "unfinished").exists()


def test_a_folder_is_gone_through(page: Any, portraits: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(2):
        Pillow.fromarray(clips.moving(1)[0]).save(tmp_path / "in" / f"{number}.png")
    opened(page, portraits[1])
    page.locator("#roop_films_folder_fold").get_by_text("A folder of pictures").click()
    page.fill("#roop_films_folder_target :is(input, textarea)", str(tmp_path / "in"))
    page.fill("#roop_films_folder_output :is(input, textarea)", str(tmp_path / "out"))
    page.click("#roop_films_folder_run")
    says(page, "folder_line", "2 swapped")
    assert any(mark.discloses for mark in verify.verify(tmp_path / "out" / "1.png"))
    assert images.read(tmp_path / "out" / "0.png").rgb.shape == (240, 320, 3)
