"""Drawn heads: an ellipsoid wearing the mesh, turned as wished, in pictures of wished colours."""

import functools

import cv2
import numpy as np

from lib_roop import facemesh
from lib_roop.identities import textures
from lib_roop.types import Floats, Identity, Image


@functools.cache
def flat() -> Floats:
    """(468, 2) the mesh laid flat: the oval on a circle, every other point amid its neighbours."""
    topology = facemesh.topology()
    surface = topology.triangles[~topology.closing]
    touching = np.zeros((facemesh.POINTS, facemesh.POINTS))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        touching[surface[:, a], surface[:, b]] = touching[surface[:, b], surface[:, a]] = 1
    balance = np.diag(touching.sum(1)) - touching
    angle = np.linspace(0, 2 * np.pi, len(topology.oval), endpoint=False)
    placed = np.zeros((facemesh.POINTS, 2))
    placed[topology.oval] = np.stack([-np.sin(angle), -np.cos(angle)], 1)
    inner = np.setdiff1d(np.arange(facemesh.POINTS), topology.oval)
    placed[inner] = np.linalg.solve(
        balance[np.ix_(inner, inner)], -balance[np.ix_(inner, topology.oval)] @ placed[topology.oval]
    )
    return placed.astype(np.float32)


def head(size: float = 150, centre: tuple[float, float] = (100, 100), yaw: float = 0) -> Floats:
    """The mesh (468, 3) of half a ball, `size` pixels wide."""
    x, y = flat().T
    z = -np.sqrt(np.maximum(1.05 - x**2 - y**2, 0))
    cosine, sine = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turned = np.column_stack([cosine * x - sine * z, y, sine * x + cosine * z])
    return (turned * size / 2 + (*centre, 0)).astype(np.float32)


def noise(seed: int = 1, side: int = 200) -> Image:
    """Smooth coloured noise."""
    coarse = np.random.default_rng(seed).integers(90, 170, (side // 8, side // 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def plain(colour: tuple[int, int, int], side: int = 200) -> Image:
    return np.full((side, side, 3), colour, np.uint8)


def identity(
    picture: Image, dense: Floats, name: str = "drawn", embeddings: dict[str, Floats] | None = None
) -> Identity:
    return Identity(name=name, embeddings=embeddings or {}, texture=textures.cut(picture, dense), shape=dense)
