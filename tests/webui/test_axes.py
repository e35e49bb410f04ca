"""X/Y/Z plots: a cell's values lie over the settings, on a copy of the job, and stay in that cell."""

from copy import copy
from typing import Any

from tests.fakes import row
from tests.webui.studio import HIM, Made, Studio, unit


def cells(studio: Studio, *axes: dict[str, Any], **options: Any) -> list[Made]:
    """A plot's pictures: every cell is a shallow copy of the job, as the host makes it."""
    p = studio.job([row(10, 20)], unit(**options))
    made = []
    for values in axes:
        cell = copy(p)
        for field, value in values.items():
            cell._roop_xyz = {**getattr(cell, "_roop_xyz", {}), field: value}
        made.append(Made(cell, studio.run(cell), studio.webui))
    return made


def test_each_cell_has_its_own_values(everywhere: Studio) -> None:
    made = cells(everywhere, {"unit.target_faces": "0"}, {"unit.target_faces": "1"}, {"unit.strength": 0.5})
    assert [each.people for each in made] == [[[HIM, 20]], [[10, HIM]], [[105, 20]]]


def test_nothing_of_a_cell_is_left_in_the_next_one(everywhere: Studio) -> None:
    first, second = cells(everywhere, {"unit.strength": 0.5, "post.upscaler": "nearest"}, {})
    assert first.values("roop 1 strength") == ["0.5"] and first.values("roop upscaler") == ["nearest"]
    assert second.people == [[HIM, 20]] and "strength" not in second.texts[0] and "upscaler" not in second.texts[0]
    assert first.images[0].size == (140, 120) and second.images[0].size == (70, 60)


def test_what_went_wrong_in_a_cell_is_not_said_of_the_next(everywhere: Studio) -> None:
    first, second = cells(everywhere, {"unit.strength": "much"}, {})
    assert first.values("roop note") == ["strength takes a number, not 'much'."]
    assert second.values("roop note") == [None] and second.people == [[HIM, 20]]


def test_an_axis_over_a_switched_off_panel_does_nothing(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], _roop_xyz={"unit.strength": 0.5, "post.restorer": "none"})
    p.arguments = {"roop": [None]}
    made = Made(p, everywhere.run(p), everywhere.webui)
    assert made.people == [[10]] and "roop" not in made.texts[0]


def test_an_axis_speaks_to_every_unit(everywhere: Studio) -> None:
    p = everywhere.job([row(10, 20)], unit(200), unit(210, target_faces="1"), _roop_xyz={"unit.strength": 0.5})
    assert Made(p, everywhere.run(p), everywhere.webui).people == [[105, 115]]


def test_a_minimum_on_an_axis_drops_pictures(everywhere: Studio) -> None:
    kept, dropped = cells(everywhere, {"unit.min_similarity": 0.5}, {"unit.min_similarity": 0.95}, strength=0.5)
    assert len(kept.images) == 1 and not dropped.images
