"""`import lib_roop` is light, and its public names are real."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lib_roop

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numpy", "cv2", "onnxruntime", "insightface", "gradio", "PIL", "skimage", "matplotlib")


def _loaded_after(code: str) -> set[str]:
    program = f"import sys, json; sys.path.insert(0, {str(ROOT)!r}); {code}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not _loaded_after("import lib_roop") & set(HEAVY)


def test_importing_the_engine_loads_no_runtime_and_no_analysis_library() -> None:
    loaded = _loaded_after("from lib_roop import Engine; Engine()")
    assert not loaded & {"onnxruntime", "insightface", "gradio", "skimage", "matplotlib"}


@pytest.mark.parametrize("name", lib_roop.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(lib_roop, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Engin'"):
        _ = lib_roop.Engin


def test_the_package_lists_its_public_names() -> None:
    assert set(lib_roop.__all__) <= set(dir(lib_roop))
