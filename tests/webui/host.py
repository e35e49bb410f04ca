"""A web UI in memory: the `modules` that extensions import, and what they do."""

import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from tests.webui.flavours import Flavour, hooks


class Nearest:
    """An upscaler of the host that repeats pixels."""

    def upscale(self, picture: Pillow.Image, scale: float, _: str) -> Pillow.Image:
        size = round(picture.width * scale), round(picture.height * scale)
        return picture.resize(size, Pillow.Resampling.NEAREST)


class ImageSaveParams:
    """What the host tells its callbacks of a picture that it saves."""

    def __init__(self, image: Pillow.Image, p: Any, filename: str, pnginfo: dict[str, Any]) -> None:
        self.image, self.p, self.filename, self.pnginfo = image, p, filename, pnginfo


SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "roop.py"
CALLBACKS = ("ui_settings", "before_image_saved", "image_saved", "script_unloaded", "before_reload", "before_ui")
MORE_CALLBACKS = ("after_component", "infotext_pasted", "app_started", "ui_tabs")


class Options:
    """The host's settings as attributes; those that nobody declared or set are not there."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __getattr__(self, name: str) -> Any:
        if name not in self.data:
            raise AttributeError(name)
        return self.data[name]


class Webui:
    """One process of a host. reported: what scripts and callbacks let out, which a host prints and goes on.

    full: files with this in their suffix cannot be written, as the disk is full.
    """

    def __init__(self, flavour: Flavour, folder: Path) -> None:
        self.flavour = flavour
        self.folder = folder
        self.reported: list[Exception] = []
        self.saved: list[Path] = []
        self.full = ""
        self.callbacks: dict[str, list[Callable[..., Any]]] = {}
        self.options: dict[str, Any] = {
            "samples_save": True, "samples_format": "png", "grid_save": True, "return_grid": True, "return_mask": False,
            "save_mask": False, "save_images_before_face_restoration": False, "save_incomplete_images": False,
            "enable_pnginfo": True,
        }  # fmt: skip
        self.state = SimpleNamespace(interrupted=False, skipped=False, textinfo=None, job="")
        self.script = type("Script", (), dict.fromkeys(hooks(flavour), _nothing))

    def modules(self) -> dict[str, ModuleType]:
        """What is to be found in `sys.modules`."""
        shared: dict[str, Any] = {
            "opts": Options(self.options),
            "state": self.state,
            "cmd_opts": SimpleNamespace(),
            "sd_upscalers": [
                SimpleNamespace(name="None", scaler=None, data_path=None),
                SimpleNamespace(name="Nearest", scaler=Nearest(), data_path=""),
            ],
        }
        if self.flavour.restorers:
            shared["face_restorers"] = []
        parts: dict[str, dict[str, Any]] = {
            "shared": shared,
            "scripts": {"Script": self.script, "AlwaysVisible": object(), "scripts_data": []},
            "script_callbacks": {
                f"on_{name}": self.callbacks.setdefault(name, []).append for name in (*CALLBACKS, *MORE_CALLBACKS)
            },
            "processing": {"create_infotext": self.infotext},
            "images": {"save_image": self.save_image},
            "call_queue": {"queue_lock": threading.Lock()},
            "paths": {"models_path": str(self.folder / "models"), "data_path": str(self.folder)},
        }
        made = {"modules": ModuleType("modules")}
        for name, content in parts.items():
            made[f"modules.{name}"] = ModuleType(f"modules.{name}")
            vars(made[f"modules.{name}"]).update(content)
        return made

    @contextmanager
    def running(self) -> Iterator["Webui"]:
        """The host's modules are there to be imported."""
        made = self.modules()
        assert not made.keys() & sys.modules.keys()
        sys.modules.update(made)
        try:
            yield self
        finally:
            for name in made:
                del sys.modules[name]

    def load(self, path: Path = SCRIPT) -> Any:
        """The one script of a file, loaded as hosts do, which do not keep the module; callbacks begin anew."""
        for callbacks in self.callbacks.values():
            callbacks.clear()
        spec = importlib.util.spec_from_file_location(path.name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        (found,) = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, self.script)]
        return found()

    def report(self, error: Exception) -> None:
        """A host prints what its scripts and callbacks let out, and goes on."""
        self.reported.append(error)

    def infotext(
        self,
        p: Any,
        all_prompts: Sequence[str],
        all_seeds: Sequence[int],
        all_subseeds: Sequence[int],
        *,
        index: int = 0,
        all_negative_prompts: Sequence[str] | None = None,
    ) -> str:
        """The text of a picture; extensions' own values are plain, as one host takes nothing else."""
        negatives = all_negative_prompts
        if negatives is None:
            negatives = [*p.all_negative_prompts, *[p.negative_prompt] * index]
        values = {
            "Steps": 20, "Sampler": "Euler", "CFG scale": 7, "Seed": all_seeds[index], "Size": f"{p.width}x{p.height}",
            "Variation seed": all_subseeds[index], **p.extra_generation_params, "Version": self.flavour.name,
        }  # fmt: skip
        json.dumps(p.extra_generation_params)
        line = ", ".join(f"{key}: {quoted(value)}" for key, value in values.items() if value is not None)
        return f"{all_prompts[index]}\nNegative prompt: {negatives[index]}\n{line}"

    def save_image(  # noqa: PLR0917 - as hosts have it
        self,
        image: Pillow.Image,
        path: str,
        basename: str = "",
        seed: int | None = None,
        prompt: str | None = None,
        extension: str = "png",
        *,
        info: str | None = None,
        p: Any = None,
        suffix: str = "",
        existing_info: dict[str, Any] | None = None,
        grid: bool = False,
    ) -> tuple[str, None]:
        """Write a picture with its text, and call back before and after."""
        if self.full and self.full in suffix:
            raise OSError("No space left on device")
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.*")))
        name = f"{basename}-{number:04}" if basename else f"{number:05}-{seed}{suffix}"
        pnginfo = {**(existing_info or {}), **({"parameters": info} if info is not None else {})}
        params = ImageSaveParams(image, p, str(folder / f"{name}.{extension}"), pnginfo)
        if self.flavour.stealthy and extension == "png":
            image.putalpha(255)
            alpha = image.getchannel("A")
            alpha.putpixel((0, 0), 254)
            image.putalpha(alpha)
        self._call("before_image_saved", params)
        texts = PngInfo()
        for key, value in params.pnginfo.items():
            texts.add_text(key, str(value))
        params.image.save(params.filename, pnginfo=texts)
        vars(params.image)["already_saved_as"] = params.filename
        self.saved.append(Path(params.filename))
        self._call("image_saved", params)
        return params.filename, None

    def _call(self, name: str, params: ImageSaveParams) -> None:
        for callback in self.callbacks[name]:
            try:
                callback(params)
            except Exception as error:  # noqa: BLE001 - this is what hosts do
                self.report(error)


class Runner:
    """The scripts of a job, in their order. args: what each gets, by title."""

    def __init__(self, webui: Webui, alwayson: Sequence[Any], selectable: Sequence[Any] = ()) -> None:
        self.webui = webui
        self.alwayson_scripts = list(alwayson)
        self.selectable_scripts = list(selectable)

    def call(self, hook: str, p: Any, *values: Any, **named: Any) -> None:
        """One hook of every script, if the host has it."""
        for script in self.alwayson_scripts if hasattr(self.webui.script, hook) else ():
            try:
                getattr(script, hook, _nothing)(p, *values, *p.arguments.get(script.title(), ()), **named)
            except Exception as error:  # noqa: BLE001 - this is what hosts do
                self.webui.report(error)


def _nothing(*_: Any, **__: Any) -> None:
    """A hook that a script does not define."""


def quoted(value: Any) -> Any:
    """A value in a picture's text."""
    return json.dumps(value, ensure_ascii=False) if any(sign in str(value) for sign in ",:\n") else value


def pixels(picture: Pillow.Image) -> Any:
    """RGB uint8."""
    return np.asarray(picture.convert("RGB"), np.uint8)
