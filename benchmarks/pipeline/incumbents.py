"""A picture in, the picture with every face swapped out: by other face swappers' own code, out of their repositories.

Each runs in a process of its own, from a checkout that the user names, with its own defaults: no restorer, no upscaler.
What looks for nudity is left out, as roop's gate is.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import PIL.Image

from benchmarks.inswapper import StandIn
from benchmarks.pipeline import webui
from benchmarks.pipeline.flows import PACK, Flow, Place, source
from lib_roop.types import Image

ASSETS = Path("facefusion", ".assets", "models")
"""Where FaceFusion looks for nets, beside its package."""


def staged(place: Place, repository: str) -> Path:
    """The checkout, from which this process can now import; FileNotFoundError where there is none.

    Every session gets as many threads as asked, as none of these programs has an option for it.
    """
    checkout = (place.incumbents or Path()) / repository
    if not checkout.is_dir():
        raise FileNotFoundError(f"there is no checkout {checkout}")
    import onnxruntime

    class Session(onnxruntime.InferenceSession):  # type: ignore[misc]
        def __init__(self, path: str, sess_options: Any = None, **kwargs: Any) -> None:
            settings = sess_options or onnxruntime.SessionOptions()
            settings.intra_op_num_threads, settings.log_severity_level = place.threads, 3
            super().__init__(path, settings, **kwargs)

    onnxruntime.InferenceSession = Session
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(checkout))
    tempfile.tempdir = str(place.folder)
    os.chdir(place.folder)
    return checkout


def pack(place: Place, root: str) -> None:
    """Puts the pack where insightface looks for buffalo_l below `root`."""
    folder = place.folder / root / "models"
    folder.mkdir(parents=True)
    (folder / "buffalo_l").symlink_to(place.folder / PACK)


def sd_webui_roop(place: Place) -> Flow:
    """s0md3v/sd-webui-roop: a pack loaded from disk for the source and for every face, a PNG written and read again."""
    staged(place, "sd-webui-roop")
    webui.provide(place.folder)
    pack(place, ".insightface")
    os.environ["HOME"] = str(place.folder)
    gate = ModuleType("ifnude")
    vars(gate)["detect"] = lambda picture: []
    sys.modules["ifnude"] = gate
    swapper = importlib.import_module("scripts.swapper")
    if place.stub:
        swapper.getFaceSwapModel(str(place.swap)).session = StandIn()
    portrait = pil(source())

    def work(picture: Any, count: int) -> Any:
        result = swapper.swap_face(portrait, picture, model=str(place.swap), faces_index=set(range(count))).image()
        result.load()
        return result

    return Flow(work, pil, np.asarray)


def reactor(place: Place) -> Flow:
    """Gourieff/sd-webui-reactor: the source remembered by its hash, the analyser copied for every picture."""
    staged(place, "sd-webui-reactor")
    webui.provide(place.folder)
    pack(place, "models/insightface")
    swapper = importlib.import_module("scripts.reactor_swapper")
    if place.stub:
        swapper.getFaceSwapModel(str(place.swap)).session = StandIn()
    portrait = pil(source())

    def work(picture: Any, count: int) -> Any:
        return swapper.swap_face(
            portrait,
            picture,
            model=str(place.swap),
            faces_index=list(range(count)),
            enhancement_options=swapper.EnhancementOptions(),
            detection_options=swapper.DetectionOptions(),
        )[0]

    return Flow(work, pil, np.asarray)


def faceswaplab(place: Place) -> Flow:
    """glucauze/sd-webui-faceswaplab: a unit of its API with default settings, which remembers its source."""
    staged(place, "sd-webui-faceswaplab")
    webui.provide(place.folder, faceswaplab_model=str(place.swap), faceswaplab_nsfw_threshold=1)
    pack(place, "models/faceswaplab/analysers")
    swapper = importlib.import_module("scripts.faceswaplab_swapping.swapper")
    settings = importlib.import_module("scripts.faceswaplab_ui.faceswaplab_unit_settings").FaceSwapUnitSettings
    unit = settings.from_api_dto(importlib.import_module("client_api.api_utils").FaceSwapUnit())
    unit.source_img = pil(source())
    model = swapper.get_current_swap_model()
    if place.stub:
        swapper.getFaceSwapModel(model, use_gpu=False).session = StandIn()

    def work(picture: Any, count: int) -> Any:
        unit._faces_index = ",".join(map(str, range(count)))
        ((result, _),) = swapper.process_images_units(model, [unit], [(picture, None)])
        return result

    return Flow(work, pil, np.asarray)


def facefusion(place: Place) -> Flow:
    """facefusion/facefusion with inswapper and the pack's nets, and as its own benchmark sets it: no dense landmarks.

    It feeds its detector blue, green, red; what it is given is red, green, blue, so that the marks are red to that.
    """
    checkout = staged(place, "facefusion")
    if not shutil.which("ffmpeg"):
        raise FileNotFoundError("it does not read its options without ffmpeg")
    home = place.folder / ASSETS.parts[0]
    (home / "facefusion").symlink_to(checkout / "facefusion")
    os.chdir(home)
    sys.path[0] = str(home)
    words = ["headless-run", "--face-swapper-model", "inswapper_128", "--face-detector-model", "retinaface"]
    words += ["--face-selector-mode", "many", "--face-landmarker-score", "0", "--execution-providers", "cpu"]
    sys.argv = ["facefusion.py", *words]
    state = importlib.import_module("facefusion.state_manager")
    program = importlib.import_module("facefusion.program").create_program()
    importlib.import_module("facefusion.args").apply_args(vars(program.parse_args(words)), state.init_item)
    swapper = importlib.import_module("facefusion.processors.modules.face_swapper.core")
    if place.stub:
        swapper.get_inference_pool()["face_swapper"] = StandIn()
    portrait = source()

    def work(picture: Image, count: int) -> Any:
        inputs = {"source_vision_frames": [portrait], "target_vision_frames": [picture], "temp_vision_frame": picture}
        return swapper.process_frame(inputs)[0]

    return Flow(work)


def pil(picture: Image) -> PIL.Image.Image:
    return PIL.Image.fromarray(picture)


INCUMBENTS: Mapping[str, Callable[[Place], Flow]] = {
    "sd-webui-roop": sd_webui_roop,
    "ReActor": reactor,
    "FaceSwapLab": faceswaplab,
    "FaceFusion": facefusion,
}
