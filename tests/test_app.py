"""roop's own page as a server gives it; tests/browser clicks on it."""

import base64
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.errors import InputError
from tests.api.serving import Served, serving
from tests.fakes import FakeHost, Fakes, row

pytestmark = pytest.mark.filterwarnings("ignore")
BASIC = {"Authorization": f"Basic {base64.b64encode(b'anna:secret').decode()}"}


@pytest.fixture
def app() -> Iterator[Any]:
    """The module, if there is a gradio for it; what that leaves open is gone before the next test."""
    yield pytest.importorskip("lib_roop.app", reason="gradio 6 is not installed", exc_type=ImportError)
    gc.collect()


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(host=FakeHost(folders=(tmp_path / "models",), faces=tmp_path / "faces"))


@pytest.fixture
def page(app: Any, fakes: Fakes) -> Iterator[Served]:
    with serving(app.application(fakes.engine())) as served:
        yield served


@pytest.fixture
def guarded(app: Any, fakes: Fakes) -> Iterator[Served]:
    with serving(app.application(fakes.engine(), {"anna": "secret"})) as served:
        yield served


def test_the_page_and_the_api_are_one_server(page: Served) -> None:
    shown = page.get("/")
    assert shown.status == 200 and b"roop_pictures_swap" in shown.data
    assert page.get("/roop/v1/version").body["api"] == "v1"


def test_browsers_are_told_to_fetch_nothing_from_elsewhere(page: Served) -> None:
    for path in ("/", "/roop/v1/version"):
        policy = page.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy and "http" not in policy and "*" not in policy


def test_no_other_name_reaches_the_page_of_this_machine(page: Served) -> None:
    assert page.get("/", Host="rebound.example").status == 400


def test_with_accounts_nobody_sees_the_page_without_one(guarded: Served) -> None:
    assert b"roop_pictures_swap" not in guarded.get("/").data
    assert guarded.get("/config").status == 401
    assert guarded.get("/roop/v1/version").status == 401
    assert guarded.get("/roop/v1/version", **BASIC).status == 200


def test_sources_are_pictures_and_folders_on_this_machine_alone(app: Any, fakes: Fakes, tmp_path: Path) -> None:
    folder, uploads = tmp_path / "people", tmp_path / "uploads"
    for place in (folder, uploads):
        place.mkdir()
        images.write(images.read(row(10)), place / "a.png")
    here = app.desk(fakes.engine(), threading.Lock())
    there = app.desk(fakes.engine(), threading.Lock(), uploads)
    asked = {"units": [{"source": [str(folder)]}]}
    assert here.asked(asked).units[0].source == (str(folder),)
    for given in (folder, folder / "a.png", uploads / ".." / "people" / "a.png"):
        with pytest.raises(InputError, match="takes no folders"):
            there.asked({"units": [{"source": [str(given)]}]})
    assert there.asked({"units": [{"source": [str(uploads / "a.png")]}]}).units


def test_a_reference_picture_is_called_so(app: Any, fakes: Fakes) -> None:
    desk = app.desk(fakes.engine(), threading.Lock())
    (unit,) = desk.asked({"units": [{"source": [Pillow.fromarray(row(10))]}]}).units
    assert unit.source[0].name == app.REFERENCE


def test_it_says_which_engine_swaps(app: Any, fakes: Fakes) -> None:
    assert "built-in" in app.which_engine(fakes.engine()) and "Models" in app.which_engine(fakes.engine())
