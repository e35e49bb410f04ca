"""The triangles and the named rings of the 468-point face mesh, out of mediapipe's face_mesh_connections.py."""

import ast
import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Edge = tuple[int, int]
Triangle = tuple[int, int, int]

# Where each ring stands in the source, and the first two points of each of its chains. Every ring runs the way the
# triangles wind: counter-clockwise on a picture of the face. Left and right are the person's own.
RINGS: Mapping[str, tuple[str, Sequence[Edge]]] = {
    "oval": ("FACEMESH_FACE_OVAL", [(10, 109)]),
    "left_eye": ("FACEMESH_LEFT_EYE", [(263, 466)]),
    "right_eye": ("FACEMESH_RIGHT_EYE", [(33, 7)]),
    "left_brow": ("FACEMESH_LEFT_EYEBROW", [(300, 293), (285, 295)]),
    "right_brow": ("FACEMESH_RIGHT_EYEBROW", [(107, 66), (46, 53)]),
    "lips_outer": ("FACEMESH_LIPS", [(61, 146)]),
    "lips_inner": ("FACEMESH_LIPS", [(78, 95)]),
}
# The mesh is open at the eyes and between the lips; each hole is closed by a fan from one point of its ring.
FAN_POINTS: Mapping[str, int] = {"left_eye": 374, "right_eye": 154, "lips_inner": 78}


def topology(source: bytes) -> bytes:
    """An .npz of int16 point numbers: `triangles` [898,3], and one ring for each name in RINGS.

    The first 852 triangles are the source's, in its order; 46 close the holes. They are a surface without overlaps,
    bounded by the oval, and all wind the same way.
    """
    connections = _edge_lists(source)
    rings = {
        name: [point for chain in chains for point in _chain(connections[constant], chain)]
        for name, (constant, chains) in RINGS.items()
    }
    surface = _triangles(connections["FACEMESH_TESSELATION"])
    for name, point in FAN_POINTS.items():
        surface += _fan(rings[name], point)
    _check_surface(surface, rings["oval"])
    return _npz({"triangles": surface, **rings})


def _edge_lists(source: bytes) -> dict[str, list[Edge]]:
    """The constants of the form NAME = frozenset([(a, b), ...]), in the order written."""
    lists = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(args=[ast.List(elts=[ast.Tuple(), *_]) as edges])
            ):
                lists[name] = ast.literal_eval(edges)
    return lists


def _chain(edges: Sequence[Edge], start: Edge) -> list[int]:
    """The points met when walking from start[0] over start[1] until no edge leads on."""
    neighbours: dict[int, list[int]] = {}
    for a, b in edges:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    points = list(start)
    while onward := [point for point in neighbours[points[-1]] if point not in points]:
        (following,) = onward
        points.append(following)
    return points


def _triangles(edges: Sequence[Edge]) -> list[Triangle]:
    """Each three edges in a row go round one triangle."""
    triangles = []
    for (a, b), (b_again, c), (c_again, a_again) in zip(edges[::3], edges[1::3], edges[2::3], strict=True):
        if (a, b, c) != (a_again, b_again, c_again):
            raise ValueError(f"the edges {a, b}, {b_again, c}, {c_again, a_again} are not a triangle")
        triangles.append((a, b, c))
    return triangles


def _fan(ring: Sequence[int], point: int) -> list[Triangle]:
    start = ring.index(point)
    others = [*ring[start + 1 :], *ring[:start]]
    return [(point, a, b) for a, b in itertools.pairwise(others)]


def _check_surface(triangles: Sequence[Triangle], oval: Sequence[int]) -> None:
    """Raises ValueError unless neighbours wind alike everywhere and the oval is the only border."""
    edges = [edge for a, b, c in triangles for edge in ((a, b), (b, c), (c, a))]
    distinct = set(edges)
    border = {(a, b) for a, b in edges if (b, a) not in distinct}
    if len(distinct) != len(edges) or border != set(zip(oval, [*oval[1:], oval[0]], strict=True)):
        raise ValueError("the triangles do not form one surface with the face's oval as its border")


def _npz(arrays: Mapping[str, Sequence[int] | Sequence[Triangle]]) -> bytes:
    """As np.savez, but with the same bytes on every system."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            array: npt.NDArray[np.int16] = np.array(values, "<i2")
            np.lib.format.write_array(member, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()
