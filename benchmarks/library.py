"""A thousand faces in the library: how long it takes to list them, for a program and for the panel."""

from __future__ import annotations

import argparse
import http.client
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import skimage.data

from lib_roop import faces, library
from lib_roop.api import server
from lib_roop.engine import Engine
from lib_roop.host import StandaloneHost
from lib_roop.identities import checkpoints, naming

MOST = {"GET /roop/v1/faces": 300.0, "the panel's list": 100.0}
"""Milliseconds that issue 7 grants."""


class Host(StandaloneHost):
    """Keeps faces in a folder of the benchmark's."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def face_folder(self) -> Path:
        return self._folder


def main(arguments: Sequence[str]) -> int:
    """Prints medians, least and longest; 1 where the CPU takes longer than what is granted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=1000, help="how many are kept")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="roop-bench-") as place:
        folder = Path(place)
        engine = Engine(Host(folder))
        _fill(engine, folder, options.faces)
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{options.faces} faces with skin and preview, {size / 1e6:.0f} MB, {options.runs} runs")
        print(f"{'ms':<24}{'CPU':>9}{'least':>9}{'median':>9}{'most':>9}{'granted':>9}")
        late = False
        with _served(engine) as ask:
            works: dict[str, Callable[[], object]] = {
                "GET /roop/v1/faces": ask,
                "the panel's list": lambda: [path.stem for path in naming.stored(folder)],
                "library.listed": lambda: library.listed(folder),
                "ten read whole": lambda: [checkpoints.read(path) for path in naming.stored(folder)[:10]],
            }
            for name, work in works.items():
                spent = [_milliseconds(work) for _ in range(options.runs)]
                took, cpu = [each[0] for each in spent], statistics.median(each[1] for each in spent)
                most = MOST.get(name)
                late |= most is not None and cpu > most
                granted = f"{most:>9.0f}" if most else ""
                print(
                    f"{name:<24}{cpu:>9.1f}{min(took):>9.1f}{statistics.median(took):>9.1f}{max(took):>9.1f}{granted}"
                )
    return int(late)


def _fill(engine: Engine, folder: Path, count: int) -> None:
    path, preview = faces.save(faces.build(engine, "face-0", [skimage.data.astronaut()]), folder)
    for number in range(1, count):
        for file in filter(None, (path, preview)):
            shutil.copy(file, folder / f"face-{number}{file.suffix}")


@contextmanager
def _served(engine: Engine) -> Iterator[Callable[[], bytes]]:
    """Asks a server of its own for the list."""
    with server.bound("127.0.0.1", 0, None) as listener:
        running = server.server(server.application(engine))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        port = listener.getsockname()[1]

        def ask() -> bytes:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/roop/v1/faces")
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            if answer.status != http.client.OK:
                raise RuntimeError(data)
            return data

        try:
            yield ask
        finally:
            running.should_exit = True
            thread.join()


def _milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of the CPU: server and client are one process."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - start) * 1000, (time.process_time() - spent) * 1000
