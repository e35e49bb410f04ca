"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PART = re.compile(r"\.[0-9a-f]{16}\.part")
"""What a file is called until it is whole; one that stays is from a run that was killed."""
PRIVATE = 0o600
"""The mode of a file that nobody else on the machine may read; Windows has none."""


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Put `data` where `path` is, or where it links to. Raises OSError; then what was there is still there.

    mode: the new file's, less the umask.
    """
    with whole(path, mode) as file:
        file.write(data)


@contextmanager
def whole(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A new file, which is put where `path` is at the end; after an error what was there is still there.

    mode: as in `write_whole`. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        beside.touch(mode, exist_ok=False)
        with beside.open("r+b") as file:
            yield file
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def locked(file: IO[bytes]) -> bool:
    """Whether nobody else has the file; it is ours until it is closed or the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            # Beyond its end, as what is locked there cannot be read.
            file.seek(1 << 30)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        # The file system knows no locks.
        return True
    return True
