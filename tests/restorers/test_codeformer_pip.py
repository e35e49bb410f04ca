"""codeformer-pip: taken where it can be, without its habit of downloading."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lib_roop.errors import ModelError
from lib_roop.restorers import codeformer_pip
from lib_roop.zoo.codeformer_pip import FILE

ROOT = Path(__file__).resolve().parents[2]
TORCH = """
__version__ = "0"
class Network:
    def __init__(self, **settings): self.settings = settings
    def load_state_dict(self, state): assert state == {"all": "weights"}
    def to(self, device): return self
    def eval(self): return self
    def __call__(self, crop, w, adain): return [Tensor(crop.array * w)]
class Tensor:
    def __init__(self, array): self.array = array
    def to(self, device): return self
    def float(self): return self
    def cpu(self): return self
    def numpy(self): return self.array
class no_grad:
    def __enter__(self): pass
    def __exit__(self, *error): pass
def from_numpy(array): return Tensor(array)
def load(path, map_location, weights_only):
    assert weights_only
    return {"params_ema": {"all": "weights"}}
"""
"""As much of torch as is used, with a network that multiplies a crop by its fidelity."""
USE = """
import json, sys
from pathlib import Path
import numpy as np
from lib_roop.errors import ModelError
from lib_roop.restorers import codeformer_pip
from lib_roop.zoo.codeformer_pip import weights
found = weights([Path("models")])
before = [name for name in sys.modules if name.split(".")[0] in ("codeformer", "torch")]
answer = {"found": str(found), "before": before}
if found:
    try:
        restorer = codeformer_pip.restorer(found)
        crop = np.full((512, 512, 3), 255, np.uint8)
        answer["made"] = int(restorer.restore([crop], 0.5)[0].max())
        answer["name"] = restorer.name
    except ModelError as error:
        answer["error"] = str(error)
print(json.dumps(answer))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the package, without its weights."""
    archs = tmp_path / "codeformer" / "basicsr" / "archs"
    archs.mkdir(parents=True)
    for place in (archs, archs.parent, archs.parent.parent):
        (place / "__init__.py").touch()
    (archs / "codeformer_arch.py").write_text("from torch import Network as CodeFormer\n")
    (archs.parent.parent / "app.py").write_text("raise SystemExit('it would download now')\n")
    (tmp_path / "torch.py").write_text(TORCH)
    (tmp_path / "torchvision.py").touch()
    return tmp_path


def with_weights(folder: Path, place: Path) -> Path:
    (folder / place).mkdir(parents=True)
    with zipfile.ZipFile(folder / place / FILE, "w") as archive:
        archive.writestr("data", "weights")
    return place / FILE


def used(folder: Path) -> dict[str, Any]:
    """What happens where this folder is the working directory and holds the packages."""
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]\n{USE}"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_without_its_weights_it_is_not_offered_and_nothing_is_imported(folder: Path) -> None:
    assert used(folder) == {"found": "None", "before": []}


@pytest.mark.parametrize("place", ["models", "CodeFormer/weights/CodeFormer"])
def test_with_its_weights_it_restores_and_app_is_never_imported(folder: Path, place: str) -> None:
    path = with_weights(folder, Path(place))
    assert used(folder) == {"found": str(path), "before": [], "made": 191, "name": "codeformer-pip"}


def test_a_package_that_cannot_be_imported_ends_in_a_sentence(folder: Path) -> None:
    with_weights(folder, Path("models"))
    (folder / "torch.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    error = used(folder)["error"]
    assert "torchvision::nms does not exist); choose the restorer codeformer" in error


@pytest.mark.parametrize(
    "raised",
    ["pickle.UnpicklingError('a program')", "TypeError('a list')", "ValueError('b')", "EOFError('c')", "KeyError('d')"],
)
def test_weights_that_torch_refuses_end_in_a_sentence(folder: Path, raised: str) -> None:
    with_weights(folder, Path("models"))
    refusing = f"import pickle\ndef load(path, map_location, weights_only): raise {raised}\n"
    (folder / "torch.py").write_text(TORCH + refusing)
    assert "codeformer-pip cannot run here (" in used(folder)["error"]


def test_a_file_that_is_no_weights_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"half of something")
    with pytest.raises(ModelError, match="put a whole copy there"):
        codeformer_pip.restorer(path)


def test_without_the_package_nothing_is_offered(tmp_path: Path) -> None:
    with_weights(tmp_path, Path("models"))
    assert used(tmp_path) == {"found": "None", "before": []}
