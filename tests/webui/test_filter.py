"""The similarity filter: what does not look alike is in no list, no grid and no folder, and the rest stays in step.

Half of the source mixed into a face of number n is person (200 + n) / 2, so that n close to 200 passes.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop.webui import actions
from tests.fakes import people, row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Made, Studio, marked, seen, unit

STRICT = {"strength": 0.5, "min_similarity": 0.95}
PASSES, FAILS, CLOSE = 180, 10, 60
"""The last one fails too, but is more alike."""


def filtered(studio: Studio, *numbers: int, **parts: Any) -> Made:
    options = {**STRICT, **parts.pop("options", {})}
    return studio.made([row(number) for number in numbers], unit(**options), **parts)


def mixed(*numbers: int) -> list[list[int]]:
    return [[(HIM + number) // 2] for number in numbers]


def test_what_does_not_look_alike_is_left_out(everywhere: Studio) -> None:
    made = filtered(everywhere, PASSES, FAILS, PASSES + 2, FAILS, n_iter=2)
    assert made.people == mixed(PASSES, PASSES + 2)
    assert len([path for path in made.files if path.parent.name == "samples"]) == 2
    grid = made.processed.images[0]
    assert made.processed.index_of_first_image == 1 and len(people(pixels(grid))) == 2
    assert len(made.processed.infotexts) == len(made.processed.images)


def test_the_page_says_which_picture_was_dropped_and_why(everywhere: Studio) -> None:
    made = filtered(everywhere, PASSES, FAILS)
    (said,) = made.said
    assert said.startswith("roop: Picture 2 was dropped: ") and "0.9" in said


@pytest.mark.parametrize("numbers", [(PASSES, FAILS), (FAILS, FAILS)], ids=["one", "all"])
def test_the_accordion_says_why_pictures_were_dropped(everywhere: Studio, numbers: Sequence[int]) -> None:
    processed = filtered(everywhere, *numbers).processed
    known = {"infotexts": processed.infotexts, "extra_generation_params": processed.extra_generation_params}
    said = " ".join(actions.told(json.dumps(known)))
    assert said.count("was dropped: ") == numbers.count(FAILS) and "0.9" in said


def test_programs_learn_from_the_texts_of_the_others_which_were_dropped(everywhere: Studio) -> None:
    made = filtered(everywhere, FAILS, PASSES, FAILS, PASSES, n_iter=2)
    assert made.values("roop dropped") == ["1", "1, 3"]


def test_prompts_and_seeds_stay_in_step(everywhere: Studio) -> None:
    prompts = ["one", "two", "three", "four"]
    made = filtered(everywhere, FAILS, PASSES, FAILS, PASSES + 2, n_iter=2, prompt=prompts)
    assert [text.splitlines()[0] for text in made.texts] == ["two", "four"]
    assert (made.values("Seed"), made.values("Variation seed")) == (["101", "103"], ["501", "503"])
    told = made.processed
    assert (told.all_prompts, told.all_seeds, told.all_subseeds) == (["two", "four"], [101, 103], [501, 503])
    assert told.all_negative_prompts == ["blurred 1", "blurred 3"]


def test_negative_prompts_stay_in_step(compositing: Studio) -> None:
    """The other host always writes those of its first batch."""
    made = filtered(compositing, FAILS, PASSES, FAILS, PASSES + 2, n_iter=2)
    assert [text.splitlines()[1] for text in made.texts] == ["Negative prompt: blurred 1", "Negative prompt: blurred 3"]


def test_overlays_and_colours_stay_in_step(compositing: Studio) -> None:
    mask = Pillow.new("L", (40, 60))
    mask.paste(255, (0, 10, 30, 40))
    starts = [row(FAILS).copy(), row(PASSES).copy(), row(PASSES).copy()]
    for number, start in enumerate(starts):
        # Outside the mask, where only the overlay shows it.
        start[50:, :, 2] = 50 + number
    made = compositing.made(
        [row(FAILS), row(PASSES), row(PASSES)], unit(**STRICT), n_iter=1, width=40, batch_size=3,
        init_images=[Pillow.fromarray(start) for start in starts], image_mask=mask, color_corrections=[7, 8, 9],
    )  # fmt: skip
    pictures = [pixels(picture) for picture in made.images]
    assert [int(each[55, 5, 2]) for each in pictures] == [51, 52]
    assert made.p.overlay_images is not None and len(made.p.overlay_images) == 2


def test_colour_corrections_go_with_their_pictures(everywhere: Studio) -> None:
    starts = [Pillow.fromarray(row(number)) for number in (FAILS, PASSES, PASSES)]
    made = filtered(everywhere, FAILS, PASSES, PASSES, init_images=starts, width=40, color_corrections=[7, 8, 9])
    assert [int(pixels(picture)[0, 0, 2]) for picture in made.images] == [8, 9]


def test_overlays_and_colours_are_whole_again_in_the_next_batch(compositing: Studio) -> None:
    starts = [Pillow.fromarray(row(number)) for number in (FAILS, PASSES)]
    made = filtered(
        compositing, FAILS, PASSES, PASSES, FAILS, n_iter=2, init_images=starts, width=40, color_corrections=[7, 8]
    )
    assert [int(pixels(picture)[0, 0, 2]) for picture in made.images] == [8, 7]


def test_none_may_be_left(everywhere: Studio) -> None:
    made = filtered(everywhere, FAILS, FAILS, n_iter=2)
    assert not made.images and not made.files and len(made.processed.infotexts) == 1
    assert len(made.said) == 2


def test_the_best_one_may_be_kept_when_none_passes(everywhere: Studio) -> None:
    made = filtered(everywhere, FAILS, CLOSE, FAILS, FAILS, n_iter=2, job={"when_none": "best"})
    assert made.people == mixed(CLOSE)
    assert made.values("Seed") == ["101"]
    assert "No picture passed; picture 2 is kept, which is the most alike." in made.said[-1]
    assert made.values("roop note") == ["No picture passed; picture 2 is kept, which is the most alike."]
    assert [seen(path) for path in made.files] == mixed(CLOSE)


def test_the_best_one_is_not_kept_beside_one_that_passes(everywhere: Studio) -> None:
    made = filtered(everywhere, PASSES, FAILS, n_iter=2, job={"when_none": "best"})
    assert made.people == mixed(PASSES)


class Selected:
    """A script of the menu."""

    def __init__(self, name: str) -> None:
        self._name = name

    def title(self) -> str:
        return self._name


@pytest.mark.parametrize("title", ["Loopback", "SD upscale", "SD Upscale"])
def test_scripts_that_need_a_picture_get_the_best_one(everywhere: Studio, title: str) -> None:
    p = everywhere.job([row(FAILS)], unit(**STRICT), script_args=(2, "more"))
    p.scripts.selectable_scripts = [Selected("X/Y/Z plot"), Selected(title)]
    assert len(everywhere.run(p).images) == 1


def test_a_tiled_upscale_keeps_every_tile_in_its_place(everywhere: Studio) -> None:
    p = everywhere.job([row(FAILS), row(PASSES)], unit(HIM, 210, blend="none", **STRICT), script_args=(1,))
    p.scripts.selectable_scripts = [Selected("SD upscale")]
    p.do_not_save_grid = True
    assert [people(pixels(each))[0] for each in everywhere.run(p).images] == [each for (each,) in mixed(FAILS, PASSES)]


TILES = ("Ultimate SD upscale", "SD Ultimate Upscale", "Outpainting mk2", "Poor man's outpainting", "Prompt matrix")


@pytest.mark.parametrize("title", TILES)
def test_whatever_puts_pictures_together_gets_all_of_them(studio: Studio, title: str) -> None:
    p = studio.job([row(FAILS), row(PASSES)], unit(**STRICT), script_args=(1,), do_not_save_grid=True)
    p.scripts.selectable_scripts = [Selected(title)]
    made = Made(p, studio.run(p), studio.webui)
    assert len(made.images) == 2 and "tiles" in made.said[0]


def test_a_host_that_does_not_count_files_is_known_by_the_prompt_that_it_keeps(sdnext: Studio) -> None:
    start = Pillow.fromarray(row(FAILS))
    made = filtered(sdnext, FAILS, init_images=[start], width=40, default_prompt="a person")
    assert made.people == mixed(FAILS)


def test_a_batch_of_files_gets_the_best_one_for_each(studio: Studio) -> None:
    studio.webui.state.job = "2 out of 3"
    made = filtered(studio, FAILS, init_images=[Pillow.fromarray(row(FAILS))], width=40)
    assert made.people == mixed(FAILS)


def test_a_job_that_the_host_counts_in_batches_is_no_batch_of_files(studio: Studio) -> None:
    studio.webui.state.job = "Batch 2 out of 3"
    assert not filtered(studio, FAILS, init_images=[Pillow.fromarray(row(FAILS))], width=40).images


def test_rejected_pictures_may_be_kept_in_a_folder_of_their_own(everywhere: Studio) -> None:
    made = filtered(everywhere, PASSES, FAILS, job={"keep_rejected": True})
    (path,) = [path for path in made.files if path.parent.name == "roop-rejected"]
    assert path.stem.endswith("-similarity-0.83") and seen(path) == mixed(FAILS)[0] and marked(path)
    assert made.people == mixed(PASSES)


def test_nothing_is_kept_of_what_was_rejected_where_the_host_does_not_save(everywhere: Studio) -> None:
    assert not filtered(everywhere, FAILS, job={"keep_rejected": True}, do_not_save_samples=True).files


def test_every_face_has_to_pass(everywhere: Studio) -> None:
    both = [row(PASSES, FAILS), row(PASSES, PASSES)]
    made = everywhere.made(both, unit(**STRICT, target_faces="0,1"))
    assert made.people == [[190, 190]]


def test_a_picture_without_faces_passes(everywhere: Studio) -> None:
    made = everywhere.made([row(), row(FAILS)], unit(**STRICT))
    assert made.people == [[]] and made.values("roop note")[0]


def test_a_swap_is_made_once(everywhere: Studio) -> None:
    filtered(everywhere, PASSES, PASSES + 2)
    assert everywhere.fakes.swapper.batches == [1, 1]


def test_files_of_pictures_that_fail_are_never_written_even_for_a_moment(everywhere: Studio, tmp_path: Path) -> None:
    filtered(everywhere, FAILS)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


class Forgetful:
    """A script that one host lets have its way: the negative prompts are gone."""

    def title(self) -> str:
        return "forgetful"

    def postprocess_batch_list(self, p: Any, _: Any, **__: Any) -> None:
        p.negative_prompts = []


def test_pictures_without_all_their_prompts_are_not_lost(sdnext: Studio) -> None:
    sdnext.scripts.insert(0, Forgetful())
    assert filtered(sdnext, PASSES, FAILS).people == mixed(PASSES, FAILS)
