"""install.py: what it asks pip for in which web UI, what it keeps in place, and what it says when that fails."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import install
from lib_roop.zoo.nudenet import VERSION as NUDENET

ROOT = Path(__file__).resolve().parent.parent.parent
A1111 = {"numpy": "1.26.2", "pillow": "9.5.0", "protobuf": "3.20.0", "scikit-image": "0.21.0", "torch": "2.1.2+cu121"}
SDNEXT = {"numpy": "2.1.2", "pillow": "12.2.0", "protobuf": "7.35.1"}
HOST_MODULES = ("requests", "safetensors", "scipy", "skimage", "tqdm")
NO_ANSWER = "WARNING: Retrying (Retry(total=0)) after connection broken\nERROR: No matching distribution found for x"


class Site:
    """A Python's packages and a pip that installs everything but `fails`: distributions and what pip then says."""

    def __init__(self, modules: Sequence[str], versions: Mapping[str, str], fails: Mapping[str, str] = {}) -> None:
        self.modules, self.found, self.fails = set(modules), versions, fails
        self.asked: list[str] = []
        self.alone: set[str] = set()
        self.kept: set[str] = set()
        self.said: list[str] = []
        self.place = install.Place(self.modules.__contains__, lambda: self.found, self.pip)

    def pip(self, arguments: Sequence[str]) -> tuple[bool, str]:
        wanted, option, constraints, *rest = arguments
        assert option == "--constraint"
        assert rest in ([], ["--no-deps"])
        self.asked.append(wanted)
        self.kept.add(Path(constraints).read_text(encoding="utf-8"))
        need = next(need for need in install.NEEDS if need.distribution == re.split("[<>=]", wanted)[0])
        if need.distribution in self.fails:
            return False, self.fails[need.distribution]
        if rest:
            self.alone.add(need.distribution)
        self.modules.add(need.module)
        return True, ""

    def run(self, skip: bool = False) -> list[str]:
        install.main(self.place, lambda: skip, self.said.append)
        return self.said


def _all_there() -> list[str]:
    return [need.module for need in install.NEEDS]


def _need(module: str) -> install.Need:
    return next(need for need in install.NEEDS if need.module == module)


def test_nothing_is_asked_or_said_when_all_is_there() -> None:
    site = Site(_all_there(), {})
    install.main(site.place, lambda: pytest.fail("launch was imported"), site.said.append)
    assert not site.asked and not site.said


def test_a1111_gets_what_suits_its_numpy_and_protobuf() -> None:
    site = Site(HOST_MODULES, A1111)
    site.run()
    assert site.asked == [
        "opencv-python-headless>=4.11,<4.12",
        "onnxruntime>=1.23",
        "nudenet==3.4.2",
        "insightface==1.0.1",
        "onnx<1.13",
    ]


def test_a_web_ui_with_todays_packages_gets_todays() -> None:
    site = Site(("cv2", "requests", "safetensors", "scipy", "tqdm"), SDNEXT)
    site.run()
    assert site.asked == ["onnxruntime>=1.23", "nudenet==3.4.2", "insightface>=2,<3", "onnx", "scikit-image"]


def test_nudenet_and_insightface_come_without_their_dependencies() -> None:
    site = Site((), SDNEXT)
    site.run()
    assert site.alone == {"nudenet", "insightface"}
    assert site.modules == set(_all_there())


def test_every_call_of_pip_is_told_to_move_nothing() -> None:
    site = Site(HOST_MODULES, A1111)
    site.run()
    (kept,) = site.kept
    assert set(kept.split()) == {f"{name}=={version}" for name, version in A1111.items()}


def test_after_a_whole_install_the_next_start_is_silent() -> None:
    site = Site((), SDNEXT)
    site.run()
    asked, said = len(site.asked), len(site.said)
    assert said == asked == len(install.NEEDS)
    site.run()
    assert (len(site.asked), len(site.said)) == (asked, said)


