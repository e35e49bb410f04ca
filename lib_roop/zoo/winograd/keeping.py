"""Rewritten graphs on the user's disk: made once for a file, compared with it, and opened in its place.

Beside the file, or in roop's own model folder, lie `NAME.SHA.winograd`, the graph, and `NAME.SHA.winograd.data`, its
tables; SHA begins the sha256 of the file. The graph ends with what it was made from and the sha256 of both its parts,
so that what is damaged, or made by an older roop, is made anew. None is called .onnx: nobody lists them as nets.
"""

from __future__ import annotations

import hashlib
import mmap
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...files import PART
from ...host import Host
from ...options import AUTO
from .. import runtime, wire
from ..hashes import Ledger, sha256_of
from ..headers import header
from ..runtime import Device, Tensor
from . import reading, rewriting, sites
from .room import Room

FAMILIES = ("inswapper",)
"""Of swap models: those that were measured to gain by it."""
ENDING, TABLES = ".winograd", ".data"
VERSION = "1"
"""Of what is made; another one is made anew."""
MOST = 720 << 20
"""Bytes that all weights together may grow by: about as much more is in memory while the net is open."""
NEEDED = 2 << 30
"""Bytes of memory that must be free before "auto" opens such a net."""
SPARE = 1 << 30
"""Bytes that must be left on the disk."""
FURTHEST = 1e-4
"""From what the file itself gives: the root mean square of the differences in parts of its deviation."""
DAY = 86400.0
_PROOF = "roop.winograd"


class Unsuited(Exception):
    """Why a net runs as it is, as a part of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be rewritten. sha256: the file's. threads: of nets. stop: asked between convolutions."""

    path: Path
    sha256: str
    ledger: Ledger
    threads: int
    stop: Callable[[], bool]

    @property
    def graph(self) -> str:
        """What the graph is called."""
        return f"{self.path.name}.{self.sha256[:16]}{ENDING}"

    @property
    def tables(self) -> str:
        """What its tables are called."""
        return f"{self.graph}{TABLES}"


def faster(host: Host, path: Path, room: Room = Room()) -> Path:  # noqa: B008 - it is frozen
    """The graph to open in the place of the net `path`: the one kept, else a new one.

    It is the net itself where that cannot be, and the host is told why. Raises ModelError when `path` is no net.
    """
    settings = host.runtime()
    own = host.model_folders()[0]
    ledger = Ledger(own)
    try:
        if settings.fast_graph == AUTO and room.memory() < NEEDED:
            raise Unsuited(f"that wants {NEEDED >> 30} GB of free memory")
        sha256 = ledger.current(path) or sha256_of(path)
        wish = Wish(path=path, sha256=sha256, ledger=ledger, threads=settings.threads, stop=host.interrupted)
        folders = tuple(dict.fromkeys((path.parent, own)))
        kept = next((folder for folder in folders if _whole(folder, wish)), None)
        return (kept or _made(wish, folders, host.say, room)) / wish.graph
    except Unsuited as reason:
        host.say(f"{path.name} runs as it is, without the faster graph: {reason}.")
    except OSError as error:
        host.say(f"{path.name} runs as it is, without the faster graph: {error.strerror or error}.")
    return path


def _whole(folder: Path, wish: Wish) -> bool:
    """Whether both files are there as they were when they were made."""
    tables = folder / wish.tables
    try:
        contents = (folder / wish.graph).read_bytes()
        sha256 = wish.ledger.current(tables) or sha256_of(tables)
    except OSError:
        return False
    body = contents[: -len(_proof(wish, sha256, b""))]
    if contents != body + _proof(wish, sha256, body):
        return False
    wish.ledger.note(tables, sha256)
    return True


def _proof(wish: Wish, tables: str, body: bytes) -> bytes:
    """The last field of a graph: what it was made from, and the sha256 of its tables and of all before this field."""
    value = f"{VERSION} {wish.sha256} {tables} {hashlib.sha256(body).hexdigest()}"
    return wire.field(reading.METADATA, wire.field(1, _PROOF) + wire.field(2, value))


