"""A film's frames from detection to the finished picture, with fakes for every net and for the frames."""

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib_roop.errors import OptionError, Refused
from lib_roop.options import OutputOptions, PostOptions, SwapUnit
from lib_roop.safety import Watch
from lib_roop.types import Detection, Image
from lib_roop.video import planting, rendering, tally, toning
from lib_roop.video.rendering import LEAD, Done, Plant
from lib_roop.video.stages import Ledger, windows
from lib_roop.video.treating import Swapping
from tests.fakes import (
    BLUE,
    FakeCanvas,
    FakeDetector,
    FakeGate,
    FakeRestorer,
    Fakes,
    FakeUpscaler,
    Person,
    drawn,
    people,
    row,
)

SOURCE = row(200)
ONE = Plant(workers=1, ahead=1)
MANY = Plant(workers=3, ahead=5, batch=4)
POST, SAVING = PostOptions(), OutputOptions()
SHOT = (20, 20, 20)
"""The ground of another shot, brighter than black and no face."""


def walk(count: int, *, number: int = 10, score: int = 255) -> list[FakeCanvas]:
    """Somebody walks to the right."""
    shown = [drawn(Person((5 + 2 * at, 20, 20), number, score), size=(60, 160)) for at in range(count)]
    return [FakeCanvas(at, image) for at, image in enumerate(shown)]


def run(
    sheets: Sequence[FakeCanvas],
    fakes: Fakes | None = None,
    plant: Plant = ONE,
    *,
    steady: bool = True,
    post: PostOptions = POST,
    saving: OutputOptions = SAVING,
    **options: Any,
) -> list[Done[FakeCanvas]]:
    engine = (fakes or Fakes()).engine()
    treatment = Swapping(engine, [SwapUnit(source=(SOURCE,), **options)], post, saving)
    return list(rendering.rendered(sheets, treatment, plant, Ledger(), steady=steady))


def test_every_frame_comes_out_in_order_with_its_face_swapped() -> None:
    done = run(walk(20))
    assert [each.canvas.number for each in done] == list(range(20))
    assert all(people(each.native) == [200] for each in done)
    assert [each.swapped for each in done] == [1] * 20


def test_threads_and_batches_change_no_pixel() -> None:
    plain, many = (run(walk(20), plant=plant, strength=0.7) for plant in (ONE, MANY))
    assert all((one.native == other.native).all() for one, other in zip(plain, many, strict=True))


def test_a_batch_holds_faces_of_several_frames() -> None:
    fakes = Fakes()
    run(walk(8), fakes, MANY)
    assert fakes.swapper.batches == [4, 4]


@pytest.mark.parametrize("begin", [1, 5, LEAD, 17])
def test_who_begins_a_few_frames_early_gets_the_same_frames(begin: int) -> None:
    noisy = walk(30)
    whole = run(noisy, strength=0.6)
    again = run(noisy[max(begin - LEAD, 0) :], strength=0.6)
    later = {each.canvas.number: each.native for each in again}
    assert all((later[at] == whole[at].native).all() for at in range(begin, 30))


def test_pixels_outside_the_faces_are_those_of_the_film() -> None:
    sheets = walk(6)
    for done, sheet in zip(run(sheets), sheets, strict=True):
        untouched = np.ones(sheet.image.shape[:2], bool)
        for patch in done.swap.result.patches:
            height, width = patch.mask.shape
            untouched[patch.y : patch.y + height, patch.x : patch.x + width] = False
        assert untouched.any() and (done.native[untouched] == sheet.image[untouched]).all()


def test_a_frame_that_misses_a_face_is_filled_and_told() -> None:
    sheets = walk(9, score=255)
    blank = replace(sheets[4], image=drawn(Person((13, 20, 20), 10, score=30), size=(60, 160)))
    done = run([*sheets[:4], blank, *sheets[5:]])
    assert done[4].filled == 1 and people(done[4].native) == [200]
    bare = run([*sheets[:4], blank, *sheets[5:]], steady=False)
    assert bare[4].swapped == 0 and people(bare[4].native) == [10]


