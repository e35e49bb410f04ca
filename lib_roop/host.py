"""What roop asks of the program it runs in, and the answer when it runs alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .options import RuntimeOptions

if TYPE_CHECKING:
    from .types import Restorer, Upscaler


class Host(Protocol):
    """The program around the engine: where models are kept, whether to stop, how to tell the user."""

    def model_folders(self) -> tuple[Path, ...]:
        """Folders that may hold nets, the first one is where downloads go."""
        ...

    def face_folder(self) -> Path:
        """Where face checkpoints are kept; it may not exist yet."""
        ...

    def runtime(self) -> RuntimeOptions:
        """Where and how nets are to run now; asked again and again, so that a setting may change."""
        ...

    def restorers(self) -> Mapping[str, Restorer]:
        """What it has to restore faces with, by name, the one to prefer first."""
        ...

    def upscalers(self) -> Mapping[str, Upscaler]:
        """What it has to enlarge pictures with, by name."""
        ...

    def interrupted(self) -> bool:
        """True when the user asked to stop; asked between faces."""
        ...

    def say(self, message: str) -> None:
        """Show one sentence where the user looks."""
        ...


class StandaloneHost:
    """roop by itself: models in the user's data folder, words on standard error, Ctrl-C to stop."""

    def __init__(self, runtime: RuntimeOptions = RuntimeOptions()) -> None:  # noqa: B008 - it is frozen
        self._runtime = runtime

    def model_folders(self) -> tuple[Path, ...]:
        return (data_folder() / "models",)

    def face_folder(self) -> Path:
        return data_folder() / "faces"

    def runtime(self) -> RuntimeOptions:
        return self._runtime

    def restorers(self) -> Mapping[str, Restorer]:
        return {}

    def upscalers(self) -> Mapping[str, Upscaler]:
        return {}

    def interrupted(self) -> bool:
        return False

    def say(self, message: str) -> None:
        sys.stderr.write(f"roop: {message}\n")


def data_folder() -> Path:
    """Where roop keeps what it stores for a user: `ROOP_HOME`, or the platform's data folder."""
    if home := os.environ.get("ROOP_HOME"):
        return Path(home).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "roop"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "roop"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "roop"


def page_folder() -> Path:
    """What pages are made with, style.css and javascript: inside the package in a wheel, the checkout otherwise."""
    here = Path(__file__).resolve().parent
    packaged = here / "_page"
    return packaged if packaged.is_dir() else here.parent


@cache
def builtin_folder() -> Path:
    """The nets that come with roop: inside the package in a wheel, `models/builtin` in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "_builtin"
    return packaged if packaged.is_dir() else here.parent / "models" / "builtin"
