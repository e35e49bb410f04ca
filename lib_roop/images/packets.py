"""The XMP packet of a file as bytes, found and replaced where it stands: nothing else of the file changes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from .avif import avif_xmp, with_avif_xmp
from .containers import GIF_TRAILER, GIF_XMP, XMP_KEYWORD, XMP_PREFIX, app1, with_gif_xmp, with_png_chunks
from .exif import PREFIX
from .picture import Metadata
from .tiff import tiff_xmp, with_tiff_xmp

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_LARGEST = 1 << 26
"""The most bytes that a compressed packet may become."""
_FLAGS = {b"ICCP": 0x20, b"ALPH": 0x10, b"EXIF": 0x08, b"XMP ": 0x04, b"ANIM": 0x02}
"""What a WebP's header says of the chunks behind it."""
_Taken = tuple[bytes, list[bytes]]
"""A file without its packets, and these."""
_Take = Callable[[bytes], _Taken]
_Put = Callable[[bytes, bytes], bytes]


def packets_of(data: bytes) -> list[bytes]:
    """The packets of a file, mostly none or one. Raises ValueError as `with_packet` does."""
    taken, _ = _format(data)
    with _followed():
        return taken(data)[1]


def with_packet(data: bytes, xmp: bytes) -> bytes:
    """`data`, a file, with `xmp` for its packets; one that is too large for a JPEG's segment is left out.

    Raises ValueError, whose text goes on from the file's name, for another format and for bytes that lead nowhere.
    """
    taken, put = _format(data)
    with _followed():
        return put(taken(data)[0], xmp)


def _format(data: bytes) -> tuple[_Take, _Put]:
    name = data[8:] if data.startswith(b"RIFF") else data[4:] if data.startswith(b"ftyp", 4) else data
    begin = next((each for each in _FORMATS if name.startswith(each)), b"")
    if not begin:
        raise ValueError("is of a kind that cannot be marked as a file; save PNG, JPEG, WebP, AVIF, TIFF or GIF.")
    return _FORMATS[begin]


@contextmanager
def _followed() -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise ValueError("is damaged, cut short or of a rare kind; save it again, best as PNG.") from error


def _from_png(data: bytes) -> _Taken:
    kept, packets, at, kind = [_SIGNATURE], [], len(_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or (len(kept) == 1) != (kind == b"IHDR") or (kind == b"IHDR" and length != 13):
            raise ValueError
        content = data[at + 8 : end - 4]
        if kind in _TEXTS and content.startswith(XMP_KEYWORD + b"\0"):
            packets.append(_text(kind, content[len(XMP_KEYWORD) + 1 :]))
        else:
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]]), packets


def _text(kind: bytes, content: bytes) -> bytes:
    """The text of a chunk, as UTF-8, from behind its keyword (PNG specification, third edition, section 11.3.3)."""
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed = content[:1] == b"\1"
        content = content[2:].split(b"\0", 2)[-1]
    elif compressed:
        content = content[1:]
    if compressed:
        content = _inflated(content)
    return content if kind == b"iTXt" else _as_utf8(content)


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, _LARGEST)
    except zlib.error:
        # As it is, it is no XMP, and who asks is told so.
        return content


def _as_utf8(content: bytes) -> bytes:
    """Pillow writes Latin-1 into these chunks, as the format wants; others put the packet in as it is."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1").encode()
    return content


def _into_png(rest: bytes, xmp: bytes) -> bytes:
    return with_png_chunks(rest, Metadata(xmp=xmp))


def _from_jpeg(data: bytes) -> _Taken:
    segments, pixels = _segments(data)
    kept = [each for each in segments if not _begins(each, b"\xe1", XMP_PREFIX)]
    packets = [each.partition(XMP_PREFIX)[2] for each in segments if _begins(each, b"\xe1", XMP_PREFIX)]
    return b"".join([data[:2], *kept, pixels]), packets


def _into_jpeg(rest: bytes, xmp: bytes) -> bytes:
    """Behind JFIF and EXIF, which readers look for at the very beginning."""
    segments, pixels = _segments(rest)
    leading = (_begins(each, b"\xe0") or _begins(each, b"\xe1", PREFIX) for each in segments)
    first = next((i for i, leads in enumerate(leading) if not leads), len(segments))
    return b"".join([rest[:2], *segments[:first], *app1([XMP_PREFIX + xmp]), *segments[first:], pixels])


def _segments(data: bytes) -> tuple[list[bytes], bytes]:
    """A JPEG's segments up to its pixels, and the rest; any number of bytes 255 may stand before a marker."""
    found: list[bytes] = []
    at = 2
    while True:
        start = at
        if data[at] != 0xFF:
            raise ValueError
        while data[at + 1] == 0xFF:
            at += 1
        if data[at + 1] == 0xDA:
            return found, data[start:]
        length = struct.unpack_from(">H", data, at + 2)[0]
        at += 2 + length
        if length < 2 or at > len(data):
            raise ValueError
        found.append(data[start:at])