def shots(count: int) -> list[FakeCanvas]:
    """Half of the frames dark, half of them of another shot."""
    sheets = walk(count)
    ground = np.full_like(sheets[0].image, (0, 255, 40))
    ground[:, :80] = (0, 30, 255)
    for at in range(count // 2, count):
        faces = sheets[at].image.any(-1, keepdims=True)
        sheets[at] = replace(sheets[at], image=np.where(faces, sheets[at].image, ground).astype(np.uint8))
    return sheets


class PlainDetector(FakeDetector):
    """Knows faces by their red alone, whatever is behind them."""

    def detect(self, image: Image, threshold: float) -> Detection:
        return super().detect(np.where(image[..., :1] > 0, image, 0).astype(np.uint8), threshold)


def test_the_gate_looks_at_one_frame_a_second_and_after_each_cut() -> None:
    gate = FakeGate()
    done = run(shots(30), Fakes(gate=gate, detector=PlainDetector()))
    assert [each.canvas.number for each in done if each.cut] == [15]
    # Seconds 0, 1, 2 and the cut at 1.5 s; before and after the swap.
    assert len(gate.shown) == 2 * 4


def test_the_gate_looks_at_one_frame_of_sixty_however_fast_a_film_is() -> None:
    watch = Watch()
    due = [watch.moment(number / 1000, cut=False).due for number in range(200)]
    assert [number for number, each in enumerate(due) if each] == [0, 60, 120, 180]


def test_a_refusal_names_the_time_and_ends_the_run() -> None:
    threads = threading.active_count()
    with pytest.raises(Refused, match=r"At 0:02\.00 of the film: The picture shows"):
        run(walk(60), Fakes(gate=FakeGate(refuses=5)), MANY)
    assert threading.active_count() == threads


def test_a_film_that_breaks_off_raises_and_ends_its_threads() -> None:
    def broken() -> Iterator[FakeCanvas]:
        yield from walk(5)
        raise OSError("gone")

    threads = threading.active_count()
    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(SOURCE,))])
    with pytest.raises(OSError, match="gone"):
        list(rendering.rendered(broken(), treatment, MANY, Ledger()))
    assert threading.active_count() == threads


def test_a_run_that_is_given_up_ends_its_threads() -> None:
    threads = threading.active_count()
    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(SOURCE,))])
    frames = rendering.rendered(walk(500), treatment, MANY, Ledger())
    next(frames)
    frames.close()
    assert threading.active_count() == threads


def test_no_more_frames_are_decoded_than_the_plant_holds() -> None:
    seen: list[int] = []

    def counted() -> Iterator[FakeCanvas]:
        for sheet in walk(60):
            seen.append(sheet.number)
            yield sheet

    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(SOURCE,))])
    frames = rendering.rendered(counted(), treatment, MANY, Ledger())
    next(frames)
    assert len(seen) <= MANY.frames
    frames.close()


def test_a_frame_below_the_threshold_among_better_ones_is_swapped_all_the_same() -> None:
    sheets = walk(12)
    assert [each.refused for each in run(sheets, min_similarity=0.9)] == [False] * 12
    assert [each.refused for each in run(sheets, min_similarity=0.9, strength=0.0)] == [True] * 12


def test_frames_that_stay_below_the_threshold_are_as_they_were_and_counted() -> None:
    sheets = walk(8)
    done = run(sheets, min_similarity=0.9, strength=0.0)
    assert all((each.native == sheet.image).all() for each, sheet in zip(done, sheets, strict=True))
    assert tallied(done).body()["frames_below_thresholds"] == 8


def test_restored_and_enlarged_frames_are_made_anew() -> None:
    fakes = Fakes()
    fakes.host.own_restorers = {"blue": FakeRestorer()}
    fakes.host.own_upscalers = {"green": FakeUpscaler()}
    restored = run(walk(3), fakes, post=PostOptions(restorer="blue"))
    assert all((each.native[..., 2] == BLUE).any() for each in restored)
    enlarged = run(walk(3), fakes, post=PostOptions(upscaler="green", scale=2))
    assert [each.native.shape for each in enlarged] == [(120, 320, 3)] * 3


