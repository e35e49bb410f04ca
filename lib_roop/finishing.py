"""What is done to pictures beside swapping: the restorers, upscalers and maskers that options name, opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from . import enhancement, inventory
from .errors import ModelError, OptionError
from .host import Host
from .maskers import Box, Difference, Drawn, Hull, Kept, Masking, OcclusionMasker, RegionMasker
from .maskers.base import Masker
from .masks import Edge
from .memory import Memory
from .options import ALWAYS, AUTO, NEVER, NONE, PostOptions, SwapUnit, mask_edge, no_such
from .planning import SMALL, Casting, Enlarging, Plan, Restoring
from .restorers import AlignedRestorer
from .restorers.codeformer_pip import restorer as pip_restorer
from .swappers.base import Swapper
from .swappers.crops import CropSwapper, Enhancement
from .templates import Template
from .types import Image, Restorer, Upscaler
from .upscalers import Lanczos, RealEsrgan
from .upscalers.realesrgan import Tiles
from .zoo import codeformer_pip, store
from .zoo.cards import Listed, ModelCard, Shape, Task
from .zoo.headers import header
from .zoo.nets import Nets
from .zoo.restorers import GFPGAN_1_4
from .zoo.runtime import Net

REMEMBERED = 32
PLAIN: Mapping[str, type[Masker]] = {each.name: each for each in (Box, Hull, Difference)}
"""The maskers that need nothing."""
FINE = 512
"""An upscaler makes crops this many pixels wide, as restorers do."""
BALANCED = 0.5
"""The fidelity of a restorer that makes crops finer."""
BLACK = -1.0
"""What restorers give for black."""


def unmet(castings: Iterable[Sequence[Casting]]) -> tuple[str, ...]:
    """Sentences about what units ask for and their swap models cannot do."""
    asked = [each for row in castings for each in row if {each.unit.enhance, each.unit.boost} != {NEVER}]
    return ("Only neural models get finer crops; the mesh model draws as finely as the picture is.",) * any(
        each.swapper.engine != CropSwapper.engine for each in asked
    )


class Finishers:
    """Restorers, upscalers and maskers by the names that options have. Nets are opened when they are asked for.

    Safe to share between threads.
    """

    def __init__(self, host: Host, models: Sequence[Listed], nets: Nets) -> None:
        self._host, self._models, self._nets = host, models, nets
        self._restorers: Memory[Restorer] = Memory(REMEMBERED)
        self._upscalers: Memory[Upscaler] = Memory(REMEMBERED)
        self._improved: Memory[Swapper] = Memory(REMEMBERED)

    def restorers(self) -> dict[str, bool]:
        """Every restorer that is known, the host's first, and whether it is there."""
        return inventory.restorers(self._host, self._models)

    def upscalers(self) -> dict[str, bool]:
        """Every upscaler that is known, the host's first, and whether it is there."""
        return inventory.upscalers(self._host, self._models)

    def masks(self) -> dict[str, bool]:
        """Every mask by name, and whether what it needs is there."""
        tasks = {RegionMasker.name: self._cards("parsing"), OcclusionMasker.name: self._cards("occlusion")}
        return {**dict.fromkeys(PLAIN, True), **{name: any(map(self._there, cards)) for name, cards in tasks.items()}}

    def restorer(self, name: str) -> Restorer:
        """Raises OptionError for an unknown name, ModelError when its file is missing or damaged."""
        if name in (hosts := self._host.restorers()):
            return hosts[name]
        if name == codeformer_pip.CARD.name:
            return self._restorers.get(name, self._pip)
        if name not in (cards := {card.name: card for card in self._cards("restoration")}):
            raise OptionError(no_such("restorer", name, (AUTO, NONE, *self.restorers())))
        return self._restorers.get(name, lambda: self._aligned(cards[name]))

    def upscaler(self, name: str) -> Upscaler:
        """Raises OptionError for an unknown name, ModelError when its file is missing or damaged."""
        if name in (hosts := self._host.upscalers()):
            return hosts[name]
        if name == Lanczos.name:
            return Lanczos()
        if name not in (cards := {card.name: card for card in self._cards("upscaling")}):
            raise OptionError(no_such("upscaler", name, (NONE, *self.upscalers())))
        return self._upscalers.get(name, lambda: self._tiled(cards[name]))

    def restoring(self, post: PostOptions, planned: Plan) -> Restoring:
        """What restores the faces of a plan. Raises as `restorer` does."""
        if post.restorer == NONE or not post.restorer_visibility:
            return Restoring()
        name = post.restorer
        if name == AUTO:
            if not planned.enhances and not any(each.coarse for each in planned.assignments):
                drawn = f"auto restores what neural models of 128 pixels drew, of faces from {SMALL} pixels on"
                return Restoring(reason=f"{drawn}, and nothing else")
            if not (name := self._preferred()):
                return Restoring(reason=f"auto found no restorer; {store.mend(GFPGAN_1_4)}")
        return Restoring(
            restorer=self.restorer(name),
            visibility=post.restorer_visibility,
            fidelity=post.fidelity,
            everyone=post.restore_all or planned.enhances,
            coarse=post.restorer == AUTO,
        )

    def enlarging(self, post: PostOptions) -> Enlarging | None:
        """What enlarges the result, if anything. Raises as `upscaler` does."""
        if post.upscaler == NONE:
            return None
        return Enlarging(
            upscaler=self.upscaler(post.upscaler),
            scale=post.scale,
            visibility=post.upscaler_visibility,
            first=post.upscale_first,
        )

    def check(self, post: PostOptions) -> None:
        """Raises OptionError for a name that is not known, ModelError for one that is and cannot run here."""
        if post.restorer not in (AUTO, NONE):
            self.restorer(post.restorer)
        self.enlarging(post)

    def enhancing(self, post: PostOptions) -> tuple[Restoring, Enlarging | None]:
        """What restores the faces of pictures in which none is swapped, and what enlarges them.

        Raises OptionError and ModelError as `check` does, and when there would be neither of them.
        """
        restoring, enlarging = self.restoring(post, Plan((), enhances=True)), self.enlarging(post)
        if restoring.restorer is None and enlarging is None:
            if restoring.reason:
                raise ModelError(f"Faces cannot be restored: {restoring.reason}.")
            raise OptionError("There is nothing to do: choose a restorer, an upscaler, or both.", field="restorer")
        return restoring, enlarging

    def maskings(self, unit: SwapUnit, drawing: Image | None) -> tuple[Masking, ...]:
        """Where the faces of a unit are replaced. drawing: its drawn mask, RGB. Raises ModelError."""
        named = [Masking(self._masker(name, unit), Edge(**edge)) for name, edge in map(mask_edge, unit.mask)]
        drawn = [Masking(Drawn(drawing))] if drawing is not None else []
        kept = [Masking(Kept(unit.keep))] if unit.keep else []
        return (*named, *drawn, *kept)

    def improved(self, swapper: Swapper, unit: SwapUnit) -> Swapper:
        """`swapper`, drawing more pixels and making its crops finer before pasting if the unit asks and it can.

        Raises OptionError for an unknown enhancer, ModelError when its file is missing or damaged.
        """
        if unit.enhance == unit.boost == NEVER or not isinstance(swapper, CropSwapper):
            return swapper
        model, boost = swapper, unit.boost
        if unit.enhance == NEVER:
            return self._improved.get((model, boost), lambda: model.changed(boost=boost))
        larger = unit.enhance != ALWAYS
        part, work = self._enhancer(unit.enhancer, model.template)
        work = enhancement.finished(work, sharpen=unit.sharpen, own_colours=unit.own_colours)
        key = model, boost, part, larger, unit.sharpen, unit.own_colours
        return self._improved.get(key, lambda: model.changed(Enhancement(work, larger, part.models), boost=boost))

    def clear(self) -> None:
        """Forget what was opened."""
        self._restorers.clear()
        self._upscalers.clear()
        self._improved.clear()

    def _enhancer(self, name: str, template: Template) -> tuple[Restorer | Upscaler, enhancement.Enhance]:
        """The part of that name, and its work on crops that are aligned by `template`."""
        if name == AUTO:
            name = self._preferred() or GFPGAN_1_4.name
        if name in (restorers := self.restorers()):
            restorer = self.restorer(name)
            return restorer, enhancement.restoring(restorer, 1.0, BALANCED, template)
        if name not in (upscalers := self.upscalers()):
            raise OptionError(no_such("restorer or upscaler", name, (AUTO, *restorers, *upscalers)))
        upscaler = self.upscaler(name)
        return upscaler, enhancement.upscaling(upscaler, FINE)

    def _preferred(self) -> str:
        """The restorer of "auto": the host's first, else GFPGAN where it is there, else none."""
        own = next((card for card in self._cards("restoration") if card.name == GFPGAN_1_4.name), None)
        return next(iter(self._host.restorers()), own.name if own and self._there(own) else "")

    def _aligned(self, card: ModelCard) -> Restorer:
        net, inputs = self._net(card, black=BLACK)
        return AlignedRestorer(net, card, tuple(inputs))

    def _tiled(self, card: ModelCard) -> Upscaler:
        # No black here: a black tile stays black when it is enlarged.
        net, inputs = self._net(card, black=None)
        (shape,) = inputs.values()
        return RealEsrgan(net, card, tuple(inputs), Tiles(fixed=shape[2]))

    def _masker(self, name: str, unit: SwapUnit) -> Masker:
        if name in PLAIN:
            return PLAIN[name]()
        task: Task = "parsing" if name == RegionMasker.name else "occlusion"
        cards = self._cards(task)
        card = next(filter(self._there, cards), cards[0])
        net, inputs = self._net(card, black=None)
        if task == "parsing":
            return RegionMasker(net, card, tuple(inputs), unit.regions)
        return OcclusionMasker(net, card, tuple(inputs))

    def _pip(self) -> Restorer:
        if (path := codeformer_pip.weights(self._folders())) is None:
            raise ModelError(
                f"The restorer {codeformer_pip.CARD.name} needs the package of that name with torch, and "
                f"{codeformer_pip.FILE} in a model folder; choose codeformer, which needs neither."
            )
        return pip_restorer(path)

    def _net(self, card: ModelCard, *, black: float | None) -> tuple[Net, dict[str, Shape]]:
        """A net, opened, and its inputs as its file calls them."""
        path = store.find(card, self._folders())
        return self._nets.guarded(card, path, black=black), header(path).inputs

    def _cards(self, task: Task) -> list[ModelCard]:
        return inventory.cards(self._models, task)

    def _there(self, card: ModelCard) -> bool:
        return store.installed(card, self._folders()) is not None

    def _folders(self) -> tuple[Path, ...]:
        return store.folders(self._host.model_folders())
