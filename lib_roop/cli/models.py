"""`roop models`: the nets that can be got are listed, got, shown, verified, removed. Nothing comes unasked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import bodies
from ..errors import InputError, ModelError
from ..host import builtin_folder
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..host import Host
    from ..zoo.cards import Listed
    from ..zoo.exploring import Explored
    from ..zoo.hashes import Ledger


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where models lie: roop's own folder first."""

    host: Host
    folders: tuple[Path, ...]
    models: Sequence[Listed]

    @property
    def own(self) -> Path:
        return self.folders[0]

    @property
    def ledger(self) -> Ledger:
        from ..zoo.hashes import Ledger

        return Ledger(self.own)


def run(
    arguments: argparse.Namespace, make_engine: Callable[[], Engine], models: Sequence[Listed] | None = None
) -> Report:
    """Carry out `roop models <action>` on these `models`, by default all that are known. Raises RoopError."""
    from ..zoo import catalogue, store

    host = make_engine().host
    shelf = _Shelf(host, store.folders(host.model_folders()), catalogue.MODELS if models is None else models)
    report = _ACTIONS[arguments.action](arguments, shelf)
    return replace(report, body={"action": arguments.action, **report.body})


def _list(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    from ..zoo import store

    del arguments
    entries = [bodies.listed(item, store.present(item, shelf.folders)) for item in shelf.models]
    whole = {item.name for item in shelf.models if store.installed(item, shelf.folders)}
    rows = [
        (
            entry["name"],
            entry["task"],
            f"{entry['bytes'] / 1e6:.0f} MB" if entry["bytes"] else "",
            ("there" if entry["name"] in whole else "DAMAGED") if entry["path"] else "",
            "commercial use" if entry["commercial_use"] else "no commercial use",
            entry["licence"],
        )
        for entry in entries
    ]
    return Report(body={"models": entries}, lines=table(rows))


def _get(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    from .. import inventory
    from ..zoo import catalogue, download, store

    got = []
    asked = [catalogue.named(name, shelf.models) for name in arguments.names]
    for item in inventory.with_needed(asked, shelf.models):
        # Before it comes: whoever asks for a net is to know what it may be used for.
        shelf.host.say(f"{item.name}: {_terms(item)}.")
        place = _right(item, shelf)
        if place is None:
            with _bar(item.name) as progress:
                place = download.fetch(item, shelf.own, progress, shelf.host.interrupted)
            for card, path in store.files(item, place):
                store.checked(card, path, shelf.ledger, anew=True)
        got.append(bodies.listed(item, place))
    return Report(body={"models": got}, lines=tuple(entry["path"] for entry in got))


def _show(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    """What the file is, or every file of what is named, whoever made it; nothing of it is run."""
    from ..identities import naming
    from ..zoo import catalogue, exploring, store

    path = Path(arguments.net).expanduser()
    paths = [path]
    if not (path.is_file() or path.suffix.lower() == ".onnx" or path.name != arguments.net):
        item = catalogue.named(arguments.net, (*shelf.models, *exploring.OWN))
        place = store.present(item, shelf.folders)
        if place is None:
            raise ModelError(f"{item.name} is not there; {store.mend(item)}.")
        paths = [each for _, each in store.files(item, place)]
    found = [exploring.explored(each, shelf.models) for each in paths]
    lines = [naming.shown(line) for each in found for line in table(_rows(each))]
    return Report(body={"models": [bodies.explored(each) for each in found]}, lines=tuple(lines))


def _rows(found: Explored) -> list[tuple[str, str]]:
    from ..zoo import exploring

    return [
        ("file", str(found.path)),
        *exploring.facts(found),
        *(("input", str(value)) for value in found.inputs),
        *(("output", str(value)) for value in found.outputs),
        ("operators", ", ".join(f"{name} {count}" for name, count in found.operators.items())),
    ]


def _verify(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    """Every file is read anew, whatever was noted of it."""
    from .. import weights
    from ..zoo import catalogue, store

    asked = [catalogue.named(name, shelf.models) for name in arguments.names]
    found = [(item, store.present(item, shelf.folders)) for item in asked or shelf.models]
    missing = [item.name for item, place in found if not place and item in asked]
    lacking = [item for item, place in found if place and not store.complete(item, place)]
    errors = [f"{name} is not there; get it with: roop models get {name}" for name in missing]
    errors += [f"The pack {item.name} is not whole; {store.mend(item)}" for item in lacking]
    rows, entries = [], []
    for card, path in [pair for item, place in found if place for pair in store.files(item, place)]:
        error = weights.wrong(card, path, shelf.ledger, accept=arguments.accept)
        rows.append((card.name, "WRONG" if error else "ok", str(path)))
        entries.append({"name": card.name, "path": str(path), "ok": not error, "sha256": _noted(path, shelf.ledger)})
        errors += [error.rstrip(".")] if error else []
    return Report(
        body={"models": entries},
        lines=table(rows) if rows else ("no models",),
        error=f"{'; '.join(errors)}." if errors else "",
        exit_code=2 if errors else 0,
    )


def _where(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    from ..zoo.store import SETTING

    del arguments
    folders = (*shelf.folders, builtin_folder())
    rows = [(str(folder), "" if folder.is_dir() else "not there") for folder in folders]
    note = f"Downloads go to the first one; {SETTING} names more, and files that you put into any of them are found."
    return Report(body={"folders": [str(folder) for folder in folders]}, lines=table(rows), notes=(note,))


def _remove(arguments: argparse.Namespace, shelf: _Shelf) -> Report:
    """Only from roop's own folder: what other tools keep is theirs."""
    import shutil

    from ..zoo import catalogue, store, winograd

    item = catalogue.named(arguments.name, shelf.models)
    own = store.present(item, [shelf.own])
    if own is None:
        elsewhere = store.present(item, shelf.folders)
        where = f"lies in {elsewhere}, which is not roop's own folder; delete it there" if elsewhere else "is not there"
        raise InputError(f"{item.name} {where}.")
    for _, path in store.files(item, own):
        shelf.ledger.forget(path)
        winograd.forget(path.name, shelf.own)
    try:
        shutil.rmtree(own) if own.is_dir() else own.unlink()
    except OSError as error:
        raise InputError(f"{own} cannot be deleted ({error.strerror}); check its permissions.") from error
    return Report(body={"removed": [str(own)]}, lines=(f"deleted {own}",))


_ACTIONS: dict[str, Callable[[argparse.Namespace, _Shelf], Report]] = {
    "list": _list,
    "get": _get,
    "show": _show,
    "verify": _verify,
    "where": _where,
    "remove": _remove,
}


def _terms(item: Listed) -> str:
    return f"{item.licence} ({'commercial use is allowed' if item.commercial_use else 'no commercial use'})"


def _right(item: Listed, shelf: _Shelf) -> Path | None:
    """Where it is already, whole and right."""
    from .. import weights
    from ..zoo import store

    place = store.installed(item, shelf.folders)
    if place is None or any(weights.wrong(card, path, shelf.ledger) for card, path in store.files(item, place)):
        return None
    return place


def _noted(path: Path, ledger: Ledger) -> str | None:
    seen = ledger.seen(path)
    return seen.sha256 if seen else None


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something comes, where a person looks."""
    from tqdm import tqdm

    with tqdm(desc=name, unit="B", unit_scale=True, file=sys.stderr, disable=None, leave=False) as bar:

        def show(done: int, whole: int) -> None:
            bar.total = whole or None
            bar.update(done - bar.n)

        yield show
