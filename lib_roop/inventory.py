"""Which nets there are, without opening one or importing what runs it: what lists and panels show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .host import Host
from .zoo import codeformer_pip, store
from .zoo.cards import Listed, ModelCard, Pack, Task
from .zoo.inswapper import RECOGNISER
from .zoo.upscalers import LANCZOS


def cards(models: Iterable[Listed], task: Task) -> list[ModelCard]:
    """The nets that do this."""
    return [item for item in models if isinstance(item, ModelCard) and item.task == task]


def restorers(host: Host, models: Sequence[Listed]) -> dict[str, bool]:
    """Every restorer that is known, the host's first, and whether it is there."""
    folders = _folders(host)
    pip = codeformer_pip.weights(folders) is not None
    own = _there(models, "restoration", folders)
    return {**dict.fromkeys(host.restorers(), True), **own, codeformer_pip.CARD.name: pip}


def upscalers(host: Host, models: Sequence[Listed]) -> dict[str, bool]:
    """Every upscaler that is known, the host's first, and whether it is there."""
    folders = _folders(host)
    return {**dict.fromkeys(host.upscalers(), True), LANCZOS: True, **_there(models, "upscaling", folders)}


def describing(models: Iterable[Listed]) -> list[Pack]:
    """The packs whose recogniser is the one whose embeddings the swap models take."""
    recogniser = f"{RECOGNISER}.onnx"
    return [item for item in models if isinstance(item, Pack) and any(card.file == recogniser for card in item.members)]


def describable(models: Iterable[Listed]) -> list[ModelCard]:
    """The swap models that "auto" may take, best first: those that need no picture of the source."""
    return [card for card in cards(models, "swap") if card.feed.embedding]


def needed(card: ModelCard, models: Iterable[Listed]) -> list[ModelCard]:
    """The nets that this one needs beside its own, in its card's order."""
    known = {item.name: item for item in models if isinstance(item, ModelCard)}
    return [known[name] for name in card.needs]


def with_needed(items: Iterable[Listed], models: Sequence[Listed]) -> tuple[Listed, ...]:
    """Each with the nets that it needs after it, and none twice."""
    both = ((item, *(needed(item, models) if isinstance(item, ModelCard) else ())) for item in items)
    return tuple({item.name: item for group in both for item in group}.values())


def missing(card: ModelCard, models: Iterable[Listed], folders: Sequence[Path]) -> list[ModelCard]:
    """What of a net and those that it needs is not there."""
    return [item for item in (card, *needed(card, models)) if not store.installed(item, folders)]


def lacking(host: Host, models: Sequence[Listed]) -> tuple[Listed, ...]:
    """What "auto" would need to take the neural engine: nothing where it does, else a pack, a swap model, or both."""
    folders = _folders(host)
    packs, swaps = describing(models), describable(models)
    pack = packs[:1] if not any(store.installed(item, folders) for item in packs) else []
    swap = swaps[:1] if all(missing(card, models, folders) for card in swaps) else []
    return (*pack, *swap)


def terms(item: Listed) -> str:
    """What may be done with it, and how much has to be got, as a sentence."""
    use = "commercial use is allowed" if item.commercial_use else "no commercial use"
    size = f", {item.size / 1e6:.0f} MB" if item.size else ""
    return f"{item.name}{size}: {item.licence} ({use})."


def _folders(host: Host) -> tuple[Path, ...]:
    """Where nets may lie, as far as it exists: each folder is asked for dozens of nets."""
    return tuple(folder for folder in store.folders(host.model_folders()) if folder.is_dir())


def _there(models: Iterable[Listed], task: Task, folders: Sequence[Path]) -> dict[str, bool]:
    return {card.name: store.installed(card, folders) is not None for card in cards(models, task)}
