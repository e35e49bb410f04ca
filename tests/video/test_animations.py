"""GIF, PNG and WebP animations from file to file: swapped, with their times, their colours and their marks."""

import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from matplotlib import cbook
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.engine import Engine
from lib_roop.errors import FilmError, PictureError, Refused
from lib_roop.options import OutputOptions, PostOptions, SwapUnit
from lib_roop.options.film import FilmOptions
from lib_roop.provenance.verify import verify
from lib_roop.types import Image
from lib_roop.video import animations, stills, telling
from lib_roop.video.animations import Outcome, Stopped
from lib_roop.video.rendering import Plant
from lib_roop.video.treating import Swapping
from tests.fakes import FakeGate, Fakes, FakeUpscaler, Person, drawn, people, row

ROOT = Path(__file__).resolve().parents[2]
PLANT = Plant(workers=2, ahead=3)
PLAIN, POST = FilmOptions(), PostOptions()
SUFFIXES = tuple(images.SIDES)
STRIPES = np.arange(160, dtype=np.uint8) % 100
"""Colours of the ground, by column; without red, so that they are nobody."""


def never() -> bool:
    return False


def quiet(_done: int, _of: int) -> None:
    """Shows nothing."""


def walk(count: int = 8) -> list[Image]:
    """Somebody walks over stripes."""
    found = []
    for at in range(count):
        picture = drawn(Person((5 + 2 * at, 20, 20), 10), size=(60, 160))
        ground = picture[..., 0] == 0
        picture[ground, 2] = np.broadcast_to(STRIPES, ground.shape)[ground]
        found.append(picture)
    return found


def saved(path: Path, frames: Sequence[Image], duration: Any = 100, **options: Any) -> Path:
    first, *others = map(Pillow.fromarray, frames)
    if path.suffix == ".webp":
        options |= {"lossless": True, "exact": True}
    first.save(path, save_all=True, append_images=others, duration=duration, **options)
    return path


def run(
    target: Path, output: Path, options: FilmOptions = PLAIN, fakes: Fakes | None = None, post: PostOptions = POST
) -> Outcome:
    treatment = Swapping((fakes or Fakes()).engine(), [SwapUnit(source=(row(200),))], post)
    footage = animations.footage(stills.reel(str(target), options.fps), options, output)
    order = animations.Order(footage=footage, treatment=treatment, options=options, output=output)
    return animations.made(order, PLANT, never, quiet)


def shown(path: Path) -> list[Image]:
    return [still.picture.rgb for still in stills.reel(str(path)).stills()]


