"""The HTTP API among a host's routes."""

import base64
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from lib_roop.webui import programs
from tests.api.serving import Served, sent, serving
from tests.fakes import FakeHost, Fakes, row
from tests.webui.flavours import A1111
from tests.webui.host import Webui

SWAP = {"image": sent(row(10)), "units": [{"source": [sent(row(90))]}]}


@contextmanager
def hosted(folder: Path, **arguments: Any) -> Iterator[Served]:
    """The routes in a host that was started with these arguments."""
    app = FastAPI()
    with Webui(A1111, folder).running():
        sys.modules["modules.shared"].cmd_opts = SimpleNamespace(**arguments)  # type: ignore[attr-defined]
        programs.offer(Fakes(host=FakeHost(faces=folder / "faces")).engine, app)
        with serving(app) as served:
            yield served


def test_the_host_is_asked_to_call_when_it_has_started(tmp_path: Path) -> None:
    app = FastAPI()
    with Webui(A1111, tmp_path).running() as webui:
        webui.load()
        for callback in webui.callbacks["app_started"]:
            callback(None, app)
        with serving(app) as served:
            assert served.get("/roop/v1/version").status == 200


def test_a_program_swaps_through_the_host(tmp_path: Path) -> None:
    with hosted(tmp_path, api=True, api_auth=None) as served:
        assert served.post("/roop/v1/swap", **SWAP).status == 200


def test_nothing_is_offered_where_the_host_offers_no_api(tmp_path: Path) -> None:
    with hosted(tmp_path, api=False) as served:
        assert served.get("/roop/v1/version").status == 404
    with hosted(tmp_path, api=False, nowebui=True) as served:
        assert served.get("/roop/v1/version").status == 200


@pytest.mark.parametrize("name", ["api_auth", "auth"])
def test_the_accounts_of_the_host_are_those_of_its_guests(tmp_path: Path, name: str) -> None:
    with hosted(tmp_path, **{"api": True, name: 'anna:a,"bert:b"'}) as served:
        code = base64.b64encode(b"bert:b").decode()
        assert served.get("/roop/v1/faces").status == 401
        assert served.get("/roop/v1/faces", Authorization=f"Basic {code}").status == 200


def test_a_file_of_accounts_counts_too(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text("anna:a\n")
    with hosted(tmp_path, auth=None, auth_file=str(file)) as served:
        assert served.get("/roop/v1/version").status == 401


@pytest.mark.parametrize("arguments", [{"api_auth": "anna"}, {"auth_file": "/no/such/file"}])
def test_accounts_that_cannot_be_read_admit_nobody(tmp_path: Path, arguments: dict[str, str]) -> None:
    with hosted(tmp_path, **arguments) as served:
        assert served.get("/roop/v1/version").status == 404


def test_a_swap_waits_for_the_job_at_hand(tmp_path: Path) -> None:
    with hosted(tmp_path, api=True) as served:
        answers: list[int] = []
        caller = threading.Thread(target=lambda: answers.append(served.post("/roop/v1/swap", **SWAP).status))
        with sys.modules["modules.call_queue"].queue_lock:
            caller.start()
            assert served.get("/roop/v1/version").status == 200 and not answers
        caller.join()
        assert answers == [200]


def test_what_was_interrupted_before_does_not_stop_a_swap(tmp_path: Path) -> None:
    with hosted(tmp_path, api=True) as served:
        seen: list[str] = []
        shared: Any = sys.modules["modules.shared"]
        # Hosts call what they are told by different names.
        shared.state.begin = lambda what, /: seen.append(f"begin {what}")
        shared.state.end = lambda: seen.append("end")
        served.post("/roop/v1/swap", **SWAP)
        assert seen == ["begin roop", "end"]
