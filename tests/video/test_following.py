"""Faces are searched for in one of a few frames and followed in the others, and nobody is missed for it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from lib_roop.engine import Engine
from lib_roop.options import SwapUnit
from lib_roop.types import Face
from lib_roop.video import following
from lib_roop.video.following import GROUP, Crew, Looked
from lib_roop.video.stages import Ledger
from lib_roop.video.treating import Swapping
from tests.fakes import FakeCanvas, FakeFollower, Fakes, Person, drawn, row

UNIT = SwapUnit(source=(row(200),))


def film(count: int, *, comes: int = 0, goes: int = 1000, first: int = 0) -> list[FakeCanvas]:
    """One person walks all the time, another one is there between two frames."""
    frames = []
    for at in range(first, count):
        people = [Person((5 + 2 * at, 5, 20), 10)]
        people += [Person((30 + 2 * at, 70, 24), 90)] if comes <= at < goes else []
        frames.append(FakeCanvas(at, drawn(*people, size=(110, 220))))
    return frames


def looked(frames: Sequence[FakeCanvas], fakes: Fakes, workers: int = 1) -> list[Looked[FakeCanvas]]:
    treatment = Swapping(fakes.engine(), [UNIT])
    with ThreadPoolExecutor(workers) as pool:
        return list(following.looked(frames, treatment, Crew(pool, workers + 1, Ledger())))


def boxes(found: Sequence[Looked[FakeCanvas]]) -> list[list[list[float]]]:
    return [[face.box.tolist() for face in each.detection.faces] for each in found]


@pytest.mark.parametrize(
    ("comes", "goes"),
    [(0, 11), (0, 15), (5, 11), (5, 1000), (7, 11), (7, 18), (9, 15), (9, 1000), (12, 18), (12, 1000)],
)
def test_followed_faces_are_those_that_a_search_of_every_frame_finds(comes: int, goes: int) -> None:
    frames = film(24, comes=comes, goes=goes)
    assert boxes(looked(frames, Fakes(follower=FakeFollower()))) == boxes(looked(frames, Fakes()))


def test_faces_are_searched_for_in_one_frame_of_a_group() -> None:
    fakes = Fakes(follower=FakeFollower())
    looked(film(20), fakes)
    assert fakes.detector.calls == 1 + 20 // GROUP, "the source, and the first frame of each group"


def test_only_who_comes_and_goes_within_a_group_is_missed() -> None:
    found = looked(film(20, comes=11, goes=15), Fakes(follower=FakeFollower()))
    assert [len(each.detection.faces) for each in found] == [1] * 20
    found = looked(film(20, comes=11, goes=16), Fakes(follower=FakeFollower()))
    assert [len(each.detection.faces) for each in found] == [1] * 11 + [2] * 5 + [1] * 4


def test_a_face_that_is_lost_is_searched_for_at_once() -> None:
    fakes = Fakes(follower=FakeFollower())
    frames = film(10, goes=0)
    frames[3] = replace(frames[3], image=drawn(Person((120, 60, 20), 10), size=(110, 220)))
    found = looked(frames, fakes)
    assert boxes(found)[3] == [[120, 60, 140, 80]]
    assert [len(each.detection.faces) for each in found] == [1] * 10


def test_after_a_cut_faces_are_searched_for() -> None:
    fakes = Fakes(follower=FakeFollower())
    frames = film(10)
    ground = np.full((110, 220, 3), (0, 255, 40), np.uint8)
    ground[:, :110] = (0, 30, 255)
    frames[2] = replace(frames[2], image=ground)
    looked(frames, fakes)
    assert fakes.detector.calls == 1 + 2 + 2, "the cut to the ground, and the one back"


def test_whoever_begins_at_a_group_finds_the_same() -> None:
    whole = looked(film(20, comes=8, goes=13), Fakes(follower=FakeFollower()), workers=3)
    again = looked(film(20, comes=8, goes=13, first=GROUP), Fakes(follower=FakeFollower()))
    assert boxes(whole)[GROUP:] == boxes(again)


def test_what_is_known_of_a_followed_face_stays() -> None:
    fakes = Fakes(follower=FakeFollower())
    treatment = Swapping(fakes.engine(), [replace(UNIT, like=row(10))])
    with ThreadPoolExecutor(1) as pool:
        found = list(following.looked(film(GROUP), treatment, Crew(pool, 1, Ledger())))
    known: list[Face] = [each.detection.faces[0] for each in found]
    assert all(face.embeddings and face.age == 30 for face in known)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_the_built_in_nets_follow_a_moving_head_as_well_as_they_find_it(engine: Engine) -> None:
    photo = np.asarray(skimage.data.astronaut(), np.uint8)[:300, 60:400]
    treatment = Swapping(engine, [SwapUnit(source=(photo,))])
    pictures = [np.ascontiguousarray(np.roll(photo, 5 * at, axis=1)) for at in range(8)]
    frames = [FakeCanvas(at, picture) for at, picture in enumerate(pictures)]
    with ThreadPoolExecutor(1) as pool:
        found = list(following.looked(frames, treatment, Crew(pool, 1, Ledger())))
    for each, picture in zip(found, pictures, strict=True):
        (face,), (searched,) = each.detection.faces, engine.detect(picture).faces
        assert face.dense is not None and searched.dense is not None
        assert np.abs(face.dense[:, :2] - searched.dense[:, :2]).mean() < 0.012 * face.width


def test_a_face_that_went_away_is_not_followed_onto_the_wall(engine: Engine) -> None:
    photo = np.asarray(skimage.data.astronaut(), np.uint8)
    (face,) = engine.detect(photo).faces
    assert engine.follow(np.full_like(photo, 128), [face]) == [None]
    assert engine.follow(photo, [replace(face, dense=None)]) == [None]
    other = np.ascontiguousarray(np.roll(photo, 200, axis=1))
    assert engine.follow(other, [face]) == [None]
