"""An application on a free port of this machine, and a program that asks it."""

import base64
import http.client
import io
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from PIL import Image as Pillow

from lib_roop.api import server
from lib_roop.types import Image

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.data)


@dataclass(frozen=True)
class Served:
    """Where it listens."""

    port: int

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A request; a body that is no bytes goes as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, data, {**(JSON if data is not None else {}), **(headers or {})})
            response = connection.getresponse()
            return Answer(
                response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, **body: Any) -> Answer:
        return self.ask("POST", path, body)


@contextmanager
def serving(app: FastAPI) -> Iterator[Served]:
    """The application runs meanwhile."""
    with server.bound("127.0.0.1", 0, None) as listener:
        running: uvicorn.Server = server.server(app)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not running.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield Served(listener.getsockname()[1])
        finally:
            running.should_exit = True
            thread.join(30)


def sent(picture: Image) -> str:
    """A picture as a program sends it."""
    stream = io.BytesIO()
    Pillow.fromarray(picture).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
