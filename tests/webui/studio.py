"""roop with fakes for every net in a fake web UI, and what tests say to both."""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.engine import Engine
from lib_roop.types import Image
from lib_roop.webui.hooks import Hooks
from tests.fakes import FakeGate, Fakes, people, row
from tests.webui import jobs
from tests.webui.host import Runner, Webui, pixels

HIM = 200
"""The person of the usual source picture."""


class Doubling:
    """Enlarges by repeating pixels."""

    name = "nearest"
    models: tuple[str, ...] = ()

    def upscale(self, pictures: Sequence[Image], scale: float) -> list[Image]:
        times = int(scale)
        return [picture.repeat(times, 0).repeat(times, 1) for picture in pictures]


def photo(picture: Image) -> str:
    """A picture as programs send it: base64 of a PNG."""
    stream = io.BytesIO()
    Pillow.fromarray(picture).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def unit(*people_: int, **options: Any) -> dict[str, Any]:
    """A face unit with a source picture for each of these people."""
    return {"source": [photo(row(each)) for each in people_ or (HIM,)], **options}


@dataclass
class Studio:
    """A web UI with roop. fakes: what the engine is made of."""

    webui: Webui

    def __post_init__(self) -> None:
        self.gate = FakeGate()
        self.fakes = Fakes(gate=self.gate)
        self.fakes.host.own_upscalers = {"nearest": Doubling()}
        self.use(self.fakes.engine())

    def use(self, engine: Engine) -> None:
        """Let roop work with this engine from now on."""
        self.roop = self.webui.load()
        self.roop.hooks = Hooks(lambda: engine)
        self.scripts: list[Any] = [self.roop]

    def broken(self, kind: type[Engine]) -> None:
        """Let roop work with an engine that breaks."""
        fakes = self.fakes
        self.use(kind(fakes.host, analyser=fakes.analyser, swappers={"mesh": fakes.swapper}, gate=fakes.gate))

    def job(self, pictures: Sequence[Image] = (), *units: dict[str, Any], **parts: Any) -> jobs.Job:
        """A job that generates these pictures and asks roop for these units; a single batch unless said otherwise."""
        sections: dict[str, Any] = {name: parts.pop(name) for name in ("post", "job", "output") if name in parts}
        parts.setdefault("batch_size", len(pictures) // parts.get("n_iter", 1) or 1)
        asked = [{"units": list(units), **sections}]
        p = jobs.Job(self.webui, pictures, **parts)
        p.scripts = Runner(self.webui, self.scripts)
        p.arguments.setdefault("roop", asked)
        return p

    def run(self, p: jobs.Job) -> Any:
        """Generate."""
        return jobs.run(self.webui, p)

    def made(self, pictures: Sequence[Image] = (), *units: dict[str, Any], **parts: Any) -> "Made":
        """Generate, and look at what came out."""
        p = self.job(pictures, *units, **parts)
        return Made(p, self.run(p), self.webui)


@dataclass
class Made:
    """What came out of a job."""

    p: jobs.Job
    processed: Any
    webui: Webui

    @property
    def images(self) -> list[Pillow.Image]:
        """The pictures, without the grid."""
        return list(self.processed.images[self.processed.index_of_first_image :])

    @property
    def texts(self) -> list[str]:
        """The text of each."""
        return list(self.processed.infotexts[self.processed.index_of_first_image :])

    @property
    def people(self) -> list[list[int]]:
        """Who is seen in each."""
        return [people(pixels(picture)) for picture in self.images]

    def values(self, key: str) -> list[str | None]:
        """One value in each picture's text."""
        return [value(text, key) for text in self.texts]

    @property
    def files(self) -> list[Path]:
        """What was saved."""
        return self.webui.saved

    @property
    def said(self) -> list[str]:
        """What is shown below the pictures."""
        return list(self.p.comments)


def value(text: str, key: str) -> str | None:
    """A value in a picture's text; None where there is none of that name."""
    found = re.search(rf'(?:^|, ){re.escape(key)}: (?:"((?:[^"\\]|\\.)*)"|([^,]*))', text.splitlines()[-1])
    if found is None:
        return None
    return found[2] if found[1] is None else found[1].replace('\\"', '"')


def marked(path: Path) -> bool:
    """Whether a file says that it was altered."""
    return b"DigitalSourceType" in path.read_bytes()


def seen(path: Path) -> list[int]:
    """Who is seen in a file."""
    return people(images.read(path).rgb)


def same(a: Pillow.Image, b: Image) -> bool:
    """Whether a picture has these pixels."""
    return np.array_equal(pixels(a), b)
