"""The gate that every picture passes before and after a swap."""

from __future__ import annotations

from pathlib import Path

from ..errors import Refused
from ..zoo.nudenet import VERSION
from . import nudenet
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
    """nudenet's checker, from its folder, by default the installed package's. It opens a net.

    Only a net whose sha256 is known counts: a file that merely looks like one would open the gate.
    Raises Refused when nudenet is not installed, ModelError when its net is not the known one.
    """
    checker = nudenet.load(folder)
    if checker is None:
        raise Refused(NO_CHECKER)
    return checker
