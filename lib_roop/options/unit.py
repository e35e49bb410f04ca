"""Whose face goes onto which faces, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import OptionError
from .declaring import option, same, settle
from .texts import mask_edge, numbers, rectangle

ORDERS = ("left-right", "right-left", "top-bottom", "bottom-top", "large-small", "small-large")
SEXES = ("any", "female", "male", "same")
AUTO, MESH = "auto", "mesh"
MODELS = (
    *(AUTO, MESH, "inswapper_128", "inswapper_128_fp16", "reswapper_128", "reswapper_256"),
    *("hyperswap_1a_256", "hyperswap_1b_256", "hyperswap_1c_256", "ghost_1_256", "ghost_2_256", "ghost_3_256"),
    *("simswap_256", "simswap_unofficial_512", "hififace_unofficial_256", "blendswap_256", "uniface_256"),
)
BLENDS = ("mean", "median", "weighted", "none")
POOLS = ("all", "random", "round-robin")
EVERY_FACE = "all"
REGIONS = (
    *("background", "skin", "brows", "eyes", "glasses", "ears", "earrings", "nose", "mouth", "lips"),
    *("neck", "necklace", "clothes", "hair", "hat"),
)
KEPT = ("mouth", "eyes")
PICTURES = ("like", "mask_picture")
"""The options that are one picture each."""
COLOURS = ("none", "mean", "reinhard", "mkl", "histogram")
NEVER, ALWAYS = "none", "always"
ENHANCE = (NEVER, AUTO, ALWAYS)
BOOSTS = (NEVER, AUTO, "256", "512", "768", "1024")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapUnit:
    """Whose face goes onto which faces. Several units are planned on the same detection.

    Raises OptionError when a value is out of range or cannot be read.
    """

    source: tuple[Any, ...] = option(
        (), "Source pictures", "pictures of the face to put there, or folders of them; several are blended into one",
        metavar="PICTURE",
    )  # fmt: skip
    checkpoint: str = option(
        "", "Face checkpoint", "a face that was kept, its name or file; blended with the source pictures, if any",
        metavar="FACE",
    )  # fmt: skip
    blend: str = option(
        "mean", "Blend", "how several sources become one face; weighted: by their quality, none: a result for each",
        choices=BLENDS,
    )  # fmt: skip
    pool: str = option(
        "all", "Pictures of a folder", "which pictures of a source folder are taken: all, or one for each target",
        choices=POOLS,
    )  # fmt: skip
    seed: int = option(
        -1, "Seed of the choice", "the same number makes the same random choice again; -1 another one each time",
        minimum=-1, maximum=2**31 - 1, metavar="N",
    )  # fmt: skip
    source_face: str = option(
        "0", "Source face", "number of the face in the source picture, or as many as target faces: 0,1", metavar="N"
    )
    target_faces: str = option(
        "0",
        "Target faces",
        "numbers of the faces to replace, counted after the filters: 0, or 0,2, or all",
        metavar="N,N",
    )
    order: str = option(
        "left-right", "Numbered", "how faces are numbered, in the source and in the target", choices=ORDERS
    )
    sex: str = option("any", "Only this sex", "which faces count; same: that of the source", choices=SEXES)
    like: Any = option(
        None, "Replace whoever looks like", "only faces that look like this picture's", metavar="PICTURE"
    )
    like_threshold: float = option(
        0.54,
        "Resemblance wanted",
        "how much a face must look like it, 0 a stranger, 1 the same",
        minimum=0,
        maximum=1,
        step=0.01,
    )
    detection_threshold: float = option(
        0.5, "Detection threshold", "how sure the detector must be; lower finds more, and more wrong ones",
        minimum=0.05, maximum=0.99, step=0.01,
    )  # fmt: skip
    max_faces: int = option(
        0, "Most faces", "only the largest N faces count, 0 for no limit", minimum=0, maximum=1000, metavar="N"
    )
    box: str = option(
        "", "Face box", "where a face is when none was found, in pixels: x,y,width,height", metavar="X,Y,W,H"
    )
    model: str = option(
        "auto",
        "Swap model",
        "mesh is built in, the others need their files (roop models); auto takes the best that is there",
        choices=MODELS,
    )
    strength: float = option(
        1.0, "Strength", "0 leaves the target, 1 is the source, above 1 exaggerates", minimum=0, maximum=1.5, step=0.05
    )
    similarity: bool = option(False, "Measure similarity", "compare each swapped face with the source")
    min_similarity: float = option(
        0.0,
        "Minimum similarity",
        "drop the result when a face looks less like the identity used",
        minimum=0,
        maximum=1,
        step=0.01,
    )
    min_reference_similarity: float = option(
        0.0, "Minimum reference similarity", "drop the result when a face looks less like the first source picture",
        minimum=0, maximum=1, step=0.01,
    )  # fmt: skip
    mask: tuple[str, ...] = option(
        (), "Masks", "where the face is replaced: box, hull, difference, regions, occlusion, each perhaps with its "
        "edge in parts of the face, as hull:feather=0.1,top=0.05; several allow what all of them allow", metavar="MASK",
    )  # fmt: skip
    mask_picture: Any = option(
        None, "Drawn mask", "white is replaced, black stays; drawn over the target", metavar="PICTURE"
    )
    regions: tuple[str, ...] = option(
        ("skin", "brows", "eyes", "glasses", "nose", "mouth", "lips"),
        "Regions", "what the mask regions replaces, as the target shows it", choices=REGIONS, metavar="REGION",
    )  # fmt: skip
    keep: tuple[str, ...] = option(
        (), "Keep of the target", "parts of its face that stay", choices=KEPT, metavar="PART"
    )
    colour: str = option("none", "Colour transfer", "how the swapped face takes the target's colours", choices=COLOURS)
    colour_strength: float = option(
        1.0, "Colour strength", "0 leaves the colours, 1 takes the target's", minimum=0, maximum=1, step=0.05
    )
    boost: str = option(
        NEVER, "Pixel boost", "swap a crop of so many pixels as several faces of the model's size, which takes longer; "
        "auto: as the face needs, up to 512", choices=BOOSTS,
    )  # fmt: skip
    enhance: str = option(
        NEVER, "Finer crop", "make what a neural model drew finer before it is pasted; auto: where the target's face "
        "has more pixels", choices=ENHANCE,
    )  # fmt: skip
    enhancer: str = option(
        AUTO, "Finer crop by", "a restorer or an upscaler; auto: a restorer, the web UI's own first", metavar="NAME"
    )
    sharpen: bool = option(False, "Sharpen", "unsharp masking of the finer crop")
    own_colours: bool = option(True, "Keep the crop's colours", "take out the tint that the finer crop came with")

    def __post_init__(self) -> None:
        settle(self)
        numbers(self.source_face, "source_face")
        for text in self.mask:
            mask_edge(text)
        if self.target_faces.strip().lower() != EVERY_FACE:
            numbers(self.target_faces, "target_faces")
        if rectangle(self.box):
            for name, default in (("target_faces", "0"), ("like", None), ("sex", "any"), ("max_faces", 0)):
                if not same(getattr(self, name), default):
                    raise OptionError(f"box names the face by itself; leave out {name}.", field=name)

    @property
    def measured(self) -> bool:
        """True when the result has to be compared with anything."""
        return self.similarity or self.min_similarity > 0 or self.min_reference_similarity > 0

    @property
    def outlined(self) -> bool:
        """True when the face's mesh says better than its five points what is masked or kept."""
        return bool(self.keep) or any(mask_edge(text)[0] == "hull" for text in self.mask)
