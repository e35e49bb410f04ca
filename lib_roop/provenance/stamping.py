"""Marks for pictures that a host, such as a web UI, writes or hands out itself; no pixel is coded again."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import images
from ..errors import PictureError
from .history import kind_of
from .terms import SourceType, strongest, term
from .xmp import carries, marked, source_types

TEXT = "XML:com.adobe.xmp"
"""The name of the packet among a PNG's texts, and so in the `info` of a PIL picture."""
_log = logging.getLogger(__name__)


def stamp(
    path: str | os.PathLike[str],
    *,
    source_type: SourceType,
    engine: str = "",
    known: images.Metadata | None = None,
) -> bool:
    """Put the marks into a picture file and leave all else in it as it is; False when they are there already.

    PNG, JPEG, WebP, AVIF, TIFF and GIF. engine: what altered it, as `SwapResult.engine` says. known: what its writer
    knows that the file says, which is decoded otherwise. Raises PictureError for another format, what is no whole
    picture, and a place that cannot be written; then the file stays as it was.
    """
    path = Path(path)
    metadata = known or images.read(path).metadata
    try:
        data, mode = path.read_bytes(), path.stat().st_mode & 0o777
        stamped = _stamped(data, metadata, source_type, engine)
    except OSError as error:
        raise PictureError(f"{path} cannot be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise PictureError(f"{path} {error}") from error
    if stamped == data:
        return False
    images.put(path, stamped, mode | 0o200)
    return True


def _stamped(data: bytes, metadata: images.Metadata, source_type: SourceType, engine: str) -> bytes:
    packets = images.packets_of(data)
    xmp = packets[-1] if packets else b""
    found = [term(value) for packet in packets for value in source_types(packet)]
    kind = strongest(kind_of(replace(metadata, xmp=xmp), source_type), found)
    if len(packets) == 1 and carries(xmp, kind, engine):
        return data
    packet = marked(xmp, kind, engine, metadata.manifest)
    stamped = images.with_packet(data, packet)
    if packet not in stamped:
        # A JPEG's packet has 64 KB.
        _log.warning("The picture's XMP packet is too large for the file; only the mark is kept.")
        stamped = images.with_packet(data, marked(b"", kind, engine, metadata.manifest))
    return stamped


def text_of(info: Mapping[Any, Any], *, source_type: SourceType, engine: str = "") -> str:
    """The packet with the marks as a text to be put under `TEXT`, where it is written into a PNG among the others.

    info: what the picture carries, a PIL picture's `info` or texts by name; a packet that is there is kept in it.
    """
    found, exif = info.get(TEXT) or info.get("xmp") or b"", info.get("exif")
    metadata = images.Metadata(
        xmp=found if isinstance(found, bytes) else str(found).encode("utf-8", "replace"),
        exif=exif.removeprefix(b"Exif\0\0") if isinstance(exif, bytes) else b"",
        text={name: text for name, text in info.items() if isinstance(name, str) and isinstance(text, str)},
    )
    return marked(metadata.xmp, kind_of(metadata, source_type), engine).decode()
