"""What everybody reads once, before their first swap."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .host import data_folder

if TYPE_CHECKING:
    from .host import Host

MARKER = "first-use-told"
PARAGRAPH = (
    "roop is made for your own face and for the faces of people who agreed. Say that a picture was altered where you "
    "show it; files that roop writes say so in their metadata. Pictures that show nudity are refused. Faces are "
    "biometric data: what roop keeps of them stays on this machine. This is said once; docs/safety.md says more."
)


def tell(host: Host) -> None:
    """Say it where the user looks, unless it was said before. Where that cannot be noted it is said again."""
    marker = data_folder() / MARKER
    with suppress(OSError):
        if marker.exists():
            return
    host.say(PARAGRAPH)
    with suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
