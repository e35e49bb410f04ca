"""What a restorer can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..types import Image


class Restorer(Protocol):
    """Draws faces anew."""

    name: str
    """As the `restorer` option names it."""
    models: tuple[str, ...]
    """The nets that it runs, for reports."""

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        """The faces of square RGB crops aligned by FFHQ_512, in the same frame, perhaps at another size.

        fidelity: 1 keeps close to the crop, 0 prefers a face without flaws; not every net can choose.
        """
        ...
