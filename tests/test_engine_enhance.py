"""Pictures enhanced without a swap, through the engine; with fakes for every net."""

from pathlib import Path

import numpy as np
import pytest

from lib_roop import images, provenance
from lib_roop.engine import Engine, Swap
from lib_roop.errors import ModelError, NoFaceError, OptionError, Refused
from lib_roop.options import OutputOptions, PostOptions
from lib_roop.provenance.verify import verify
from lib_roop.safety import Moment
from tests.fakes import (
    BLUE,
    GREENER,
    FakeGate,
    FakeHost,
    FakeRestorer,
    Fakes,
    FakeSwapper,
    FakeUpscaler,
    Person,
    drawn,
    row,
)

BOTH = PostOptions(restorer="blue", upscaler="green", scale=2)
ALONE = PostOptions(restorer="blue")
EMPTY = np.full((40, 60, 3), (0, 30, 30), np.uint8)
"""Nobody is seen."""
PLAIN = PostOptions(restorer="none", upscaler="lanczos", scale=2)


def fakes(gate: FakeGate | None = None) -> Fakes:
    host = FakeHost(own_restorers={"blue": FakeRestorer()}, own_upscalers={"green": FakeUpscaler()})
    return Fakes(host=host, gate=gate or FakeGate())


def terms(swap: Swap, options: OutputOptions = OutputOptions()) -> dict[str, str]:  # noqa: B008 - it is frozen
    """What the marks of its file say, by their kinds."""
    return {mark.kind: mark.value for mark in verify(swap.encoded(".png", options))}


def test_every_face_is_restored_and_nobody_is_swapped() -> None:
    parts, picture = fakes(), row(10, 20)
    swap = parts.engine().enhance(picture, ALONE)
    assert [tuple(swap.picture.rgb[20, column]) for column in (12, 43)] == [(0, 0, BLUE)] * 2
    assert (swap.picture.rgb[50:] == picture[50:]).all() and (swap.picture.rgb == swap.result.image).all()
    assert [face.status for face in swap.result.faces] == ["restored", "restored"]
    assert all(set(face.ms) == {"restore"} and not face.identity for face in swap.result.faces)
    assert (swap.result.engine, swap.result.models, swap.result.restorer.name) == ("", ("blue_net",), "blue")
    assert swap.result.swapped == 0 and not parts.swapper.batches


def test_the_whole_is_enlarged_after_or_before_faces_are_restored() -> None:
    after = fakes().engine().enhance(row(10), BOTH)
    before = fakes().engine().enhance(row(10), PostOptions(restorer="blue", upscaler="green", upscale_first=True))
    assert after.picture.rgb[40, 24].tolist() == [0, GREENER, BLUE]
    assert before.picture.rgb[40, 24].tolist() == [0, 0, BLUE]
    for swap in (after, before):
        assert swap.picture.rgb.shape == (120, 80, 3) and swap.result.scale == 2
        assert [face.status for face in swap.result.faces] == ["restored"]
        assert set(swap.result.models) == {"blue_net", "green_net"}


def test_a_picture_is_enlarged_without_a_restorer_and_without_a_face() -> None:
    restorer = FakeRestorer()
    engine = Fakes(host=FakeHost(own_restorers={"blue": restorer})).engine()
    swap = engine.enhance(row(10), PLAIN)
    (face,) = swap.result.faces
    assert (face.status, face.reason) == ("skipped", "no restorer ran") and not restorer.crops
    assert engine.enhance(EMPTY, PLAIN).picture.rgb.shape == (80, 120, 3)
    assert engine.enhance(EMPTY, PLAIN).result.faces == ()


def test_auto_is_the_restorer_that_is_there() -> None:
    swap = fakes().engine().enhance(row(10), PostOptions())
    assert swap.result.restorer.name == "blue" and not swap.result.notes


def test_auto_without_a_restorer_says_how_to_get_one() -> None:
    with pytest.raises(ModelError, match=r"auto found no restorer; get it with: roop models get gfpgan_1\.4"):
        Fakes().engine().enhance(row(10), PostOptions())
    swap = Fakes().engine().enhance(row(10), PostOptions(upscaler="lanczos"))
    assert swap.picture.rgb.shape == (120, 80, 3)
    (note,) = swap.result.notes
    assert note.startswith("No face is restored: auto found no restorer; get it with: roop models get")


@pytest.mark.parametrize("post", [PostOptions(restorer="none"), PostOptions(restorer="blue", restorer_visibility=0)])
def test_who_asks_for_neither_is_told(post: PostOptions) -> None:
    with pytest.raises(OptionError, match="choose a restorer, an upscaler, or both"):
        fakes().engine().enhance(row(10), post)


def test_a_name_that_is_not_known_is_told_before_any_work() -> None:
    parts = fakes()
    for post in (PostOptions(restorer="bleu"), PostOptions(upscaler="lancsoz")):
        with pytest.raises(OptionError, match="did you mean"):
            parts.engine().enhance(row(10), post)
    assert not parts.detector.calls


