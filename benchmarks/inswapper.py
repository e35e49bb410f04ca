"""insightface's INSwapper.get and roop's swap on the same graph, in turns: what pasting costs; with --forward, all.

The graph is as large as the real inswapper_128 and its numbers are random: speed and memory are measured, not looks.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lib_roop import geometry, templates
from lib_roop.swappers.inswapper import RECOGNISER, InSwapper, contract
from lib_roop.types import Face, Floats, Identity, Image, SwapJob
from lib_roop.zoo import runtime
from lib_roop.zoo.emap import last_initializer

SIZES = ((512, 512), (1024, 1024), (2048, 2048), (3840, 2160))
FACES = ((1, 1 / 4), (6, 1 / 8))
"""How many, and how high in parts of the picture."""
CROP_TO_FACE = 1.2
"""A detector's box, from hairline to chin, is so much lower than the crop."""
SIDE = 128
PICTURE, LATENT = (1, 3, SIDE, SIDE), (1, 512)
TO_REACH = {(2160, 1): 14.0, (2160, 6): 50.0}
Work = Callable[[], object]


def main(arguments: Sequence[str]) -> int:
    """Prints a table of medians and ratios; 1 when pasting at 4K is not as much faster as it is to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="for OpenCV and for the net (default: 1)")
    parser.add_argument("--forward", action="store_true", help="run the net as well: 3 s a face, and 554 MB on disk")
    parser.add_argument("--small", action="store_true", help="a graph with an eighth of the channels")
    parser.add_argument("--one", nargs=2, metavar=("WHO", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(options.threads)
    if options.one:
        return one(options.one[0], Path(options.one[1]), options)
    with tempfile.TemporaryDirectory() as folder:
        tiny = Path(folder) / "tiny.onnx"
        write_graph(tiny, channels=8)
        missed = pasting(tiny, options.rounds)
        memory("the net left out", ["--threads", str(options.threads)], tiny)
        if options.forward:
            path = Path(folder) / "inswapper_128.onnx"
            write_graph(path, channels=128 if options.small else 1024)
            forward(path, options.threads, options.rounds)
            memory("with the net", ["--threads", str(options.threads), "--forward"], path)
    return missed


def pasting(file: Path, rounds: int) -> int:
    """Everything but the net, whose place a stand-in takes. The number of sizes that miss their goal."""
    print("ms of processor time for all faces, everything but the net (medians)")
    print("picture     faces  insightface     roop    ratio   to reach")
    missed = 0
    for width, height in SIZES:
        for count, share in FACES:
            picture, faces = drawn(width, height, count, share)
            times = interleaved(
                {
                    "insightface": insightface_swap(file, StandIn(), picture, faces),
                    "roop": roop_swap(StandIn(), last_initializer(file), picture, faces),
                },
                rounds,
            )
            ratio, goal = times["insightface"] / times["roop"], TO_REACH.get((height, count))
            missed += goal is not None and ratio < goal
            print(
                f"{width:4} x {height:4}  {count}    {times['insightface']:10.1f} {times['roop']:8.1f} {ratio:7.1f}x"
                f"{f'{goal:9.0f}x' if goal else ''}"
            )
    return missed


def forward(file: Path, threads: int, rounds: int) -> None:
    """With the net, one face of a picture of 1024 pixels."""
    picture, faces = drawn(1024, 1024, 1, 1 / 4)
    works = {
        "insightface": insightface_swap(file, open_session(file, threads), picture, faces),
        "roop": roop_swap(open_net(file, threads), last_initializer(file), picture, faces),
    }
    times = interleaved(works, min(rounds, 3))
    print(f"with the net, {file.stat().st_size / 1e6:.0f} MB, 1024 x 1024, 1 face: ", end="")
    print(", ".join(f"{name} {value:.0f} ms" for name, value in times.items()))


def memory(label: str, options: Sequence[str], file: Path) -> None:
    """Highest memory of a process that loads and swaps six faces at 4K."""
    for who in ("insightface", "roop"):
        command = [sys.executable, "-m", "benchmarks", "inswapper", *options, "--one", who, str(file)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"peak memory, 3840 x 2160, 6 faces, {label}: {who} {done.stdout.splitlines()[-1]}")


def one(who: str, file: Path, options: argparse.Namespace) -> int:
    """Loads one of the two, swaps six faces at 4K, and prints the process's highest memory."""
    picture, faces = drawn(3840, 2160, 6, 1 / 8)
    if who == "insightface":
        session = open_session(file, options.threads) if options.forward else StandIn()
        work = insightface_swap(file, session, picture, faces)
    else:
        net = open_net(file, options.threads) if options.forward else StandIn()
        work = roop_swap(net, last_initializer(file), picture, faces)
    work()
    peak = peak_memory()
    print(f"{peak} MB" if peak else "not known on this system")
    return 0


