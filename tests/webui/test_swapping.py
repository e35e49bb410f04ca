"""A job with roop in it: every picture gets the face, and what the host makes of pictures stays right."""

from typing import Any

from lib_roop.engine import Engine
from tests.fakes import row
from tests.webui.studio import HIM, Studio, marked, seen, unit, value


def test_every_picture_gets_the_face(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(20), row(30), row(40)], unit(), n_iter=2)
    assert made.people == [[HIM]] * 4


def test_only_the_asked_faces_are_swapped(everywhere: Studio) -> None:
    made = everywhere.made([row(10, 20, 30)], unit(target_faces="0,2"))
    assert made.people == [[HIM, 20, HIM]]


def test_all_units_see_the_same_faces(everywhere: Studio) -> None:
    made = everywhere.made([row(10, 20)], unit(200, target_faces="0"), unit(210, target_faces="1"))
    assert made.people == [[200, 210]]


def test_each_pictures_text_says_what_ran_and_on_whom(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(20, 30)], unit(similarity=True))
    first, second = made.values("roop")
    assert first is not None and first.startswith("fake engine; face 0: ") and first.endswith(" 1.00 1.00")
    assert second is not None and "face 1" not in second, "a face that nobody asked for is not worth a word"


def test_settings_that_differ_from_their_defaults_are_in_the_text(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit(), unit(210, strength=0.5), post={"restorer": "none"})
    (text,) = made.texts
    assert value(text, "roop 2 strength") == "0.5" and value(text, "roop restorer") == "none"
    assert value(text, "roop 1 strength") is None


def test_a_picture_without_faces_stays_and_says_so(everywhere: Studio) -> None:
    made = everywhere.made([row(), row(10)], unit())
    assert made.people == [[], [HIM]]
    notes = made.values("roop note")
    assert notes[0] and notes[1] is None and len(made.said) == 1
    assert made.values("roop")[0] is None


def test_what_is_saved_is_what_is_shown_and_says_that_it_was_altered(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row()], unit())
    files = [path for path in made.files if path.parent.name == "samples"]
    assert [seen(path) for path in files] == made.people == [[HIM], []]
    assert [marked(path) for path in files] == [True, False]


def test_a_grid_with_a_swapped_face_says_so(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row()], unit())
    (grid,) = [path for path in made.files if path.parent.name == "grids"]
    assert marked(grid)


def test_the_progress_line_says_what_takes_time(studio: Studio) -> None:
    class Watching(Engine):
        def run(self, *given: Any, **named: Any) -> Any:
            shown.append(studio.webui.state.textinfo)
            return super().run(*given, **named)

    shown: list[Any] = []
    studio.broken(Watching)
    studio.webui.state.textinfo = "Batch 1"
    studio.made([row(10)], unit())
    assert shown == ["roop: swapping faces"]
    assert studio.webui.state.textinfo == "Batch 1", "what comes after is the host's work again"


def test_the_gate_sees_the_picture_before_and_after(everywhere: Studio) -> None:
    everywhere.made([row(10)], unit())
    before, after = (int(each[20, 12, 1]) for each in everywhere.gate.shown)
    assert (before, after) == (10, HIM)


def test_a_refusal_leaves_the_picture_and_says_why(everywhere: Studio) -> None:
    everywhere.gate.refuses = 1
    made = everywhere.made([row(10), row(20)], unit())
    assert made.people == [[10], [HIM]]
    assert made.values("roop note") == ["The picture shows what it must not.", None]


def test_what_the_host_is_given_is_never_written_to(studio: Studio) -> None:
    picture = row(10)
    before = picture.copy()
    studio.made([picture], unit())
    assert (picture == before).all()
