"""The mesh's named parts and the head's pose."""

from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.errors import ModelError
from lib_roop.facemesh import (
    NEUTRAL,
    POINTS,
    RIGID_POINTS,
    TOPOLOGY_FILE,
    five_points,
    pose,
    read_topology,
    topology,
)
from lib_roop.host import builtin_folder
from lib_roop.types import Floats

degrees = st.floats(-80, 80)


def head(yaw: float = 0, pitch: float = 0, roll: float = 0, scale: float = 12) -> Floats:
    """A mesh of the neutral face, rolled clockwise, then looking up, then to the picture's right."""
    y, p, r = radians(yaw), radians(pitch), radians(roll)
    turned = np.array([[cos(y), 0, -sin(y)], [0, 1, 0], [sin(y), 0, cos(y)]])
    lifted = np.array([[1, 0, 0], [0, cos(p), sin(p)], [0, -sin(p), cos(p)]])
    leaned = np.array([[cos(r), -sin(r), 0], [sin(r), cos(r), 0], [0, 0, 1]])
    dense = np.zeros((POINTS, 3), np.float32)
    dense[list(RIGID_POINTS)] = NEUTRAL @ (turned @ lifted @ leaned).T * scale + (300, 200, 5)
    return dense


def test_the_triangles_and_the_oval_name_points_of_the_mesh() -> None:
    mesh = topology()
    assert mesh.triangles.shape[1] == 3
    assert set(mesh.triangles.ravel()) == set(range(POINTS))
    assert len(set(mesh.oval)) == len(mesh.oval) == 36


def damaged(whole: bytes) -> dict[str, bytes]:
    flipped = bytearray(whole)
    flipped[600] ^= 1
    return {"empty": b"", "cut": whole[: len(whole) // 2], "flipped": bytes(flipped), "longer": whole + b"\0"}


@pytest.mark.parametrize("how", ["empty", "cut", "flipped", "longer"])
def test_a_damaged_mesh_file_is_named_in_one_sentence(tmp_path: Path, how: str) -> None:
    path = tmp_path / TOPOLOGY_FILE
    path.write_bytes(damaged((builtin_folder() / TOPOLOGY_FILE).read_bytes())[how])
    with pytest.raises(ModelError) as caught:
        read_topology(path)
    assert str(caught.value) == (
        f"The mesh file {path} is damaged (its sha256 is not the expected one); install roop anew."
    )


def test_a_missing_mesh_file_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.npz cannot be read \(No such file.*\); install roop anew"):
        read_topology(tmp_path / "absent.npz")


def test_the_five_points_of_an_upright_face_run_from_left_to_right() -> None:
    dense = np.zeros((POINTS, 3), np.float32)
    dense[:, 0] = np.arange(POINTS)
    left_eye, right_eye, nose, left_mouth, right_mouth = five_points(dense)[:, 0]
    assert left_eye == pytest.approx(
        np.mean([33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173])
    )
    assert (nose, left_mouth, right_mouth) == (1, 61, 291)
    assert right_eye > left_eye


def test_a_face_that_looks_at_the_viewer_has_no_pose() -> None:
    seen = pose(head())
    assert (seen.yaw, seen.pitch, seen.roll) == pytest.approx((0, 0, 0), abs=0.01)


def test_a_nose_right_of_the_ears_is_yaw_to_the_right() -> None:
    dense = head(yaw=30)
    assert dense[4, 0] > dense[[127, 356], 0].mean()
    assert pose(dense).yaw == pytest.approx(30, abs=0.01)


def test_a_nose_above_the_ears_is_looking_up() -> None:
    assert head(pitch=25)[4, 1] < head()[4, 1]
    assert pose(head(pitch=25)).pitch == pytest.approx(25, abs=0.01)


def test_an_image_right_eye_lower_than_the_left_is_leaning_clockwise() -> None:
    dense = head(roll=20)
    assert dense[263, 1] > dense[33, 1]
    assert pose(dense).roll == pytest.approx(20, abs=0.01)


@given(yaw=degrees, pitch=degrees, roll=st.floats(-179, 179), scale=st.floats(1, 100))
def test_any_rotation_is_found_at_any_size(yaw: float, pitch: float, roll: float, scale: float) -> None:
    seen = pose(head(yaw, pitch, roll, scale))
    assert (seen.yaw, seen.pitch, seen.roll) == pytest.approx((yaw, pitch, roll), abs=0.05)
