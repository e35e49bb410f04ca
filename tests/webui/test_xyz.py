"""X/Y/Z plots: a cell's value is over what the panel says, wrong ones are said before any cell, nothing sticks."""

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lib_roop.errors import RoopError
from lib_roop.webui import interfaces, xyz
from tests.fakes import FakeRestorer, row
from tests.webui import jobs
from tests.webui.studio import Made, Studio, unit


class AxisOption:
    """An axis as A1111, Forge and reForge describe it."""

    def __init__(  # noqa: PLR0917 - as theirs
        self,
        label: str,
        type: Any,  # noqa: A002 - the hosts' word
        apply: Any,
        format_value: Any = None,
        confirm: Any = None,
        cost: float = 0.0,
        choices: Any = None,
        prepare: Any = None,
    ) -> None:
        self.label, self.type, self.apply, self.confirm, self.choices = label, type, apply, confirm, choices


class OtherAxisOption:
    """An axis as SD.Next describes it."""

    def __init__(  # noqa: PLR0917 - as theirs
        self, label: str, tipe: Any, apply: Any, fmt: Any = None, confirm: Any = None, cost: float = 0.0,
        choices: Any = None,
    ) -> None:  # fmt: skip
        self.label, self.type, self.apply, self.confirm, self.choices = label, tipe, apply, confirm, choices


def plotting(studio: Studio, kind: type = AxisOption, name: str = "xyz_grid.py") -> Any:
    """The host's script for plots, loaded as hosts load scripts."""
    module: Any = ModuleType(name)
    module.AxisOption, module.axis_options = kind, [kind("Nothing", str, None)]
    script = type("Script", (), {"__module__": name})
    interfaces.module("scripts").scripts_data.append(SimpleNamespace(script_class=script, module=module))
    return module


@pytest.fixture
def plot(everywhere: Studio) -> Any:
    kind = OtherAxisOption if everywhere.webui.flavour.name == "sdnext" else AxisOption
    module = plotting(everywhere, kind)
    xyz.register(everywhere.fakes.engine, everywhere.fakes.host)
    return module


def option(plot: Any, label: str) -> Any:
    (found,) = [each for each in plot.axis_options if each.label == f"[roop] {label}"]
    return found


def cells(studio: Studio, p: jobs.Job, axis: Any, values: Sequence[str]) -> list[Made]:
    """Run a plot of one axis as hosts do: values confirmed, then a shallow copy of the job for each."""
    typed = [axis.type(value) for value in values]
    axis.confirm(p, typed)
    made = []
    for value in typed:
        cell = copy(p)
        axis.apply(cell, value, typed)
        made.append(Made(cell, studio.run(cell), studio.webui))
    return made


def test_every_axis_is_there_once_however_often_the_page_is_made(everywhere: Studio, plot: Any) -> None:
    xyz.register(everywhere.fakes.engine, everywhere.fakes.host)
    labels = [each.label for each in plot.axis_options[1:]]
    assert sorted(labels) == sorted(
        f"[roop] {name}"
        for name in (
            *("Face checkpoint", "Target faces", "Strength", "Swap model", "Minimum similarity"),
            *("Restorer", "Restorer visibility"),
        )
    )


def test_a_host_that_plots_otherwise_gets_no_axes(everywhere: Studio) -> None:
    module = plotting(everywhere, name="grids.py")
    empty: Any = SimpleNamespace(script_class=type("S", (), {"__module__": "xyz_grid.py"}), module=ModuleType("x"))
    interfaces.module("scripts").scripts_data.append(empty)
    xyz.register(everywhere.fakes.engine, everywhere.fakes.host)
    assert len(module.axis_options) == 1 and not hasattr(empty.module, "axis_options")


def test_each_cell_has_its_strength_and_nothing_sticks(everywhere: Studio, plot: Any) -> None:
    p = everywhere.job([row(100)], unit(200))
    axis = option(plot, "Strength")
    made = cells(everywhere, p, axis, ["0.5", "1", "0"])
    assert axis.type is float and [each.people for each in made] == [[[150]], [[200]], [[100]]]
    assert [each.values("roop 1 strength") for each in made] == [["0.5"], [None], ["0.0"]]
    after = Made(p, everywhere.run(p), everywhere.webui)
    assert after.people == [[200]] and after.values("roop 1 strength") == [None]


