"""The layers of docs/architecture.md, held by reading every import."""

import ast
from collections.abc import Iterator
from functools import cache
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
    {"casting", "looking", "neural", "finishing", "inventory", "preparing", "request", "swap"},
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
    "av": {"video"},
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
WRITERS = ("write", "encode", "put", "preview", "animated")
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


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def _imported(path: Path) -> frozenset[str]:
    """Dotted names of everything that a file imports, relative ones made absolute; type-checking imports count too."""
    package = ("lib_roop", *path.relative_to(PACKAGE).parent.parts)
    names: set[str] = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            stem = ".".join(filter(None, (base, node.module)))
            names.update(f"{stem}.{alias.name}" for alias in node.names)
    return frozenset(names)


def _own_parts(path: Path) -> set[str]:
    names = [name.split(".") for name in _imported(path)]
    return {parts[1] for parts in names if parts[0] == "lib_roop" and len(parts) > 1}


def test_imports_point_down() -> None:
    known = {name for layer in LAYERS for name in layer}
    # The package's own file names what is public and resolves it lazily; test_import.py holds that.
    for path in set(_sources()) - {PACKAGE / "__init__.py"}:
        part = _part(path)
        assert part in known, f"{part} is in no layer"
        upward = {name for name in _own_parts(path) & known if _layer(name) < _layer(part)}
        assert not upward, f"{path} imports {upward} from above"


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


def test_only_provenance_writes_pictures() -> None:
    found = []
    for path in _sources():
        place = path.relative_to(PACKAGE).as_posix()
        if not {_part(path), place} & set(UNMARKED):
            found += [f"{place}, line {line}: {why}" for line, why in _written(path, place)]
    assert not found


def _written(path: Path, place: str) -> Iterator[tuple[int, str]]:
    """Where a file writes a picture, or could."""
    nodes = _nodes(path)
    # A part of something is not called: a button named save has its click.
    parts = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            before = node.attr == "preview" and place == SHOWS_BEFORE
            if (owner == "images" and node.attr in WRITERS and not before) or node.attr in FOREIGN_WRITERS:
                yield node.lineno, f"it uses {node.attr}"
            if node.attr == "save" and owner not in SAVERS and id(node) not in parts:
                yield node.lineno, "it saves without provenance"
        if isinstance(node, ast.ImportFrom):
            own = (node.module or "").split(".")[-1] in ("images", "writing")
            if {alias.name for alias in node.names} & {*FOREIGN_WRITERS, *(WRITERS if own else ())}:
                yield node.lineno, "it imports a writer"


def test_the_gate_of_apply_has_no_default() -> None:
    tree = ast.parse((PACKAGE / "pipeline.py").read_text(encoding="utf-8"))
    apply = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "apply")
    defaults = dict(zip((arg.arg for arg in apply.args.kwonlyargs), apply.args.kw_defaults, strict=True))
    assert "gate" in defaults and defaults["gate"] is None


def test_there_is_no_module_state_and_no_broad_handler_but_one() -> None:
    caught = []
    for path in _sources():
        for node in _nodes(path):
            assert not isinstance(node, ast.Global), f"{path}:{node.lineno} uses global"
            if isinstance(node, ast.ExceptHandler):
                names = {name.id for name in ast.walk(node.type or ast.Pass()) if isinstance(name, ast.Name)}
                broad = not node.type or bool(names & {"Exception", "BaseException"})
                caught += [path.relative_to(PACKAGE).as_posix()] * broad
    assert caught == [BOUNDARY]
