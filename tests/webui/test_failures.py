"""Whatever goes wrong inside roop, the host's picture is saved as it was, with one sentence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.webui import boundary
from tests.fakes import row
from tests.webui.studio import Studio, marked, seen, unit

FILTERED = {"strength": 0.5, "min_similarity": 0.5}


class Broken(Engine):
    """Breaks at once."""

    def run(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")


class BrokenLate(Engine):
    """Breaks when a result is enlarged."""

    def enlarged(self, swap: Any, post: Any, **named: Any) -> Any:
        if post.upscaler != "none":
            raise RuntimeError("a bug")
        return super().enlarged(swap, post, **named)


class Strange(Engine):
    """Gives reports that no text can be made of."""

    def run(self, *given: Any, **named: Any) -> Any:
        wrong: Any = 3
        swaps = super().run(*given, **named)
        faces = tuple(replace(face, identity=wrong) for face in swaps[0].result.faces)
        return tuple(replace(swap, result=replace(swap.result, faces=faces)) for swap in swaps)


class Odd(Engine):
    """Gives results that are no pictures."""

    def run(self, *given: Any, **named: Any) -> Any:
        wrong: Any = 3
        return tuple(replace(swap, picture=wrong) for swap in super().run(*given, **named))


BREAKING: dict[str, type[Engine]] = {"engine": Broken, "enlarging": BrokenLate, "text": Strange, "result": Odd}


def one_sentence(studio: Studio, made: Any) -> None:
    (said,) = made.said
    assert said.startswith("roop: roop failed (") and "\n" not in said
    (note,) = made.values("roop note")
    assert note is not None and f"roop: {note}" == said
    assert made.values("roop") == [None]


@pytest.mark.parametrize("options", [{}, FILTERED], ids=["plain", "filtered"])
@pytest.mark.parametrize("kind", BREAKING.values(), ids=BREAKING)
def test_a_bug_leaves_the_picture_and_says_one_sentence(
    everywhere: Studio, kind: type[Engine], options: dict[str, Any]
) -> None:
    everywhere.broken(kind)
    made = everywhere.made([row(10)], unit(**options), post={"upscaler": "nearest", "scale": 2.0})
    assert made.people == [[10]] and made.images[0].size == (40, 60)
    one_sentence(everywhere, made)
    (path,) = made.files
    assert seen(path) == [10] and not marked(path)


class Brittle:
    """Another extension, whose sample breaks once it is looked at."""

    def title(self) -> str:
        return "brittle"

    def postprocess_batch_list(self, p: Any, pp: Any, *_: Any, **__: Any) -> None:
        if p.iteration == 0:
            pp.images[0] = Once(pp.images[0])


class Once:
    """A sample that breaks at the first look."""

    def __init__(self, sample: Any) -> None:
        self._sample, self._looked = sample, False

    def __getattr__(self, name: str) -> Any:
        if not self._looked:
            self._looked = True
            raise RuntimeError("a bug")
        return getattr(self._sample, name)


def test_a_filter_that_breaks_lets_no_swap_of_its_batch_through(compositing: Studio) -> None:
    compositing.scripts.insert(0, Brittle())
    made = compositing.made([row(10), row(20), row(180), row(182)], unit(**FILTERED), n_iter=2)
    assert made.people == [[10], [20], [190], [191]]
    notes, facts = made.values("roop note"), made.values("roop")
    assert [bool(note and "a bug" in note) for note in notes] == [True, True, False, False]
    assert [bool(fact) for fact in facts] == [False, False, True, True]
    assert [marked(path) for path in made.files if path.parent.name == "samples"] == [False, False, True, True]


def test_a_request_that_cannot_be_read_is_said_and_the_picture_stays(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(20)], unit(strenght=1))
    assert made.people == [[10], [20]] and made.values("roop") == [None, None]
    sentence = "There is no option 'strenght'; did you mean 'strength'?"
    assert made.said == [f"roop: {sentence}"] and made.values("roop note") == [sentence] * 2


def test_a_bug_in_reading_the_request_is_no_end_of_the_job(everywhere: Studio) -> None:
    class Strange(dict[str, Any]):
        def __iter__(self) -> Any:
            raise RuntimeError("a bug")

        keys = items = __iter__

    p = everywhere.job([row(10)])
    p.arguments = {"roop": [Strange(units=[])]}
    made = everywhere.run(p)
    assert "roop failed (RuntimeError: a bug)" in made.comments and "roop note" in made.infotexts[0]


def test_a_full_disk_is_said_where_the_original_was_to_be_kept(everywhere: Studio) -> None:
    everywhere.webui.full = "-before-swap"
    made = everywhere.made([row(10)], unit(), job={"keep_original": True})
    assert made.people == [[10]]
    one_sentence(everywhere, made)


def test_a_full_disk_is_said_where_rejected_pictures_were_to_be_kept(everywhere: Studio) -> None:
    everywhere.webui.full = "-similarity"
    strict = {"strength": 0.5, "min_similarity": 0.95}
    made = everywhere.made([row(10), row(180)], unit(**strict), job={"keep_rejected": True})
    assert made.people == [[190]] and any("No space left" in said for said in made.said)


def test_a_mark_that_cannot_be_written_is_said(everywhere: Studio, tmp_path: Path) -> None:
    def lost(params: Any) -> None:
        Path(params.filename).unlink()

    everywhere.webui.callbacks["image_saved"].insert(0, lost)
    made = everywhere.made([row(10)], unit())
    assert made.people == [[200]] and len(made.said) == 1 and "cannot be read" in made.said[0]


def test_one_bad_picture_does_not_spoil_the_next(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(10, 20), row(30)], unit(target_faces="1"))
    assert made.people == [[10], [10, 200], [30]]
    first, second, third = made.values("roop note")
    assert first and first == third and second is None


def test_a_source_that_fails_is_said_and_the_generated_picture_is_still_swapped(everywhere: Studio) -> None:
    init = Pillow.fromarray(row())
    made = everywhere.made([row(10)], unit(in_source=True), init_images=[init], width=40)
    assert made.people == [[200]] and made.p.init_images == [init]
    (note,) = made.values("roop note")
    assert note and "No face was found" in note


def test_missing_weights_are_said_with_how_to_mend_it(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit(model="inswapper_128"))
    assert made.people == [[10]]
    (note,) = made.values("roop note")
    assert note and "inswapper_128" in note


PLACES = (
    ("/home/Jane Doe/faces does not exist; check the path.", "... does not exist; check the path."),
    (r"C:\Users\Jane Doe\faces is a folder.", "... is a folder."),
    (
        r"The net a.onnx is missing in \\box\jane\models, or not whole.",
        "The net a.onnx is missing in ..., or not whole.",
    ),
    ("[Errno 2] No such file or directory: '/home/jane/a.png'", "[Errno 2] No such file or directory: '...'"),
    ("A face's name cannot hold '/'; choose another.", "A face's name cannot hold '/'; choose another."),
    ("Use PNG/JPEG, 1/2 or and/or.", "Use PNG/JPEG, 1/2 or and/or."),
)


@pytest.mark.parametrize(("sentence", "text"), PLACES)
def test_no_text_of_a_picture_names_a_file_of_the_machine(studio: Studio, sentence: str, text: str) -> None:
    p = studio.job()
    boundary.note(p, sentence)
    assert p.extra_generation_params["roop note"] == text and list(p.comments) == [f"roop: {sentence}"]
