"""Pictures that follow each other as films, and films as pictures."""

from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.errors import FilmError, Refused
from lib_roop.options import SwapUnit
from lib_roop.options.film import FilmOptions
from lib_roop.provenance.verify import verify
from lib_roop.types import Image
from lib_roop.video import animations, stills
from lib_roop.video.animations import Footage, Outcome
from lib_roop.video.rendering import Plant
from lib_roop.video.treating import Swapping
from tests.fakes import FakeGate, Fakes, Person, drawn, people, row

needs_av = pytest.mark.skipif(find_spec("av") is None, reason="films need av")
PLANT = Plant(workers=2, ahead=3)
PLAIN = FilmOptions(segment=10)


def never() -> bool:
    return False


def quiet(_done: int, _of: int) -> None:
    """Shows nothing."""


def walk(count: int) -> list[Image]:
    return [drawn(Person((5 + 2 * at, 20, 20), 10), size=(60, 160)) for at in range(count)]


def sequence(folder: Path, count: int = 12, *, deep: bool = False, first: int = 1) -> Path:
    """Files 00001.png and so on; deep: of 16 bits, whose low bytes are a pattern."""
    folder.mkdir()
    for number, picture in enumerate(walk(count), first):
        pixels = picture.astype(np.uint16) * 257 if deep else picture
        if deep:
            pixels[:10] += np.arange(160, dtype=np.uint16)[:, None]
        cv2.imwrite(str(folder / f"{number:05d}.png"), pixels[..., ::-1])
    return folder / "%05d.png"


def treatment(fakes: Fakes | None = None) -> Swapping:
    return Swapping((fakes or Fakes()).engine(), [SwapUnit(source=(row(200),))])


def into_pictures(
    target: Path | Footage, output: Path, options: FilmOptions = PLAIN, fakes: Fakes | None = None
) -> Outcome:
    footage = target
    if isinstance(footage, Path):
        footage = animations.footage(stills.reel(str(target), options.fps), options, output)
    order = animations.Order(footage=footage, treatment=treatment(fakes), options=options, output=output)
    return animations.made(order, PLANT, never, quiet)


def test_a_pattern_names_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", 12, first=99_995)
    (tmp_path / "in" / "1.png").write_bytes(b"no number of five")
    reel = stills.reel(str(pattern), 12)
    assert [path.name for path in reel.files[4:6]] == ["99999.png", "100000.png"]
    assert (len(reel.files), reel.size) == (12, (160, 60)) and reel.rate == 12


def test_a_folder_is_a_film_in_the_order_of_its_names(tmp_path: Path) -> None:
    sequence(tmp_path / "in", 3)
    (tmp_path / "in" / "notes.txt").write_text("none")
    reel = stills.reel(str(tmp_path / "in"))
    assert [path.name for path in reel.files] == ["00001.png", "00002.png", "00003.png"]
    assert reel.rate == 25 and "--fps says otherwise" in reel.notes[0]


