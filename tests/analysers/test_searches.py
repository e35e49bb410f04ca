"""Which searches are made, what the mesh has to say in them, and that the threshold changes no score."""

import zlib
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib_roop.analysers.base import Analyser
from lib_roop.analysers.blazeface import BlazeFace, areas, intersections, window_sides, windows
from lib_roop.analysers.builtin import NEAR, NEAR_MISSES, TRUST, BuiltinDetector
from lib_roop.analysers.mesh import SIZE, FaceMesh
from lib_roop.facemesh import NEUTRAL, POINTS, RIGID_POINTS
from lib_roop.types import Detection, Face, Image
from lib_roop.zoo.runtime import Tensor

from .conftest import read

THRESHOLDS = (0.2, 0.4, 0.5, 0.6, 0.7, 0.9)
COLLINS = (178, 69, 273, 176)
BLANK = np.full((120, 120, 3), 90, np.uint8)


class Sees:
    """A detector that sees faces, each 40 pixels wide, in the first window of every run: x, y, logit."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self, *faces: tuple[float, float, float]) -> None:
        self.faces = faces
        self.windows = 0

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        count = len(inputs["image"])
        self.windows += count
        boxes, scores = np.zeros((count, 896, 16), np.float32), np.full((count, 896, 1), -50, np.float32)
        for anchor, (x, y, logit) in enumerate(self.faces):
            # The anchors of the first row lie at y = 4, two in each cell of 8 pixels.
            left = x - (4 + anchor // 2 * 8)
            boxes[0, anchor] = [left, y - 4, 40, 40, left - 10, y - 4, left + 10, y - 4, *[0] * 8]
            scores[0, anchor] = logit
        return {"boxes": boxes, "scores": scores}


class Lays:
    """A mesh net that sees an upright face everywhere. What it says of it, `logits`, hangs on the place only."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self, *logits: float) -> None:
        self.logits = logits

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        dense = np.full((POINTS, 3), SIZE / 2, np.float32)
        dense[list(RIGID_POINTS)] = NEUTRAL * 10 + SIZE / 2
        flags = [[self.logits[zlib.crc32(view.tobytes()) % len(self.logits)]] for view in inputs["image"]]
        return {"landmarks": np.stack([dense] * len(flags)), "flag": np.array(flags, np.float32)}


class LaysInLight(Lays):
    """A mesh net that sees a face only where the picture is light."""

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        flags = np.where(inputs["image"].mean((1, 2, 3)) > 0.5, 20, -20)[:, None]
        return {**super().run(inputs), "flag": flags.astype(np.float32)}


def detector(finder: Sees, mesh: Lays) -> BuiltinDetector:
    return BuiltinDetector(BlazeFace(finder), FaceMesh(mesh))


def noise(seed: int) -> Image:
    """A picture in which no place looks like another."""
    return np.random.default_rng(seed).integers(0, 256, (120, 120, 3), np.uint8)


def counted(image: Image, turns: tuple[int, ...] = (0,), *, skip: int = 0, zoom: float = 1.0) -> int:
    sides = [side * zoom for side in window_sides(*image.shape[:2])[skip:]]
    return sum(1 for _ in windows(image, sides, turns))


def assert_only_parted(found: Mapping[float, Detection]) -> None:
    """With a growing threshold faces go, none comes, and none has another score."""
    for lower, higher in zip(sorted(found), sorted(found)[1:], strict=False):
        left = list(found[lower].faces)
        assert [face.score for face in left] == pytest.approx([face.score for face in left if face.score >= lower])
        stays = [face for face in left if face.score >= higher]
        assert [face.score for face in found[higher].faces] == pytest.approx([face.score for face in stays], abs=1e-4)
        for face, same in zip(found[higher].faces, stays, strict=True):
            np.testing.assert_allclose(face.box, same.box, atol=0.05)
        near = [missed.score for missed in found[higher].near_misses]
        assert all(NEAR * higher <= score < higher for score in near) and len(near) <= NEAR_MISSES


