"""Marks in films: tags that every container keeps, and an XMP packet in MP4 and QuickTime files.

The comment alone says all, for people and for programs, because it is what the fewest programs drop.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .tags import XMP_BOX, tags_of
from .terms import ENHANCED, SOFTWARE, TERMS, SourceType, strongest, term, type_of
from .xmp import marked, source_types

STANDARD = frozenset(
    {
        "title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping",
        "lyrics", "description", "synopsis", "show", "episode_id", "network", "keywords", "track", "disc",
        "compilation", "hd_video", "gapless_playback", "media_type", "encoder", "creation_time", "major_brand",
        "minor_version", "compatible_brands",
    }
)  # fmt: skip
"""The tags that MP4 files have names of their own for."""
DROPPED = frozenset({"encoder", "major_brand", "minor_version", "compatible_brands", "duration"})
"""What every file says of itself alone."""
COMMENT = re.compile(r"Altered by (roop \S+)(?: \(([^()]+) engine\))?\. DigitalSourceType: (\S+)")
_NAMED = re.compile(r"(?i)digitalsourcetype(?:/(\w+)|\W{1,5}(?!https?:)(\w+))")


def marks(
    engine: str, source_metadata: Mapping[str, str] | None = None, *, source_type: SourceType | None = None
) -> Mapping[str, str]:
    """The tags that say what was done. engine: what altered the film, as `SwapResult.engine` says.

    source_metadata: the source's tags, of which a type that says more stays. source_type: where the engine does not
    say it.
    """
    kind = strongest(source_type or type_of(engine), types_in(source_metadata or {}))
    by = f" ({engine} engine)" if engine else ""
    system = {} if kind == ENHANCED else {"ai_system": f"roop{by}"}
    return {
        "comment": f"Altered by {SOFTWARE}{by}. DigitalSourceType: {TERMS}{kind}",
        "digital_source_type": TERMS + kind,
        **system,
        "software": SOFTWARE,
    }


def joined(source_metadata: Mapping[str, str], own: Mapping[str, str], packets: Iterable[bytes] = ()) -> dict[str, str]:
    """The tags of the new film: those of its source, and the marks behind what was named there before.

    own: of `marks`. packets: the source's XMP. A type that says more stays.
    """
    earlier = {name: text for name, text in source_metadata.items() if name.lower() not in DROPPED}
    # Matroska shouts.
    names = {name.lower(): name for name in earlier}
    found = [*types_in(earlier), *(term(value) for packet in packets for value in source_types(packet))]
    kind = strongest(_kind(own), found)
    for name, mark in own.items():
        text = mark.replace(own["digital_source_type"], TERMS + kind)
        before = earlier.pop(names.get(name, name), "")
        kept = "" if name == "digital_source_type" else before
        earlier[name] = kept if text in kept.split("; ") else "; ".join(filter(None, (kept, text)))
    return earlier


def types_in(metadata: Mapping[str, str]) -> Sequence[str]:
    """The terms of the digital source types that tags name."""
    return [found for name, text in metadata.items() for found in types_of(name, text)]


def types_of(name: str, text: str) -> Sequence[str]:
    """The terms that one tag names."""
    if name.lower() == "digital_source_type":
        return [term(text)]
    return [last or first for first, last in _NAMED.findall(text)]


def packets(path: Path) -> Sequence[bytes]:
    """The XMP packets of a film."""
    with path.open("rb") as file:
        found = tags_of(file)
    return found.packets if found else ()


def seal(path: Path, earlier: Sequence[bytes], tags: Mapping[str, str]) -> None:
    """Put the XMP packet with the marks behind an MP4 or QuickTime film; files of other kinds have their tags alone.

    earlier: the source's packets. tags: as `joined` gives them.
    """
    with path.open("rb+") as file:
        if file.read(8)[4:] not in (b"ftyp", b"wide", b"moov", b"mdat"):
            return
        system = tags.get("ai_system", "").split("; ")[-1]
        named = system.removeprefix("roop").removeprefix(" (").removesuffix(" engine)")
        engine = named if system.startswith("roop") and _kind(tags) != ENHANCED else None
        packet = marked(earlier[-1] if earlier else b"", _kind(tags), engine)
        file.seek(0, 2)
        file.write(struct.pack(">I4s16s", 24 + len(packet), b"uuid", XMP_BOX) + packet)


def _kind(tags: Mapping[str, str]) -> SourceType:
    return strongest(ENHANCED, [term(tags["digital_source_type"])])
