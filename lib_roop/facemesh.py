"""The 468-point face mesh (MediaPipe FaceMesh): its triangles, named parts, five points and head pose. Pure functions.

Image-left is the face's own right side.
"""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .host import builtin_folder
from .types import Floats, Pose

POINTS = 468
TOPOLOGY_FILE = "facemesh_topology.npz"
TOPOLOGY_SHA256 = "77b35a2b53d1944466ae8cb439f65370554820d49039afae6d8b9f8a4ec602f4"
NORMAL_ROUNDS = 3
"""How many rings round a point tell which way it faces; the meshes' small bumps are not to be trusted."""
NOSE_TIP = 1
MOUTH_LEFT, MOUTH_RIGHT = 61, 291
LEFT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
RIGHT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)
LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS = (33, 133), (362, 263)
LEFT_BROW = (70, 63, 105, 66, 107)
RIGHT_BROW = (336, 296, 334, 293, 300)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
UPPER_INNER_LIP = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_INNER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
HOLES = (LEFT_EYE, RIGHT_EYE, INNER_LIPS)
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
# What hardly moves when a face speaks or smiles: the points that MediaPipe's face geometry module fits, but for the
# jaw's. Image-left point, image-right point (the same on the midline), and x, y, z of the latter in cm, y up and z to
# the viewer, from its canonical_face_model.obj (Apache-2.0).
_RIGID = (
    (4, 4, 0.0, -0.46317, 7.58658), (6, 6, 0.0, 2.473255, 5.788627), (10, 10, 0.0, 8.261778, 4.481535),
    (33, 263, 4.445859, 2.663991, 3.173422), (54, 284, 6.279331, 6.615427, 1.42585),
    (67, 297, 3.523964, 8.005976, 3.729163), (117, 346, 5.258659, 0.945811, 2.974312),
    (119, 348, 3.300681, 0.861641, 3.872784), (121, 350, 1.820731, 1.467954, 4.224124),
    (127, 356, 7.743095, 2.364999, -2.005167), (129, 358, 1.785794, -0.978284, 4.85047),
    (133, 362, 1.856432, 2.585245, 3.757904), (143, 372, 6.407571, 2.236021, 1.560843),
    (198, 420, 1.246815, 0.230297, 5.681036),
)  # fmt: skip
RIGID_POINTS = tuple(row[0] for row in _RIGID) + tuple(row[1] for row in _RIGID)
NEUTRAL = np.array([(-x, -y, -z) for _, _, x, y, z in _RIGID] + [(x, -y, -z) for _, _, x, y, z in _RIGID])
"""(28, 3) RIGID_POINTS of a face that looks at the viewer, in cm, in the picture's directions: y down, z away."""


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """How the points hang together.

    triangles: (898, 3), all wound the same way. oval: the ring round the face. closing: (898,) which triangles only
    close the holes of eyes and mouth.
    """

    triangles: NDArray[np.int32]
    oval: NDArray[np.int32]
    closing: NDArray[np.bool_]


@functools.cache
def topology() -> Topology:
    """The mesh as it comes with roop. Raises ModelError when its file is missing or damaged."""
    return read_topology(builtin_folder() / TOPOLOGY_FILE)


def read_topology(path: Path) -> Topology:
    """The mesh from its file. Raises ModelError when that is missing, or any byte of it is not as it was made."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The mesh file {path} cannot be read ({error.strerror}); install roop anew.") from error
    if hashlib.sha256(content).hexdigest() != TOPOLOGY_SHA256:
        raise ModelError(f"The mesh file {path} is damaged (its sha256 is not the expected one); install roop anew.")
    with np.load(io.BytesIO(content), allow_pickle=False) as data:
        triangles, oval = data["triangles"].astype(np.int32), data["oval"].astype(np.int32)
    closing = np.any([np.isin(triangles, hole).all(1) for hole in HOLES], axis=0)
    return Topology(triangles, oval, np.asarray(closing, np.bool_))


def five_points(dense: Floats) -> Floats:
    """(5, 2) image-left eye, image-right eye, nose tip, mouth corners, of a mesh (468, 3)."""
    eyes = dense[list(LEFT_EYE), :2].mean(0), dense[list(RIGHT_EYE), :2].mean(0)
    return np.stack([*eyes, dense[NOSE_TIP, :2], dense[MOUTH_LEFT, :2], dense[MOUTH_RIGHT, :2]]).astype(np.float32)


def pose(dense: Floats) -> Pose:
    """Where the head looks: the rotation that brings a neutral face closest to the rigid points of the mesh (468, 3).

    Kabsch, "A solution for the best rotation to relate two sets of vectors", 1976. The head is rolled about its own
    axis first, then pitched, then turned, so yaw and pitch are directions in the picture even when the head lies.
    """
    seen = dense[list(RIGID_POINTS)].astype(np.float64)
    u, _, vt = np.linalg.svd((seen - seen.mean(0)).T @ (NEUTRAL - NEUTRAL.mean(0)))
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))]) @ vt
    yaw = np.arctan2(-rotation[0, 2], rotation[2, 2])
    pitch = np.arcsin(np.clip(rotation[1, 2], -1.0, 1.0))
    roll = np.arctan2(rotation[1, 0], rotation[1, 1])
    return Pose(*np.degrees([yaw, pitch, roll]).tolist())


def towards_camera(dense: Floats) -> Floats:
    """(468,) how much each point of a mesh (468, 3) faces the camera: 1 wholly, 0 from the side, -1 from behind."""
    triangles = topology().triangles[~topology().closing]
    corners = dense[triangles].astype(np.float64)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 1] - corners[:, 0])
    for _ in range(NORMAL_ROUNDS):
        at_points = np.zeros((POINTS, 3))
        np.add.at(at_points, triangles, normals[:, None])
        normals = at_points[triangles].sum(1)
    facing: Floats = (at_points[:, 2] / np.maximum(np.linalg.norm(at_points, axis=1), 1e-9)).astype(np.float32)
    return facing
