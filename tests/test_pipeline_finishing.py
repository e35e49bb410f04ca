"""What is done beside the swap: masks, colours, restorers, enlarging; with fakes for every net."""

from dataclasses import replace

import numpy as np
import pytest

from lib_roop import images, pipeline, upscalers
from lib_roop.errors import InputError, Refused
from lib_roop.images import Picture
from lib_roop.maskers import Box, Drawn, Masking
from lib_roop.masks import Edge
from lib_roop.options import KEPT, MASKS, REGIONS, SwapUnit
from lib_roop.planning import Enlarging, Plan, Restoring, Wants, restorable, wants
from lib_roop.types import Image, SwapResult
from lib_roop.upscalers import Lanczos
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
    people,
    row,
)
from tests.test_pipeline import casting, planned

COARSE = FakeSwapper("inswapper_128", "neural", ("inswapper_128",), 128)


def applied(picture: Image, plan: Plan, fakes: Fakes | None = None) -> tuple[Picture, SwapResult]:
    fakes = fakes or Fakes()
    return pipeline.apply(
        images.read(picture), plan, gate=fakes.gate, recogniser=fakes.recogniser, interrupted=fakes.host.interrupted
    )


def restoring(plan: Plan, restorer: FakeRestorer, **how: object) -> Plan:
    return replace(plan, restoring=Restoring(restorer=restorer, **how))  # type: ignore[arg-type]


def half(picture: Image) -> Image:
    """A drawn mask that is white above the middle of the first face."""
    drawing = np.zeros_like(picture)
    drawing[:18] = 255
    return drawing


def test_a_patch_is_seen_only_where_the_masks_allow_it() -> None:
    picture = row(10)
    drawn = replace(casting(200), maskings=(Masking(Drawn(half(picture))),))
    result = applied(picture, planned(picture, drawn))[0].rgb
    plain = applied(picture, planned(picture, casting(200)))[0].rgb
    assert (result[:18] == plain[:18]).all() and (result[18:] == picture[18:]).all()
    assert (plain[18:] != picture[18:]).any()


def test_every_unit_has_its_own_masks() -> None:
    picture = row(10, 20)
    nothing = Masking(Drawn(np.zeros_like(picture)))
    plan = planned(picture, replace(casting(200), maskings=(nothing,)), casting(210, target_faces="1"))
    assert people(applied(picture, plan)[0].rgb) == [10, 210]


def test_masks_have_their_edges_and_are_timed() -> None:
    picture = row(10)
    edge = Masking(Box(), Edge(top=0.5))
    _, result = applied(picture, planned(picture, replace(casting(200), maskings=(edge,))))
    (patch,) = result.patches
    assert patch.mask[2, 8] == 0 and patch.mask[14, 8] == 1
    assert set(result.faces[0].ms) == {"swap", "mask", "paste"}


def test_colours_are_the_targets_as_strongly_as_asked() -> None:
    picture = row(10)
    found = {
        much: applied(picture, planned(picture, casting(200, colour="mean", colour_strength=much)))[0].rgb[20, 12, 1]
        for much in (0.0, 0.5, 1.0)
    }
    assert found == {0.0: 200, 0.5: 105, 1.0: 10}


def test_what_nobody_asks_for_does_not_run() -> None:
    _, result = applied(row(10), planned(row(10), casting(200)))
    assert set(result.faces[0].ms) == {"swap", "paste"}
    assert (result.restorer.name, result.upscaler.name, result.scale) == ("none", "none", 1.0)


def test_swapped_faces_are_restored_and_the_others_stay() -> None:
    restorer, picture = FakeRestorer(), row(10, 20, 30)
    plan = planned(picture, casting(200, target_faces="0,2"))
    swapped, result = applied(picture, restoring(plan, restorer, fidelity=0.3))
    assert restorer.crops == 2 and restorer.fidelity == 0.3
    assert [tuple(swapped.rgb[25, column]) for column in (13, 74)] == [(0, 0, BLUE)] * 2
    assert (swapped.rgb[:, 34:52] == picture[:, 34:52]).all()
    assert (result.restorer.name, result.restorer.models) == ("blue", ("blue_net",))
    assert result.models == ("paint", "blue_net") and len(result.patches) == 4
    assert "restore" in result.faces[0].ms and "restore" not in result.faces[1].ms


