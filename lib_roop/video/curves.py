"""HDR as eight bits that nets understand, and back: curves of one channel, each other's inverse.

PQ is SMPTE ST 2084, HLG ITU-R BT.2100 at 1,000 cd/m². Up to about half the reference white of 203 cd/m² (BT.2408) a
pixel looks as in sRGB; above it light is pressed together, up to 1,000 cd/m², which is white. What is brighter keeps
its own light where nothing is painted, and nothing is painted brighter.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Image

WHITE, PEAK = 203.0, 1000.0
KNEE = 0.75
"""From which brightness on, of sRGB's 0..1, light is pressed together."""
Curve = NDArray[np.float64]


@cache
def seen_of(kind: str, most: int) -> Image:
    """(65536,) uint8: what a signal 0..most of `kind` (PQ, HLG) is seen as; more than `most` as white."""
    signal = np.minimum(np.arange(1 << 16) / most, 1)
    table: Image = np.rint(255 * _shown(_nits(kind, signal))).astype(np.uint8)
    table.setflags(write=False)
    return table


@cache
def signal_of(kind: str) -> Floats:
    """(256,) float32: the signal 0..1 of `kind` that is seen as 0..255."""
    signal = np.linspace(0, 1, 1 << 16)
    shown = _shown(_nits(kind, signal))
    rising = slice(0, int(np.argmax(shown >= shown[-1])) + 1)
    table = np.interp(np.arange(256) / 255, shown[rising], signal[rising]).astype(np.float32)
    table.setflags(write=False)
    return table


def _nits(kind: str, signal: Curve) -> Curve:
    """Light in cd/m² of a signal 0..1."""
    if kind == "PQ":
        power = signal ** (1 / 78.84375)
        return 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(1000 * scene**1.2)


def _perceived(nits: Curve) -> Curve:
    """PQ's signal 0..1 of light."""
    power = (nits / 10_000) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def _shown(nits: Curve) -> Curve:
    """Brightness 0..1: sRGB's up to the knee, then a hyperbola over PQ's signal that goes on with the same slope."""
    light = nits / WHITE
    plain = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    knee = WHITE * ((KNEE + 0.055) / 1.055) ** 2.4
    at, beyond, end = _perceived(np.array([knee, knee * 1.001, PEAK]))
    slope = (1.055 * (1.001 * knee / WHITE) ** (1 / 2.4) - 0.055 - KNEE) / (beyond - at)
    steep = slope * (end - at) / (1 - KNEE)
    way = np.clip((_perceived(nits) - at) / (end - at), 0, 1)
    return np.where(plain <= KNEE, plain, KNEE + (1 - KNEE) * steep * way / (1 + (steep - 1) * way))
