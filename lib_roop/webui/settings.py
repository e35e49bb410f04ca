"""roop's section of the host's settings page, declared once, and what is set there."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from ..options import AUTO, MODELS, Option, RuntimeOptions, describe
from . import interfaces

if TYPE_CHECKING:
    from .request import Request, Unit

SECTION = ("roop", "roop")
UNITS, FOLDERS, LOGGING = "roop_units", "roop_models_folders", "roop_logging"
MODEL, ORIGINALS, REJECTED = "roop_model", "roop_keep_original", "roop_keep_rejected"
MOST_UNITS = 10
LEVELS = ("ERROR", "WARNING", "INFO")
LOGGERS = ("roop", "lib_roop")
_log = logging.getLogger(LOGGERS[0])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Setting:
    """One line of the settings page. limits: minimum, maximum, step or choices. reload: it takes a "Reload UI"."""

    key: str
    default: Any
    label: str
    info: str = ""
    limits: Mapping[str, Any] | None = None
    reload: bool = False


def table() -> tuple[Setting, ...]:
    """Every setting. Those of the runtime have the names and texts of its options."""
    runtime = (
        Setting(
            key=f"roop_{entry.name}",
            default=entry.default,
            label=entry.label,
            info=entry.help,
            limits=_limits(entry.minimum, entry.maximum, entry.step),
        )
        for entry in describe(RuntimeOptions)
    )
    return (
        Setting(
            key=UNITS, default=3, label="Face units", info="how many faces can be set up at once",
            limits=_limits(1, MOST_UNITS, 1), reload=True,
        ),
        Setting(
            key=FOLDERS, default="", label="More folders with models",
            info="separated by commas, quoted where they hold one; models/roop and those of other extensions are known",
        ),
        Setting(
            key=MODEL, default=AUTO, label="Swap model of auto",
            info="what auto means on this machine: the best that is there, or always this one",
            limits={"choices": list(MODELS)},
        ),
        Setting(key=ORIGINALS, default=False, label="Always keep the original", info="beside the swapped picture"),
        Setting(key=REJECTED, default=False, label="Always keep rejected pictures", info="in a folder of their own"),
        *runtime,
        Setting(
            key=LOGGING, default="WARNING", label="Log", info="INFO: what became of every picture, too",
            limits={"choices": list(LEVELS)}, reload=True,
        ),
    )  # fmt: skip


def register() -> None:
    """Put the settings on the host's page."""
    shared = interfaces.shared()
    gradio = interfaces.gradio()
    for each in table():
        component = gradio.Checkbox if each.default is False else gradio.Textbox
        if each.limits:
            component = gradio.Dropdown if "choices" in each.limits else gradio.Slider
        entry = shared.OptionInfo(each.default, each.label, component, dict(each.limits or {}), section=SECTION)
        if each.info and hasattr(entry, "info"):
            entry.info(each.info)
        if each.reload and hasattr(entry, "needs_reload_ui"):
            entry.needs_reload_ui()
        shared.opts.add_option(each.key, entry)


def runtime() -> RuntimeOptions:
    """Where and how nets are to run. What cannot be read has its default, and the log says so."""
    given = {entry.name: _set(entry) for entry in describe(RuntimeOptions)}
    if provider := interfaces.argument("roop_provider"):
        given["provider"] = provider
    try:
        return RuntimeOptions(**given)
    except OptionError as error:
        _log.warning("A setting of roop is left at its default: %s", error)
        return _those_that_fit(given)


def units() -> int:
    """How many face units the panel has."""
    count = interfaces.setting(UNITS, 3)
    return min(max(int(count), 1), MOST_UNITS) if isinstance(count, (int, float)) else 3


def log() -> None:
    """Let the log say as much as is set, on the console where the host has no place for it."""
    level = interfaces.setting(LOGGING, "WARNING")
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level if level in LEVELS else "WARNING")
        if not logger.hasHandlers():
            logger.addHandler(logging.StreamHandler())
            # The host may make a place for it later, and then everything would be said twice.
            logger.propagate = False


def applied(asked: Request) -> Request:
    """A request with what is set for all of them."""
    job = replace(
        asked.job,
        keep_original=asked.job.keep_original or interfaces.setting(ORIGINALS, False) is True,
        keep_rejected=asked.job.keep_rejected or interfaces.setting(REJECTED, False) is True,
    )
    return replace(asked, job=job, units=tuple(map(_with_model, asked.units)))


def folders() -> list[str]:
    """More folders that may hold models."""
    lines = str(interfaces.setting(FOLDERS, "")).splitlines()
    named = (folder.strip() for row in csv.reader(lines, skipinitialspace=True) for folder in row)
    return [folder for folder in named if folder]


def _set(entry: Option) -> Any:
    """A setting of the runtime; hosts may keep a whole number as a float."""
    value = interfaces.setting(f"roop_{entry.name}", entry.default)
    return int(value) if entry.kind is int and isinstance(value, float) and value.is_integer() else value


def _with_model(unit: Unit) -> Unit:
    model = interfaces.setting(MODEL, AUTO)
    if unit.swap.model != AUTO or model not in MODELS:
        return unit
    return replace(unit, swap=replace(unit.swap, model=model))


def _those_that_fit(given: Mapping[str, Any]) -> RuntimeOptions:
    fit = {}
    for entry in fields(RuntimeOptions):
        try:
            RuntimeOptions(**{entry.name: given[entry.name]})
        except OptionError:
            continue
        fit[entry.name] = given[entry.name]
    return RuntimeOptions(**fit)


def _limits(minimum: float | None, maximum: float | None, step: float | None) -> Mapping[str, Any] | None:
    if minimum is None:
        return None
    return {"minimum": minimum, "maximum": maximum, "step": step or 1}