def test_the_label_stands_in_the_same_place_in_every_frame() -> None:
    sheets = [FakeCanvas(at, drawn(Person((5 + 60 * at, 150, 60), 10), size=(300, 400))) for at in range(4)]
    places = []
    for done, plain in zip(
        run(sheets, saving=OutputOptions(label=True), steady=False), run(sheets, steady=False), strict=True
    ):
        rows, columns = np.nonzero((done.native != plain.native).any(-1))
        places.append((rows.min(), rows.max(), columns.min(), columns.max()))
    assert len(set(places)) == 1 and places[0][0] > 200 and places[0][2] > 150


def test_a_film_cannot_be_signed_and_has_one_result() -> None:
    unit = SwapUnit(source=(SOURCE, row(100)), blend="none")
    with pytest.raises(OptionError, match="A film has one result"):
        Swapping(Fakes().engine(), [unit])
    signing = OutputOptions(c2pa_key="a", c2pa_certificate="b")
    with pytest.raises(OptionError, match="Content credentials are for pictures"):
        Swapping(Fakes().engine(), [SwapUnit(source=(SOURCE,))], saving=signing)


def tallied(done: Sequence[Done[FakeCanvas]]) -> tally.Tally:
    whole = tally.Tally()
    for window in windows(done, 1):
        whole.count(window)
    return whole


def test_a_tally_counts_frames_faces_and_moments_without_them() -> None:
    sheets = walk(9)
    nobody = replace(sheets[4], image=np.zeros_like(sheets[4].image))
    body = tallied(run([*sheets[:4], nobody, *sheets[5:]], steady=False, similarity=True)).body()
    assert (body["frames"], body["frames_swapped"], body["faces_swapped"]) == (9, 8, 8)
    assert (body["dropouts"], body["dropout_times"]) == (1, [0.4])
    assert body["similarity"] == 1.0
    assert body["jitter"]["found"] is not None


def test_tallies_of_segments_add_up_to_that_of_the_film() -> None:
    done = run(walk(10), similarity=True)
    halves = [tally.read(tallied(part).as_json()) for part in (done[:5], done[5:])]
    whole, joined = tallied(done), tally.total(halves)
    for name in ("frames", "swapped", "faces", "filled", "similarity", "reasons"):
        assert getattr(whole, name) == getattr(joined, name)


def test_colours_that_flicker_are_evened_and_those_of_the_film_stay() -> None:
    fakes = Fakes()
    engine = fakes.engine()
    treatment = Swapping(engine, [SwapUnit(source=(SOURCE,))])
    sheets = walk(7)
    plans = []
    for at, sheet in enumerate(sheets):
        (plan,) = treatment.draw([(sheet.image, treatment.plan(treatment.look(sheet.image)))])
        assert plan.drawn is not None
        patch = plan.drawn.patches[0]
        flicker = np.full_like(patch.rgb, 100 + (6 if at == 3 else 0))
        plans.append(replace(plan, drawn=replace(plan.drawn, patches={0: replace(patch, rgb=flicker)})))
    seen = [toning.tones(sheet.image, plan) for sheet, plan in zip(sheets, plans, strict=True)]
    evened = toning.evened(plans[3], seen, 3)
    assert evened.drawn is not None
    assert int(evened.drawn.patches[0].rgb.max()) == 101, "a seventh of the flicker is left"
    assert toning.evened(plans[0], seen[:3], 0).drawn is not None


def test_a_trial_chooses_threads_and_a_limit_makes_it_small() -> None:
    treatment = Swapping(Fakes().engine(), [SwapUnit(source=(SOURCE,))])
    plant = planting.tried(treatment, walk(2), accelerated=True)
    assert plant.workers in (1, planting.available()) and plant.batch in (1, planting.BATCH)
    small, note = planting.limited(MANY, 1920 * 1080, gib=0.001)
    assert (small.workers, small.ahead, small.batch) == (1, 1, 1) and "0.001 GiB" in note
    assert planting.limited(MANY, 1920 * 1080, gib=0) == (MANY, "")
    assert dataclasses.replace(MANY, ahead=1).frames < MANY.frames
