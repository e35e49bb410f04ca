"""How films and folders of pictures are gone through, and how films are written."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OptionError
from .declaring import option, settle
from .texts import seconds, template
from .unit import AUTO

PLACEHOLDERS = ("folder", "name", "source", "number")
"""What the names of results can be made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """How a folder of pictures is gone through. Raises OptionError when a value does not fit."""

    names: str = option(
        "{folder}/{name}", "Names", "what results are called, without suffix: {folder} of the target, {name}, "
        "{source}, {number}", metavar="TEXT",
    )  # fmt: skip
    image_format: str = option(
        "", "Format", "png, jpg, webp, ... for all results; without it each keeps the target's", metavar="SUFFIX"
    )
    every: int = option(
        1, "Every", "take only every Nth picture, or frame of a sequence", minimum=1, maximum=1_000_000, metavar="N"
    )
    skip_existing: bool = option(False, "Skip existing", "leave out targets whose result is there, however it was made")
    copy_others: bool = option(
        False, "Copy others", "copy the file of a picture in which no face is swapped; without it none is written"
    )

    def __post_init__(self) -> None:
        settle(self)
        if not {"name", "number"} & {field for _, field in template(self.names, "names", PLACEHOLDERS)}:
            raise OptionError("names needs {name} or {number}, which tell results apart.", field="names")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOptions:
    """How a film is gone through and written. Raises OptionError when a value does not fit."""

    trim: str = option(
        "", "Trim", "from when to when, in seconds or h:m:s, as 12.5-1:30; either may be left out", metavar="FROM-TO"
    )
    fps: float = option(
        0.0, "Frames a second", "frames are left out or doubled for it, speed and sound stay; 0 keeps every "
        "frame's own time", minimum=0, maximum=1000, metavar="N",
    )  # fmt: skip
    encoder: str = option(
        AUTO, "Encoder", "as ffmpeg calls it: libx264, libx265, libvpx-vp9, ffv1, h264_nvenc, ...; auto: by the file's "
        "suffix and what the film is", metavar="NAME",
    )  # fmt: skip
    quality: float = option(
        80.0, "Quality", "of the encoder: higher is better and larger", minimum=0, maximum=100, step=1
    )
    preset: str = option("", "Preset", "of the encoder, such as slow or veryfast", metavar="NAME")
    audio: bool = option(True, "Sound", "keep all of the film's sound, as it is")
    workers: int = option(
        0, "Frames at once", "how many frames are worked on at once, 0 for what a short trial finds best",
        minimum=0, maximum=256, metavar="N",
    )  # fmt: skip
    max_memory: float = option(
        0.0, "Most memory", "in GiB; fewer frames are worked on at once to keep below it, 0 for no limit",
        minimum=0, maximum=4096, metavar="GIB",
    )  # fmt: skip
    segment: int = option(
        250, "Frames a segment", "so many frames at most are lost when a run is stopped", minimum=10, maximum=100_000,
        metavar="N",
    )  # fmt: skip
    steady: bool = option(True, "Steady", "smooth faces' places and colours over time, and fill single missed frames")

    def __post_init__(self) -> None:
        settle(self)
        begin, end = self.span
        if end is not None and end <= begin:
            raise OptionError(f"trim ends before it begins: {self.trim}.", field="trim")

    @property
    def span(self) -> tuple[float, float | None]:
        """From which second to which; None for the end."""
        if not self.trim:
            return 0.0, None
        begin, dash, end = self.trim.partition("-")
        if not dash:
            raise OptionError(f"trim goes from one time to another, as 12.5-1:30, not {self.trim!r}.", field="trim")
        return seconds(begin or "0", "trim"), seconds(end, "trim") if end.strip() else None
