"""Every test runs as the user of a data folder of its own, who has read what is said before the first swap."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib_roop.first_use import MARKER


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("roop-home")
    (folder / MARKER).touch()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROOP_HOME", str(folder))
        yield folder
