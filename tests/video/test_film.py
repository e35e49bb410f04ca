"""Films from file to file: whole, resumed after every kind of end, and never half there."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av")

from lib_roop.errors import FilmError, OptionError, Refused
from lib_roop.options import SwapUnit
from lib_roop.options.film import FilmOptions
from lib_roop.types import Image
from lib_roop.video import clip as clips_of
from lib_roop.video import colours, decoding, encoding, film, previewing, timing
from lib_roop.video.film import Order, Outcome
from lib_roop.video.rendering import Plant
from lib_roop.video.treating import Swapping
from tests import clips
from tests.clips import Kind
from tests.fakes import FakeGate, Fakes, Person, drawn, people, row

PLANT = Plant(workers=2, ahead=3)
EXACT = Kind(codec="libx265", pixel_format="gbrp", matrix=0)
"""Keeps the colours by which the fakes know people."""
FILM = FilmOptions(segment=10, encoder="ffv1")


def never() -> bool:
    return False


def quiet(_done: int, _of: int) -> None:
    """Shows nothing."""


def walk(count: int) -> list[Image]:
    """Somebody walks to the right."""
    return [drawn(Person((6 + 2 * at, 20, 20), 10), size=(60, 160)) for at in range(count)]


def source(folder: Path, count: int = 24, kind: Kind = EXACT, name: str = "film.mkv") -> Path:
    return clips.film(folder / name, walk(count), kind)


def order(target: Path, output: Path, options: FilmOptions = FILM, fakes: Fakes | None = None, **unit: Any) -> Order:
    engine = (fakes or Fakes()).engine()
    treatment = Swapping(engine, [SwapUnit(source=(row(200),), **unit)])
    return Order(clip=clips_of.probe(target), treatment=treatment, key=treatment.key, options=options, output=output)


def made(asked: Order, interrupted: Callable[[], bool] = never) -> Outcome:
    return film.made(asked, PLANT, interrupted, quiet)


def rgb(path: Path) -> list[Image]:
    """What every frame shows."""
    clip = clips_of.probe(path)
    return [colours.seen(frame, clip) for frame in decoding.frames(clip)]


def times(path: Path) -> list[Fraction]:
    clip = clips_of.probe(path)
    return [(frame.pts or 0) * clip.time_base for frame in decoding.frames(clip)]


def after(calls: int) -> Callable[[], bool]:
    """Says stop from that call on."""
    left = iter([False] * calls)
    return lambda: next(left, True)


def test_a_film_is_made_whole_with_every_face_swapped(tmp_path: Path) -> None:
    target, output = source(tmp_path), tmp_path / "out.mkv"
    outcome = made(order(target, output))
    assert [people(image) for image in rgb(output)] == [[200]] * 24
    assert times(output) == times(target)
    assert outcome.tally.body()["frames_swapped"] == 24
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "out.mkv"]


def test_pixels_outside_the_faces_are_those_of_the_film(tmp_path: Path) -> None:
    target = source(tmp_path, kind=replace(EXACT, pixel_format="yuv444p", matrix=1), count=8)
    before = rgb(target)
    made(order(target, tmp_path / "out.mkv", detection_threshold=0.05))
    for old, new in zip(before, rgb(tmp_path / "out.mkv"), strict=True):
        assert (old[:15] == new[:15]).all() and (old[45:] == new[45:]).all()


def test_times_of_a_film_without_a_steady_rate_are_kept(tmp_path: Path) -> None:
    at = tuple(int(number) for number in np.cumsum(np.random.default_rng(4).integers(1, 9, 15)))
    target = source(tmp_path, 15, replace(EXACT, times=at, tick=Fraction(1, 100)))
    made(order(target, tmp_path / "out.mkv"))
    assert times(tmp_path / "out.mkv") == times(target)


@pytest.mark.parametrize("count", [1, 2, 10, 11, 20])
def test_films_of_any_length_are_made(tmp_path: Path, count: int) -> None:
    target = source(tmp_path, count)
    made(order(target, tmp_path / "out.mkv"))
    assert len(rgb(tmp_path / "out.mkv")) == count


@pytest.mark.parametrize("stop", [0, 5, 10, 17, 23])
def test_a_stopped_film_is_gone_on_with_and_has_the_same_frames(tmp_path: Path, stop: int) -> None:
    target = source(tmp_path)
    made(order(target, tmp_path / "whole.mkv", strength=0.6))
    asked = order(target, tmp_path / "out.mkv", strength=0.6)
    with pytest.raises(film.Stopped):
        made(asked, after(stop))
    assert film.kept(asked) == stop // 10 * 10
    assert not asked.output.exists()
    outcome = made(asked)
    assert outcome.before == stop // 10 * 10
    assert outcome.tally.body()["frames"] == 24
    whole, resumed = rgb(tmp_path / "whole.mkv"), rgb(tmp_path / "out.mkv")
    assert len(whole) == len(resumed) == 24
    assert all((one == other).all() for one, other in zip(whole, resumed, strict=True))
    assert times(tmp_path / "whole.mkv") == times(tmp_path / "out.mkv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "out.mkv", "whole.mkv"]


def test_a_lossy_film_that_was_stopped_has_the_same_frames_too(tmp_path: Path) -> None:
    grey = [np.where(image.any(-1, keepdims=True), 120, 40).astype(np.uint8).repeat(3, 2) for image in walk(24)]
    target = clips.film(tmp_path / "film.mp4", grey, Kind(sounds=("aac",)))
    options = FilmOptions(segment=10)
    by_box: Any = {"box": "8,20,20,20", "strength": 0.6}
    made(order(target, tmp_path / "whole.mp4", options, **by_box))
    with pytest.raises(film.Stopped):
        made(order(target, tmp_path / "out.mp4", options, **by_box), after(15))
    made(order(target, tmp_path / "out.mp4", options, **by_box))
    whole, resumed = rgb(tmp_path / "whole.mp4"), rgb(tmp_path / "out.mp4")
    assert len(whole) == 24 and all((one == other).all() for one, other in zip(whole, resumed, strict=True))


def test_two_runs_do_not_make_one_film(tmp_path: Path) -> None:
    asked = order(source(tmp_path), tmp_path / "out.mkv")

    def again() -> bool:
        with pytest.raises(FilmError, match="Another run makes this film"):
            made(asked)
        return False

    assert made(asked, again).tally.frames == 24


def test_other_units_begin_anew_and_sound_alone_does_not(tmp_path: Path) -> None:
    target = source(tmp_path)
    with pytest.raises(film.Stopped):
        made(order(target, tmp_path / "out.mkv"), after(15))
    silent = order(target, tmp_path / "out.mkv", replace(FILM, audio=False, workers=3))
    assert film.kept(silent) == 10
    other = made(order(target, tmp_path / "out.mkv", strength=0.5))
    assert other.before == 0 and any("Unfinished work of other settings" in note for note in other.notes)
    assert made(order(target, tmp_path / "out.mkv")).before == 10, "a try with other settings loses nothing"


def test_a_source_that_changed_begins_anew(tmp_path: Path) -> None:
    target = source(tmp_path)
    with pytest.raises(film.Stopped):
        made(order(target, tmp_path / "out.mkv"), after(15))
    source(tmp_path, 26)
    outcome = made(order(target, tmp_path / "out.mkv"))
    assert (outcome.before, outcome.tally.frames) == (0, 26)


@pytest.mark.parametrize("harm", ["torn", "cut", "gone"])
def test_a_segment_that_is_not_whole_is_made_again(tmp_path: Path, harm: str) -> None:
    target, asked = source(tmp_path), order(source(tmp_path), tmp_path / "out.mkv")
    with pytest.raises(film.Stopped):
        made(asked, after(22))
    (folder,) = tmp_path.glob(".out.mkv.*.roop")
    manifest, second = folder / "manifest.jsonl", folder / f"000001{encoding.SEGMENT}"
    if harm == "torn":
        manifest.write_bytes(manifest.read_bytes()[:-40])
    elif harm == "cut":
        second.write_bytes(second.read_bytes()[:-10])
    else:
        second.unlink()
    outcome = made(asked)
    assert outcome.before == 10
    made(order(target, tmp_path / "whole.mkv"))
    same = zip(rgb(tmp_path / "whole.mkv"), rgb(tmp_path / "out.mkv"), strict=True)
    assert all((one == other).all() for one, other in same)


def test_a_refusal_leaves_nothing_and_the_earlier_result_stays(tmp_path: Path) -> None:
    target, output = source(tmp_path, 40), tmp_path / "out.mkv"
    output.write_bytes(b"earlier")
    with pytest.raises(Refused, match=r"At 0:01\.00 of the film"):
        made(order(target, output, fakes=Fakes(gate=FakeGate(refuses=3))))
    assert output.read_bytes() == b"earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "out.mkv"]


def test_an_encoder_that_is_not_there_is_said_before_any_work(tmp_path: Path) -> None:
    fakes = Fakes()
    with pytest.raises(OptionError, match="did you mean 'libx26"):
        made(order(source(tmp_path), tmp_path / "out.mp4", FilmOptions(encoder="libx246"), fakes))
    assert fakes.detector.calls == 1, "only the source was looked at"


@pytest.mark.parametrize(("fps", "count"), [(50.0, 48), (12.5, 12), (30.0, 29)])
def test_another_rate_repeats_or_leaves_out_frames_and_keeps_the_speed(tmp_path: Path, fps: float, count: int) -> None:
    target = source(tmp_path)
    made(order(target, tmp_path / "out.mkv", replace(FILM, fps=fps)))
    at = times(tmp_path / "out.mkv")
    assert len(at) == count
    # Matroska counts milliseconds.
    assert all(abs(float(time) - number / fps) <= 0.0011 for number, time in enumerate(at))
    lefts = [int(np.nonzero(image.any((0, 2)))[0][0]) for image in rgb(tmp_path / "out.mkv")]
    assert lefts == [6 + 2 * int(number * 25 / fps + 0.999) for number in range(count)] or fps != 12.5
    assert lefts == sorted(lefts)


def test_a_trimmed_film_has_the_frames_between_the_times(tmp_path: Path) -> None:
    target = source(tmp_path)
    made(order(target, tmp_path / "out.mkv", replace(FILM, trim="0.2-0.6")))
    lefts = [int(np.nonzero(image.any((0, 2)))[0][0]) for image in rgb(tmp_path / "out.mkv")]
    assert lefts == [6 + 2 * number for number in range(5, 15)]
    assert times(tmp_path / "out.mkv")[0] == 0


def test_a_trim_behind_the_end_is_said(tmp_path: Path) -> None:
    clip = clips_of.probe(source(tmp_path))
    with pytest.raises(FilmError, match=r"lasts 0\.96 s, and trim begins at 5 s"):
        timing.timed(clip, FilmOptions(trim="5-"))


def test_the_preview_is_the_hardest_frame(tmp_path: Path) -> None:
    pictures = walk(24)
    pictures[11] = drawn(Person((28, 20, 20), 10, score=140), size=(60, 160))
    target = clips.film(tmp_path / "film.mkv", pictures, EXACT)
    clip = clips_of.probe(target)
    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(row(200),))])
    preview = previewing.hardest(timing.timed(clip, FILM), treatment, never)
    assert preview.seconds == pytest.approx(11 / 25, abs=0.03)
    assert people(preview.swap.picture.rgb) == [200]


KILLED = """
import sys, time
from pathlib import Path
from tests.video import test_film as t

class Slow(t.Swapping):
    def finish(self, *given):
        time.sleep(0.01)
        return super().finish(*given)

t.Swapping = Slow
asked = t.order(Path(sys.argv[1]), Path(sys.argv[2]), strength=0.6)
print("ready", flush=True)
t.made(asked)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system cannot kill so")
def test_a_run_that_is_killed_at_any_time_is_gone_on_with(tmp_path: Path) -> None:
    target, output = source(tmp_path, 60), tmp_path / "out.mkv"
    made(order(target, tmp_path / "whole.mkv", strength=0.6))
    rng = random.Random(7)
    kept = []
    for _ in range(4):
        run = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(target), str(output)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert run.stdout is not None and run.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.1, 0.5))
        run.kill()
        run.communicate()
        kept.append(film.kept(order(target, output, strength=0.6)))
    assert kept == sorted(kept)
    if not output.exists():
        made(order(target, output, strength=0.6))
    whole, resumed = rgb(tmp_path / "whole.mkv"), rgb(output)
    assert len(whole) == len(resumed) == 60
    assert all((one == other).all() for one, other in zip(whole, resumed, strict=True))
