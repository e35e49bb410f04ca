"""What users see of roop in a running web UI's tab img2img, by a browser."""

from typing import Any

import pytest
from PIL import Image as Pillow

from tests.hosts.client import sent
from tests.hosts.page import Tab

START = "img2img_image"
LAST_ALONE = "img2img_image_batch"
"""The box of a web UI that tells of the last file alone, and shows none of them."""
BATCH = f"#img2img_batch_upload, #{LAST_ALONE}"
"""The box for the files of a batch."""


def test_before_the_first_job_faces_are_shown_of_the_picture_that_is_begun_from(
    img2img: Tab, group: Pillow.Image
) -> None:
    img2img.hand_over(START, sent(group))
    img2img.page.wait_for_timeout(4000)
    said = img2img.press("show_faces")
    assert all(f"Face {number}: " in said for number in range(6)) and "Face 6: " not in said
    assert "mask" not in said


def test_a_swap_is_told_and_shown(img2img: Tab, unit: dict[str, Any]) -> None:
    img2img.upload(f"{img2img.roop}face1_reference", unit["source"][0])
    img2img.type("face1_target_faces", "1,3")
    assert img2img.generate("as it is").count("; face") == 2
    assert img2img.shown >= 1


def test_of_a_result_it_is_said_that_inpainting_counts_otherwise(img2img: Tab) -> None:
    assert "inside its mask" in img2img.press("show_faces")


def test_a_batch_of_files_is_swapped_file_by_file(
    img2img: Tab, unit: dict[str, Any], group: Pillow.Image, hopper: Pillow.Image
) -> None:
    img2img.upload(f"{img2img.roop}face1_reference", unit["source"][0])
    img2img.type("face1_target_faces", "all")
    img2img.click_text("Batch")
    box = img2img.page.locator(BATCH).first
    if not box.count():
        pytest.skip("this web UI's batches come from its own folders alone")
    img2img.hand_over(box.get_attribute("id"), sent(group), sent(hopper))
    img2img.until(lambda: "1.png" in "".join(box.inner_text().split()), "the files did not come")
    img2img.page.wait_for_timeout(1500)
    said = img2img.generate("as it is")
    told = (said.count("; face 0: "), said.count("; face 5: "))
    if box.get_attribute("id") == LAST_ALONE:
        assert told == (1, 0)
    else:
        assert told == (2, 1)
        assert img2img.shown >= 2
