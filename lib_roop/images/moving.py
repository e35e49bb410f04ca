"""Animations, frame by frame: GIF, PNG, WebP and AVIF, each frame composed to the full picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from ..errors import PictureError, TooLarge
from .modes import samples_of
from .packets import riff_chunks
from .picture import Metadata, Picture, as_rgb
from .reading import MAX_PIXELS, check_size, damage_of, opened, turned
from .sidecar import metadata_of

MOST = 50_000_000_000
"""Animations whose frames together have more pixels are refused: 24,000 frames of 1920x1080."""
HASTY, USUAL = Fraction(1, 100), Fraction(1, 10)
"""Browsers show a frame that is to last no longer than the one for the other."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Animation:
    """What an animation is beside its pixels.

    size: width and height, upright. durations: of each frame, in seconds, as browsers show it. plays: how often it is
    shown, 0 without end. clear: whether something is transparent in it. exact: whether its file keeps pixels without
    loss. turn: the EXIF orientation of its frames as they are stored. notes: sentences for the user.
    """

    path: Path
    format: str
    size: tuple[int, int]
    durations: tuple[Fraction, ...]
    plays: int
    clear: bool
    exact: bool
    metadata: Metadata
    turn: int
    notes: tuple[str, ...]


def animation(path: str | os.PathLike[str], *, most: int = MOST) -> Animation:
    """What the file's animation is; every frame of it is decoded once. most: pixels of all frames.

    Raises PictureError for whatever is no picture, and TooLarge before anything is decoded.
    """
    path = Path(path)
    with _open(path) as picture:
        width, height = picture.size
        count = getattr(picture, "n_frames", 1)
        if width * height * count > most:
            raise TooLarge(
                f"{path} has {count} frames of {width}x{height} pixels, more than {most / 1e9:g} gigapixels together; "
                "make it smaller, or cut it into parts."
            )
        durations, clear, broken = _looked_through(picture)
        with path.open("rb") as stream:
            metadata, turn = metadata_of(picture, True, stream)
        if metadata.icc[16:20] == b"GRAY":
            # The frames become RGB.
            metadata = replace(metadata, icc=b"")
        shown = str(picture.format)
        return Animation(
            path=path,
            format=shown,
            size=(height, width) if turn >= 5 else (width, height),
            durations=durations,
            plays=_plays(picture),
            clear=clear,
            exact=shown in ("GIF", "PNG") or (shown == "WEBP" and _lossless(path.read_bytes())),
            metadata=metadata,
            turn=turn,
            notes=(f"{path.name} breaks off after {len(durations)} frames.",) if broken else (),
        )


def frames(moving: Animation) -> Iterator[Picture]:
    """Every frame, RGB, as it is shown; all of them have alpha where the animation is transparent anywhere."""
    with _open(moving.path) as picture:
        for number, frame in enumerate(_stored(picture)):
            pixels, alpha, _ = samples_of(frame, False)
            rgb = turned(as_rgb(pixels), moving.turn)
            if moving.clear:
                alpha = np.full(rgb.shape[:2], 255, np.uint8) if alpha is None else turned(alpha, moving.turn)
            yield Picture(
                rgb=rgb,
                pixels=rgb,
                alpha=alpha if moving.clear else None,
                mode="RGBA" if moving.clear else "RGB",
                format=moving.format,
                metadata=moving.metadata,
                name=moving.path.stem,
            )
            if number + 1 == len(moving.durations):
                return


@contextmanager
def _open(path: Path) -> Iterator[Pillow.Image]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise PictureError(f"{path} cannot be opened ({error.strerror or error}); check the path.") from error
    with stream, damage_of(str(path)):
        picture = opened(stream, stream.read(16))
        if picture is None:
            raise PictureError(f"{path} is no animation that can be read; use GIF, PNG or WebP.")
        check_size(*picture.size, str(path), MAX_PIXELS)
        yield picture


def _looked_through(picture: Pillow.Image) -> tuple[tuple[Fraction, ...], bool, bool]:
    """Durations, whether there is transparency, and whether it breaks off; a first frame that is none raises."""
    durations: list[Fraction] = []
    clear = False
    try:
        for frame in _stored(picture):
            alpha = samples_of(frame, False)[1]
            clear = clear or (alpha is not None and int(alpha.min()) < 255)
            told = Fraction(frame.info.get("duration") or 0).limit_denominator(1_000_000) / 1000
            durations.append(told if told > HASTY else USUAL)
    except (OSError, EOFError, SyntaxError, ValueError):
        if not durations:
            raise
        return tuple(durations), clear, True
    return tuple(durations), clear, False


def _stored(picture: Pillow.Image) -> Iterator[Pillow.Image]:
    """The frames as Pillow composes them, each of them only until the next; a PNG's picture for others is none."""
    first = 1 if getattr(picture, "default_image", False) else 0
    for number in range(first, getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        yield picture


def _plays(picture: Pillow.Image) -> int:
    told: Any = picture.info.get("loop")
    if picture.format == "GIF":
        # It says how often it is shown again.
        return 1 if told is None else told and told + 1
    return int(told or 0)


def _lossless(data: bytes) -> bool:
    """Whether no frame of a WebP file was stored with loss."""
    chunks: Sequence[tuple[bytes, bytes]] = riff_chunks(data)[0]
    return not any(kind == b"ANMF" and content[16:20] in (b"VP8 ", b"ALPH") for kind, content in chunks)
