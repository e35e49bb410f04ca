"""What a result depends on beside its target, as one key: equal keys, equal results."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import casting, neural
from ..engine import Engine
from ..identities import naming
from ..images import Picture
from ..options import AUTO, NONE, PICTURES, OutputOptions, PostOptions, SwapUnit, to_mapping
from ..preparing import Prepared
from ..swap import read
from ..zoo.builtin import BLAZEFACE, DLIB_RESNET, FACEMESH
from ..zoo.cards import Pack
from ..zoo.hashes import sha256_of


def key(*parts: object) -> str:
    """A hash of what JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("ascii")).hexdigest()


def asked(
    engine: Engine, units: Sequence[SwapUnit], prepared: Prepared, post: PostOptions, saving: OutputOptions
) -> str:
    """The key of what is done to every target: units, the content of their pictures, options of the result, models.

    Raises InputError when a source is gone, ModelError.
    """
    return key(
        [_unit(engine, unit) for unit in units],
        to_mapping(post),
        {**to_mapping(saving), "signed": _files(filter(None, (saving.c2pa_key, saving.c2pa_certificate)))},
        _models(engine, units, prepared, post),
    )


def _unit(engine: Engine, unit: SwapUnit) -> dict[str, Any]:
    """Its settings, with what its pictures hold in the place of their paths."""
    pictures = {name: getattr(unit, name) for name in PICTURES}
    plain = {name: value for name, value in to_mapping(unit).items() if name not in (*pictures, "source", "checkpoint")}
    kept = naming.find(unit.checkpoint, engine.host.face_folder()) if unit.checkpoint else None
    return {
        **plain,
        "source": [_source(source) for source in unit.source],
        "checkpoint": kept and [kept.stem, _sha256(kept)],
        **{name: value is not None and read(value).digest for name, value in pictures.items()},
    }


def _source(source: Any) -> list[Any]:
    """A picture, or the pictures of a folder: what they are called, and what they hold."""
    if isinstance(source, (str, os.PathLike)) and os.path.isdir(source):  # noqa: PTH112 - Path.is_dir raises for URIs
        return [Path(source).name, _files(casting.pictures(Path(source)))]
    picture: Picture = read(source)
    return [picture.name, picture.digest]


def _files(paths: Iterable[str | Path]) -> list[list[str]]:
    return [[Path(path).name, _sha256(Path(path))] for path in paths]


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""


def _models(engine: Engine, units: Sequence[SwapUnit], prepared: Prepared, post: PostOptions) -> dict[str, Any]:
    """Every net that may have a part in it, with its SHA-256 where that is known."""
    castings = [each for row in prepared.castings for each in row]
    swapping = [name for each in castings for name in each.models]
    restoring = not castings or any(each.coarse for each in castings)
    restorers = engine.finishers.restorers() if post.restorer == AUTO and restoring else {}
    there = [name for name, is_there in restorers.items() if is_there]
    named = [name for name in (post.restorer, post.upscaler) if name not in (AUTO, NONE)]
    hashes = _hashes(engine)
    runtime = engine.host.runtime()
    parts: list[neural.Parts | None] = [
        engine.neural(unit.model) for unit in units if unit.model not in engine.swappers
    ]
    return {
        "engines": [each.swapper.engine for each in castings],
        "nets": {name: hashes.get(name, "") for name in (*engine.analyser.models, *swapping, *there, *named)},
        "files": [[each.file.name, each.file.stat().st_size] for each in parts if each],
        "gate": engine.gate.name,
        "looking": [engine.analyser.name, runtime.pack, runtime.det_size],
    }


def _hashes(engine: Engine) -> Mapping[str, str]:
    cards = [card for item in engine.models for card in (item.members if isinstance(item, Pack) else (item,))]
    return {card.name: card.sha256 for card in (*cards, BLAZEFACE, FACEMESH, DLIB_RESNET)}
