"""Faces on disk: an Identity as a .safetensors file, which holds numbers and text and runs nothing."""

from __future__ import annotations

import io
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import JpegImagePlugin

from .. import images
from ..errors import InputError, PictureError
from ..facemesh import POINTS
from ..files import PRIVATE, write_whole
from ..types import Floats, Identity, Texture
from . import foreign, headers, naming, pickles, record, textures
from .headers import Damage

MAX_BYTES = 4_000_000
"""Ours take up to 300 kB, those of other tools 5 kB."""
TEXTURE_BYTES, TEXTURE_SIDE, QUALITIES = 280_000, 768, (95, 90, 80)
"""A texture is at most so large: the face's length in pixels, and the JPEG qualities that are tried."""
LARGEST_TEXTURE = 2048
MAX_EMBEDDING, FARTHEST = 4096, 1e5
LENGTHS = {"dlib_resnet_v1": 128, "w600k_r50": 512, "w600k_mbf": 512, "glintr100": 512}
"""Of the embeddings of known recognisers; others have any."""
SMALLEST_FACE = 4.0
"""The sides of a texture's face, in its pixels: less is damage, and nothing that could be laid onto another face."""
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Checkpoint:
    """A face as it was read. origin: "roop", or the tool that wrote it. created: when, as ISO 8601, or ""."""

    identity: Identity
    origin: str
    created: str = ""
    version: str = ""


def write(identity: Identity, path: Path, *, kind: str = "roop", overwrite: bool = False) -> Path:
    """Write `identity` as `kind`, "roop" or one of `foreign.FORMATS`: whole or not at all.

    Raises InputError when there is such a file already, when the folder cannot be written to, or when the other tool
    needs an embedding that the face lacks.
    """
    if not overwrite and os.path.lexists(path):
        raise InputError(f"{path} is there already; choose another name, or write over it with --overwrite.")
    return put(path, exported(identity, kind))


def exported(identity: Identity, kind: str = "roop") -> bytes:
    """The bytes of such a file. Raises InputError when the other tool needs an embedding that the face lacks."""
    return encode(identity) if kind == "roop" else _serialized(foreign.to_tensors(identity, kind), None)


def put(path: Path, data: bytes) -> Path:
    """Write what shows or describes a face, for nobody else on the machine to read. Raises InputError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, data, PRIVATE)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}); choose another folder.") from error
    return path


def encode(identity: Identity) -> bytes:
    """The face as the bytes of a checkpoint."""
    tensors: dict[str, NDArray[Any]] = {
        f"embedding.{id_}": np.asarray(value, np.float32) for id_, value in identity.embeddings.items()
    }
    if identity.shape is not None:
        # Where the face lay in its picture does not matter, and 16 bits hold small numbers better.
        tensors["shape"] = (identity.shape - identity.shape.mean(0)).astype(np.float16)
    if identity.texture is not None:
        texture, encoded = _fitting(identity.texture)
        tensors["texture"] = np.frombuffer(encoded, np.uint8)
        tensors["texture.points"] = texture.points.astype(np.float32)
        tensors["texture.seen"] = texture.seen.astype(np.float16)
    return _serialized(tensors, record.written(identity))


def read(path: Path) -> Checkpoint:
    """The face in a .safetensors file: roop's, FaceSwapLab's or ReActor's. Raises InputError for whatever else."""
    if path.suffix.lower() == ".pkl":
        raise InputError(
            f"{path} is a face of the original roop; make a checkpoint of it with roop face import {path}."
        )
    return decode(content(path), path.stem, str(path))


def content(path: Path) -> bytes:
    """The bytes of such a file, or the first of one that is too large. Raises InputError."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unread(path, error) from error


def load(text: str, folder: Path) -> Checkpoint:
    """The face that `text` names: a path, or a face in `folder`. Raises InputError."""
    return read(naming.find(text, folder))


def imported(path: Path) -> Identity:
    """The face in an old roop's .pkl file, or in any file that `read` reads. Raises InputError."""
    return pickles.read(path) if path.suffix.lower() == ".pkl" else read(path).identity


def decode(data: bytes, name: str, label: str) -> Checkpoint:
    """The face in the bytes of a checkpoint; `label` is what sentences call it. Raises InputError."""
    try:
        tensors, metadata = _deserialized(data)
        if record.is_ours(metadata):
            return _ours(tensors, metadata, name)
        if not foreign.is_foreign(tensors):
            raise Damage("it holds no face")
        origin = "reactor" if "bbox" in tensors else "faceswaplab"
        return Checkpoint(identity=foreign.from_values(tensors, name), origin=origin)
    except Damage as error:
        raise unusable(label, error) from error


