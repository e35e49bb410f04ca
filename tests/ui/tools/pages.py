"""The page of films and folders, over fakes, and what a user does with it."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_roop import request
from lib_roop.options import describe
from lib_roop.options.film import FilmOptions
from lib_roop.ui import asked
from lib_roop.ui.compat import Widgets
from lib_roop.ui.fields import REFERENCE, UNIT, Field, defaults, fields
from lib_roop.ui.panel import Choices
from lib_roop.ui.presets import PresetFolder
from lib_roop.ui.tools import films, tab
from lib_roop.ui.tools.desk import Desk
from lib_roop.ui.tools.frame import Stop
from tests.fakes import Fakes
from tests.ui.fake_gradio import Element, Gradio

UNITS = 1


@dataclass
class Page:
    """The tool on a page, and what a user does with it."""

    gradio: Gradio
    desk: Desk
    fakes: Fakes
    folder: Path

    def part(self, name: str) -> Element:
        return self.gradio.by_id(f"roop_films_{name}")

    @property
    def outputs(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "outputs").glob("*"))

    def given(self, film: Path | None, source: Any, what: str = films.SWAP, **written: Any) -> list[Any]:
        """What a click hands over: the film, how it is written, and the panel with a reference picture."""
        chosen = [str(film) if film else None, *([""] if self.desk.folders else [])]
        plain = {"workers": 1, "segment": 10, "encoder": "ffv1", **written}
        kind = plain.pop("kind", films.AS_THE_FILM)
        options = [plain.get(entry.name, entry.default) for entry in describe(FilmOptions)]
        fresh = defaults(UNITS)
        panel = [source if field == Field(UNIT, 1, REFERENCE) else fresh[field] for field in fields(UNITS)]
        return [*chosen, kind, *options, what, *panel]

    def made(self, *given: Any, stop: Stop | None = None, **written: Any) -> list[dict[Element, Any]]:
        return list(self.gradio.steps(self.part("run"), "click", stop or Stop(), *self.given(*given, **written)))

    def line(self, answer: dict[Element, Any]) -> str:
        return str(answer[self.part("line")])


def made(version: str, folder: Path, *, folders: bool = True, fakes: Fakes | None = None) -> Page:
    gradio, lock = Gradio(version), threading.Lock()
    fakes = fakes or Fakes()
    engine = fakes.engine()

    def source(given: Any, name: str) -> Any:
        return given if isinstance(given, str) else request.picture(given, name)

    desk = Desk(
        get_engine=lambda: engine,
        turn=lambda: lock,
        outputs=lambda: folder / "outputs",
        choices=Choices,
        asked=lambda values: asked.read(values, source),
        presets=PresetFolder(folder / "presets"),
        units=UNITS,
        folders=folders,
    )
    tab.draw(Widgets(gradio=gradio), desk, [films])
    return Page(gradio, desk, fakes, folder)
