"""What the original roop answered, for its clients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

from .. import neural, request
from ..engine import Engine
from ..errors import ModelError, OptionError
from ..options import AUTO, MESH, MODELS, NONE, OutputOptions, PostOptions
from . import calls
from .answers import Asked, Pictures, only
from .schemas import ORIGINAL

DEFAULT = "inswapper_128.onnx"
SUFFIX = ".onnx"


def models(engine: Engine, asked: Asked) -> dict[str, Any]:
    """The swap models that are there."""
    del asked
    return {"models": [name for name in MODELS if name != AUTO and _is_there(engine, name)]}


def swap(engine: Engine, asked: Asked) -> dict[str, Any]:
    """One picture onto another."""
    values = {name: value for name, value in asked.values.items() if value is not None}
    only(values, ORIGINAL)
    pictures = Pictures()
    source = pictures.read(values.get("source_image"), "source_image")
    target = pictures.read(values.get("target_image"), "target_image")
    numbers = values.get("face_index", [0])
    if not isinstance(numbers, list) or not all(isinstance(each, int) for each in numbers):
        raise OptionError("face_index is a list of face numbers.", field="face_index")
    given = {
        "source": [source],
        "target_faces": ",".join(str(int(each)) for each in numbers) or "0",
        "model": _model(engine, values.get("model", DEFAULT)),
    }
    body = calls.swapped(engine, target, [request.unit(given, 1)], _post(values), OutputOptions())
    return {"image": body["images"][0]}


def _post(values: Mapping[str, Any]) -> PostOptions:
    scale = values.get("scale", 1)
    upscaler = _named(values.get("upscaler"))
    if upscaler == NONE and scale != 1:
        upscaler = "lanczos"
    given: dict[str, Any] = {"restorer": _named(values.get("face_restorer")), "upscaler": upscaler, "scale": scale}
    known = {"restorer_visibility": "restorer_visibility", "upscale_visibility": "upscaler_visibility"}
    given |= {ours: values[theirs] for theirs, ours in known.items() if theirs in values}
    return request.part(PostOptions, given)


def _model(engine: Engine, given: Any) -> str:
    """A model by the name of its file; the original's own means the best that is there where it is not."""
    if not isinstance(given, str):
        raise OptionError(f"model takes text, not {type(given).__name__}.", field="model")
    name = PureWindowsPath(given).name.removesuffix(SUFFIX)
    return AUTO if given == DEFAULT and not _is_there(engine, name) else name


def _named(value: Any) -> str:
    """The original's "None" for nothing."""
    return NONE if value in (None, "", "None") else str(value)


def _is_there(engine: Engine, name: str) -> bool:
    if name == MESH:
        return True
    try:
        return isinstance(engine.neural(name), neural.Parts)
    except ModelError:
        return False