def unusable(label: str, why: Damage) -> InputError:
    """The sentence for a damaged file."""
    return InputError(f"{label} is no face checkpoint that can be used: {why}; build the face anew.")


def unread(path: Path, error: Exception) -> InputError:
    """The sentence for a file that cannot be read."""
    return InputError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); check it.")


def _serialized(tensors: Tensors, metadata: dict[str, str] | None) -> bytes:
    from safetensors.numpy import save

    # A copy, as np.ascontiguousarray would give single numbers a dimension.
    return save({name: tensor.copy(order="C") for name, tensor in tensors.items()}, metadata)


def _deserialized(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    from safetensors import SafetensorError, deserialize

    if len(data) > MAX_BYTES:
        raise Damage("it is too large")
    try:
        found = deserialize(data)
    except SafetensorError as error:
        raise Damage("it is damaged or cut short") from error
    tensors = {}
    for name, entry in found:
        if entry["dtype"] not in DTYPES:
            raise Damage(f"it holds numbers of the kind {entry['dtype']}")
        tensors[name] = np.frombuffer(bytes(entry["data"]), DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, dict(headers.read(io.BytesIO(data), len(data)).metadata)


def _ours(tensors: Tensors, metadata: Mapping[str, str], name: str) -> Checkpoint:
    embeddings = {
        key.removeprefix("embedding."): _embedding(key, tensor)
        for key, tensor in tensors.items()
        if key.startswith("embedding.")
    }
    shape = _points(tensors, "shape", (POINTS, 3)) if "shape" in tensors else None
    texture = _texture(tensors) if "texture" in tensors else None
    if not embeddings and texture is None:
        raise Damage("it holds no face")
    said = record.read(metadata)
    identity = Identity(
        # The file's name is what the user calls the face, also after renaming it.
        name=name,
        embeddings=embeddings,
        texture=texture,
        shape=shape,
        sex=said.sex,
        age=said.age,
        sources=said.sources,
        doubted=said.doubted,
        note=said.note,
    )
    return Checkpoint(identity=identity, origin="roop", created=said.created, version=said.version)


def _embedding(key: str, tensor: NDArray[Any]) -> Floats:
    if not re.fullmatch(r"embedding\.[A-Za-z0-9_.-]{1,64}", key, re.ASCII):
        raise Damage("a recogniser's name is damaged")
    if tensor.dtype.kind != "f" or tensor.ndim != 1 or not 2 <= tensor.size <= MAX_EMBEDDING:
        raise Damage(f"{key} has the wrong size")
    if tensor.size != LENGTHS.get(key.removeprefix("embedding."), tensor.size):
        raise Damage(f"{key} has the wrong size")
    return _finite(key, tensor)


def _points(tensors: Tensors, key: str, wanted: tuple[int, ...]) -> Floats:
    tensor = tensors.get(key)
    if tensor is None or tensor.dtype.kind != "f" or tensor.shape != wanted:
        raise Damage(f"{key} has the wrong size")
    return _finite(key, tensor)


def _finite(key: str, tensor: NDArray[Any]) -> Floats:
    with np.errstate(invalid="ignore"):
        numbers = tensor.astype(np.float64)
    if not (np.abs(numbers) < FARTHEST).all() or not numbers.any():
        raise Damage(f"{key} holds impossible numbers")
    return numbers.astype(np.float32)


def _texture(tensors: Tensors) -> Texture:
    encoded = tensors["texture"]
    if encoded.dtype != np.uint8 or encoded.ndim != 1:
        raise Damage("its texture is no picture")
    points, seen = _points(tensors, "texture.points", (POINTS, 2)), _points(tensors, "texture.seen", (POINTS,))
    if np.ptp(points, axis=0).min() < SMALLEST_FACE:
        raise Damage("its texture shows no face")
    try:
        # Only the header is read here: of a picture of any size.
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(encoded.tobytes()), "")
        if max(picture.size) > LARGEST_TEXTURE:
            raise Damage("its texture is too large")
        rgb = images.read(picture).rgb
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error, PictureError) as error:
        raise Damage("its texture is damaged") from error
    return Texture(rgb, points, seen)


def _fitting(texture: Texture) -> tuple[Texture, bytes]:
    """The texture, reduced as far as it must be, and as JPEG."""
    size = float(TEXTURE_SIDE)
    while True:
        small = textures.reduced(texture, size)
        for quality in QUALITIES:
            encoded = _jpeg(small, quality)
            if len(encoded) <= TEXTURE_BYTES and max(small.rgb.shape) <= LARGEST_TEXTURE:
                return small, encoded
        size *= 0.75


def _jpeg(texture: Texture, quality: int) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(texture.rgb).save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()
