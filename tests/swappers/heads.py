"""Drawn faces for the swapper's tests: the mesh laid over a dome, with skin of noise."""

import cv2
import numpy as np

from lib_roop import facemesh, geometry
from lib_roop.swappers import atlas, mesh
from lib_roop.types import Face, Floats, Identity, Image, Mask, Patch, SwapJob, Texture

SWAPPER = mesh.MeshSwapper()
NOSE, CHIN, FOREHEAD = 1, 152, 10


def head(size: float = 120, centre: tuple[float, float] = (100, 100), yaw: float = 0, nose: float = 0) -> Floats:
    """(468, 3) a dome `size` pixels wide whose nose tip sticks out by `nose`, turned by `yaw` degrees."""
    flat = atlas.flattened(facemesh.topology()).astype(np.float64)
    from_nose = np.square(flat - flat[NOSE]).sum(1)
    height = 0.8 * (1 - np.square(flat).sum(1)) + nose * np.exp(-from_nose / 0.02)
    cosine, sine = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    x, z = cosine * flat[:, 0] + sine * height, sine * flat[:, 0] - cosine * height
    return (np.column_stack([x, -flat[:, 1], z]) * size / 2 + (*centre, 0)).astype(np.float32)


def noise(height: int = 200, width: int = 200, seed: int = 1) -> Image:
    """Skin with smooth blotches, mostly of brightness and a little of colour."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(0.75, 1.2, (height // 10 + 1, width // 10 + 1, 1))
    coarse = coarse * random.uniform(0.95, 1.05, (*coarse.shape[:2], 3)) * (190, 145, 115)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def face_of(dense: Floats | None) -> Face:
    return Face(id=0, box=np.zeros(4, np.float32), landmarks=np.zeros((5, 2), np.float32), score=1.0, dense=dense)


def worn(picture: Image, dense: Floats) -> Texture:
    """The skin of a head drawn into `picture`."""
    return Texture(picture, dense[:, :2].copy(), facemesh.towards_camera(dense))


def identity_of(picture: Image, dense: Floats) -> Identity:
    return Identity(name="drawn", texture=worn(picture, dense), shape=dense)


SOMEONE = identity_of(noise(seed=2), head())


def swapped(picture: Image, dense: Floats, identity: Identity = SOMEONE, strength: float = 1.0) -> Patch:
    face = face_of(dense)
    (patch,) = SWAPPER.swap([SwapJob(geometry.cut(picture, SWAPPER.frame(face, identity)), identity, strength, face)])
    return patch


def under(picture: Image, patch: Patch) -> Image:
    height, width = patch.mask.shape
    return picture[patch.y : patch.y + height, patch.x : patch.x + width]


def mask_over(picture: Image, patch: Patch) -> Mask:
    """The patch's mask where it belongs, 0 elsewhere."""
    mask, (height, width) = np.zeros(picture.shape[:2], np.float32), patch.mask.shape
    mask[patch.y : patch.y + height, patch.x : patch.x + width] = patch.mask
    return mask


def change(picture: Image, patch: Patch) -> float:
    """Mean difference that the patch makes, in levels."""
    return float(np.abs(geometry.paste(picture, [patch]).astype(float) - picture).mean())


def turned_away(dense: Floats) -> Texture:
    """Skin of 200 on the near half of a turned head, black beyond."""
    picture = np.zeros((200, 200, 3), np.uint8)
    near = dense[dense[:, 0] < dense[NOSE, 0], :2]
    cv2.fillConvexPoly(picture, cv2.convexHull(near).astype(np.int32), (200, 200, 200))
    return worn(picture, dense)


def smiling(dense: Floats, gap: float) -> Floats:
    """The mesh with its inner lips `gap` pixels apart."""
    parted = dense.copy()
    upper, lower = list(facemesh.UPPER_INNER_LIP), list(facemesh.LOWER_INNER_LIP)
    middle = (dense[upper, 1] + dense[lower, 1]) / 2
    parted[upper, 1], parted[lower, 1] = middle - gap / 2, middle + gap / 2
    return parted