def test_face_numbers_are_typed(everywhere: Studio, plot: Any) -> None:
    p = everywhere.job([row(10, 20)], unit(200))
    axis = option(plot, "Target faces")
    made = cells(everywhere, p, axis, ["0", "1", "0,1", "all"])
    assert axis.choices is None
    assert [each.people for each in made] == [[[200, 20]], [[10, 200]], [[200, 200]], [[200, 200]]]


def test_two_axes_meet_in_a_cell(everywhere: Studio, plot: Any) -> None:
    p = everywhere.job([row(100, 20)], unit(200))
    cell = copy(p)
    option(plot, "Strength").apply(cell, 0.5, [0.5])
    option(plot, "Target faces").apply(cell, "0,1", ["0,1"])
    assert Made(cell, everywhere.run(cell), everywhere.webui).people == [[150, 110]]
    assert not hasattr(p, "_roop_xyz")


def test_a_cell_that_passes_no_picture_says_so_and_the_next_is_whole(everywhere: Studio, plot: Any) -> None:
    p = everywhere.job([row(10)], unit(200, strength=0.5))
    first, second = cells(everywhere, p, option(plot, "Minimum similarity"), ["0.95", "0"])
    assert first.images == [] and any("dropped" in said for said in first.said) and second.people == [[105]]


def test_what_is_done_afterwards_is_an_axis_too(everywhere: Studio, plot: Any) -> None:
    everywhere.fakes.host.own_restorers = {"blue": FakeRestorer()}
    p = everywhere.job([row(10)], unit(200))
    axis = option(plot, "Restorer")
    assert axis.choices()[:3] == ["auto", "none", "blue"]
    made = cells(everywhere, p, axis, ["blue", "none"])
    assert [each.values("roop restorer") for each in made] == [["blue"], ["none"]]
    assert made[1].people == [[200]] and made[0].people != [[200]]


def test_kept_faces_are_listed_as_they_are_now(everywhere: Studio, plot: Any, tmp_path: Path) -> None:
    axis = option(plot, "Face checkpoint")
    everywhere.fakes.host.faces = tmp_path / "faces"
    assert axis.choices() == ["none"]
    everywhere.fakes.host.faces.mkdir()
    (everywhere.fakes.host.faces / "anna.safetensors").touch()
    assert axis.choices() == ["none", "anna"]
    axis.confirm(None, ["anna", "none"])
    p = everywhere.job([row(10)], unit(200))
    axis.apply(p, "none", [])
    assert Made(p, everywhere.run(p), everywhere.webui).people == [[200]]


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Strength", 9.0, "strength goes from 0 to 1.5, not 9.0."),
        ("Strength", float("nan"), "strength goes from 0 to 1.5, not nan."),
        ("Target faces", "first", "target_faces takes face numbers such as 0 or 0,2, not 'first'."),
        ("Swap model", "mesch", "model is one of auto, mesh,"),
        ("Face checkpoint", "../anna", "There is no face checkpoint '../anna'"),
        ("Restorer", "blu", "There is no restorer 'blu'"),
        ("Restorer visibility", -1.0, "restorer_visibility goes from 0 to 1, not -1.0."),
        ("Minimum similarity", 2.0, "min_similarity goes from 0 to 1, not 2.0."),
    ],
)
def test_a_value_that_no_cell_can_be_made_with_is_said_first(
    studio: Studio, label: str, value: Any, sentence: str
) -> None:
    module = plotting(studio)
    xyz.register(studio.fakes.engine, studio.fakes.host)
    with pytest.raises(RoopError) as error:
        option(module, label).confirm(None, [value])
    assert str(error.value).startswith(sentence)


def test_cells_that_are_made_in_the_middle_of_a_job_have_their_own_values(everywhere: Studio, plot: Any) -> None:
    """SD.Next has a plot that is always there: it runs its cells from the hook `process` of the job itself."""

    class Plot:
        def __init__(self) -> None:
            self.active, self.made = False, list[Made]()

        def title(self) -> str:
            return "xyz grid"

        def process(self, p: Any, *_: Any) -> None:
            if not self.active:
                self.active = True
                self.made = cells(everywhere, p, option(plot, "Strength"), ["0.5", "0"])

    always = Plot()
    everywhere.scripts.append(always)
    whole = everywhere.made([row(100)], unit(200))
    assert [each.people for each in always.made] == [[[150]], [[100]]] and whole.people == [[200]]
