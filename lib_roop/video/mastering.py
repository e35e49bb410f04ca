"""What HDR films say of the screen they were made on, for encoders that take it (SMPTE ST 2086, CTA-861.3)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

import av
import numpy as np

from .clip import Clip
from .decoding import frames

CHROMA, LIGHT = 50_000, 10_000
"""x265 counts chromaticities in 1/50,000 and cd/m² in 1/10,000."""


def told(clip: Clip) -> Mapping[str, str]:
    """x265's parameters `master-display` and `max-cll`, as far as the film's first frame has them."""
    found: dict[str, str] = {}
    for frame in frames(clip):
        side = cast("Mapping[str, av.buffer.Buffer]", frame.side_data)
        screen, light = side.get("MASTERING_DISPLAY_METADATA"), side.get("CONTENT_LIGHT_LEVEL")
        if screen is not None:
            found |= _screen(np.frombuffer(memoryview(screen), np.int32)[:22].tolist())
        if light is not None:
            most, average = np.frombuffer(memoryview(light), np.uint32)[:2].tolist()
            found["max-cll"] = f"{most},{average}"
        break
    return found


def _screen(numbers: list[int]) -> Mapping[str, str]:
    """ffmpeg's AVMasteringDisplayMetadata: x and y of red, green, blue and white, the least and the most light."""
    if not numbers[20] or not numbers[21] or not all(numbers[1:20:2]):
        return {}
    values = [Fraction(over, under) for over, under in zip(numbers[0:20:2], numbers[1:20:2], strict=True)]
    red, green, blue, white = (
        ",".join(str(round(value * CHROMA)) for value in values[place : place + 2]) for place in (0, 2, 4, 6)
    )
    least, most = (round(value * LIGHT) for value in values[8:])
    return {"master-display": f"G({green})B({blue})R({red})WP({white})L({most},{least})"}
