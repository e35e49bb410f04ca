"""roop puts a chosen face on faces in pictures.

Importing this package loads nothing heavy: the names below are resolved when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Engine as Engine
    from .errors import RoopError as RoopError
    from .options import OutputOptions as OutputOptions
    from .options import PostOptions as PostOptions
    from .options import RuntimeOptions as RuntimeOptions
    from .options import SwapUnit as SwapUnit
    from .types import Detection as Detection
    from .types import Face as Face
    from .types import FaceReport as FaceReport
    from .types import Identity as Identity
    from .types import SwapResult as SwapResult

__version__ = "0.1.0"

_HOME = {
    "Engine": "engine",
    "RoopError": "errors",
    "OutputOptions": "options",
    "PostOptions": "options",
    "RuntimeOptions": "options",
    "SwapUnit": "options",
    "Detection": "types",
    "Face": "types",
    "FaceReport": "types",
    "Identity": "types",
    "SwapResult": "types",
}
__all__ = [
    "Detection",
    "Engine",
    "Face",
    "FaceReport",
    "Identity",
    "OutputOptions",
    "PostOptions",
    "RoopError",
    "RuntimeOptions",
    "SwapResult",
    "SwapUnit",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