@pytest.mark.parametrize("result", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_every_frame_is_swapped_and_keeps_its_time(tmp_path: Path, source: str, result: str) -> None:
    target = saved(tmp_path / f"a{source}", walk(), [40, 50, 60, 70] * 2, loop=0)
    outcome = run(target, tmp_path / f"b{result}")
    before, after = stills.reel(str(target)), stills.reel(str(outcome.path))
    assert (after.durations, after.plays, after.size) == (before.durations, 0, (160, 60))
    for old, new in zip(shown(target), shown(outcome.path), strict=True):
        assert people(new) == [200]
        ground = old[..., 0] == 0
        assert (new[ground] == old[ground]).all(), "what is nobody's face keeps its colours exactly"


def test_marks_say_what_was_done(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        outcome = run(saved(tmp_path / "a.gif", walk()), tmp_path / f"b{suffix}")
        marks = {(mark.kind, mark.value) for mark in verify(outcome.path)}
        assert ("AI system", "roop (fake engine)") in marks
        assert ("digital source type", "compositeWithTrainedAlgorithmicMedia") in marks


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    frames = [np.dstack([each, np.where(each[..., 0] > 0, 255, 0).astype(np.uint8)]) for each in walk()]
    target = saved(tmp_path / "a.png", frames)
    for suffix in SUFFIXES:
        after = stills.reel(str(run(target, tmp_path / f"b{suffix}").path))
        assert after.clear
        for still, frame in zip(after.stills(), frames, strict=True):
            assert still.picture.alpha is not None and people(still.picture.rgb) == [200]
            assert (still.picture.alpha == frame[..., 3]).all()


def test_a_part_at_another_rate(tmp_path: Path) -> None:
    target = saved(tmp_path / "a.gif", walk(10))
    part = stills.reel(str(run(target, tmp_path / "b.gif", FilmOptions(trim="0.2-0.6")).path))
    assert part.durations == (Fraction(1, 10),) * 4
    twice = run(target, tmp_path / "c.png", FilmOptions(trim="0.2-0.6", fps=20))
    assert stills.reel(str(twice.path)).durations == (Fraction(1, 20),) * 8
    with pytest.raises(FilmError, match=r"a\.gif lasts 1\.00 s, and trim begins at 2 s"):
        run(target, tmp_path / "d.gif", FilmOptions(trim="2-3"))


def test_a_gif_has_no_more_frames_than_browsers_show(tmp_path: Path) -> None:
    outcome = run(saved(tmp_path / "a.png", walk(20), 12.5), tmp_path / "b.gif")
    assert set(stills.reel(str(outcome.path)).durations) == {Fraction(1, 50)}
    assert any("at most 50 frames a second" in note for note in outcome.notes)


def test_an_enlarged_animation_is_larger_in_every_frame(tmp_path: Path) -> None:
    fakes = Fakes()
    fakes.host.own_upscalers = {"green": FakeUpscaler()}
    target = saved(tmp_path / "a.gif", walk(3))
    outcome = run(target, tmp_path / "b.webp", fakes=fakes, post=PostOptions(upscaler="green", scale=2))
    assert stills.reel(str(outcome.path)).size == (320, 120)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_refusal_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    target, output = saved(tmp_path / "a.gif", walk(30)), tmp_path / f"b{suffix}"
    output.write_bytes(b"before")
    with pytest.raises(Refused, match=r"At 0:01\.00 of the film"):
        run(target, output, fakes=Fakes(gate=FakeGate(refuses=3)))
    assert output.read_bytes() == b"before" and {path.name for path in tmp_path.iterdir()} == {"a.gif", output.name}


def test_the_gate_looks_often_however_fast_an_animation_claims_to_be(tmp_path: Path) -> None:
    gate = FakeGate()
    run(saved(tmp_path / "a.png", walk(8) * 20, 11), tmp_path / "b.png", fakes=Fakes(gate=gate))
    assert len(gate.shown) >= 2 * 160 / 60


def test_a_stopped_run_writes_nothing(tmp_path: Path) -> None:
    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(row(200),))])
    reel, output = stills.reel(str(saved(tmp_path / "a.gif", walk()))), tmp_path / "b.gif"
    order = animations.Order(
        footage=animations.footage(reel, PLAIN, output), treatment=treatment, options=PLAIN, output=output
    )
    asked: list[int] = []
    with pytest.raises(Stopped):
        animations.made(order, PLANT, lambda: len(asked) > 3, lambda done, _of: asked.append(done))
    assert not output.exists()


def test_a_result_over_its_target_or_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    target = saved(tmp_path / "a.gif", walk())
    with pytest.raises(FilmError, match="written over the target"):
        run(target, target)
    with pytest.raises(PictureError, match="cannot be written"):
        run(target, tmp_path / "b.xyz")


def test_what_a_run_tells(tmp_path: Path) -> None:
    outcome = run(saved(tmp_path / "a.gif", walk()), tmp_path / "b.gif")
    body = telling.pictures_body(outcome)
    assert (body["frames"], body["frames_swapped"], body["film"]["codec"]) == (8, 8, "gif")
    assert telling.pictures_lines(outcome)[-1] == str(tmp_path / "b.gif")


def test_animations_need_no_package_for_films(tmp_path: Path) -> None:
    saved(tmp_path / "a.gif", walk())
    program = (
        "import sys; sys.modules['av'] = None\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from tests.video.test_animations import run, shown\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "print(len(shown(run(folder / 'a.gif', folder / 'b.webp').path)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "8\n", done.stderr


def test_a_real_face_is_swapped_in_a_gif_whose_ground_stays(tmp_path: Path) -> None:
    astronaut = skimage.data.astronaut()[:230, 100:340]
    frames = [Pillow.fromarray(np.roll(astronaut, 2 * at, 1)) for at in range(4)]
    indexed = [frame.quantize(256, dither=Pillow.Dither.NONE) for frame in frames]
    target = tmp_path / "nod.gif"
    indexed[0].save(target, save_all=True, append_images=indexed[1:], duration=80)
    hopper = Pillow.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).convert("RGB")
    treatment = Swapping(Engine(), [SwapUnit(source=(hopper,))], POST, OutputOptions())
    output = tmp_path / "result.gif"
    order = animations.Order(
        footage=animations.footage(stills.reel(str(target)), PLAIN, output),
        treatment=treatment,
        options=PLAIN,
        output=output,
    )
    assert animations.made(order, PLANT, never, quiet).tally.swapped == 4
    for old, new in zip(shown(target), shown(output), strict=True):
        off = np.abs(old.astype(int) - new).max(-1)
        # Far from the face: room for its colours was made by moving others a little.
        assert off[:, 190:].max() <= 16 and (off[:, 190:] == 0).mean() > 0.7
        assert off[60:140, 80:140].mean() > 8
