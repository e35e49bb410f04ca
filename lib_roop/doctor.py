"""What works on this machine, and how to mend what does not. It goes on where something is broken."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import InputError, ModelError, NoFaceError, RoopError
from .host import data_folder

if TYPE_CHECKING:
    from .engine import Engine

PACKAGES = ("numpy", "opencv-python-headless", "pillow", "onnxruntime", "insightface", "safetensors", "nudenet")
RIVALS = (
    ("opencv-python-headless", "opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"),
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-silicon"),
)
"""Builds of one package: each is enough alone, and two write over each other's files."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` says what to do when it is not ok."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def facts() -> tuple[tuple[str, str], ...]:
    """Versions and places, by name."""
    known = [("roop", __version__), ("python", platform.python_version()), ("platform", platform.platform())]
    known += [(name, installed(name) or "-") for name in _named()]
    return (*known, ("data folder", str(data_folder())))


def checks(make_engine: Callable[[], Engine]) -> tuple[Check, ...]:
    """Everything that is looked at; `make_engine` may raise ModelError."""
    return (
        *_clashes(),
        *_nets(make_engine),
        _mesh_file(),
        _engine(make_engine),
        *_beside(make_engine),
        *_providers(make_engine),
        _safety(),
        _self_test(make_engine),
    )


def mend(found: Sequence[Check]) -> str:
    """What to do about those that are not ok, as a sentence; "" when all is well."""
    wrong = dict.fromkeys(check.mend.rstrip(".") for check in found if not check.ok)
    return "; ".join(wrong) + "." if wrong else ""


def text(facts: Sequence[tuple[str, str]], found: Sequence[Check]) -> str:
    """All of it as lines, to be copied into a report."""
    lines = [f"{name}: {value}" for name, value in facts]
    return "\n".join([*lines, *(f"{each.name}: {'ok' if each.ok else 'WRONG'}; {each.found}" for each in found)])


def body(facts: Sequence[tuple[str, str]], found: Sequence[Check]) -> dict[str, Any]:
    """All of it for JSON."""
    return {"facts": dict(facts), "checks": [asdict(check) for check in found]}


def installed(name: str) -> str:
    """The version of a package that pip has installed, "" for none. It is not imported."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def clash(names: Sequence[str]) -> Check | None:
    """What is wrong when several of these `names` are installed; None when it is not so."""
    if len(names) < 2:
        return None
    keep = names[0]
    mend = f"pip uninstall {' '.join(names)}, then pip install --force-reinstall {keep}"
    return Check("packages", ok=False, found=f"{' and '.join(names)} overwrite each other", mend=mend)


def _named() -> Iterator[str]:
    rivals = {name for group in RIVALS for name in group}
    for name in dict.fromkeys((*PACKAGES, *(name for group in RIVALS for name in group))):
        if name not in rivals or name in PACKAGES or installed(name):
            yield name


def _clashes() -> Iterator[Check]:
    for group in RIVALS:
        if found := clash([name for name in group if installed(name)]):
            yield found


def _nets(make_engine: Callable[[], Engine]) -> Iterator[Check]:
    from .zoo import builtin, store

    try:
        folders = make_engine().host.model_folders()
    except ModelError:
        folders = ()
    for card in (builtin.BLAZEFACE, builtin.FACEMESH, builtin.DLIB_RESNET):
        name = f"net {card.name}"
        try:
            path = store.find(card, folders)
        except ModelError as error:
            yield Check(name, ok=False, found="missing", mend=str(error))
            continue
        try:
            data = store.verified(card, path)
        except ModelError as error:
            yield Check(name, ok=False, found=f"damaged, {path}", mend=str(error))
        else:
            yield Check(name, ok=True, found=f"{len(data):,} bytes, sha256 ok, {card.licence}, {path}")


def _mesh_file() -> Check:
    from . import facemesh

    try:
        mesh = facemesh.topology()
    except ModelError as error:
        return Check("mesh", ok=False, found="missing or damaged", mend=str(error))
    return Check("mesh", ok=True, found=f"{len(mesh.triangles)} triangles, sha256 ok, Apache-2.0")


def _providers(make_engine: Callable[[], Engine]) -> Iterator[Check]:
    try:
        engine = make_engine()
        from .zoo import builtin, runtime

        number, offered = runtime.versions()
        engine.open_net(builtin.FACEMESH)
        *_, net = engine.loaded
    except RoopError as error:
        yield Check("providers", ok=False, found="unknown", mend=str(error))
        return
    asked, applied = (", ".join(names) for names in (net.asked, net.providers))
    found = f"asked {asked}; applied {applied}; onnxruntime {number} offers {', '.join(offered)}"
    mend = f"{net.note.rstrip('.')}; install its driver, or choose another device with --provider"
    yield Check("providers", ok=not net.note, found=found, mend=mend)


def _engine(make_engine: Callable[[], Engine]) -> Check:
    try:
        parts = make_engine().neural()
    except RoopError as error:
        return Check("engine", ok=False, found="unknown", mend=str(error))
    if parts is None:
        return Check("engine", ok=True, found="built-in; the neural one needs files: roop models list")
    pack = f"; {parts.pack.name}, {parts.pack.folder}" if parts.pack else ""
    return Check("engine", ok=True, found=f"neural: {parts.card.name} ({parts.card.licence}), {parts.file}{pack}")


def _beside(make_engine: Callable[[], Engine]) -> Iterator[Check]:
    try:
        finishers = make_engine().finishers
        known = {
            "restorers": finishers.restorers(),
            "upscalers": finishers.upscalers(),
            "masks": finishers.masks(),
        }
    except RoopError as error:
        yield Check("restorers", ok=False, found="unknown", mend=str(error))
        return
    for what, names in known.items():
        there, missing = ([name for name in names if names[name] is found] for found in (True, False))
        yield Check(what, ok=True, found="; ".join(filter(None, [", ".join(there), _lacking(missing)])))


def _lacking(names: Sequence[str]) -> str:
    return f"without their files: {', '.join(names)}" if names else ""


def _safety() -> Check:
    try:
        from . import safety

        checker = safety.load()
    except ImportError as error:
        return Check("safety check", ok=False, found="unknown", mend=f"A package cannot be imported: {error}")
    except RoopError as error:
        return Check("safety check", ok=False, found="none works, so nothing is swapped", mend=str(error))
    return Check("safety check", ok=True, found=f"{checker.name}, {checker.origin}")


def _self_test(make_engine: Callable[[], Engine]) -> Check:
    """A swap of two drawn faces, measured, so that every built-in net runs."""
    try:
        engine = make_engine()
        from .portrait import portrait

        source = portrait(256, (236, 190, 166), (92, 60, 34))
        target = portrait(256, (198, 150, 120), (40, 32, 30))
        start = time.perf_counter()
        try:
            result = engine.swap(source, target, similarity=True).result
        except (InputError, NoFaceError):
            if engine.neural() is None:
                raise
            # A pack learned from photographs and may see no face in a drawing.
            found = f"{engine.swapper('auto').models[0]} opens; its pack sees no face in a drawing, so none was swapped"
            return Check("self-test", ok=True, found=found)
    except RoopError as error:
        return Check("self-test", ok=False, found="failed", mend=str(error))
    milliseconds = (time.perf_counter() - start) * 1000
    changed = bool((result.image != target).any()) and result.swapped == 1
    found = f"two drawn faces swapped in {milliseconds:.0f} ms by the {result.engine} engine"
    return Check("self-test", ok=changed, found=found if changed else "nothing was swapped", mend="Report this bug.")
