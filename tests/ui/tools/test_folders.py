"""A folder of pictures, gone through on a page that only this machine reaches."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.options import describe
from lib_roop.options.film import FolderOptions
from lib_roop.provenance import verify
from lib_roop.ui.fields import REFERENCE, UNIT, Field, defaults, fields
from lib_roop.ui.tools import films
from lib_roop.ui.tools.frame import Stop
from tests.fakes import FakeRestorer, Fakes, people, row
from tests.ui.fake_gradio import VERSIONS, Element
from tests.ui.tools.pages import UNITS, Page, made


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return made(VERSIONS[-1], tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of them in a folder of its own, one that is none, and a film."""
    (tmp_path / "in" / "more").mkdir(parents=True)
    Pillow.fromarray(row(10)).save(tmp_path / "in" / "a.png")
    Pillow.fromarray(row(20, 30)).save(tmp_path / "in" / "more" / "b.png")
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture")
    (tmp_path / "in" / "film.mp4").write_bytes(b"a film")
    return tmp_path / "in"


def gone_through(page: Page, target: Any, output: Any, source: Any, **options: Any) -> list[dict[Element, Any]]:
    what = options.pop("what", films.SWAP)
    chosen = [options.get(entry.name, entry.default) for entry in describe(FolderOptions)]
    fresh = defaults(UNITS)
    panel = [source if field == Field(UNIT, 1, REFERENCE) else fresh[field] for field in fields(UNITS)]
    given = [str(target), str(output), *chosen, what, *panel]
    return list(page.gradio.steps(page.part("folder_run"), "click", Stop(), *given))


def line(page: Page, answer: dict[Element, Any]) -> str:
    return str(answer[page.part("folder_line")])


def test_every_picture_is_swapped_and_a_bad_one_is_a_row(page: Page, folder: Path, tmp_path: Path) -> None:
    *_, last = gone_through(page, f'"{folder}"', tmp_path / "out", Pillow.fromarray(row(200)))
    results = tmp_path / "out"
    assert people(images.read(results / "a.png").rgb) == [200]
    assert people(images.read(results / "more" / "b.png").rgb) == [200, 30]
    assert any(mark.discloses for mark in verify.verify(results / "a.png"))
    shown = last[page.part("folder_table")]
    assert "bad.png" in shown and "failed" in shown and "1 of 2" in shown
    assert "film.mp4" in line(page, last) and str(results) in line(page, last) and "2 swapped" in line(page, last)


def test_what_is_there_already_is_not_made_again(page: Page, folder: Path, tmp_path: Path) -> None:
    gone_through(page, folder, tmp_path / "out", Pillow.fromarray(row(200)))
    before = (tmp_path / "out" / "a.png").stat().st_mtime_ns
    *_, last = gone_through(page, folder, tmp_path / "out", Pillow.fromarray(row(200)))
    assert "2 unchanged" in line(page, last) and (tmp_path / "out" / "a.png").stat().st_mtime_ns == before


def test_without_a_name_results_lie_among_the_outputs(page: Page, folder: Path, tmp_path: Path) -> None:
    gone_through(page, folder, "", Pillow.fromarray(row(200)), names="{source}_{name}", every=3.0)
    assert len(list((tmp_path / "outputs" / "in").glob("*.png"))) == 1


def test_faces_are_only_restored_where_that_is_wanted(folder: Path, tmp_path: Path) -> None:
    fakes = Fakes()
    fakes.host.own_restorers = {"blue": FakeRestorer()}
    page = made(VERSIONS[0], tmp_path, fakes=fakes)
    *_, last = gone_through(page, folder, tmp_path / "out", None, what=films.ENHANCE)
    assert "2 enhanced" in line(page, last)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (("", "out"), "Name a folder"),
        (("nowhere", "out"), "is no folder"),
        (("in", "in/a.png"), "is a file"),
        (("in", "in"), "written over"),
        (("in/empty", "out"), "holds no picture"),
    ],
)
def test_what_does_not_fit_is_said(page: Page, folder: Path, places: tuple[str, str], said: str) -> None:
    (folder / "empty").mkdir()
    target, output = (str(folder.parent / place) if place else "" for place in places)
    *_, last = gone_through(page, target, output, Pillow.fromarray(row(200)))
    assert said in line(page, last)


def test_results_are_not_put_among_the_sources(page: Page, folder: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    Pillow.fromarray(row(200)).save(sources / "s.png")
    *_, last = gone_through(page, folder, sources, str(sources))
    assert "results become sources" in line(page, last) and len(list(sources.iterdir())) == 1


def test_it_stops_between_pictures_when_the_host_does(page: Page, folder: Path, tmp_path: Path) -> None:
    page.fakes.host.stop = True
    *_, last = gone_through(page, folder, tmp_path / "out", Pillow.fromarray(row(200)))
    assert "goes on from there" in line(page, last)
    page.fakes.host.stop = False
    *_, last = gone_through(page, folder, tmp_path / "out", Pillow.fromarray(row(200)))
    assert people(images.read(tmp_path / "out" / "a.png").rgb) == [200]
