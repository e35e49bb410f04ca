"""A page with one tool on it, over fakes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from lib_roop.identities import naming
from lib_roop.ui.compat import Widgets
from lib_roop.ui.panel import Choices
from lib_roop.ui.presets import PresetFolder
from lib_roop.ui.tools import tab
from lib_roop.ui.tools.desk import Desk
from lib_roop.ui.tools.frame import Stop
from tests.fakes import Fakes
from tests.ui.fake_gradio import Element, Gradio


@dataclass
class Page:
    """What was drawn, and how often a tool took its turn; it must never take one within another."""

    gradio: Gradio
    tool: ModuleType
    fakes: Fakes
    outputs: Path
    turns: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        engine = self.fakes.engine()

        @contextmanager
        def turn() -> Iterator[None]:
            assert self.lock.acquire(blocking=False), "a turn within a turn"
            self.turns += 1
            try:
                yield
            finally:
                self.lock.release()

        def choices() -> Choices:
            kept = [path.stem for path in naming.stored(engine.host.face_folder())]
            return Choices(checkpoints=kept, restorers=["blue"], upscalers=["lanczos"])

        desk = Desk(
            get_engine=lambda: engine,
            turn=turn,
            outputs=lambda: self.outputs,
            choices=choices,
            asked=lambda _: SimpleNamespace(),  # type: ignore[arg-type, return-value]
            presets=PresetFolder(self.outputs),
            units=1,
        )
        tab.draw(Widgets(gradio=self.gradio), desk, (self.tool,))

    def part(self, name: str) -> Element:
        """A part of the tool by its name."""
        return self.gradio.by_id(f"roop_{self.tool.NAME}_{name}")

    def works(self, *given: Any) -> list[dict[Element, Any]]:
        """All answers of the tool's long work."""
        return list(self.gradio.steps(self.part("run"), "click", Stop(), *given))

    def line(self, answer: dict[Element, Any]) -> str:
        """What an answer says."""
        return str(answer[self.part("line")])
