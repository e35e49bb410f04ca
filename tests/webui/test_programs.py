"""What programs send through the host's API: one object, or the eleven values of the original roop."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop.ui import fields
from tests.fakes import row
from tests.webui.studio import HIM, Made, Studio, photo, unit

URI = f"data:image/png;base64,{photo(row(HIM))}"


def called(studio: Studio, args: list[Any], *pictures: Any) -> Made:
    """A job of a program; hosts fill a short list up with what the page holds at start, or do not."""
    if studio.webui.flavour.pads:
        args = [*args, *[None, *fields.defaults(3).values()][len(args) :]]
    p = studio.job(pictures or [row(10, 20)], is_api=True, do_not_save_samples=True, do_not_save_grid=True)
    p.arguments = {"roop": args}
    return Made(p, studio.run(p), studio.webui)


@pytest.mark.parametrize("picture", [URI, photo(row(HIM)), [URI]], ids=["data URI", "base64", "a list"])
def test_one_object_says_everything_by_name(everywhere: Studio, picture: Any) -> None:
    made = called(everywhere, [{"units": [{"source": picture, "target_faces": "1"}]}])
    assert made.people == [[10, HIM]] and not made.said and not made.files


def test_line_breaks_in_base64_do_not_matter(everywhere: Studio) -> None:
    text = photo(row(HIM))
    broken = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    assert called(everywhere, [{"units": [{"source": broken}]}]).people == [[HIM, 20]]


WRONG: dict[str, tuple[Any, str]] = {
    "an unknown part": ({"unit": []}, "There is no part 'unit'; did you mean 'units'?"),
    "an unknown option": ({"units": [unit(strenght=1)]}, "did you mean 'strength'?"),
    "an unknown option of post": ({"units": [unit()], "post": {"restorr": "x"}}, "did you mean 'restorer'?"),
    "a wrong value": ({"units": [unit(strength="much")]}, "strength takes a number, not 'much'."),
    "a value out of range": ({"units": [unit(strength=9)]}, "strength goes from 0 to"),
    "a wrong place": ({"units": [unit(enabled="yes")]}, "enabled takes true or false, not 'yes'."),
    "units that are no list": ({"units": unit()}, "units is a list of objects"),
    "units that are no objects": ({"units": ["him"]}, "units is a list of objects"),
    "too many units": ({"units": [unit()] * 11}, "There are at most 10 units, not 11."),
    "a part that is no object": ({"units": [unit()], "post": 3}, "an object with names and values, not int"),
    "no source": ({"units": [{}]}, "Face 1 has no picture"),
    "no picture": ({"units": [{"source": 7}]}, "source takes pictures as base64 or data URI, not int."),
    "bad base64": ({"units": [{"source": "???"}]}, "source takes pictures as base64 or data URI; this is neither"),
    "base64 of something else": ({"units": [{"source": "aGVsbG8gd29ybGQsIGhlbGxv"}]}, "is no picture"),
    "a data URI of nothing": ({"units": [{"source": "data:image/png;base64,"}]}, "the data URI is empty"),
    "an address": ({"units": [{"source": "https://example.org/a.png"}]}, "source takes pictures as base64"),
    "a host's upscaler that is not there": ({"units": [unit()], "post": {"upscaler": "R-ESRGAN"}}, "'R-ESRGAN'"),
    "a key": ({"units": [unit()], "output": {"c2pa_key": "/etc/key"}}, "c2pa_key is for the command line"),
    "a path as a face": ({"units": [{"checkpoint": "../../secret"}]}, "cannot hold '/'"),
    "a path as a mask": ({"units": [unit(mask_picture="/etc/passwd")]}, "mask_picture takes pictures as base64"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_said_in_the_result(studio: Studio, case: tuple[Any, str]) -> None:
    asked, sentence = case
    made = called(studio, [asked])
    (note,) = made.values("roop note")
    assert note is not None and sentence.lower() in note.lower() and made.people == [[10, 20]]


def test_a_path_is_never_read(everywhere: Studio, tmp_path: Path) -> None:
    path = tmp_path / "him.png"
    Pillow.fromarray(row(HIM)).save(path)
    for given in (str(path), str(tmp_path), f"file://{path}", [str(path)]):
        for name in ("source", "like"):
            made = called(everywhere, [{"units": [{**unit(), name: given}]}])
            assert made.people == [[10, 20]] and "base64 or data URI" in made.said[0]


def test_a_short_word_that_happens_to_be_base64_is_no_path_either(
    everywhere: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pillow.fromarray(row(HIM)).save(tmp_path / "face", "PNG")
    monkeypatch.chdir(tmp_path)
    assert called(everywhere, [{"units": [{"source": "face"}]}]).people == [[10, 20]]


ORIGINAL = [URI, True, "1", "/models/roop/mesh.onnx", "None", 1, "None", 1, 1, False, True]


def test_the_originals_eleven_values_are_understood(everywhere: Studio) -> None:
    made = called(everywhere, ORIGINAL)
    assert made.people == [[10, HIM]] and not made.said


def test_the_originals_values_may_be_cut_short(everywhere: Studio) -> None:
    """What a host then adds to them are values of the page, which mean something else."""
    for count, people in ((1, [HIM, 20]), (2, [HIM, 20]), (3, [10, HIM])):
        made = called(everywhere, ORIGINAL[:count])
        assert made.people == [people] and not made.said


def test_the_originals_upscaler_and_restorer_are_understood(everywhere: Studio) -> None:
    args = [*ORIGINAL[:4], None, 1, "nearest", 2, 1.0, False, True]
    (picture,) = called(everywhere, args).images
    assert picture.size == (140, 120)


def test_the_originals_swap_in_the_source_is_understood(everywhere: Studio) -> None:
    p = everywhere.job([], init_images=[Pillow.fromarray(row(10, 20))], width=70)
    p.arguments = {"roop": [*ORIGINAL[:9], True, False]}
    made = Made(p, everywhere.run(p), everywhere.webui)
    assert made.people == [[10, HIM]] and everywhere.fakes.swapper.batches == [1]


def test_a_wrong_value_among_the_originals_is_named(everywhere: Studio) -> None:
    made = called(everywhere, [*ORIGINAL[:7], "big", 1, False, True])
    assert made.people == [[10, 20]] and "scale takes a number, not 'big'." in made.said[0]


def test_two_units_of_one_object_share_a_detection(everywhere: Studio) -> None:
    made = called(everywhere, [{"units": [unit(200, target_faces="0"), unit(210, target_faces="1")]}])
    assert made.people == [[200, 210]] and everywhere.fakes.detector.calls == 3
