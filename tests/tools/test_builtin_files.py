"""The committed nets are the ones that SOURCES.md describes."""

import hashlib
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

BUILTIN = Path(__file__).parents[2] / "models" / "builtin"
STATED = {
    name: (int(size.replace(",", "")), sha256)
    for name, size, sha256 in re.findall(
        r"^\| `(\S+)` \| ([\d,]+) \| `([0-9a-f]{64})` \|$",
        (BUILTIN / "SOURCES.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
Shape = tuple[int, ...]
CONTRACTS: dict[str, tuple[Shape, dict[str, Shape]]] = {
    "blazeface_short_range.onnx": ((3, 128, 128), {"boxes": (896, 16), "scores": (896, 1)}),
    "facemesh_468.onnx": ((3, 192, 192), {"landmarks": (468, 3), "flag": (1,)}),
    "dlib_resnet_v1.onnx": ((3, 150, 150), {"descriptor": (128,)}),
}


def test_every_net_and_array_is_stated() -> None:
    assert {path.name for path in BUILTIN.iterdir() if path.suffix in {".onnx", ".npz"}} == set(STATED)


@pytest.mark.parametrize("name", STATED)
def test_a_file_is_the_one_stated(name: str) -> None:
    data = (BUILTIN / name).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == STATED[name]


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_net_takes_and_gives_what_is_stated_for_a_batch_as_for_one(name: str) -> None:
    size, outputs = CONTRACTS[name]
    net = onnxruntime.InferenceSession(BUILTIN / name, providers=["CPUExecutionProvider"])
    images = np.random.default_rng(0).random((2, *size), dtype=np.float32)
    batch = net.run(list(outputs), {"image": images})
    assert [array.shape for array in batch] == [(2, *shape) for shape in outputs.values()]
    second = net.run(list(outputs), {"image": images[1:]})
    for of_two, alone in zip(batch, second, strict=True):
        np.testing.assert_allclose(of_two[1:], alone, rtol=1e-4, atol=1e-3)


def test_the_triangles_are_one_surface_that_winds_one_way_and_ends_at_the_oval() -> None:
    with np.load(BUILTIN / "facemesh_topology.npz") as topology:
        triangles, oval = topology["triangles"], topology["oval"]
    edges = [(int(a), int(b)) for row in triangles for a, b in zip(row, np.roll(row, -1), strict=True)]
    distinct = set(edges)
    border = {(a, b) for a, b in edges if (b, a) not in distinct}
    assert len(edges) == len(distinct)
    assert border == set(zip(oval.tolist(), np.roll(oval, -1).tolist(), strict=True))
    assert set(triangles.ravel().tolist()) == set(range(468))
