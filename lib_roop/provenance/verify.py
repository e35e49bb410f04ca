"""Which marks a file carries, whoever wrote them. What can only be seen, or hides in the pixels, is not looked for."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .. import images
from ..errors import PictureError, TooLarge
from . import credentials
from .films import COMMENT, types_of
from .history import generator, texts_of
from .tags import Tags, tags_of
from .terms import CAPTURED, ENHANCED, MADE, term
from .xmp import IPTC, ROOP, XMP, readable, source_types, values

Kind = Literal[
    "digital source type",
    "AI system",
    "AIGC label",
    "generation parameters",
    "content credentials",
    "earlier credentials",
    "software",
    "unreadable",
]
DCTERMS = "http://purl.org/dc/terms/"
"""C2PA links a manifest that lies elsewhere as `dcterms:provenance`."""
NONE = "No mark was found; that does not mean that the picture is unaltered."
SILENT = "No mark says that the picture was generated or altered; that does not mean that it was not."
SPEAKS = "Its marks say that the picture was generated or altered."
BROKEN = "Its content credentials are broken: the file, or they, were changed after it was signed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark. where: XMP, EXIF, PNG, C2PA, or a film's tags. discloses: it says that it was generated or altered."""

    kind: Kind
    where: str
    value: str
    meaning: str = ""
    discloses: bool = False


def verify(source: str | Path | bytes, *, most: int = images.MAX_PIXELS) -> tuple[Mark, ...]:
    """The marks of a file, a picture or a film, or of its bytes. Raises PictureError when it cannot be read.

    TooLarge, before it is decoded, when a picture has more than `most` pixels.
    """
    film = _film(source)
    if film is not None:
        return tuple(dict.fromkeys(_in_film(film)))
    try:
        picture = images.read(_uri(source) if isinstance(source, bytes) else Path(source), most=most)
        signed = tuple(_signed(_bytes(source), picture))
    except TooLarge:
        raise
    except PictureError:
        # A wrong checksum of the credentials makes the whole picture unreadable.
        mended = _mended(_bytes(source))
        if not mended:
            raise
        picture = images.read(_uri(mended), most=most)
        signed = (Mark(kind="content credentials", where="C2PA", value="broken", meaning="their checksum is wrong"),)
    metadata = picture.metadata
    found = [*signed, *_in_xmp(metadata.xmp), *_in_texts(metadata)]
    return tuple(dict.fromkeys(found))


def verdict(marks: Iterable[Mark]) -> str:
    """What the marks come to, in one sentence."""
    marks = tuple(marks)
    if any(mark.kind == "content credentials" and mark.value == "broken" for mark in marks):
        return BROKEN
    if any(mark.discloses for mark in marks):
        return SPEAKS
    return SILENT if marks else NONE


def _film(source: str | Path | bytes) -> Tags | None:
    """The tags of a film; None for anything else, and for what cannot be opened."""
    if isinstance(source, bytes):
        return tags_of(io.BytesIO(source))
    try:
        with Path(source).open("rb") as file:
            return tags_of(file)
    except (OSError, ValueError):
        return None


def _in_film(tags: Tags) -> Iterator[Mark]:
    if tags.credentials:
        meaning = "present; roop checks those of pictures alone"
        yield Mark(kind="content credentials", where="C2PA", value="not checked", meaning=meaning)
    for packet in tags.packets:
        yield from _in_xmp(packet)
    for name, text in tags.words:
        yield from (_source_type(value, "tags") for value in types_of(name, text))
        for software, engine, kind in COMMENT.findall(text):
            if term(kind) == ENHANCED:
                # No AI system had a part in it.
                yield Mark(kind="software", where="tags", value=software)
                continue
            system = f"roop ({engine} engine)" if engine else "roop"
            yield Mark(kind="AI system", where="tags", value=system, meaning=software, discloses=True)
        if name == "aigc":
            yield from _aigc(text, "tags")
        if name in ("encoder", "software"):
            yield Mark(kind="software", where="tags", value=text)


