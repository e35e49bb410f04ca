"""What is known of each net before it is opened: facts only, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Task = Literal[
    "detection",
    "landmarks",
    "recognition",
    "attributes",
    "safety",
    "swap",
    "conversion",
    "restoration",
    "upscaling",
    "parsing",
    "occlusion",
]
Shape = tuple[int | None, ...]
Channels = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """`(value / 255 - mean) / deviation` for each channel (red, green, blue), in this order and layout."""

    order: Literal["RGB", "BGR"] = "RGB"
    mean: Channels = (0.0, 0.0, 0.0)
    deviation: Channels = (1.0, 1.0, 1.0)
    layout: Literal["NCHW", "NHWC"] = "NCHW"


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    """Another file of the same net that is known to be whole: other tools carry other exports of the same weights."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Feed:
    """How a net takes a face, as reference texts on it say.

    template: the name of the five points that the crop is aligned to. side: the crop in pixels, 0 for any.
    half_pixel: whether a crop of another side than the template's is scaled about the corner of the first pixel, or
    about its centre. replicate: whether the picture's last pixels go on beyond it, or black. pixels: what it takes, and
    gives where it gives a picture and `gives` says nothing else. embedding: the recogniser whose vector it takes, ""
    for none. source: how it takes a picture of the source instead. scale: how many pixels one becomes.
    """

    template: str = ""
    side: int = 0
    half_pixel: bool = True
    replicate: bool = False
    pixels: Pixels = Pixels()
    gives: Pixels | None = None
    embedding: str = ""
    source: Feed | None = None
    scale: int = 1

    @property
    def given(self) -> Pixels:
        """What its pictures come out as."""
        return self.gives or self.pixels


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModelCard:
    """One net.

    size and sha256: of its file; 0 and "" where nobody states them: then the first ones seen are kept. builds: other
    files that are as good, and aliases: their names. urls: where to get it, best first; none means by hand.
    inputs and outputs: shapes by name, None for any size. by_position: exports name them differently, so the shapes are
    compared in order, and outputs after those named here do not matter. by_shape: the same, and inputs may come in any
    order. family: which part of roop knows how to run it, where several are of one task. needs: the names of other nets
    without which it does nothing. read_in: where all this was read.
    """

    name: str
    task: Task
    file: str
    size: int
    sha256: str
    licence: str
    commercial_use: bool
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    read_in: str
    urls: tuple[str, ...] = ()
    builds: tuple[Build, ...] = ()
    aliases: tuple[str, ...] = ()
    by_position: bool = False
    by_shape: bool = False
    family: str = ""
    needs: tuple[str, ...] = ()
    feed: Feed = Feed()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pack:
    """Several nets in a folder of their own, which come as one zip; those of `needed` tasks must be there."""

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    commercial_use: bool
    members: tuple[ModelCard, ...]
    read_in: str
    urls: tuple[str, ...] = ()
    needed: tuple[Task, ...] = ("detection", "recognition")

    @property
    def task(self) -> str:
        return "analysis"


Listed = ModelCard | Pack
