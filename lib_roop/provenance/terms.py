"""The IPTC's digital source types, and which of them a picture of ours is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from .. import __version__

SourceType = Literal[
    "algorithmicallyEnhanced", "composite", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"
]
"""Bettered by an algorithm that learned nothing; put together from pictures; with a trained generator among the makers;
made by one as a whole."""
ENHANCED: SourceType = "algorithmicallyEnhanced"
COMPOSITE: SourceType = "composite"
TRAINED_COMPOSITE: SourceType = "compositeWithTrainedAlgorithmicMedia"
TRAINED: SourceType = "trainedAlgorithmicMedia"

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOFTWARE = f"roop {__version__}"

BUILT_IN = "built-in"
"""The engine that paints the source's own pixels: it generates nothing."""

_RISING: tuple[SourceType, ...] = (ENHANCED, COMPOSITE, TRAINED_COMPOSITE, TRAINED)

CAPTURED: Mapping[str, str] = MappingProxyType(
    {
        "digitalCapture": "taken with a digital camera",
        "computationalCapture": "taken with a digital camera that merges several shots",
        "negativeFilm": "scanned from a negative",
        "positiveFilm": "scanned from a slide",
        "print": "scanned from paper",
        "screenCapture": "taken from a screen",
    }
)
MADE: Mapping[str, str] = MappingProxyType(
    {
        "minorHumanEdits": "retouched a little by a person",
        "humanEdits": "altered by a person without generative tools",
        "algorithmicallyEnhanced": "enhanced by an algorithm",
        "dataDrivenMedia": "drawn by a program from data",
        "digitalArt": "made by a person with a computer",
        "digitalCreation": "made by a person with a computer",
        "virtualRecording": "recorded in a virtual world",
        "softwareImage": "made by a program",
        "algorithmicMedia": "made by an algorithm that was not trained",
        "compositeCapture": "put together from several photographs",
        "compositeSynthetic": "put together from parts of which some are synthetic",
        "composite": "put together from several pictures",
        "compositeWithTrainedAlgorithmicMedia": "a picture that generative AI altered in part",
        "trainedAlgorithmicMedia": "made by generative AI",
    }
)
"""What the terms of the vocabulary say, in our words; the second half says that a picture is not simply a capture."""


def type_of(engine: str) -> SourceType:
    """What a swap by that engine (`SwapResult.engine`) is; only the built-in one is known to generate nothing."""
    return COMPOSITE if engine in ("", BUILT_IN) else TRAINED_COMPOSITE


def term(value: str) -> str:
    """The term at the end of an IPTC address, or the value itself."""
    return value.strip().rstrip("/").rpartition("/")[2]


def strongest(source_type: SourceType, found: Iterable[str]) -> SourceType:
    """`source_type`, or the one among the terms `found` that says more: what was generated stays so."""
    # That a part is synthetic, from a tool that did not say which kind, is not to be forgotten either.
    known: dict[str, SourceType] = {**{kind: kind for kind in _RISING}, "compositeSynthetic": TRAINED_COMPOSITE}
    return max((source_type, *(known[each] for each in found if each in known)), key=_RISING.index)
