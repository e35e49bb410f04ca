"""A picture in, the picture with every face swapped out: by insightface as mostly used and as used well, and by roop.

The nets are loaded before the first picture is timed.
"""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.inswapper import LATENT, PICTURE, StandIn, open_session
from benchmarks.pipeline.graphs import scene
from lib_roop import Engine, SwapUnit, images
from lib_roop.host import StandaloneHost
from lib_roop.options import OFF, ON, RuntimeOptions
from lib_roop.safety import Gate
from lib_roop.swappers.inswapper import InSwapper, contract
from lib_roop.types import Image
from lib_roop.zoo.emap import last_initializer
from lib_roop.zoo.inswapper import INSWAPPER_128

PACK = "large"
MODEL = INSWAPPER_128.name
PLAIN = "roop, graph as it is"


@dataclass(frozen=True)
class Place:
    """Where the nets are. swap: the swap model's file. stub: whether a stand-in takes its place when it is run.

    incumbents: the folder with the checkouts of other face swappers.
    """

    folder: Path
    swap: Path
    stub: bool
    threads: int
    incumbents: Path | None = None


def unchanged(picture: Any) -> Any:
    return picture


@dataclass(frozen=True)
class Flow:
    """work: swaps all faces of a picture; their number is for those that must be told.

    taken: makes of an RGB picture what `work` wants, shown: of what it returns an RGB picture; neither is timed.
    apart: seconds of processor time that it spent in the gate so far.
    """

    work: Callable[[Any, int], Any]
    taken: Callable[[Image], Any] = unchanged
    shown: Callable[[Any], Image] = unchanged
    apart: Callable[[], float] = lambda: 0.0


class TimedGate:
    """The real gate, and the processor time spent in it."""

    def __init__(self, gate: Gate) -> None:
        self.name, self.spent, self._gate = gate.name, 0.0, gate

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        """As the gate's own."""
        started = time.process_time()
        self._gate.check(pictures, youngest)
        self.spent += time.process_time() - started


class Machine(StandaloneHost):
    """Nets in one folder, as many threads as asked, and the faster graph or none."""

    def __init__(self, place: Place, fast_graph: str = ON) -> None:
        super().__init__(RuntimeOptions(provider="cpu", threads=place.threads, pack=PACK, fast_graph=fast_graph))
        self._folder = place.folder

    def model_folders(self) -> tuple[Path, ...]:
        return (self._folder,)


def source() -> Image:
    return scene(512, 512, 1, 1 / 2)


def usual(place: Place) -> Flow:
    """insightface as its examples and most programs use it: source and target are looked at for every picture."""
    return _insightface(place, keep=False)


def well(place: Place) -> Flow:
    """insightface used well: the source is looked at once."""
    return _insightface(place, keep=True)


def plain(place: Place) -> Flow:
    """roop on the graph as it is."""
    return roop(place, OFF)


def roop(place: Place, fast_graph: str = ON) -> Flow:
    """roop, with its gate, whose time is taken off."""
    swappers: dict[str, Any] | None = None
    if place.stub:
        ports = {"target": PICTURE, "source": LATENT}, {"output": PICTURE}
        swappers = {MODEL: InSwapper(StandIn(), last_initializer(place.swap), contract(MODEL, *ports))}
    card = replace(INSWAPPER_128, size=0, sha256="", builds=(), urls=())
    engine = Engine(Machine(place, fast_graph), swappers=swappers, models=(card,))
    gate = engine.gate = TimedGate(engine.gate)
    unit = SwapUnit(source=(images.read(source()),), model=MODEL, target_faces="all")

    def work(picture: Image, count: int) -> Any:
        (swap,) = engine.run(picture, [unit])
        return swap.result.image

    return Flow(work, apart=lambda: gate.spent)


FLOWS: Mapping[str, Callable[[Place], Flow]] = {
    "insightface as usual": usual,
    "insightface used well": well,
    PLAIN: plain,
    "roop": roop,
}


def _insightface(place: Place, *, keep: bool) -> Flow:
    import onnxruntime
    from insightface.app import FaceAnalysis
    from insightface.model_zoo.inswapper import INSwapper

    warnings.filterwarnings("ignore", "`estimate` is deprecated", FutureWarning)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = place.threads
    providers = ["CPUExecutionProvider"]
    with contextlib.redirect_stdout(io.StringIO()):
        app = FaceAnalysis(name=str(place.folder / PACK), sess_options=settings, providers=providers)
        app.prepare(ctx_id=0, det_size=(640, 640))
        session = StandIn() if place.stub else open_session(place.swap, place.threads)
        swapper = INSwapper(str(place.swap), session)
    portrait = _turned(source())
    kept = app.get(portrait)[0] if keep else None

    def work(picture: Image, count: int) -> Any:
        someone = kept or app.get(portrait)[0]
        for face in app.get(picture):
            picture = swapper.get(picture, face, someone, paste_back=True)
        return picture

    return Flow(work, _turned, _turned)


def _turned(picture: Image) -> Image:
    """Blue, green, red of red, green, blue, and the other way round."""
    return np.ascontiguousarray(picture[..., ::-1])
