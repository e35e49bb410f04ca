"""What is answered is forgotten: requests leave nothing behind that grows with their number."""

import base64
import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lib_roop.api import server
from lib_roop.types import Image
from tests.api.serving import Served, sent, serving
from tests.cli.running import ROOT
from tests.fakes import FakeHost, Fakes, row

SIZE = 400_000
"""Bytes of a request that holds something: were it kept, `ROUNDS` of one kind of request would be twice `MOST`."""
ROUNDS, MOST = 5, 1_000_000
PICTURES = 4
"""Detections of so many different pictures may be remembered."""


@dataclass
class ForgetfulGate:
    """Refuses nothing and keeps nothing."""

    name: str = "fake"

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        pass


def large(number: int) -> str:
    """A picture with a face that takes about `SIZE` bytes."""
    person = row(40 * number)
    side = round((SIZE / 4) ** 0.5)
    grain = np.random.default_rng(number).integers(1, 4, (side, side, 1), np.uint8) * np.array([0, 1, 1], np.uint8)
    whole = np.concatenate([np.pad(person, ((0, 0), (0, side - person.shape[1]), (0, 0))), grain])
    return sent(whole)


def mixed(served: Served, number: int) -> list[int]:
    """One request of each kind; their statuses."""
    picture, junk = sent(row(40 * number)), "A" * SIZE
    noise = base64.b64encode(np.random.default_rng(number).bytes(SIZE)).decode()
    unit: dict[str, Any] = {"source": [sent(row(90))]}
    answers = [
        served.post("/roop/v1/swap", image=picture, units=[unit]),
        served.post("/roop/v1/detect", image=large(number)),
        served.post("/roop/v1/faces", name=f"face {number}", images=[picture], overwrite=True),
        served.post("/roop/v1/detect", image=noise),
        served.post("/roop/v1/detect", image=picture, order=junk),
        served.post("/roop/v1/faces", name=junk, images=[picture]),
        served.post("/roop/v1/faces", name="bad", file=noise),
        served.ask("POST", "/roop/v1/detect", b"{" + junk.encode()),
        served.ask("PATCH", f"/roop/v1/faces/face%20{number}", {"note": junk}),
        served.get(f"/roop/v1/faces/{'x' * 500}"),
    ]
    return [answer.status for answer in answers]


def growth(folder: Path) -> int:
    """Bytes that many rounds of requests leave behind, after as many as fill what is remembered."""
    engine = Fakes(host=FakeHost(faces=folder / "faces"), gate=ForgetfulGate()).engine()
    with serving(server.application(engine)) as served:
        for number in range(PICTURES + 1):
            statuses = mixed(served, number % PICTURES)
            assert statuses == [200, 200, 201, 400, 400, 400, 400, 400, 400, 400], statuses
        gc.collect()
        tracemalloc.start()
        for number in range(1, ROUNDS + 1):
            mixed(served, number % PICTURES)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


def test_memory_does_not_grow_with_the_number_of_requests(tmp_path: Path) -> None:
    # In a process of its own, where no thread of another test takes memory.
    program = "import sys, pathlib, tests.api.test_memory as here; print(here.growth(pathlib.Path(sys.argv[1])))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MOST
