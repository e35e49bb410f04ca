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


START = """
from pathlib import Path
from types import ModuleType, SimpleNamespace
from tests.ui.fake_gradio import Gradio
from tests.webui.flavours import A1111
from tests.webui.host import SCRIPT, Webui

webui = Webui(A1111, Path("nowhere"))
components, postprocessing = ModuleType("modules.ui_components"), ModuleType("modules.scripts_postprocessing")
postprocessing.ScriptPostprocessing = webui.script
sys.modules.update(webui.modules(), gradio=Gradio("4.40.0"))
sys.modules.update({module.__name__: module for module in (components, postprocessing)})
extras, roop = webui.load(SCRIPT.with_name("roop_extras.py")), webui.load()
for callback in webui.callbacks["before_ui"]:
    callback()
extras.ui()
roop.accordion.draw(str, True)
for name in ("img2img_image", "img2img_generate", "img2img_gallery", "generation_info_img2img"):
    part = SimpleNamespace(elem_id=name, elem_classes=[], change=lambda *_, **__: None, click=lambda *_, **__: None)
    roop.after_component(part)
"""
"""A host loads roop and draws its page, up to the last part that the buttons need."""
PARTS = (
    *("engine", "pipeline", "analysers", "swappers", "restorers", "upscalers"),
    *("safety", "provenance", "images", "request", "api"),
)
NOT_AT_START = {
    *("onnxruntime", "insightface", "xml.dom", "pickletools", "PIL.ImageCms"),
    *(f"lib_roop.{part}" for part in (*PARTS, "zoo.runtime", "types", "selection")),
    *(f"lib_roop.webui.{part}" for part in ("hooks", "actions", "infotext", "saving")),
}


def test_a_web_ui_starts_without_what_works_in_its_jobs() -> None:
    loaded = _loaded_after(f"exec({START!r})")
    assert {"lib_roop.webui.registration", "lib_roop.webui.extras", "lib_roop.ui.events"} <= loaded
    assert not loaded & NOT_AT_START
