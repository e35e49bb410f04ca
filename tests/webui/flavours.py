"""In what the web UIs of the family differ, as far as roop meets it: measured on running ones, read in their code."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """One host.

    composites: has the hooks around pasting what was inpainted. indexed: tells a picture's number in the job.
    stealthy: saving makes the picture itself RGBA, with text in its alpha. restorers: has a list of face restorers, and
    restores faces before `postprocess_image`. pads: fills up short lists of arguments. tensors: its samples are CHW
    floats, not pictures. colours_first: corrects colours before `postprocess_image`, not after. ends: calls
    `postprocess` after an interrupt, too. judges: a job says by itself whether it saves.
    """

    name: str
    composites: bool = True
    indexed: bool = False
    stealthy: bool = False
    restorers: bool = True
    pads: bool = True
    tensors: bool = True
    colours_first: bool = False
    ends: bool = True
    judges: bool = True


A1111 = Flavour(name="a1111")
FORGE = Flavour(name="forge", indexed=True, stealthy=True)
REFORGE = Flavour(name="reforge", stealthy=True)
SDNEXT = Flavour(
    name="sdnext",
    composites=False,
    restorers=False,
    pads=False,
    tensors=False,
    colours_first=True,
    ends=False,
    judges=False,
)
FLAVOURS = (A1111, FORGE, REFORGE, SDNEXT)

EVERYWHERE = (
    *("setup", "before_process", "process", "before_process_batch", "process_batch"),
    *("postprocess_batch", "postprocess_batch_list", "postprocess_image", "postprocess"),
)
AROUND_PASTING = ("postprocess_maskoverlay", "postprocess_image_after_composite")


def hooks(flavour: Flavour) -> tuple[str, ...]:
    """The hooks that the host's scripts have."""
    return EVERYWHERE + AROUND_PASTING * flavour.composites
