"""No way to a swapped picture leads past the gate, and nothing opens it."""

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from lib_roop import images
from lib_roop.__main__ import main
from lib_roop.api.table import TABLE
from lib_roop.cli.arguments import COMMANDS, parsers
from lib_roop.engine import Engine
from lib_roop.errors import Refused
from lib_roop.options import OutputOptions, PostOptions, RuntimeOptions, SwapUnit, describe
from lib_roop.options.film import FilmOptions, FolderOptions
from lib_roop.portrait import portrait
from lib_roop.safety import NudityGate
from tests.cli.running import save
from tests.entry_points import ENTRIES, HARMLESS, Entry
from tests.fakes import FakeGate
from tests.test_architecture import LAYERS, PACKAGE

UNIT_OPTIONS = {
    *("source", "checkpoint", "blend", "pool", "seed", "source_face", "target_faces", "order", "sex", "like"),
    *("like_threshold", "detection_threshold", "max_faces", "box", "model", "strength", "similarity"),
    *("min_similarity", "min_reference_similarity", "mask", "mask_picture", "regions", "keep", "colour"),
    *("colour_strength", "boost", "enhance", "enhancer", "sharpen", "own_colours"),
}
POST_OPTIONS = {
    *("restorer", "restorer_visibility", "fidelity", "restore_all", "upscaler", "scale", "upscaler_visibility"),
    *("upscale_first",),
}
RUNTIME_OPTIONS = {"provider", "threads", "pack", "det_size", "fast_graph", "unload_after"}
OUTPUT_OPTIONS = {"label", "c2pa_key", "c2pa_certificate"}
FILM_OPTIONS = {"trim", "fps", "encoder", "quality", "preset", "audio", "workers", "max_memory", "segment", "steady"}
FOLDER_OPTIONS = {"names", "image_format", "every", "skip_existing", "copy_others"}
TYPED_OPTIONS = {
    *("--accept", "--draw", "--drop-outliers", "--every-face", "--format", "--help", "-h", "--json", "--method"),
    *("--no-label", "--no-own-colours", "--no-restore-all", "--no-sharpen", "--no-upscale-first"),
    *("--no-similarity", "--no-texture", "--out", "--output", "--overwrite", "--pick", "--report", "--target"),
    *("--units", "--yes", "--provider", "--threads", "--pack", "--det-size", "--fast-graph", "--update"),
    *("--csv", "--plain", "--size"),
    *("--host", "--port", "--auth", "--browser", "--no-browser"),
    *("--no-skip-existing", "--no-copy-others"),
    *("--no-audio", "--no-steady", "--preview"),
}
"""Those that are no options of a unit or of the output."""
VARIABLES = {"ROOP_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "ORT_DISABLE_TELEMETRY", "SVT_LOG"}
"""What is listed here was looked at: none of it has to do with the gate, and nothing that has may be added."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    save(tmp_path / "pale.png", portrait(192, (236, 190, 166), (92, 60, 34)))
    save(tmp_path / "dark.png", portrait(192, (198, 150, 120), (40, 32, 30)))
    return tmp_path


def altered(folder: Path) -> list[Path]:
    """The pictures that roop wrote."""
    pictures = [path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"}]
    return [path for path in pictures if b"DigitalSourceType" in images.read(path).metadata.xmp]


def sources() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("call", [1, 2], ids=["target", "result"])
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_refusal_stops_every_way_in_and_nothing_is_written(
    engine: Engine, here: Path, entry: Entry, call: int
) -> None:
    engine.gate = FakeGate(refuses=call)
    try:
        ended = entry.run(engine, here)
    except Refused:
        ended = Refused.exit_code
    assert ended in (2, 4) and not altered(here)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_way_in_shows_the_gate_the_target_and_the_result(engine: Engine, here: Path, entry: Entry) -> None:
    gate = FakeGate()
    engine.gate = gate
    entry.run(engine, here)
    assert len(gate.shown) == 2 and (gate.shown[0] != gate.shown[1]).any()


def test_every_method_command_and_part_is_listed() -> None:
    ways = {f"Engine.{name}" for name, _ in inspect.getmembers(Engine) if not name.startswith("_")}
    ways |= {f"roop {command}" for command in COMMANDS}
    above = set().union(*LAYERS[: LAYERS.index({"pipeline"})]) & {path.stem for path in PACKAGE.iterdir()}
    ways |= above - {"__main__"} - {entry.part for entry in ENTRIES}
    ways |= {way.name for way in TABLE} - {entry.name for entry in ENTRIES}
    listed = {entry.name for entry in ENTRIES if entry.part in {"engine", "cli"}}
    assert not listed & HARMLESS.keys()
    assert ways == listed | HARMLESS.keys(), "put it into tests/entry_points.py"


def test_only_the_engine_applies_plans_and_it_gives_its_gate() -> None:
    for path, text in sources():
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
                continue
            name = ast.unparse(node.func)
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            if name in {"pipeline.apply", "pipeline.enlarged", "apply"}:
                given = ast.unparse(keywords["gate"])
                # A moment lets the gate look at some frames of a film, and only films have moments.
                assert path.name == "engine.py" and given == "moment.gate(self.gate) if moment else self.gate"
            if name.split(".")[-1] == "Engine":
                assert "gate" not in keywords, f"{path}:{node.lineno} gives an engine another gate"
            if name.split(".")[-1] == "swap" and path.parent.name != "cli":
                known = {"pipeline.py", "engine.py", "doctor.py"}
                assert path.name in known, f"{path}:{node.lineno} calls a swapper itself"


def test_an_engine_has_the_real_gate_unless_it_is_given_another() -> None:
    assert isinstance(Engine().gate, NudityGate)
    assert isinstance(Engine(gate=None).gate, NudityGate)


def test_no_option_has_to_do_with_the_gate() -> None:
    assert {entry.name for entry in describe(SwapUnit)} | {each.name for each in fields(SwapUnit)} == UNIT_OPTIONS
    output = {entry.name for entry in describe(OutputOptions)} | {each.name for each in fields(OutputOptions)}
    assert output == OUTPUT_OPTIONS
    machine = {entry.name for entry in describe(RuntimeOptions)} | {each.name for each in fields(RuntimeOptions)}
    assert machine == RUNTIME_OPTIONS
    post = {entry.name for entry in describe(PostOptions)} | {each.name for each in fields(PostOptions)}
    assert post == POST_OPTIONS
    folder = {entry.name for entry in describe(FolderOptions)} | {each.name for each in fields(FolderOptions)}
    assert folder == FOLDER_OPTIONS
    typed = {name for parser in parsers()[1].values() for name in parser.known()}
    film = {entry.name for entry in describe(FilmOptions)} | {each.name for each in fields(FilmOptions)}
    assert film == FILM_OPTIONS
    typed_names = UNIT_OPTIONS | POST_OPTIONS | OUTPUT_OPTIONS | FOLDER_OPTIONS | FILM_OPTIONS
    named = {f"--{name.replace('_', '-')}" for name in typed_names}
    assert typed == TYPED_OPTIONS | named


def test_no_environment_variable_has_to_do_with_the_gate() -> None:
    read: set[str] = set()
    for path, text in sources():
        if path.parent.name == "safety" or path.name in {"pipeline.py", "engine.py"}:
            assert not re.search(r"\benviron\b|getenv", text), path
        for node in ast.walk(ast.parse(text)) if re.search(r"environ|getenv", text) else ():
            if isinstance(node, ast.Call | ast.Subscript) and re.search(r"environ|getenv", ast.unparse(node)):
                read |= {
                    leaf.value
                    for leaf in ast.walk(node)
                    if isinstance(leaf, ast.Constant)
                    and isinstance(leaf.value, str)
                    and re.fullmatch("[A-Z][A-Z0-9_]+", leaf.value)
                }
    assert read == VARIABLES


@pytest.mark.parametrize("word", ["--no-safety", "--gate=none", "--safety=off"])
def test_there_is_no_switch_to_type(here: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert main(["swap", "--source", str(here / "pale.png"), "--target", str(here / "dark.png"), word]) == 2
    assert f"There is no option {word.partition('=')[0]}" in capsys.readouterr().err
