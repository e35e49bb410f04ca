"""The one way out: metadata kept, marks added, signed where asked, and then written whole or not at all."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .. import images
from ..options import OutputOptions
from . import credentials
from .credentials import Edit
from .history import kind_of
from .terms import SourceType
from .xmp import marked

DEFAULTS = OutputOptions()
_log = logging.getLogger(__name__)


def save(
    picture: images.Picture,
    path: str | os.PathLike[str],
    *,
    source_type: SourceType,
    engine: str | None = "",
    options: OutputOptions = DEFAULTS,
) -> Path:
    """Write `picture` with its marks, and log what the format cannot hold.

    Raises PictureError and OptionError as `encoded` does, and for a place that cannot be written; what was there stays.
    """
    path = Path(path)
    data = encoded(picture, path.suffix, source_type=source_type, engine=engine, options=options)
    return images.put(path, data)


def encoded(
    picture: images.Picture,
    suffix: str,
    *,
    source_type: SourceType,
    engine: str | None = "",
    options: OutputOptions = DEFAULTS,
) -> bytes:
    """`picture` with its marks as the bytes of a file. engine: what altered it, as `xmp.marked` has it.

    Raises PictureError for a format that cannot hold the marks, and OptionError when content credentials are asked for
    and cannot be made.
    """
    suffix = images.known_suffix(suffix)
    key = credentials.load_key(options)
    metadata = picture.metadata
    kind = kind_of(metadata, source_type)
    xmp = marked(metadata.xmp, kind, engine, metadata.manifest)
    whole = _with_xmp(picture, xmp)
    data = images.encode(whole, suffix)
    if xmp not in data:
        # A JPEG's packet has 64 KB, and a picture without its mark is never written.
        _log.warning("The picture's XMP packet is too large for a %s file; only the mark is kept.", suffix)
        whole = _with_xmp(picture, marked(b"", kind, engine, metadata.manifest))
        data = images.encode(whole, suffix)
    for sentence in images.losses(whole, suffix):
        _log.warning(sentence)
    return credentials.signed(data, suffix, key, Edit(picture, kind)) if key else data


@contextmanager
def animation(
    path: str | os.PathLike[str], shape: images.Shape, *, source_type: SourceType, engine: str | None = ""
) -> Iterator[images.Animator]:
    """Write an animation frame by frame, with its marks; it is there once the block ends without an error.

    engine: as `encoded` has it. Raises PictureError as `images.animated` does; then what was there stays.
    """
    metadata = shape.metadata
    xmp = marked(metadata.xmp, kind_of(metadata, source_type), engine, metadata.manifest)
    with images.animated(Path(path), replace(shape, metadata=replace(metadata, xmp=xmp))) as animator:
        yield animator


def _with_xmp(picture: images.Picture, xmp: bytes) -> images.Picture:
    return replace(picture, metadata=replace(picture.metadata, xmp=xmp))