def lies_on(one: Face, other: Face) -> bool:
    return bool(intersections(one.box, other.box[None])[0] >= 0.5 * min(areas(one.box), areas(other.box)))


@pytest.fixture(scope="session")
def doubtful(astronaut: Image, group: Image, samples: Path) -> dict[str, Image]:
    """Pictures whose faces, or what looks like one, do not score well."""
    return {
        "half hidden": np.ascontiguousarray(astronaut[60:300, 222:300]),
        "blurred": np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 9), np.uint8),
        "tight": np.ascontiguousarray(astronaut[95:150, 201:250]),
        "six faces": np.asarray(cv2.resize(group, (640, 443), interpolation=cv2.INTER_AREA), np.uint8),
        "text": read(samples / "page.png"),
    }


@pytest.mark.parametrize("name", ["half hidden", "blurred", "tight", "six faces", "text"])
def test_the_threshold_only_parts_faces_from_near_misses(
    builtin: Analyser, doubtful: dict[str, Image], name: str
) -> None:
    assert_only_parted({level: builtin.detector.detect(doubtful[name], level) for level in THRESHOLDS})


# A faint face beside a better one, with a mesh that is sure while the better one's is not.
@example(251, [(46.2, 75.5, 0.3), (68.2, 75.5, -0.7)], [1, 20])
@example(84, [(67.1, 47.2, 0.2), (45.1, 47.2, -1.0)], [20, 12, 20, 12, 1])
@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(
        st.tuples(st.floats(25, 95), st.floats(25, 95), st.floats(-3, 4)), min_size=1, max_size=4
    ),
    st.lists(st.sampled_from([-4, -1, 0.5, 2, 3, 8, 12, 20]), min_size=1, max_size=8),
)  # fmt: skip
def test_whatever_the_nets_say_the_threshold_only_parts(
    seed: int, faces: list[tuple[float, float, float]], logits: list[float]
) -> None:
    parts = detector(Sees(*faces), Lays(*logits))
    assert_only_parted({level: parts.detect(noise(seed), level) for level in THRESHOLDS})


@pytest.mark.parametrize("name", ["half hidden", "blurred", "tight"])
def test_a_face_that_just_fails_is_a_near_miss(builtin: Analyser, doubtful: dict[str, Image], name: str) -> None:
    (face,) = builtin.detector.detect(doubtful[name], 0.4).faces
    detection = builtin.detector.detect(doubtful[name], face.score + 0.02)
    assert detection.faces == ()
    assert [missed.score for missed in detection.near_misses] == pytest.approx([face.score], abs=1e-4)


def crops(image: Image) -> dict[str, Image]:
    return {
        "no forehead, no chin": image[92:153, 198:253],
        "tighter": image[95:150, 201:250],
        "half a face at the edge": image[:, 230:],
    }


@pytest.mark.parametrize("name", crops(BLANK))
def test_a_cropped_face_is_found_by_a_sure_mesh(builtin: Analyser, astronaut: Image, name: str) -> None:
    (face,) = builtin.detector.detect(np.ascontiguousarray(crops(astronaut)[name]), 0.5).faces
    assert face.score <= TRUST


