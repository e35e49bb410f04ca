"""What holds for every request: who may ask, how much, how many at once."""

import base64
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from lib_roop.api import accounts, answers, server, turns
from lib_roop.api.routes import routes
from lib_roop.api.table import TABLE
from lib_roop.errors import InputError
from tests.api.serving import Answer, Served, sent, serving
from tests.entry_points import ENTRIES, HARMLESS
from tests.fakes import Fakes, row

PICTURE = sent(row(10))


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_every_way_is_listed_among_the_entry_points() -> None:
    known = {entry.name for entry in ENTRIES} | HARMLESS.keys()
    assert {way.name for way in TABLE} <= known, "put it into tests/entry_points.py"


@pytest.mark.parametrize("way", TABLE, ids=lambda way: way.name)
def test_nobody_is_answered_without_an_account(fakes: Fakes, way: object) -> None:
    assert hasattr(way, "method") and hasattr(way, "path")
    with serving(server.application(fakes.engine(), {"anna": "secret"})) as served:
        path = way.path.format(name="anna")
        for headers in ({}, basic("anna", "wrong"), basic("berta", "secret"), {"Authorization": "Basic !"}):
            answer = served.ask(way.method, path, None, headers)
            assert answer.status == 401 and "Basic" in answer.headers["www-authenticate"]


def test_who_is_known_is_answered(fakes: Fakes) -> None:
    with serving(server.application(fakes.engine(), {"anna": "sec:ret", "bert": "b"})) as served:
        for each in (basic("anna", "sec:ret"), basic("bert", "b")):
            assert served.get("/roop/v1/version", **each).status == 200


def test_an_empty_list_of_accounts_admits_nobody(fakes: Fakes) -> None:
    with serving(server.application(fakes.engine(), {})) as served:
        assert served.get("/roop/v1/version", **basic("", "")).status == 401


def test_accounts_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text("anna:a\n\nbert:b:c\n")
    assert accounts.read(file) == {"anna": "a", "bert": "b:c"}
    for wrong in ("", "anna", ":a", "anna:"):
        file.write_text(wrong)
        with pytest.raises(InputError):
            accounts.read(file)
    with pytest.raises(InputError):
        accounts.read(tmp_path / "none")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_others_are_not_listened_to_without_accounts(host: str) -> None:
    with pytest.raises(InputError, match="--auth"):
        server.bound(host, 0, None)


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with server.bound("127.0.0.1", 0, None) as taken, pytest.raises(InputError, match="--port"):
        server.bound("127.0.0.1", taken.getsockname()[1], None)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_said_to_be(port: int) -> None:
    with pytest.raises(InputError):
        server.bound("127.0.0.1", port, None)


