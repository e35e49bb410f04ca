"""What the engine takes and gives: pictures in any form, and finished swaps, which mark what they write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import images, provenance
from .images import Picture
from .options import OutputOptions
from .types import PictureLike, SwapResult

if TYPE_CHECKING:
    from .planning import Plan

Readable = PictureLike | Picture
"""What a picture may be given as, one that was read already included."""


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """A finished swap: the picture in its own depth and mode, and the report on every face.

    source: the names of the first unit's sources. plan: what was carried out.
    """

    picture: Picture
    result: SwapResult
    source: str = ""
    plan: Plan | None = None

    def save(self, path: str | Path, options: OutputOptions = OutputOptions()) -> Path:  # noqa: B008 - it is frozen
        """Write the picture with its marks, in the suffix's format. Raises PictureError; then what was there stays.

        Raises OptionError when content credentials are asked for and cannot be made.
        """
        kind, engine = self.origin
        return provenance.save(self._labelled(options), path, source_type=kind, engine=engine, options=options)

    def encoded(self, suffix: str = ".png", options: OutputOptions = OutputOptions()) -> bytes:  # noqa: B008
        """The bytes of such a file, marks included. Raises as `save` does."""
        kind, engine = self.origin
        return provenance.encoded(self._labelled(options), suffix, source_type=kind, engine=engine, options=options)

    @property
    def origin(self) -> tuple[provenance.SourceType, str | None]:
        """Of which kind the picture is, and what altered it, as its marks say; None where no AI system did."""
        result = self.result
        if result.restorer.models or result.upscaler.models:
            return provenance.TRAINED_COMPOSITE, result.engine
        if self.plan and self.plan.enhances:
            return provenance.ENHANCED, None
        return provenance.type_of(result.engine), result.engine

    def _labelled(self, options: OutputOptions) -> Picture:
        """The picture, with the visible label where that is asked for."""
        if not options.label:
            return self.picture
        boxes = [[edge * self.result.scale for edge in face.box] for face in self.result.faces]
        return provenance.labelled(self.picture, self.origin[0], boxes)


def read(picture: Readable) -> Picture:
    """A picture from whatever it was given as. Raises PictureError."""
    return picture if isinstance(picture, Picture) else images.read(picture)
