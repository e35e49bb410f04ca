"""What a picture says of its own past: what earlier tools wrote beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..images import Metadata, exif_texts
from .terms import TRAINED, SourceType, strongest, term
from .xmp import source_types

_NAMES = {0x9286: "UserComment", 0x0131: "Software"}
_PARAMETERS = re.compile(r"\bSteps: \d+, Sampler: ")
"""As the web UIs of Stable Diffusion write them below the prompt."""


def kind_of(metadata: Metadata, source_type: SourceType) -> SourceType:
    """What an altered picture is: `source_type`, or what the picture was before, where that says more."""
    if generator(metadata):
        return TRAINED
    return strongest(source_type, map(term, source_types(metadata.xmp)))


def generator(metadata: Metadata) -> str:
    """Whose parameters the picture carries, "" for none: then a diffusion model made it."""
    texts = texts_of(metadata)
    if any(_PARAMETERS.search(texts.get(name, "")) for name in ("parameters", "UserComment")):
        return "Stable Diffusion web UI"
    if '"class_type"' in texts.get("prompt", ""):
        return "ComfyUI"
    return "InvokeAI" if "invokeai_metadata" in texts else ""


def texts_of(metadata: Metadata) -> Mapping[str, str]:
    """Text chunks, and `UserComment` and `Software` of EXIF, by name."""
    tags = exif_texts(metadata.exif)
    found = {name: _decoded(tags[tag]) for tag, name in _NAMES.items() if tag in tags}
    return {**{name: text for name, text in found.items() if text}, **metadata.text}


def _decoded(value: bytes) -> str:
    """A tag's text; a comment names its encoding in its first eight bytes (Exif 2.32, section 4.6.5)."""
    if value.startswith(b"UNICODE\0"):
        content = value[8:]
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le", "replace")
    return value.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace").strip("\0 ")
