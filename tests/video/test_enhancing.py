"""A film's frames restored and enlarged without a swap, with fakes for every net and for the frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lib_roop.errors import ModelError, OptionError, Refused
from lib_roop.options import OutputOptions, PostOptions
from lib_roop.video import rendering
from lib_roop.video.rendering import Done, Plant
from lib_roop.video.stages import Ledger
from lib_roop.video.treating import Enhancing, Treatment
from tests.fakes import BLUE, FakeCanvas, FakeGate, FakeHost, FakeRestorer, Fakes, FakeUpscaler, Person, drawn

BLUES, LARGER = PostOptions(restorer="blue"), PostOptions(restorer="none", upscaler="lanczos")


def walk(count: int, *, gone: int = -1) -> list[FakeCanvas]:
    """Somebody walks to the right, and is `gone` in one frame."""
    shown = [Person((5 + 2 * at, 20, 20), 10, 60 if at == gone else 255) for at in range(count)]
    return [FakeCanvas(at, drawn(person, size=(60, 160))) for at, person in enumerate(shown)]


def parts(gate: FakeGate | None = None) -> Fakes:
    host = FakeHost(own_restorers={"blue": FakeRestorer()}, own_upscalers={"green": FakeUpscaler()})
    return Fakes(host=host, gate=gate or FakeGate())


def run(frames: Sequence[FakeCanvas], post: PostOptions, gate: FakeGate | None = None) -> list[Done[FakeCanvas]]:
    treatment: Treatment = Enhancing(parts(gate).engine(), post)
    return list(rendering.rendered(frames, treatment, Plant(workers=2, ahead=3, batch=2), Ledger()))


def test_every_frame_has_its_face_restored_and_its_ground_as_it_was() -> None:
    frames = walk(12)
    for done in run(frames, BLUES):
        assert done.native[30, 15 + 2 * done.canvas.number].tolist() == [0, 0, BLUE]
        assert (done.native[:, -20:] == frames[done.canvas.number].image[:, -20:]).all()
        assert [face.status for face in done.swap.result.faces] == ["restored"] and done.swapped == 1


def test_a_frame_whose_face_was_missed_is_restored_too() -> None:
    done = run(walk(12, gone=6), BLUES)
    assert done[6].filled == 1 and done[6].native[30, 27].tolist() == [0, 0, BLUE]


def test_every_frame_is_enlarged_with_or_without_a_face() -> None:
    empty = FakeCanvas(3, np.zeros((60, 160, 3), np.uint8))
    done = run([*walk(3), empty], LARGER)
    assert {each.native.shape for each in done} == {(120, 320, 3)}


@pytest.mark.parametrize("post", [BLUES, LARGER, PostOptions(restorer="blue", upscaler="green", upscale_first=True)])
def test_the_gate_looks_once_a_second_at_what_was_and_what_became(post: PostOptions) -> None:
    gate = FakeGate()
    run(walk(25), post, gate)
    assert len(gate.shown) == 6
    with pytest.raises(Refused, match=r"At 0:01\.00 of the film"):
        run(walk(25), post, FakeGate(refuses=4))


def test_what_a_net_draws_and_what_none_does_is_told_apart() -> None:
    engine = parts().engine()
    green = PostOptions(restorer="none", upscaler="green")
    kinds = [Enhancing(engine, post).kind for post in (BLUES, green, LARGER)]
    assert kinds == ["compositeWithTrainedAlgorithmicMedia"] * 2 + ["algorithmicallyEnhanced"]
    assert Enhancing(engine, BLUES).name == Enhancing(engine, BLUES).engine == ""


def test_other_options_make_other_frames() -> None:
    engine = parts().engine()
    wanted = (BLUES, LARGER, PostOptions(), PostOptions(restorer="blue", fidelity=0.7))
    keys = [Enhancing(engine, post).key for post in wanted]
    assert len(set(keys)) == 4 and keys[0] == Enhancing(parts().engine(), BLUES).key


def test_what_cannot_be_done_is_said_before_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="choose a restorer, an upscaler, or both"):
        Enhancing(parts().engine(), PostOptions(restorer="none"))
    with pytest.raises(ModelError, match="auto found no restorer"):
        Enhancing(Fakes().engine(), PostOptions())
    (note,) = Enhancing(Fakes().engine(), PostOptions(upscaler="lanczos")).notes
    assert note.startswith("No face is restored: auto found no restorer")
    signed = OutputOptions(c2pa_key=str(tmp_path / "key.pem"), c2pa_certificate=str(tmp_path / "certificate.pem"))
    with pytest.raises(OptionError, match="Content credentials are for pictures"):
        Enhancing(parts().engine(), BLUES, signed)


def test_the_label_is_in_every_frame() -> None:
    plain, label = (Enhancing(parts().engine(), BLUES, OutputOptions(label=label)) for label in (False, True))
    pairs = [
        [done.native for done in rendering.rendered(walk(3), treatment, Plant(workers=1, ahead=1), Ledger())]
        for treatment in (plain, label)
    ]
    assert all((one != other).any() for one, other in zip(*pairs, strict=True))
