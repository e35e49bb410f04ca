"""Faces of the original roop: real files of dill are read, and nothing that a pickle holds is ever run."""

import os
import pickle
import pickletools
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dill
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib_roop.errors import InputError
from lib_roop.identities import pickles
from lib_roop.identities.foreign import ARCFACE
from lib_roop.types import Floats

EMBEDDING = np.random.default_rng(7).normal(size=512).astype(np.float32)
FACE = {"embedding": EMBEDDING, "gender": 1, "age": 31}


def written(folder: Path, data: bytes, name: str = "old.pkl") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def embedding_of(data: bytes, folder: Path) -> Floats:
    return pickles.read(written(folder, data)).embeddings[ARCFACE]


def test_a_real_file_of_dill_is_a_face(tmp_path: Path) -> None:
    path = tmp_path / "Жанна.pkl"
    with path.open("wb") as stream:
        dill.dump(FACE, stream)
    identity = pickles.read(path)
    assert (identity.name, identity.sex, identity.age) == ("Жанна", "male", 31)
    np.testing.assert_array_equal(identity.embeddings[ARCFACE], EMBEDDING)


@pytest.mark.parametrize(
    ("dump", "protocol"), [(dill.dumps, 3), (dill.dumps, 4), (dill.dumps, 5), (pickle.dumps, 3), (pickle.dumps, 4)]
)
def test_every_protocol_with_bytes_is_read(tmp_path: Path, dump: Callable[..., bytes], protocol: int) -> None:
    np.testing.assert_array_equal(embedding_of(dump(FACE, protocol=protocol), tmp_path), EMBEDDING)


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_arrays_of_numpy_1_and_2_are_read(tmp_path: Path, module: str) -> None:
    """Protocol 3 writes names as plain lines, so the other numpy's file can be made of this one's."""
    data = dill.dumps({**FACE, "gender": np.int64(0), "age": np.int64(20)}, protocol=3)
    for name in ("numpy._core.multiarray", "numpy.core.multiarray"):
        data = data.replace(f"c{name}\n".encode(), f"c{module}\n".encode())
    assert f"c{module}\n_reconstruct".encode() in data and f"c{module}\nscalar".encode() in data
    identity = pickles.read(written(tmp_path, data))
    np.testing.assert_array_equal(identity.embeddings[ARCFACE], EMBEDDING)
    assert (identity.sex, identity.age) == ("female", 20)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
def test_numbers_of_any_length_and_order_are_read(tmp_path: Path, dtype: str) -> None:
    data = dill.dumps({**FACE, "embedding": EMBEDDING.astype(dtype)})
    np.testing.assert_allclose(embedding_of(data, tmp_path), EMBEDDING, rtol=1e-3)


def test_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    identity = pickles.read(written(tmp_path, dill.dumps({"embedding": EMBEDDING, "gender": None, "age": -3})))
    assert (identity.sex, identity.age) == (None, None)


