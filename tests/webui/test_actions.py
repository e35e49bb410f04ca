"""What the accordion's buttons do with the pictures that the page shows."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.errors import InputError, NoFaceError, OptionError, Refused, RoopError
from lib_roop.types import Image
from lib_roop.ui.events import Actions
from lib_roop.webui.actions import told
from lib_roop.webui.buttons import Tab
from lib_roop.webui.buttons import buttons as bound
from tests.fakes import Person, drawn, people, row
from tests.webui.studio import HIM, Studio, unit

TEXT = 'a prompt\nSteps: 1, Seed: 7, roop 1 strength: 0.5, roop: "mesh engine; face 0: old", Version: x'


def buttons(studio: Studio) -> Actions:
    studio.webui.options["outdir_img2img_samples"] = str(studio.webui.folder)
    tab = Tab(name="img2img", gallery="gallery", information="text", start="start")
    engine = studio.fakes.engine()
    return bound(lambda: engine, engine.host, tab)


def shown(*pictures: Image, place: int = -1, start: Image | None = None, **known: Any) -> list[Any]:
    """What the page hands over: the selected place, gallery, text, and the picture that img2img starts from."""
    gallery = [(Pillow.fromarray(picture), None) for picture in pictures]
    return [place, gallery, json.dumps(known), None if start is None else Pillow.fromarray(start)]


def settings(**options: Any) -> dict[str, Any]:
    given = unit(**options)
    return {"units": [{**given, "source": [Pillow.fromarray(row(HIM))]}]}


def test_the_faces_of_the_selected_picture_are_numbered(studio: Studio) -> None:
    found = buttons(studio).faces(shown(row(1), row(1, 2), place=1), settings(), 1)
    assert [box[0] for box in found.boxes] == [0, 1] and found.picture.size == (70, 60)
    assert found.boxes[0][1:] == (5, 10, 21, 26)


@pytest.mark.parametrize(("order", "first"), [("left-right", 5), ("right-left", 65), ("large-small", 65)])
def test_numbers_are_those_of_the_unit(studio: Studio, order: str, first: int) -> None:
    found = buttons(studio).faces(shown(row(1, 2, 3)), settings(order=order), 1)
    assert found.boxes[0][1] == first


def test_it_is_said_that_inpainting_counts_otherwise(studio: Studio) -> None:
    """The page does not hand over the mask; the picture that img2img starts from without one is counted as a whole."""
    whole = {**settings(), "job": {"inpaint": "picture"}}
    given, start = shown(row(1, 2)), shown(start=row(1, 2))
    ((*_, last), *others) = (
        buttons(studio).faces(*each, 1).told for each in ((given, settings()), (given, whole), (start, settings()))
    )
    assert "inside its mask" in last and not any("mask" in said for told in others for said in told)


def test_faces_that_do_not_count_have_no_number(studio: Studio) -> None:
    found = buttons(studio).faces(shown(row(1, 2, 3)), settings(max_faces=2), 1)
    assert [box[1] for box in found.boxes] == [35, 65]


def test_a_unit_that_was_not_set_up_counts_as_a_fresh_one(studio: Studio) -> None:
    assert len(buttons(studio).faces(shown(row(1, 2)), {"units": []}, 3).boxes) == 2


def test_without_a_selection_it_is_the_last_picture(studio: Studio) -> None:
    assert len(buttons(studio).faces(shown(row(1), row(1, 2)), settings(), 1).boxes) == 2


def test_without_pictures_it_is_the_one_that_img2img_starts_from(studio: Studio) -> None:
    assert len(buttons(studio).faces(shown(start=row(1, 2, 3)), settings(), 1).boxes) == 3


def test_without_any_picture_a_sentence_says_so(studio: Studio) -> None:
    with pytest.raises(InputError, match="There is no picture yet"):
        buttons(studio).faces(shown(), settings(), 1)


def swapped(studio: Studio, given: Sequence[Any], **options: Any) -> tuple[list[Pillow.Image], dict[str, Any], Any]:
    done = buttons(studio).again(given, settings(**options))
    gallery, information = done.results
    return list(gallery), json.loads(information), done.told


def test_another_swap_is_one_more_picture(studio: Studio) -> None:
    gallery, _, said = swapped(studio, shown(row(1), row(2)), target_faces="all")
    assert len(gallery) == 3 and people(np.asarray(gallery[2])) == [HIM]
    assert people(np.asarray(gallery[1])) == [2] and "face 0" in said[0]


def test_its_text_is_that_of_the_picture_with_what_was_done_now(studio: Studio) -> None:
    known: dict[str, Any] = {"infotexts": ["grid", TEXT], "index_of_first_image": 1}
    known |= {"all_seeds": [7], "all_prompts": ["a prompt"]}
    _, now, _ = swapped(studio, shown(row(1), row(2), place=1, **known), strength=0.9)
    assert len(now["infotexts"]) == 3 and now["all_seeds"] == [7, 7] and now["all_prompts"] == ["a prompt"] * 2
    text = now["infotexts"][2]
    assert text.startswith("a prompt\nSteps: 1, Seed: 7, Version: x, roop 1") and "old" not in text
    assert "roop 1 strength: 0.9" in text and text.count("roop 1 strength") == 1


def test_it_is_saved_and_marked(studio: Studio) -> None:
    gallery, _, _ = swapped(studio, shown(row(1)))
    (path,) = studio.webui.saved
    assert "swapped" in str(path) and b"digitalsourcetype" in path.read_bytes()
    assert "XML:com.adobe.xmp" in gallery[1].info


def test_where_the_host_saves_nothing_nothing_is_saved(studio: Studio) -> None:
    studio.webui.options["samples_save"] = False
    assert len(swapped(studio, shown(row(1)))[0]) == 2 and not studio.webui.saved


def test_several_unblended_sources_are_several_pictures(studio: Studio) -> None:
    chosen = {"units": [{"source": [Pillow.fromarray(row(each)) for each in (200, 210)], "blend": "none"}]}
    done = buttons(studio).again(shown(row(1)), chosen)
    assert [people(np.asarray(picture)) for picture in done.results[0]] == [[1], [200], [210]]


def test_without_a_unit_a_sentence_says_what_to_do(studio: Studio) -> None:
    with pytest.raises(OptionError, match="Enable a face"):
        buttons(studio).again(shown(row(1)), {"units": []})


def test_a_picture_without_faces_is_a_sentence_and_no_file(studio: Studio) -> None:
    with pytest.raises(NoFaceError, match="No face was found in the picture"):
        swapped(studio, shown(drawn()))
    assert not studio.webui.saved


def test_a_refused_picture_gives_nothing(studio: Studio) -> None:
    studio.gate.refuses = 1
    with pytest.raises(Refused):
        swapped(studio, shown(row(1)))
    assert not studio.webui.saved


def test_the_line_says_what_ran_in_every_picture_once() -> None:
    other = 'b\nSteps: 1, roop note: "No face was found, nowhere."'
    information = json.dumps({"infotexts": [TEXT, TEXT, other, "nothing"]})
    assert list(told(information)) == ["mesh engine; face 0: old", "No face was found, nowhere."]


@pytest.mark.parametrize("odd", [None, "", "no json", "[]", "3", '{"infotexts": null}', '{"infotexts": [1]}'])
def test_what_is_no_text_says_nothing(odd: Any) -> None:
    assert list(told(odd)) == []


def test_while_a_job_runs_nothing_is_said_of_the_one_before() -> None:
    information = json.dumps({"infotexts": [TEXT]})
    assert told(information) and not told(information + " ")


def test_what_a_prompt_says_of_roop_is_not_said() -> None:
    assert list(told(json.dumps({"infotexts": ["roop: x engine, b\nNegative prompt: roop note: c\nSteps: 1"]}))) == []


def test_what_only_looks_quoted_is_said_as_it_is() -> None:
    assert list(told(json.dumps({"infotexts": ['roop: "unfinished', 'roop: "\\x"']}))) == ['"unfinished', '"\\x"']


def test_the_largest_faces_count_where_boxes_tie(studio: Studio) -> None:
    same = drawn(Person((5, 10, 16), 1), Person((45, 10, 16), 2))
    assert len(buttons(studio).faces(shown(same), settings(max_faces=1), 1).boxes) == 1


@pytest.mark.parametrize(("sex", "first"), [("male", 5), ("female", 35), ("any", 5)])
def test_faces_of_another_sex_have_no_number(studio: Studio, sex: str, first: int) -> None:
    picture = row(1, 2, 3, sexes=(2, 1, 1))
    found = buttons(studio).faces(shown(picture), settings(sex=sex), 1)
    assert found.boxes[0][1] == first
    gallery, _, _ = swapped(studio, shown(picture), sex=sex, target_faces="0")
    assert people(np.asarray(gallery[1]))[(first - 5) // 30] == HIM, "number 0 is the same face for the swap"


def test_faces_that_resemble_nobody_wanted_have_no_number(studio: Studio) -> None:
    wanted = {"like": Pillow.fromarray(row(250)), "like_threshold": 0.9}
    chosen = settings()
    chosen["units"][0] |= wanted
    off: dict[str, Any] = {"enabled": False}
    found = buttons(studio).faces(shown(row(1, 250)), {"units": [off, *chosen["units"]]}, 2)
    assert [box[:2] for box in found.boxes] == [(0, 35)]


def test_each_face_is_described(studio: Studio) -> None:
    found = buttons(studio).faces(shown(start=row(1, 2, sexes=(1, 0))), settings(), 1)
    assert list(found.told) == [
        "Face 0: 16 x 16 pixels, score 1.00, female, about 30 years",
        "Face 1: 17 x 17 pixels, score 1.00, about 30 years",
    ]


def test_a_swap_that_was_stopped_gives_no_picture(studio: Studio) -> None:
    studio.fakes.host.stop = True
    with pytest.raises(InputError, match="stopped"):
        swapped(studio, shown(row(1)))
    assert not studio.webui.saved


def test_another_swap_is_never_dropped_and_its_similarity_is_said(studio: Studio) -> None:
    gallery, _, said = swapped(studio, shown(row(1)), strength=0.5, min_similarity=0.95)
    assert len(gallery) == 2 and said[0].rsplit(" ", 1)[1].startswith("0.")


def test_what_a_prompt_says_of_roop_stays(studio: Studio) -> None:
    known: dict[str, Any] = {"infotexts": ["a shop, roop: big\nNegative prompt: roop 2: x\nSteps: 1, roop: old"]}
    _, now, _ = swapped(studio, shown(row(1), **known))
    assert now["infotexts"][1].startswith("a shop, roop: big\nNegative prompt: roop 2: x\nSteps: 1, roop 1: ")


def test_a_picture_without_a_text_gets_one_of_roop_alone(studio: Studio) -> None:
    assert swapped(studio, shown(row(1)))[1]["infotexts"][0].startswith("roop 1: ")


class Broken(Engine):
    """Breaks at once."""

    def detect(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    run = detect


@pytest.mark.parametrize("button", ["faces", "again"])
def test_a_bug_is_a_sentence_on_the_page(studio: Studio, button: str) -> None:
    tab = Tab(name="txt2img", gallery=None, information=None)
    work = bound(lambda: Broken(studio.fakes.host), studio.fakes.host, tab)
    given = [shown(row(1))[:3], settings(), *([1] if button == "faces" else [])]
    with pytest.raises(RoopError, match=r"^roop failed \(RuntimeError: a bug\); the log says more\.$"):
        getattr(work, button)(*given)
