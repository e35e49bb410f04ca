"""What roop knows again of the rewritten graphs that it made.

Beside the file, or in roop's own model folder, lie `NAME.SHA.winograd`, the graph, and `NAME.SHA.winograd.data`, its
tables; SHA begins the sha256 of the file. Only what roop noted in its own folder when it made it is opened: what others
put there, what is damaged, or made by an older roop, is made anew. What failed is noted too, in place of the graph in
roop's own folder, and not tried again with the same file and onnxruntime. None is called .onnx: nobody lists them as
nets.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .. import wire
from ..hashes import Ledger, sha256_of
from . import reading

ENDING, TABLES = ".winograd", ".data"
VERSION = "1"
"""Of what is made; another one is made anew."""
DAY = 86400.0
_PROOF = "roop.winograd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be rewritten. sha256: the file's. own: roop's folder. threads: of nets. stop: asked now and then."""

    path: Path
    sha256: str
    own: Path
    threads: int
    stop: Callable[[], bool]

    @property
    def ledger(self) -> Ledger:
        """Where roop notes what it made."""
        return Ledger(self.own)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the graph may lie."""
        return tuple(dict.fromkeys((self.path.parent, self.own)))

    @property
    def graph(self) -> str:
        """What the graph is called."""
        return f"{self.path.name}.{self.sha256[:16]}{ENDING}"

    @property
    def tables(self) -> str:
        """What its tables are called."""
        return f"{self.graph}{TABLES}"


def whole(folder: Path, wish: Wish) -> bool:
    """Whether both files are there as they were when roop made and noted them."""
    graph, tables = folder / wish.graph, folder / wish.tables
    made, filled = wish.ledger.seen(graph), wish.ledger.seen(tables)
    if not made or not filled:
        return False
    ending = proof(wish, filled.sha256)
    try:
        if sha256_of(graph) != made.sha256 or (wish.ledger.current(tables) or sha256_of(tables)) != filled.sha256:
            return False
        with graph.open("rb") as stream:
            stream.seek(max(made.size - len(ending), 0))
            same = stream.read() == ending
        if same and not wish.ledger.current(tables):
            wish.ledger.note(tables, filled.sha256)
    except OSError:
        return False
    return same


def proof(wish: Wish, tables: str) -> bytes:
    """The last field of a graph: what it was made from, and the sha256 of its tables."""
    value = f"{VERSION} {wish.sha256} {tables}"
    return wire.field(reading.METADATA, wire.field(1, _PROOF) + wire.field(2, value))


@contextmanager
def aside(folder: Path, wish: Wish) -> Iterator[Path]:
    """A folder within `folder` for what is not whole yet; it goes afterwards, with what is still there."""
    path = folder / f".{wish.graph}.{secrets.token_hex(8)}.part"
    path.mkdir(parents=True)
    try:
        wish.ledger.note(path, wish.sha256)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        wish.ledger.forget(path)


def forget(name: str, own: Path, folder: Path | None = None) -> None:
    """Remove from `folder`, or else from roop's `own`, what was made of files called `name` that are no longer there.

    What killed runs left there goes a day later. In folders of others only what roop noted as its own is touched.
    """
    ledger, folder = Ledger(own), folder or own
    used = {sha256[:16] for sha256 in ledger.called(name)}
    made = re.compile(rf"{re.escape(name)}\.([0-9a-f]{{16}}){re.escape(ENDING)}({re.escape(TABLES)})?")
    left = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}{re.escape(ENDING)}\.[0-9a-f]{{16}}\.part")
    yesterday = time.time() - DAY
    for path in folder.iterdir():
        found, part = made.fullmatch(path.name), left.fullmatch(path.name)
        with suppress(OSError):
            old = (found and found[1] not in used) or (part and path.stat().st_mtime < yesterday)
            if old and (folder == own or ledger.seen(path)):
                shutil.rmtree(path) if part else path.unlink()
                ledger.forget(path)
