"""Getting nets over the network, when the user asks for it: several addresses, resumed, checked, and never half there.

What has come so far lies in FILE.part, and from where, with its server's name for that version, in FILE.part.from.
"""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from .. import __version__
from ..errors import ModelError
from . import store
from .cards import Listed, Pack
from .hashes import sha256_of
from .unpack import unpack

Progress = Callable[[int, int], None]
"""Told how many bytes are there, and how many there will be, 0 when nobody knows."""
BLOCK = 1 << 18
TIMEOUT = 30.0
"""Seconds without a byte after which the next address is tried."""
TRIES = 3
"""Times that an address is asked to go on where it broke off."""
LARGEST = 4 << 30
"""Bytes of a file whose size neither its card nor its server states."""
ROOM = 64 << 20
"""Bytes that are left free on the disk."""
PARTIAL, WRONG_RANGE = 206, 416


def fetch(
    item: Listed,
    folder: Path,
    progress: Progress = lambda done, whole: None,
    stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Get a net, or a pack and unpack it, into `folder`; returns the file or the pack's folder.

    `stop` is asked now and then. What a stopped or broken download has brought stays and is gone on with; a file with
    another hash than the card's is deleted. Raises ModelError with what every address said, and where to put the file.
    """
    if not item.urls:
        raise ModelError(f"Nobody states an address for {item.name}; {by_hand(item, folder)}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_room(item, folder)
        file = _whole(item, folder, progress, stop)
        if not isinstance(item, Pack):
            return file
        try:
            return unpack(item, file, folder)
        finally:
            file.unlink()
    except OSError as error:
        raise ModelError(
            f"{item.file} cannot be kept in {folder} ({error.strerror or error}); make room or check its permissions."
        ) from error


def by_hand(item: Listed, folder: Path) -> str:
    """Where a file goes that the user gets in another way, as the end of a sentence."""
    if isinstance(item, Pack):
        return f"unpack a {item.file} into {folder / item.name}"
    return f"put the file {item.file} into {folder}"


@dataclass(frozen=True, slots=True)
class _Part:
    """What there is of a file so far, and beside it from where that came: address, ETag, bytes in all."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.from")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Address, ETag ("" for none) and size of the whole (0 when unknown) of what is there."""
        try:
            url, tag, whole = self._note.read_text(encoding="utf-8").split("\n")
            return url, tag, int(whole)
        except (OSError, ValueError):
            return "", "", 0

    def begin(self, url: str, tag: str, whole: int) -> None:
        self._note.write_text(f"{url}\n{tag}\n{whole}", encoding="utf-8")

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


class OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Follows to http and https, and never from https to http."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - urllib calls it
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not _allowed(newurl, secure=urlsplit(req.full_url).scheme == "https"):
            raise urllib.error.URLError(f"it leads on to {newurl[:80]}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _whole(item: Listed, folder: Path, progress: Progress, stop: Callable[[], bool]) -> Path:
    """The file, whole and of a right hash, in its place."""
    part, reasons = _Part(folder / f"{item.file}.part"), []
    for url in item.urls:
        # The part may have been whole when it was left.
        reason = "" if _complete(item, part) else _from(url, item, part, progress, stop)
        if not reason:
            target = part.path.replace(folder / item.file)
            part.drop()
            return target
        reasons.append(f"{urlsplit(url).hostname or url}: {reason}")
    raise ModelError(f"{item.name} cannot be got ({'; '.join(reasons)}); try later, or {by_hand(item, folder)}.")


def _from(url: str, item: Listed, part: _Part, progress: Progress, stop: Callable[[], bool]) -> str:
    """Bring the part to its end from one address. Returns why not, or "" when it is whole and right."""
    reason = ""
    for _ in range(TRIES):
        before = part.size
        reason = _once(url, item, part, progress, stop)
        # Asked again when something came before it broke off, and when what was gone on with proved to be wrong.
        if not reason or part.size == before:
            break
    return reason


def _once(url: str, item: Listed, part: _Part, progress: Progress, stop: Callable[[], bool]) -> str:
    try:
        for done, whole in _more(url, item, part):
            progress(done, whole)
            if stop():
                raise ModelError(f"{item.name} was stopped; what has come stays, and the next time goes on there.")
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == WRONG_RANGE:
            part.drop()
        return f"HTTP {error.code}"
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ValueError) as error:
        return _said(error)
    if store.pinned(item, sha256_of(part.path)):
        return ""
    part.drop()
    return "the file has another sha256, and was deleted"


def _complete(item: Listed, part: _Part) -> bool:
    sizes = store.known_sizes(item)
    right = part.size in sizes if sizes else part.size > 0
    return right and bool(item.sha256) and store.pinned(item, sha256_of(part.path))


def _more(url: str, item: Listed, part: _Part) -> Iterator[tuple[int, int]]:
    """Add to the part what it lacks; says how many bytes are there of how many. Raises ConnectionError when cut off."""
    have, (origin, tag, expected) = part.size, part.origin
    tag = tag if origin == url else ""
    # Without an ETag to compare, only the hash at the end can tell that the halves belong together.
    resume = have > 0 and bool(tag or item.sha256)
    with _ask(url, have if resume else 0, tag) as answer:
        went_on = resume and answer.status == PARTIAL
        done = have if went_on else 0
        whole = _whole_size(answer, done)
        sizes = store.known_sizes(item)
        if whole and sizes and whole not in sizes:
            raise ConnectionError(f"the file there has {whole:,} bytes instead of {min(sizes):,}")
        if went_on and whole != expected:
            part.drop()
            raise ConnectionError("the file there is another one than was begun")
        if not went_on:
            part.begin(url, _strong(answer.headers.get("ETag", "")), whole)
        most = whole or max(sizes, default=LARGEST)
        with part.path.open("ab" if went_on else "wb") as stream:
            yield done, whole
            while done <= most and (block := _block(answer)):
                stream.write(block)
                done += len(block)
                yield done, whole
    if done > most:
        part.drop()
        raise ConnectionError("more bytes come than were promised")
    if done not in ({whole} if whole else sizes or {done}):
        raise ConnectionError(f"the connection ended after {done:,} bytes")


def _ask(url: str, start: int, tag: str) -> Any:
    """The open answer for the bytes from `start` on, or for all of them when they are others than `tag` names."""
    if not _allowed(url, secure=False):
        raise ValueError(f"roop takes files from http and https, not from {url[:80]}")
    headers = {"User-Agent": f"roop/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", **({"If-Range": tag} if tag else {})}
    return _opener().open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)


def _block(answer: Any) -> bytes:
    try:
        return bytes(answer.read(BLOCK))
    except OSError as error:
        # To tell it from a disk that is full.
        raise ConnectionError(_said(error)) from error


def _said(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return str(getattr(cause, "strerror", None) or cause).rstrip(".") or type(error).__name__


def _whole_size(answer: Any, done: int) -> int:
    """How many bytes the file has, 0 when the server does not say. Raises ConnectionError for another part of it."""
    if answer.status == PARTIAL:
        first, _, rest = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")
        if first != str(done):
            raise ConnectionError("the server sends another part than it was asked for")
        size = rest.partition("/")[2]
    else:
        size = answer.headers.get("Content-Length", "")
    return int(size) if size.isascii() and size.isdigit() else 0


def _require_room(item: Listed, folder: Path) -> None:
    needed = max(store.known_sizes(item), default=0) - _Part(folder / f"{item.file}.part").size
    if isinstance(item, Pack):
        needed += sum(card.size for card in item.members)
    free = shutil.disk_usage(folder).free
    if needed + ROOM > free:
        raise ModelError(
            f"{item.name} needs {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB free; make room, or "
            "choose another folder with ROOP_HOME."
        )


def _opener() -> urllib.request.OpenerDirector:
    """http and https through the proxies of the environment; no other scheme, whatever a server says."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        OnlyHttp(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _allowed(url: str, *, secure: bool) -> bool:
    return urlsplit(url).scheme in (("https",) if secure else ("http", "https"))


def _strong(tag: str) -> str:
    """An ETag that promises the same bytes; If-Range takes no weak one."""
    return tag if tag.startswith('"') else ""
