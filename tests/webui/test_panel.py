"""What the panel hands over, in its own order: folders of sources, files, and names that stay at home."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image as Pillow

from lib_roop.ui import fields
from tests.fakes import row
from tests.webui.studio import HIM, Made, Studio, unit


def panel(*units: dict[str, Any], **parts: Any) -> list[Any]:
    """The arguments of a job from the page, its boxes as a fresh one has them where nothing else is said."""
    shown = zip(fields.values({"units": list(units), **parts}, 3), fields.defaults(3).values(), strict=True)
    return [None, *(fresh if value is fields.AS_IT_IS else value for value, fresh in shown)]


def generated(studio: Studio, pictures: list[Any], args: list[Any], **parts: Any) -> Made:
    p = studio.job(pictures, **parts)
    p.arguments = {"roop": args}
    return Made(p, studio.run(p), studio.webui)


def folder(tmp_path: Path, *people: int) -> str:
    place = tmp_path / "faces of anna"
    place.mkdir()
    for person in people:
        Pillow.fromarray(row(person)).save(place / f"anna {person}.png")
    return str(place)


def test_a_picture_in_a_tab_is_put_onto_faces(everywhere: Studio) -> None:
    args = panel(
        {"source": [Pillow.fromarray(row(HIM))]}, {"source": [Pillow.fromarray(row(210))], "target_faces": "1"}
    )
    made = generated(everywhere, [row(10, 20)], args)
    assert made.people == [[HIM, 210]] and not made.said


def test_uploaded_files_are_read_from_where_the_page_left_them(everywhere: Studio, tmp_path: Path) -> None:
    path = tmp_path / "him.png"
    Pillow.fromarray(row(HIM)).save(path)
    uploaded = {fields.MASTER: True, fields.Field(fields.UNIT, 1, fields.FILES): [SimpleNamespace(name=str(path))]}
    made = generated(everywhere, [row(10)], [None, *(fields.defaults(3) | uploaded).values()])
    assert made.people == [[HIM]] and "him" not in made.texts[0]


def test_pictures_of_a_folder_take_turns_over_all_batches(everywhere: Studio, tmp_path: Path) -> None:
    args = panel({"source": [folder(tmp_path, 200, 210, 220)], "pool": "round-robin"})
    made = generated(everywhere, [row(10), row(20), row(30), row(40)], args, n_iter=2)
    assert made.people == [[200], [210], [220], [200]]


def test_a_random_picture_of_a_folder_follows_the_seed(everywhere: Studio, tmp_path: Path) -> None:
    args = panel({"source": [folder(tmp_path, 200, 210, 220, 230, 240)], "pool": "random"})
    first = generated(everywhere, [row(10)] * 6, args)
    again = generated(everywhere, [row(10)] * 3, args, seed=103)
    assert len({each for (each,) in first.people}) > 1 and first.people[3:] == again.people


def test_no_text_names_a_file_or_a_folder(everywhere: Studio, tmp_path: Path) -> None:
    args = panel({"source": [folder(tmp_path, 200, 210)], "pool": "round-robin"})
    made = generated(everywhere, [row(10)], args)
    (text,) = made.texts
    assert "anna" not in text and str(tmp_path) not in text and "roop 1: a folder" in text
    assert "roop note" not in text


def test_names_may_be_left_out_altogether(everywhere: Studio) -> None:
    told = everywhere.made([row(10)], unit()).values("roop")
    hidden = everywhere.made([row(10)], unit(), job={"hide_names": True})
    assert told[0] and hidden.values("roop") == ["fake engine; face 0: swapped"]
    assert hidden.values("roop 1") == ["hidden"] and told[0].split()[4] not in hidden.texts[0]


def test_a_unit_without_a_picture_is_named(everywhere: Studio) -> None:
    made = generated(everywhere, [row(10)], panel({"strength": 0.5}))
    (said,) = made.said
    assert said == "roop: Face 1 has no picture; give it a reference picture or a face checkpoint."


def test_values_of_a_program_are_never_taken_for_those_of_the_page(everywhere: Studio, tmp_path: Path) -> None:
    args = panel({"source": [folder(tmp_path, 200)]})
    by_api = {"per_script_args": {"roop": args}} if everywhere.webui.flavour.name == "sdnext" else {"is_api": True}
    made = generated(everywhere, [row(10)], args, **by_api)
    assert made.people == [[10]] and "base64" in made.said[0]


def test_a_tab_that_names_nobody_counts_as_off_where_another_names_somebody(everywhere: Studio) -> None:
    args = panel({"strength": 0.5}, {"source": [Pillow.fromarray(row(HIM))]})
    made = generated(everywhere, [row(10)], args)
    assert made.people == [[HIM]] and not made.said


def test_a_page_on_which_nobody_is_named_is_told_what_to_do(everywhere: Studio) -> None:
    made = generated(everywhere, [row(10)], panel({"strength": 0.5}))
    assert made.people == [[10]] and "Face 1 has no picture" in made.said[0]
