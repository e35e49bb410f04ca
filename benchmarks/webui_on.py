"""What roop adds to its engine's own time while it is on: every hook of a web UI's job, and the mark in its file.

The web UI's own parts are stand-ins. A picture goes to `Engine.run` alone, then through a job, whose call of it is
timed apart; each time another pixel differs, so that nothing of the round before is remembered. The gate looks in both.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import skimage.data
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from benchmarks.swap import group_photograph
from lib_roop import images
from lib_roop.engine import Engine
from lib_roop.options import EVERY_FACE, SwapUnit
from lib_roop.ui import fields
from lib_roop.ui.fields import MASTER, REFERENCE, UNIT, Field
from lib_roop.webui import saving
from lib_roop.webui.hooks import Hooks

MOST = 5.0
"""Per cent that issue 6 grants."""


def main(arguments: Sequence[str]) -> int:
    """Prints CPU milliseconds, and the median of what the hooks add in per cent; 1 where that is too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    _stand_in()
    engine = Timed()
    astronaut = skimage.data.astronaut()
    with Pillow.open(group_photograph()) as opened:
        group = np.asarray(opened.convert("RGB"))
    late = False
    print(f"CPU ms, medians of {options.rounds} rounds")
    print(f"{'picture':>10}{'faces':>6}{'alone':>8}{'in job':>8}{'added':>8}{'more %':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for rgb, faces in ((astronaut, 1), (group, 6)):
            rounds = _rounds(engine, astronaut, rgb, Path(folder) / "saved.png", options.rounds)
            more = statistics.median(100 * added / within for _, within, added in rounds)
            late |= more > MOST
            told = "".join(f"{statistics.median(values):>8.1f}" for values in zip(*rounds, strict=True))
            print(f"{rgb.shape[1]:>5}x{rgb.shape[0]:<4}{faces:>6}{told}{more:>8.1f}")
    return int(late)


class Timed(Engine):
    """Knows how long its last run took, in CPU milliseconds."""

    took = 0.0

    def run(self, *given: Any, **named: Any) -> Any:
        begun = time.process_time()
        try:
            return super().run(*given, **named)
        finally:
            self.took = _since(begun)


def _rounds(engine: Timed, source: Any, target: Any, path: Path, count: int) -> list[tuple[float, float, float]]:
    """Of each round: the engine alone, the engine in a job, and what the job took beside it. The first warms up."""
    unit = SwapUnit(source=(images.read(source),), target_faces=EVERY_FACE)
    job = _job(engine, source, path)
    found = []
    for turn in range(count + 1):
        engine.run(_fresh(target, 2 * turn), [unit])
        alone = engine.took
        whole = job(_fresh(target, 2 * turn + 1))
        found.append((alone, engine.took, whole - engine.took))
    return found[1:]


def _fresh(rgb: Any, turn: int) -> Pillow.Image:
    made = rgb.copy()
    made[0, 0] = turn % 256, turn // 256, 0
    return Pillow.fromarray(made)


def _since(begun: float) -> float:
    return (time.process_time() - begun) * 1000


def _job(engine: Engine, source: Any, path: Path) -> Callable[[Pillow.Image], float]:
    """A job of one picture, as the page asks for it, that is saved; its milliseconds without the host's own."""
    shown = {REFERENCE: Pillow.fromarray(source), "target_faces": EVERY_FACE}
    panel = fields.defaults(1) | {MASTER: True} | {Field(UNIT, 1, name): value for name, value in shown.items()}
    asked = [None, *panel.values()]
    hooks = Hooks(lambda: engine)

    def job(given: Pillow.Image) -> float:
        p, pp = _processing(), SimpleNamespace(image=given, images=[given])
        begun = time.process_time()
        hooks.process(p, *asked)
        hooks.postprocess_batch_list(p, pp)
        hooks.postprocess_image(p, pp)
        hooks.postprocess_image_after_composite(p, pp)
        spent = _since(begun)
        text = ", ".join(f"{key}: {value}" for key, value in p.extra_generation_params.items())
        params = SimpleNamespace(p=p, image=pp.image, filename=str(path), pnginfo={"parameters": text})
        texts = PngInfo()
        texts.add_text("parameters", text)
        pp.image.save(path, pnginfo=texts)
        begun = time.process_time()
        saving.leave_out_facts(params)
        saving.mark_saved(params)
        pp.image.info["parameters"] = text
        hooks.postprocess(p, SimpleNamespace(images=[pp.image], infotexts=[text], index_of_first_image=0))
        spent += _since(begun)
        if "roop note" in p.extra_generation_params or not images.packets_of(path.read_bytes()):
            raise RuntimeError(p.extra_generation_params)
        return spent

    return job


def _processing() -> Any:
    """StableDiffusionProcessing of one picture."""
    return Processing(
        extra_generation_params={}, script_args=(0,), all_seeds=[1], prompts=["somebody"], negative_prompts=[""],
        seeds=[1], subseeds=[1], batch_size=1, n_iter=1, iteration=0, batch_index=0,
        outpath_samples="samples", outpath_grids="grids", comments=[],
    )  # fmt: skip


class Processing(SimpleNamespace):
    """As hosts have it: it can be referred to weakly, and takes comments."""

    def comment(self, text: str) -> None:
        self.comments.append(text)


def _stand_in() -> None:
    """The modules of a web UI that are asked while a job runs."""
    parts: dict[str, dict[str, Any]] = {
        "shared": {"opts": SimpleNamespace(), "cmd_opts": SimpleNamespace(), "state": SimpleNamespace(textinfo=None)},
        "scripts": {"Script": type("Script", (), {"postprocess_image_after_composite": None})},
    }
    sys.modules["modules"] = ModuleType("modules")
    for name, content in parts.items():
        made = sys.modules[f"modules.{name}"] = ModuleType(f"modules.{name}")
        vars(made).update(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
