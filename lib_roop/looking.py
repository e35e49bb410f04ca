"""Who looks at pictures: the built-in nets or a pack, by what is there and by what the host's settings say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from . import neural, pipeline
from .analysers import builtin
from .analysers.base import Analyser, Recogniser
from .analysers.dlib_resnet import DlibRecogniser
from .analysers.mesh import FaceMesh, MeshLandmarker
from .errors import InputError
from .host import Host
from .images import Picture
from .memory import Memory
from .options import AUTO
from .planning import Wants
from .selection import ordered
from .types import Detection, Face
from .zoo import store
from .zoo.builtin import FACEMESH
from .zoo.cards import Listed
from .zoo.nets import Nets

REMEMBERED = 16
DETECTIONS = 256
"""One is a few kilobytes a face; what is kept must not grow with a folder of a hundred thousand pictures."""


class Lookers:
    """Makes analysers and remembers them; they hold no nets. `given`: the one that is used whatever is there."""

    def __init__(self, host: Host, models: Sequence[Listed], nets: Nets, given: Analyser | None = None) -> None:
        self._host, self._models, self._nets = host, models, nets
        self.given = given
        self._made: Memory[Analyser] = Memory(REMEMBERED)
        self._detections: Memory[Detection] = Memory(DETECTIONS)

    @property
    def analyser(self) -> Analyser:
        """The one that is used: on the pack that the host names, or that of the neural engine where all of it is there.

        Raises ModelError.
        """
        if self.given:
            return self.given
        if self._host.runtime().pack != AUTO:
            return self._on(self._describer())
        parts = self.parts()
        return self._on(parts.pack if parts else None)

    def parts(self, model: str = AUTO) -> neural.Parts | None:
        """The files of the neural engine. None and ModelError as `neural.find` has them."""
        return neural.find(model, self._models, self._folders(), self._host.runtime().pack)

    def recognisers(self) -> Iterator[Recogniser]:
        """All that can describe faces here. Raises ModelError."""
        if self.given:
            yield self.given.recogniser
            return
        yield self._on(None).recogniser
        if pack := self._describer():
            yield self._on(pack).recogniser

    def ids(self) -> tuple[str, ...]:
        """Those of `recognisers`, and no net is opened for it. Raises ModelError."""
        if self.given:
            return (self.given.recogniser.id,)
        pack = self._describer()
        return (DlibRecogniser.id, *([pack.recogniser] if pack else []))

    def largest(self, picture: Picture, threshold: float = 0.5) -> Face:
        """The largest face, described. Raises InputError when there is none."""
        needed = Wants(threshold=min(threshold, 0.5), embeddings=True)
        return ordered(self.faces(picture, needed), "large-small")[0]

    def faces(self, picture: Picture, needed: Wants) -> tuple[Face, ...]:
        """The faces of a picture, at least one. Raises InputError."""
        detection = self.analyse(picture, needed)
        if not detection.faces:
            best = max((face.score for face in detection.near_misses), default=None)
            miss = f" (the nearest miss scored {best:.2f})" if best else ""
            raise InputError(f"No face was found in {picture.name}{miss}; choose a picture that shows one clearly.")
        return detection.faces

    def analyse(self, picture: Picture, needed: Wants) -> Detection:
        """What is needed of a picture; it is looked at once for that."""

        def find() -> Detection:
            look = analyser.detector.detect
            key = (digest, *looker, needed.threshold)
            return self._detections.get(key, lambda: look(picture.rgb, needed.threshold))

        digest, analyser = picture.digest, self.analyser
        looker = analyser.name, self._host.runtime()
        return self._detections.get(
            (digest, *looker, needed), lambda: pipeline.analyse(picture.rgb, analyser, needed, find)
        )

    def clear(self) -> None:
        """Forget all analysers and what they saw."""
        self._made.clear()
        self._detections.clear()

    def _describer(self) -> neural.FoundPack | None:
        """The pack that can describe faces, also where no swap model takes what it says."""
        return neural.find_pack(self._host.runtime().pack, self._models, self._folders())

    def _on(self, pack: neural.FoundPack | None) -> Analyser:
        """An analyser on a pack, or on the built-in nets."""
        if pack is None:
            return self._made.get("built-in", lambda: builtin.analyser(self._nets.small))
        size = self._host.runtime().det_size

        def make() -> Analyser:
            landmarker = MeshLandmarker(FaceMesh(self._nets.small(FACEMESH)))
            return neural.analyser(pack, self._nets, landmarker, size)

        return self._made.get((pack.files, size), make)

    def _folders(self) -> tuple[Path, ...]:
        return store.folders(self._host.model_folders())
