"""The HTTP API among the host's own routes, for whom the host lets in there and in its queue."""

from __future__ import annotations

import logging
from typing import Any

from ..errors import InputError
from . import interfaces
from .host import GetEngine

_log = logging.getLogger("roop")


def offer(engine: GetEngine, app: Any) -> None:
    """Add the routes to the host's application, where the host offers an API at all."""
    if not interfaces.offers_api():
        return
    from ..api import accounts
    from ..api.routes import routes
    from ..api.turns import Turns

    try:
        entries = interfaces.accounts()
        known = None if entries is None else accounts.parsed(entries)
    except InputError as error:
        _log.error("roop's API is left out, as the host's accounts cannot be read: %s", error)
        return
    app.include_router(routes(engine(), accounts=known, turns=Turns(interfaces.queued_job)))
