"""The neural engine's parts, where their files are: a pack that looks at faces, and a model that swaps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .analysers import insightface
from .analysers.base import Analyser, Landmarker
from .errors import ModelError
from .options import AUTO
from .swappers import inswapper
from .swappers.inswapper import InSwapper
from .zoo import store
from .zoo.cards import Listed, ModelCard, Pack
from .zoo.emap import last_initializer
from .zoo.guarded import Guarded
from .zoo.headers import header
from .zoo.runtime import Net


@dataclass(frozen=True, slots=True)
class Parts:
    """What is there: a pack and its folder, and the swap model that was asked for, with its file."""

    pack: Pack
    folder: Path
    card: ModelCard
    file: Path


def find(wanted: str, models: Sequence[Listed], folders: Iterable[Path]) -> Parts | None:
    """The parts for the model called `wanted`, or for the first one that is there when that is "auto".

    None when "auto" finds no pack or no model. Raises ModelError when a named model, or the pack that describes faces
    for it, is missing.
    """
    places = tuple(folders)
    packs = [item for item in models if isinstance(item, Pack) and _describes(item)]
    cards = [item for item in models if isinstance(item, ModelCard) and item.task == "swap"]
    if wanted != AUTO:
        cards = [next(card for card in cards if card.name == wanted)]
    card = next((card for card in cards if store.installed(card, places)), None)
    pack = next((pack for pack in packs if store.installed(pack, places)), None)
    if card and pack:
        return Parts(pack, store.find_pack(pack, places), card, store.find(card, places))
    if wanted == AUTO:
        return None
    missing = cards[0] if card is None else packs[0]
    raise ModelError(f"The model {wanted} needs {missing.name}, which is not there; {store.mend(missing)}.")


def analyser(parts: Parts, open_file: Callable[[ModelCard, Path], Net], landmarker: Landmarker) -> Analyser:
    """The pack behind roop's protocols. `open_file` is called whenever a net is used."""
    files = store.pack_files(parts.pack, parts.folder).values()
    return insightface.analyser(
        parts.pack.name, files, lambda path: open_file(store.member(parts.pack, path), path), landmarker
    )


def swapper(parts: Parts, open_file: Callable[[ModelCard, Path], Net]) -> InSwapper:
    """The swap model, opened. Raises ModelError when its file is damaged or another one."""
    net = open_file(parts.card, parts.file)
    # Black pictures are refused even where the net runs on the CPU already and the second run is the same.
    guarded = Guarded(parts.card.name, net, lambda: net)
    facts = header(parts.file)
    size = parts.card.feed.side or None
    contract = inswapper.contract(parts.card.name, facts.inputs, facts.outputs, size)
    return InSwapper(guarded, last_initializer(parts.file), contract)


def _describes(pack: Pack) -> bool:
    """Whether the pack's recogniser is the one whose embeddings the swap models take."""
    return any(card.file == f"{inswapper.RECOGNISER}.onnx" for card in pack.members)
