"""Named settings, each a JSON file in a folder: the mapping that panels, programs and `--units` share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, OptionError
from ..files import write_whole
from ..host import Host
from ..identities import naming
from ..options import no_such, shared_out
from .fields import KINDS, UNIT

SUFFIX, FOLDER = ".json", "presets"
LARGEST = 1_000_000
"""The most bytes of a preset; a longer file is none."""


class PresetFolder:
    """The presets in a folder, which need not exist. Every method raises InputError with what to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Sequence[str]:
        """The presets there are, by name."""
        try:
            found = [path.stem for path in self._folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
        except OSError:
            return []
        return sorted(found, key=lambda name: (name.casefold(), name))

    def load(self, name: str) -> Mapping[str, Any]:
        """The mapping that was kept."""
        path = self._found(name)
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError
            settings = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"The preset {path} cannot be read; delete it and keep the settings again.") from error
        if not isinstance(settings, dict):
            raise InputError(f"The preset {path} holds no settings; delete it and keep the settings again.")
        try:
            _check(settings)
        except OptionError as error:
            raise InputError(
                f"The preset {path} cannot be used; mend it or keep the settings again: {error}"
            ) from error
        return settings

    def save(self, name: str, settings: Mapping[str, Any]) -> None:
        """Keep a mapping, in the place of one of that name."""
        path = self._folder / (naming.checked(name) + SUFFIX)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(settings, indent=2, ensure_ascii=False).encode())
        except OSError as error:
            raise InputError(f"The preset {path} cannot be written ({error.strerror or error}).") from error

    def delete(self, name: str) -> None:
        """Forget one."""
        naming.delete(self._found(name))

    def _found(self, name: str) -> Path:
        name = naming.checked(name)
        if name not in self.names():
            raise InputError(no_such("preset", name, self.names()))
        return self._folder / (name + SUFFIX)


def presets(host: Host) -> PresetFolder:
    """The named settings, beside the folder of kept faces."""
    return PresetFolder(host.face_folder().parent / FOLDER)


def _check(settings: Mapping[str, Any]) -> None:
    """Raises OptionError for what no panel can show, as somebody may have written the file by hand."""
    for section, kinds in KINDS.items():
        named = settings.get("units", []) if section == UNIT else [settings.get(section, {})]
        if not isinstance(named, list) or not all(isinstance(each, dict) for each in named):
            raise OptionError("units is a list of objects, and each other part is an object.")
        for each in named:
            shared_out(kinds, each)