def _uri(data: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()


def _bytes(source: str | Path | bytes) -> bytes:
    """What the file holds, nothing where it cannot be read."""
    try:
        return source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError:
        return b""


def _mended(data: bytes) -> bytes:
    """A PNG whose chunk of content credentials has a wrong checksum, with the right one; b"" for any other file."""
    store = images.manifest_of(io.BytesIO(data)) if data.startswith(b"\x89PNG") else b""
    before, chunk, after = data.partition(b"caBX" + store)
    checksum = zlib.crc32(chunk).to_bytes(4, "big")
    return before + chunk + checksum + after[4:] if store and after[:4] != checksum else b""


def _signed(data: bytes, picture: images.Picture) -> Iterator[Mark]:
    if not picture.metadata.manifest:
        return
    found = credentials.read(data, credentials.mime(picture.format))
    signer = f"signed as {found.signer}; who that is was not checked" if found.signer else ""
    meaning = "; ".join(part for part in (signer, found.reason) if part)
    yield Mark(kind="content credentials", where="C2PA", value=found.state, meaning=meaning)
    yield from (_source_type(kind, "C2PA") for kind in found.source_types)


def _in_xmp(xmp: bytes) -> Iterator[Mark]:
    if not readable(xmp):
        meaning = "XMP is present, but damaged or unknown, so what it says is not known"
        yield Mark(kind="unreadable", where="XMP", value="present, not readable", meaning=meaning)
    for value in source_types(xmp):
        yield _source_type(value, "XMP")
    version = "; ".join(values(xmp, "AISystemVersionUsed", IPTC))
    for value in values(xmp, "AISystemUsed", IPTC):
        yield Mark(kind="AI system", where="XMP", value=value, meaning=version, discloses=True)
    for value in values(xmp, "AIGC"):
        yield from _aigc(value, "XMP")
    for value in values(xmp, "provenance", DCTERMS):
        meaning = f"present, but elsewhere, and roop fetches nothing: {value}"
        yield Mark(kind="content credentials", where="XMP", value="not checked", meaning=meaning)
    for value in values(xmp, "SourceManifest", ROOP):
        meaning = "content credentials of the picture that was altered, which they no longer fit"
        yield Mark(kind="earlier credentials", where="XMP", value=value, meaning=meaning)
    for value in values(xmp, "CreatorTool", XMP):
        yield Mark(kind="software", where="XMP", value=value)


def _in_texts(metadata: images.Metadata) -> Iterator[Mark]:
    if tool := generator(metadata):
        meaning = "the settings with which a diffusion model made the picture"
        yield Mark(kind="generation parameters", where="text", value=tool, meaning=meaning, discloses=True)
    texts = texts_of(metadata)
    for name in ("AIGC", "UserComment"):
        yield from _aigc(texts.get(name, ""), "PNG" if name in metadata.text else "EXIF")
    if "Software" in texts:
        yield Mark(kind="software", where="PNG" if "Software" in metadata.text else "EXIF", value=texts["Software"])


def _source_type(value: str, where: str) -> Mark:
    name = term(value)
    meaning = {**CAPTURED, **MADE}.get(name, "not a term of the IPTC's that roop knows")
    return Mark(kind="digital source type", where=where, value=name, meaning=meaning, discloses=name in MADE)


def _aigc(text: str, where: str) -> Iterator[Mark]:
    """China's label (GB 45438-2025): JSON with a `Label` of 1 made by AI, 2 probably, 3 suspected."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    content = content.get("AIGC", content) if isinstance(content, dict) else {}
    label = str(content.get("Label", "")) if isinstance(content, dict) else ""
    if meaning := {"1": "made by AI", "2": "probably made by AI", "3": "suspected to be made by AI"}.get(label):
        yield Mark(kind="AIGC label", where=where, value=label, meaning=meaning, discloses=True)
