"""Facts about roop in a running web UI, named by ROOP_HOST_URL (http://127.0.0.1:7860); see README.md."""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from matplotlib import cbook
from PIL import Image as Pillow

from tests.hosts.client import SIZE, Host, Made, sent
from tests.hosts.page import CHROMIUM, Tab


@pytest.fixture(scope="session")
def host() -> Host:
    url = os.environ.get("ROOP_HOST_URL")
    if not url:
        pytest.skip("ROOP_HOST_URL")
    return Host(url.rstrip("/"))


@pytest.fixture(scope="session")
def astronaut() -> Pillow.Image:
    data = pytest.importorskip("skimage.data")
    return Pillow.fromarray(data.astronaut())


@pytest.fixture(scope="session")
def hopper() -> Pillow.Image:
    with Pillow.open(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))) as picture:
        return picture.convert("RGB")


@pytest.fixture(scope="session")
def group() -> Pillow.Image:
    """Six people, as the web UI's jobs show them."""
    spec = importlib.util.find_spec("insightface")
    if spec is None or spec.origin is None:
        pytest.skip("insightface")
    with Pillow.open(Path(spec.origin).parent / "data" / "images" / "t1.jpg") as picture:
        return picture.convert("RGB").resize(SIZE, Pillow.Resampling.LANCZOS)


@pytest.fixture(scope="session")
def unit(astronaut: Pillow.Image) -> dict[str, Any]:
    """The astronaut's face for everybody."""
    return {"source": [sent(astronaut)], "target_faces": "all"}


@pytest.fixture(scope="session")
def plain(host: Host) -> Made:
    """The group as it is generated."""
    return host.txt2img()


@pytest.fixture
def written() -> Callable[[], Sequence[Path]]:
    """The picture files that the web UI wrote since the test began, where its outputs are at hand."""
    folder = os.environ.get("ROOP_HOST_FILES")
    if not folder:
        pytest.skip("ROOP_HOST_FILES")

    def all_of_them() -> set[Path]:
        return {path for path in Path(folder).rglob("*") if path.suffix in {".png", ".jpg", ".webp"}}

    before = all_of_them()
    return lambda: sorted(all_of_them() - before)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright")
    if not Path(CHROMIUM).is_file():
        pytest.skip("chromium")
    with playwright.sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def tab(host: Host, browser: Any) -> Iterator[Tab]:
    """The page's tab txt2img, roop's accordion open and on."""
    yield from _tab(host, browser, "txt2img")


@pytest.fixture(scope="module")
def img2img(host: Host, browser: Any) -> Iterator[Tab]:
    """The page's tab img2img, roop's accordion open and on."""
    yield from _tab(host, browser, "img2img")


def _tab(host: Host, browser: Any, name: str) -> Iterator[Tab]:
    page = browser.new_page(viewport={"width": 1500, "height": 2300})
    page.set_default_timeout(120_000)
    drawn = Tab(page, host.url)
    drawn.open(name)
    drawn.switch_on()
    yield drawn
    page.close()


@pytest.fixture
def kept() -> Iterator[Callable[[bytes], str]]:
    """Puts a file among the kept faces (ROOP_HOST_FACES), and takes it away again; the name that it has there."""
    folder = os.environ.get("ROOP_HOST_FACES")
    if not folder:
        pytest.skip("ROOP_HOST_FACES")
    path = Path(folder) / "roop-tests-hostile.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)

    def put(content: bytes) -> str:
        path.write_bytes(content)
        return path.stem

    yield put
    path.unlink(missing_ok=True)
