"""The API on fakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib_roop.api import server
from tests.api.serving import Served, serving
from tests.fakes import FakeHost, Fakes


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(host=FakeHost(folders=(tmp_path / "models",), faces=tmp_path / "faces"))


@pytest.fixture
def roop(fakes: Fakes) -> Iterator[Served]:
    with serving(server.application(fakes.engine())) as served:
        yield served
