"""roop swap and roop enhance of films, from the command line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("av")

from lib_roop.provenance.verify import verify
from lib_roop.types import Image
from lib_roop.video import clip as clips_of
from lib_roop.video import colours, decoding
from tests import clips
from tests.cli.running import Run, names, save
from tests.clips import Kind
from tests.fakes import FakeGate, Fakes, Person, drawn, people, row

EXACT = Kind(codec="libx265", pixel_format="gbrp", matrix=0, sounds=("aac",))
"""Keeps the colours by which the fakes know people."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """who.png is the source; somebody walks in film.mkv, and nobody is in empty.mkv."""
    save(tmp_path / "who.png", row(200))
    walk = [drawn(Person((6 + 2 * at, 20, 20), 10), size=(60, 160)) for at in range(12)]
    clips.film(tmp_path / "film.mkv", walk, EXACT)
    clips.film(tmp_path / "empty.mkv", [drawn(size=(60, 160))] * 6, EXACT)
    return tmp_path


def words(folder: Path, *more: object, target: str = "film.mkv") -> Sequence[object]:
    return "swap", "--workers", 2, "--source", folder / "who.png", "--target", folder / target, *more


def seen(path: Path) -> list[Image]:
    clip = clips_of.probe(path)
    return [colours.seen(frame, clip) for frame in decoding.frames(clip)]


def test_a_film_is_swapped_beside_it_and_says_so(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--encoder", "ffv1", "--report", folder / "report.json"))
    assert ended.code == 0 and ended.out.splitlines()[-1] == str(folder / "who_film.mkv")
    assert "12 frames, 12 of them with 12 altered faces" in ended.out
    assert [people(image) for image in seen(folder / "who_film.mkv")] == [[200]] * 12
    assert any(mark.discloses for mark in verify(folder / "who_film.mkv"))
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["results"][0]["frames_swapped"] == 12 and report["results"][0]["marks"]
    assert names(folder) == {"who.png", "film.mkv", "empty.mkv", "who_film.mkv", "report.json"}


def test_the_json_says_what_was_done(run_with: Run, folder: Path) -> None:
    ended = run_with(
        Fakes().engine(), *words(folder, "--output", folder / "out.mkv", "--encoder", "ffv1", "--json", "-")
    )
    body = json.loads(ended.out)
    assert (body["frames"], body["faces_swapped"], body["dropouts"]) == (12, 12, 0)
    assert body["encoding"]["codec"] == "ffv1" and body["film"]["size"] == [160, 60]


def test_a_preview_is_a_marked_picture_and_no_film(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--preview", folder / "hard.png"))
    assert ended.code == 0 and "the hardest frame is at 0:0" in ended.out
    assert any(mark.discloses for mark in verify(folder / "hard.png"))
    assert names(folder) == {"who.png", "film.mkv", "empty.mkv", "hard.png"}


def test_a_film_without_a_face_is_said(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--output", folder / "out.mkv", target="empty.mkv"))
    assert ended.code == 3 and "In no frame of empty.mkv" in ended.err
    assert names(folder) == {"who.png", "film.mkv", "empty.mkv"}


def test_a_refused_film_leaves_nothing(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes(gate=FakeGate(refuses=2)).engine(), *words(folder, "--output", folder / "out.mkv"))
    assert ended.code == 4 and "of the film" in ended.err
    assert names(folder) == {"who.png", "film.mkv", "empty.mkv"}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_a_film_that_is_only_enlarged_is_written_in_every_container(run_with: Run, folder: Path, suffix: str) -> None:
    typed = "enhance", "--target", folder / "film.mkv", "--restorer", "none", "--upscaler", "lanczos", "--scale", 2
    ended = run_with(Fakes().engine(), *typed, "--output", folder / f"out{suffix}")
    assert ended.code == 0, ended.err
    marks = verify(folder / f"out{suffix}")
    assert any("algorithmicallyEnhanced" in mark.value for mark in marks)
    assert not any(mark.kind == "AI system" for mark in marks)


def test_a_film_is_enhanced(run_with: Run, folder: Path) -> None:
    typed = "enhance", "--target", folder / "film.mkv", "--restorer", "none", "--upscaler", "lanczos", "--scale", 2
    ended = run_with(Fakes().engine(), *typed)
    assert ended.code == 0, ended.err
    clip = clips_of.probe(folder / "film_enhanced.mkv")
    assert clip.upright == (320, 120) and clip.audio == ("aac",)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--output", "out.xyz"), "Films are written as"),
        (("--output", "film.mkv"), "would be lost"),
        (("--encoder", "libx246"), "did you mean"),
        (("--trim", "3-1"), "ends before it begins"),
        (("--trim", "9-"), "trim begins at 9 s"),
        (("--fps", "-1"), "fps goes from 0 to 1000"),
        (("--preview", "hard.mp4"), "hard.mp4"),
    ],
)
def test_what_cannot_be_is_one_sentence(run_with: Run, folder: Path, more: tuple[str, str], sentence: str) -> None:
    option, value = more
    ended = run_with(Fakes().engine(), *words(folder, option, folder / value if "." in value else value))
    assert ended.code == 2 and sentence in ended.err and len(ended.err.splitlines()) <= 2
    assert names(folder) == {"who.png", "film.mkv", "empty.mkv"}


def test_options_of_films_are_for_films(run_with: Run, folder: Path) -> None:
    ended = run_with(Fakes().engine(), *words(folder, "--fps", 25, target="who.png"))
    assert ended.code == 2 and "--workers is for a film" in ended.err
