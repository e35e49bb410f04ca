"""More pixels than a swap model draws: its crop is cut finer, dealt out to whole faces, and put together again.

Of a crop that is n times as wide every n-th pixel makes a face of the model's size, n * n in all, and each is swapped;
facefusion calls it pixel boost. Such faces lie in the middle of where the model expects them only when the finer crop
shows the same part of the picture, pixels seen as squares: facefusion, whose crops are scaled about their first pixel's
centre, is off by (n - 1) / 2n of the model's pixels. Pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..options import AUTO, NONE
from ..types import Image

F = TypeVar("F", bound=NDArray[Any])

FINEST = 512
"""What "auto" goes up to: time grows with the number of faces."""


def across(boost: str, size: int, shown: float) -> int:
    """How many times finer a model of `size` pixels cuts a crop that is `shown` pixels wide in the picture."""
    if boost == NONE:
        return 1
    if boost == AUTO:
        return max(min(round(shown / size), FINEST // size), 1)
    return max(int(boost) // size, 1)


def dealt(crop: Image, count: int) -> list[Image]:
    """`crop` as count * count faces, row by row."""
    return [crop[row::count, column::count] for row in range(count) for column in range(count)]


def gathered(faces: Sequence[F], count: int) -> F:
    """What `dealt` took apart; also for fields of HxW."""
    first = faces[0]
    whole: Any = np.empty((first.shape[0] * count, first.shape[1] * count, *first.shape[2:]), first.dtype)
    for number, face in enumerate(faces):
        whole[number // count :: count, number % count :: count] = face
    return whole  # type: ignore[no-any-return]
