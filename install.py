"""Brings what roop needs into a web UI's Python, and moves nothing that is there. docs/webui-install.md tells the user.

The web UI runs this file at every start. So: the standard library and the web UI's own `launch` only, nothing but a
look at folders when all is there, a sentence for whatever goes wrong, and never an error.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Need(NamedTuple):
    """A package. without: what is so while it is missing. alone: without its dependencies. of: which asks for it."""

    module: str
    distribution: str
    versions: str
    without: str
    alone: bool = False
    of: str = "roop"


class Place(NamedTuple):
    """Where packages go.

    has: whether a module is there. versions: every distribution's by its normalized name. pip: `pip install` with these
    arguments; whether it went well, and what it said.
    """

    has: Callable[[str], bool]
    versions: Callable[[], Mapping[str, str]]
    pip: Callable[[Sequence[str]], tuple[bool, str]]


NEEDS = (
    Need("cv2", "opencv-python-headless", ">=4.11", "roop cannot start"),
    Need("onnxruntime", "onnxruntime", ">=1.23", "no face is found and none is swapped"),
    Need("nudenet", "nudenet", "==3.4.2", "nothing is swapped, for no picture can be checked", alone=True),
    Need("safetensors", "safetensors", ">=0.4.2", "faces can be neither saved nor loaded"),
    Need("tqdm", "tqdm", ">=4.66", "the command line cannot fetch models"),
    Need("insightface", "insightface", ">=2,<3", "roop cannot be compared with it; all else works", alone=True),
    Need("onnx", "onnx", "", "insightface cannot be imported; roop does without", of="insightface"),
    Need("requests", "requests", "", "insightface cannot be imported; roop does without", of="insightface"),
    Need("scipy", "scipy", "", "insightface cannot be imported; roop does without", of="insightface"),
    Need("skimage", "scikit-image", "", "insightface cannot be imported; roop does without", of="insightface"),
)
"""What there should be besides NumPy and Pillow, which every web UI has; what costs most when missing comes first."""

NOT_RUNTIMES = ("onnxruntime-extensions", "onnxruntime-genai", "onnxruntime-tools")
"""Distributions with that beginning which do not bring the module onnxruntime."""

VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc|\.post|\.dev)\d+)*(\+[a-z0-9]+([._-][a-z0-9]+)*)?", re.IGNORECASE)
AGAIN = (
    f'With the network there, type "{sys.executable}" "{Path(__file__).resolve()}" or start the web UI again; '
    "docs/webui-install.md says how to do it by hand."
)
NO_NETWORK = "pip reached no package index"


def requirement(need: Need, versions: Mapping[str, str]) -> str:
    """What to ask pip for, beside these versions."""
    wanted = need.versions
    if need.module == "cv2" and _below(versions, "numpy", (2,)):
        wanted += ",<4.12"  # the later ones want NumPy 2
    # insightface 2 wants onnx 1.13, which wants protobuf 3.20.2; the AUTOMATIC1111 web UI and Forge hold 3.20.0.
    if _below(versions, "protobuf", (3, 20, 2)) or _below(versions, "onnx", (1, 13)):
        wanted = {"insightface": "==1.0.1", "onnx": "<1.13"}.get(need.module, wanted)
    return need.distribution + wanted


def broken(need: Need, versions: Mapping[str, str]) -> str:
    """The distribution that should have brought the module, with its version, or "". pip would take it for installed.

    Any flavour of onnxruntime counts: they share a folder, and the plain one over onnxruntime-gpu takes the GPU away.
    """
    for name, version in versions.items():
        flavour = need.module == "onnxruntime" and name.startswith(("onnxruntime", "ort-nightly"))
        if name == need.distribution or (flavour and name not in NOT_RUNTIMES):
            return f"{name}=={version}"
    return ""


def constraints(versions: Mapping[str, str]) -> str:
    """A constraints file that keeps pip from moving anything. Versions that pip could not read are left out."""
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()) if VERSION.fullmatch(version))


def missing(has: Callable[[str], bool]) -> list[Need]:
    """What to install. What insightface asks for is tried once, together with it, and holds up no later start."""
    absent = [need for need in NEEDS if not has(need.module)]
    asking = {"roop", *(need.module for need in absent)}
    return [need for need in absent if need.of in asking]


def install(needs: Sequence[Need], place: Place, say: Callable[[str], None]) -> None:
    """Installs one after the other, and says what could not be, what that means and what to do."""
    versions = place.versions()
    reached, again = True, False
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "constraints.txt")
        kept.write_text(constraints(versions), encoding="utf-8")
        for need in needs:
            if need.of != "roop" and not place.has(need.of):
                continue
            there, asked = broken(need, versions), requirement(need, versions)
            if there:
                mend = f'"{sys.executable}" -m pip install --force-reinstall --no-deps {there}'
                say(f"roop: {there} is installed but brings no {need.module}, so {need.without}; mend it with: {mend}")
                continue
            trouble = NO_NETWORK
            if reached:
                say(f"roop: installing {asked} ...")
                alone = ["--no-deps"] if need.alone else []
                trouble = _trouble(need, place, [asked, "--constraint", str(kept), *alone])
                reached = trouble != NO_NETWORK
            if trouble:
                again = again or need.of == "roop"
                say(f"roop: {asked} could not be installed ({trouble}), so {need.without}.")
    if again:
        say(f"roop: {AGAIN}")


def _trouble(need: Need, place: Place, arguments: Sequence[str]) -> str:
    """Why the module is still not there after pip has run, or ""."""
    done, said = place.pip(arguments)
    if done:
        return "" if place.has(need.module) else f"pip brought no {need.module}"
    if "Retrying (" in said:
        return NO_NETWORK
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.replace("ERROR: ", "") for line in lines if line.startswith("ERROR: ")]
    telling = [line for line in errors if not line.startswith("ResolutionImpossible")]
    return (telling or lines or ["pip said nothing"])[-1][:200]


def _below(versions: Mapping[str, str], name: str, bound: tuple[int, ...]) -> bool:
    return name in versions and tuple(map(int, re.findall(r"\d+", versions[name])[:3])) < bound


def has(module: str) -> bool:
    """Whether there is such a module, without importing it. A folder that a removed package left behind is none."""
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def installed() -> dict[str, str]:
    """The versions of all distributions."""
    from importlib import metadata  # it is slow to import, and the usual start needs none

    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        # Asked for by name: pip's leftovers, folders such as ~umpy, give the name of the package they were.
        with contextlib.suppress(metadata.PackageNotFoundError, TypeError, ValueError):
            found[re.sub(r"[-_.]+", "-", name).lower()] = metadata.version(name)
    return found


def pip(arguments: Sequence[str]) -> tuple[bool, str]:
    """`pip install`, from wheels only: a compiler at the start of a web UI is minutes of silence, then an error.

    It is called directly, for SD.Next's `launch.run_pip` leaves out onnxruntime and OpenCV without a word. INDEX_URL is
    the variable by which the web UIs are told of another package index.
    """
    index = os.environ.get("INDEX_URL")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--retries", "1", "--only-binary", ":all:", *(["--index-url", index] if index else []), *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False
    )
    importlib.invalidate_caches()
    return done.returncode == 0, done.stdout


def skipped() -> bool:
    """Whether the web UI was started with --skip-install. SD.Next has it beside `launch.args`, which is None there."""
    try:
        launch = importlib.import_module("launch")
    except ImportError:
        return False
    return bool(getattr(getattr(launch, "args", launch), "skip_install", getattr(launch, "skip_install", False)))


def main(place: Place, skip: Callable[[], bool], say: Callable[[str], None]) -> None:
    """All of it. `skip` is asked only when something is missing: importing `launch` takes its time."""
    needs = missing(place.has)
    if needs and skip():
        names = ", ".join(need.distribution for need in needs)
        say(f"roop: --skip-install is set, so these stay missing: {names}; docs/webui-install.md says what for.")
    elif needs:
        try:
            install(needs, place, say)
        except OSError as error:
            say(f"roop: its packages could not be installed ({error}). {AGAIN}")


if __name__ == "__main__":
    main(Place(has, installed, pip), skipped, print)
