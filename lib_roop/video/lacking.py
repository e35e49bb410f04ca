"""Whether the package that reads and writes films is there; without it everything else works."""

from __future__ import annotations

from ..errors import ModelError

LACKING = "Films need the package av, which is not installed; install it where roop runs, with: pip install av"


def require_av() -> None:
    """Raises ModelError where it is not there."""
    try:
        from . import clip  # noqa: F401 - to see whether its package is there
    except ImportError as error:
        if error.name != "av":
            raise
        raise ModelError(LACKING) from error
