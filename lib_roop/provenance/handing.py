"""Marks for pictures that a host encodes and sends off, as web UIs do for programs: there is no file to stamp."""

from __future__ import annotations

import io
import weakref
from functools import partial
from typing import Any

from PIL import Image as Pillow

from .. import images
from .history import kind_of
from .stamping import TEXT, text_of
from .terms import SourceType
from .xmp import marked

MARKED = ("PNG", "JPEG", "WEBP")
"""What hosts encode pictures as."""


def carry(picture: Pillow.Image, *, source_type: SourceType, engine: str = "") -> Pillow.Image:
    """`picture` with its marks among its texts, and in every PNG, JPEG and WebP that it is encoded as in memory.

    For JPEG and WebP hosts write none of the texts but one, and some put texts of their own in the place of all. A copy
    of the picture has the texts alone. engine: what altered it, as `SwapResult.engine` says.
    """
    full = text_of(picture.info, source_type=source_type, engine=engine)
    packets = full.encode(), marked(b"", kind_of(images.Metadata(xmp=full.encode()), source_type), engine)
    picture.info[TEXT] = full
    # The picture's own method comes before that of its class; a strong reference would keep the pixels alive.
    vars(picture)["save"] = partial(_encode, weakref.ref(picture), packets)
    return picture


def carried(picture: Pillow.Image) -> bool:
    """Whether it is the very picture that `carry` gave, not one that was made of it."""
    return TEXT in picture.info and isinstance(vars(picture).get("save"), partial)


def _encode(
    carrier: weakref.ref[Pillow.Image],
    packets: tuple[bytes, bytes],
    stream: Any,
    format: str | None = None,  # noqa: A002 - Pillow's word
    **options: Any,
) -> None:
    """`Image.save`. packets: the marks among what the picture said before, and alone, as a JPEG's packet has 64 KB."""
    picture = carrier()
    assert picture is not None, "its own method is called"
    if format not in MARKED or not isinstance(stream, io.BytesIO):
        Pillow.Image.save(picture, stream, format, **options)
        return
    made = io.BytesIO()
    Pillow.Image.save(picture, made, format, **options)
    stamped = (images.with_packet(made.getvalue(), packet) for packet in packets)
    stream.write(next(data for data, packet in zip(stamped, packets, strict=True) if packet in data))
