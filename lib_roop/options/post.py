"""What is done to the result when all faces are swapped."""

from __future__ import annotations

from dataclasses import dataclass

from .declaring import option, settle
from .unit import AUTO

NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """What is done to the result when all faces are swapped.

    Which restorers and upscalers there are is a matter of the host and of its model folders, so the engine says whether
    it knows a name. Raises OptionError when a value has the wrong type or is out of range.
    """

    restorer: str = option(
        AUTO, "Restorer", "a net that draws swapped faces anew, finer, or none; auto: after a neural model of 128 "
        "pixels, if there is one, the web UI's own first", metavar="NAME",
    )  # fmt: skip
    restorer_visibility: float = option(
        1.0, "Restorer visibility", "how much of the restored face is seen", minimum=0, maximum=1, step=0.05
    )
    fidelity: float = option(
        0.5, "Fidelity", "of CodeFormer: 1 keeps close to the swapped face, 0 prefers one without flaws",
        minimum=0, maximum=1, step=0.05,
    )  # fmt: skip
    restore_all: bool = option(False, "Restore every face", "the faces that were not swapped, too")
    upscaler: str = option(
        NONE, "Upscaler", "what enlarges the result: lanczos, a net, or one of the web UI's own", metavar="NAME"
    )
    scale: float = option(2.0, "Scale", "how many times larger the upscaler makes it", minimum=1, maximum=8, step=0.05)
    upscaler_visibility: float = option(
        1.0, "Upscaler visibility", "how much of a net's enlargement is seen over a plain one",
        minimum=0, maximum=1, step=0.05,
    )  # fmt: skip
    upscale_first: bool = option(False, "Upscale first", "enlarge before faces are restored, not afterwards")

    def __post_init__(self) -> None:
        settle(self)
