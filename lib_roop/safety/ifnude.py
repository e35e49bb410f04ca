"""ifnude's detector (NudeNet 2, a RetinaNet), run here from the files that ifnude keeps in the user's folder.

Its contract was read in ifnude 0.0.3, detector.py and detector_utils.py. The package is never imported: it downloads
when it is. Its files are used where they lie already and the package is installed. Nobody published their size or
sha256, so those are not checked, and a net that answers in another form is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..types import Image
from ..zoo import runtime
from ..zoo.nudenet import VERSION
from ..zoo.runtime import OnnxNet, Tensor
from .gate import EXPOSED, Seen
from .views import scaled, windows

SHORT_SIDE, LONG_SIDE = 480, 800
"""Pixels of a picture in ifnude's fast mode; its other mode takes four times as long."""
THRESHOLD = 0.5
"""ifnude's own in its fast mode."""
MEANS = np.array([103.939, 116.779, 123.68], np.float32)
"""Of blue, green and red in ImageNet, as Caffe has them."""
NAMES = {
    "EXPOSED_BREAST_F": "FEMALE_BREAST_EXPOSED",
    "EXPOSED_BUTTOCKS": "BUTTOCKS_EXPOSED",
    "EXPOSED_ANUS": "ANUS_EXPOSED",
    "EXPOSED_GENITALIA_F": "FEMALE_GENITALIA_EXPOSED",
    "EXPOSED_GENITALIA_M": "MALE_GENITALIA_EXPOSED",
    "COVERED_BREAST_F": "FEMALE_BREAST_COVERED",
    "COVERED_BUTTOCKS": "BUTTOCKS_COVERED",
    "COVERED_GENITALIA_F": "FEMALE_GENITALIA_COVERED",
}
"""ifnude's names of the parts that matter, and nudenet's."""


class IfNude:
    """Looks with ifnude's detector."""

    name = "ifnude"
    threshold = THRESHOLD

    def __init__(self, net: OnnxNet, classes: Sequence[str], origin: str) -> None:
        self._net = net
        self._classes = classes
        self.origin = origin

    def views(self, picture: Image) -> list[Image]:
        """Up to 480 by 800 pixels."""
        return [scaled(window, _scale(window)) for window in windows(picture, LONG_SIDE)]

    def look(self, views: Sequence[Image]) -> Seen:
        best: dict[str, float] = {}
        (name,) = self._net.inputs
        for view in views:
            pixels = view[None, ..., ::-1].astype(np.float32) - MEANS
            labels, scores = _read(list(self._net.run({name: pixels}).values()), len(self._classes))
            for label, score in zip(labels, scores, strict=True):
                # The lists are filled up with -1.
                if score > 0 and (part := NAMES.get(self._classes[int(label)])):
                    best[part] = max(float(score), best.get(part, 0))
        return best


def load(folder: Path | None = None) -> IfNude | None:
    """The checker from ifnude's folder, by default ~/.ifnude; None when its two files are not there.

    Raises ModelError when they are not what they should be.
    """
    folder = folder or Path.home() / ".ifnude"
    net, classes = folder / "detector.onnx", folder / "classes"
    if not (net.is_file() and classes.is_file()):
        return None
    try:
        names = [line.strip() for line in classes.read_text(encoding="utf-8").splitlines() if line.strip()]
        data = net.read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The files of ifnude in {folder} cannot be read; {_REMEDY}") from error
    if EXPOSED - {NAMES.get(name) for name in names}:
        raise ModelError(f"{classes} is not the list of ifnude; {_REMEDY}")
    opened = runtime.load_unlisted(net.name, data)
    if len(opened.inputs) != 1:
        raise ModelError(f"{net} is not the net of ifnude; {_REMEDY}")
    checker = IfNude(opened, names, f"{len(data):,} bytes, sha256 not known, {net}")
    # A plain grey picture: what answers otherwise than ifnude's net would must fail now, not admit pictures later.
    checker.look(checker.views(np.full((SHORT_SIDE, SHORT_SIDE, 3), 128, np.uint8)))
    return checker


_REMEDY = f"install the other checker with: pip install nudenet=={VERSION}"


def _read(outputs: Sequence[Tensor], classes: int) -> tuple[Tensor, Tensor]:
    """Labels and scores of one view, (n,) each, known by their kind as ifnude does; the boxes are (1, n, 4)."""
    labels = [output[0] for output in outputs if output.dtype == np.int32 and output.ndim == 2]
    scores = [output[0] for output in outputs if output.dtype == np.float32 and output.ndim == 2]
    boxes = [output for output in outputs if output.ndim == 3 and output.shape[2] == 4]
    known = (
        len(labels) == len(scores) == len(boxes) == 1 and np.isfinite(scores[0]).all() and (labels[0] < classes).all()
    )
    if not known:
        raise ModelError(f"The net of ifnude does not give what it should; {_REMEDY}")
    return labels[0], scores[0]


def _scale(window: Image) -> float:
    """ifnude's: the short side becomes 480 pixels, or the long one 800 where that is smaller."""
    height, width = window.shape[:2]
    return float(min(SHORT_SIDE / min(height, width), LONG_SIDE / max(height, width)))