def peak_memory() -> int:
    """The highest memory of this process in MB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    peak = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(peak[1]) // 1024 if peak else 0


class StandIn:
    """The net's place: a fixed picture for every face, as insightface's session and as roop's net."""

    providers: tuple[str, ...] = ("stand-in",)

    def __init__(self) -> None:
        self._picture = np.random.default_rng(3).random(PICTURE, np.float32)

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="target", shape=PICTURE), SimpleNamespace(name="source", shape=LATENT)]

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="output", shape=PICTURE)]

    def run(self, inputs: Any, feeds: Any = None) -> Any:
        return {"output": self._picture} if feeds is None else [self._picture]


def insightface_swap(file: Path, session: Any, picture: Image, faces: Sequence[Face]) -> Work:
    """insightface's own way, one face after the other into the picture."""
    from insightface.app.common import Face as TheirFace
    from insightface.model_zoo.inswapper import INSwapper

    warnings.filterwarnings("ignore", "`estimate` is deprecated", FutureWarning)
    with contextlib.redirect_stdout(io.StringIO()):
        swapper = INSwapper(str(file), session)
    bgr, source = np.ascontiguousarray(picture[..., ::-1]), TheirFace(embedding=someone())
    targets = [TheirFace(kps=face.landmarks) for face in faces]

    def work() -> Image:
        result: Image = bgr
        for target in targets:
            result = swapper.get(result, target, source)
        return result

    return work


def roop_swap(net: runtime.Net, emap: Floats, picture: Image, faces: Sequence[Face]) -> Work:
    """roop's way: all crops of the picture, all patches, one paste."""
    swapper = InSwapper(net, emap, contract("inswapper", {"target": PICTURE, "source": LATENT}, {"output": PICTURE}))
    identity = Identity(name="source", embeddings={RECOGNISER: someone()})

    def work() -> Image:
        specs = [swapper.frame(face, identity) for face in faces]
        jobs = [
            SwapJob(geometry.cut(picture, spec), identity, 1.0, face) for spec, face in zip(specs, faces, strict=True)
        ]
        return geometry.paste(picture, swapper.swap(jobs))

    return work


def open_session(file: Path, threads: int) -> Any:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])


def open_net(file: Path, threads: int) -> runtime.Net:
    return runtime.load_unlisted(file.name, file, runtime.Device(threads=threads))


def someone() -> Floats:
    return np.random.default_rng(4).standard_normal(512).astype(np.float32)


def drawn(width: int, height: int, count: int, share: float) -> tuple[Image, list[Face]]:
    """Noise, and faces on it side by side, slightly turned; `share` is their height in parts of the picture's."""
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)
    scale, template = height * share * CROP_TO_FACE / SIDE, np.array(templates.ARCFACE_128.points) - SIDE / 2
    faces = []
    for number in range(count):
        angle = np.radians(5 + 3 * number)
        turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        landmarks = (template @ turn + (width * (number + 0.5) / count, height / 2)).astype(np.float32)
        box = np.concatenate([landmarks.min(0), landmarks.max(0)])
        faces.append(Face(id=number, box=box, landmarks=landmarks, score=1.0))
    return picture, faces


