"""The table over HTTP. Work is done in the server's threads: nothing that is worked or written holds up its loop, which
meanwhile watches whether the caller is still there.

Bodies are read here and not by the framework, so that too much is refused before it is kept, and every generation of
pydantic will do.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..engine import Engine
from ..errors import RoopError
from . import schemas
from .accounts import admitted
from .answers import MOST_BYTES, Asked, Failed, failure, status_of, text_of, values_of
from .table import TABLE, Way
from .turns import Turns

PATIENCE = 120.0
"""Seconds in which a body has to have come."""
JSON, FILE = "application/json", "application/octet-stream"
WORDS = {
    400: "something that was sent does not fit",
    401: "who asks is not known",
    403: "the gate refused the picture",
    404: "there is no such face",
    408: "the body took too long",
    409: "there is such a face already",
    413: "too many bytes or pixels",
    415: "the body is no application/json",
    422: "there is no face to swap",
    424: "a net is missing",
    503: "too many are waiting",
}


def routes(engine: Engine, *, accounts: Mapping[str, str] | None = None, turns: Turns | None = None) -> APIRouter:
    """Everything in `TABLE`, for these `accounts` alone where some are given; an empty mapping admits nobody."""

    async def known(request: Request) -> None:
        if accounts is not None and not admitted(request.headers.get("Authorization", ""), accounts):
            raise Failed(401, "Name and password are wanted.", headers={"WWW-Authenticate": 'Basic realm="roop"'})

    router = APIRouter(route_class=_Route, dependencies=[Depends(known)])
    shared = turns or Turns()
    for way in TABLE:
        router.add_api_route(
            way.path,
            _endpoint(way, engine, shared),
            methods=[way.method],
            status_code=way.status,
            response_class=Response,
            summary=way.summary,
            operation_id=f"{way.method.lower()}_{way.path.strip('/').translate(str.maketrans('/', '_', '{}'))}",
            tags=["roop"],
            responses=_responses(way),
            openapi_extra=_openapi(way),
        )
    return router


class _Route(APIRoute):
    """Answers what cannot be done with a sentence, wherever in a request that shows."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response: Response = await handle(request)
            except RoopError as error:
                return _refusal(error)
            return response

        return answered


def _endpoint(way: Way, engine: Engine, turns: Turns) -> Callable[..., Any]:
    def work(request: Request, data: bytes, gone: threading.Event) -> Response:
        try:
            values = values_of(data) if way.body else {}
            name = str(request.path_params.get("name", ""))
            asked = Asked(values=values, name=name, query=dict(request.query_params))
            if not way.waits:
                return _response(way.work(engine, asked), way.status)
            with turns.taken():
                if gone.is_set():
                    raise Failed(408, "Who asked has gone away.")
                return _response(way.work(engine, asked), way.status)
        except RoopError as error:
            return _refusal(error)
        except RecursionError:
            return _refusal(Failed(400, "What was sent lies in too many objects; send it plainly."))

    async def watched(request: Request, data: bytes) -> Response:
        gone = threading.Event()
        watching = asyncio.ensure_future(_watch(request, gone))
        try:
            return await run_in_threadpool(work, request, data, gone)
        finally:
            watching.cancel()

    async def without_body(request: Request) -> Response:
        return await watched(request, b"")

    async def with_body(request: Request, data: bytes = Depends(_sent)) -> Response:
        return await watched(request, data)

    return with_body if way.body else without_body


async def _watch(request: Request, gone: threading.Event) -> None:
    """Sets `gone` when the caller has closed the connection; its body has been read."""
    while (await request.receive()).get("type") != "http.disconnect":
        pass
    gone.set()


async def _sent(request: Request) -> bytes:
    """The body. Raises Failed when it is no JSON, too long or too slow."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
        # A page of somebody else's can send other types unasked.
        raise Failed(415, f"Send the body as JSON, with the header Content-Type: {JSON}.")
    try:
        return await asyncio.wait_for(_read(request), PATIENCE)
    except asyncio.TimeoutError:
        raise Failed(408, "The body took too long; send it again.") from None
    except ClientDisconnect:
        raise Failed(400, "The body was cut short.") from None


async def _read(request: Request) -> bytes:
    length = request.headers.get("Content-Length", "")
    whole, parts = int(length) if length.isascii() and length.isdigit() else 0, list[bytes]()
    got = 0
    if whole <= MOST_BYTES:
        async for part in request.stream():
            got += len(part)
            if got > MOST_BYTES:
                break
            parts.append(part)
    if max(got, whole) > MOST_BYTES:
        raise Failed(413, f"The body has more than {MOST_BYTES // 2**20} MB; send fewer or smaller pictures.")
    return b"".join(parts)


def _response(answer: Mapping[str, Any] | bytes, status: int) -> Response:
    if isinstance(answer, bytes):
        return Response(answer, status, media_type=FILE, headers={"Cache-Control": "no-store"})
    return Response(text_of(answer), status, media_type=JSON, headers={"Cache-Control": "no-store"})


def _refusal(error: RoopError) -> Response:
    headers = error.headers if isinstance(error, Failed) else {}
    return Response(text_of(failure(error)), status_of(error), headers=headers, media_type=JSON)


def _responses(way: Way) -> dict[int | str, dict[str, Any]]:
    """What may come instead of a success, for the documentation."""
    failing = {401, *way.failures, *([503] if way.waits else []), *([408] if way.body else [])}
    content = {JSON: {"schema": {"type": "object", "required": ["error"]}}}
    failures: dict[int | str, dict[str, Any]] = {
        number: {"description": WORDS[number], "content": content} for number in sorted(failing)
    }
    kinds: dict[str, Any] = {JSON: {"schema": {"type": "object"}}}
    if way.query:
        kinds[FILE] = {"schema": {"type": "string", "format": "binary"}}
    return {way.status: {"description": "done", "content": kinds}, **failures}


def _openapi(way: Way) -> dict[str, Any]:
    """What FastAPI cannot see in the endpoint."""
    parameters: list[dict[str, Any]] = []
    if "{name}" in way.path:
        parameters.append({"name": "name", "in": "path", "required": True, "schema": schemas.NAME})
    for name, choices in (way.query or {}).items():
        kind = {"type": "string", "enum": list(choices)}
        parameters.append({"name": name, "in": "query", "required": False, "schema": kind})
    extra: dict[str, Any] = {"parameters": parameters} if parameters else {}
    if way.body:
        extra["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas.body(way.body)}}}
    return extra
