"""Looking into one picture."""

import numpy as np

from lib_roop import analysing, drawing, images
from lib_roop.options import SwapUnit
from tests.fakes import Fakes, Person, drawn, row


def test_faces_come_in_their_order_with_what_can_be_told_of_them() -> None:
    seen = analysing.looked(Fakes().engine(), images.read(row(10, 20, sexes=(1, 2))), SwapUnit(order="large-small"))
    assert [(face.id, face.sex, face.age) for face in seen.faces] == [(1, "male", 30), (0, "female", 30)]


def test_where_nothing_tells_sex_it_is_not_asked_for() -> None:
    seen = analysing.looked(Fakes(attributes=None).engine(), images.read(row(10)), SwapUnit())
    assert [face.sex for face in seen.faces] == [None]


def test_near_misses_are_drawn_in_grey_and_the_rest_stays_as_deep_as_it_was() -> None:
    people = drawn(Person((10, 30, 20), 1), Person((120, 30, 20), 2, score=100), size=(90, 220))
    picture = images.read(people.astype(np.uint16) * 257)
    seen = analysing.looked(Fakes().engine(), picture, SwapUnit())
    assert (len(seen.faces), len(seen.found.near_misses)) == (1, 1)
    made = analysing.drawn(seen)
    found, missed = made.rgb[40, 10], made.rgb[40, 120]
    assert made.pixels.dtype == np.uint16 and found.max() > 200 and np.ptp(found) > 200
    assert np.allclose(missed, drawing.MISSED, atol=20)
    assert np.array_equal(made.pixels[60:, 60:100], picture.pixels[60:, 60:100])
