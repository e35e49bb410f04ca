"""The neural engine's parts, where their files are: a pack that looks at faces, and a model that swaps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .analysers import insightface
from .analysers.base import Analyser, Landmarker
from .analysers.packs import PackNet
from .analysers.scrfd import ScrfdDetector
from .errors import ModelError
from .options import AUTO
from .swappers import inswapper
from .swappers.inswapper import InSwapper
from .zoo import store
from .zoo.cards import Listed, ModelCard, Pack
from .zoo.emap import last_initializer
from .zoo.headers import header
from .zoo.insightface import own_files
from .zoo.nets import Nets
from .zoo.runtime import Net


@dataclass(frozen=True, slots=True)
class FoundPack:
    """A pack as it lies on disk. cards: of its files that have one, by their names; those of the user's own have none.

    recogniser: the id of the one that it has.
    """

    name: str
    folder: Path
    files: tuple[Path, ...]
    cards: Mapping[str, ModelCard]
    recogniser: str

    @property
    def describes(self) -> bool:
        """Whether its embeddings are those that the swap models take."""
        return self.recogniser == inswapper.RECOGNISER


@dataclass(frozen=True, slots=True)
class Parts:
    """What is there: a pack, and the swap model that was asked for, with its file."""

    pack: FoundPack
    card: ModelCard
    file: Path


def find(wanted: str, models: Sequence[Listed], folders: Iterable[Path], pack: str = AUTO) -> Parts | None:
    """The parts for the model called `wanted`, or for the first one that is there when that is "auto".

    None when "auto" finds no pack or no model. Raises ModelError when a named model or pack is missing, or the pack
    does not describe faces as the model takes them.
    """
    places = tuple(folders)
    cards = [item for item in models if isinstance(item, ModelCard) and item.task == "swap"]
    if wanted != AUTO:
        cards = [next(card for card in cards if card.name == wanted)]
    card = next((card for card in cards if store.installed(card, places)), None)
    found = find_pack(pack, models, places)
    if card and found and found.describes:
        return Parts(found, card, store.find(card, places))
    if wanted == AUTO:
        return None
    if card and found:
        raise ModelError(
            f"The model {wanted} needs the recogniser {inswapper.RECOGNISER}, which the pack {found.name} lacks; "
            "choose another pack, or the model mesh."
        )
    missing = cards[0] if card is None else _describing(models)[0]
    raise ModelError(f"The model {wanted} needs {missing.name}, which is not there; {store.mend(missing)}.")


def lacking(models: Sequence[Listed], folders: Iterable[Path]) -> tuple[Listed, ...]:
    """What "auto" would need beside what is there: the first pack and the first swap model where none is."""
    places = tuple(folders)
    swaps = [item for item in models if isinstance(item, ModelCard) and item.task == "swap"]
    kinds: tuple[Sequence[Listed], ...] = (_describing(models), swaps)
    return tuple(kind[0] for kind in kinds if kind and not any(store.installed(item, places) for item in kind))


def find_pack(wanted: str, models: Sequence[Listed], folders: Iterable[Path]) -> FoundPack | None:
    """The pack called `wanted`, which may be a folder of the user's own in one of `folders`.

    With "auto" the first that swap models can use, None where none is. Raises ModelError when a named one is missing.
    """
    places = tuple(folders)
    if wanted == AUTO:
        there = next((pack for pack in _describing(models) if store.installed(pack, places)), None)
        return _listed(there, places) if there else None
    if listed := next((item for item in models if isinstance(item, Pack) and item.name == wanted.lower()), None):
        return _listed(listed, places)
    folder = store.find_folder(wanted, places)
    files = own_files(folder)
    return FoundPack(wanted, folder, files, {}, insightface.recogniser_of(wanted, files))


def analyser(pack: FoundPack, nets: Nets, landmarker: Landmarker, det_size: int = 0) -> Analyser:
    """The pack behind roop's protocols; its nets are opened when they are used. `det_size` as RuntimeOptions has it."""

    def detector(net: PackNet) -> ScrfdDetector:
        return ScrfdDetector(net, det_size, square=True) if det_size else ScrfdDetector(net)

    def opened(path: Path) -> Net:
        return nets.guarded(pack.cards.get(path.name), path, black=None)

    return insightface.analyser(pack.name, pack.files, opened, landmarker, detector)


def swapper(parts: Parts, nets: Nets) -> InSwapper:
    """The swap model, opened. Raises ModelError when its file is damaged or another one."""
    net = nets.guarded(parts.card, parts.file)
    facts = header(parts.file)
    size = parts.card.feed.side or None
    contract = inswapper.contract(parts.card.name, facts.inputs, facts.outputs, size)
    return InSwapper(net, last_initializer(parts.file), contract)


def _describing(models: Sequence[Listed]) -> list[Pack]:
    """Whose recogniser is the one whose embeddings the swap models take."""
    recogniser = f"{inswapper.RECOGNISER}.onnx"
    return [item for item in models if isinstance(item, Pack) and any(card.file == recogniser for card in item.members)]


def _listed(pack: Pack, places: tuple[Path, ...]) -> FoundPack:
    folder = store.find_pack(pack, places)
    files = store.pack_files(pack, folder)
    cards = {card.file: card for card in pack.members}
    recogniser = next(card.name for card in pack.members if card.task == "recognition")
    return FoundPack(pack.name, folder, tuple(files.values()), cards, recogniser)
