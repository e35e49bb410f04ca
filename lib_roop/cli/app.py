"""`roop app`: the page in a browser, and the HTTP API beside it (docs/app.md)."""

from __future__ import annotations

import argparse
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError
from .report import Report

if TYPE_CHECKING:
    from ..engine import Engine

PACKAGES = ("fastapi", "gradio", "pydantic", "starlette", "uvicorn")


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Show the page until Ctrl-C. Raises RoopError."""
    try:
        from .. import app
        from ..api import accounts, server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES:
            raise
        raise ModelError("roop app needs gradio 6; get it with: pip install 'gradio>=6'") from error
    known = accounts.read(Path(arguments.auth).expanduser()) if arguments.auth else None
    engine = make_engine()
    with server.bound(arguments.host, arguments.port, known) as listener:
        address = f"http://{arguments.host}:{listener.getsockname()[1]}"
        serving = server.server(app.application(engine, known), app.PATIENCE)
        engine.host.say(f"The page is at {address}; Ctrl-C ends it.")
        if arguments.browser:
            # The server takes callers from now on and answers once it runs.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serving.run(sockets=[listener])
    return Report(body={"address": address})
