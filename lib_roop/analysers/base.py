"""What an analyser can do. Lists in, lists out, in one batch; faces come back enriched, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..types import Detection, Face, Image


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Image, threshold: float) -> Detection:
        """The faces with at least this score (0..1), left to right, and the candidates that just failed.

        `image` is RGB uint8 of any size. No face is an empty detection, not an error.
        """
        ...


class Landmarker(Protocol):
    """Lays the 468-point mesh on faces that are known by their box."""

    def fit(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        """The faces with `dense`, `landmarks`, `pose`, and the mesh's own score; those with a mesh stay as they are."""
        ...


class Recogniser(Protocol):
    """Says who it is."""

    id: str
    """Names the space of the embeddings; those of different recognisers are never compared."""

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        """The faces with `embeddings[id]` added, from their own points."""
        ...


class AttributeReader(Protocol):
    """Tells sex and age."""

    def read(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        """The faces with `sex` and `age`."""
        ...


class Follower(Protocol):
    """Follows faces from one frame of a film to the next, for less than it takes to find them."""

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None]:
        """Each of the faces of the frame before where it is in `image`; None where it is not surely seen.

        What is known of a face but its place stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class Analyser:
    """The parts that look at pictures. `attributes` is None where nothing can tell sex and age, `follower` where faces
    have to be found in every frame.
    """

    name: str
    models: tuple[str, ...]
    detector: Detector
    landmarker: Landmarker
    recogniser: Recogniser
    attributes: AttributeReader | None = None
    follower: Follower | None = None
