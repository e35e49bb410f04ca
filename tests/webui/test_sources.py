"""The picture that img2img starts from: swapped once, inside the mask, and remembered in what comes out of it."""

from typing import Any

from PIL import Image as Pillow

from tests.fakes import people, row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Studio, marked, unit

SOURCE_ONLY = {"in_source": True, "in_generated": False, "target_faces": "all"}
TWO = row(10, 20)


def started(studio: Studio, asked: dict[str, Any], **parts: Any) -> list[int]:
    """Who is seen in the picture that the host starts from."""
    p = studio.job([], asked, width=70, **{"init_images": [Pillow.fromarray(TWO)], **parts})
    studio.run(p)
    return people(pixels(p.init_images[0]))


def mask(mode: str = "L") -> Pillow.Image:
    """White over the first face; or the same as a stroke on a transparent sheet, which some programs send."""
    drawn = Pillow.new("L", (70, 60))
    drawn.paste(255, (0, 0, 30, 40))
    if mode == "L":
        return drawn
    sheet = Pillow.new("RGBA", (70, 60))
    sheet.putalpha(drawn)
    return sheet


def test_the_source_is_swapped_where_that_is_asked(everywhere: Studio) -> None:
    assert started(everywhere, unit(**SOURCE_ONLY)) == [HIM, HIM]
    assert started(everywhere, unit(target_faces="all")) == [10, 20]


def test_source_and_result_are_swapped_where_both_are_asked(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit(in_source=True), init_images=[Pillow.fromarray(row(30))], width=40)
    assert everywhere.fakes.swapper.batches == [1, 1] and made.people == [[HIM]]


def test_the_callers_picture_and_list_are_left_alone(everywhere: Studio) -> None:
    init = Pillow.fromarray(TWO)
    given = [init]
    started(everywhere, unit(**SOURCE_ONLY), init_images=given)
    assert given == [init] and people(pixels(init)) == [10, 20]


def test_only_faces_inside_the_mask_are_swapped(everywhere: Studio) -> None:
    assert started(everywhere, unit(**SOURCE_ONLY), image_mask=mask()) == [HIM, 20]
    assert started(everywhere, unit(**SOURCE_ONLY), image_mask=mask("RGBA")) == [HIM, 20]


def test_an_inverted_mask_is_understood(everywhere: Studio) -> None:
    assert started(everywhere, unit(**SOURCE_ONLY), image_mask=mask(), inpainting_mask_invert=1) == [10, HIM]


def test_all_faces_are_swapped_under_a_mask_on_request(everywhere: Studio) -> None:
    assert started(everywhere, unit(**SOURCE_ONLY), image_mask=mask(), job={"inpaint": "picture"}) == [HIM, HIM]


def test_a_list_with_one_mask_for_all_is_understood(sdnext: Studio) -> None:
    masks: Any = [mask()]
    p = sdnext.job([row(1)], unit(**SOURCE_ONLY), init_images=[Pillow.fromarray(TWO)], width=70, image_mask=masks)
    sdnext.roop.process(_prepared(p), *p.arguments["roop"])
    assert people(pixels(p.init_images[0])) == [HIM, 20]


def _prepared(p: Any) -> Any:
    p.all_seeds = [1]
    return p


def test_what_came_of_a_swapped_source_says_so(everywhere: Studio) -> None:
    made = everywhere.made([], unit(**SOURCE_ONLY), init_images=[Pillow.fromarray(TWO)], width=70)
    (said,) = made.values("roop source")
    assert said is not None and said.startswith("fake engine; face 0: ")
    assert all(map(marked, made.files)) and made.values("roop") == [None]


def test_every_picture_of_a_batch_is_swapped(everywhere: Studio) -> None:
    inits = [Pillow.fromarray(row(number)) for number in (10, 20)]
    p = everywhere.job([], unit(**SOURCE_ONLY), init_images=inits, width=40, batch_size=2)
    everywhere.run(p)
    assert [people(pixels(each)) for each in p.init_images] == [[HIM], [HIM]]


def test_transparency_stays(everywhere: Studio) -> None:
    init = Pillow.fromarray(TWO)
    init.putalpha(77)
    p = everywhere.job([], unit(**SOURCE_ONLY), init_images=[init], width=70)
    everywhere.run(p)
    assert p.init_images[0].mode == "RGBA" and p.init_images[0].getchannel("A").getextrema() == (77, 77)


def test_txt2img_has_no_source(everywhere: Studio) -> None:
    assert everywhere.made([row(10)], unit(in_source=True)).people == [[HIM]]
