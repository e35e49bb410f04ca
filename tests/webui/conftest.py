"""A web UI of every flavour, with roop in it; the job of a test begins with `studio.job(...)`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webui.flavours import A1111, FLAVOURS, SDNEXT, Flavour
from tests.webui.host import Webui
from tests.webui.studio import Studio


def _studio(flavour: Flavour, folder: Path) -> Iterator[Studio]:
    with Webui(flavour, folder).running() as webui:
        yield Studio(webui)
        assert not webui.reported, "nothing may get out of roop"


@pytest.fixture(params=FLAVOURS, ids=lambda flavour: flavour.name)
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    """roop in each host."""
    yield from _studio(request.param, tmp_path)


@pytest.fixture(params=[each for each in FLAVOURS if each.composites], ids=lambda flavour: flavour.name)
def compositing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    """roop in each host that calls it after pasting."""
    yield from _studio(request.param, tmp_path)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """roop in the host that the others come from."""
    yield from _studio(A1111, tmp_path)


@pytest.fixture
def sdnext(tmp_path: Path) -> Iterator[Studio]:
    """roop in the host that differs most."""
    yield from _studio(SDNEXT, tmp_path)
