"""Running roop inside the test, with the real engine or fakes; and pictures to run it on."""

from pathlib import Path

import pytest
from PIL import Image as Pillow

from lib_roop.__main__ import main
from lib_roop.engine import Engine
from lib_roop.portrait import portrait
from tests.cli.running import Ended, Run, save

PALE, DARK = ((236, 190, 166), (92, 60, 34)), ((198, 150, 120), (40, 32, 30))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real one; its nets are loaded once."""
    return Engine()


@pytest.fixture
def run_with(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line with an engine."""

    def run(engine: Engine, *argv: object) -> Ended:
        code = main([str(word) for word in argv], lambda: engine)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def roop(engine: Engine, run_with: Run) -> Run:
    """Run a command line with the real engine."""
    return lambda *argv: run_with(engine, *argv)


@pytest.fixture
def afresh(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line with an engine that the command makes for itself, as its options say."""

    def run(*argv: object) -> Ended:
        code = main([str(word) for word in argv])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with drawn people: pale.png, dark.png, both.png (dark left, pale right), and empty.png without any."""
    folder = tmp_path_factory.mktemp("pictures")
    pale, dark = portrait(192, *PALE), portrait(192, *DARK)
    save(folder / "pale.png", pale)
    save(folder / "dark.png", dark)
    pair = Pillow.new("RGB", (400, 192), (150, 165, 176))
    pair.paste(Pillow.fromarray(dark), (0, 0))
    pair.paste(Pillow.fromarray(pale), (208, 0))
    pair.save(folder / "both.png")
    Pillow.new("RGB", (200, 150), (90, 120, 90)).save(folder / "empty.png")
    return folder


@pytest.fixture
def here(tmp_path: Path, pictures: Path) -> Path:
    """A folder of the test's own with those pictures."""
    for path in pictures.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path
