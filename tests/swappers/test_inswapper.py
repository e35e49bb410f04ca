"""inswapper and ReSwapper, on tiny graphs of their contract."""

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data

from lib_roop import geometry, templates
from lib_roop.errors import InputError, ModelError, OptionError
from lib_roop.swappers import inswapper, sources
from lib_roop.swappers.crops import CropSwapper, Enhancement, Shapes
from lib_roop.swappers.inswapper import RECOGNISER, InSwapper
from lib_roop.types import Face, Floats, Identity, Image, Patch, SwapJob
from lib_roop.zoo import runtime
from lib_roop.zoo.guarded import Guarded
from tests.swappers.graphs import GAINS, Toy, directions, emap, embedding, swapper_of

FACE = (np.array(templates.ARCFACE_128.points) * 1.5 + (120, 60)).astype(np.float32)
"""The astronaut's, about."""
TOYS = {"real": Toy(), "any number": Toy(batch=None), "halves": Toy(half=True), "latent first": Toy(latent_first=True)}


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return np.asarray(skimage.data.astronaut(), np.uint8)


def someone(seed: int) -> Identity:
    return Identity(name=f"person {seed}", embeddings={RECOGNISER: embedding(seed)})


def job_of(
    swapper: CropSwapper, picture: Image, identity: Identity, landmarks: Floats = FACE, *, strength: float = 1.0
) -> SwapJob:
    face = Face(id=3, box=np.zeros(4, np.float32), landmarks=landmarks, score=1.0)
    return SwapJob(geometry.cut(picture, swapper.frame(face, identity)), identity, strength, face)


def shift_of(identity: Floats) -> Floats:
    """How much red, green and blue the toy adds for an embedding, in levels."""
    turned = identity / np.linalg.norm(identity) @ emap()
    return np.asarray(turned / np.linalg.norm(turned) @ directions() * 0.15 * 255, np.float32)


def change(picture: Image, patch: Patch) -> Floats:
    """Mean difference to what the toy makes of the crop without an identity, in the middle of the patch."""
    height, width = patch.mask.shape
    middle = np.s_[height // 2 - 10 : height // 2 + 10, width // 2 - 10 : width // 2 + 10]
    under = picture[patch.y : patch.y + height, patch.x : patch.x + width][middle] * np.array(GAINS)
    return np.asarray((patch.rgb[middle] - under).mean((0, 1)), np.float32)


@pytest.fixture
def grey() -> Image:
    return np.full((300, 400, 3), 120, np.uint8)


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_every_face_gets_its_own_identity_whatever_the_file_is_like(grey: Image, toy: Toy) -> None:
    swapper = swapper_of(toy)
    places = [
        np.asarray(FACE + shift, np.float32) for shift in ((-70, 0), (60, 20), (120, -40), (0, 50), (10, 10), (30, 0))
    ]
    jobs = [job_of(swapper, grey, someone(seed), place) for seed, place in enumerate(places)]
    for seed, patch in enumerate(swapper.swap(jobs)):
        np.testing.assert_allclose(change(grey, patch), shift_of(embedding(seed)), atol=1.1)


@pytest.mark.parametrize("side", [128, 160, 256])
def test_dynamic_files_swap_at_the_size_that_is_asked_for(astronaut: Image, side: int) -> None:
    swapper = swapper_of(Toy(size=None, batch=None), side)
    job = job_of(swapper, astronaut, someone(1))
    assert job.crop.pixels.shape == (side, side, 3)
    (patch,) = swapper.swap([job])
    expected = geometry.paste(astronaut, swapper_of().swap([job_of(swapper_of(), astronaut, someone(1))]))
    difference = np.abs(geometry.paste(astronaut, [patch]).astype(int) - expected)
    assert difference.mean() < 0.5


def test_a_batch_is_as_large_as_memory_allows_and_in_order(grey: Image) -> None:
    net = Counting(Toy(batch=None))
    swapper = InSwapper(net, emap(), Toy(batch=None).contract())
    swapper.swap([job_of(swapper, grey, someone(seed)) for seed in range(6)])
    assert net.sizes == [4, 2]
    alone = Counting(Toy())
    swapper = InSwapper(alone, emap(), Toy().contract())
    swapper.swap([job_of(swapper, grey, someone(seed)) for seed in range(3)])
    assert alone.sizes == [1, 1, 1]


def test_nothing_to_do_runs_nothing() -> None:
    net = Counting(Toy())
    assert InSwapper(net, emap(), Toy().contract()).swap([]) == []
    assert net.sizes == []


@pytest.mark.parametrize("strength", [0.0, 0.4, 0.9, 1.2, 1.5])
def test_the_strength_goes_from_the_target_through_the_source_and_beyond(grey: Image, strength: float) -> None:
    swapper, source, target = swapper_of(), embedding(1), embedding(2)
    job = job_of(swapper, grey, someone(1), strength=strength)
    known = replace(job, face=replace(job.face, embeddings={RECOGNISER: target}))
    (patch,) = swapper.swap([known])
    mix = strength * source / np.linalg.norm(source) + (1 - strength) * target / np.linalg.norm(target)
    np.testing.assert_allclose(change(grey, patch), shift_of(mix), atol=1.1)


def test_the_targets_embedding_is_asked_for_only_where_it_is_used(grey: Image) -> None:
    assert not sources.needs_target_embedding(1.0)
    assert sources.needs_target_embedding(0.99) and sources.needs_target_embedding(1.5)
    swapper = swapper_of()
    swapper.swap([job_of(swapper, grey, someone(1))])
    with pytest.raises(InputError, match=r"strength 0\.5 .* w600k_r50 of face 3 is missing"):
        swapper.swap([job_of(swapper, grey, someone(1), strength=0.5)])


@pytest.mark.parametrize(
    "embeddings", [{}, {"dlib_resnet_v1": np.ones(128)}, {RECOGNISER: np.ones(128)}, {RECOGNISER: np.zeros(512)}]
)
def test_a_face_without_the_embedding_is_told_how_to_get_it(embeddings: Mapping[str, Floats]) -> None:
    face = Face(id=0, box=np.zeros(4, np.float32), landmarks=FACE, score=1.0)
    with pytest.raises(InputError, match=r"anna lacks the embedding w600k_r50 .* roop face build"):
        swapper_of().frame(face, Identity(name="anna", embeddings=embeddings))


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"target": (1, 3, 128, 128)}, {"output": (1, 3, 128, 128)}),
        ({"target": (1, 3, 128, 128), "source": (1, 3, 112, 112)}, {"output": (1, 3, 128, 128)}),
        ({"target": (1, 3, 128, 128), "source": (1, 128)}, {"output": (1, 3, 128, 128)}),
        ({"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128), "mask": (1, 1, 128, 128)}),
    ],
)
def test_a_file_of_another_family_is_named(inputs: Shapes, outputs: Shapes) -> None:
    with pytest.raises(ModelError, match="simswap is no inswapper"):
        inswapper.contract("simswap", inputs, outputs)


