"""CodeFormer's weights as the package codeformer-pip keeps them: where they lie, and what is known of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .restorers import CODEFORMER

NEEDED = ("codeformer", "torch", "torchvision")
FILE = "codeformer.pth"
OWN_FOLDER = Path("CodeFormer", "weights", "CodeFormer")
"""Where the package keeps its weights, seen from the working directory."""
CARD = replace(CODEFORMER, name="codeformer-pip", file=FILE, size=0, sha256="", urls=(), builds=(), aliases=())


def weights(folders: Iterable[Path]) -> Path | None:
    """The weights in `folders` or where the package keeps them; None without them or the package. Imports nothing."""
    if not all(importlib.util.find_spec(name) for name in NEEDED):
        return None
    return next((path for folder in (*folders, OWN_FOLDER) if (path := folder / FILE).is_file()), None)
