"""nudenet's detector, run here from the file in its package: yolov8n, trained for 18 classes of body parts.

Its contract was read in nudenet 3.4.2, nudenet.py. Here the net gets RGB. nudenet turns the channels of a file round
twice, so that there the net gets BGR; but its calls are those for RGBA, with which it would get RGB, and the faces of
photographs score higher so: 0.81 and not 0.72 for skimage's astronaut, 0.76 and not 0.61 for Grace Hopper.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError
from ..types import Image
from ..zoo import runtime, store
from ..zoo.nudenet import NUDENET_320N, PARTS, VERSION
from ..zoo.runtime import Net, Tensor
from .gate import Seen
from .views import scaled, windows

SIDE = 320
BATCH = 8
"""Views a run, so that a long panorama needs no more memory than eight pictures."""
THRESHOLD = 0.45
"""As in Diffusion-MU-Attack (Zhang et al., ECCV 2024), src/tasks/utils/metrics/nudity_eval.py, detectNudeClasses."""
FLOOR, OVERLAP = 0.2, 0.45
"""nudenet's own: the least score that is kept, and the share of two boxes' area that makes them one."""
MEND = f"pip install --force-reinstall --no-deps nudenet=={VERSION}"
ANEW = "make roop's environment anew: delete .venv and run ./run"
"""For environments without pip, as ./run makes them."""


class NudeNet:
    """Looks with nudenet's detector."""

    name = NUDENET_320N.name
    threshold = THRESHOLD

    def __init__(self, net: Net, origin: str) -> None:
        self._net = net
        self.origin = origin

    def views(self, picture: Image) -> list[Image]:
        """Squares of 320 pixels, black on the right or below."""
        return [_squared(window) for window in windows(picture, SIDE)]

    def look(self, views: Sequence[Image]) -> Seen:
        best: dict[str, float] = {}
        for start in range(0, len(views), BATCH):
            pixels = np.stack(views[start : start + BATCH]).astype(np.float32).transpose(0, 3, 1, 2)
            for output in self._net.run({"images": pixels / np.float32(255)})["output0"]:
                for part, score in sightings(output):
                    best[part] = max(score, best.get(part, 0))
        return best


def load(folder: Path | None = None) -> NudeNet | None:
    """The checker from nudenet's folder, by default the installed package's; None when nudenet is not installed.

    Raises ModelError when the net is not the one that is known.
    """
    folder = folder or _package()
    if folder is None or not folder.is_dir():
        return None
    path = folder / NUDENET_320N.file
    try:
        data = store.verified(NUDENET_320N, path)
    except ModelError as error:
        raise ModelError(
            f"{path} is not the net of nudenet {VERSION}; install it anew with: {MEND}, or {ANEW}"
        ) from error
    origin = f"{len(data):,} bytes, sha256 ok, {NUDENET_320N.licence}, {path}"
    return NudeNet(runtime.load(NUDENET_320N, data), origin)


def sightings(output: Tensor) -> list[tuple[str, float]]:
    """Parts and their scores from one view's output (22, n), where of overlapping boxes the surest one counts.

    Raises ModelError when the net gives anything but numbers: what cannot be read must not pass for an empty picture.
    """
    if not np.isfinite(output).all():
        raise ModelError(f"The net {NUDENET_320N.file} does not compute here; install onnxruntime anew.")
    scores, parts = output[4:].max(0), output[4:].argmax(0)
    which = np.flatnonzero(scores >= FLOOR)
    centres, sizes = output[:2, which].T, output[2:4, which].T
    boxes = np.hstack([centres - sizes / 2, sizes]).tolist()
    kept = cv2.dnn.NMSBoxes(boxes, scores[which].tolist(), FLOOR, OVERLAP)
    return [(PARTS[parts[place]], float(scores[place])) for place in which[np.asarray(kept, int).reshape(-1)]]


def _package() -> Path | None:
    spec = find_spec("nudenet")
    return Path(spec.origin).parent if spec and spec.origin else None


def _squared(window: Image) -> Image:
    small = scaled(window, SIDE / max(window.shape[:2]))
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    square[: small.shape[0], : small.shape[1]] = small
    return square