def test_without_a_face_there_is_nothing_to_restore() -> None:
    with pytest.raises(NoFaceError, match="No face to restore was found in picture"):
        fakes().engine().enhance(EMPTY, ALONE)


@pytest.mark.parametrize("post", [ALONE, BOTH, PLAIN], ids=["restored", "both", "enlarged"])
@pytest.mark.parametrize("call", [1, 2])
def test_the_gate_sees_the_target_and_the_result(post: PostOptions, call: int) -> None:
    gate = FakeGate()
    swap = fakes(gate).engine().enhance(row(10), post)
    assert len(gate.shown) == 2 and (gate.shown[0] == row(10)).all()
    if post is BOTH:
        assert tuple(gate.shown[1][20, 12]) == (0, 0, BLUE), "what only became larger was seen"
    else:
        assert (gate.shown[1] == swap.picture.rgb).all()
    with pytest.raises(Refused):
        fakes(FakeGate(refuses=call)).engine().enhance(row(10), post)


def test_the_gate_knows_who_is_young_and_sees_what_lies_round_small_faces() -> None:
    gate = FakeGate()
    picture = drawn(Person((1000, 500, 30), 1, sex=1), size=(1080, 1920))
    fakes(gate).engine().enhance(picture, ALONE)
    assert gate.ages == [30, 30]
    assert len(gate.shown) == 4 and gate.shown[1].shape < gate.shown[0].shape


def test_in_films_the_gate_looks_once_a_second_and_a_frame_may_be_empty() -> None:
    for post, seen in ((ALONE, 2), (PLAIN, 2)):
        gate = FakeGate()
        engine = fakes(gate).engine()
        engine.enhance(row(10), post, moment=Moment(0.0, due=True))
        engine.enhance(row(20), post, moment=Moment(0.1, due=False))
        assert len(gate.shown) == seen
    with pytest.raises(Refused, match=r"At 1:02\.00 of the film"):
        fakes(FakeGate(refuses=2)).engine().enhance(row(10), PLAIN, moment=Moment(62.0, due=True))
    empty = fakes().engine().enhance(EMPTY, ALONE, moment=Moment(0.0, due=True))
    assert (empty.picture.rgb == EMPTY).all()


def test_faces_that_are_known_are_not_looked_for() -> None:
    parts = fakes()
    engine = parts.engine()
    found = engine.detect(row(10))
    swap = engine.enhance(row(10), ALONE, detection=found)
    assert parts.detector.calls == 1 and swap.result.faces[0].status == "restored"


def test_a_stopped_enhancement_leaves_the_picture_as_it_was() -> None:
    host = FakeHost(stop=True, own_restorers={"blue": FakeRestorer()})
    swap = Fakes(host=host).engine().enhance(row(10), ALONE)
    assert (swap.picture.rgb == row(10)).all() and swap.result.faces[0].status == "skipped"


def test_a_deep_picture_keeps_its_depth_and_its_alpha() -> None:
    deep = np.dstack([row(10), np.full(row(10).shape[:2], 200, np.uint8)]).astype(np.uint16) * 257
    made = fakes().engine().enhance(deep, ALONE).picture
    assert made.pixels.dtype == np.uint16 and made.alpha is not None and (made.alpha == 200 * 257).all()
    assert made.rgb[20, 12].tolist() == [0, 0, BLUE]


@pytest.mark.parametrize("post", [ALONE, BOTH, PostOptions(restorer="none", upscaler="green")])
def test_what_a_net_drew_is_marked_as_such(post: PostOptions) -> None:
    found = terms(fakes().engine().enhance(row(10), post))
    assert found["digital source type"] == "compositeWithTrainedAlgorithmicMedia"
    assert found["AI system"] == "roop"


def test_what_no_net_drew_is_marked_as_enhanced_and_names_no_ai() -> None:
    swap = fakes().engine().enhance(row(10), PLAIN)
    found = terms(swap)
    assert found["digital source type"] == "algorithmicallyEnhanced"
    assert "AI system" not in found and found["software"].startswith("roop")


def test_what_was_generated_stays_so_and_its_maker_named(tmp_path: Path) -> None:
    engine: Engine = fakes().engine()
    first = engine.swap(row(200), row(10))
    first.save(tmp_path / "a.png")
    swap = engine.enhance(tmp_path / "a.png", PLAIN)
    assert terms(swap)["digital source type"] == "compositeWithTrainedAlgorithmicMedia"
    assert terms(swap)["AI system"] == "roop (fake engine)"


def test_a_swap_says_what_it_is_as_before() -> None:
    parts = Fakes(swapper=FakeSwapper(engine="built-in"))
    swap = parts.engine().swap(row(200), row(10))
    assert swap.origin == ("composite", "built-in")


def test_the_label_says_what_was_done(tmp_path: Path) -> None:
    swap = fakes().engine().enhance(np.zeros((300, 400, 3), np.uint8), PLAIN)
    path = swap.save(tmp_path / "a.png", OutputOptions(label=True))
    assert (images.read(path).rgb == provenance.labelled(swap.picture, "algorithmicallyEnhanced").rgb).all()
