"""What a face checkpoint says in words, its metadata: text to and from values. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from .. import __version__
from ..errors import InputError
from ..types import Identity, Sex
from . import foreign, naming
from .headers import Damage

FORMAT, FORMAT_VERSION = "roop-face", 1
LONGEST_NOTE = 1000
"""Letters of what a user writes about a face."""
HASH = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The words of a checkpoint. sources, doubted, note: as `Identity` has them. created: ISO 8601, or ""."""

    sex: Sex | None = None
    age: int | None = None
    sources: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    note: str = ""
    created: str = ""
    version: str = ""


def is_ours(metadata: Mapping[str, str]) -> bool:
    """Whether roop wrote it. Raises Damage for the format of a newer roop."""
    if metadata.get("format") != FORMAT:
        return False
    version = metadata.get("format_version", "")
    if version != str(FORMAT_VERSION):
        raise Damage(f"it is of format {version[:20]!r}, which a newer roop wrote")
    return True


def read(metadata: Mapping[str, str]) -> Record:
    """What it says, as far as that makes sense."""
    sex, age = metadata.get("sex"), metadata.get("age", "")
    sources = tuple(HASH.findall(metadata.get("sources_sha256", "")))
    doubted = HASH.findall(metadata.get("doubted_sha256", ""))
    return Record(
        sex="female" if sex == "female" else "male" if sex == "male" else None,
        age=int(age) if re.fullmatch(r"\d{1,3}", age, re.ASCII) and int(age) <= foreign.OLDEST else None,
        sources=sources,
        doubted=tuple(each for each in doubted if each in sources),
        note=_plain(metadata.get("note", ""))[:LONGEST_NOTE],
        created=naming.shown(metadata.get("created", "")[:40]),
        version=naming.shown(metadata.get("roop", "")[:40]),
    )


def written(identity: Identity) -> dict[str, str]:
    """The metadata of a new checkpoint."""
    return {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "name": identity.name,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "recognisers": ",".join(sorted(identity.embeddings)),
        "sources": str(len(identity.sources)),
        "sources_sha256": ",".join(identity.sources),
        "sex": identity.sex or "",
        "age": "" if identity.age is None else str(identity.age),
        "roop": __version__,
        **({"doubted_sha256": ",".join(identity.doubted)} if identity.doubted else {}),
        **({"note": identity.note} if identity.note else {}),
    }


def noted(text: str) -> str:
    """`text` as a note that can be kept: lines of letters, without the space about it. Raises InputError."""
    plain = _plain(text)
    if len(plain) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE} letters, not {len(plain)}; shorten it.", field="note")
    return plain


def _plain(text: str) -> str:
    return "\n".join(naming.shown(line) for line in re.split(r"\r\n|\r|\n", text)).strip()
