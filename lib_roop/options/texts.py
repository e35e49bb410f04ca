"""Settings that are small languages of their own, read into values."""

from __future__ import annotations

from ..errors import OptionError

MAX_COORDINATE = 1_000_000


def numbers(text: str, name: str) -> tuple[int, ...]:
    """'0, 2' as (0, 2), in the given order. Raises OptionError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise OptionError(f"{name} takes face numbers such as 0 or 0,2, not {text!r}.")
    return tuple(int(part) for part in parts)


def rectangle(text: str) -> tuple[float, float, float, float] | None:
    """'x,y,width,height' as x0, y0, x1, y1, or None for ''. Raises OptionError for anything else."""
    if not text.strip():
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"box takes four numbers x,y,width,height, not {text!r}.") from None
    # As NaN fails every comparison, so it does here; the limit keeps what is computed from a box within whole numbers.
    if not (max(abs(x), abs(y)) <= MAX_COORDINATE and 1 <= min(width, height) <= max(width, height) <= MAX_COORDINATE):
        raise OptionError(
            f"box needs a width and a height from 1 to {MAX_COORDINATE} pixels, and a place within that, not {text!r}."
        )
    return x, y, x + width, y + height
