"""roop's own page: the swap panel and the tools in a browser, without any web UI, and the HTTP API beside them."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from . import images, inventory, request
from .api import server
from .api.turns import Turns
from .engine import Engine
from .errors import InputError, RoopError
from .first_use import PARAGRAPH
from .host import data_folder, page_folder
from .identities import naming
from .options import SwapUnit
from .photographs import photographs
from .portrait import portrait
from .ui import asked
from .ui.compat import Widgets
from .ui.panel import Choices, sentences
from .ui.presets import presets
from .ui.tools import tab
from .ui.tools.desk import Desk

TITLE = "roop"
UNITS = 3
PAUSE = 1.0
"""Seconds in which browsers load the page, before the nets take the processor."""
WARM = 256
"""The side of the drawing that the nets see first."""
REFERENCE = "the reference picture"
FONTS = ("system-ui", "sans-serif")
"""Those of the machine: a page of roop loads nothing from elsewhere."""
STOP = "#b91c1c"
"""A red on which white can be read."""
UPLOADS = "GRADIO_TEMP_DIR"
"""Where gradio reads in which folder uploaded files lie."""
SWEEP, KEPT = 3600, 86400
"""Every so many seconds what was uploaded so long ago is deleted."""
NAMED = """
new MutationObserver(() => {
    for (const button of document.querySelectorAll("[id^=roop_] .image-container > button:not([aria-label])"))
        button.setAttribute("aria-label", "The picture; a click chooses a face");
    for (const inner of document.querySelectorAll("[id^=roop_] button button:not([data-named])")) {
        inner.dataset.named = "";
        inner.parentElement.closest("button").setAttribute("role", "group");
    }
    for (const empty of document.querySelectorAll("[id^=roop_] .empty[aria-label]:not([role])"))
        empty.setAttribute("role", "img");
}).observe(document, {childList: true, subtree: true});
"""
"""Gives what gradio makes what screen readers need: buttons a name and none within another, empty boxes a role."""
PATIENCE = 3
"""Seconds that a page which is open is waited for when the server ends."""
LARGEST = "200mb"
HERE_ONLY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' ws: wss: data: blob:; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)
"""What a browser is told: whatever a page names, nothing is fetched from another place."""


def application(engine: Engine, accounts: Mapping[str, str] | None = None) -> FastAPI:
    """The page at / and the API at /roop/v1, as an ASGI application, for `accounts` alone where some are given."""
    uploads = Path(tempfile.mkdtemp(prefix="roop-uploads-"))
    os.environ[UPLOADS] = str(uploads)
    lock = threading.Lock()
    app = server.application(engine, accounts, turns=Turns(lambda: lock))
    weakref.finalize(app, shutil.rmtree, uploads, ignore_errors=True)
    app.add_middleware(_HereOnly)
    threading.Timer(PAUSE, _warmed, (engine, lock)).start()
    login = list(accounts.items()) if accounts else None
    gradio.mount_gradio_app(
        app,
        page(desk(engine, lock, uploads if accounts else None)),
        path="/",
        auth=login,
        theme=_theme(),
        css_paths=page_folder() / "style.css",
        head=f"<script>{(page_folder() / 'javascript' / 'roop.js').read_text(encoding='utf-8')}{NAMED}</script>",
        footer_links=[],
        max_file_size=LARGEST,
        ssr_mode=False,
        enable_monitoring=False,
    )
    return app


def desk(engine: Engine, lock: threading.Lock, uploads: Path | None = None) -> Desk:
    """What the tools work with. uploads: the only folder that sources are read from, where others reach the page."""

    def source(given: Any, name: str) -> Any:
        if not isinstance(given, str):
            return replace(request.picture(given, name), name=REFERENCE)
        if uploads and not Path(given).resolve().is_relative_to(uploads.resolve()):
            raise InputError("Others can reach this page, so it takes no folders; give pictures.", field=name)
        # Path.is_dir raises for texts that are too long to be a path.
        return given if os.path.isdir(given) else images.read(given)  # noqa: PTH112

    return Desk(
        get_engine=lambda: engine,
        turn=lambda: lock,
        outputs=lambda: data_folder() / "outputs",
        choices=lambda: choices(engine),
        asked=lambda values: asked.read(values, source),
        presets=presets(engine.host),
        units=UNITS,
        live=True,
        samples=photographs,
        folders=uploads is None,
    )


def choices(engine: Engine) -> Choices:
    """What there is to choose from now."""
    host, models = engine.host, engine.models
    return Choices(
        checkpoints=[path.stem for path in naming.stored(host.face_folder())],
        restorers=[name for name, there in inventory.restorers(host, models).items() if there],
        upscalers=[name for name, there in inventory.upscalers(host, models).items() if there],
        presets=presets(host).names(),
    )


def page(desk: Desk) -> gradio.Blocks:
    """The page, drawn."""
    with gradio.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(SWEEP, KEPT)) as blocks:
        gradio.HTML(f'<h1 class="roop-title">{TITLE}</h1>')
        gradio.HTML(lambda: sentences([which_engine(desk.engine)]), elem_id="roop_engine")
        tab.draw(Widgets(gradio=gradio), desk)
        gradio.HTML(sentences([PARAGRAPH.replace("This is said once; docs/safety.md says more.", "").strip()]))
    blocks.queue(default_concurrency_limit=4)
    return blocks


def which_engine(engine: Engine) -> str:
    """Which engine swaps, and how to get the other one."""
    if parts := engine.neural():
        return f"Faces are swapped by the neural engine ({parts.card.name}; licence: {parts.card.licence})."
    return (
        "Faces are swapped by the built-in engine, which needs nothing else. The neural one looks better and needs "
        "files that others made: Models says which, and under which licences."
    )


def _theme() -> gradio.themes.Base:
    """gradio's own, with the contrast that WCAG 2 asks of texts."""
    strong, soft = "*primary_700", "*neutral_500"
    return gradio.themes.Default(font=FONTS, font_mono=("ui-monospace", "monospace")).set(
        color_accent=strong,
        button_primary_background_fill=strong,
        button_primary_background_fill_dark=strong,
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        button_cancel_background_fill=STOP,
        button_cancel_background_fill_dark=STOP,
        button_cancel_background_fill_hover=STOP,
        button_cancel_background_fill_hover_dark=STOP,
        block_info_text_color=soft,
        body_text_color_subdued=soft,
        body_text_color_subdued_dark="*neutral_400",
        input_placeholder_color=soft,
        input_placeholder_color_dark="*neutral_400",
    )


def _warmed(engine: Engine, lock: threading.Lock) -> None:
    """Open the nets while the page is still empty, so that the first swap does not wait for them."""
    drawing = portrait(WARM, (236, 190, 166), (92, 60, 34))
    with lock, suppress(RoopError):
        engine.run(drawing, [SwapUnit(source=(drawing,))])


class _HereOnly(BaseHTTPMiddleware):
    """Says `HERE_ONLY` with every answer."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = HERE_ONLY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
