"""How alike several faces are, each with each: pictures and kept faces, by one recogniser that knows them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from . import drawing, similarity
from .engine import Engine
from .identities import checkpoints
from .images import Picture
from .similarity import Limits
from .types import Floats, Image


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A face to be compared, by what it is called."""

    name: str
    embeddings: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comparison:
    """values: (n, n) similarities, 0..1, in the order of `names`; `limits` says what they mean."""

    names: tuple[str, ...]
    values: Floats
    recogniser: str

    @property
    def limits(self) -> Limits:
        return similarity.limits(self.recogniser)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every two of them, by number, the most alike first."""
        pairs = combinations(range(len(self.names)), 2)
        return sorted(pairs, key=lambda pair: (-float(self.values[pair]), pair))


def shown(engine: Engine, picture: Picture) -> Subject:
    """The largest face of a picture. Raises InputError when it has none."""
    return Subject(picture.name, engine.largest(picture).embeddings)


def kept(engine: Engine, name: str) -> Subject:
    """A face checkpoint by its name, or by its file. Raises InputError when there is none."""
    identity = checkpoints.load(name, engine.host.face_folder()).identity
    return Subject(identity.name, identity.embeddings)


def compared(engine: Engine, subjects: Sequence[Subject]) -> Comparison:
    """Each with each, by the recogniser in use if all know it. Raises ModelError when they have none in common."""
    described = [subject.embeddings for subject in subjects]
    recogniser = similarity.common(described, engine.analyser.recogniser.id)
    values = np.eye(len(described), dtype=np.float32)
    for one, other in combinations(range(len(described)), 2):
        alike = similarity.similarity(described[one], described[other], recogniser)
        values[one, other] = values[other, one] = alike
    return Comparison(names=tuple(subject.name for subject in subjects), values=values, recogniser=recogniser)


def matrix(comparison: Comparison) -> Image:
    """The similarities as a picture (RGB): a square for each pair, a number in it."""
    limits = comparison.limits
    title = (
        f"similarity by {comparison.recogniser}: from {limits.same:g} the same person, below {limits.perhaps:g} others"
    )
    return drawing.matrix(comparison.values, comparison.names, title)