class Runs:
    """Calls `function` when it is unpickled without care."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def reduced(module: str, name: str, *arguments: Any) -> bytes:
    """A pickle that calls a function by its name, whether it exists or not."""
    body = pickle.dumps(arguments, protocol=2)[2:-1]
    return b"\x80\x03c" + f"{module}\n{name}\n".encode() + body + b"R."


def array(*, shape: Any = (512,), data: bytes = EMBEDDING.tobytes(), code: str = "f4", state: Any = None) -> bytes:
    """A face whose array says of itself what a hostile file would."""
    parts = [b"\x80\x03}X\x09\x00\x00\x00embedding"]
    parts += [b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"]
    parts += [b"(K\x01", pickle.dumps(shape, protocol=3)[2:-1].replace(b"q\x00", b"")]
    parts += [b"cnumpy\ndtype\n", b"X", struct.pack("<I", len(code)), code.encode(), b"\x89\x88\x87R"]
    if state is not None:
        parts += [pickle.dumps(state, protocol=3)[2:-1], b"b"]
    else:
        parts += [b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"]
    parts += [b"\x89B", struct.pack("<I", len(data)), data, b"tbs."]
    return b"".join(parts)


def test_the_array_that_the_hostile_ones_are_made_from_is_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(embedding_of(array(), tmp_path), EMBEDDING)


HOSTILE = {
    "os.system": pickle.dumps(Runs(os.system, "touch ran")),
    "posix.system by name": reduced("posix", "system", "touch ran"),
    "eval": pickle.dumps(Runs(eval, "open('ran', 'w')")),
    "exec by dill": dill.dumps(Runs(exec, "open('ran', 'w')")),
    "getattr": reduced("builtins", "getattr", "x", "__class__"),
    "getattr of a name with dots": b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
    "import": reduced("builtins", "__import__", "os"),
    "numpy.load": reduced("numpy", "load", "ran"),
    "numpy.fromfile": reduced("numpy", "fromfile", "ran"),
    "numpy.lib.format": reduced("numpy.lib.format", "read_array", "ran", True),
    "dill's types": reduced("dill._dill", "_create_type", "x", "y"),
    "dill's functions": reduced("dill._dill", "_create_function", "x"),
    "dill's code": dill.dumps(lambda: 1, recurse=True),
    "dill's eval": reduced("dill._dill", "_eval_repr", "1"),
    "ndarray itself": reduced("numpy", "ndarray", (10**12,)),
    "a huge shape": array(shape=(10**9, 10**9)),
    "a negative shape": array(shape=(-512, -1)),
    "a shape that is none": array(shape="512"),
    "a shape of arrays": array(shape=((512,),)),
    "more numbers than bytes": array(shape=(513,)),
    "too few bytes": array(data=b"\0\0\0"),
    "objects": array(code="O8"),
    "text": array(code="U512"),
    "structures": array(code="f4,O"),
    "a dtype of a million numbers": array(code="(1000000000,)f4"),
    "a dtype with fields": array(state=(3, "<", None, ("a",), {"a": 1}, 8, 1, 27)),
    "a dtype of another order": array(state=(3, "?", None, None, None, -1, -1, 0)),
    "an array within dill's": reduced("dill._dill", "_create_array", 1, 2, 3, 4),
    "dill's array with attributes": dill.dumps(FACE).replace(b"N", b"}"),
    "a persistent id": b"\x80\x04\x8c\x01aQ.",
    "a persistent id in words": b"Pabc\n.",
    "a name with a backslash": b"\x80\x03c\\?os\nsystem\n.",
    "a name without an end": b"\x80\x03cos\nsystem",
    "an extension": b"\x80\x02\x82\x01.",
    "an old instance": b"(S'touch ran'\nios\nsystem\n.",
    "an old object": b"\x80\x02(cos\nsystem\nS'touch ran'\no.",
    "a new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "a long memory": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "a long frame": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x0fN.",
    "a long text": b"\x80\x02X\xff\xff\xff\x7fabc.",
    "bytes beyond the end": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
    "tuples in tuples": b"\x80\x02N" + b"\x85" * 50_000 + b".",
    "tuples in tuples as a key": b"\x80\x02}N" + b"\x85" * 50_000 + b"Ns.",
    "doubled again and again": b"\x80\x04N\x94" + b"".join(b"h%c" % n * 2 + b"\x86\x94" for n in range(200)) + b".",
    "changed tools": b"\x80\x03cnumpy.core.multiarray\n_reconstruct\n}X\x04\x00\x00\x00_runNsb.",
    "tools changed otherwise": b"\x80\x03cnumpy\ndtype\nN}X\x07\x00\x00\x00__doc__Ns\x86b.",
    "a memory that is not there": b"\x80\x04h\x50.",
    "an empty stack": b"\x80\x04.",
    "no end": b"\x80\x04N",
    "nothing": b"",
    "text for people": b"This is no pickle.",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a list": pickle.dumps([1, 2]),
    "a number": pickle.dumps(5),
    "no embedding": pickle.dumps({"gender": 1, "age": 3}),
    "a short embedding": dill.dumps({**FACE, "embedding": EMBEDDING[:5]}),
    "whole numbers": dill.dumps({**FACE, "embedding": np.arange(512)}),
    "no numbers": dill.dumps({**FACE, "embedding": EMBEDDING * np.float32(np.nan)}),
    "zeros": dill.dumps({**FACE, "embedding": EMBEDDING * 0}),
    "too large": dill.dumps({**FACE, "more": bytes(100_000)}),
    "keys that are no names": pickle.dumps({1: 2}),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_else_a_pickle_holds_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, data)
    loaded = set(sys.modules)
    with pytest.raises(InputError) as caught:
        pickles.read(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert {each.name for each in tmp_path.iterdir()} == {"old.pkl"}, "something ran"
    assert not {name for name in set(sys.modules) - loaded if name.startswith(("dill", "os", "posix"))}


def test_a_hostile_file_does_not_change_how_the_next_one_is_read(tmp_path: Path) -> None:
    for name in ("changed tools", "tools changed otherwise"):
        with pytest.raises(InputError):
            pickles.read(written(tmp_path, HOSTILE[name]))
    np.testing.assert_array_equal(embedding_of(dill.dumps(FACE), tmp_path), EMBEDDING)


def test_what_a_pickle_wants_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"was not opened \(it wants to run posix\.system\)"):
        pickles.read(written(tmp_path, HOSTILE["posix.system by name"]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.pkl cannot be read"):
        pickles.read(tmp_path / "gone.pkl")


GENUINE = dill.dumps(FACE)


@given(st.integers(0, len(GENUINE) - 1), st.binary(min_size=0, max_size=4))
@example(0, b"")
def test_a_file_with_any_bytes_changed_is_read_or_refused(place: int, bytes_: bytes) -> None:
    data = GENUINE[:place] + bytes_ + GENUINE[place + len(bytes_) :]
    try:
        found = pickles.loaded(data)
    except pickles.REFUSALS:
        return
    assert isinstance(found, (dict, tuple, int, float, str, bytes, type(None), pickles.Array))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_plain(data: bytes) -> None:
    try:
        pickles.loaded(b"\x80\x04" + data + b".")
    except pickles.REFUSALS:
        return


def test_a_genuine_file_stays_far_from_the_limits() -> None:
    assert len(GENUINE) * 10 < pickles.MAX_BYTES
    assert len(list(pickletools.genops(GENUINE))) * 10 < pickles.MAX_STEPS
