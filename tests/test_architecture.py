"""The layers of docs/architecture.md, held by reading every import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lib_roop"

LAYERS = (
    {"__main__"},
    {"cli"},
    {"app", "webui"},
    {"api"},
    {"ui"},
    {"bodies", "doctor", "first_use"},
    {"batch", "video", "analysing", "comparing", "extracting", "faces", "gathering", "library", "weights"},
    {"engine"},
    {"casting", "looking", "neural", "finishing", "inventory", "request", "swap"},
    {"pipeline"},
    {"planning", "reports"},
    {"enhancement"},
    {"analysers", "swappers", "restorers", "upscalers", "maskers", "safety", "provenance"},
    {"zoo", "identities"},
    {
        *("selection", "similarity", "masks", "colour", "facemesh", "geometry", "templates"),
        *("images", "drawing", "measures", "rasteriser", "portrait"),
    },
    {"host", "options", "memory", "types", "files", "errors", "photographs", "__init__"},
)
"""From the top down; a part may import parts of lower layers, and of its own as long as there is no cycle."""
FAMILIES = ("analysers", "swappers", "restorers", "upscalers", "maskers")
ONLY_HERE = {
    **{name: {"identities/pickles.py"} for name in ("pickle", "dill", "marshal", "shelve", "joblib")},
    "c2pa": {"provenance/credentials.py"},
    "onnxruntime": {"zoo/runtime.py"},
    "insightface": set(),
    "gradio": {"ui", "app.py"},
    **{name: {"api", "app.py"} for name in ("fastapi", "starlette")},
    "uvicorn": {"api"},
    "pydantic": set(),
    "modules": set(),
    "nudenet": set(),
    "ifnude": set(),
}
"""Which parts may import these packages."""
BY_NAME = {"__init__.py", "__main__.py", "restorers/codeformer_pip.py", "webui/interfaces.py"}
"""Which files may import what they name by a string; a host's own packages come in that way, in one place."""
BOUNDARY = "webui/boundary.py"
"""The one file that catches everything, so that no picture of a host is lost to a bug of ours."""
WRITERS = ("write", "encode", "put", "preview")
"""Functions of images that write without marks."""
SHOWS_BEFORE = "ui/viewing.py"
"""The one file that shows a picture as it was before the swap."""
FOREIGN_WRITERS = ("imwrite", "imwritemulti", "imencode")
SAVERS = ("provenance", "swap", "faces", "interfaces", "presets")
"""What may be told to save: three mark what they write, what a host saves `webui.saving.mark_saved` marks, and presets
are texts."""
UNMARKED = ("images", "provenance", "identities/checkpoints.py")
"""Where pictures become bytes; a texture inside a face checkpoint is no picture file."""


def _sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _part(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def _layer(part: str) -> int:
    return next(depth for depth, parts in enumerate(LAYERS) if part in parts)


def _imported(path: Path) -> Iterator[str]:
    """Dotted names of everything that a file imports, relative ones made absolute; type-checking imports count too."""
    package = ("lib_roop", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            stem = ".".join(filter(None, (base, node.module)))
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def _own_parts(path: Path) -> set[str]:
    names = [name.split(".") for name in _imported(path)]
    return {parts[1] for parts in names if parts[0] == "lib_roop" and len(parts) > 1}


@pytest.mark.parametrize(
    "path",
    # The package's own file names what is public and resolves it lazily; test_import.py holds that.
    [path for path in _sources() if path != PACKAGE / "__init__.py"],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_imports_point_down(path: Path) -> None:
    part = _part(path)
    known = {name for layer in LAYERS for name in layer}
    assert part in known, f"{part} is in no layer"
    upward = {name for name in _own_parts(path) & known if _layer(name) < _layer(part)}
    assert not upward, f"{path.name} imports {upward} from above"


def test_within_a_layer_imports_have_no_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for path in _sources():
        graph.setdefault(_part(path), set()).update(_own_parts(path) - {_part(path)})
    seen: dict[str, bool] = {}

    def visit(part: str, trail: tuple[str, ...]) -> None:
        assert part not in trail, f"cycle: {' -> '.join((*trail, part))}"
        if part not in seen:
            for other in graph.get(part, ()):
                visit(other, (*trail, part))
            seen[part] = True

    for part in graph.keys() - {"__init__"}:
        visit(part, ())


@pytest.mark.parametrize("family", FAMILIES)
def test_files_of_a_family_import_only_its_base_and_their_own_pieces(family: str) -> None:
    for path in (PACKAGE / family).glob("*.py"):
        others = _own_parts(path) & set(FAMILIES) - {family}
        assert not others, f"{path.name} imports {others}"


@pytest.mark.parametrize("package", ONLY_HERE)
def test_a_package_is_imported_in_its_one_place(package: str) -> None:
    for path in _sources():
        if any(name.split(".")[0] == package for name in _imported(path)):
            place = path.relative_to(PACKAGE)
            assert {place.as_posix(), place.parts[0]} & ONLY_HERE[package], f"{place} imports {package}"


def test_only_these_files_import_by_name() -> None:
    files = {
        path.relative_to(PACKAGE).as_posix()
        for path in _sources()
        if "import_module(" in path.read_text(encoding="utf-8")
    }
    assert files == BY_NAME


@pytest.mark.parametrize(
    "path",
    [path for path in _sources() if not {_part(path), path.relative_to(PACKAGE).as_posix()} & set(UNMARKED)],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_only_provenance_writes_pictures(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    # A part of something is not called: a button named save has its click.
    parts = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            before = node.attr == "preview" and path.relative_to(PACKAGE).as_posix() == SHOWS_BEFORE
            assert owner != "images" or node.attr not in WRITERS or before, f"line {node.lineno}: images.{node.attr}"
            assert node.attr not in FOREIGN_WRITERS, f"line {node.lineno} uses {node.attr}"
            spared = owner in SAVERS or id(node) in parts
            assert node.attr != "save" or spared, f"line {node.lineno} saves without provenance"
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            assert not names & set(FOREIGN_WRITERS), f"line {node.lineno} imports a writer"
            if (node.module or "").split(".")[-1] in ("images", "writing"):
                assert not names & set(WRITERS), f"line {node.lineno} imports a writer"


def test_the_gate_of_apply_has_no_default() -> None:
    tree = ast.parse((PACKAGE / "pipeline.py").read_text(encoding="utf-8"))
    apply = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "apply")
    defaults = dict(zip((arg.arg for arg in apply.args.kwonlyargs), apply.args.kw_defaults, strict=True))
    assert "gate" in defaults and defaults["gate"] is None


def test_there_is_no_module_state_and_no_broad_handler_but_one() -> None:
    caught = []
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Global), f"{path}:{node.lineno} uses global"
            if isinstance(node, ast.ExceptHandler):
                names = {name.id for name in ast.walk(node.type or ast.Pass()) if isinstance(name, ast.Name)}
                broad = not node.type or bool(names & {"Exception", "BaseException"})
                caught += [path.relative_to(PACKAGE).as_posix()] * broad
    assert caught == [BOUNDARY]
