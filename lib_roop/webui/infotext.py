"""roop's part of the text that a web UI writes with every picture: what was asked, and what became of each face."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..options import PICTURES, to_mapping
from ..selection import UNASKED
from .pasting import A_FOLDER, EMPTY, PREFIX

if TYPE_CHECKING:
    from ..images import Picture
    from ..swap import Swap
    from ..types import FaceReport
    from .request import Request, Unit

RAN = PREFIX.rstrip()
"""The key under which a picture's text says what ran and on whom."""
SOURCE = f"{PREFIX}source"
"""The same of the picture that img2img started from."""
DROPPED = f"{PREFIX}dropped"
"""Which pictures of the job were dropped so far, counted from 1."""
VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^,\n]*)'
"""A value of a text: a JSON string, or what ends at a separator."""
_OURS = re.compile(rf"(?:^|, ?){RAN}(?: [\w \-/]+)?: {VALUE}")
_FACTS = re.compile(rf"(?:^|, ?){RAN}(?: note)?: {VALUE}")
STEPS = "Steps: "
"""What the line begins with that a host writes after the prompts; extensions append lines of their own."""
PARTS = ("post", "job", "output")
HIDDEN = "hidden"
"""What stands for names that are not to be told."""


def settings(request: Request) -> dict[str, Any]:
    """Every setting that is not its default: plain values under keys such as "roop 1 strength"."""
    texts: dict[str, Any] = {}
    for unit in request.units:
        texts[f"{PREFIX}{unit.number}"] = _sources(unit, request)
        values = {**to_mapping(unit.swap), **to_mapping(unit.place)}
        for name in ("source", "checkpoint", "enabled"):
            values.pop(name, None)
        for name in set(PICTURES) & set(values):
            values[name] = HIDDEN if request.job.hide_names else values[name].name
        texts.update((key(name, unit.number), _plain(value)) for name, value in values.items())
    for part in PARTS:
        texts.update((key(name), _plain(value)) for name, value in to_mapping(getattr(request, part)).items())
    return texts


def key(name: str, unit: int = 0) -> str:
    """The key of an option: "roop 1 target faces", or "roop restorer" for one that is no unit's."""
    return PREFIX + (f"{unit} " if unit else "") + name.replace("_", " ")


def made_by(swap: Swap) -> str:
    """What altered a picture, in letters that `engine_of` reads: the engine, and the nets that drew after it."""
    drew = [step.name for step in (swap.result.restorer, swap.result.upscaler) if step.models]
    return re.sub(r"[^\w +-]", "-", " + ".join([swap.result.engine, *drew]))


def facts(swap: Swap, request: Request) -> str:
    """What ran, and what became of each face: "built-in engine; face 0: anna 0.78; face 1: looks female"."""
    known = {unit.swap.checkpoint for unit in request.units} | {
        source.name for unit in request.units for source in _pictures(unit)
    }
    told = [face for face in swap.result.faces if not face.reason.endswith(UNASKED)]
    faces = [_face(face, known, request.job.hide_names) for face in told]
    return "; ".join([f"{made_by(swap)} engine", *faces])


def parameters(text: str) -> str:
    """What stands after the prompts in a picture's text: its last line that has `STEPS`, else its last line.

    It is one line, as hosts put a value with lines in quotes.
    """
    return _parted(text.rstrip())[1]


def engine_of(text: str) -> str:
    """The engine that a picture's text names as the one that altered it; "" for a picture that roop left alone.

    What a prompt says of roop is no sign of it.
    """
    found = re.search(rf'(?:^|, ?){RAN}(?: source)?: "?([\w +-]+) engine\b', parameters(text))
    return found[1] if found else ""


def _face(face: FaceReport, known: set[str], hidden: bool) -> str:
    scores = [f"{score:.2f}" for score in (face.similarity, face.reference_similarity) if score is not None]
    if face.status == "skipped":
        return f"face {face.index}: {face.reason.removeprefix(f'face {face.index} ')}"
    name = face.identity if not hidden and set(face.identity.split("+")) <= known else "swapped"
    return " ".join([f"face {face.index}:", name, *scores])


def _sources(unit: Unit, request: Request) -> str:
    pictures = _pictures(unit)
    names = [source.name for source in pictures]
    names += [unit.swap.checkpoint] if unit.swap.checkpoint else []
    names += [A_FOLDER] * (len(pictures) < len(unit.swap.source))
    return HIDDEN if request.job.hide_names else "+".join(names)


def _pictures(unit: Unit) -> list[Picture]:
    """The sources that are pictures; the others are folders, and those are paths."""
    return [source for source in unit.swap.source if not isinstance(source, (str, PathLike))]


def _plain(value: Any) -> Any:
    return ", ".join(map(str, value)) or EMPTY if isinstance(value, list) else value


def unwritten(params: Mapping[str, Any]) -> list[str]:
    """The keys of roop among a job's texts."""
    return [name for name in params if name == RAN or name.startswith(PREFIX)]


def joined(text: str, params: Mapping[str, Any]) -> str:
    """A picture's text with these keys of roop in the place of those that it had."""
    before, line, after = _parted(text.rstrip())
    bare = _OURS.sub("", line).rstrip(" ,")
    ours = [f"{name}: {_quoted(value)}" for name, value in params.items()]
    return before + ", ".join([*([bare] if bare else []), *ours]) + after


def without_facts(text: str) -> str:
    """A picture's text without what ran and what went wrong; its settings stay."""
    before, line, after = _parted(text)
    return before + _FACTS.sub("", line) + after


def _parted(text: str) -> tuple[str, str, str]:
    """What stands before the line of the parameters, that line, and what stands after it."""
    at = text.rfind(STEPS) if STEPS in text else len(text)
    start = text.rfind("\n", 0, at) + 1
    line, newline, after = text[start:].partition("\n")
    return text[:start], line, newline + after


def _quoted(value: Any) -> str:
    """As hosts quote it: what holds a separator becomes a JSON string."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(",:\n") else text
