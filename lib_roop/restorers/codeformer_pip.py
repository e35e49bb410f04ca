"""CodeFormer by way of the package codeformer-pip, where that is installed and its weights are there already.

Read in codeformer-pip 0.0.4, app.py, which is never imported: it downloads when it is. Only the class of the network
is, and the weights are read as plain tensors. docs/restorers.md says why this is not the default.
"""

from __future__ import annotations

import importlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..identities.pickles import REFUSALS
from ..zoo.codeformer_pip import CARD
from ..zoo.runtime import Net, Tensor
from .aligned import AlignedRestorer

INPUTS = "input", "weight"


def restorer(path: Path, device: str = "cpu") -> AlignedRestorer:
    """CodeFormer with the weights in `path`, on the device that torch calls so. Raises ModelError if it cannot run."""
    return AlignedRestorer(_loaded(path, device), CARD, INPUTS)


class TorchNet:
    """A network of torch that takes a crop and its fidelity."""

    def __init__(self, torch: Any, network: Any, device: str) -> None:
        self.providers: tuple[str, ...] = (f"torch {torch.__version__} {device}",)
        self._torch, self._network, self._device = torch, network, device

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The restored crop as `output`."""
        crop, fidelity = (inputs[name] for name in INPUTS)
        with self._torch.no_grad():
            given = self._torch.from_numpy(crop).to(self._device)
            made = self._network(given, w=float(fidelity[0]), adain=True)[0]
        output: Tensor = made.float().cpu().numpy()
        return {"output": output}


def _loaded(path: Path, device: str) -> Net:
    if not zipfile.is_zipfile(path):
        raise ModelError(f"The file {path} holds no weights of torch, or only a part of them; put a whole copy there.")
    try:
        torch = importlib.import_module("torch")
        arch = importlib.import_module("codeformer.basicsr.archs.codeformer_arch")
        network = arch.CodeFormer(dim_embd=512, codebook_size=1024, n_head=8, n_layers=9)
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["params_ema"])
    except (ImportError, OSError, RuntimeError, *REFUSALS) as error:
        raise ModelError(
            f"codeformer-pip cannot run here ({' '.join(str(error).split())[:200].rstrip('.')}); "
            "choose the restorer codeformer, which needs neither it nor torch."
        ) from error
    return TorchNet(torch, network.to(device).eval(), device)
