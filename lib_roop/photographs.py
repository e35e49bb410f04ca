"""Two portraits in the public domain, for trying things out. They come with packages and not with roop."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from .errors import InputError

PHOTOGRAPHS = (
    ("scikit-image", "skimage", "data/astronaut.png"),
    ("matplotlib", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)
"""Package, module and file of the two portraits: both are in the public domain (NASA, US Navy)."""


def photographs() -> tuple[Path, Path]:
    """The two portraits, in their packages, which are not imported. Raises InputError when one is not there."""
    found = [_found(module, name) for _, module, name in PHOTOGRAPHS]
    missing = [package for (package, *_), path in zip(PHOTOGRAPHS, found, strict=True) if path is None]
    if missing:
        raise InputError(f"The demo's photographs come with {' and '.join(missing)}: pip install {' '.join(missing)}.")
    left, right = (path for path in found if path)
    return left, right


def _found(module: str, name: str) -> Path | None:
    spec = find_spec(module)
    folders = spec.submodule_search_locations if spec else None
    paths = (Path(folder, name) for folder in folders or ())
    return next((path for path in paths if path.is_file()), None)
