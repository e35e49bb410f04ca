"""Rewritten graphs on the user's disk: made once for a file, compared with it, and opened in its place."""

from __future__ import annotations

import hashlib
import mmap
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...files import write_whole
from ...host import Host
from ...options import AUTO
from .. import runtime
from ..hashes import Ledger, sha256_of
from ..headers import header
from ..runtime import Device, Tensor
from . import reading, rewriting, sites
from .notes import VERSION, Wish, aside, forget, proof, whole
from .room import Room

FAMILIES = ("inswapper",)
"""Of swap models: those that were measured to gain by it."""
MOST = 720 << 20
"""Bytes that all weights together may grow by: about as much more is in memory while the net is open."""
NEEDED = 2 << 30
"""Bytes of memory that must be free before "auto" opens such a net."""
SPARE = 1 << 30
"""Bytes that must be left on the disk."""
LONGEST = 200
"""Bytes of a reason that was noted."""
FURTHEST = 1e-4
"""From what the file itself gives: the root mean square of the differences in parts of its deviation."""


class Unsuited(Exception):
    """Why a net runs as it is, as a part of a sentence."""


class Unfit(Unsuited):
    """What is seen at once, and as often as the net is opened: "auto" does not speak of it."""


class Failed(Unsuited):
    """What is only seen after a minute, and so is noted."""


def faster(host: Host, path: Path, room: Room = Room()) -> Path:  # noqa: B008 - it is frozen
    """The graph to open in the place of the net `path`: the one kept, else a new one.

    It is the net itself where that cannot be, and the host is told why. Raises ModelError when `path` is no net.
    """
    auto = host.runtime().fast_graph == AUTO
    try:
        if auto and room.memory() < NEEDED:
            raise Unsuited(f"that wants {NEEDED >> 30} GB of free memory")
        wish = _wish(host, path)
        kept = next((folder for folder in wish.folders if whole(folder, wish)), None)
        return (kept or _tried(wish, host.say, room)) / wish.graph
    except Unfit as reason:
        why = "" if auto else str(reason)
    except Unsuited as reason:
        why = str(reason)
    except OSError as error:
        why = error.strerror or str(error)
    except MemoryError:
        why = "there is not enough memory to make it"
    if why:
        host.say(f"{path.name} runs as it is, without the faster graph: {why}.")
    return path


def _wish(host: Host, path: Path) -> Wish:
    own = host.model_folders()[0]
    ledger = Ledger(own)
    if not (sha256 := ledger.current(path)):
        sha256 = sha256_of(path)
        ledger.note(path, sha256)
    return Wish(path=path, sha256=sha256, own=own, threads=host.runtime().threads, stop=host.interrupted)


def _tried(wish: Wish, say: Callable[[str], None], room: Room) -> Path:
    """The folder in which the graph was made; what failed before with all the same is not tried again."""
    note = wish.own / wish.graph
    tried = f"{VERSION} {wish.sha256} {runtime.versions()[0]}\n".encode()
    with suppress(FileNotFoundError), note.open("rb") as stream:
        if stream.read(len(tried)) == tried:
            raise Unfit(stream.read(LONGEST).decode("utf-8", "replace"))
    # Without a note of it what is made would be made again at every opening.
    with aside(wish.own, wish):
        pass
    try:
        return _made(wish, say, room)
    except Failed as reason:
        if not whole(wish.own, wish):
            write_whole(note, tried + str(reason).encode())
        raise


