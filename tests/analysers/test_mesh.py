"""Where the mesh net looks, and where its points lie in the picture."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.analysers.mesh import (
    BATCH,
    SIZE,
    SURE,
    FaceMesh,
    Mesh,
    MeshLandmarker,
    Place,
    place_again,
    place_of,
    turn_of,
)
from lib_roop.facemesh import NEUTRAL, POINTS, RIGID_POINTS
from lib_roop.geometry import transform
from lib_roop.types import Face, Floats
from lib_roop.zoo.runtime import Tensor

BLANK = np.zeros((400, 600, 3), np.uint8)


def neutral() -> Floats:
    """A face in the middle of the net's picture."""
    dense = np.full((POINTS, 3), SIZE / 2, np.float32)
    dense[list(RIGID_POINTS)] = NEUTRAL * 6 + SIZE / 2
    return dense


class Always:
    """A net that sees the same face in every picture, with these logits in turn."""

    providers: tuple[str, ...] = ("fake",)

    def __init__(self, *logits: float) -> None:
        self.logits = list(logits)
        self.runs: list[int] = []

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        count = len(inputs["image"])
        self.runs.append(count)
        flags = [self.logits.pop(0) if len(self.logits) > 1 else self.logits[0] for _ in range(count)]
        return {"landmarks": np.stack([neutral()] * count), "flag": np.array(flags, np.float32)[:, None]}


def known_by_box(*box: float) -> Face:
    return Face(id=3, box=np.array(box, np.float32), landmarks=np.zeros((5, 2), np.float32), score=0.1)


@given(
    x=st.floats(-500, 500), y=st.floats(-500, 500), side=st.floats(1, 5000), turn=st.floats(-3, 3)
)  # fmt: skip
def test_the_middle_of_a_place_is_the_middle_of_the_nets_picture(x: float, y: float, side: float, turn: float) -> None:
    matrix = Place(x, y, side, turn).matrix()
    assert transform([[x, y]], matrix)[0] == pytest.approx([95.5, 95.5], abs=1e-2)
    along = [[x, y], [x + side / 4 * np.cos(turn), y + side / 4 * np.sin(turn)]]
    assert np.diff(transform(along, matrix), axis=0)[0] == pytest.approx([SIZE / 4, 0], abs=2e-2)


def test_points_and_depth_come_back_in_picture_pixels() -> None:
    (mesh,) = FaceMesh(Always(20)).lay(BLANK, [Place(300, 200, 2 * SIZE, 0)])
    expected = (neutral()[:, :2] - SIZE / 2) * 2 + [300, 200]
    np.testing.assert_allclose(mesh.points[:, :2], expected, atol=1e-3)
    np.testing.assert_allclose(mesh.points[:, 2], neutral()[:, 2] * 2, rtol=1e-5)


def test_a_turned_place_gives_a_turned_face() -> None:
    (mesh,) = FaceMesh(Always(20)).lay(BLANK, [Place(300, 200, SIZE, np.radians(90))])
    face = mesh.face()
    assert face.pose is not None
    assert face.pose.roll == pytest.approx(90, abs=0.1)
    assert turn_of(mesh.points[[33, 263], :2]) == pytest.approx(np.radians(90), abs=1e-3)


@pytest.mark.parametrize("degrees", [0, 30, 90, 170, -120])
def test_the_second_look_is_along_the_eyes_and_round_the_whole_face(degrees: float) -> None:
    turn = np.radians(degrees)
    (mesh,) = FaceMesh(Always(20)).lay(BLANK, [Place(300, 200, SIZE, turn)])
    again = place_again(mesh)
    assert again.turn == pytest.approx(turn, abs=1e-3)
    upright = transform(mesh.points[:, :2], again.matrix())
    low, high = upright.min(0), upright.max(0)
    assert (low + high) / 2 == pytest.approx([95.5, 95.5], abs=0.1)
    assert (high - low).max() == pytest.approx(SIZE / 1.5, abs=0.1)


def test_a_place_is_the_box_with_a_margin() -> None:
    assert place_of([100, 100, 180, 200]) == Place(140, 150, 150, 0)


def test_the_score_is_the_logit_as_a_share() -> None:
    assert Mesh(neutral(), 0).score == 0.5
    assert Mesh(neutral(), 20).score == pytest.approx(1)


def test_settling_keeps_the_lower_of_two_opinions() -> None:
    places = [Place(100, 100, 100, 0), Place(300, 200, 100, 0)]
    first, second = FaceMesh(Always(20, 5, 3, 9)).settle(BLANK, places)
    assert (first.logit, second.logit) == (3, 5)


def test_a_hopeless_place_is_looked_at_once() -> None:
    net = Always(20, -9, 20)
    meshes = FaceMesh(net).settle(BLANK, [Place(100, 100, 100, 0), Place(300, 200, 100, 0)])
    assert net.runs == [2, 1]
    assert [mesh.logit for mesh in meshes] == [20, -9]


def test_many_places_are_run_in_batches() -> None:
    net = Always(20)
    meshes = FaceMesh(net).lay(BLANK, [Place(float(x), 100, 50, 0) for x in range(BATCH + 3)])
    assert net.runs == [BATCH, 3]
    assert len(meshes) == BATCH + 3


def test_nothing_to_lay_is_no_run() -> None:
    net = Always(20)
    assert FaceMesh(net).settle(BLANK, []) == []
    assert net.runs == []


def test_a_box_that_fits_at_once_costs_two_runs_for_all_faces() -> None:
    net = Always(20)
    boxes = [known_by_box(100, 100, 200, 220), known_by_box(300, 100, 400, 220)]
    faces = MeshLandmarker(FaceMesh(net)).fit(BLANK, boxes)
    assert net.runs == [2, 2]
    for face, given_face in zip(faces, boxes, strict=True):
        assert face.dense is not None
        assert face.pose is not None
        assert (face.id, face.box.tolist()) == (3, given_face.box.tolist())
        assert face.score == pytest.approx(1)


def test_a_face_with_a_mesh_stays_as_it_is() -> None:
    net = Always(20)
    face = Mesh(neutral(), 15).face()
    assert MeshLandmarker(FaceMesh(net)).fit(BLANK, [face])[0] is face
    assert net.runs == []


class AsTurned(Always):
    """A net that sees the face upside down when it looks for another turn: its runs are 1, 1, 24, then 1."""

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        outputs = super().run(inputs)
        if len(self.runs) > 2:
            outputs["landmarks"][..., :2] = SIZE - outputs["landmarks"][..., :2]
        return outputs


@pytest.mark.parametrize(("logit", "roll"), [(SURE - 1, 0), (SURE + 1, 180)])
def test_another_turn_is_taken_only_when_its_mesh_is_sure(logit: float, roll: float) -> None:
    (face,) = MeshLandmarker(FaceMesh(AsTurned(1, 1, logit))).fit(BLANK, [known_by_box(100, 100, 200, 220)])
    assert face.pose is not None
    assert abs(face.pose.roll) == pytest.approx(roll, abs=0.1)
    assert face.score == pytest.approx(Mesh(neutral(), logit if roll else 1).score)


def test_a_box_that_lies_beyond_the_picture_has_a_low_score_or_none() -> None:
    (face,) = MeshLandmarker(FaceMesh(Always(-8))).fit(BLANK, [known_by_box(-900, -900, -700, -650)])
    assert face.score < 0.01
