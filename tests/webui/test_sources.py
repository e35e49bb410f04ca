"""The picture that img2img starts from: swapped once, inside the mask, and remembered in what comes out of it."""

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.ui import fields
from tests.fakes import people, row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Made, Studio, marked, unit

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


class BreaksAtTheSecond(Engine):
    """Breaks at every second picture."""

    calls = 0

    def run(self, *given: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls % 2 == 0:
            raise RuntimeError("a bug")
        return super().run(*given, **named)


def test_sources_that_were_not_all_swapped_stay_and_nothing_else_is_said(everywhere: Studio) -> None:
    everywhere.broken(BreaksAtTheSecond)
    inits = [Pillow.fromarray(row(number)) for number in (10, 20)]
    made = everywhere.made([], unit(**SOURCE_ONLY), init_images=inits, width=40, batch_size=2)
    assert made.people == [[10], [20]] and made.p.init_images == inits
    assert made.values("roop source") == [None, None] and not any(map(marked, made.files))
    assert all("a bug" in str(note) for note in made.values("roop note"))


@pytest.mark.parametrize("hidden", [True, False])
def test_a_page_without_folders_names_none(studio: Studio, tmp_path: Path, hidden: bool) -> None:
    Pillow.fromarray(row(HIM)).save(tmp_path / "him.png")
    shared = sys.modules["modules.shared"]
    vars(shared)["cmd_opts"].hide_ui_dir_config = hidden
    fresh = fields.defaults(1) | {fields.MASTER: True, fields.Field(fields.UNIT, 1, fields.FOLDER): str(tmp_path)}
    p = studio.job([row(10)])
    p.arguments = {"roop": [None, *fresh.values()]}
    made = Made(p, studio.run(p), studio.webui)
    assert made.people == [[10 if hidden else HIM]]
    assert any("--hide-ui-dir-config" in said for said in made.said) == hidden


NOWHERE = {"in_source": True, "in_generated": False}


def test_a_setting_left_from_img2img_does_not_switch_txt2img_off(everywhere: Studio) -> None:
    fresh = fields.defaults(1) | {fields.MASTER: True}
    fresh[fields.Field(fields.UNIT, 1, "places")] = ["in_source"]
    fresh[fields.Field(fields.UNIT, 1, fields.REFERENCE)] = Pillow.fromarray(row(HIM))
    p = everywhere.job([row(10)])
    p.arguments = {"roop": [None, *fresh.values()]}
    assert Made(p, everywhere.run(p), everywhere.webui).people == [[HIM]]


def test_a_program_that_asks_for_neither_is_told(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], unit(**NOWHERE), is_api=True)
    made = Made(p, everywhere.run(p), everywhere.webui)
    assert made.people == [[10]] and "No face is swapped" in str(made.values("roop note")[0])