def test_a_page_that_names_this_machine_otherwise_is_not_answered(roop: Served) -> None:
    assert roop.get("/roop/v1/version", Host="evil.example").status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_not_taken(roop: Served, kind: str) -> None:
    answer = roop.ask("POST", "/roop/v1/faces", b"{}", {"Content-Type": kind})
    assert answer.status == 415 and "application/json" in answer.body["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"a":' * 50_000, b"[" * 200_000, b"1" * 5000])
def test_a_body_that_is_no_object_is_refused(roop: Served, body: bytes) -> None:
    assert roop.ask("POST", "/roop/v1/detect", body).status == 400


def test_letters_that_no_encoding_has_are_quoted(roop: Served) -> None:
    answer = roop.ask("POST", "/roop/v1/detect", b'{"\\ud800": 1, "image": "\\udfff"}')
    assert answer.status == 400 and json.loads(answer.data)["field"] == "\ud800"


def test_a_long_value_is_not_sent_back_whole(roop: Served) -> None:
    answer = roop.post("/roop/v1/detect", image=PICTURE, order="x" * 100_000)
    assert answer.status == 400 and len(answer.data) < 2 * answers.LONGEST


def test_a_body_that_says_it_is_too_large_is_refused_at_once(roop: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", roop.port, timeout=60)
    connection.putrequest("POST", "/roop/v1/detect")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(answers.MOST_BYTES + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_body_that_does_not_say_how_large_it_is_is_counted(roop: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", roop.port, timeout=60)
    parts: Iterator[bytes] = (b" " * 2**20 for _ in range(answers.MOST_BYTES // 2**20 + 1))
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/roop/v1/detect", parts, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@contextmanager
def occupied(fakes: Fakes, waiting: int) -> Iterator[tuple[Served, threading.Event, threading.Event]]:
    """The API while somebody has the turn: entered is set then, and it lasts until `leave` is."""
    entered, leave = threading.Event(), threading.Event()

    @contextmanager
    def alone() -> Iterator[None]:
        entered.set()
        assert leave.wait(60)
        yield

    app = FastAPI()
    app.include_router(routes(fakes.engine(), turns=turns.Turns(alone, waiting)))
    with serving(app) as served:
        yield served, entered, leave


def test_a_caller_too_many_is_asked_to_come_back(fakes: Fakes) -> None:
    first: list[Answer] = []
    with occupied(fakes, waiting=1) as (served, entered, leave):
        caller = threading.Thread(target=lambda: first.append(served.post("/roop/v1/detect", image=PICTURE)))
        caller.start()
        assert entered.wait(60)
        answer = served.post("/roop/v1/detect", image=PICTURE)
        leave.set()
        caller.join()
    assert answer.status == 503 and int(answer.headers["retry-after"]) > 0 and first[0].status == 200


def test_others_are_answered_while_somebody_has_the_turn(fakes: Fakes) -> None:
    with occupied(fakes, waiting=8) as (served, entered, leave):
        callers = [
            threading.Thread(target=served.post, args=("/roop/v1/detect",), kwargs={"image": PICTURE}) for _ in range(3)
        ]
        for caller in callers:
            caller.start()
        assert entered.wait(60)
        answered = [served.get(f"/roop/v1/{path}").status for path in ("version", "schema", "faces", "models")]
        leave.set()
        for caller in callers:
            caller.join()
    assert answered == [200] * 4


@pytest.mark.parametrize("in_host", [False, True], ids=["alone", "behind a host's middleware"])
@pytest.mark.parametrize("way", ["POST /roop/v1/faces", "DELETE /roop/v1/faces/anna"])
def test_who_goes_away_while_waiting_is_not_worked_for(fakes: Fakes, in_host: bool, way: str) -> None:
    anna = fakes.host.faces / "anna.safetensors"
    anna.parent.mkdir(parents=True)
    anna.write_bytes(b"a face")
    waiting, leave, lock = threading.Semaphore(0), threading.Event(), threading.Lock()

    @contextmanager
    def alone() -> Iterator[None]:
        waiting.release()
        with lock:
            assert leave.wait(60)
            yield

    app = FastAPI()
    if in_host:
        app.middleware("http")(lambda request, call_next: call_next(request))
    app.include_router(routes(fakes.engine(), turns=turns.Turns(alone)))
    with serving(app) as served:
        first = threading.Thread(target=served.post, args=("/roop/v1/detect",), kwargs={"image": PICTURE})
        first.start()
        assert waiting.acquire(timeout=60)
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        method, _, path = way.partition(" ")
        body = json.dumps({"name": "berta", "images": [PICTURE]}) if method == "POST" else None
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        assert waiting.acquire(timeout=60)
        connection.close()
        # The server sees to connections in their order: when these are answered it has seen that one end.
        assert [served.get("/roop/v1/version").status for _ in range(5)] == [200] * 5
        leave.set()
        first.join()
        assert served.post("/roop/v1/detect", image=PICTURE).status == 200
    assert [path.name for path in anna.parent.iterdir()] == ["anna.safetensors"]


def test_every_way_is_described_for_programs(roop: Served) -> None:
    described = roop.get("/roop/v1/openapi.json").body["paths"]
    for way in TABLE:
        told = described[way.path][way.method.lower()]
        assert told["summary"] and ("requestBody" in told) is bool(way.body)
        assert {"200" if way.status == 200 else "201", "401"} <= told["responses"].keys()
    assert not {"/docs", "/redoc"} & described.keys() and roop.get("/docs").status == 404
