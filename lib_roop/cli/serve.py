"""`roop serve`: the HTTP API by itself (docs/api.md)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import first_use
from ..errors import ModelError
from .report import Report

if TYPE_CHECKING:
    from ..engine import Engine

PACKAGES = ("fastapi", "uvicorn", "starlette", "pydantic")


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Listen until Ctrl-C. Raises RoopError."""
    try:
        from ..api import accounts, server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES:
            raise
        raise ModelError("roop serve needs two packages; get them with: pip install fastapi uvicorn") from error
    known = accounts.read(Path(arguments.auth).expanduser()) if arguments.auth else None
    engine = make_engine()
    with server.bound(arguments.host, arguments.port, known) as listener:
        first_use.tell(engine.host)
        address = f"http://{arguments.host}:{listener.getsockname()[1]}/roop/v1"
        engine.host.say(f"The API is at {address}/version; Ctrl-C ends it.")
        server.server(server.application(engine, known)).run(sockets=[listener])
    return Report(body={"address": address})
