"""Every face of several pictures, and which of them are one person's."""

import importlib.util
import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from matplotlib import cbook
from PIL import Image as Pillow

from lib_roop import gathering, images
from lib_roop.casting import Sample
from lib_roop.engine import Engine
from lib_roop.errors import InputError
from lib_roop.gathering import SECOND, STRANGE, Candidate, Suggestion
from lib_roop.identities import textures
from lib_roop.provenance import verify
from tests.cli.running import save
from tests.fakes import RECOGNISER, FakeHost, Fakes, Person, angle, drawn, row

ANNA, ALIKE, OTHER = 200, 204, 0


@pytest.fixture
def engine() -> Engine:
    return Fakes().engine()


def looked_at(engine: Engine, *pictures: Any) -> list[Candidate]:
    ones = [gathering.look(engine, images.read(each), number) for number, each in enumerate(pictures)]
    return [candidate for one in ones for candidate in one.candidates]


def judged(engine: Engine, *pictures: Any) -> Suggestion:
    candidates = looked_at(engine, *pictures)
    return gathering.suggested(candidates, gathering.compared(candidates))


def arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """All arrays in a value."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from arrays(getattr(value, each.name))
    elif isinstance(value, dict):
        yield from (array for each in value.values() for array in arrays(each))


def test_every_face_of_a_picture_is_found_the_largest_first(engine: Engine, tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", row(ANNA, OTHER, 90))
    one = gathering.look(engine, path, 7)
    assert [each.quality.size for each in one.candidates] == sorted(
        (each.quality.size for each in one.candidates), reverse=True
    )
    assert [each.name for each in one.candidates] == [f"a.png (face {number} of 3)" for number in (1, 2, 3)]
    assert {each.picture for each in one.candidates} == {7} and one.error is None
    for each, crop, number in zip(one.candidates, one.crops, (90, OTHER, ANNA), strict=True):
        np.testing.assert_array_equal(each.embeddings[RECOGNISER], angle(number))
        assert crop.shape == (gathering.SIDE, gathering.SIDE, 3) and crop[80, 80, 1] == number and each.pose


def test_what_is_remembered_of_a_face_holds_no_pixels(engine: Engine, tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", drawn(Person((5, 5, 700), ANNA), size=(800, 1200)))
    one = gathering.look(engine, path, 0)
    assert sum(array.nbytes for each in one.candidates for array in arrays(each)) < 5000
    assert all(crop.base is None for crop in one.crops), "a view would keep the whole picture"


def test_a_picture_that_cannot_be_used_says_why(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    bad, empty, gone = (
        gathering.look(engine, path, 0)
        for path in (tmp_path / "bad.png", save(tmp_path / "empty.png", row()), tmp_path / "gone.png")
    )
    assert not (bad.candidates or empty.candidates or gone.candidates)
    told = [str(each.error) for each in (bad, empty, gone)]
    assert "is no picture" in told[0] and "No face was found in empty" in told[1] and "does not exist" in told[2]


def test_of_several_faces_that_of_the_person_in_most_pictures_is_used(engine: Engine) -> None:
    found = judged(engine, row(ANNA), row(ANNA, OTHER), row(ALIKE))
    assert found.reasons == ("", SECOND, "", "") and found.used == (0, 2, 3) and not found.notes
    assert found.resemblance == pytest.approx((1, 0.33, 1, 1), abs=0.01)


def test_a_stranger_is_shown_and_not_used(engine: Engine) -> None:
    found = judged(engine, row(ANNA), row(OTHER), row(ALIKE))
    assert found.reasons == ("", STRANGE, "") and found.used == (0, 2)
    (sentence,) = found.notes
    assert "looks like another person (0.32 to the others)" in sentence


def test_where_nobody_is_in_most_pictures_the_largest_faces_are_used(engine: Engine) -> None:
    found = judged(engine, row(OTHER), row(255, 250))
    assert found.reasons == ("", "", SECOND) and found.used == (0, 1)
    (sentence,) = found.notes
    assert "look like different people" in sentence


def test_of_two_who_are_in_every_picture_it_is_the_larger_one(engine: Engine) -> None:
    found = judged(engine, row(OTHER, 250), row(OTHER, 250), row(OTHER, 250))
    assert found.used == (0, 2, 4)
    swapped = judged(engine, row(OTHER, 250), row(250, OTHER), row(250, OTHER))
    assert swapped.used == (1, 2, 4)


def test_one_picture_and_none_are_no_riddle(engine: Engine) -> None:
    assert judged(engine, row(ANNA)).resemblance == (None,) and judged(engine, row(ANNA)).used == (0,)
    assert judged(engine, row(ANNA, OTHER)).used == (0,)
    assert judged(engine).used == ()


def test_likenesses_grow_with_the_pictures(engine: Engine) -> None:
    candidates = looked_at(engine, row(ANNA, OTHER), row(ALIKE), row(90))
    whole = gathering.compared(candidates)
    np.testing.assert_array_equal(whole, whole.T)
    known = gathering.compared(candidates[:2])
    np.testing.assert_array_equal(gathering.compared(candidates, known), whole)
    known[0, 1] = 0.5
    assert gathering.compared(candidates, known)[0, 1] == 0.5, "what is known is not measured again"


def test_chosen_faces_are_read_again_and_no_larger_than_a_blend_needs(engine: Engine, tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", drawn(Person((5, 5, 700), ANNA), Person((750, 9, 90), ALIKE), size=(800, 1200)))
    candidates = gathering.look(engine, path, 0).candidates
    small, large = (gathering.samples(engine, candidates, alone=alone) for alone in (False, True))
    assert [each.identity.name for each in small] == ["a.png (face 1 of 2)", "a.png (face 2 of 2)"]
    assert [_extent(each) for each in large] == pytest.approx([700, 90], abs=2)
    assert [_extent(each) for each in small] == pytest.approx([textures.SIDE, 90], abs=2)
    (alone,) = gathering.samples(engine, candidates[1:], alone=True)
    np.testing.assert_array_equal(alone.identity.embeddings[RECOGNISER], angle(ALIKE))
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        gathering.samples(engine, candidates, alone=False)


def _extent(sample: Sample) -> float:
    assert sample.identity.texture is not None
    return textures.extent(sample.identity.texture)


def test_faces_of_one_picture_stay_together(engine: Engine) -> None:
    parts = gathering.by_picture(looked_at(engine, row(ANNA, OTHER), row(ALIKE)))
    assert [len(part) for part in parts] == [2, 1]


def test_a_close_up_is_written_with_marks_and_a_frame(engine: Engine) -> None:
    (crop,) = gathering.look(engine, images.read(row(ANNA)), 0).crops
    plain = crop.copy()
    before: dict[str, Any] = {}
    for reason in ("", SECOND, STRANGE):
        data = gathering.shown(crop, 12, reason)
        assert verify.verify(data) and np.array_equal(crop, plain)
        frame = edge_of(data)
        assert all(np.abs(frame - other).max() > 40 for other in before.values())
        before[reason] = frame


def edge_of(data: bytes) -> Any:
    """The colour at the middle of the left edge."""
    with Pillow.open(io.BytesIO(data)) as opened:
        return np.array(opened.getpixel((1, gathering.SIDE // 2)))


def test_a_face_is_built_of_whom_most_pictures_show(engine: Engine, tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.mkdir()
    save(people / "1.png", row(ANNA, OTHER))
    save(people / "2.png", row(ALIKE))
    (people / "bad.png").write_bytes(b"")
    built = gathering.build(engine, "anna", [str(people), images.read(row(ALIKE))])
    assert [each.identity.name for each in built.samples] == ["1.png (face 2 of 2)", "2.png", "picture"]
    assert not built.outliers and built.identity.name == "anna"
    (note,) = built.notes
    assert note.startswith("bad.png was left out: ")


def test_building_of_one_picture_that_cannot_be_used_fails(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No face was found"):
        gathering.build(engine, "anna", [save(tmp_path / "a.png", row(ANNA)), save(tmp_path / "b.png", row())])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture with a face"):
        gathering.build(engine, "anna", [tmp_path / "empty"])
    with pytest.raises(InputError, match="name"):
        gathering.build(engine, "a/b", [tmp_path / "a.png"])


def test_an_astronaut_is_picked_out_of_a_crowd(tmp_path: Path) -> None:
    """Six people in one picture, her and somebody larger in another, her alone, and a stranger."""
    engine = Engine(FakeHost())
    spec = importlib.util.find_spec("insightface")
    assert spec is not None and spec.origin is not None
    crowd = Path(spec.origin).parent / "data" / "images" / "t1.jpg"
    with Pillow.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as opened:
        hopper = np.array(opened.convert("RGB"))[:512]
    collins = np.asarray(skimage.data.astronaut(), np.uint8)
    both = np.hstack([hopper, np.pad(collins[::2, ::2], [(0, 256), (0, 0), (0, 0)])])
    pictures = [
        *(save(tmp_path / "alone.png", collins), save(tmp_path / "mirrored.png", collins[:, ::-1].copy())),
        *(save(tmp_path / "both.png", both), save(tmp_path / "hopper.png", hopper), crowd),
    ]
    found = [gathering.look(engine, path, number) for number, path in enumerate(pictures)]
    candidates = [each for one in found for each in one.candidates]
    suggestion = gathering.suggested(candidates, gathering.compared(candidates))
    assert [len(one.candidates) for one in found] == [1, 1, 2, 1, 6]
    assert [candidates[number].name for number in suggestion.used] == [
        *("alone.png", "mirrored.png", "both.png (face 2 of 2)")
    ]
    assert suggestion.reasons[2:6] == (SECOND, "", STRANGE, STRANGE)
    resemblance = [value for value in suggestion.resemblance if value is not None]
    assert min(resemblance[number] for number in suggestion.used) > 0.5 > max(resemblance[4:])
