"""Packs come as zips; a zip may be hostile, so that only the expected nets are taken out, under our own names."""

from __future__ import annotations

import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ..errors import ModelError
from . import store
from .cards import ModelCard, Pack
from .hashes import sha256_of

BLOCK = 1 << 20
LARGEST = 1 << 30
"""Bytes of a net whose size nobody states."""
ENCRYPTED = 1
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""What zipfile raises for files that are no whole zips."""


def unpack(pack: Pack, archive: Path, folder: Path) -> Path:
    """The pack's nets out of `archive` into a folder of its name in `folder`, all or nothing, each one checked.

    Members are taken by name from the root of the zip or from its folder of the pack's name; all others are left.
    What the folder held before is replaced. Raises ModelError, and OSError when it cannot be written.
    """
    beside = Path(tempfile.mkdtemp(prefix=f".{pack.name}-", dir=folder))
    try:
        fresh = beside / pack.name
        fresh.mkdir()
        with _opened(pack, archive) as opened:
            for card, member in _members(pack, opened):
                with (fresh / card.file).open("xb") as stream:
                    stream.writelines(_blocks(pack, opened, member))
                if not store.pinned(card, sha256_of(fresh / card.file)):
                    raise ModelError(
                        f"{card.file} in the zip of {pack.name} has another sha256 than is known; {store.mend(pack)}."
                    )
        target = folder / pack.name
        if target.exists():
            target.replace(beside / "before")
        return fresh.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _opened(pack: Pack, archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except DAMAGE as error:
        raise ModelError(_damaged(pack, error)) from error


def _members(pack: Pack, opened: zipfile.ZipFile) -> list[tuple[ModelCard, zipfile.ZipInfo]]:
    """The entry of each net. Raises ModelError when one is missing, twice there, or another than is expected."""
    found: dict[str, list[zipfile.ZipInfo]] = {card.file: [] for card in pack.members}
    for member in opened.infolist():
        name = member.filename.removeprefix(f"{pack.name}/")
        if name in found:
            found[name].append(member)
    for card in pack.members:
        entries = found[card.file]
        if len(entries) != 1:
            what = "lacks" if not entries else "has several of"
            raise ModelError(f"The zip of {pack.name} {what} {card.file}; {store.mend(pack)}.")
        size, odd = entries[0].file_size, entries[0].flag_bits & ENCRYPTED or entries[0].compress_type not in PACKINGS
        if odd or size > LARGEST or size not in (store.known_sizes(card) or {size}):
            raise ModelError(f"{card.file} in the zip of {pack.name} is not the expected file; {store.mend(pack)}.")
    return [(card, found[card.file][0]) for card in pack.members]


def _blocks(pack: Pack, opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is packed there. zipfile stops at the size that the entry states, and compares its checksum."""
    try:
        with opened.open(member) as packed:
            while block := packed.read(BLOCK):
                yield block
    except DAMAGE as error:
        raise ModelError(_damaged(pack, error)) from error


def _damaged(pack: Pack, error: Exception) -> str:
    return f"{pack.file} is no whole zip ({error}); {store.mend(pack)}."
