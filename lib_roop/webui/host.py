"""The web UI as the engine's host."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from ..options import RuntimeOptions
from ..zoo.store import OTHERS
from . import interfaces, settings

if TYPE_CHECKING:
    from ..engine import Engine
    from ..types import Image

GetEngine = Callable[[], "Engine"]
"""What gives the engine, asked when it is first needed: no web UI waits for its modules before there is work for it."""
_log = logging.getLogger("roop")


class WebuiHost:
    """Models and faces in the host's models folder, its restorers and upscalers, its interrupt button."""

    def model_folders(self) -> tuple[Path, ...]:
        given = interfaces.argument("roop_models_path")
        models = interfaces.models_path()
        others = (models / name for name in OTHERS)
        return tuple(Path(folder) for folder in (given or models / "roop", *settings.folders(), *others))

    def face_folder(self) -> Path:
        return self.model_folders()[0] / "faces"

    def interrupted(self) -> bool:
        return interfaces.stopped()

    def runtime(self) -> RuntimeOptions:
        return settings.runtime()

    def say(self, message: str) -> None:
        _log.warning(message)

    def restorers(self) -> Mapping[str, HostRestorer]:
        return {each.name(): HostRestorer(each) for each in interfaces.face_restorers()}

    def upscalers(self) -> Mapping[str, HostUpscaler]:
        return {each.name: HostUpscaler(each) for each in interfaces.upscalers() if each.name != "None"}


class HostRestorer:
    """A face restorer of the web UI. It looks for the face in the crop by itself."""

    def __init__(self, restoration: Any) -> None:
        self._restore = restoration.restore
        self._weighted = len(inspect.signature(restoration.restore).parameters) > 1
        self.name: str = restoration.name()
        self.models: tuple[str, ...] = (self.name,)

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        """Every crop restored; CodeFormer is told the fidelity."""
        more = (fidelity,) if self._weighted else ()
        return [np.asarray(self._restore(crop.copy(), *more), np.uint8)[..., :3] for crop in crops]


class HostUpscaler:
    """An upscaler of the web UI. Those round sides to multiples of 8; the asked size is made of that."""

    def __init__(self, upscaler: Any) -> None:
        self._upscaler = upscaler
        self.name: str = upscaler.name
        # Those that draw by rule, as Lanczos, have no file.
        self.models: tuple[str, ...] = (self.name,) if upscaler.data_path else ()

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        """RGB pictures `scale` times as large."""
        return [self._upscaled(image, scale) for image in images]

    def _upscaled(self, image: Image, scale: float) -> Image:
        from ..upscalers.base import resized, size_of

        made = self._upscaler.scaler.upscale(Pillow.fromarray(image), scale, self._upscaler.data_path)
        return resized(np.asarray(made.convert("RGB"), np.uint8), *size_of(image, scale))


@functools.lru_cache(maxsize=1)
def engine() -> Engine:
    """The process's one engine; it outlives "Reload UI", so that nets stay loaded."""
    from ..engine import Engine

    return Engine(WebuiHost())


def unload() -> None:
    """Let go of the engine's nets, where one was made."""
    if engine.cache_info().currsize:
        engine().unload()
