"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

PART = re.compile(r"\.[0-9a-f]{16}\.part")
"""What a file is called until it is whole; one that stays is from a run that was killed."""
PRIVATE = 0o600
"""The mode of a file that nobody else on the machine may read; Windows has none."""


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Put `data` where `path` is, or where it links to. Raises OSError; then what was there is still there.

    mode: the new file's, less the umask.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        beside.touch(mode, exist_ok=False)
        beside.write_bytes(data)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