def interleaved(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Median milliseconds of processor time of each, taken in turns."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if turn:
                spent[name].append((time.process_time() - start) * 1e3)
    return {name: statistics.median(times) for name, times in spent.items()}


class Graph:
    """A graph in the making: each step reads the last one's value."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.values: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(6)

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, kind: type = np.float32) -> str:
        self.values.append(numpy_helper.from_array(np.asarray(value, kind), f"c{len(self.values)}"))
        return self.values[-1].name

    def weights(self, *shape: int) -> str:
        values = self._random.standard_normal(shape, np.float32)
        return self.constant(values / np.float32(np.sqrt(np.prod(shape[1:]))))

    def convolved(self, x: str, before: int, after: int, side: int, *, stride: int = 1, pads: int = 0) -> str:
        weights, bias = self.weights(after, before, side, side), self.constant(np.zeros(after))
        return self.add("Conv", x, weights, bias, kernel_shape=[side, side], strides=[stride, stride], pads=[pads] * 4)

    def reflected(self, x: str, pads: int) -> str:
        return self.add("Pad", x, self.constant([0, 0, pads, pads] * 2, np.int64), mode="reflect")

    def leaky(self, x: str) -> str:
        return self.add("LeakyRelu", x, alpha=0.2)

    def doubled(self, x: str) -> str:
        scales = self.constant([1, 1, 2, 2])
        return self.add("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="pytorch_half_pixel")

    def styled(self, x: str, channels: int) -> str:
        """Half a style block: a convolution whose result gets the spread and the mean that the latent says."""
        y = self.convolved(self.reflected(x, 1), channels, channels, 3)
        centred = self.add("Sub", y, self.add("ReduceMean", y, axes=[2, 3]))
        variance = self.add("ReduceMean", self.add("Mul", centred, centred), axes=[2, 3])
        spread = self.add("Sqrt", self.add("Add", variance, self.constant(1e-8)))
        style = self.add("Gemm", "source", self.weights(512, 2 * channels), self.constant(np.zeros(2 * channels)))
        shaped = self.add("Reshape", style, self.constant([-1, 2 * channels, 1, 1], np.int64))
        parts = [
            self.add("Slice", shaped, *(self.constant([number], np.int64) for number in (first, first + channels, 1)))
            for first in (0, channels)
        ]
        return self.add("Add", self.add("Mul", self.add("Div", centred, spread), parts[0]), parts[1])


def write_graph(file: Path, channels: int) -> None:
    """The network of inswapper_128 (`channels` 1024: 138 million numbers) with random weights, and an emap at its end.

    Layer by layer as ReSwapper's model has it.
    """
    g, (a, b, c, d) = Graph(), (channels // 8, channels // 4, channels // 2, channels)
    x = g.leaky(g.convolved(g.reflected("target", 3), 3, a, 7))
    for before, after, stride in ((a, b, 1), (b, c, 2), (c, d, 2)):
        x = g.leaky(g.convolved(x, before, after, 3, stride=stride, pads=1))
    for _ in range(6):
        x = g.add("Add", g.styled(g.add("Relu", g.styled(x, d)), d), x)
    x = g.leaky(g.convolved(g.doubled(x), d, c, 3, pads=1))
    x = g.leaky(g.convolved(g.doubled(x), c, b, 3, pads=1))
    x = g.leaky(g.convolved(x, b, a, 3, pads=1))
    x = g.add("Tanh", g.convolved(g.reflected(x, 3), a, 3, 7))
    g.add("Mul", g.add("Add", x, g.constant(1)), g.constant(0.5), output="output")
    g.weights(512, 512)
    ports = [("target", PICTURE), ("source", LATENT), ("output", PICTURE)]
    target, source, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ports)
    graph = helper.make_graph(g.nodes, "inswapper", [target, source], [output], g.values)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), str(file))
