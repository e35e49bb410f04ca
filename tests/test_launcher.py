"""The launcher, the lock files and pyproject.toml agree with each other; nothing is installed here."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def requirement(line: str) -> str:
    """The name in a requirement or in a line of a lock file."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    assert found, line
    return found[0].lower().replace("_", "-")


def locked(lock: str) -> list[str]:
    return [line for line in (ROOT / lock).read_text().splitlines() if not line.startswith("#")]


def quoted_list(key: str) -> list[str]:
    """The strings of a list in pyproject.toml; the standard library reads TOML from Python 3.11 on only."""
    found = re.search(rf"^{key} = \[(.*?)\]$", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert found, key
    return re.findall(r'"([^"]+)"', found[1])


def launch(script: Path, *arguments: str, cwd: Path, chosen: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ROOP_PYTHON": chosen}
    return subprocess.run(
        ["bash", str(script), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose path has a space, whose environment looks whole and whose Python prints how it was called."""
    root = tmp_path / "my roop"
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$PYTHONPATH" "$ORT_DISABLE_TELEMETRY" "$@"\nexit 3\n')
    python.chmod(0o755)
    (root / "run").write_bytes((ROOT / "run").read_bytes())
    (root / ".venv" / "made-with").write_text("\n")
    for folder in (root, root / ".venv"):
        (folder / "requirements.lock").write_text("numpy==2.2.6\n")
    return root


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_markers_only(lock: str) -> None:
    assert locked(lock)
    for line in locked(lock):
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; [\w.'<>=!* ]+)?", line), line
    assert not re.search(r"://|file:|--|\s/", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_one_opencv(lock: str) -> None:
    assert {requirement(line) for line in locked(lock) if "opencv" in line} == {"opencv-python-headless"}


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    asked = {requirement(item) for key in ("dependencies", "demo") for item in quoted_list(key)}
    assert "insightface" in asked
    assert asked <= {requirement(line) for line in locked("requirements.lock")}


def test_the_development_lock_is_the_lock_and_the_tools() -> None:
    tools = {requirement(item) for item in quoted_list("dev")}
    assert set(locked("requirements.lock")) <= set(locked("requirements-dev.lock"))
    assert tools <= {requirement(line) for line in locked("requirements-dev.lock")}


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_scripts_are_executable_and_parse(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / script)], check=False).returncode == 0


def test_unknown_words_go_to_roop_with_its_exit_code(project: Path, tmp_path: Path) -> None:
    done = launch(project / "run", "swap", "a b.png", "--help", cwd=tmp_path)
    assert done.stdout.splitlines() == [str(tmp_path), str(project), "1", "-m", "lib_roop", "swap", "a b.png", "--help"]
    assert done.returncode == 3


def test_the_launcher_runs_through_a_symbolic_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "inner").symlink_to(project / "run")
    (tmp_path / "roop").symlink_to("inner")
    done = launch(tmp_path / "roop", "python", "-V", cwd=project.parent)
    assert done.stdout.splitlines() == [str(project.parent), str(project), "1", "-V"]


def test_a_python_that_does_not_run_is_named_in_a_sentence(project: Path, tmp_path: Path) -> None:
    done = launch(project / "run", "doctor", cwd=tmp_path, chosen="no python")
    assert done.returncode == 1
    assert done.stderr == "roop: ROOP_PYTHON=no python does not run as Python 3.10 or newer; name one that does.\n"


def test_an_environment_of_another_lock_is_not_used(project: Path, tmp_path: Path) -> None:
    (project / "requirements.lock").write_text("numpy==2.2.7\n")
    done = launch(project / "run", "doctor", cwd=tmp_path, chosen="no python")
    assert (done.returncode, done.stdout) == (1, "")
