"""roop switched off, or with nothing to do: the host's job is as without it."""

import subprocess
import sys
from copy import copy
from typing import Any

import pytest

from lib_roop.ui import fields
from tests.fakes import row
from tests.webui.host import SCRIPT, Runner, pixels
from tests.webui.studio import Studio, marked, unit

OFF: dict[str, list[Any]] = {
    "a fresh panel": [None, *fields.defaults(3).values()],
    "a panel that was switched off": [None, *fields.values({"units": []}, 3)],
    "no values at all": [],
    "no units": [{"units": []}],
    "an empty object": [{}],
    "a unit that is off": [{"units": [unit(enabled=False)]}],
    "the original, off": ["", False],
}


@pytest.mark.parametrize("args", OFF.values(), ids=OFF)
def test_nothing_of_a_job_is_touched(everywhere: Studio, args: list[Any]) -> None:
    with_it, without = everywhere.job([row(10)]), everywhere.job([row(10)])
    with_it.arguments, without.scripts = {"roop": args}, Runner(everywhere.webui, [])
    begun = copy(vars(with_it))
    everywhere.roop.process(with_it, *args)
    assert vars(with_it) == begun
    made, plain = everywhere.run(with_it), everywhere.run(without)
    assert vars(with_it).keys() == vars(without).keys()
    assert made.infotexts == plain.infotexts and made.images == plain.images
    assert not with_it.comments and not any(map(marked, everywhere.webui.saved))
    assert everywhere.fakes.detector.calls == 0 and not everywhere.gate.shown


def test_a_job_after_one_with_roop_is_untouched_too(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], unit())
    everywhere.run(p)
    p.arguments = {"roop": [None]}
    made = everywhere.run(p)
    assert "_roop" not in vars(p) and "roop" not in made.infotexts[-1]


def test_nothing_is_loaded_for_it() -> None:
    script = (
        "import sys; from lib_roop.webui import registration;"
        "from types import SimpleNamespace as P; job = P(extra_generation_params={}); hooks = registration.hooks();"
        "hooks.process(job, None); hooks.postprocess_image(job, P()); hooks.postprocess(job, P());"
        "heavy = {'onnxruntime', 'insightface', 'torch', 'gradio', 'lib_roop.engine', 'lib_roop.swappers'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = SCRIPT.parents[1]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nested_jobs_of_a_detailer_are_left_alone(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], unit(), _ad_inner=True)
    made = everywhere.run(p)
    assert pixels(made.images[0])[20, 12, 1] == 10 and "_roop" not in vars(p)
