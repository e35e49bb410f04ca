"""The report of `roop swap --report`: what was changed with what, enough to answer a platform or an auditor."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..bodies import made, swapped_face
from ..options import OutputOptions, PostOptions, to_mapping
from .places import CHECKPOINT, TARGET, inputs
from .units import result_options, units_of

if TYPE_CHECKING:
    from ..engine import Engine, Swap


def body(
    arguments: argparse.Namespace, engine: Engine, swaps: Sequence[Swap], written: Sequence[Path | None]
) -> dict[str, Any]:
    """The object that docs/disclosure.md describes. Raises PictureError when a result is gone already, and
    InputError when a source is.
    """
    made = {path.resolve() for path in written if path}
    read = [
        (what, path)
        for what, named in inputs(arguments)
        for path in _read(what, named, engine, swaps)
        if path not in made
    ]
    models = [name for swap in swaps for name in swap.result.models]
    results = [_result(swap, path) for swap, path in zip(swaps, written, strict=True)]
    return {**_with_what(arguments, engine, read, models), "results": results}


def of_folder(
    arguments: argparse.Namespace, engine: Engine, models: Iterable[str], pictures: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The same of a folder: `models` are those that swapped, and `pictures` what became of each target."""
    named = [(what, path) for what, path in inputs(arguments) if what != TARGET]
    read = [(what, file) for what, path in named for file in _read(what, path, engine, ())]
    return {**_with_what(arguments, engine, read, models), "pictures": list(pictures)}


def of_film(
    arguments: argparse.Namespace, engine: Engine, models: Iterable[str], result: Mapping[str, Any], path: Path
) -> dict[str, Any]:
    """The same of a film that lies at `path`: `models` are those that altered it, and `result` what its run said."""
    from ..provenance.verify import verify

    read = [(what, file) for what, named in inputs(arguments) for file in _read(what, named, engine, ())]
    marks = [asdict(mark) for mark in verify(path)]
    return {
        **_with_what(arguments, engine, read, models),
        "results": [{**result, "output": _file(path), "marks": marks}],
    }


def _with_what(
    arguments: argparse.Namespace, engine: Engine, read: Iterable[tuple[str, Path]], models: Iterable[str]
) -> dict[str, Any]:
    """What was used: the files that were read, the options, and the nets, of which `models` swapped."""
    names = [*engine.analyser.models, *models, engine.gate.name]
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "gate": engine.gate.name,
        "inputs": [{"what": what, **_file(path)} for what, path in read],
        "units": [_options(unit) for unit in units_of(arguments)],
        "result_options": {
            name: value
            for kind in (PostOptions, OutputOptions)
            for name, value in _options(result_options(arguments, kind)).items()
        },
        "models": [_model(name) for name in dict.fromkeys(names)],
    }


def _read(what: str, named: Path, engine: Engine, swaps: Sequence[Swap]) -> list[Path]:
    """The files behind what was named: those that were taken from a folder, and a kept face's by its name."""
    from .. import casting
    from ..identities import naming

    if what == CHECKPOINT:
        return [naming.find(str(named), engine.host.face_folder())]
    if not named.is_dir():
        return [named]
    found = casting.pictures(named.resolve())
    notes = {note for swap in swaps for note in swap.result.notes}
    return [path for path in found if casting.taken(path) in notes] or found


def _result(swap: Swap, path: Path | None) -> dict[str, Any]:
    from ..provenance.verify import verify

    return {
        **made(swap.result),
        "faces": [swapped_face(face) for face in swap.result.faces],
        "rejected": swap.result.rejected,
        "output": path and _file(path),
        "marks": [asdict(mark) for mark in verify(path)] if path else [],
    }


def _file(path: Path) -> dict[str, Any]:
    known = path.is_file()
    return {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest() if known else None}


def _options(options: Any) -> dict[str, Any]:
    """What was set; a picture given as a data URI is named as such, not repeated."""
    return {name: _short(value) for name, value in to_mapping(options).items()}


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(each) for each in value]
    return "data URI" if isinstance(value, str) and value.startswith("data:") else value


def _model(name: str) -> dict[str, Any]:
    card = next((card for card in _cards() if card.name == name), None)
    facts = {field: getattr(card, field, None) for field in ("task", "file", "sha256", "licence", "commercial_use")}
    return {"name": name, **facts}


def _cards() -> Iterable[Any]:
    from ..zoo import builtin, catalogue, nudenet
    from ..zoo.cards import Pack

    yield from (builtin.BLAZEFACE, builtin.FACEMESH, builtin.DLIB_RESNET, nudenet.NUDENET_320N)
    for item in catalogue.MODELS:
        yield from item.members if isinstance(item, Pack) else (item,)
