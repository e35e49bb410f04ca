"""What the nets that facefusion publishes have in common: addresses, and how their crops are cut.

Read in facefusion/facefusion 33cc6b40, download.py and processors/modules/face_swapper/core.py. It states CRC32 sums
and no sha256, so the sizes and hashes of these files are unknown here, and the first ones seen are kept.
"""

from __future__ import annotations

from dataclasses import replace

from .cards import Channels, Feed, Pixels, Shape
from .inswapper import RECOGNISER

HALF: Channels = (0.5, 0.5, 0.5)
UNIT = Pixels()
"""0..1."""
SIGNED = Pixels(mean=HALF, deviation=HALF)
"""-1..1."""
READ_IN = "addresses, licence and contract: facefusion 33cc6b40, face_swapper/core.py, which states no sha256"


def urls(release: str, file: str) -> tuple[str, ...]:
    """Where facefusion takes a file of one of its releases from, best first."""
    return (
        f"https://huggingface.co/facefusion/{release}/resolve/main/{file}",
        f"https://github.com/facefusion/facefusion-assets/releases/download/{release}/{file}",
        f"https://hf-mirror.com/facefusion/{release}/resolve/main/{file}",
    )


def feed(template: str, side: int, pixels: Pixels = SIGNED, gives: Pixels | None = None) -> Feed:
    """A swap model that takes w600k_r50's vector, and a crop as facefusion cuts it: without the half-pixel rule."""
    return Feed(
        template=template,
        side=side,
        half_pixel=False,
        replicate=True,
        pixels=pixels,
        gives=gives,
        embedding=RECOGNISER,
    )


def pictured(template: str, side: int, pixels: Pixels, source: tuple[str, int]) -> Feed:
    """A swap model that takes a picture of the source, 0..1, cut to this template and side."""
    worn = Feed(template=source[0], side=source[1], half_pixel=False, replicate=True)
    return replace(feed(template, side, pixels), embedding="", source=worn)


def pictures(side: int, source: Shape = (None, 512)) -> dict[str, Shape]:
    """What a swap model of this side takes beside what it calls its source."""
    return {"target": (None, 3, side, side), "source": source}


def output(side: int) -> dict[str, Shape]:
    return {"output": (None, 3, side, side)}
