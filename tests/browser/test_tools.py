"""Each tool of the tab once, as a visitor uses it."""

from pathlib import Path
from typing import Any

from lib_roop.host import builtin_folder
from tests.browser.conftest import PATIENCE, Server


def opened(page: Any, tool: str) -> Any:
    page.get_by_role("tab", name=tool, exact=True).click()
    return page


def dropped(page: Any, box: str, *paths: Path) -> None:
    page.set_input_files(f"#roop_{box} input[type=file]", [str(path) for path in paths])
    page.locator(f"#roop_{box}").get_by_text(paths[-1].stem[:8]).first.wait_for()


def says(page: Any, place: str, words: str) -> None:
    """Wait until an element says so."""
    page.wait_for_function(
        "([place, words]) => document.querySelector(`#roop_${place}`)?.innerText.includes(words)",
        arg=[place, words], timeout=PATIENCE,
    )  # fmt: skip


def test_a_face_is_built_and_worn(page: Any, server: Server, portraits: tuple[Path, Path]) -> None:
    collins, hopper = portraits
    opened(page, "Build")
    dropped(page, "build_pictures", collins)
    page.click("#roop_build_find")
    says(page, "build_table", "astronaut")
    page.fill("#roop_build_name :is(input, textarea)", "Worn")
    page.click("#roop_build_keep_run")
    says(page, "build_keep_line", "Worn")
    assert (server.home / "faces" / "Worn.safetensors").is_file()
    opened(page, "Swap pictures")
    dropped(page, "pictures_targets", hopper)
    says(page, "pictures_line", "Face 0")
    page.click("#roop_face1_checkpoint input")
    page.get_by_role("option", name="Worn", exact=True).click()
    says(page, "pictures_report", "Worn")
    (server.home / "faces" / "Worn.safetensors").unlink()


def test_pictures_are_compared(page: Any, portraits: tuple[Path, Path]) -> None:
    opened(page, "Compare")
    dropped(page, "compare_pictures", *portraits)
    page.click("#roop_compare_run")
    says(page, "compare_table", "different people")


def test_faces_are_cut_out(page: Any, portraits: tuple[Path, Path]) -> None:
    opened(page, "Extract")
    dropped(page, "extract_pictures", *portraits)
    page.click("#roop_extract_run")
    says(page, "extract_table", "grace_hopper")


def test_a_picture_is_analysed(page: Any, pair: Path) -> None:
    opened(page, "Analyse")
    page.set_input_files("#roop_analyse_picture input[type=file]", str(pair))
    page.locator("#roop_analyse_picture img").wait_for()
    page.click("#roop_analyse_run")
    says(page, "analyse_table", "Yaw")


def test_a_model_is_looked_into(page: Any) -> None:
    opened(page, "Explore model")
    dropped(page, "explore_given", builtin_folder() / "blazeface_short_range.onnx")
    page.click("#roop_explore_run")
    says(page, "explore_operators", "Conv")


def test_models_are_listed_and_none_comes_unasked(page: Any) -> None:
    opened(page, "Models")
    says(page, "models_list", "inswapper_128")
    page.click("#roop_models_fetch")
    says(page, "models_line", "Choose what to fetch first")
    page.click("#roop_models_verify")
    says(page, "models_line", "no file yet")


def test_the_doctor_says_that_all_is_well(page: Any) -> None:
    opened(page, "Doctor")
    page.click("#roop_doctor_look")
    says(page, "doctor_line", "All is well")
    assert "self-test: ok" in page.input_value("#roop_doctor_report textarea")
