"""The built-in nets, opened once, and the photographs of the packages, read only."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image as Pictures

from lib_roop.analysers.base import Analyser
from lib_roop.analysers.builtin import analyser
from lib_roop.types import Image
from lib_roop.zoo import store
from lib_roop.zoo.cards import ModelCard
from lib_roop.zoo.runtime import Device, Net, load


def open_net(card: ModelCard) -> Net:
    return load(card, store.verified(card, store.find(card)), Device(threads=2))


def read(path: Path) -> Image:
    with Pictures.open(path) as picture:
        pixels = np.array(picture.convert("RGB"))
    pixels.flags.writeable = False
    return pixels


def package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture(scope="session")
def builtin() -> Analyser:
    return analyser(open_net)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of scikit-image's pictures."""
    return package("skimage") / "data"


@pytest.fixture(scope="session")
def astronaut(samples: Path) -> Image:
    return read(samples / "astronaut.png")


@pytest.fixture(scope="session")
def hopper() -> Image:
    return read(Path(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))))


@pytest.fixture(scope="session")
def group() -> Image:
    """Six people, two of them strongly turned."""
    return read(package("insightface") / "data" / "images" / "t1.jpg")
