"""The ways to swap that `roop report` compares: models, boosts, restorers and strengths, as they were typed."""

from __future__ import annotations

import argparse
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from .. import inventory
from ..errors import OptionError
from ..options import AUTO, MESH, MODELS, NEVER, NONE, PostOptions, SwapUnit, no_such
from ..zoo import store

if TYPE_CHECKING:
    from ..analysers.base import Recogniser
    from ..engine import Engine

ALL = "all"
"""Stands for all models that are there, and for none and all restorers that are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to swap; the fields are called as the options. Raises OptionError for a value that there is not."""

    model: str = AUTO
    boost: str = NEVER
    restorer: str = AUTO
    strength: float = 1.0
    unit: SwapUnit = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", SwapUnit(model=self.model, boost=self.boost, strength=self.strength))

    @property
    def post(self) -> PostOptions:
        return PostOptions(restorer=self.restorer)

    @property
    def name(self) -> str:
        """What is said of it where it stands beside others."""
        boost = f"boost {self.boost}" if self.boost != NEVER else ""
        restorer = "restorer auto" if self.restorer == AUTO else self.restorer if self.restorer != NONE else ""
        strength = f"strength {self.strength:g}" if self.strength != 1 else ""
        return ", ".join(filter(None, (self.model, boost, restorer, strength)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that is tried on every pair.

    compared: whether variants are set against each other, as options asked. recognisers: who says how alike faces are,
    the one to rank by first.
    """

    variants: tuple[Variant, ...]
    compared: bool = False
    recognisers: tuple[Recogniser, ...] = ()

    @property
    def parts(self) -> tuple[Trial, ...]:
        """One for each swap model, in order."""
        models = dict.fromkeys(each.model for each in self.variants)
        return tuple(
            replace(self, variants=tuple(each for each in self.variants if each.model == model)) for model in models
        )


def trial(engine: Engine, arguments: argparse.Namespace) -> Trial:
    """What the options ask for; nothing is opened for it. Raises OptionError, and ModelError for a missing pack."""
    models, boosts, restorers = arguments.model or [AUTO], arguments.boost, arguments.restorer
    strengths = list(dict.fromkeys(arguments.strength))
    compared = bool(boosts or restorers or len(set(models)) > 1 or ALL in models)
    if not compared:
        return Trial(variants=tuple(Variant(model=models[0], strength=strength) for strength in strengths))
    names = _restorers(engine, restorers or [AUTO])
    typed = [
        Variant(model=model, boost=boost, restorer=restorer, strength=strength)
        for model, restorer, boost, strength in product(_models(engine, models), names, boosts or [NEVER], strengths)
    ]
    sides = {card.name: card.feed.side for card in inventory.cards(engine.models, "swap")}
    return Trial(variants=tuple(dict.fromkeys(_distinct(typed, sides))), compared=True)


def judged(engine: Engine, trial: Trial) -> Trial:
    """With its recognisers: the analyser's, and the built-in one where variants are compared. Raises ModelError.

    First come those that no model was fed by: whose embedding a model turns into a face finds it all too like.
    """
    own = engine.analyser.recogniser
    if not trial.compared:
        return replace(trial, recognisers=(own,))
    from ..analysers import builtin
    from ..analysers.dlib_resnet import DlibRecogniser

    others = {DlibRecogniser.id} & set(engine.recognisers) - {own.id}
    both = (own, *(builtin.analyser(engine.open_net).recogniser for _ in others))
    feeders = fed_by(engine, {variant.model for variant in trial.variants})
    return replace(trial, recognisers=tuple(sorted(both, key=lambda each: each.id in feeders)))


def fed_by(engine: Engine, models: Container[str]) -> set[str]:
    """The recognisers whose embeddings these swap models turn into faces."""
    cards = inventory.cards(engine.models, "swap")
    return {card.feed.embedding for card in cards if card.name in models and card.feed.embedding}


def _models(engine: Engine, typed: Sequence[str]) -> list[str]:
    """Their names, "auto" and "all" as what they stand for."""
    names: list[str] = []
    for name in typed:
        if name == ALL:
            folders = store.folders(engine.host.model_folders())
            cards = inventory.cards(engine.models, "swap")
            there = {card.name for card in cards if not inventory.missing(card, engine.models, folders)}
            names += [MESH, *(each for each in MODELS if each in there)]
        elif name == AUTO:
            parts = engine.neural()
            names.append(parts.card.name if parts else MESH)
        else:
            names.append(name)
    return list(dict.fromkeys(names))


def _restorers(engine: Engine, typed: Sequence[str]) -> list[str]:
    """Their names, "all" as none and whatever is there. Raises OptionError for one that is not known."""
    known = inventory.restorers(engine.host, engine.models)
    names: list[str] = []
    for name in typed:
        if name not in (ALL, AUTO, NONE, *known):
            raise OptionError(no_such("restorer", name, (ALL, AUTO, NONE, *known)), field="restorer")
        names += [NONE, *(each for each, there in known.items() if there)] if name == ALL else [name]
    return list(dict.fromkeys(names))


def _distinct(typed: Sequence[Variant], sides: Mapping[str, int]) -> Iterator[Variant]:
    """The same variants by the least options that do it, so that none is measured twice under two names.

    The mesh model has no boost, a boost to the model's own size is none, and "auto" restores no fine faces.
    """
    from ..planning import COARSE
    from ..swappers.tiles import FINEST, across

    for each in typed:
        side = sides.get(each.model, 0)
        boosted = side > 0 and across(each.boost, side, FINEST) > 1
        coarse = 0 < side <= COARSE and not boosted
        yield replace(
            each,
            boost=each.boost if boosted else NEVER,
            restorer=NONE if each.restorer == AUTO and not coarse else each.restorer,
        )
