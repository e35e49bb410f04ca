"""Running nets. The only place that imports onnxruntime."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .cards import ModelCard, Shape

if TYPE_CHECKING:
    from types import ModuleType

Tensor = NDArray[np.float32]
Failures = tuple[type[Exception], ...]
CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
DIRECTML = "DmlExecutionProvider"
PROVIDERS: Mapping[str, str] = {
    "cuda": CUDA,
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "directml": DIRECTML,
    "coreml": "CoreMLExecutionProvider",
    "cpu": CPU,
}
"""By the names that users type, in the order in which "auto" takes what is offered.

TensorRT may be named but is not taken by itself: it works on every net for minutes before the first picture.
"""
AUTO = "auto"
OPTIONS: Mapping[str, Mapping[str, str]] = {
    # Trying out every algorithm costs seconds for each new shape, and pictures have many.
    CUDA: {"cudnn_conv_algo_search": "HEURISTIC"},
}
TYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}


class Net(Protocol):
    """A loaded net. Safe to run from several threads."""

    @property
    def providers(self) -> tuple[str, ...]:
        """The execution providers that are really used, best first."""
        ...

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """Where nets should run: provider names as onnxruntime has them, and threads (0: as many as it likes).

    Providers that onnxruntime does not offer here are passed over; the CPU is always the last resort. planned: whether
    the memory of a run is laid out beforehand, which with large inner values takes up to 400 MB more and gains nothing.
    """

    providers: tuple[str, ...] = (CPU,)
    threads: int = 0
    planned: bool = True


class OnnxNet:
    """A net in onnxruntime. It takes float32 and gives float32, whatever the file computes in.

    file: its name. session: onnxruntime's own. inputs: their names in the file's order. asked: the providers that it
    was to run on. note: one sentence when it runs on others, else "". failures: what onnxruntime raises. used:
    when it was last wanted or ran, as `time.monotonic` counts.
    """

    def __init__(self, file: str, session: Any, asked: Sequence[str], note: str, failures: Failures) -> None:
        self.session = session
        self.file, self.failures = file, failures
        self._types = {node.name: TYPES.get(node.type, np.float32) for node in session.get_inputs()}
        self._outputs = [output.name for output in session.get_outputs()]
        self.inputs: tuple[str, ...] = tuple(self._types)
        self.providers: tuple[str, ...] = tuple(session.get_providers())
        self.asked = tuple(asked)
        self.note = note
        self.used = time.monotonic()
        # DirectML takes one run of a session at a time.
        self._turn = threading.Lock() if DIRECTML in self.providers else nullcontext()

    @property
    def devices(self) -> tuple[str, ...]:
        """The providers by the names that users type."""
        return tuple(map(_short, self.providers))

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name. Raises ModelError when it cannot be run, or a device is out of memory."""
        given = {name: np.ascontiguousarray(value, self._types[name]) for name, value in inputs.items()}
        try:
            with self._turn:
                made = self.session.run(self._outputs, given)
        except self.failures as error:
            where, why = self.devices[0], _first_line(error)
            said = f"stopped on {where} ({why}); free memory there, or choose the CPU."
            if self.providers[0] == CPU:
                said = f"cannot be run ({why}); put a whole copy of it in its place, or free memory."
            raise ModelError(f"The net {self.file} {said}") from error
        self.used = time.monotonic()
        return {name: _single(value) for name, value in zip(self._outputs, made, strict=True)}


def load(card: ModelCard, source: bytes | Path, device: Device = Device()) -> OnnxNet:
    """A net from its file or the bytes of it, checked against its card; large ones take half the memory from a file.

    Raises ModelError when onnxruntime is absent, cannot read it, or the inputs and outputs are others than the card's.
    """
    net = start(_onnxruntime(), card.file, source, device)
    _matches(card, net.session)
    return net


def load_unlisted(file: str, source: bytes | Path, device: Device = Device()) -> OnnxNet:
    """A net that no card describes. Raises ModelError when it cannot be read."""
    return start(_onnxruntime(), file, source, device)


def device(wish: str = AUTO, threads: int = 0) -> Device:
    """What a user means by "auto", "cuda", "cpu", ... or by onnxruntime's own name of a provider.

    Raises ModelError when onnxruntime does not offer that here.
    """
    number, offered = versions()
    if wish == AUTO:
        best = next((name for name in PROVIDERS.values() if name in offered), CPU)
    elif (best := PROVIDERS.get(wish.lower(), wish)) not in offered:
        names = [short for short, name in PROVIDERS.items() if name in offered]
        raise ModelError(
            f"onnxruntime {number} offers {', '.join(names)} here, not {wish}; choose one of these, or install its "
            "build for that device in place of this one."
        )
    return Device(tuple(dict.fromkeys((best, CPU))), threads)


