"""Running roop as a process, and what a command leaves behind."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from lib_roop.types import Image

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        return json.loads(self.out)

    def says(self, code: int, *parts: str) -> None:
        """Assert that it failed with this code and one sentence, which holds these parts, and printed nothing."""
        assert (self.code, self.out) == (code, ""), self
        assert self.err.startswith("roop: ") and self.err.endswith("\n") and self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        for part in parts:
            assert part in self.err


Run = Callable[..., Ended]


def save(path: Path, picture: Image) -> Path:
    Pillow.fromarray(picture).save(path)
    return path


def process(*argv: object, first: str = "", root: Path = ROOT) -> Ended:
    """Run roop in a process of its own, after the statements `first`."""
    program = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n{first}\nfrom lib_roop.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", program, *map(str, argv)], capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def names(folder: Path) -> set[str]:
    """What a folder holds."""
    return {path.name for path in folder.iterdir()}
