"""The tool that shows the kept faces."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dill
import numpy as np
import pytest

from lib_roop import faces, images
from lib_roop.engine import Engine
from lib_roop.identities import checkpoints, glances
from lib_roop.library import kept
from lib_roop.portrait import portrait
from lib_roop.provenance import verify
from lib_roop.types import Identity
from lib_roop.ui.compat import Widgets
from lib_roop.ui.tools import library, tab
from lib_roop.ui.tools.cards import pictures
from lib_roop.ui.tools.desk import Desk, Scratch
from tests.cli.running import names
from tests.fakes import RECOGNISER, FakeHost, Fakes, row
from tests.ui.fake_gradio import VERSIONS, Element, Gradio
from tests.ui.tools.desks import Page

Answer = dict[Element, Any]


@pytest.fixture(params=VERSIONS)
def gradio(request: pytest.FixtureRequest) -> Gradio:
    return Gradio(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where anna is kept, and bert&co, who has neither skin nor preview."""
    place = tmp_path / "faces"
    engine = Fakes(host=FakeHost(faces=place)).engine()
    faces.save(faces.build(engine, "anna", [row(200)]), place)
    checkpoints.write(bare(), place / "bert&co.safetensors")
    return place


@pytest.fixture
def page(gradio: Gradio, folder: Path, tmp_path: Path) -> Page:
    return Page(gradio, library, Fakes(host=FakeHost(faces=folder)), tmp_path / "outputs")


def bare(number: int = 0) -> Identity:
    return Identity(name="x", embeddings={RECOGNISER: np.eye(512, dtype=np.float32)[number]})


def listed(page: Page, part: str = "") -> Answer:
    return page.gradio.follow(page.part("face1_refresh"), "click", part)


def chosen(page: Page, number: int) -> Answer:
    cards = listed(page)[page.part("cards")]
    return page.gradio.follow(page.part("cards"), "select", SimpleNamespace(index=number), cards)


def state(page: Page, place: int) -> Element:
    """What is remembered: 0 which face is chosen, 1 which a second click would delete."""
    return [each for each in page.gradio.drawn if each.kind == "State"][place]


def test_opening_the_tool_lists_the_faces_as_cards(page: Page, folder: Path) -> None:
    answer = page.gradio.follow(page.gradio.by_id("roop_library_tool"), "select", "")
    cards = answer[page.part("cards")]
    assert [name for _, name in cards] == ["anna", "bert&co"]
    for path, _ in cards:
        assert not Path(path).is_relative_to(folder)
        assert verify.verdict(verify.verify(Path(path).read_bytes())) == verify.SPEAKS
    assert images.read(Path(cards[0][0])).rgb.shape == images.read(folder / "anna.png").rgb.shape


def test_a_preview_that_is_gone_does_not_hide_the_others(folder: Path) -> None:
    anna = kept(folder / "anna.safetensors")
    scratch = Scratch()
    (lost, name), (there, _) = pictures(scratch, [replace(anna, preview=folder / "gone.png"), anna])
    assert name == "anna" and Path(there).read_bytes() == (folder / "anna.png").read_bytes()
    assert verify.verdict(verify.verify(Path(lost).read_bytes())) == verify.SPEAKS


def test_a_part_of_a_name_finds_faces(page: Page) -> None:
    assert [name for _, name in listed(page, "NN")[page.part("cards")]] == ["anna"]
    answer = listed(page, "zz")
    assert (
        answer[page.part("cards")] == []
        and "No face is called so" in answer[page.gradio.by_id("roop_library_cards_line")]
    )


def test_of_many_faces_the_first_are_shown(page: Page, folder: Path) -> None:
    for number in range(library.MOST):
        (folder / f"c{number:02}.safetensors").write_bytes((folder / "anna.safetensors").read_bytes())
    answer = listed(page)
    assert len(answer[page.part("cards")]) == library.MOST
    assert f"{library.MOST} of {library.MOST + 2} faces" in answer[page.gradio.by_id("roop_library_cards_line")]


def test_the_page_lists_the_faces_anew_as_it_does_in_the_panels(page: Page) -> None:
    # That is the ending of the ids that window.roop.facesChanged() clicks.
    assert page.part("face1_refresh").id.endswith("face1_refresh")
    for name in ("rename", "delete"):
        assert "facesChanged" in str(page.gradio.listener(page.part(name), "click").after)


def test_a_chosen_face_says_what_it_holds_and_who_can_use_it(page: Page) -> None:
    told = chosen(page, 0)[page.part("about")]
    assert RECOGNISER in told and " pixels</td>" in told and "It can be used by the built-in engine" in told
    answer = chosen(page, 1)
    told = answer[page.part("about")]
    assert "bert&amp;co. It can be used by no engine that is here" in told and "no: it was kept without skin" in told
    assert answer[page.part("name")] == "bert&co" == answer[state(page, 0)]


def test_a_note_is_kept_and_shown_as_text(page: Page, folder: Path) -> None:
    answer = page.gradio.follow(page.part("keep"), "click", "anna", " <i>hers</i> ")
    assert answer[page.part("note")] == "<i>hers</i>" == glances.glance(folder / "anna.safetensors").record.note
    assert page.turns == 1 and "kept" in page.line(answer)
    assert "at most 1000 letters" in page.line(page.gradio.follow(page.part("keep"), "click", "anna", "x" * 1001))


def test_a_face_is_renamed(page: Page, folder: Path) -> None:
    answer = page.gradio.follow(page.part("rename"), "click", "anna", " Clara ", "")
    assert [name for _, name in answer[page.part("cards")]] == ["bert&co", "Clara"]
    assert answer[state(page, 0)] == "Clara" and names(folder) == {
        "Clara.safetensors",
        "Clara.png",
        "bert&co.safetensors",
    }
    refused = page.gradio.follow(page.part("rename"), "click", "Clara", "bert&co", "")
    assert "already" in page.line(refused) and state(page, 0) not in refused


