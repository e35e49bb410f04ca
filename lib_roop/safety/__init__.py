"""The gate that every picture passes before and after a swap."""

from __future__ import annotations

from ..errors import Refused
from ..zoo.nudenet import VERSION
from . import ifnude, nudenet
from .gate import Checker as Checker
from .gate import Gate as Gate
from .gate import NudityGate as NudityGate
from .gate import Seen as Seen

NO_CHECKER = (
    "Nothing is swapped without the safety check, and no checker is installed; install it with: "
    f"pip install nudenet=={VERSION}"
)


def load() -> Checker:
    """The checker that is installed here: nudenet, else ifnude where its files lie. It opens a net.

    Raises Refused when there is none, ModelError when there is one whose files are not right.
    """
    checker = nudenet.load() or ifnude.load()
    if checker is None:
        raise Refused(NO_CHECKER)
    return checker