def _made(wish: Wish, say: Callable[[str], None], room: Room) -> Path:
    """Make the graph in the first folder that takes it, which is returned."""
    inputs = _inputs(wish.path)
    with wish.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            graph = reading.read(data)
            found = reading.convolutions(graph)
        except (ValueError, IndexError) as error:
            raise Unfit("its graph is written in another way than those that roop knows") from error
        if not found:
            raise Unfit("its graph has no convolutions that roop can rewrite")
        folder = _folder(wish, len(data) + MOST + SPARE, room)
        say(f"{wish.path.name} is rewritten as a faster graph, once; this takes about a minute.")
        with aside(folder, wish) as apart:
            outputs = _watch(wish, apart, rewriting.watching(found), inputs)
            shapes = {each.taken: outputs[each.taken].shape for each in found}
            made = rewriting.rewritten(data, graph, sites.planned(found, shapes, MOST), wish.tables)
            expected = {name: outputs[name] for name in header(wish.path).outputs}
            outputs.clear()
            sha256 = _write(apart / wish.tables, made, wish.stop)
            (apart / wish.graph).write_bytes(made.model + proof(wish, sha256))
            compare(_run(wish, apart / wish.graph, inputs), expected)
            _put(apart, folder, wish)
    forget(wish.path.name, wish.own, folder)
    return folder


def _put(apart: Path, folder: Path, wish: Wish) -> None:
    """Put both files in their place and note them, unless another process did so meanwhile."""
    if whole(folder, wish):
        return
    for name in (wish.tables, wish.graph):
        sha256 = sha256_of(apart / name)
        (apart / name).replace(folder / name)
        wish.ledger.note(folder / name, sha256)


def _inputs(path: Path) -> dict[str, Tensor]:
    """One batch of random numbers: pictures 0..1, other things about zero."""
    random = np.random.default_rng(0)
    made = {}
    for name, shape in header(path).inputs.items():
        if not shape or None in shape[1:]:
            raise Unfit("it takes pictures of any size")
        sizes = [1, *(size or 1 for size in shape[1:])]
        made[name] = random.random(sizes, np.float32) if len(sizes) == 4 else random.standard_normal(sizes, np.float32)
    return made


def _folder(wish: Wish, size: int, room: Room) -> Path:
    """The first that can be written to and has room."""
    reason = ""
    for folder in wish.folders:
        try:
            with aside(folder, wish):
                free = room.disk(folder)
        except OSError as error:
            reason = reason or f"{folder} cannot be written to ({error.strerror or error})"
            continue
        if free >= size:
            return folder
        reason = f"{folder} has {free / 1e9:.1f} GB of free disk instead of {size / 1e9:.1f}"
    raise Unsuited(reason)


def _watch(wish: Wish, apart: Path, further: bytes, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the net gives, with `further` at the end of its file."""
    copy = apart / "watched"
    try:
        shutil.copyfile(wish.path, copy)
        with copy.open("ab") as stream:
            stream.write(further)
        return _run(wish, copy, inputs)
    finally:
        copy.unlink(missing_ok=True)


def _run(wish: Wish, source: Path, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a net gives, opened for this once."""
    try:
        net = runtime.load_unlisted(wish.graph, source, Device(threads=wish.threads, planned=False))
    except ModelError as error:
        raise _failed(error, "open") from error
    try:
        return net.run(inputs)
    except ModelError as error:
        raise _failed(error, "run") from error


def _failed(error: Exception, step: str) -> Unsuited:
    """Want of memory passes; nothing else does."""
    if "alloc" in str(error):
        return Unsuited("there is not enough memory to make it")
    return Failed(f"onnxruntime cannot {step} what was made of it")


def _write(path: Path, made: rewriting.Rewritten, stop: Callable[[], bool]) -> str:
    """Write the tables. The sha256 of the file."""
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for numbers in made.tables:
            if stop():
                raise Unsuited("making it was stopped")
            gap = bytes(numbers.offset - stream.tell())
            for block in chain((gap,), numbers.blocks()):
                digest.update(block)
                stream.write(block)
    return digest.hexdigest()


def compare(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raises Failed when an output is too far from what is expected, or is no numbers."""
    for name, right in expected.items():
        error = np.sqrt(np.mean((found[name] - right) ** 2, dtype=np.float64))
        if not error <= FURTHEST * np.std(right, dtype=np.float64):
            raise Failed("what was made of it gives other pictures")
