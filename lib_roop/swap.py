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
        picture, kind = self._labelled(options)
        return provenance.save(picture, path, source_type=kind, engine=self.result.engine, options=options)

    def encoded(self, suffix: str = ".png", options: OutputOptions = OutputOptions()) -> bytes:  # noqa: B008
        """The bytes of such a file, marks included. Raises as `save` does."""
        picture, kind = self._labelled(options)
        return provenance.encoded(picture, suffix, source_type=kind, engine=self.result.engine, options=options)

    def _labelled(self, options: OutputOptions) -> tuple[Picture, provenance.SourceType]:
        """The picture with the visible label, where that is asked for, and of which kind it is."""
        picture, result = self.picture, self.result
        drawn = result.restorer.models or result.upscaler.models
        kind = provenance.TRAINED_COMPOSITE if drawn else provenance.type_of(result.engine)
        if options.label:
            boxes = [[edge * result.scale for edge in face.box] for face in result.faces]
            picture = provenance.labelled(picture, kind, boxes)
        return picture, kind


def read(picture: Readable) -> Picture:
    """A picture from whatever it was given as. Raises PictureError."""
    return picture if isinstance(picture, Picture) else images.read(picture)
