"""Weights: those that are lacking are got when the user, who has seen their licences, asks; those there are checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import ModelError
from .host import Host
from .zoo import download, store
from .zoo.cards import Listed, ModelCard
from .zoo.hashes import Ledger


def fetch(
    host: Host,
    items: Sequence[Listed],
    progress: download.Progress = lambda done, whole: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Get all of `items` into the first model folder, and check what came. Raises ModelError, also when stopped."""
    folder = host.model_folders()[0]
    for item in items:
        place = download.fetch(item, folder, progress, lambda: stop() or host.interrupted())
        for card, path in store.files(item, place):
            store.checked(card, path, Ledger(folder), anew=True)


def wrong(card: ModelCard, path: Path, ledger: Ledger, *, accept: bool = False) -> str:
    """Why the file, which is read anew, is not the card's; "" when it is.

    accept: where nobody states its sha256, take it as it is now.
    """
    try:
        if accept and not card.sha256:
            ledger.forget(path)
        store.checked(card, path, ledger, anew=True)
    except ModelError as error:
        return str(error)
    return ""