def _begins(segment: bytes, marker: bytes, content: bytes = b"") -> bool:
    whole = segment.lstrip(b"\xff")
    return whole[:1] == marker and whole.startswith(content, 3)


def _from_webp(data: bytes) -> _Taken:
    chunks, after = riff_chunks(data)
    kept = [(kind, content) for kind, content in chunks if kind != b"XMP "]
    return _riff(kept) + after, [content for kind, content in chunks if kind == b"XMP "]


def _into_webp(rest: bytes, xmp: bytes) -> bytes:
    """As the last chunk, with a header that says so (WebP container specification, extended file format)."""
    chunks, after = riff_chunks(rest)
    kind, content = chunks[0]
    if kind == b"VP8X":
        header, chunks = bytearray(content), chunks[1:]
    else:
        header = bytearray(4) + _canvas(kind, content)
        header[0] = sum({_FLAGS.get(kind, 0) for kind, _ in chunks})
        header[0] |= _FLAGS[b"ALPH"] if kind == b"VP8L" and content[4] & 0x10 else 0
    header[0] |= _FLAGS[b"XMP "]
    return _riff([(b"VP8X", bytes(header)), *chunks, (b"XMP ", xmp)]) + after


def riff_chunks(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """A WebP's chunks, and what stands behind the last one."""
    found, at = [], 12
    last = 8 + struct.unpack_from("<I", data, 4)[0]
    while at + 8 <= last:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > min(last, len(data)):
            raise ValueError
        found.append((kind, data[at + 8 : end]))
        at = end + length % 2
    return found, data[max(at, last) :]


def _canvas(kind: bytes, content: bytes) -> bytes:
    """Width and height, each less one, as the header has them, of the frame of a simple file (RFC 9649)."""
    if kind == b"VP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", content, 6))
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", content, 1)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        raise ValueError
    return b"".join(struct.pack("<I", size - 1)[:3] for size in (width, height))


def _riff(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    body = [struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) % 2) for kind, content in chunks]
    return struct.pack("<4sI4s", b"RIFF", 4 + sum(map(len, body)), b"WEBP") + b"".join(body)


def _from_gif(data: bytes) -> _Taken:
    at = 13 + _table(data[10])
    kept, packets = [data[:at]], []
    while data[at] != 0x3B:
        start, extension = at, data[at] == 0x21
        if not extension and data[at] != 0x2C:
            raise ValueError
        at += 2 if extension else 11 + _table(data[at + 9])
        while size := data[at]:
            at += 1 + size
        at += 1
        block = data[start:at]
        if block.startswith(GIF_XMP):
            packets.append(block[len(GIF_XMP) :].removesuffix(GIF_TRAILER))
        else:
            kept.append(block)
    return b"".join([*kept, data[at:]]), packets


def _table(flags: int) -> int:
    """The bytes of a GIF's colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _from_tiff(data: bytes) -> _Taken:
    """Here, and in AVIF, the packet is replaced by naming another place."""
    return data, [packet] if (packet := tiff_xmp(data)) else []


def _from_avif(data: bytes) -> _Taken:
    return data, [packet] if (packet := avif_xmp(data)) else []


_FORMATS: dict[bytes, tuple[_Take, _Put]] = {
    _SIGNATURE: (_from_png, _into_png),
    b"\xff\xd8": (_from_jpeg, _into_jpeg),
    b"WEBP": (_from_webp, _into_webp),
    b"ftyp": (_from_avif, with_avif_xmp),
    b"GIF8": (_from_gif, with_gif_xmp),
    b"II*\0": (_from_tiff, with_tiff_xmp),
    b"MM\0*": (_from_tiff, with_tiff_xmp),
}
"""By a file's first bytes, or the name in them: what takes its packets out, and what puts one in."""