@pytest.mark.parametrize(
    ("module", "versions", "wanted"),
    [
        ("cv2", {}, "opencv-python-headless>=4.11"),
        ("cv2", {"numpy": "2.0.0rc1"}, "opencv-python-headless>=4.11"),
        ("cv2", {"numpy": "1.26.4"}, "opencv-python-headless>=4.11,<4.12"),
        ("insightface", {}, "insightface>=2,<3"),
        ("insightface", {"protobuf": "3.20"}, "insightface==1.0.1"),
        ("insightface", {"protobuf": "3.20.2"}, "insightface>=2,<3"),
        ("insightface", {"protobuf": "7.35.1", "onnx": "1.12.0"}, "insightface==1.0.1"),
        ("insightface", {"protobuf": "3.20.2", "onnx": "1.16.2"}, "insightface>=2,<3"),
        ("onnx", {"protobuf": "3.20.0"}, "onnx<1.13"),
        ("onnx", {"protobuf": "4.25.3"}, "onnx"),
        ("onnxruntime", {"protobuf": "3.20.0", "numpy": "1.26.2"}, "onnxruntime>=1.23"),
    ],
)
def test_the_version_line_suits_what_is_running(module: str, versions: Mapping[str, str], wanted: str) -> None:
    assert install.requirement(_need(module), versions) == wanted


@pytest.mark.parametrize(
    "flavour", ["onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-silicon"]
)
def test_a_damaged_flavour_of_onnxruntime_is_named_and_none_is_put_over_it(flavour: str) -> None:
    site = Site([name for name in _all_there() if name != "onnxruntime"], A1111 | {flavour: "1.17.1"})
    (said,) = site.run()
    assert not site.asked
    assert f"{flavour}==1.17.1 is installed but brings no onnxruntime, so no face is found" in said
    assert said.endswith(f"-m pip install --force-reinstall --no-deps {flavour}==1.17.1")


def test_a_package_of_onnxruntimes_family_that_brings_no_runtime_hinders_nothing() -> None:
    site = Site([name for name in _all_there() if name != "onnxruntime"], {"onnxruntime-extensions": "0.14.0"})
    site.run()
    assert site.asked == ["onnxruntime>=1.23"]


def test_what_insightface_lacks_is_not_tried_at_every_start() -> None:
    site = Site([name for name in _all_there() if name != "onnx"], A1111)
    assert not site.run() and not site.asked


def test_without_insightface_its_companions_are_not_tried() -> None:
    site = Site(("cv2", "nudenet"), A1111, {"insightface": "ERROR: No matching distribution found for insightface"})
    said = site.run()
    assert [wanted.split(">=")[0] for wanted in site.asked] == [
        *("onnxruntime", "safetensors", "tqdm"),
        "insightface==1.0.1",
    ]
    assert "roop cannot be compared with it; all else works" in said[-2]


def test_an_insightface_that_cannot_be_imported_costs_nothing_more() -> None:
    there = [name for name in _all_there() if name not in ("insightface", "onnx")]
    site = Site(there, A1111, {"onnx": "ERROR: No matching distribution found for onnx<1.13"})
    assert "so insightface cannot be imported; roop does without." in site.run()[-1]
    said = len(site.said)
    assert len(site.run()) == said


def test_a_failure_is_one_sentence_with_its_reason_and_consequence_and_the_rest_goes_on() -> None:
    missing = ("onnxruntime", "safetensors")
    said = "WARNING: x\nERROR: (from versions: none)\nERROR: No matching distribution found for onnxruntime"
    site = Site([name for name in _all_there() if name not in missing], A1111, {"onnxruntime": said})
    *_, failed, tried, again = site.run()
    assert failed == (
        "roop: onnxruntime>=1.23 could not be installed (No matching distribution found for onnxruntime), "
        "so no face is found and none is swapped."
    )
    assert tried == "roop: installing safetensors>=0.4.2 ..." and "safetensors" in site.modules
    assert again.startswith(f'roop: With the network there, type "{sys.executable}" "{ROOT / "install.py"}"')


def test_without_a_network_pip_is_called_once_and_everything_missing_is_named() -> None:
    site = Site(HOST_MODULES, A1111, {need.distribution: NO_ANSWER for need in install.NEEDS})
    said = site.run()
    assert len(site.asked) == 1
    failed = [line for line in said if install.NO_NETWORK in line]
    assert [line.split()[1].split(">")[0].split("=")[0] for line in failed] == [
        *("opencv-python-headless", "onnxruntime", "nudenet", "insightface")
    ]
    assert said[-1] == f"roop: {install.AGAIN}"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("/venv/bin/python: No module named pip\n", "/venv/bin/python: No module named pip"),
        ("ERROR: Cannot install x.\nERROR: ResolutionImpossible: for help visit y\n", "Cannot install x."),
        ("", "pip said nothing"),
    ],
)
def test_the_reason_is_pips_own(output: str, reason: str) -> None:
    site = Site([name for name in _all_there() if name != "tqdm"], A1111, {"tqdm": output})
    assert f"({reason})" in site.run()[1]


