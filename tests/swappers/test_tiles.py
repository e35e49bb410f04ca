"""Pixel boost: finer crops, dealt out to faces of a model's own size and put together again."""

from collections.abc import Mapping

import cv2
import numpy as np
import pytest

from lib_roop import geometry, templates
from lib_roop.swappers import tiles
from lib_roop.swappers.crops import Contract, CropSwapper, Enhancement
from lib_roop.swappers.sources import Embedded, unit
from lib_roop.types import CropSpec, Face, Floats, Identity, Image, SwapJob
from tests.graphs_restorers import noisy

ANNA = Identity(name="anna", embeddings={"w600k_r50": np.ones(512, np.float32)})
FACE = (np.array(templates.ARCFACE_128.points) * 3.6 + (40, 20)).astype(np.float32)
"""Its crop is 461 pixels wide in the picture."""


class Same:
    """A net that gives back what it was given, and remembers the faces. mask: whether it says that all of it is new."""

    providers: tuple[str, ...] = ("none",)

    def __init__(self, *, mask: bool = False) -> None:
        self.faces: list[Floats] = []
        self.runs: list[int] = []
        self.mask = mask

    def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        self.faces += list(inputs["target"])
        self.runs.append(len(inputs["target"]))
        assert len(inputs["source"]) == len(inputs["target"])
        made = {"output": inputs["target"]}
        return made | {"mask": inputs["target"][:, :1]} if self.mask else made


def swapper_of(
    net: Same, boost: str, *, size: int = 128, batched: bool = False, about_centre: bool = False
) -> CropSwapper:
    known = templates.ARCFACE_128
    contract = Contract(
        name="same", size=size, target="target", source="source", output="output", batched=batched,
        mask="mask" if net.mask else "", template=templates.scaled(known, size) if about_centre else known,
    )  # fmt: skip
    return CropSwapper(net, contract, Embedded(unit), boost=boost)


def job_of(swapper: CropSwapper, picture: Image, landmarks: Floats = FACE) -> SwapJob:
    face = Face(id=0, box=np.zeros(4, np.float32), landmarks=landmarks, score=1.0)
    return SwapJob(geometry.cut(picture, swapper.frame(face, ANNA)), ANNA, 1.0, face)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8])
def test_what_was_dealt_out_is_put_together_to_the_bit(count: int) -> None:
    crop = np.random.default_rng(count).integers(0, 256, (16 * count, 16 * count, 3), np.uint8)
    faces = tiles.dealt(crop, count)
    assert len(faces) == count**2 and all(face.shape == (16, 16, 3) for face in faces)
    assert (tiles.gathered(faces, count) == crop).all()
    mask = crop[..., 0] / np.float32(255)
    assert (
        tiles.gathered([mask[row::count, column::count] for row in range(count) for column in range(count)], count)
        == mask
    ).all()


@pytest.mark.parametrize("count", [2, 3, 4])
def test_every_face_holds_each_of_its_pixels_neighbours_once(count: int) -> None:
    crop = np.arange((4 * count) ** 2, dtype=np.uint32).reshape(4 * count, 4 * count)
    faces = tiles.dealt(crop, count)  # type: ignore[arg-type]
    assert sorted(int(face[0, 0]) for face in faces) == sorted(crop[:count, :count].ravel().tolist())


@pytest.mark.parametrize(
    ("boost", "size", "shown", "count"),
    [
        ("none", 128, 4000, 1),
        ("256", 128, 10, 2), ("512", 128, 10, 4), ("768", 128, 10, 6), ("1024", 128, 10, 8),
        ("256", 256, 10, 1), ("512", 256, 10, 2), ("768", 256, 10, 3), ("1024", 256, 10, 4),
        ("256", 512, 10, 1), ("768", 512, 10, 1), ("1024", 512, 10, 2),
        ("auto", 128, 40, 1), ("auto", 128, 128, 1), ("auto", 128, 260, 2), ("auto", 128, 900, 4),
        ("auto", 128, 9000, 4),
        ("auto", 256, 300, 1), ("auto", 256, 900, 2), ("auto", 512, 900, 1),
    ],
)  # fmt: skip
def test_how_many_faces_fit_the_boost_and_the_model(boost: str, size: int, shown: float, count: int) -> None:
    assert tiles.across(boost, size, shown) == count


