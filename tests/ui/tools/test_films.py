"""Swapping films on a page: what they are, their hardest frame, the result, stopping and going on."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av")

from PIL import Image as Pillow

from lib_roop.options import describe
from lib_roop.options.film import FilmOptions
from lib_roop.provenance import verify
from lib_roop.ui.tools import films
from lib_roop.ui.tools.frame import Stop
from lib_roop.video import clip, colours, decoding
from lib_roop.video.encoders import CONTAINERS
from tests import clips
from tests.fakes import FakeGate, FakeRestorer, Fakes, Person, drawn, people, row
from tests.ui.fake_gradio import VERSIONS, Element
from tests.ui.tools.pages import Page, made

EXACT = clips.Kind(codec="libx265", pixel_format="gbrp", matrix=0)
"""Keeps the colours by which the fakes know people."""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return made(VERSIONS[-1], tmp_path)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return walk(tmp_path)


def walk(folder: Path, count: int = 24) -> Path:
    """Person 10 walks to the right."""
    frames = [drawn(Person((6 + 2 * at, 20, 20), 10), size=(60, 160)) for at in range(count)]
    return clips.film(folder / "walk.mkv", frames, EXACT)


def person(number: int) -> Pillow.Image:
    return Pillow.fromarray(row(number))


def seen(path: Path) -> list[Any]:
    read = clip.probe(path)
    return [colours.seen(frame, read) for frame in decoding.frames(read)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_film_is_swapped_whole_and_marked_and_offered(version: str, tmp_path: Path) -> None:
    page = made(version, tmp_path)
    *steps, last = page.made(walk(tmp_path), person(200))
    (name,) = page.outputs
    assert re.fullmatch(r"[0-9a-f]{8}_walk\.mkv", name), "it says source and target"
    result = tmp_path / "outputs" / name
    assert [people(frame) for frame in seen(result)] == [[200]] * 24
    assert any(mark.discloses for mark in verify.verify(result))
    assert str(result) in page.line(last) and Path(last[page.part("file")]["value"]).read_bytes() == result.read_bytes()
    report = last[page.part("report")]
    assert "24 frames, 24 faces" in report and "ffv1" in report and "Jitter" in report
    assert last[page.part("player")] == {"value": None, "visible": False}, "no browser plays it"
    assert all("<progress" in page.line(step) for step in steps)


def test_what_browsers_play_is_shown_to_them(page: Page) -> None:
    film = clips.film(page.folder / "plain.avi", [row(255)] * 3, clips.Kind(codec="mpeg4"))
    *_, last = page.made(film, person(200), encoder="libx264", kind="mp4")
    assert last[page.part("player")] == last[page.part("file")]
    assert Path(last[page.part("player")]["value"]).suffix == ".mp4"


def test_what_a_film_is_stands_below_it(page: Page, film: Path) -> None:
    told = page.gradio.follow(page.part("film"), "change", str(film), "")[page.part("facts")]
    assert "160 x 60" in told and "about 24 frames" in told and "hevc" in told and "25" in told
    untagged = clips.film(page.folder / "hd.mp4", [np.zeros((720, 160, 3), np.uint8)] * 2, clips.Kind(tagged=False))
    assert (
        "BT.709 is assumed"
        in page.gradio.follow(page.part("path"), "submit", None, f'"{untagged}"')[page.part("facts")]
    )
    assert page.gradio.follow(page.part("film"), "change", None, "")[page.part("facts")] == ""


def test_what_is_missing_or_no_film_is_said(page: Page, film: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    assert films.NO_FILM in page.line(page.made(None, person(200))[-1])
    assert "Give a face its picture first" in page.line(page.made(film, None)[-1])
    assert "cannot be read as a film" in page.line(page.made(tmp_path / "text.mp4", person(200))[-1])
    assert "trim" in page.line(page.made(film, person(200), trim="9-1")[-1])
    assert "nothing" not in page.outputs


def stopped_after(page: Page, film: Path, frames: int) -> dict[Element, Any]:
    """What the page says when it was stopped once so many frames are there."""
    stopping = Stop()
    answers = page.gradio.steps(page.part("run"), "click", stopping, *page.given(film, person(200)))
    said = []
    for answer in answers:
        said.append(answer)
        manifest = next((page.folder / "outputs").rglob("manifest.jsonl"), None)
        if manifest and manifest.read_bytes().count(b"\n") > frames // 10:
            page.gradio.listener_of(page.part("run_stop"), "click", 1).act(stopping)
    return said[-1]


def slow(page: Page) -> None:
    """Every frame takes a while from now on."""
    detect, pause = page.fakes.detector.detect, threading.Event()
    page.fakes.detector.detect = lambda *given: (pause.wait(0.06), detect(*given))[1]  # type: ignore[method-assign]


def test_a_film_that_was_stopped_is_gone_on_with(page: Page, tmp_path: Path) -> None:
    film = walk(tmp_path, 40)
    slow(page)
    said = page.line(stopped_after(page, film, 10))
    assert "goes on from there" in said
    assert page.outputs == ["unfinished"]
    again = tmp_path / "again"
    again.mkdir()
    *_, last = page.made(film.rename(again / "walk.mkv"), person(200))
    assert re.search(r"\d+ of the film\S+ frames were there", last[page.part("report")])
    (name,) = page.outputs
    assert len(seen(tmp_path / "outputs" / name)) == 40, "nothing unfinished is left"


def test_what_the_host_interrupts_is_said_and_kept(page: Page, tmp_path: Path) -> None:
    slow(page)
    answers = page.gradio.steps(page.part("run"), "click", Stop(), *page.given(walk(tmp_path, 60), person(200)))
    said = []
    for answer in answers:
        said.append(page.line(answer))
        page.fakes.host.stop = page.fakes.host.stop or next(tmp_path.rglob("manifest.jsonl"), None) is not None
    assert "goes on from there" in said[-1] and "frames are kept" in said[-1]
    page.fakes.host.stop = False
    *_, last = page.made(tmp_path / "walk.mkv", person(200))
    assert "60 frames, 60 faces" in last[page.part("report")], "no frame was taken that the interruption left as it was"


def test_the_same_film_is_made_once_at_a_time(page: Page, tmp_path: Path) -> None:
    film = walk(tmp_path, 80)
    slow(page)
    first: Iterator[Any] = page.gradio.listener(page.part("run"), "click").act(Stop(), *page.given(film, person(200)))
    with closing(first):  # type: ignore[type-var]
        while not next((page.folder / "outputs").rglob("manifest.jsonl"), None):
            next(first)
        assert "being made" in page.line(page.made(film, person(200))[-1])
    assert page.outputs == ["unfinished"]


def test_others_get_their_turn_while_a_film_is_made(page: Page, tmp_path: Path) -> None:
    slow(page)
    turns = 0
    lock = page.desk.turn()
    for _ in page.gradio.steps(page.part("run"), "click", Stop(), *page.given(walk(tmp_path, 60), person(200))):
        with lock:
            turns += 1
    assert turns > 3


def test_what_the_gate_refuses_leaves_nothing(tmp_path: Path, film: Path) -> None:
    page = made(VERSIONS[0], tmp_path, fakes=Fakes(gate=FakeGate(refuses=1)))
    assert "must not" in page.line(page.made(film, person(200))[-1])
    assert not list((tmp_path / "outputs").rglob("*.nut")) and page.outputs in ([], ["unfinished"])


def test_the_hardest_frame_is_shown_marked(page: Page, film: Path) -> None:
    *_, last = page.gradio.steps(page.part("preview"), "click", Stop(), *page.given(film, person(200)))
    shown = Path(last[page.part("frame")]["value"])
    assert any(mark.discloses for mark in verify.verify(shown)) and "The hardest" in page.line(last)
    assert page.outputs == []


def test_faces_are_only_restored_where_that_is_wanted(tmp_path: Path, film: Path) -> None:
    fakes = Fakes()
    fakes.host.own_restorers = {"blue": FakeRestorer()}
    page = made(VERSIONS[-1], tmp_path, fakes=fakes)
    given = page.given(film, None, films.ENHANCE)
    *_, last = page.gradio.steps(page.part("run"), "click", Stop(), *given)
    assert page.outputs == ["walk_enhanced.mkv"] and "24 frames" in last[page.part("report")]
    named = page.gradio.follow(page.part("what"), "change", films.ENHANCE)
    assert named[page.part("run")]["value"] == "Restore film"


def test_a_film_in_which_nobody_is_found_is_said(page: Page, tmp_path: Path) -> None:
    empty = clips.film(tmp_path / "empty.mkv", [np.zeros((60, 160, 3), np.uint8)] * 3, EXACT)
    *_, last = page.made(empty, person(200))
    assert "In no frame of empty.mkv a face was swapped" in page.line(last)


def test_faces_of_a_frame_are_numbered(page: Page, tmp_path: Path) -> None:
    late = [drawn(size=(60, 160))] * 6 + [drawn(Person((20, 20, 20), 10), size=(60, 160))] * 6
    film = clips.film(tmp_path / "late.mkv", late, EXACT)
    show = page.gradio.by_id("roop_films_who_show_faces")
    chosen = [str(film), "", films.AS_THE_FILM, *(entry.default for entry in describe(FilmOptions))]
    answer = page.gradio.follow(show, "click", -1, 1, *chosen, *page.given(film, None)[len(chosen) + 1 :])
    assert "Face 0" in page.line(answer) and answer[page.part("seen")]["visible"]


def test_whom_others_can_reach_names_no_path(tmp_path: Path, film: Path) -> None:
    page = made(VERSIONS[-1], tmp_path, folders=False)
    ids = {each.id for each in page.gradio.drawn}
    assert "roop_films_path" not in ids and not [name for name in ids if name.startswith("roop_films_folder")]
    *_, last = page.made(film, person(200))
    assert str(tmp_path / "outputs") not in page.line(last) and "folder of outputs" in page.line(last)


def test_every_kind_of_file_that_can_be_written_can_be_chosen() -> None:
    assert {f".{kind}" for kind in films.KINDS[1:]} == set(CONTAINERS) - {".m4v"}


def test_without_its_package_films_say_how_to_get_it(film: Path) -> None:
    words = "import sys; sys.modules['av'] = None; from pathlib import Path; from lib_roop.ui.tools import footage; "
    done = subprocess.run(
        [sys.executable, "-c", f"{words}footage.probed(Path({str(film)!r}))"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "ModelError: Films need the package av" in done.stderr


def test_drawing_the_tab_loads_nothing_that_films_need() -> None:
    words = (
        "import sys; from tests.ui.tools.desks import Page; from tests.ui.fake_gradio import Gradio; "
        "from lib_roop.ui.tools import films; from tests.fakes import Fakes; from pathlib import Path; "
        "Page(Gradio('4.40.0'), films, Fakes(), Path('nowhere')); "
        "print([name for name in sys.modules if name == 'av' or name.startswith(('lib_roop.video', 'lib_roop.batch'))])"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_documented_ids_are_those_of_the_tool(page: Page) -> None:
    text = (ROOT / "docs" / "webui-ids.md").read_text(encoding="utf-8").partition("## The tool")[2]
    named = {f"roop_{name}" for name in re.findall(r"`(films_\w+[a-z])`", text)}
    drawn = {each.id for each in page.gradio.drawn if each.id.startswith("roop_films_")}
    assert named == {name for name in drawn if not name.startswith("roop_films_who_")}


def test_a_host_that_has_errors_of_the_library_told_is_not_stuck(film: Path) -> None:
    """As torchvision does."""
    words = (
        "import av; av.logging.set_level(av.logging.ERROR); from pathlib import Path; "
        f"from lib_roop.ui.tools import footage; footage.probed(Path({str(film)!r})); "
        "assert av.logging.get_level() is None"
    )
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, timeout=60)
