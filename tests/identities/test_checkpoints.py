"""Faces on disk: what is kept, how large it is, and that no file can do more than be refused."""

import io
import json
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow
from safetensors.numpy import load, save

from lib_roop import __version__
from lib_roop.errors import InputError
from lib_roop.facemesh import POINTS
from lib_roop.identities import checkpoints, foreign, textures
from lib_roop.identities.checkpoints import MAX_BYTES
from lib_roop.types import Identity
from tests.identities.heads import head, identity, noise

DLIB, ARCFACE = "dlib_resnet_v1", "w600k_r50"
RNG = np.random.default_rng(3)
FACE = replace(
    identity(noise(), head(150, (100, 100), 10), "Анна"),
    embeddings={DLIB: RNG.normal(size=128).astype(np.float32), ARCFACE: RNG.normal(size=512).astype(np.float32)},
    sex="female",
    age=33,
    sources=("ab" * 32, "cd" * 32),
)


def metadata_of(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    found: dict[str, str] = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
    return found


def test_a_face_survives_being_written_and_read(tmp_path: Path) -> None:
    path = checkpoints.write(FACE, tmp_path / "Анна.safetensors")
    found = checkpoints.read(path)
    kept = found.identity
    assert (kept.name, kept.sex, kept.age, kept.sources) == ("Анна", "female", 33, FACE.sources)
    assert (found.origin, found.version) == ("roop", __version__)
    assert found.created.startswith("20") and found.created.endswith("+00:00")
    for id_, embedding in FACE.embeddings.items():
        np.testing.assert_array_equal(kept.embeddings[id_], embedding)
    assert kept.shape is not None and FACE.shape is not None and kept.texture is not None and FACE.texture is not None
    np.testing.assert_allclose(kept.shape - kept.shape.mean(0), FACE.shape - FACE.shape.mean(0), atol=0.05)
    np.testing.assert_array_equal(kept.texture.points, FACE.texture.points)
    np.testing.assert_allclose(kept.texture.seen, FACE.texture.seen, atol=1e-3)
    assert np.abs(kept.texture.rgb.astype(int) - FACE.texture.rgb).mean() < 1.5


def test_the_metadata_is_text_for_people(tmp_path: Path) -> None:
    found = metadata_of(checkpoints.write(FACE, tmp_path / "a.safetensors"))
    assert found.pop("created")
    assert found == {
        "format": "roop-face",
        "format_version": "1",
        "name": "Анна",
        "recognisers": f"{DLIB},{ARCFACE}",
        "sources": "2",
        "sources_sha256": f"{'ab' * 32},{'cd' * 32}",
        "sex": "female",
        "age": "33",
        "roop": __version__,
    }


def test_without_skin_a_face_takes_a_few_kilobytes() -> None:
    bare = replace(FACE, texture=None, embeddings={DLIB: FACE.embeddings[DLIB]})
    assert 2000 < len(checkpoints.encode(bare)) < 5000


@pytest.mark.parametrize("size", [100, 700, 3000])
def test_with_the_roughest_skin_it_stays_below_300_kilobytes(size: int) -> None:
    grain = RNG.integers(0, 256, (int(size * 1.4), int(size * 1.4), 3), np.uint8)
    rough = identity(grain, head(size, (size * 0.7, size * 0.7)))
    data = checkpoints.encode(rough)
    assert len(data) <= 300_000
    kept = checkpoints.decode(data, "x", "x").identity.texture
    assert kept is not None and kept.points.max() < max(kept.rgb.shape)


def test_a_smooth_skin_keeps_its_size() -> None:
    smooth = identity(noise(2, 800), head(600, (400, 400)))
    kept = checkpoints.decode(checkpoints.encode(smooth), "x", "x").identity.texture
    assert kept is not None and textures.extent(kept) == pytest.approx(600, abs=1)


def test_what_is_not_known_stays_unknown(tmp_path: Path) -> None:
    plain = Identity(name="x", embeddings={DLIB: np.ones(128, np.float32)})
    found = checkpoints.read(checkpoints.write(plain, tmp_path / "x.safetensors")).identity
    assert (found.sex, found.age, found.texture, found.shape, found.sources) == (None, None, None, None, ())


def test_a_file_is_written_over_only_when_asked(tmp_path: Path) -> None:
    path = checkpoints.write(FACE, tmp_path / "a.safetensors")
    before = path.read_bytes()
    other = replace(FACE, age=50)
    with pytest.raises(InputError, match="is there already; choose another name, or write over it with --overwrite"):
        checkpoints.write(other, path)
    assert path.read_bytes() == before
    checkpoints.write(other, path, overwrite=True)
    assert checkpoints.read(path).identity.age == 50
    assert [each.name for each in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        checkpoints.write(FACE, tmp_path / "file" / "a.safetensors")


def test_the_files_name_is_the_faces(tmp_path: Path) -> None:
    path = checkpoints.write(FACE, tmp_path / "Анна.safetensors").rename(tmp_path / "Berta.safetensors")
    assert checkpoints.read(path).identity.name == "Berta"


def test_a_pickle_is_pointed_to_import(tmp_path: Path) -> None:
    (tmp_path / "old.pkl").write_bytes(b"x")
    with pytest.raises(InputError, match=r"make a checkpoint of it with roop face import .*old\.pkl"):
        checkpoints.load(str(tmp_path / "old.pkl"), tmp_path)


def foreign_face(kind: str) -> bytes:
    """As torch writes it, without metadata."""
    return save(foreign.to_tensors(FACE, kind))


@pytest.mark.parametrize("kind", foreign.FORMATS)
def test_faces_of_other_tools_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(foreign_face(kind))
    found = checkpoints.read(path)
    assert (found.origin, found.identity.name, found.identity.sex, found.identity.age) == (kind, "other", "female", 33)
    np.testing.assert_array_equal(found.identity.embeddings[ARCFACE], FACE.embeddings[ARCFACE])
    assert found.identity.texture is None


@pytest.mark.parametrize(("kind", "keys"), [("faceswaplab", 3), ("reactor", 9)])
def test_what_is_written_for_other_tools_has_their_keys_and_types(tmp_path: Path, kind: str, keys: int) -> None:
    path = checkpoints.write(FACE, tmp_path / "x.safetensors", kind=kind)
    tensors: dict[str, NDArray[Any]] = load(path.read_bytes())
    assert len(tensors) == keys and path.stat().st_size < 6000
    wanted: dict[str, tuple[tuple[int, ...], type]] = {
        "embedding": ((512,), np.float32),
        "gender": ((), np.int64),
        "age": ((), np.int64),
        "bbox": ((4,), np.float32),
        "kps": ((5, 2), np.float32),
        "det_score": ((), np.float32),
        "landmark_3d_68": ((68, 3), np.float32),
        "pose": ((3,), np.float32),
        "landmark_2d_106": ((106, 2), np.float32),
    }
    for name, tensor in tensors.items():
        assert (tensor.shape, tensor.dtype) == (wanted[name][0], np.dtype(wanted[name][1])), name
    assert (int(tensors["gender"]), int(tensors["age"])) == (0, 33)


def test_other_tools_need_an_arcface_embedding(tmp_path: Path) -> None:
    bare = replace(FACE, embeddings={DLIB: FACE.embeddings[DLIB]})
    with pytest.raises(InputError, match='The face "Анна" has no w600k_r50 embedding, which reactor needs'):
        checkpoints.write(bare, tmp_path / "x.safetensors", kind="reactor")
    assert not list(tmp_path.iterdir())


WHOLE = checkpoints.encode(FACE)
TENSORS: dict[str, NDArray[Any]] = load(WHOLE)
METADATA = {"format": "roop-face", "format_version": "1"}


def with_tensors(**changed: NDArray[Any] | None) -> bytes:
    """The whole file with some tensors changed, or left out where None; `__` in a name stands for a dot."""
    new = {name.replace("__", "."): tensor for name, tensor in changed.items()}
    return save({name: tensor for name, tensor in {**TENSORS, **new}.items() if tensor is not None}, METADATA)


def with_header(change: Callable[[dict[str, Any]], None]) -> bytes:
    """The whole file with another header."""
    size = struct.unpack("<Q", WHOLE[:8])[0]
    header = json.loads(WHOLE[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + WHOLE[8 + size :]


def lie(**entry: Any) -> bytes:
    return with_header(lambda header: header["shape"].update(entry))


def jpeg(width: int, height: int) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    Pillow.new("RGB", (width, height)).save(stream, "JPEG")
    return np.frombuffer(stream.getvalue(), np.uint8)


def claims(width: int, height: int) -> NDArray[np.uint8]:
    """A small JPEG whose header claims another size."""
    data = bytearray(jpeg(16, 16).tobytes())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return np.frombuffer(bytes(data), np.uint8)


def spoilt(values: NDArray[Any], value: float) -> NDArray[Any]:
    changed = values.copy()
    changed.reshape(-1)[7] = value
    return changed


PNG = np.frombuffer(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes(), np.uint8)
HOSTILE = {
    "nothing": b"",
    "text": b"This is no face.",
    "a picture": PNG.tobytes(),
    "a pickle": b"\x80\x04cos\nsystem\n.",
    "cut short in the header": WHOLE[:100],
    "cut short in the numbers": WHOLE[:-100],
    "too long": WHOLE + bytes(10),
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + WHOLE[8:],
    "a header of 99 MB": struct.pack("<Q", 99_000_000) + WHOLE[8:],
    "a header of lists in lists": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "a header that is no object": struct.pack("<Q", 2) + b"[]",
    "an absurd file": WHOLE[:8] + b" " * (MAX_BYTES + 10),
    "a lying shape": lie(shape=[468, 4]),
    "an absurd shape": lie(shape=[2**40, 2**40]),
    "a negative shape": lie(shape=[-1]),
    "a lying place": lie(data_offsets=[0, 2**50]),
    "overlapping places": lie(data_offsets=[0, 2808]),
    "an unknown kind of number": lie(dtype="Q9"),
    "numbers of another kind": lie(dtype="BF16"),
    "whole numbers": lie(dtype="I16"),
    "no face": save({"x": np.ones(3, np.float32)}),
    "no face of ours": save({"x": np.ones(3, np.float32)}, METADATA),
    "a later format": save(TENSORS, {"format": "roop-face", "format_version": "2"}),
    "a shape of other points": with_tensors(shape=np.ones((478, 3), np.float16)),
    "a shape that is not finite": with_tensors(shape=spoilt(TENSORS["shape"], np.nan)),
    "a shape far off": with_tensors(shape=spoilt(TENSORS["shape"].astype(np.float32), 1e30)),
    "an infinite embedding": with_tensors(embedding__dlib_resnet_v1=np.full(128, np.inf, np.float32)),
    "an embedding of nothing": with_tensors(embedding__dlib_resnet_v1=np.zeros(128, np.float32)),
    "a table for an embedding": with_tensors(embedding__dlib_resnet_v1=np.ones((8, 16), np.float32)),
    "an endless embedding": with_tensors(embedding__dlib_resnet_v1=np.ones(50_000, np.float32)),
    "a short embedding": with_tensors(embedding__dlib_resnet_v1=np.ones(127, np.float32)),
    **{
        f"a short embedding of {id_}": with_tensors(**{f"embedding.{id_}": np.ones(128, np.float32)})
        for id_ in ("w600k_r50", "w600k_mbf", "glintr100")
    },
    "an embedding of bytes": with_tensors(embedding__dlib_resnet_v1=np.ones(128, np.uint8)),
    "a recogniser that is a path": with_tensors(**{"embedding.../../x": np.ones(128, np.float32)}),
    "a texture without points": with_tensors(texture__points=None),
    "a texture never seen": with_tensors(texture__seen=spoilt(TENSORS["texture.seen"], np.nan)),
    "points in one place": with_tensors(texture__points=np.full((468, 2), 9, np.float32)),
    "points on a line": with_tensors(texture__points=TENSORS["texture.points"] * np.array([1, 0], np.float32)),
    "a face of less than a pixel": with_tensors(texture__points=TENSORS["texture.points"] * np.float32(0.001)),
    "points far off": with_tensors(texture__points=spoilt(TENSORS["texture.points"], 1e20)),
    "a texture that is a table": with_tensors(texture=np.zeros((9, 9), np.uint8)),
    "a texture of numbers": with_tensors(texture=np.ones(999, np.float32)),
    "a texture that is noise": with_tensors(texture=RNG.integers(0, 256, 999, np.uint8)),
    "a texture of another kind": with_tensors(texture=PNG),
    "a texture cut short": with_tensors(texture=TENSORS["texture"][:500]),
    "a texture that is a bomb": with_tensors(texture=claims(65500, 65500)),
    "a texture that is too large": with_tensors(texture=jpeg(4000, 100)),
    "another tool's short embedding": save(
        {"embedding": np.ones(5, np.float32), "gender": np.array(1), "age": np.array(1)}
    ),
    "another tool's damaged embedding": save(
        {"embedding": np.full(512, np.nan, np.float32), "gender": np.array(1), "age": np.array(1)}
    ),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_damaged_or_hostile_file_is_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        checkpoints.read(path)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".") and "bad" in sentence and len(sentence) < 300


def test_the_file_that_the_hostile_ones_are_made_from_is_read() -> None:
    assert checkpoints.decode(with_tensors(), "x", "x").identity.texture is not None
    assert checkpoints.decode(with_header(lambda header: None), "x", "x").identity.shape is not None


@pytest.mark.parametrize(
    "metadata",
    [
        {"sex": "x" * 1000, "age": "9" * 5000, "sources_sha256": "../../etc", "created": "\n" * 500},
        {"age": "-4", "sex": "Male", "sources_sha256": ","},
        {"age": "²"},
    ],
)
def test_metadata_that_makes_no_sense_is_left_out(metadata: dict[str, str]) -> None:
    found = checkpoints.decode(save(TENSORS, {**METADATA, **metadata}), "x", "x")
    assert (found.identity.sex, found.identity.age, found.identity.sources) == (None, None, ())
    assert len(found.created) <= 40


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_file_with_any_bytes_changed_is_read_or_refused(place: int, changed: bytes) -> None:
    data = WHOLE[:place] + changed + WHOLE[place + len(changed) :]
    try:
        found = checkpoints.decode(data, "x", "x").identity
    except InputError:
        return
    assert found.texture is None or found.texture.points.shape == (POINTS, 2)
    assert all(np.isfinite(embedding).all() for embedding in found.embeddings.values())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.safetensors cannot be read"):
        checkpoints.read(tmp_path / "gone.safetensors")


def test_metadata_cannot_move_the_cursor() -> None:
    metadata = {**METADATA, "created": "\x1b[2J\n2026", "roop": "1\x9b0\u202e"}
    found = checkpoints.decode(save(TENSORS, metadata), "x", "x")
    assert (found.created, found.version) == (" [2J 2026", "1 0 ")


def test_a_recogniser_that_is_not_known_has_any_length() -> None:
    data = with_tensors(**{"embedding.mine": np.ones(99, np.float32)})
    assert checkpoints.decode(data, "x", "x").identity.embeddings["mine"].shape == (99,)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_on_the_machine_may_read_a_face(tmp_path: Path) -> None:
    path = checkpoints.write(FACE, tmp_path / "faces" / "x.safetensors")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    path.chmod(0o644)
    checkpoints.write(FACE, path, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o600
