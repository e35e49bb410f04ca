"""The API by itself: a program that listens, on this machine alone unless there are accounts."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .. import __version__
from ..engine import Engine
from ..errors import InputError
from .routes import routes
from .turns import Turns

HERE = ("127.0.0.1", "localhost")
"""Under these names a machine is reached from itself alone."""

MOST_CALLERS = 64
"""At once: each may have sent a whole body. Those beyond are told to come back."""


def application(engine: Engine, accounts: Mapping[str, str] | None = None, turns: Turns | None = None) -> FastAPI:
    """The API as an ASGI application. Its description lies at /roop/v1/openapi.json; pages that show one are left out,
    as they get their scripts from elsewhere.
    """
    app = FastAPI(title="roop", version=__version__, openapi_url="/roop/v1/openapi.json", docs_url=None, redoc_url=None)
    if accounts is None:
        # A page in a browser may reach this machine under a name of its own.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HERE))
    app.include_router(routes(engine, accounts=accounts, turns=turns))
    return app


def bound(host: str, port: int, accounts: Mapping[str, str] | None) -> socket.socket:
    """A socket that listens. Raises InputError when others could reach it without an account, or it is taken."""
    if host not in HERE and not accounts:
        raise InputError(f"Others can reach {host}; name a file with their names and passwords: --auth FILE.")
    if not 0 <= port < 2**16:
        raise InputError(f"A port goes from 0 to {2**16 - 1}, not {port}.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise InputError(f"{host}:{port} is no address of this machine ({error}); choose another --host.") from error
    if sys.platform != "win32":
        # There it would let two programs listen at one port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # From now on callers are kept until they are answered.
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{host}:{port} cannot be listened on ({reason}); choose another --port.") from error
    return listener


def server(app: FastAPI, patience: int | None = None) -> uvicorn.Server:
    """What runs the application; `run(sockets=[...])` until it is told to stop, and then what callers wait for is done.

    patience: the seconds after which those who wait are left, as a page that is open waits for ever.
    """
    ending: dict[str, Any] = {} if patience is None else {"timeout_graceful_shutdown": patience}
    return uvicorn.Server(uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, limit_concurrency=MOST_CALLERS, **ending
    ))  # fmt: skip