def test_a_size_that_cannot_be_is_said() -> None:
    with pytest.raises(OptionError, match="works at 128 pixels only"):
        Toy().contract(256)
    with pytest.raises(OptionError, match="multiple of 4"):
        Toy(size=None).contract(130)
    assert Toy(size=None).contract().size == 128
    assert Toy(size=256).contract().size == 256


def test_a_file_that_lost_its_matrix_is_noticed() -> None:
    with pytest.raises(ModelError, match=r"shape \(512, 3\) instead of the 512x512"):
        InSwapper(Counting(Toy()), directions(), Toy().contract())


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_black_pictures_and_what_is_no_number_come_from_the_second_net(astronaut: Image, value: float) -> None:
    good, bad = Counting(Toy()), Constant(value)
    swapper = InSwapper(Guarded("toy", bad, lambda: good), emap(), Toy().contract())
    (patch,) = swapper.swap([job_of(swapper, astronaut, someone(1))])
    (expected,) = swapper_of().swap([job_of(swapper, astronaut, someone(1))])
    np.testing.assert_array_equal(patch.rgb, expected.rgb)
    hopeless = InSwapper(Guarded("toy", bad, lambda: bad), emap(), Toy().contract())
    with pytest.raises(ModelError, match="toy gives black pictures"):
        hopeless.swap([job_of(hopeless, astronaut, someone(1))])


@pytest.mark.parametrize("degrees", [0, 37, 180, 301])
@pytest.mark.parametrize("scale", [0.1, 1.0, 9.0])
@pytest.mark.parametrize("centre", [(0, 0), (200, 150), (399, 10), (150, 310), (-80, 700)])
def test_patches_stay_within_the_picture_wherever_the_face_is(
    grey: Image, centre: tuple[int, int], scale: float, degrees: int
) -> None:
    cosine, sine = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    landmarks = (np.array(templates.ARCFACE_128.points) - 64) @ np.array([[cosine, sine], [-sine, cosine]]) + centre
    swapper = swapper_of()
    (patch,) = swapper.swap([job_of(swapper, grey, someone(1), landmarks.astype(np.float32))])
    assert patch.x >= 0 and patch.x + patch.mask.shape[1] <= 400
    assert patch.y >= 0 and patch.y + patch.mask.shape[0] <= 300
    assert patch.rgb.shape == (*patch.mask.shape, 3) and patch.rgb.dtype == np.uint8
    assert patch.mask.dtype == np.float32
    if patch.mask.size:
        assert patch.mask.min() >= 0 and patch.mask.max() <= 1
    for edge, at_picture in (
        (patch.mask[:1], patch.y == 0),
        (patch.mask[-1:], patch.y + patch.mask.shape[0] == 300),
        (patch.mask[:, :1], patch.x == 0),
        (patch.mask[:, -1:], patch.x + patch.mask.shape[1] == 400),
    ):
        assert at_picture or not edge.any()


