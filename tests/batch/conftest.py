"""A folder of drawn people, and runs over it with fakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lib_roop.batch.folder import Run
from lib_roop.batch.making import Row, Task
from lib_roop.batch.manifest import NAME, Manifest
from lib_roop.errors import Refused
from lib_roop.images import read
from lib_roop.options import OutputOptions, PostOptions, SwapUnit, describe
from lib_roop.options.film import FolderOptions
from lib_roop.types import Image
from tests.cli.running import save
from tests.fakes import FakeGate, Fakes, people, row

UNWANTED = 99
"""The person whom the gate refuses."""


class PickyGate(FakeGate):
    """Refuses the pictures of one person."""

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        super().check(pictures, youngest)
        if any(UNWANTED in people(picture) for picture in pictures):
            raise Refused("The picture shows what it must not.", part="UNWANTED", score=0.9)


@dataclass
class Folder:
    """Targets, and where their results go."""

    target: Path
    output: Path
    fakes: Fakes

    def run(self, **changes: Any) -> list[Row]:
        """The rows of a run. changes: options by name, or the fields of Task."""
        task = self.task(**changes)
        with Manifest(task.output) as book:
            return list(Run(self.fakes.engine(), task, book).rows(lambda: False))

    def task(self, **changes: Any) -> Task:
        """Whoever is the first in each picture becomes person 200, and `changes`."""
        parts: dict[str, Any] = {}
        for name, kind in (("options", FolderOptions), ("saving", OutputOptions), ("post", PostOptions)):
            known = {entry.name for entry in describe(kind)}
            parts[name] = kind(**{each: changes.pop(each) for each in [*changes] if each in known})
        usual = {"units": (SwapUnit(source=(read(row(200)),)),), "target": self.target, "output": self.output}
        return Task(**{**usual, **parts, **changes})

    def statuses(self, **changes: Any) -> dict[str, str]:
        return {each.target: each.status for each in self.run(**changes)}

    @property
    def results(self) -> dict[str, bytes]:
        """What lies there, but for the manifest."""
        found = sorted(path for path in self.output.rglob("*") if path.is_file() and path.name != NAME)
        return {path.relative_to(self.output).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Five pictures: two people, one, one below, nobody, and one that is none."""
    target = tmp_path / "in"
    (target / "below").mkdir(parents=True)
    for name, picture in {"a.png": row(10, 20), "b.png": row(30), "below/a.png": row(40), "nobody.png": row()}.items():
        save(target / name, picture)
    (target / "broken.png").write_bytes(b"no picture")
    return Folder(target, tmp_path / "out", Fakes(gate=PickyGate()))