def shrunk(image: Image, size: int) -> Image:
    """The astronaut with a face of so many pixels."""
    zoom = size / (COLLINS[3] - COLLINS[1])
    return np.asarray(
        cv2.resize(image[20:240, 110:350], None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8
    )


def pasted(canvas: Image, small: Image, x: int, y: int) -> Image:
    canvas = canvas.copy()
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas


@pytest.mark.parametrize("size", [44, 60])
def test_a_small_face_beside_larger_ones_is_found(builtin: Analyser, astronaut: Image, group: Image, size: int) -> None:
    faces = builtin.detector.detect(pasted(group, shrunk(astronaut, size), 700, 20), 0.5).faces
    assert len(faces) == 7
    assert min(face.height for face in faces) == pytest.approx(size, rel=0.15)


@pytest.mark.parametrize("size", [34, 38])
def test_a_face_alone_may_be_smaller_still(builtin: Analyser, astronaut: Image, size: int) -> None:
    canvas = np.full((886, 1280, 3), 90, np.uint8)
    (face,) = builtin.detector.detect(pasted(canvas, shrunk(astronaut, size), 777, 413), 0.5).faces
    assert face.height == pytest.approx(size, rel=0.15)


def test_a_blurred_face_is_seen_in_smaller_windows_only(builtin: Analyser, astronaut: Image) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 8), np.uint8)
    assert len(builtin.detector.detect(blurred, 0.5).faces) == 1


@pytest.mark.parametrize(("height", "width"), [(120, 120), (886, 1280)])
def test_a_picture_without_faces_is_searched_upright_turned_and_closer(height: int, width: int) -> None:
    finder, blank = Sees(), np.full((height, width, 3), 90, np.uint8)
    assert detector(finder, Lays(20)).detect(blank, 0.5).faces == ()
    assert finder.windows == counted(blank) + counted(blank, (1, 2, 3)) + counted(blank, zoom=0.75)


def test_the_finest_windows_of_a_large_picture_are_not_turned() -> None:
    finder, blank = Sees(), np.full((2160, 3840, 3), 90, np.uint8)
    detector(finder, Lays(20)).detect(blank, 0.5)
    assert finder.windows == counted(blank) + counted(blank, (1, 2, 3), skip=1) + counted(blank, zoom=0.75)


def test_one_upright_face_spares_the_other_searches_at_any_threshold() -> None:
    for threshold in THRESHOLDS:
        finder = Sees((60, 60, 3))
        detector(finder, Lays(20)).detect(BLANK, threshold)
        assert finder.windows == counted(BLANK)


def test_an_upright_face_behind_three_better_candidates_spares_the_other_searches_at_any_threshold() -> None:
    light = BLANK.copy()
    light[60:, 60:] = 255
    for threshold in THRESHOLDS:
        finder = Sees((25, 25, 2), (25, 95, 2), (95, 25, 2), (95, 95, 1))
        detection = detector(finder, LaysInLight(20)).detect(light, threshold)
        assert finder.windows == counted(light)
        assert [face.score for face in detection.faces] == pytest.approx([score(1)] * (threshold < score(1)))


def candidate(logit: float, mesh: float, threshold: float) -> Detection:
    return detector(Sees((60, 60, logit)), Lays(mesh)).detect(BLANK, threshold)


def test_the_mesh_alone_vetoes_a_face_of_which_the_detector_is_sure() -> None:
    assert len(candidate(9, 0.01, 0.3).faces) == 1
    vetoed = candidate(9, -0.01, 0.3)
    assert (vetoed.faces, vetoed.near_misses) == ((), ())


def score(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def test_a_face_scores_as_both_nets_together() -> None:
    (face,) = candidate(1.5, 1.5, 0.5).faces
    assert face.score == pytest.approx(score(1.5) ** 2)


def test_a_very_sure_mesh_lifts_a_faint_face_but_not_above_trust() -> None:
    assert [face.score for face in candidate(-1, 20, 0.5).faces] == pytest.approx([score(-1) ** 0.5])
    assert [face.score for face in candidate(-0.01, 20, 0.5).faces] == pytest.approx([TRUST])
    assert candidate(-1, 2, 0.3).faces == (), "its mesh is not sure enough"


def test_no_threshold_is_too_low_or_too_high(builtin: Analyser, astronaut: Image) -> None:
    small = np.asarray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    lowest, highest = (builtin.detector.detect(small, threshold) for threshold in (0.0, 1.0))
    (missed,) = highest.near_misses
    assert any(face.score == pytest.approx(missed.score) and lies_on(face, missed) for face in lowest.faces)
    assert highest.faces == ()
