"""Photographs of people that come with packages, which are not imported."""

import importlib.util
from pathlib import Path

PHOTOGRAPHS = (
    ("skimage", "data/astronaut.png"),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    ("insightface", "data/images/t1.jpg"),
    ("insightface", "data/images/Tom_Hanks_54745.png"),
)
"""Module and file: two portraits, six people at a table (two of them strongly turned), and a small grey crop."""


def photographs() -> list[str]:
    """Their paths. What is not installed is left out, with a word about it."""
    paths = [_path(*photograph) for photograph in PHOTOGRAPHS]
    return [str(path) for path in paths if path.is_file() or print(f"without {path.name}: it is not installed")]


def _path(module: str, name: str) -> Path:
    spec = importlib.util.find_spec(module)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0], name) if folders else Path(name)
