"""roop's section of the settings page, what is read from it, and what roop asks the host to call."""

import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lib_roop.options import RuntimeOptions, describe
from lib_roop.webui import accordion, interfaces, registration, request, settings
from tests.fakes import row
from tests.ui.fake_gradio import Gradio
from tests.webui.studio import Studio, unit


class OptionInfo:
    """A line of the settings page; SD.Next's cannot say that it needs a restart, older ones can say less."""

    def __init__(self, default: Any, label: str, component: Any, component_args: Any, *, section: Any) -> None:
        self.default, self.label, self.section = default, label, section
        self.drawn = component(label=label, value=default, elem_id="setting", **component_args)
        self.said, self.reloads = "", False

    def info(self, text: str) -> None:
        self.said = text

    def needs_reload_ui(self) -> None:
        self.reloads = True


class Plain:
    """A line of a host that has no words beside it."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass


def page(studio: Studio, monkeypatch: pytest.MonkeyPatch, kind: type) -> dict[str, Any]:
    """The host's page after it asked for settings."""
    lines: dict[str, Any] = {}
    shared = interfaces.shared()
    shared.OptionInfo = kind
    shared.opts.add_option = lines.__setitem__
    monkeypatch.setitem(sys.modules, "gradio", Gradio("3.41.2"))
    settings.register()
    return lines


