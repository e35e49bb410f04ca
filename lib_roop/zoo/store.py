"""Where nets lie on disk, and whether a file is the one that its card describes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ModelError
from ..host import builtin_folder
from .cards import Build, Listed, ModelCard, Pack
from .hashes import Ledger, sha256_of

SETTING = "ROOP_MODELS"
"""The environment variable that names more folders, separated as in PATH."""
OTHERS = ("roop", "insightface", "reactor", "faceswaplab", "reswapper", "hyperswap", "facerestore_models")
"""Where a web UI's extensions keep such nets, below its folder `models`."""
WITHIN = ("", "models", "analysers/models")
"""Where packs lie below such a folder: insightface itself adds `models`, FaceSwapLab `analysers/models`."""


def folders(own: Iterable[Path], root: Path | None = None) -> tuple[Path, ...]:
    """Where nets may lie: roop's `own` folders, those of `ROOP_MODELS`, of other tools in the web UI at `root`, and of
    the package insightface. None of them needs to exist.
    """
    named = [Path(name).expanduser() for name in os.environ.get(SETTING, "").split(os.pathsep) if name]
    beside = [root / "models" / name for name in OTHERS] if root else []
    return tuple(dict.fromkeys((*own, *named, *beside, Path("~/.insightface/models").expanduser())))


def find(card: ModelCard, folders: Iterable[Path] = ()) -> Path:
    """The net's file: among roop's own, else in `folders`, one of a right size first. Raises ModelError."""
    searched = [builtin_folder(), *folders]
    found = [path for folder in searched for name in (card.file, *card.aliases) if (path := folder / name).is_file()]
    if found:
        return next((path for path in found if _right_size(card, path)), found[0])
    places = ", ".join(str(folder) for folder in searched)
    raise ModelError(f"The net {card.file} is missing in {places}; {mend(card)}.")


def find_pack(pack: Pack, folders: Iterable[Path]) -> Path:
    """The folder of a pack: the first that holds all the nets that must be there. Raises ModelError."""
    searched = list(folders)
    for folder in (base / part / pack.name for base in searched for part in WITHIN):
        if all(_right_size(card, folder / card.file) for card in pack.members if card.task in pack.needed):
            return folder
    places = ", ".join(str(folder) for folder in searched)
    raise ModelError(f"The pack {pack.name} is missing in {places}, or not whole; {mend(pack)}.")


def find_folder(name: str, folders: Iterable[Path]) -> Path:
    """The folder called so where packs lie, for one that is on no card. Raises ModelError."""
    searched = list(folders)
    if Path(name).name == name:
        for folder in (base / part / name for base in searched for part in WITHIN):
            if folder.is_dir():
                return folder
    places = ", ".join(str(folder) for folder in searched)
    raise ModelError(f"There is no pack and no folder {name!r} in {places}; roop models list shows the packs.")


def installed(item: Listed, folders: Iterable[Path]) -> Path | None:
    """The file or folder if it is there and has the right size; its sha256 is looked at before it is used."""
    try:
        if isinstance(item, Pack):
            return find_pack(item, folders)
        path = find(item, folders)
    except ModelError:
        return None
    return path if _right_size(item, path) else None


def present(item: Listed, folders: Iterable[Path]) -> Path | None:
    """The file or folder if anything of its name is there, also when that is damaged."""
    searched = list(folders)
    if whole := installed(item, searched):
        return whole
    if isinstance(item, Pack):
        places = (base / part / item.name for base in searched for part in WITHIN)
        return next((folder for folder in places if pack_files(item, folder)), None)
    return next((path for folder in searched if (path := folder / item.file).is_file()), None)


def member(pack: Pack, path: Path) -> ModelCard:
    """The card of one of a pack's files."""
    return next(card for card in pack.members if card.file == path.name)


def complete(item: Listed, place: Path) -> bool:
    """Whether the nets of a pack that must be there are, whatever they hold."""
    return not isinstance(item, Pack) or all(
        (place / card.file).is_file() for card in item.members if card.task in item.needed
    )


def pack_files(pack: Pack, folder: Path) -> dict[str, Path]:
    """The nets of a pack that are there, by file name; landmarks and attributes may be missing."""
    return {card.file: folder / card.file for card in pack.members if (folder / card.file).is_file()}


def files(item: Listed, place: Path) -> list[tuple[ModelCard, Path]]:
    """The nets that lie in `place`, which is the file of a net or the folder of a pack, each with its card."""
    if not isinstance(item, Pack):
        return [(item, place)]
    return [(member(item, path), path) for path in pack_files(item, place).values()]


def verified(card: ModelCard, path: Path) -> bytes:
    """The file's bytes. Raises ModelError when size or sha256 is not the card's: a net that is damaged is never run."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(_unreadable(path, error)) from error
    _refuse_size(card, path, len(data))
    _refuse_hash(card, path, hashlib.sha256(data).hexdigest())
    return data


def checked(card: ModelCard, path: Path, ledger: Ledger, *, anew: bool = False) -> Path:
    """`path`, when it holds what the card says; for large nets, which are opened by their path.

    A file whose size and time are those of when it was last hashed is not hashed again, unless `anew`. The first sha256
    of a file for which the card has none is noted, and must stay. Raises ModelError.
    """
    try:
        _refuse_size(card, path, path.stat().st_size)
        known = None if anew else ledger.current(path)
        sha256 = known or sha256_of(path)
        if card.sha256:
            _refuse_hash(card, path, sha256)
        elif (first := ledger.seen(path)) and first.sha256 != sha256:
            raise ModelError(
                f"The net {path} is another one than when it was first used, and nobody states its sha256; if you put "
                f"it there yourself, say so with: roop models verify {card.name} --accept."
            )
        if not known:
            ledger.note(path, sha256)
    except OSError as error:
        raise ModelError(_unreadable(path, error)) from error
    return path


def mend(item: Listed) -> str:
    """What to do where it is missing or damaged, as the end of a sentence."""
    if item.urls:
        return f"get it with: roop models get {item.name}, or put the right file there"
    return "put it there by hand" if not item.sha256 else "install roop anew or put the right file there"


def builds(item: Listed) -> Iterator[Build]:
    """The files that are known to be whole, the card's own first."""
    yield Build(item.size, item.sha256)
    if isinstance(item, ModelCard):
        yield from item.builds


def known_sizes(item: Listed) -> set[int]:
    """How many bytes it may have; empty when one of its builds may have any number."""
    sizes = {build.size for build in builds(item)}
    return set() if 0 in sizes else sizes


def pinned(item: Listed, sha256: str) -> bool:
    """Whether this is one of the hashes that are stated for it, or none is stated."""
    return not item.sha256 or sha256 in {build.sha256 for build in builds(item)}


def _right_size(card: ModelCard, path: Path) -> bool:
    try:
        return path.is_file() and (not known_sizes(card) or path.stat().st_size in known_sizes(card))
    except OSError:
        return False


def _refuse_size(card: ModelCard, path: Path, size: int) -> None:
    sizes = sorted(known_sizes(card))
    if size == 0 or (sizes and size not in sizes):
        wanted = " or ".join(f"{each:,}" for each in sizes) or "what a net has"
        raise ModelError(f"The net {path} has {size:,} bytes instead of {wanted}; {mend(card)}.")


def _refuse_hash(card: ModelCard, path: Path, sha256: str) -> None:
    if not pinned(card, sha256):
        raise ModelError(f"The net {path} is damaged (its sha256 is not the expected one); {mend(card)}.")


def _unreadable(path: Path, error: OSError) -> str:
    return f"The net {path} cannot be read ({error.strerror}); check its permissions."
