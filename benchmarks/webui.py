"""What the extension costs a web UI: its import, drawing its panel, pictures for which it is off, the first swap.

`--python` names the Python of a web UI's environment, whose gradio draws the panel; no web UI has to run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
THERE = ("numpy", "cv2", "PIL.Image", "gradio", "safetensors")
"""What every web UI has imported when it comes to its extensions."""
OURS = ("accordion", "registration", "extras")
"""What scripts/ imports at the start."""
JOB, SWAP = ("webui.hooks", "webui.saving"), ("engine",)
"""What the first job and the first swap import."""
UNITS = 3
MOST = {"import": 50.0, "panel": 30.0, "first panel": None, "off": 0.5, "first job": None, "first swap": None}
"""Milliseconds that are granted, where any are. first job, first swap: what they import, once a process."""


def main(arguments: Sequence[str]) -> int:
    """Prints the median, least and most CPU milliseconds of several fresh processes; 1 where a median is too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="the Python of a web UI's environment")
    parser.add_argument("--runs", type=int, default=5, help="processes")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.here:
        print(json.dumps(measured()))
        return 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRADIO_ANALYTICS_ENABLED": "False"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [options.python, "-m", "benchmarks.webui", "--here"]
    found: list[dict[str, Any]] = []
    # The first process writes the bytecode that a web UI's second start finds.
    for _ in range(options.runs + 1):
        made = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        found.append(json.loads(made.stdout.splitlines()[-1]))
    print(
        f"gradio {found[0]['gradio'] or 'is not installed there, so that no panel is drawn'}, {options.runs} processes"
    )
    print(f"{'CPU ms':>12}{'median':>9}{'least':>9}{'most':>9}{'granted':>9}")
    late = False
    for name, most in MOST.items():
        values = [each[name] for each in found[1:] if name in each]
        if values:
            median = statistics.median(values)
            late |= most is not None and median > most
            granted = "" if most is None else f"{most:.1f}"
            print(f"{name:>12}{median:>9.3f}{min(values):>9.3f}{max(values):>9.3f}{granted:>9}")
    return int(late)


def measured() -> dict[str, Any]:
    """CPU milliseconds in this process, which has to be a fresh one."""
    for name in THERE:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    found: dict[str, Any] = {"import": _imported(f"webui.{name}" for name in OURS)}
    _stand_in()
    gradio: Any = sys.modules.get("gradio")
    if gradio:
        found["first panel"], found["panel"] = _first_and_median(_drawing(gradio), 20)
    found["first job"] = _imported(JOB)
    _, found["off"] = _first_and_median(_off(), 200)
    found["first swap"] = _imported(SWAP)
    return {**found, "gradio": gradio and gradio.__version__}


def _imported(names: Iterable[str]) -> float:
    start = time.process_time()
    for name in names:
        importlib.import_module(f"lib_roop.{name}")
    return (time.process_time() - start) * 1000


def _stand_in() -> None:
    """What roop asks of a web UI before it draws: nothing was set, no model is there, and no widget is its own."""
    parts: dict[str, dict[str, Any]] = {
        "shared": {"opts": SimpleNamespace(), "cmd_opts": SimpleNamespace()},
        "paths": {"models_path": "nowhere"},
        "ui_components": {},
    }
    sys.modules["modules"] = ModuleType("modules")
    for name, values in parts.items():
        module = ModuleType(f"modules.{name}")
        vars(module).update(values)
        sys.modules[module.__name__] = module


def _off() -> Callable[[], None]:
    """Every hook for one picture, as hosts call them when the panel is off."""
    from lib_roop.ui import fields
    from lib_roop.webui import registration

    hooks = registration.hooks()
    args = [None, *fields.defaults(UNITS).values()]
    p: Any = SimpleNamespace(extra_generation_params={"Denoising strength": 0.5})
    pp: Any = SimpleNamespace(image=None, images=[None])

    def picture() -> None:
        hooks.process(p, *args)
        hooks.postprocess_batch_list(p, pp)
        hooks.postprocess_image(p, pp)
        hooks.postprocess_image_after_composite(p, pp)
        hooks.postprocess(p, pp)

    picture()
    if set(p.extra_generation_params) != {"Denoising strength"}:
        raise RuntimeError(p.extra_generation_params)
    return picture


def _drawing(gradio: Any) -> Callable[[], object]:
    """A host's `ui()` as it calls it, on one page that grows, as only the last brings the page's own cost."""
    from lib_roop.webui.accordion import Accordion

    gradio.Blocks(analytics_enabled=False).__enter__()
    return lambda: Accordion().draw(lambda name: f"script_img2img_roop_{name}", is_img2img=True)


def _first_and_median(act: Callable[[], object], times: int) -> tuple[float, float]:
    spent = []
    for _ in range(times + 1):
        start = time.process_time()
        act()
        spent.append((time.process_time() - start) * 1000)
    return spent[0], statistics.median(spent[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
