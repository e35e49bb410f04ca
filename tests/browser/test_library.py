"""The library of roop's own page, in a headless browser."""

from pathlib import Path
from typing import Any

import dill
import numpy as np
import pytest

from lib_roop import faces
from lib_roop.engine import Engine
from lib_roop.identities import checkpoints, glances
from tests.browser.conftest import PATIENCE, Server
from tests.cli.running import names

LINE = "#roop_library_line"


def says(page: Any, words: str, place: str = LINE) -> None:
    """Wait until the line says so."""
    page.wait_for_function(
        "([place, words]) => document.querySelector(place)?.innerText.includes(words)",
        arg=[place, words], timeout=PATIENCE,
    )  # fmt: skip


@pytest.fixture
def folder(server: Server, portraits: tuple[Path, Path]) -> Path:
    """Where Eileen is kept."""
    place = server.home / "faces"
    faces.save(faces.build(Engine(), "Eileen", [portraits[0]]), place, overwrite=True)
    return place


@pytest.fixture
def library(page: Any, folder: Path) -> Any:
    """The page with the tool opened and Eileen chosen."""
    page.get_by_role("tab", name="Library", exact=True).click()
    page.locator("#roop_library_cards button").filter(has_text="Eileen").first.click()
    says(page, "It can be used by the built-in engine", "#roop_library_about")
    return page


def test_a_face_is_noted_renamed_examined_and_handed_out(library: Any, folder: Path, tmp_path: Path) -> None:
    library.fill("#roop_library_note textarea", "agreed <b>2026</b>")
    library.click("#roop_library_keep")
    says(library, "The note is kept")
    library.fill("#roop_library_name :is(input, textarea)", "Collins")
    library.click("#roop_library_rename")
    says(library, "It is called Collins now")
    library.locator("#roop_library_cards button").filter(has_text="Collins").first.wait_for()
    assert library.input_value("#roop_library_note textarea") == "agreed <b>2026</b>"
    assert glances.glance(folder / "Collins.safetensors").record.note == "agreed <b>2026</b>"
    library.click("#roop_library_examine")
    says(library, "A test swap onto a drawn head by the built-in engine is like the face by 0.", "#roop_library_about")
    library.click("#roop_library_export")
    with library.expect_download() as started:
        library.click("#roop_library_file a")
    started.value.save_as(tmp_path / "got.safetensors")
    assert (tmp_path / "got.safetensors").read_bytes() == (folder / "Collins.safetensors").read_bytes()
    assert checkpoints.read(tmp_path / "got.safetensors").identity.texture is not None


def test_a_face_is_deleted_by_a_second_click(library: Any, folder: Path) -> None:
    library.click("#roop_library_delete")
    says(library, "A second click deletes Eileen for good")
    assert "Eileen.safetensors" in names(folder)
    library.click("#roop_library_delete")
    says(library, "Eileen is deleted")
    assert not {"Eileen.safetensors", "Eileen.png"} & names(folder)
    library.locator("#roop_library_cards button").filter(has_text="Eileen").first.wait_for(state="detached")


def test_old_faces_are_taken_in_and_what_is_none_is_refused(library: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "Eileen.pkl").write_bytes(dill.dumps({"embedding": np.ones(512, np.float32), "gender": 0, "age": 25}))
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(X\x05\x00\x00\x00falsetR.")
    library.locator("#roop_library_import_fold button").first.click()
    library.fill("#roop_library_import_folder :is(input, textarea)", str(tmp_path))
    library.click("#roop_library_import_run")
    says(library, "1 of 2 files are kept as faces", "#roop_library_import_line")
    told = library.inner_text("#roop_library_import_results")
    assert "as Eileen-2, as its own name is taken" in told and "it wants to run os.system" in told
    assert "Eileen-2.safetensors" in names(folder)
    library.locator("#roop_library_cards button").filter(has_text="Eileen-2").first.wait_for()