def test_a_pip_that_brings_no_module_is_not_believed() -> None:
    said: list[str] = []
    place = install.Place(lambda _: False, lambda: A1111, lambda _: (True, ""))
    install.main(place, lambda: False, said.append)
    assert "roop: nudenet==3.4.2 could not be installed (pip brought no nudenet), so" in " ".join(said)


def test_a_pip_that_cannot_be_started_ends_in_a_sentence() -> None:
    def broken(_: Sequence[str]) -> tuple[bool, str]:
        raise PermissionError("no such right")

    said: list[str] = []
    install.main(install.Place(lambda _: False, lambda: A1111, broken), lambda: False, said.append)
    assert said[-1].startswith(
        "roop: its packages could not be installed (no such right). With the network there, type"
    )


def test_skip_install_is_heeded_and_what_stays_missing_is_named() -> None:
    site = Site(_all_there()[2:], A1111)
    (said,) = site.run(skip=True)
    assert "--skip-install is set, so these stay missing: opencv-python-headless, onnxruntime;" in said
    assert not site.asked


def test_versions_that_pip_could_not_read_are_left_out_of_the_constraints() -> None:
    versions = {
        "torch": "2.1.2+cu121",
        "a": "1.0.post1",
        "b": "2.0.0rc1",
        "c": "1.0.dev0-dirty",
        "d": "unknown",
        "e": "",
    }
    assert install.constraints(versions) == "a==1.0.post1\nb==2.0.0rc1\ntorch==2.1.2+cu121\n"


def test_a_module_counts_as_there_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "roop_left_behind").mkdir()
    (tmp_path / "roop_explosive.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    assert install.has("roop_explosive")
    assert not install.has("roop_left_behind")
    assert not install.has("roop_no_such_module")


def test_the_running_versions_are_found_under_normalized_names() -> None:
    found = install.installed()
    assert found["numpy"] and found["opencv-python-headless"]


def test_a_failing_pip_is_a_result_and_no_error() -> None:
    done, said = install.pip(["--no-index", "roop-no-such-distribution"])
    assert not done and said


def _process(program: Sequence[str], path: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run([sys.executable, *program], env=environment, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    ("launch", "skips"),
    [
        ("from argparse import Namespace\nargs = Namespace(skip_install=True)", True),
        ("from argparse import Namespace\nargs = Namespace(skip_install=False)", False),
        ("args = None\nskip_install = False", False),
        ("args = None\nskip_install = True", True),
        ("", False),
        ("import a_package_that_is_not_there", False),
    ],
)
def test_the_flag_is_read_from_any_web_uis_launch(launch: str, skips: bool, tmp_path: Path) -> None:
    (tmp_path / "launch.py").write_text(launch)
    code = f"import sys; sys.path.append({str(ROOT)!r}); import install; print(install.skipped())"
    assert _process(["-c", code], tmp_path).stdout.strip() == str(skips)


def test_the_file_as_the_web_ui_runs_it_is_silent_where_all_is_there(tmp_path: Path) -> None:
    (tmp_path / "launch.py").write_text("raise RuntimeError('not to be imported')")
    done = _process([str(ROOT / "install.py")], tmp_path)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("file", ["install.py", "preload.py"])
def test_only_the_standard_library_is_imported(file: str) -> None:
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level
            names.add(node.module.split(".")[0])
    assert names <= sys.stdlib_module_names


def test_what_is_said_prints_on_any_console() -> None:
    assert (ROOT / "install.py").read_bytes().isascii()


def test_the_list_is_that_of_the_project() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = re.findall(r'"([\w-]+)([^"]*)"', project.split("\ndependencies = [")[1].split("\n]")[0])
    ours = {need.distribution: need.versions for need in install.NEEDS if need.of == "roop"}
    assert ours.keys() == {name for name, _ in dependencies} - {"numpy", "pillow"}
    assert {name: ours[name] for name, versions in dependencies if ours.get(name) == versions}.keys() == (
        ours.keys() - {"insightface"}
    )
    assert ours["nudenet"] == f"=={NUDENET}"
