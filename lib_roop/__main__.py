"""The command `roop`: parse, run, and say how it ended. Starting it loads nothing heavy.

Exit codes: 0 done; 1 a bug; 2 input, usage or installation; 3 no face to swap, or the result was dropped; 4 refused;
5 done in part; 130 stopped by Ctrl-C; 141 nobody reads the output.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from .cli import arguments, places, report
from .errors import ModelError, RoopError
from .options import RuntimeOptions, from_mapping

if TYPE_CHECKING:
    from .engine import Engine

MODULES = {"report": "evaluate"}
"""Where a command is that is not called like its module in `cli`."""


def main(argv: Sequence[str] | None = None, make_engine: Callable[[], Engine] | None = None) -> int:
    """Run one command and return its exit code. `make_engine` is called by commands that look at pictures."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold bytes that the terminal's encoding lacks.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:] if argv is None else argv, make_engine)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("roop: stopped.\n")
        return 130
    except BrokenPipeError:
        # Python flushes at exit, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _run(argv: Sequence[str], make_engine: Callable[[], Engine] | None) -> int:
    place = arguments.json_place(argv)
    try:
        parsed = arguments.parse(argv)
        places.check(parsed)
    except SystemExit as done:
        return int(done.code or 0)
    except RoopError as error:
        # Not to a file: it has not been checked that nothing is lost there.
        command = argv[0] if argv[0] in arguments.COMMANDS else None
        return report.show(report.failed(error), command, place if place == report.STDOUT else None)
    made: list[Engine] = []

    def engine() -> Engine:
        made.append(make_engine() if make_engine else _engine(parsed))
        return made[-1]

    try:
        with report.warnings_heard() as heard:
            module = MODULES.get(parsed.command, parsed.command)
            ended = import_module(f".cli.{module}", __package__).run(parsed, engine)
    except RoopError as error:
        ended = report.failed(error)
        if not getattr(parsed, "units", None):
            ended = replace(ended, error=arguments.as_typed(ended.error))
    for each in made:
        ended = report.with_devices(ended, each)
    return report.show(replace(ended, notes=(*ended.notes, *heard)), parsed.command, parsed.json)


def _engine(parsed: argparse.Namespace) -> Engine:
    wish = from_mapping(RuntimeOptions, arguments.typed(parsed, RuntimeOptions))
    try:
        from .engine import Engine
        from .host import StandaloneHost
    except ImportError as error:
        if (error.name or "").startswith("lib_roop"):
            raise
        raise ModelError(f"A package that roop needs cannot be imported ({error}); roop doctor says more.") from error
    return Engine(StandaloneHost(wish))


if __name__ == "__main__":
    sys.exit(main())
