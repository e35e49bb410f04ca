"""How much memory and disk is free."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def free_memory() -> int:
    """Bytes that a program may take without others being swapped out; 0 where the system does not tell."""
    if sys.platform == "win32":
        status = (ctypes.c_uint64 * 8)(64)
        # MEMORYSTATUSEX: two numbers of 4 bytes, then bytes of memory in all and bytes that are free.
        return int(status[2]) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
    try:
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
        return int(found[1]) << 10 if found else 0
    except OSError:
        # macOS tells how much there is, and presses together what lies idle: half of it can be had.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def free_disk(folder: Path) -> int:
    """Bytes that can be written there. Raises OSError."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Room:
    """What tells how many bytes are free: of memory, and of the disk that a folder is on."""

    memory: Callable[[], int] = free_memory
    disk: Callable[[Path], int] = free_disk
