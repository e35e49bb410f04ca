"""JSON Schema of what can be sent, made from the one declaration of the options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..identities.record import LONGEST_NOTE
from ..options import ORDERS, OutputOptions, PostOptions, SwapUnit, describe, json_schema

Schema = dict[str, Any]
SIGNING = ("c2pa_key", "c2pa_certificate")
"""Options that name files; a program does not get at those."""
PICTURE: Schema = {"type": "string", "minLength": 1, "description": "a picture as base64 or data URI"}
SEVERAL: Schema = {"type": "array", "items": PICTURE, "minItems": 1, "maxItems": 100}
NAME: Schema = {"type": "string", "minLength": 1, "description": "what the face is called, in any script"}
SEXES, METHODS, FORMATS, PICKS = (
    ("auto", "female", "male"),
    ("mean", "median", "weighted"),
    ("roop", "reactor", "faceswaplab"),
    ("largest", "alike"),
)


def _of_unit(name: str) -> Schema:
    found: Schema = json_schema(SwapUnit)["properties"][name]
    return found


def _units() -> Schema:
    unit = json_schema(SwapUnit)
    unit["properties"] = {
        **unit["properties"],
        "source": {**SEVERAL, "minItems": 0, "title": unit["properties"]["source"]["title"]},
    }
    return {"type": "array", "items": unit, "minItems": 1, "maxItems": 10}


def _output() -> Schema:
    output = json_schema(OutputOptions)
    kept = {name: each for name, each in output["properties"].items() if name not in SIGNING}
    return {**output, "properties": kept}


COUNTED: Mapping[str, Schema] = {
    "order": {**_of_unit("order"), "enum": list(ORDERS)},
    "detection_threshold": _of_unit("detection_threshold"),
}
FINISHING: Mapping[str, Schema] = {
    "restorer": {"type": "string", "default": "none", "description": "draws the faces anew, finer"},
    "fidelity": json_schema(PostOptions)["properties"]["fidelity"],
    "upscaler": {"type": "string", "default": "none", "description": "enlarges faces smaller than size"},
}
DETECT: Mapping[str, Schema] = {"image": PICTURE, **COUNTED}
COMPARE: Mapping[str, Schema] = {
    "images": {**SEVERAL, "minItems": 0, "maxItems": 16},
    "checkpoints": {"type": "array", "items": NAME, "maxItems": 16, "description": "names of kept faces"},
}
PLAN: Mapping[str, Schema] = {"image": PICTURE, "units": _units()}
SWAP: Mapping[str, Schema] = {**PLAN, "post": json_schema(PostOptions), "output": _output()}
EXTRACT: Mapping[str, Schema] = {
    "images": SEVERAL,
    "size": {"type": "integer", "minimum": 32, "maximum": 1024, "default": 256},
    "aligned": {"type": "boolean", "default": True, "description": "upright, eyes and mouth in their places"},
    **FINISHING,
    **COUNTED,
}
VERIFY: Mapping[str, Schema] = {"image": PICTURE}
KEEP: Mapping[str, Schema] = {
    "name": NAME,
    "images": {**SEVERAL, "description": "pictures of one person"},
    "file": {"type": "string", "description": "instead of images: a .safetensors face checkpoint as base64"},
    "method": {"type": "string", "enum": list(METHODS), "default": "mean"},
    "sex": {"type": "string", "enum": list(SEXES), "default": "auto"},
    "texture": {"type": "boolean", "default": True, "description": "keep the skin, which the mesh swapper needs"},
    "pick": {
        "type": "string",
        "enum": list(PICKS),
        "default": "largest",
        "description": "which face of several in a picture; alike: of the person whom most pictures show",
    },
    "drop_outliers": {"type": "boolean", "default": False, "description": "leave out who looks like another person"},
    "overwrite": {"type": "boolean", "default": False},
}
CHANGE: Mapping[str, Schema] = {
    "name": NAME,
    "note": {"type": "string", "maxLength": LONGEST_NOTE, "description": "what is to be known of it; empty for none"},
    "sex": {"type": "string", "enum": ["female", "male"]},
}
ORIGINAL: Mapping[str, Schema] = {
    "source_image": PICTURE,
    "target_image": PICTURE,
    "face_index": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9999}, "default": [0]},
    "scale": {"type": "number", "minimum": 1, "maximum": 8, "default": 1},
    "upscaler": {"type": "string", "default": "None"},
    "upscale_visibility": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
    "face_restorer": {"type": "string", "default": "None"},
    "restorer_visibility": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
    "model": {"type": "string", "default": "inswapper_128.onnx"},
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "detect": ("image",),
    "compare": (),
    "plan": ("image", "units"),
    "swap": ("image", "units"),
    "extract": ("images",),
    "verify": ("image",),
    "keep": ("name",),
    "change": (),
    "original": ("source_image", "target_image"),
}
REQUESTS: Mapping[str, Mapping[str, Schema]] = {
    "detect": DETECT,
    "compare": COMPARE,
    "plan": PLAN,
    "swap": SWAP,
    "extract": EXTRACT,
    "verify": VERIFY,
    "keep": KEEP,
    "change": CHANGE,
    "original": ORIGINAL,
}


def body(name: str) -> Schema:
    """The body of the request `name`."""
    properties = dict(REQUESTS[name])
    return {
        "type": "object",
        "properties": properties,
        "required": list(REQUIRED[name]),
        "additionalProperties": False,
    }


def schema() -> Schema:
    """All of it, and the parts of a swap by themselves."""
    return {
        "unit": _units()["items"],
        "post": json_schema(PostOptions),
        "output": _output(),
        "requests": {name: body(name) for name in REQUESTS},
        "options": [entry.name for entry in describe(SwapUnit)],
    }
