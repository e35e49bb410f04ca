"""Encoding a film: settled, tried with one real frame, and then written segment by segment."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import av

from ..errors import FilmError
from ..provenance import films
from . import joining
from .segments import SUFFIX as SEGMENT
from .segments import Writer, reopened
from .settling import Encoding, settled
from .wording import worded

__all__ = ("SEGMENT", "Encoding", "Writer", "preflight", "settled")

SPARE = 16 << 20
"""So many bytes are left free on the disk at least."""
SHRINK = 20
"""A film's frames are so much smaller than its first one at most, as a rule."""


def preflight(encoding: Encoding, frame: av.VideoFrame) -> None:
    """Write a film of that one frame, with the tracks that go along, into a temporary file, and open it again.

    Raises FilmError with the library's own words, the likely reason and the mend, when the encoder, the container or
    the disk will not do it.
    """
    with tempfile.TemporaryDirectory() as folder:
        segment = Path(folder) / f"one{SEGMENT}"
        writer = Writer(segment, encoding.clip, encoding)
        try:
            writer.write(frame)
            writer.close()
        finally:
            writer.abandon() if not segment.is_file() else None
        trial = Path(folder) / f"trial{encoding.suffix}"
        joining.assembled([segment], encoding, trial, films.marks(""), cut=True)
        with worded(f"What {encoding.codec} wrote cannot be read again"), reopened(trial) as container:
            seen = next(container.decode(video=0), None)
        if seen is None:
            raise FilmError(f"What {encoding.codec} wrote has no picture; choose another encoder.", field="encoder")
        needed = segment.stat().st_size * encoding.clip.frames // SHRINK
    room(encoding.output, needed)


def room(output: Path, needed: int) -> None:
    """Raises FilmError when the disk of `output` has not room for so many bytes twice: as segments and as a film."""
    folder = next((place for place in output.absolute().parents if place.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    if free < SPARE + 2 * needed:
        raise FilmError(
            f"The disk of {output.name} has {free / 1e9:.1f} GB free, and the film needs about "
            f"{(SPARE + 2 * needed) / 1e9:.1f} GB; free some space, or write to another disk.",
            field="output",
        )
