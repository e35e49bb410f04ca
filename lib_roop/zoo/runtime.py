"""Running nets. The only place that imports onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .cards import ModelCard

if TYPE_CHECKING:
    from types import ModuleType

Tensor = NDArray[np.float32]
CPU = "CPUExecutionProvider"


class Net(Protocol):
    """A loaded net. Safe to run from several threads."""

    providers: tuple[str, ...]
    """The execution providers that are really used, best first."""

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """Where nets should run: provider names as onnxruntime has them, and threads (0: as many as it likes).

    Providers that onnxruntime does not offer here are passed over; the CPU is always the last resort.
    """

    providers: tuple[str, ...] = (CPU,)
    threads: int = 0


class OnnxNet:
    """A net in onnxruntime."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]
        self.inputs: tuple[str, ...] = tuple(node.name for node in session.get_inputs())
        self.providers: tuple[str, ...] = tuple(session.get_providers())

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        contiguous = {name: np.ascontiguousarray(value, np.float32) for name, value in inputs.items()}
        return dict(zip(self._outputs, self._session.run(self._outputs, contiguous), strict=True))


def load(card: ModelCard, data: bytes, device: Device = Device()) -> OnnxNet:
    """A net from the bytes of its file, checked against its card.

    Raises ModelError when onnxruntime is absent, cannot read it, or the inputs and outputs are others than the card's.
    """
    session = _session(card.file, data, device)
    _matches(card, session)
    return OnnxNet(session)


def load_unlisted(file: str, data: bytes, device: Device = Device()) -> OnnxNet:
    """A net that no card describes, from the bytes of its file. Raises ModelError when it cannot be read."""
    return OnnxNet(_session(file, data, device))


def versions() -> tuple[str, tuple[str, ...]]:
    """onnxruntime's version and the providers that it offers here. Raises ModelError when it is absent."""
    runtime = _onnxruntime()
    return str(runtime.__version__), tuple(runtime.get_available_providers())


def _session(file: str, data: bytes, device: Device) -> Any:
    runtime = _onnxruntime()
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = device.threads
    settings.log_severity_level = 3
    # Threads that spin while they wait steal the cores from OpenCV and from each other: 3 to 5 times slower on 2 cores.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # One that is not offered here is left out: onnxruntime would warn on standard error; `Net.providers` tells as well.
    offered = runtime.get_available_providers()
    providers = [name for name in device.providers if name in offered]
    try:
        session = runtime.InferenceSession(data, settings, providers=providers)
    except _failures(runtime) as error:
        raise ModelError(
            f"The net {file} cannot be opened by onnxruntime {runtime.__version__} ({_first_line(error)}); "
            "put a whole copy of it in its place, or update onnxruntime."
        ) from error
    return session


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


def _failures(runtime: ModuleType) -> tuple[type[Exception], ...]:
    state = runtime.capi.onnxruntime_pybind11_state
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
        if set(actual) != set(expected) or not all(_fits(actual[name], shape) for name, shape in expected.items()):
            raise ModelError(
                f"The net {card.file} has the {what} {actual} instead of {expected}; "
                f"put the file of {card.name} in its place."
            )


def _fits(actual: Sequence[int | None], expected: Sequence[int | None]) -> bool:
    return len(actual) == len(expected) and all(a == e or None in (a, e) for a, e in zip(actual, expected, strict=True))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
