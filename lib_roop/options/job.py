"""What only a web UI asks: when a unit swaps, and what becomes of the pictures of a job."""

from __future__ import annotations

from dataclasses import dataclass

from .declaring import option, settle

MASKED, WHOLE = "mask", "picture"
NOTHING, BEST = "none", "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlace:
    """Where a unit works. Raises OptionError when a value has the wrong type."""

    enabled: bool = option(True, "Enable", "swap with this unit")
    in_source: bool = option(False, "Swap in source image", "img2img: before the picture is generated")
    in_generated: bool = option(True, "Swap in generated image", "img2img: in the picture that was generated")

    def __post_init__(self) -> None:
        settle(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What becomes of a job's pictures. Raises OptionError when a value is out of range or has the wrong type."""

    inpaint: str = option(
        MASKED, "When inpainting", "swap the faces inside the mask, or those of the whole picture",
        choices=(MASKED, WHOLE),
    )  # fmt: skip
    when_none: str = option(
        NOTHING, "When no picture passes", "keep none, or the one that is most alike", choices=(NOTHING, BEST)
    )
    keep_rejected: bool = option(False, "Keep rejected pictures", "in a folder of their own, the reason in their names")
    keep_original: bool = option(False, "Keep the original", "save the picture as it was before the swap, too")
    hide_names: bool = option(False, "Hide names", "leave the names of faces out of the picture's text")

    def __post_init__(self) -> None:
        settle(self)
