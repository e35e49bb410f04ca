"""`roop doctor`: what works on this machine, and how to mend what does not. It goes on where something is broken."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import doctor
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Look at everything; exit code 2 when anything is wrong."""
    del arguments
    facts, checks = doctor.facts(), doctor.checks(make_engine)
    error = doctor.mend(checks)
    rows = [(check.name, "ok" if check.ok else "WRONG", check.found) for check in checks]
    return Report(
        body=doctor.body(facts, checks),
        lines=(*table(facts), "", *table(rows), *(() if error else ("", "All is well."))),
        error=error,
        exit_code=2 if error else 0,
    )