def start(library: Any, file: str, source: bytes | Path, device: Device) -> OnnxNet:
    """Open a net with `library`, which is onnxruntime or stands in for it; on the CPU when no other provider starts.

    Raises ModelError when it cannot be opened there either.
    """
    offered, failures = library.get_available_providers(), _failures(library)
    wanted = [name for name in device.providers if name in offered] or [CPU]
    reason = ""
    if wanted != [CPU]:
        try:
            session = _session(library, source, wanted, device)
        except failures as error:
            reason = _first_line(error)
        else:
            note = _difference(file, device, session.get_providers())
            return OnnxNet(file, session, device.providers, note, failures)
    try:
        session = _session(library, source, [CPU], device)
    except failures as error:
        raise ModelError(
            f"The net {file} cannot be opened by onnxruntime {library.__version__} ({_first_line(error)}); "
            "put a whole copy of it in its place, or update onnxruntime."
        ) from error
    note = _difference(file, device, session.get_providers(), reason)
    return OnnxNet(file, session, device.providers, note, failures)


def versions() -> tuple[str, tuple[str, ...]]:
    """onnxruntime's version and the providers that it offers here. Raises ModelError when it is absent."""
    runtime = _onnxruntime()
    return str(runtime.__version__), tuple(runtime.get_available_providers())


def _session(library: Any, source: bytes | Path, providers: Sequence[str], device: Device) -> Any:
    settings = library.SessionOptions()
    settings.intra_op_num_threads = device.threads
    settings.log_severity_level = 3
    # Threads that spin while they wait steal the cores from OpenCV and from each other: 3 to 5 times slower on 2 cores.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if DIRECTML in providers or not device.planned:
        settings.enable_mem_pattern = False
    if CUDA in providers and hasattr(library, "preload_dlls"):
        # Finds CUDA in pip's packages, and prints where it cannot.
        with redirect_stdout(io.StringIO()):
            library.preload_dlls()
    # Its own fall-back prints a banner on standard output.
    return library.InferenceSession(
        str(source) if isinstance(source, Path) else source,
        settings,
        providers=[(name, dict(OPTIONS.get(name, {}))) for name in providers],
        enable_fallback=0,
    )


def _difference(file: str, device: Device, applied: Sequence[str], reason: str = "") -> str:
    """What to tell when a net runs elsewhere than asked; "" when it does not."""
    lost = [name for name in device.providers if name not in applied]
    if not lost:
        return ""
    why = reason or "it is not offered here, or its libraries are missing"
    return f"{file} runs on {_short(applied[0])} instead of {_short(lost[0])} ({why})."


def _short(provider: str) -> str:
    return next((short for short, name in PROVIDERS.items() if name == provider), provider)


def _single(value: Any) -> Tensor:
    return value.astype(np.float32) if value.dtype in (np.float16, np.float64) else value  # type: ignore[no-any-return]


def _onnxruntime() -> ModuleType:
    # From 1.29 on it writes a device id and looks up an event host on import unless this is set before.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"roop needs onnxruntime, which cannot be imported ({_first_line(error)}); "
            "install it with: pip install onnxruntime"
        ) from error
    if not hasattr(onnxruntime, "InferenceSession"):
        raise ModelError(
            "onnxruntime is damaged (two builds were installed over each other); "
            "reinstall exactly one of them with: pip install --force-reinstall onnxruntime"
        )
    return onnxruntime  # type: ignore[no-any-return]


def _failures(library: Any) -> Failures:
    state = library.capi.onnxruntime_pybind11_state
    names = (
        "Fail",
        "InvalidGraph",
        "InvalidProtobuf",
        "InvalidArgument",
        "NoSuchFile",
        "NotImplemented",
        "RuntimeException",
        "EPFail",
    )
    return (RuntimeError, ValueError, *(getattr(state, name) for name in names if hasattr(state, name)))


def _matches(card: ModelCard, session: Any) -> None:
    for what, expected, found in (
        ("inputs", card.inputs, session.get_inputs()),
        ("outputs", card.outputs, session.get_outputs()),
    ):
        actual = {node.name: tuple(size if isinstance(size, int) else None for size in node.shape) for node in found}
        compare = _by_shape if card.by_shape else _in_order if card.by_position else _by_name
        if not compare(actual, expected, exactly=what == "inputs"):
            raise ModelError(
                f"The net {card.file} has the {what} {actual} instead of {expected}; "
                f"put the file of {card.name} in its place."
            )


def _by_name(actual: Mapping[str, Shape], expected: Mapping[str, Shape], *, exactly: bool) -> bool:
    del exactly
    return set(actual) == set(expected) and all(_fits(actual[name], shape) for name, shape in expected.items())


def _in_order(actual: Mapping[str, Shape], expected: Mapping[str, Shape], *, exactly: bool) -> bool:
    """Some exports add outputs that nobody needs."""
    enough = len(actual) == len(expected) if exactly else len(actual) >= len(expected)
    return enough and all(map(_fits, actual.values(), expected.values()))


def _by_shape(actual: Mapping[str, Shape], expected: Mapping[str, Shape], *, exactly: bool) -> bool:
    if not exactly or len(actual) != len(expected):
        return _in_order(actual, expected, exactly=exactly)
    return any(_in_order(dict(order), expected, exactly=True) for order in permutations(actual.items()))


def _fits(actual: Shape, expected: Shape) -> bool:
    return len(actual) == len(expected) and all(a == e or None in (a, e) for a, e in zip(actual, expected, strict=True))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