@pytest.mark.parametrize("boost", ["256", "512", "768", "1024"])
@pytest.mark.parametrize("about_centre", [False, True])
@pytest.mark.parametrize("size", [128, 256])
def test_a_model_that_changes_nothing_gives_the_finer_crop_back(boost: str, size: int, *, about_centre: bool) -> None:
    picture = noisy(1300, 1300)
    swapper = swapper_of(net := Same(), boost, size=size, about_centre=about_centre)
    job = job_of(swapper, picture, FACE * np.float32(2.4))
    side = max(int(boost), size)
    assert job.crop.pixels.shape == (side, side, 3) and swapper.side == side
    (patch,) = swapper.swap([job])
    plain = geometry.put_back(job.crop.pixels, job.crop.spec, job.crop.whole)
    assert (patch.rgb == plain.rgb).all() and len(net.faces) == (side // size) ** 2


@pytest.mark.parametrize("about_centre", [False, True])
@pytest.mark.parametrize("boost", ["256", "512", "768", "1024"])
def test_the_faces_lie_on_average_where_the_model_expects_one(boost: str, *, about_centre: bool) -> None:
    """A dot on the nose: its mean place in the faces is that in a crop of the model's size, to 1/50 of a pixel."""
    picture = dotted()
    wanted = centre(faces_of(picture, "none", about_centre=about_centre))
    np.testing.assert_allclose(centre(faces_of(picture, boost, about_centre=about_centre)), wanted, atol=0.02)


@pytest.mark.parametrize("count", [2, 4, 8])
def test_a_crop_scaled_about_its_first_pixel_is_off_by_a_part_of_a_pixel(count: int) -> None:
    """As facefusion cuts it: what the rule of half a pixel is worth."""
    picture = dotted()
    matrix = templates.frame(FACE, templates.ARCFACE_128).matrix * count
    crop = geometry.cut(picture, CropSpec(matrix, 128 * count, 128 * count)).pixels
    faces = [np.asarray(face.transpose(2, 0, 1) / 255, np.float32) for face in tiles.dealt(crop, count)]
    off = np.subtract(centre(faces_of(picture, "none")), centre(faces))
    np.testing.assert_allclose(off, (count - 1) / (2 * count), atol=0.02)


def dotted() -> Image:
    """A bright dot on the nose."""
    y, x = np.mgrid[0:560, 0:560]
    dot = np.exp(-((x - FACE[2][0]) ** 2 + (y - FACE[2][1]) ** 2) / (2 * 18.0**2))
    return np.repeat(np.rint(255 * dot).astype(np.uint8)[..., None], 3, 2)


def faces_of(picture: Image, boost: str, *, about_centre: bool = False) -> list[Floats]:
    swapper = swapper_of(net := Same(), boost, about_centre=about_centre)
    swapper.swap([job_of(swapper, picture)])
    return net.faces


def centre(faces: list[Floats]) -> Floats:
    """Column and row of the middle of what is bright, on average over the faces."""
    mean = np.mean([face[0] for face in faces], axis=0)
    rows, columns = np.mgrid[0 : len(mean), 0 : len(mean)]
    return np.asarray([(columns * mean).sum() / mean.sum(), (rows * mean).sum() / mean.sum()], np.float32)


def test_faces_and_their_tiles_share_runs_where_the_file_allows_it() -> None:
    picture = noisy(560, 560)
    for batched, runs in ((True, [4, 4]), (False, [1] * 8)):
        swapper = swapper_of(net := Same(), "256", batched=batched)
        jobs = [job_of(swapper, picture), job_of(swapper, picture, FACE * np.float32(0.6))]
        patches = swapper.swap(jobs)
        assert net.runs == runs
        for job, patch in zip(jobs, patches, strict=True):
            assert (patch.rgb == geometry.put_back(job.crop.pixels, job.crop.spec, job.crop.whole).rgb).all()


def test_auto_cuts_each_face_as_finely_as_the_picture_has_it() -> None:
    picture = noisy(560, 560)
    swapper = swapper_of(net := Same(), "auto", batched=True)
    sizes = {0.25: 128, 0.55: 256, 0.8: 384, 1.0: 512}
    jobs = [job_of(swapper, picture, FACE * np.float32(scale)) for scale in sizes]
    assert [len(job.crop.pixels) for job in jobs] == list(sizes.values())
    swapper.swap(jobs)
    assert len(net.faces) == 1 + 4 + 9 + 16 and swapper.side == 0


def test_a_crop_that_is_finer_than_the_picture_is_not_skipped_through() -> None:
    class Striped(Same):
        def run(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
            made = super().run(inputs)["output"]
            return {"output": np.full_like(made, len(self.faces) % 2)}

    picture = noisy(560, 560)
    swapper = swapper_of(Striped(), "1024")
    (patch,) = swapper.swap([job_of(swapper, picture, FACE * np.float32(0.4))])
    assert patch.rgb[patch.mask > 0.99].std() < 15, "every second column is black, the picture has a fifth of them"


def test_a_mask_of_the_models_own_is_put_together_too() -> None:
    picture = np.zeros((560, 560, 3), np.uint8)
    cv2.circle(picture, (int(FACE[2][0]), int(FACE[2][1])), 60, (255, 255, 255), -1)
    swapper = swapper_of(Same(mask=True), "512")
    (patch,) = swapper.swap([job_of(swapper, picture)])
    under = picture[patch.y : patch.y + patch.mask.shape[0], patch.x : patch.x + patch.mask.shape[1], 0] / 255
    assert np.abs(patch.mask - under).mean() < 0.02


def test_boosted_crops_are_made_finer_still() -> None:
    seen: list[int] = []

    def larger(crops: list[Image]) -> list[Image]:
        seen.extend(len(crop) for crop in crops)
        return crops

    swapper = swapper_of(Same(), "none").changed(Enhancement(larger), boost="256")
    swapper.swap([job_of(swapper, noisy(560, 560))])
    assert seen == [256]
