"""Faces that the original roop kept: pickles written with dill, read without running anything that they hold.

A pickle is a program. Of its instructions only those are carried out that such a face needs, and what they call are our
own constructors, which look at every size before they make anything. This is the only use of pickle.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..types import Identity
from .foreign import from_values

MAX_BYTES, MAX_STEPS, MAX_ITEMS = 65_536, 1_000, 4_096
"""A face takes about 2500 bytes, 60 instructions and 512 numbers."""
DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
STEPS = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET",
    "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES",
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_DICT", "SETITEM", "SETITEMS",
    "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
))  # fmt: skip
_BY_CODE = {step.code: step for step in pickletools.opcodes}
NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
"""As numpy 1 and numpy 2 call the module."""


def read(path: Path) -> Identity:
    """The face of an old roop's .pkl file. Raises InputError for whatever else it holds."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); check it.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path} is too large for a face of the original roop; name another file.")
    try:
        values = loaded(data)
        if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
            _refuse("it holds no face")
        plain = {name: value.values if isinstance(value, Array) else value for name, value in values.items()}
        return from_values(plain, path.stem)
    except REFUSALS as error:
        raise InputError(f"{path} is no face of the original roop and was not opened ({error}).") from error


def loaded(data: bytes) -> Any:
    """What a pickle holds: dicts, tuples, numbers, text and arrays. Raises ValueError or pickle's errors."""
    _check(data)
    return _Reader(data).load()


def _check(data: bytes) -> None:
    """Look at every instruction before the first one is carried out."""
    stream = io.BytesIO(data)
    for _ in range(MAX_STEPS):
        step = _BY_CODE.get(stream.read(1).decode("latin-1"))
        if step is None or step.name not in STEPS:
            _refuse(f"it wants {step.name}" if step else "it is no pickle, or cut short")
        argument = _argument(step, stream)
        # The reader's memory is an array that is made as long as the number says.
        if step.name in ("BINPUT", "LONG_BINPUT", "FRAME") and not 0 <= int(argument or 0) <= len(data):
            _refuse(f"its {step.name} is out of range")
        if step.name == "STOP":
            return
    _refuse("it has too many steps")


def _argument(step: pickletools.OpcodeInfo, stream: io.BytesIO) -> Any:
    if step.name == "GLOBAL":
        # pickletools takes backslashes in names for escapes, and warns of odd ones; pickle does not.
        return stream.readline(), stream.readline()
    return step.arg.reader(stream) if step.arg else None


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._known: Mapping[tuple[str, str], Any] = {
            ("numpy", "ndarray"): _Step(_uncallable),
            ("numpy", "dtype"): _Step(_Dtype),
            ("dill._dill", "_create_array"): _Step(_created),
            **{(module, "_reconstruct"): _Step(_reconstructed) for module in NUMPY},
            **{(module, "scalar"): _Step(_scalar) for module in NUMPY},
        }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            _refuse(f"it wants to run {module}.{name}"[:100])
        return self._known[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        _refuse("it refers to something outside")


class _Step:
    """One of our constructors. A pickle may set the attributes of what it is given: not of these."""

    __slots__ = ("_run",)

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    def __call__(self, *arguments: Any) -> Any:
        return self._run(*arguments)

    def __setstate__(self, state: Any) -> NoReturn:
        _refuse("it changes what it is read with")


class _Dtype:
    """Stands for numpy's dtype: a number of some length and byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any = None, align: Any = None, copy: Any = None) -> None:
        if code not in DTYPES:
            _refuse("it holds something else than numbers")
        self.code, self.order = code, "="

    def __setstate__(self, state: Any) -> None:
        plain = isinstance(state, tuple) and len(state) >= 5 and state[2] is state[3] is state[4] is None
        if not plain or state[1] not in ("<", ">", "|", "="):
            _refuse("it holds something else than numbers")
        self.order = state[1]


class Array:
    """Stands for an array until its numbers come; `values` is the array then."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            _refuse("an array is damaged")
        _, shape, dtype, fortran, data = state
        if not isinstance(shape, tuple) or len(shape) > 4 or not all(type(side) is int for side in shape):
            _refuse("an array is damaged")
        if min((1, *shape)) < 0 or max((1, *shape)) > MAX_ITEMS or int(np.prod(shape, dtype=object)) > MAX_ITEMS:
            _refuse("an array is too large")
        flat = _numbers(dtype, data)
        self.values = flat.reshape(shape, order="F" if fortran else "C").copy()


def _reconstructed(*arguments: Any) -> Array:
    return Array()


def _created(function: Any, arguments: Any, state: Any, attributes: Any = None) -> Array:
    """dill's way to make an array: numpy's constructor, its arguments, and what the array holds."""
    if not isinstance(function, _Step) or attributes is not None:
        _refuse("an array is damaged")
    array = Array()
    array.__setstate__(state)
    return array


def _scalar(dtype: Any, data: Any = None) -> Any:
    found = _numbers(dtype, data)
    if found.size != 1:
        _refuse("a number is damaged")
    return found[0]


def _numbers(dtype: Any, data: Any) -> NDArray[Any]:
    if not isinstance(dtype, _Dtype) or not isinstance(data, bytes):
        _refuse("an array is damaged")
    return np.frombuffer(data, np.dtype(dtype.code).newbyteorder(dtype.order))


def _uncallable(*arguments: Any) -> NoReturn:
    _refuse("it makes an array in a strange way")


def _refuse(why: str) -> NoReturn:
    raise pickle.UnpicklingError(why)


REFUSALS = (pickle.UnpicklingError, ValueError, TypeError, LookupError, EOFError, AttributeError, ArithmeticError)
"""What damaged or hostile bytes lead to."""