def test_pictures_that_are_none_or_unlike_are_named(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", 3)
    with pytest.raises(FilmError, match="There is no picture"):
        stills.reel(str(tmp_path / "none" / "%d.png"))
    Pillow.new("RGB", (80, 60)).save(tmp_path / "in" / "00002.png")
    with pytest.raises(FilmError, match=r"00002\.png has 80x60 pixels.*160x60; make them alike"):
        list(stills.reel(str(pattern)).stills())


def test_sixteen_bits_and_metadata_stay_and_every_picture_is_marked(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", deep=True)
    outcome = into_pictures(pattern, tmp_path / "new" / "out" / "%03d.png")
    files = sorted((tmp_path / "new" / "out").iterdir())
    assert [path.name for path in files] == [f"{number:03d}.png" for number in range(1, 13)]
    for number, path in enumerate(files, 1):
        old, new = images.read(tmp_path / "in" / f"{number:05d}.png"), images.read(path)
        assert new.pixels.dtype == np.uint16 and people(new.rgb) == [200]
        nobody = old.rgb[..., 0] == 0
        nobody[10:] &= old.rgb[10:, :, 1] == 0
        assert (new.pixels[nobody] == old.pixels[nobody]).all()
        assert any(mark.kind == "AI system" for mark in verify(path))
    assert outcome.first == files[0] and outcome.tally.frames == 12


def test_a_grey_picture_stays_grey(tmp_path: Path) -> None:
    still = stills.Still(
        picture=images.read(np.full((20, 30), 40_000, np.uint16)), number=0, begin=Fraction(0), duration=Fraction(1)
    )
    before = still.seen()
    after = before.copy()
    after[5:10, 5:10] = (before[0, 0] + np.array([10, 10, 10])).astype(np.uint8)
    painted = still.painted(before, after, [(0, 0, 20, 15)])
    assert painted.pixels.shape == (20, 30) and painted.pixels.dtype == np.uint16
    assert painted.pixels[0, 0] == 40_000 and painted.pixels[6, 6] == 40_000 + 10 * 257


def test_a_refusal_takes_back_what_it_wrote(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", 40)
    with pytest.raises(Refused):
        into_pictures(pattern, tmp_path / "out" / "%d.png", FilmOptions(fps=10), Fakes(gate=FakeGate(refuses=7)))
    assert list((tmp_path / "out").iterdir()) == []


def test_pictures_are_never_written_over_their_own_sources(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", 3)
    with pytest.raises(FilmError, match="written over the target"):
        into_pictures(pattern, tmp_path / "in" / "%d.png")


def test_a_sequence_becomes_an_animation_and_back(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in")
    outcome = into_pictures(pattern, tmp_path / "a.gif", FilmOptions(fps=20))
    reel = stills.reel(str(outcome.path))
    assert (len(reel.durations), reel.plays) == (12, 0) and reel.rate == 20
    deep = into_pictures(sequence(tmp_path / "deep", 3, deep=True), tmp_path / "deep.png")
    assert animations.SHALLOW in deep.notes and not stills.reel(str(deep.path)).clear
    into_pictures(tmp_path / "a.gif", tmp_path / "%02d.tif")
    assert people(images.read(tmp_path / "12.tif").rgb) == [200]


def into_film(target: Path, output: Path, options: FilmOptions = PLAIN, stop: int = 0) -> list[float]:
    """The seconds of the frames of the film that is made; stopped first after `stop` frames, if that is not 0."""
    from lib_roop.video import clip as clips_of
    from lib_roop.video import decoding, film, pictured

    clip = pictured.clip(stills.reel(str(target), options.fps), clear=output.suffix == ".webm")
    way = treatment()
    order = film.Order(clip=clip, treatment=way, key=way.key, options=options, output=output)
    if stop:
        done: list[int] = []
        with pytest.raises(film.Stopped):
            film.made(order, PLANT, lambda: len(done) >= stop, lambda count, _of: done.append(count))
        assert film.kept(order) == stop // options.segment * options.segment
    film.made(order, PLANT, never, quiet)
    made = clips_of.probe(output)
    return [float(((frame.pts or 0) - made.start) * made.time_base) for frame in decoding.frames(made)]


@needs_av
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_an_animation_becomes_a_film_with_its_times(tmp_path: Path, suffix: str) -> None:
    first, *others = map(Pillow.fromarray, walk(24))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=[40, 50, 60, 70] * 6)
    times = into_film(tmp_path / "a.gif", tmp_path / f"b{suffix}")
    assert times[:6] == pytest.approx([0.0, 0.04, 0.09, 0.15, 0.22, 0.26]) and len(times) == 24
    assert any(mark.kind == "AI system" for mark in verify(tmp_path / f"b{suffix}"))


@needs_av
def test_a_sequence_becomes_a_film_that_a_stopped_run_goes_on_with(tmp_path: Path) -> None:
    pattern = sequence(tmp_path / "in", 34)
    times = into_film(pattern, tmp_path / "a.mp4", FilmOptions(fps=12, segment=10, trim="0.5-"), stop=13)
    assert times == pytest.approx([number / 12 for number in range(28)], abs=1e-3)


@needs_av
def test_transparency_goes_into_films_that_hold_it_and_is_white_in_others(tmp_path: Path) -> None:
    from lib_roop.video import clip as clips_of
    from lib_roop.video import colours, pictured

    frames = [Pillow.fromarray(np.dstack([each, each[..., 0]])) for each in walk(5)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], duration=100)
    into_film(tmp_path / "a.png", tmp_path / "a.webm")
    assert clips_of.probe(tmp_path / "a.webm").alpha
    opaque = pictured.clip(stills.reel(str(tmp_path / "a.png")), clear=False)
    seen = colours.seen(next(pictured.frames(opaque, None)), opaque)
    assert seen[0, 0].min() > 250 and seen[30, 15, 0] > 250 and seen[30, 15, 2] < 60 and pictured.OVER in opaque.notes


@needs_av
@pytest.mark.parametrize("name", ["a.gif", "a.png", "out/%02d.png"])
def test_a_film_becomes_pictures(tmp_path: Path, name: str) -> None:
    from lib_roop.video import clip as clips_of
    from lib_roop.video import unreeling
    from tests import clips

    kind = clips.Kind(codec="libx265", pixel_format="gbrp", matrix=0)
    clip = clips_of.probe(clips.film(tmp_path / "a.mkv", walk(25), kind))
    options = FilmOptions(trim="0.2-0.6")
    into_pictures(unreeling.footage(clip, options, tmp_path / name), tmp_path / name, options)
    reel = stills.reel(str(tmp_path / name))
    assert len(reel.durations) == 10 and reel.rate == 25
    assert all(people(still.picture.rgb) == [200] for still in reel.stills())
