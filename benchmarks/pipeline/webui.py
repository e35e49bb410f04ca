"""What AUTOMATIC1111's web UI gives its extensions, as far as swapping asks for it: names, and settings left alone."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any


class Names(ModuleType):
    """A module of the web UI: every name that it is not told is a class without contents."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class WebUI(MetaPathFinder, Loader):
    """Finds `modules` and everything in it."""

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        state = SimpleNamespace(interrupted=False, skipped=False)
        self._told: dict[str, dict[str, Any]] = {
            "modules.shared": {"opts": SimpleNamespace(data=options), "state": state, "cmd_opts": SimpleNamespace()},
            "modules.paths_internal": {"models_path": str(folder / "models")},
            "modules.scripts": {"basedir": lambda: str(folder)},
        }

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        ours = fullname.partition(".")[0] == "modules"
        return ModuleSpec(fullname, self, is_package=fullname == "modules") if ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name) if spec.submodule_search_locations is not None else Names(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self._told.get(module.__name__, {}))


def provide(folder: Path, **options: Any) -> None:
    """From now on this process can import `modules`; `options` are what the user set. folder: the web UI's own."""
    sys.meta_path.insert(0, WebUI(folder, options))