def test_a_face_is_deleted_by_a_second_click_alone(page: Page, folder: Path) -> None:
    first = page.gradio.follow(page.part("delete"), "click", "anna", "", "")
    assert first[state(page, 1)] == "anna" and first[page.part("delete")] == {"value": "Delete anna for good"}
    assert "second click deletes anna" in page.line(first) and "anna.safetensors" in names(folder)
    assert chosen(page, 1)[state(page, 1)] == "" and chosen(page, 1)[page.part("delete")] == {"value": "Delete"}
    assert page.gradio.follow(page.part("delete"), "click", "bert&co", "anna", "")[state(page, 1)] == "bert&co"
    second = page.gradio.follow(page.part("delete"), "click", "anna", "anna", "")
    assert names(folder) == {"bert&co.safetensors"} and second[state(page, 0)] == second[state(page, 1)] == ""
    assert [name for _, name in second[page.part("cards")]] == ["bert&co"] and "anna is deleted" in page.line(second)


@pytest.mark.parametrize(("kind", "origin"), [("roop", "roop"), ("ReActor", "reactor"), ("FaceSwapLab", "faceswaplab")])
def test_a_face_is_handed_out_in_three_forms(page: Page, folder: Path, kind: str, origin: str) -> None:
    answer = page.gradio.follow(page.part("export"), "click", "anna", kind)
    path = Path(answer[page.part("file")]["value"])
    assert path.name == "anna.safetensors" and not path.is_relative_to(folder)
    assert checkpoints.read(path).origin == origin and "biometric" in page.line(answer)


@pytest.mark.parametrize(
    ("button", "given"),
    [
        ("keep", ("", "x")),
        ("rename", ("", "x", "")),
        ("delete", ("", "", "")),
        ("export", ("", "roop")),
        ("examine", ("",)),
    ],
)
def test_without_a_face_it_says_to_choose_one(page: Page, folder: Path, button: str, given: tuple[str, ...]) -> None:
    before = names(folder)
    assert library.CHOOSE in page.line(page.gradio.follow(page.part(button), "click", *given))
    assert names(folder) == before


def test_a_face_that_is_gone_is_said_to_be(page: Page, folder: Path) -> None:
    assert "There is no face &#x27;gone&#x27;" in page.line(page.gradio.follow(page.part("keep"), "click", "gone", "x"))
    assert library.CHOOSE in page.line(page.gradio.follow(page.part("cards"), "select", SimpleNamespace(index=7), []))


def test_faces_of_other_tools_are_taken_in_with_a_word_for_each(page: Page, folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "from"
    source.mkdir()
    dropped = tmp_path / "anna.pkl"
    dropped.write_bytes(dill.dumps({"embedding": bare(1).embeddings[RECOGNISER], "gender": 0, "age": 25}))
    checkpoints.write(bare(2), source / "Жанна.safetensors", kind="reactor")
    (source / "bad<b>.safetensors").write_bytes(b"no face")
    steps = list(
        page.gradio.steps(
            page.gradio.by_id("roop_library_import_run"),
            "click",
            SimpleNamespace(asked=False),
            [str(dropped)],
            str(source),
        )
    )
    results = steps[-1][page.gradio.by_id("roop_library_import_results")]
    assert "as anna-2, as its own name is taken" in results and "Жанна" in results
    assert "bad&lt;b&gt;.safetensors is no face checkpoint" in results and results.count("roop-marked") == 1
    assert "2 of 3 files" in steps[-1][page.gradio.by_id("roop_library_import_line")] and page.turns == 3
    assert {"anna-2.safetensors", "Жанна.safetensors"} < names(folder)


def test_a_page_that_others_reach_reads_no_folder(gradio: Gradio, page: Page, folder: Path, tmp_path: Path) -> None:
    checkpoints.write(bare(2), tmp_path / "from" / "clara.safetensors")
    other = Gradio(gradio.__version__)
    tab.draw(Widgets(gradio=other), replace(desk_of(page), folders=False), (library,))
    assert other.by_id("roop_library_import_folder").options["visible"] is False
    steps = other.steps(
        other.by_id("roop_library_import_run"), "click", SimpleNamespace(asked=False), None, str(tmp_path / "from")
    )
    assert "Drop files" in list(steps)[-1][other.by_id("roop_library_import_line")]
    assert "clara.safetensors" not in names(folder)


def desk_of(page: Page) -> Desk:
    engine = page.fakes.engine()
    return Desk(
        get_engine=lambda: engine,
        turn=lambda: page.lock,
        outputs=lambda: page.outputs,
        choices=lambda: pytest.fail("nobody chooses here"),
        asked=lambda _: pytest.fail("nothing reads a panel here"),
        presets=SimpleNamespace(),  # type: ignore[arg-type]
        units=1,
    )


def test_a_face_is_examined(tmp_path: Path) -> None:
    place = tmp_path / "faces"
    engine = Engine(FakeHost(faces=place))
    faces.save(faces.build(engine, "pale", [portrait(192, (236, 190, 166), (92, 60, 34))]), place)
    made: Any = SimpleNamespace(engine=lambda: engine)
    page = Page(Gradio(VERSIONS[-1]), library, made, tmp_path / "outputs")
    told = page.gradio.follow(page.part("examine"), "click", "pale")[page.part("about")]
    assert "A test swap onto a drawn head by the built-in engine is like the face by 0." in told and page.turns == 1
