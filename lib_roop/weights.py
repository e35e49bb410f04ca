"""The weights that the neural engine lacks, got when the user, who has seen their licences, asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from . import neural
from .engine import Engine
from .zoo import download, store
from .zoo.cards import Listed
from .zoo.hashes import Ledger


def lacking(engine: Engine) -> tuple[Listed, ...]:
    """What "auto" would need to take the neural engine: nothing where it does, else a pack, a swap model, or both."""
    return neural.lacking(engine.models, store.folders(engine.host.model_folders()))


def terms(item: Listed) -> str:
    """What may be done with it, and how much has to be got, as a sentence."""
    use = "commercial use is allowed" if item.commercial_use else "no commercial use"
    size = f", {item.size / 1e6:.0f} MB" if item.size else ""
    return f"{item.name}{size}: {item.licence} ({use})."


def fetch(engine: Engine, items: Sequence[Listed], progress: download.Progress = lambda done, whole: None) -> None:
    """Get all of `items` into the first model folder, and check what came. Raises ModelError."""
    folder = engine.host.model_folders()[0]
    for item in items:
        place = download.fetch(item, folder, progress, engine.host.interrupted)
        for card, path in store.files(item, place):
            store.checked(card, path, Ledger(folder), anew=True)