def _made(wish: Wish, folders: Sequence[Path], say: Callable[[str], None], room: Room) -> Path:
    """Make the graph in the first folder that takes it, which is returned."""
    inputs = _inputs(wish.path)
    with wish.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            graph = reading.read(data)
            found = reading.convolutions(graph)
        except (ValueError, IndexError) as error:
            raise Unsuited("its graph is written in another way than those that roop knows") from error
        if not found:
            raise Unsuited("its graph has no convolutions that roop can rewrite")
        folder = _folder(folders, len(data) + MOST + SPARE, room)
        say(f"{wish.path.name} is rewritten as a faster graph, once; this takes about a minute.")
        outputs = _watch(wish, folder, rewriting.watching(found), inputs)
        shapes = {each.taken: outputs[each.taken].shape for each in found}
        made = rewriting.rewritten(data, graph, sites.planned(found, shapes, MOST), wish.tables)
        expected = {name: outputs[name] for name in header(wish.path).outputs}
        outputs.clear()
        sha256 = _write(folder / wish.tables, made, wish.stop)
    with ExitStack() as undo:
        undo.callback((folder / wish.tables).unlink, missing_ok=True)
        with _beside(folder) as trial:
            trial.write_bytes(made.model + _proof(wish, sha256, made.model))
            compare(_run(wish, trial, inputs), expected)
            trial.replace(folder / wish.graph)
        undo.pop_all()
    wish.ledger.note(folder / wish.tables, sha256)
    forget(wish.path.name, folder, (wish.graph, wish.tables))
    return folder


def _inputs(path: Path) -> dict[str, Tensor]:
    """One batch of random numbers: pictures 0..1, other things about zero."""
    random = np.random.default_rng(0)
    made = {}
    for name, shape in header(path).inputs.items():
        if not shape or None in shape[1:]:
            raise Unsuited("it takes pictures of any size")
        sizes = [1, *(size or 1 for size in shape[1:])]
        made[name] = random.random(sizes, np.float32) if len(sizes) == 4 else random.standard_normal(sizes, np.float32)
    return made


def _folder(folders: Sequence[Path], size: int, room: Room) -> Path:
    """The first that can be written to and has room."""
    reason = ""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _beside(folder) as trial:
                trial.touch()
            free = room.disk(folder)
        except OSError as error:
            reason = reason or f"{folder} cannot be written to ({error.strerror or error})"
            continue
        if free >= size:
            return folder
        reason = f"{folder} has {free / 1e9:.1f} GB of free disk instead of {size / 1e9:.1f}"
    raise Unsuited(reason)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A name for a file that is not whole yet; what is still called so afterwards is removed."""
    path = folder / f".{secrets.token_hex(8)}.part"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _watch(wish: Wish, folder: Path, further: bytes, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the net gives, with `further` at the end of its file."""
    with _beside(folder) as copy:
        shutil.copyfile(wish.path, copy)
        with copy.open("ab") as stream:
            stream.write(further)
        return _run(wish, copy, inputs)


def _run(wish: Wish, source: Path, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a net gives, opened for this once."""
    try:
        net = runtime.load_unlisted(wish.graph, source, Device(threads=wish.threads, planned=False))
    except ModelError as error:
        raise Unsuited("onnxruntime cannot open what was made of it") from error
    try:
        return net.run(inputs)
    except net.failures as error:
        raise Unsuited("onnxruntime cannot run what was made of it") from error


def _write(path: Path, made: rewriting.Rewritten, stop: Callable[[], bool]) -> str:
    """Write the tables, whole or not at all. The sha256 of the file."""
    digest = hashlib.sha256()
    with _beside(path.parent) as part:
        with part.open("wb") as stream:
            for numbers in made.tables:
                if stop():
                    raise Unsuited("making it was stopped")
                gap = bytes(numbers.offset - stream.tell())
                for block in chain((gap,), numbers.blocks()):
                    digest.update(block)
                    stream.write(block)
        part.replace(path)
    return digest.hexdigest()


def compare(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raises Unsuited when an output is too far from what is expected, or is no numbers."""
    for name, right in expected.items():
        error = np.sqrt(np.mean((found[name] - right) ** 2, dtype=np.float64))
        if not error <= FURTHEST * np.std(right, dtype=np.float64):
            raise Unsuited("what was made of it gives other pictures")


def forget(name: str, folder: Path, keep: Sequence[str] = ()) -> None:
    """Remove what was made of files called `name`, but for `keep`, and what runs that were killed left there."""
    yesterday = time.time() - DAY
    for path in folder.iterdir():
        mine = path.name.startswith(f"{name}.") and ENDING in path.name
        with suppress(OSError):
            left = PART.fullmatch(path.name) and path.stat().st_mtime < yesterday
            if left or (mine and path.name not in keep):
                path.unlink()
