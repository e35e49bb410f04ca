"""The neural engine's parts, where their files are: a pack that looks at faces, and a model that swaps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import inventory
from .analysers import insightface
from .analysers.base import Analyser, Landmarker
from .analysers.packs import PackNet
from .analysers.scrfd import ScrfdDetector
from .errors import ModelError
from .options import AUTO
from .swappers.crops import CropSwapper, Opened
from .swappers.families import FAMILIES
from .swappers.sources import Converter
from .zoo import store
from .zoo.cards import Listed, ModelCard, Pack
from .zoo.headers import header
from .zoo.insightface import own_files
from .zoo.inswapper import RECOGNISER
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
        return self.recogniser == RECOGNISER


@dataclass(frozen=True, slots=True)
class Parts:
    """What is there: the swap model that was asked for with its file, the nets that it needs with theirs, and a pack.

    A model that takes a picture of the source does without a pack.
    """

    pack: FoundPack | None
    card: ModelCard
    file: Path
    needed: tuple[tuple[ModelCard, Path], ...] = ()


def find(wanted: str, models: Sequence[Listed], folders: Iterable[Path], pack: str = AUTO) -> Parts | None:
    """The parts for the model called `wanted`, or for the first one that is there when that is "auto".

    None when "auto" finds no pack or no model. Raises ModelError when a named model or pack is missing, or the pack
    does not describe faces as the model takes them.
    """
    places = tuple(folders)
    if wanted == AUTO:
        whole = (card for card in inventory.describable(models) if not inventory.missing(card, models, places))
        card = next(whole, None)
    else:
        card = next(card for card in inventory.cards(models, "swap") if card.name == wanted)
        if missing := inventory.missing(card, models, places):
            raise _absent(wanted, missing[0])
    found = find_pack(pack, models, places)
    if card and (not card.feed.embedding or (found and found.describes)):
        needed = tuple((item, store.find(item, places)) for item in inventory.needed(card, models))
        return Parts(found, card, store.find(card, places), needed)
    if wanted == AUTO:
        return None
    if found:
        raise ModelError(
            f"The model {wanted} needs the recogniser {RECOGNISER}, which the pack {found.name} lacks; "
            "choose another pack, or the model mesh."
        )
    raise _absent(wanted, inventory.describing(models)[0])


def find_pack(wanted: str, models: Sequence[Listed], folders: Iterable[Path]) -> FoundPack | None:
    """The pack called `wanted`, which may be a folder of the user's own in one of `folders`.

    With "auto" the first that swap models can use, None where none is. Raises ModelError when a named one is missing.
    """
    places = tuple(folders)
    if wanted == AUTO:
        there = next((pack for pack in inventory.describing(models) if store.installed(pack, places)), None)
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


def swapper(parts: Parts, nets: Nets) -> CropSwapper:
    """The swap model, opened. Raises ModelError when its file, or one that it needs, is damaged or another one."""
    card, facts = parts.card, header(parts.file)
    given = card.feed.given
    net = nets.guarded(card, parts.file, black=-given.mean[0] / given.deviation[0])
    converters = tuple(
        Converter(item.name, nets.guarded(item, path, black=None), next(iter(header(path).inputs)))
        for item, path in parts.needed
    )
    return FAMILIES[card.family](Opened(card, parts.file, net, facts.inputs, facts.outputs, converters))


def _absent(wanted: str, missing: Listed) -> ModelError:
    return ModelError(f"The model {wanted} needs {missing.name}, which is not there; {store.mend(missing)}.")


def _listed(pack: Pack, places: tuple[Path, ...]) -> FoundPack:
    folder = store.find_pack(pack, places)
    files = store.pack_files(pack, folder)
    cards = {card.file: card for card in pack.members}
    recogniser = next(card.name for card in pack.members if card.task == "recognition")
    return FoundPack(pack.name, folder, tuple(files.values()), cards, recogniser)