def test_every_setting_is_on_the_page_once_with_its_words(everywhere: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = page(everywhere, monkeypatch, OptionInfo)
    runtime = [f"roop_{entry.name}" for entry in describe(RuntimeOptions)]
    ours = ["roop_units", "roop_models_folders", "roop_model", "roop_keep_original", "roop_keep_rejected"]
    assert list(lines) == [*ours, *runtime, "roop_logging"]
    assert {each.section for each in lines.values()} == {("roop", "roop")}
    assert len({each.label for each in lines.values()}) == len(lines) and all(each.said for each in lines.values())
    assert [name for name, each in lines.items() if each.reloads] == ["roop_units", "roop_logging"]


def test_lines_have_the_widget_that_fits(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = page(studio, monkeypatch, OptionInfo)
    kinds = {name: each.drawn.kind for name, each in lines.items()}
    assert kinds["roop_units"] == kinds["roop_threads"] == kinds["roop_unload_after"] == "Slider"
    assert kinds["roop_models_folders"] == kinds["roop_provider"] == "Textbox" and kinds["roop_logging"] == "Dropdown"
    for name, each in lines.items():
        if each.drawn.kind == "Slider":
            low, high, step = (each.drawn.options[limit] for limit in ("minimum", "maximum", "step"))
            assert low <= each.default <= high and step >= 1 and type(each.default) is int, name


def test_a_switch_is_a_box_to_tick(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page(studio, monkeypatch, OptionInfo)["roop_keep_original"].drawn.kind == "Checkbox"


def test_a_setting_holds_for_every_request(studio: Studio) -> None:
    studio.webui.options.update(roop_model="mesh", roop_keep_original=True)
    asked = settings.applied(
        request.from_values({"units": [unit(200), unit(210, model="inswapper_128")]}, trusted=False)
    )
    assert [each.swap.model for each in asked.units] == ["mesh", "inswapper_128"]
    assert asked.job.keep_original and not asked.job.keep_rejected


@pytest.mark.parametrize("given", ["no such model", 3, None])
def test_a_model_that_there_is_not_leaves_auto(studio: Studio, given: Any) -> None:
    studio.webui.options["roop_model"] = given
    asked = settings.applied(request.from_values({"units": [unit(200)]}, trusted=False))
    assert asked.units[0].swap.model == "auto"


def test_a_host_with_plainer_settings_takes_them_too(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "roop_units" in page(studio, monkeypatch, Plain)


def test_before_the_page_was_ever_seen_everything_has_its_default(everywhere: Studio) -> None:
    assert settings.runtime() == RuntimeOptions() and settings.units() == 3 and settings.folders() == []


def test_what_is_set_is_what_runs(everywhere: Studio) -> None:
    everywhere.webui.options.update(roop_provider="cpu", roop_threads=4, roop_unload_after=10, roop_units=5)
    assert settings.runtime() == RuntimeOptions(provider="cpu", threads=4, unload_after=10) and settings.units() == 5


def test_whole_numbers_may_be_kept_as_floats(studio: Studio) -> None:
    studio.webui.options.update(roop_threads=4.0, roop_units=2.0)
    assert settings.runtime().threads == 4 and type(settings.runtime().threads) is int and settings.units() == 2


def test_the_command_line_goes_before_the_page(studio: Studio) -> None:
    studio.webui.options["roop_provider"] = "cpu"
    interfaces.shared().cmd_opts.roop_provider = "cuda"
    assert settings.runtime().provider == "cuda"


def test_a_setting_that_does_not_fit_is_said_and_the_others_hold(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.webui.options.update(roop_threads=-1, roop_det_size="large", roop_pack="buffalo_l")
    assert settings.runtime() == RuntimeOptions(pack="buffalo_l")
    assert "threads goes from 0 to 1024, not -1." in caplog.text


@pytest.mark.parametrize(("given", "count"), [(0, 1), (99, 10), ("many", 3), (None, 3), (10, 10)])
def test_there_are_one_to_ten_units(studio: Studio, given: Any, count: int) -> None:
    studio.webui.options["roop_units"] = given
    assert settings.units() == count


def test_folders_are_separated_by_commas(studio: Studio) -> None:
    studio.webui.options["roop_models_folders"] = ' /data/models ,, "faces, and nets" , C:\\nets\\,'
    assert settings.folders() == ["/data/models", "faces, and nets", "C:\\nets\\"]


@pytest.fixture
def loggers() -> Iterator[list[logging.Logger]]:
    """roop's loggers, which are as they were afterwards."""
    found = [logging.getLogger(name) for name in settings.LOGGERS]
    before = [(each.level, list(each.handlers), each.propagate) for each in found]
    yield found
    for each, (level, handlers, propagate) in zip(found, before, strict=True):
        each.setLevel(level)
        each.handlers, each.propagate = handlers, propagate


@pytest.mark.parametrize(
    ("given", "level"), [("INFO", logging.INFO), ("ERROR", logging.ERROR), ("LOUD", logging.WARNING)]
)
def test_the_log_says_as_much_as_is_set(studio: Studio, loggers: list[logging.Logger], given: str, level: int) -> None:
    studio.webui.options["roop_logging"] = given
    registration.register()
    assert {each.level for each in loggers} == {level}


def test_where_the_host_shows_no_log_roop_does_once(studio: Studio, loggers: list[logging.Logger]) -> None:
    for each in loggers:
        each.handlers, each.propagate = [], False
    settings.log()
    settings.log()
    assert [len(each.handlers) for each in loggers] == [1, 1]


def test_what_became_of_every_picture_is_in_the_log_for_who_wants_it(
    studio: Studio, loggers: list[logging.Logger], caplog: pytest.LogCaptureFixture
) -> None:
    studio.webui.options["roop_logging"] = "INFO"
    registration.register()
    (said,) = studio.made([row(10)], unit()).values("roop")
    assert [record.message for record in caplog.records] == [said]


def test_the_host_is_asked_for_what_roop_needs(everywhere: Studio) -> None:
    asked = {name: callbacks for name, callbacks in everywhere.webui.callbacks.items() if callbacks}
    assert asked["image_saved"] == [registration.mark_saved] and asked["ui_settings"] == [settings.register]
    assert {"before_ui", "script_unloaded"} <= asked.keys()
    assert all(len(callbacks) == 1 for callbacks in asked.values())


def test_loading_scripts_again_registers_once(everywhere: Studio) -> None:
    everywhere.webui.load()
    everywhere.webui.load()
    assert all(len(callbacks) <= 1 for callbacks in everywhere.webui.callbacks.values())


def test_what_is_called_before_the_page_is_made_runs_on_every_host(everywhere: Studio) -> None:
    plot: Any = SimpleNamespace(axis_options=[], AxisOption=lambda label, *_, **__: SimpleNamespace(label=label))
    script = SimpleNamespace(script_class=type("Script", (), {"__module__": "xyz_grid.py"}), module=plot)
    interfaces.module("scripts").scripts_data.append(script)
    for _ in range(2):
        for callback in everywhere.webui.callbacks["before_ui"]:
            callback()
    labels = [each.label for each in plot.axis_options]
    assert len(labels) == len(set(labels)) == 7


def test_unloading_the_script_lets_go_of_nets_and_leaves_the_engine_usable(everywhere: Studio) -> None:
    for callback in everywhere.webui.callbacks["script_unloaded"]:
        callback()
    assert everywhere.made([row(10)], unit()).people == [[200]]


def test_a_folder_that_cannot_be_looked_into_costs_no_panel(
    everywhere: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    everywhere.webui.options[settings.FOLDERS] = "x" * 300
    known = accordion.choices()
    assert list(known.missing) == [] and "mend it in the settings" in caplog.text
