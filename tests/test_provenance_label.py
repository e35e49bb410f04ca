"""The visible label: legible, in a free corner, and nothing else touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lib_roop import drawing, images, provenance
from lib_roop.types import Image, Mask
from tests.pictures import smooth


def canvas(height: int = 300, width: int = 400, level: int = 128) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def place(before: images.Picture, after: images.Picture) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of what changed."""
    changed = before.rgb != after.rgb
    rows, columns = np.flatnonzero(changed.any((1, 2))), np.flatnonzero(changed.any((0, 2)))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def letters(label: Image) -> Mask:
    """How bright the label is inside its rim."""
    edge = max(2, label.shape[0] // 12)
    inner: Mask = label[edge:-edge, edge:-edge].mean(-1).astype(np.float32)
    return inner


@pytest.mark.parametrize("level", [0, 60, 128, 200, 255])
@pytest.mark.parametrize("size", [(300, 400), (700, 500), (96, 96)])
def test_letters_are_high_enough_and_stand_out_on_any_background(level: int, size: tuple[int, int]) -> None:
    before = images.read(canvas(*size, level))
    after = provenance.labelled(before, "composite")
    x0, y0, x1, y1 = place(before, after)
    plate = letters(after.rgb[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1])
    written = np.flatnonzero((plate > 150).any(1))
    assert written[-1] - written[0] + 1 >= 0.05 * min(size)
    assert plate.max() > 230 and np.median(plate) < 60


@pytest.mark.parametrize("free", range(4))
def test_the_label_keeps_off_faces(free: int) -> None:
    corners = [(0, 0, 250, 150), (250, 0, 500, 150), (0, 150, 250, 300), (250, 150, 500, 300)]
    before = images.read(canvas(300, 500))
    after = provenance.labelled(before, "composite", [box for number, box in enumerate(corners) if number != free])
    x0, y0, x1, y1 = place(before, after)
    left, top, right, bottom = corners[free]
    assert left <= x0 and top <= y0 and x1 <= right and y1 <= bottom


def test_of_free_corners_the_quietest_is_taken() -> None:
    busy = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    busy[:150, :250] = 90
    x0, y0, x1, y1 = place(before := images.read(busy), provenance.labelled(before, "composite"))
    assert x1 <= 250 and y1 <= 150 and x0 > 0 and y0 > 0


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("algorithmicallyEnhanced", "ENHANCED"),
        ("composite", "ALTERED"),
        ("compositeWithTrainedAlgorithmicMedia", "AI MODIFIED"),
        ("trainedAlgorithmicMedia", "AI GENERATED"),
    ],
)
def test_the_words_say_which_kind_it_is(kind: provenance.SourceType, words: str) -> None:
    before = images.read(canvas())
    x0, y0, x1, y1 = place(before, after := provenance.labelled(before, kind))
    assert np.array_equal(after.rgb[y0:y1, x0:x1], drawing.plate(words, 17, (400, 300)))
    generated = replace(before, metadata=images.Metadata(text={"parameters": "Steps: 9, Sampler: Euler"}))
    wider = place(before, provenance.labelled(generated, kind))
    assert wider == place(before, provenance.labelled(before, "trainedAlgorithmicMedia"))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_depth_and_alpha_stay_and_the_label_is_opaque(channels: int, dtype: type) -> None:
    before = images.read(np.zeros((200, 300, channels) if channels > 1 else (200, 300), dtype))
    after = provenance.labelled(before, "composite")
    x0, y0, x1, y1 = place(before, after)
    assert after.pixels.dtype == dtype and after.pixels.shape == before.pixels.shape
    assert after.pixels.max() == np.iinfo(dtype).max, "white is white in every depth"
    outside = np.ones((200, 300), bool)
    outside[y0:y1, x0:x1] = False
    assert not after.pixels[outside].any()
    if channels == 4:
        assert after.alpha is not None and after.alpha[y0:y1, x0:x1].min() == np.iinfo(dtype).max
        assert not after.alpha[outside].any()


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2), (20, 300), (300, 12)])
def test_the_smallest_pictures_take_what_there_is_room_for(size: tuple[int, int]) -> None:
    after = provenance.labelled(images.read(np.zeros((*size, 3), np.uint8)), "composite")
    assert after.rgb.shape[:2] == size


def test_the_picture_given_stays_as_it_was() -> None:
    before = images.read(smooth())
    provenance.labelled(before, "composite")
    assert np.array_equal(before.rgb, smooth())
