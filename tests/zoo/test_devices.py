"""Where nets run: what is asked, what is had, and what is told when these differ. onnxruntime is played."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lib_roop.errors import ModelError
from lib_roop.zoo import runtime
from lib_roop.zoo.runtime import CPU, CUDA, DIRECTML, Device, OnnxNet

GPU = Device((CUDA, CPU))


class Fail(Exception):
    """What onnxruntime raises when a provider does not start."""


@dataclass
class Settings:
    """SessionOptions, which remember what they were told."""

    intra_op_num_threads: int = -1
    log_severity_level: int = 2
    enable_mem_pattern: bool = True
    entries: dict[str, str] = field(default_factory=dict)

    def add_session_config_entry(self, name: str, value: str) -> None:
        self.entries[name] = value


class Session:
    """Runs on the providers that work."""

    def __init__(self, library: "Library", providers: Sequence[str]) -> None:
        self._library, self._providers = library, providers

    def get_providers(self) -> list[str]:
        return [name for name in self._providers if name not in self._library.silent]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="x", type="tensor(float)", shape=[1])]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="y", type="tensor(float)", shape=[1])]

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Any]) -> list[Any]:
        if self._library.stops in self._providers:
            raise Fail("out of memory\nmore lines")
        return [inputs["x"] for _ in outputs]


@dataclass
class Library:
    """Plays onnxruntime: `offered` providers, of which some fail with an error and others are silently left out."""

    offered: tuple[str, ...] = (CUDA, CPU)
    failing: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    stops: str = ""
    started: list[tuple[Any, Settings, list[tuple[str, dict[str, str]]]]] = field(default_factory=list)
    preloaded: int = 0
    __version__: str = "9.9"

    capi = SimpleNamespace(onnxruntime_pybind11_state=SimpleNamespace(Fail=Fail))
    SessionOptions = Settings

    def get_available_providers(self) -> list[str]:
        return list(self.offered)

    def preload_dlls(self) -> None:
        self.preloaded += 1
        print("Failed to load libcudnn")

    def InferenceSession(  # noqa: N802 - its name there
        self, source: Any, settings: Settings, *, providers: list[tuple[str, dict[str, str]]], enable_fallback: int
    ) -> Session:
        assert enable_fallback == 0
        self.started.append((source, settings, providers))
        names = [name for name, _ in providers]
        if broken := [name for name in names if name in self.failing]:
            raise Fail(f"{broken[0]} has no driver.\nA second line")
        return Session(self, names)


def started(library: Library, device: Device) -> OnnxNet:
    return runtime.start(library, "some.onnx", b"a net", device)


def test_a_provider_that_works_is_used_with_the_cpu_behind_it() -> None:
    library = Library()
    net = started(library, Device((CUDA, CPU), threads=3))
    assert (net.asked, net.providers, net.note) == ((CUDA, CPU), (CUDA, CPU), "")
    ((source, settings, providers),) = library.started
    assert source == b"a net" and [name for name, _ in providers] == [CUDA, CPU]
    assert settings.intra_op_num_threads == 3
    assert settings.entries == {"session.intra_op.allow_spinning": "0"}


def test_cudas_libraries_are_looked_for_without_a_word_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    library = Library()
    started(library, Device())
    assert library.preloaded == 0
    started(library, GPU)
    assert library.preloaded == 1
    assert capfd.readouterr().out == ""


def test_a_provider_that_fails_gives_way_to_the_cpu_with_its_reason() -> None:
    library = Library(failing=(CUDA,))
    net = started(library, GPU)
    assert net.providers == (CPU,) and net.asked == (CUDA, CPU)
    assert net.note == f"some.onnx runs on cpu instead of cuda ({CUDA} has no driver)."


def test_a_provider_that_is_silently_left_out_is_noticed() -> None:
    net = started(Library(silent=(CUDA,)), GPU)
    assert net.providers == (CPU,)
    assert net.note == "some.onnx runs on cpu instead of cuda (it is not offered here, or its libraries are missing)."


def test_a_provider_that_is_not_offered_is_not_tried() -> None:
    library = Library(offered=(CPU,))
    net = started(library, GPU)
    assert [name for _, _, providers in library.started for name, _ in providers] == [CPU]
    assert "instead of cuda (it is not offered here" in net.note


def test_a_net_that_no_provider_opens_is_refused() -> None:
    with pytest.raises(ModelError, match=r"The net some\.onnx cannot be opened by onnxruntime 9\.9 \(CPUExecution"):
        started(Library(failing=(CUDA, CPU)), GPU)


def test_a_file_is_given_by_its_name(tmp_path: Path) -> None:
    library = Library()
    runtime.start(library, "some.onnx", tmp_path / "some.onnx", Device())
    assert library.started[0][0] == str(tmp_path / "some.onnx")


def test_a_device_that_stops_is_named_and_on_the_cpu_the_file_is_to_be_replaced() -> None:
    inputs = {"x": np.ones(1, np.float32)}
    with pytest.raises(ModelError, match=r"The net some\.onnx stopped on cuda \(out of memory\); free memory there"):
        started(Library(stops=CUDA), GPU).run(inputs)
    with pytest.raises(ModelError, match=r"The net some\.onnx cannot be run \(out of memory\); put a whole copy of it"):
        started(Library(stops=CPU), Device()).run(inputs)


def test_directml_runs_one_at_a_time_and_without_memory_patterns() -> None:
    library = Library(offered=(DIRECTML, CPU))
    net = started(library, Device((DIRECTML, CPU)))
    assert not library.started[0][1].enable_mem_pattern
    assert net.run({"x": np.ones(1, np.float32)})["y"] == 1


def test_when_a_net_ran_last_is_known() -> None:
    net = started(Library(), Device())
    before = net.used
    net.run({"x": np.ones(1, np.float32)})
    assert net.used >= before


def test_auto_is_the_best_that_is_offered_and_the_cpu_always_comes_last() -> None:
    assert runtime.device("auto", 2) == Device((CPU,), 2)
    assert runtime.device("cpu") == runtime.device(CPU) == Device((CPU,))
    order = list(runtime.PROVIDERS)
    assert order[0] == "cuda" and order[-1] == "cpu"


@pytest.mark.parametrize("wish", ["cuda", "quantum", "TensorrtExecutionProvider"])
def test_a_provider_that_is_not_there_is_refused_with_those_that_are(wish: str) -> None:
    with pytest.raises(ModelError, match=rf"offers cpu here, not {wish}; choose one of these"):
        runtime.device(wish)
