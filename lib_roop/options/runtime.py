"""Where and how nets run, which is a matter of the machine and not of a swap."""

from __future__ import annotations

from dataclasses import dataclass

from .declaring import option, settle
from .unit import AUTO

ON, OFF = "on", "off"
FAST_GRAPHS = (AUTO, ON, OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeOptions:
    """Where and how nets run. Raises OptionError when a value has the wrong type or is out of range."""

    provider: str = option(
        AUTO, "Device", "where nets run: cpu, cuda, rocm, migraphx, openvino, directml, coreml, or what the installed "
        "onnxruntime calls it", metavar="NAME",
    )  # fmt: skip
    threads: int = option(
        0, "Threads", "how many a net may use, 0 for as many as there are cores", minimum=0, maximum=1024, metavar="N"
    )
    pack: str = option(
        AUTO, "Pack", "which nets find and recognise faces: buffalo_l, ... or a folder of your own in a model folder",
        metavar="NAME",
    )  # fmt: skip
    det_size: int = option(
        0, "Detection size", "of a pack's detector: the side of the square that a picture is made to fit, such as 640; "
        "0 follows the picture", minimum=0, maximum=4096, step=32, metavar="PIXELS",
    )  # fmt: skip
    fast_graph: str = option(
        AUTO, "Faster graph", "on the CPU, rewrite inswapper's graph once so that it takes half the time, and keep it "
        "on disk (1.3 GB); auto: where memory and disk allow it, on: also where memory is short", choices=FAST_GRAPHS,
    )  # fmt: skip
    unload_after: int = option(
        0, "Unload after", "minutes after which a net that was not used makes room, 0 for never",
        minimum=0, maximum=100_000, metavar="MINUTES",
    )  # fmt: skip

    def __post_init__(self) -> None:
        settle(self)
