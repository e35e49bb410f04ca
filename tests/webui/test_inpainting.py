"""Inpainting: what is swapped where, and how large the result becomes.

The picture shows two faces; the mask lies over the first one, whose box is 5..21 by 10..26.
"""

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from tests.fakes import row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Made, Studio, marked, unit

PICTURE = row(10, 20)
HEIGHT, WIDTH = PICTURE.shape[:2]
EVERYONE = {"target_faces": "all"}
NO_MASK, WHOLE, ONLY = "no mask", "whole picture", "only masked"
MASKS = (NO_MASK, WHOLE, ONLY)
DOUBLE = {"upscaler": "nearest", "scale": 2.0}
SIZES = {"same size": {}, "2x": DOUBLE}


def drawn() -> Pillow.Image:
    mask = Pillow.new("L", (WIDTH, HEIGHT))
    mask.paste(255, (0, 0, 30, 40))
    return mask


def inpainted(studio: Studio, how: str, options: dict[str, Any] | None = None, **parts: Any) -> Made:
    parts = {"width": WIDTH, "height": HEIGHT, **parts}
    if how != NO_MASK:
        parts.setdefault("image_mask", drawn())
    if how == ONLY:
        parts |= {"inpaint_full_res": True, "width": 60, "height": 80}
    asked = unit(**EVERYONE, **(options or {}))
    return studio.made([], asked, init_images=[Pillow.fromarray(PICTURE)], **parts)


@pytest.mark.parametrize("post", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("how", MASKS)
def test_the_faces_inside_the_mask_are_swapped_and_the_result_has_the_asked_size(
    compositing: Studio, how: str, post: dict[str, Any]
) -> None:
    made = inpainted(compositing, how, post=post)
    (picture,) = made.images
    times = 2 if post else 1
    assert picture.size == (WIDTH * times, HEIGHT * times) and not made.said
    assert made.people == [[HIM, HIM if how == NO_MASK else 20]]
    assert marked(made.files[0]) and "Size" in made.texts[0]
    corner = pixels(picture)[: HEIGHT * times // 2, WIDTH * times // 2 :]
    assert (corner[..., 0] > 0).any(), "nothing is pasted over a larger picture in its own small size"


@pytest.mark.parametrize("how", MASKS)
def test_a_host_that_pastes_last_keeps_the_size_and_says_so(sdnext: Studio, how: str) -> None:
    made = inpainted(sdnext, how, post=DOUBLE)
    if how == NO_MASK:
        assert made.images[0].size == (2 * WIDTH, 2 * HEIGHT) and not made.said
    else:
        assert made.images[0].size == (WIDTH, HEIGHT)
        assert made.said == ["roop: This web UI pastes inpainted pictures together last, so that the size is kept."]
    assert made.people == [[HIM, HIM if how == NO_MASK else 20]] and marked(made.files[0])


@pytest.mark.parametrize("how", [WHOLE, ONLY])
def test_the_whole_pictures_faces_are_swapped_on_request(compositing: Studio, how: str) -> None:
    made = inpainted(compositing, how, job={"inpaint": "picture"})
    assert made.people == [[HIM, HIM]] and marked(made.files[0])


@pytest.mark.parametrize("how", [WHOLE, ONLY])
def test_the_whole_picture_is_enlarged_with_all_its_faces(compositing: Studio, how: str) -> None:
    made = inpainted(compositing, how, job={"inpaint": "picture"}, post=DOUBLE)
    assert made.people == [[HIM, HIM]] and made.images[0].size == (2 * WIDTH, 2 * HEIGHT)


def test_numbers_count_in_the_whole_picture_on_request(compositing: Studio) -> None:
    asked = unit(target_faces="1")
    made = compositing.made(
        [], asked, init_images=[Pillow.fromarray(PICTURE)], width=60, height=80, image_mask=drawn(),
        inpaint_full_res=True, job={"inpaint": "picture"},
    )  # fmt: skip
    assert made.people == [[10, HIM]]


@pytest.mark.parametrize("how", [WHOLE, ONLY])
def test_an_inverted_mask_lets_the_other_faces_be_swapped(everywhere: Studio, how: str) -> None:
    made = inpainted(everywhere, how, inpainting_mask_invert=1, image_mask=ImageOps.invert(drawn()))
    assert made.people == [[HIM, 20]]


def test_a_mask_without_a_face_under_it_changes_nothing_and_says_so(everywhere: Studio) -> None:
    empty = Pillow.new("L", (WIDTH, HEIGHT))
    empty.paste(255, (0, 45, 10, 60))
    made = inpainted(everywhere, WHOLE, image_mask=empty)
    assert made.people == [[10, 20]] and "outside the mask" in made.said[0]


@pytest.mark.parametrize("first", [False, True], ids=["restored first", "enlarged first"])
def test_faces_are_enlarged_once_in_either_order(compositing: Studio, first: bool) -> None:
    made = inpainted(compositing, WHOLE, post={**DOUBLE, "upscale_first": first})
    assert made.images[0].size == (2 * WIDTH, 2 * HEIGHT) and made.people == [[HIM, 20]]


def test_pictures_of_several_sizes_make_a_grid(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row()], unit(), post=DOUBLE)
    assert [picture.size for picture in made.images] == [(80, 120), (10, 60)]
    assert made.processed.images[0].size == (160, 120)


def test_the_filter_works_while_inpainting(everywhere: Studio) -> None:
    strict = {"strength": 0.5, "min_similarity": 0.95}
    assert not inpainted(everywhere, WHOLE, strict).images
    made = inpainted(everywhere, WHOLE, {**strict, "min_similarity": 0.5}, post=DOUBLE)
    assert made.people == [[105, 20]]
    times = 2 if everywhere.webui.flavour.composites else 1
    assert made.images[0].size == (times * WIDTH, times * HEIGHT)


def test_a_picture_that_fails_to_be_enlarged_stays_swapped_and_in_its_size(compositing: Studio) -> None:
    made = inpainted(compositing, WHOLE, post={"upscaler": "nearest", "scale": 8.0, "upscaler_visibility": 0.5})
    assert made.images[0].size == (8 * WIDTH, 8 * HEIGHT)
    assert np.array_equal(pixels(made.images[0])[0, 0], [0, 0, 0])


def test_masks_that_the_host_hands_out_or_saves_are_not_said_to_be_swapped(compositing: Studio) -> None:
    compositing.webui.options |= {"return_mask": True, "save_mask": True}
    made = inpainted(compositing, WHOLE, n_iter=2)
    marks = [any("DigitalSourceType" in str(text) for text in picture.info.values()) for picture in made.images]
    assert marks == [True, False, True, False]
    saved = {path.stem.endswith("-mask"): marked(path) for path in made.files if path.parent.name == "samples"}
    assert saved == {False: True, True: False}


def test_faces_outside_the_mask_that_cannot_be_reached_are_not_passed_over_in_silence(sdnext: Studio) -> None:
    made = inpainted(sdnext, ONLY, job={"inpaint": "picture"})
    assert made.people == [[HIM, 20]]
    assert made.said == ["roop: This web UI shows inpainted parts alone, so that faces outside them stay."]
    assert made.values("roop note") == [made.said[0].removeprefix("roop: ")]


def test_nor_where_pictures_may_be_dropped(compositing: Studio) -> None:
    made = inpainted(compositing, WHOLE, {"min_similarity": 0.5}, job={"inpaint": "picture"})
    assert made.people == [[HIM, 20]] and "Before pictures are dropped or added" in made.said[0]
