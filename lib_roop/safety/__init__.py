"""The gate that every picture passes before and after a swap."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..errors import Refused
from ..zoo.nudenet import VERSION
from . import ifnude, nudenet
from .films import Moment as Moment
from .films import Watch as Watch
from .gate import Checker as Checker
from .gate import Gate as Gate
from .gate import NudityGate as NudityGate
from .gate import Seen as Seen
from .nudenet import ANEW
from .views import surroundings as surroundings

NO_CHECKER = (
    "Nothing is swapped without the safety check, and no checker is installed; install it with: "
    f"pip install nudenet=={VERSION}, or {ANEW}"
)


def load(folder: Path | None = None) -> Checker:
    """nudenet's checker, from its folder, by default the installed package's; else ifnude's. It opens a net.

    ifnude counts where its package is installed and has fetched its files; it is not imported.
    Raises Refused when there is none, ModelError when there is one whose files are not right.
    """
    checker = nudenet.load(folder) or (ifnude.load() if find_spec("ifnude") else None)
    if checker is None:
        raise Refused(NO_CHECKER)
    return checker