def test_a_face_larger_than_its_picture_is_swapped_to_the_edges(grey: Image) -> None:
    swapper = swapper_of()
    landmarks = ((np.array(templates.ARCFACE_128.points) - 64) * 9 + (200, 150)).astype(np.float32)
    (patch,) = swapper.swap([job_of(swapper, grey, someone(1), landmarks)])
    assert patch.mask.shape == (300, 400)
    assert patch.mask.min() > 0.999


def test_a_face_beside_the_picture_is_not_run(grey: Image) -> None:
    net = Counting(Toy())
    swapper = InSwapper(net, emap(), Toy().contract())
    jobs = [job_of(swapper, grey, someone(1), FACE - np.float32(1000)), job_of(swapper, grey, someone(2))]
    beside, within = swapper.swap(jobs)
    assert net.sizes == [1]
    assert not beside.mask.size
    np.testing.assert_allclose(change(grey, within), shift_of(embedding(2)), atol=1.1)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_enhanced_crops_are_pasted_where_the_crop_was(astronaut: Image, factor: int) -> None:
    def larger(crops: list[Image]) -> list[Image]:
        return [np.asarray(cv2.resize(crop, None, fx=factor, fy=factor), np.uint8) for crop in crops]

    landmarks = (np.array(templates.ARCFACE_128.points) * 3.3 + (40, 20)).astype(np.float32)
    swapper = InSwapper(Counting(Toy()), emap(), Toy().contract(), enhance=Enhancement(larger))
    job = job_of(swapper, astronaut, someone(1), landmarks)
    before, after = (geometry.paste(astronaut, each.swap([job])).astype(int) for each in (swapper_of(), swapper))
    moved = np.abs(before - np.roll(before, 1, axis=1))[60:400, 80:420].mean()
    assert np.abs(before - after)[60:400, 80:420].mean() < 0.5 * moved


def test_small_faces_are_not_enhanced_where_only_large_ones_are_to_be(astronaut: Image) -> None:
    seen: list[int] = []

    def remembered(crops: list[Image]) -> list[Image]:
        seen.append(len(crops))
        return [255 - crop for crop in crops]

    enhance = Enhancement(remembered, larger=True)
    swapper = InSwapper(Counting(Toy()), emap(), Toy().contract(), enhance=enhance)
    points = np.array(templates.ARCFACE_128.points)
    small, large = (
        job_of(swapper, astronaut, someone(1), (points * scale + 60).astype(np.float32)) for scale in (0.8, 2.0)
    )
    first, second = swapper.swap([small, large])
    assert seen == [1]
    plain_small, plain_large = swapper_of().swap([small, large])
    np.testing.assert_array_equal(first.rgb, plain_small.rgb)
    assert np.abs(second.rgb.astype(int) - plain_large.rgb).mean() > 20
    swapper.swap([small])
    assert seen == [1]


def test_an_enlarged_crop_is_not_skipped_through_when_the_face_is_small(grey: Image) -> None:
    def striped(crops: list[Image]) -> list[Image]:
        stripes = np.tile(np.repeat(np.array([0, 200], np.uint8), 2), 256)[:1024]
        return [np.broadcast_to(stripes[None, :, None], (1024, 1024, 3)).copy() for _ in crops]

    swapper = InSwapper(Counting(Toy()), emap(), Toy().contract(), enhance=Enhancement(striped))
    (patch,) = swapper.swap([job_of(swapper, grey, someone(1))])
    assert patch.rgb[patch.mask > 0.99].std() < 15


def test_what_is_given_is_not_written_to(astronaut: Image) -> None:
    swapper = swapper_of()
    job = job_of(swapper, astronaut, someone(1))
    before, vector = job.crop.pixels.copy(), embedding(1)
    job.crop.pixels.setflags(write=False)
    job.identity.embeddings[RECOGNISER].setflags(write=False)
    swapper.swap([job])
    np.testing.assert_array_equal(job.crop.pixels, before)
    np.testing.assert_array_equal(job.identity.embeddings[RECOGNISER], vector)


class Counting:
    """A toy that notes how many faces each run had."""

    def __init__(self, toy: Toy) -> None:
        self.sizes: list[int] = []
        self._net = runtime.load_unlisted("toy.onnx", toy.data())
        self.providers: tuple[str, ...] = self._net.providers

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.sizes.append(len(inputs["target"]))
        return self._net.run(inputs)


class Constant:
    """A net that gives one value everywhere."""

    providers: tuple[str, ...] = ("broken",)

    def __init__(self, value: float) -> None:
        self._value = np.float32(value)

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        return {"output": np.full(inputs["target"].shape, self._value, np.float32)}