def test_every_face_is_restored_when_that_is_asked_for() -> None:
    restorer, picture = FakeRestorer(), row(10, 20, 30)
    applied(picture, restoring(planned(picture, casting(200)), restorer, everyone=True))
    assert restorer.crops == 3


def test_a_restored_face_is_seen_as_much_as_asked() -> None:
    picture = row(10)
    plan = restoring(planned(picture, casting(200)), FakeRestorer(), visibility=0.5)
    assert applied(picture, plan)[0].rgb[20, 12].tolist() == [128, 100, BLUE // 2]


def test_auto_restores_only_what_came_out_with_few_pixels() -> None:
    places = (5, 10, 70), (90, 10, 70), (170, 10, 70), (250, 10, 40)
    picture = drawn(*(Person(place, 10 * number) for number, place in enumerate(places)), size=(100, 300))
    units = [
        casting(200),
        casting(200, swapper=COARSE, target_faces="1"),
        casting(200, swapper=COARSE, target_faces="2", enhance="always"),
        casting(200, swapper=COARSE, target_faces="3"),
    ]
    plan = restoring(planned(picture, *units), FakeRestorer(), coarse=True)
    assert [face.id for face in restorable(plan, {0, 1, 2, 3})] == [1], "the last one is small"
    assert [face.id for face in restorable(restoring(plan, FakeRestorer()), {0, 1, 2})] == [0, 1, 2]
    assert not restorable(restoring(plan, FakeRestorer(), everyone=True), set())


def test_a_dropped_result_is_not_restored() -> None:
    restorer = FakeRestorer()
    plan = planned(row(0), casting(200, min_similarity=0.99, strength=0.5))
    assert applied(row(0), restoring(plan, restorer))[1].rejected and not restorer.crops


def test_similarity_is_that_of_the_swap_not_of_the_restored_face() -> None:
    plan = planned(row(10), casting(200, similarity=True))
    assert applied(row(10), restoring(plan, FakeRestorer()))[1].faces[0].similarity == pytest.approx(1, abs=1e-4)


def test_the_gate_sees_what_was_restored_and_only_once() -> None:
    gate = FakeGate()
    plan = restoring(planned(row(10), casting(200)), FakeRestorer())
    applied(row(10), plan, Fakes(gate=gate))
    assert len(gate.shown) == 2
    assert tuple(gate.shown[0][20, 12]) == (255, 10, 0) and tuple(gate.shown[1][20, 12]) == (0, 0, BLUE)


def test_a_stopped_swap_is_not_restored() -> None:
    restorer = FakeRestorer()
    plan = restoring(planned(row(10), casting(200)), restorer, everyone=True)
    applied(row(10), plan, Fakes(host=FakeHost(stop=True)))
    assert not restorer.crops


def larger(
    plan: Plan, picture: Image, *, first: bool = False, gate: FakeGate | None = None
) -> tuple[Picture, SwapResult]:
    """Twice as large; the swap itself is not restored when enlarging comes first."""
    left = replace(plan, restoring=Restoring()) if first else plan
    swapped, result = applied(picture, left)
    enlarging = Enlarging(upscaler=FakeUpscaler(), scale=2.0, first=first)
    return pipeline.enlarged(swapped, result, plan, enlarging, gate=gate or FakeGate())


def test_an_enlarged_result_says_what_enlarged_it() -> None:
    picture = row(10)
    whole, result = larger(planned(picture, casting(200)), picture)
    assert whole.rgb.shape == (120, 80, 3) and (result.image == whole.rgb).all()
    assert whole.rgb[40, 24].tolist() == [255, 200 + GREENER, 0]
    assert (result.upscaler.name, result.scale, result.models) == ("green", 2.0, ("paint", "green_net"))
    assert result.faces[0].box == (5.0, 10.0, 21.0, 26.0), "boxes stay the target's"


def test_faces_are_restored_before_or_after_enlarging() -> None:
    picture = row(10, 20)
    plan = restoring(planned(picture, casting(200)), FakeRestorer())
    before, after = (larger(plan, picture, first=first)[0].rgb for first in (False, True))
    assert before[40, 24].tolist() == [0, GREENER, BLUE] and after[40, 24].tolist() == [0, 0, BLUE]
    assert (before[:, 68:] == after[:, 68:]).all()


def test_what_is_restored_after_enlarging_goes_past_the_gate() -> None:
    picture = row(10)
    plan = restoring(planned(picture, casting(200)), FakeRestorer())
    gate = FakeGate()
    _, result = larger(plan, picture, first=True, gate=gate)
    assert len(gate.shown) == 1 and gate.shown[0].shape == (120, 80, 3)
    assert (result.restorer.name, result.models) == ("blue", ("paint", "blue_net", "green_net"))
    with pytest.raises(Refused):
        larger(plan, picture, first=True, gate=FakeGate(refuses=1))
    gate = FakeGate()
    larger(plan, picture, gate=gate)
    assert not gate.shown, "what only became larger was seen"


def test_a_deep_picture_with_alpha_is_enlarged_in_its_own_depth() -> None:
    ramp = np.linspace(0, 65535, 64 * 48, dtype=np.uint16).reshape(48, 64)
    alpha = np.full((48, 64), 30000, np.uint16)
    picture = images.read(np.dstack([ramp, ramp, ramp, alpha]))
    plain = upscalers.enlarged(picture, Lanczos(), 2.0, 1.0)
    assert plain.pixels.dtype == np.uint16 and plain.alpha is not None and (plain.alpha == 30000).all()
    assert len(np.unique(plain.pixels)) > 3000 and plain.notes == ()
    net = upscalers.enlarged(picture, FakeUpscaler(), 2.0, 1.0)
    assert net.pixels.dtype == np.uint16 and net.alpha is not None and net.alpha.shape == (96, 128)
    assert net.notes == ("The upscaler green works at 8 bits a channel; lanczos keeps the 16 of picture.",)


def test_grey_stays_grey() -> None:
    picture = images.read(np.full((20, 30), 90, np.uint8))
    for upscaler in (Lanczos(), FakeUpscaler()):
        enlarged = upscalers.enlarged(picture, upscaler, 1.5, 0.5)
        assert enlarged.pixels.shape == (30, 45) and (enlarged.rgb == enlarged.pixels[..., None]).all()


def test_a_result_that_nobody_could_read_again_is_refused() -> None:
    picture = images.read(np.zeros((4000, 6000), np.uint8))
    with pytest.raises(InputError, match="would have 48000x32000 pixels; lower scale"):
        upscalers.enlarged(picture, Lanczos(), 8.0, 1.0)


@pytest.mark.parametrize(
    ("unit", "mesh"), [({"keep": "mouth"}, True), ({"mask": "hull:top=0.1"}, True), ({"mask": "box"}, False)]
)
def test_outlines_need_the_mesh(unit: dict[str, str], mesh: bool) -> None:
    assert wants([SwapUnit(), SwapUnit(**unit)]) == Wants(mesh=mesh)  # type: ignore[arg-type]


def test_the_options_name_the_parts_that_there_are() -> None:
    from lib_roop.finishing import PLAIN
    from lib_roop.maskers import bisenet, shapes

    assert set(MASKS) == {*PLAIN, "regions", "occlusion"}
    assert set(bisenet.REGIONS) == set(REGIONS) and set(KEPT) == set(shapes.KEPT)
    assert set(SwapUnit().regions) == set(bisenet.FACE)
