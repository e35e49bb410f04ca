"""The HTTP API among the host's own routes, for whom the host lets in there and in its queue."""

from __future__ import annotations

import logging
from typing import Any

from ..api import accounts
from ..api.turns import Turns
from ..engine import Engine
from ..errors import InputError
from . import interfaces

_log = logging.getLogger("roop")


def offer(engine: Engine, app: Any) -> None:
    """Add the routes to the host's application, where the host offers an API at all."""
    from ..api.routes import routes

    if not interfaces.offers_api():
        return
    try:
        entries = interfaces.accounts()
        known = None if entries is None else accounts.parsed(entries)
    except InputError as error:
        _log.error("roop's API is left out, as the host's accounts cannot be read: %s", error)
        return
    app.include_router(routes(engine, accounts=known, turns=Turns(interfaces.queued_job)))
