"""Facts about encoders and containers: how quality is spelt, and what goes into which file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

Points = tuple[tuple[float, float], ...]
_CRF: Points = ((0, 51), (50, 26), (80, 16), (100, 4))
_BOUNDS = ("qmin", "qmax")
"""MPEG's quantiser is between these, so when they are the same it is theirs."""
_QUANTISER: Points = ((0, 31), (50, 8), (80, 2), (100, 1))
_LAMBDA = 118
"""FF_QP2LAMBDA, in which some encoders count their quantiser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How encoders of a kind are told what to do.

    number: the option, or options, of quality; none for lossless ones. points: roop's quality to that number, straight
    between. extra: options always given. preset: the option of the preset, "" where there is none. odd: takes sizes
    that chroma does not divide. shown: what the number is called in reports.
    """

    number: tuple[str, ...] = ()
    points: Points = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    preset: str = "preset"
    odd: bool = False
    shown: str = ""

    def value(self, quality: float) -> float:
        """The encoder's own number for a quality 0..100."""
        for (low, first), (high, last) in zip(self.points, self.points[1:], strict=False):
            if quality <= high:
                return first + (last - first) * (quality - low) / (high - low)
        return self.points[-1][1] if self.points else 0.0


LOSSLESS = Family(preset="", odd=True, shown="lossless")
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "libx264": Family(number=("crf",), points=_CRF, shown="crf"),
        "libx265": Family(number=("crf",), points=((0, 51), (50, 28), (80, 17), (100, 4)), shown="crf"),
        "libvpx": Family(
            number=("crf",), points=((0, 63), (50, 34), (80, 16), (100, 4)), preset="cpu-used", odd=True, shown="crf",
            extra={"deadline": "good", "cpu-used": "2"},
        ),
        "libsvtav1": Family(number=("crf",), points=((0, 63), (50, 38), (80, 20), (100, 4)), odd=True, shown="crf"),
        "libaom": Family(
            number=("crf",), points=((0, 63), (50, 38), (80, 20), (100, 4)), preset="cpu-used", odd=True, shown="crf",
            extra={"cpu-used": "4"},
        ),
        "nvenc": Family(number=("cq",), points=_CRF, extra={"rc": "vbr"}, shown="cq"),
        "qsv": Family(number=("global_quality",), points=_CRF, shown="global_quality"),
        "amf": Family(number=("qp_i", "qp_p"), points=_CRF, extra={"rc": "cqp"}, preset="quality", shown="qp"),
        "videotoolbox": Family(
            number=("global_quality",), points=((0, 1 * _LAMBDA), (100, 100 * _LAMBDA)), extra={"flags": "+qscale"},
            preset="", shown="global_quality",
        ),
        "prores": Family(number=("profile",), points=((0, 0), (40, 1), (60, 2), (80, 3), (100, 3)), preset="", odd=True,
                         shown="profile"),
        "mjpeg": Family(
            number=_BOUNDS, points=_QUANTISER, extra={"lmin": "1", "strict": "unofficial"}, preset="",
            odd=True, shown="q",
        ),
        **dict.fromkeys(("ffv1", "png", "qtrle", "rawvideo"), LOSSLESS),
        "utvideo": Family(preset="", shown="lossless"),
        "huffyuv": Family(preset="", shown="lossless"),
        "ffvhuff": Family(preset="", shown="lossless"),
    }
)  # fmt: skip
"""By the beginning or the end of the encoder's name."""
QUANTISED = Family(number=_BOUNDS, points=_QUANTISER, extra={"lmin": "1"}, preset="", odd=True, shown="q")
"""What every other encoder is taken for: MPEG-4, MJPEG and their like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a kind of file holds. sounds, texts: codecs copied into it; `...` any. sound, text: what others become."""

    format: str
    sounds: tuple[str, ...]
    sound: str
    texts: tuple[str, ...] = ()
    text: str = ""
    video: str = "libx264"
    deep: str = "libx265"
    clear: str = ""
    exact: bool = False
    turns: bool = True
    attachments: bool = False


_COMMON = ("aac", "mp3", "mp2", "ac3", "eac3", "alac")
_MP4 = Container(
    format="mp4", sounds=(*_COMMON, "opus", "flac"), sound="aac", texts=("mov_text",), text="mov_text", exact=True
)
CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {
        ".mp4": _MP4,
        ".m4v": _MP4,
        ".mov": Container(
            format="mov", sounds=(*_COMMON, "pcm_"), sound="aac", texts=("mov_text",), text="mov_text",
            clear="prores_ks", exact=True,
        ),
        ".mkv": Container(
            format="matroska", sounds=("",), sound="aac", text="subrip", clear="libvpx-vp9", attachments=True,
            texts=("subrip", "ass", "webvtt", "text", "dvd_subtitle", "hdmv_pgs_subtitle", "dvb_subtitle"),
        ),
        ".webm": Container(
            format="webm", sounds=("opus", "vorbis"), sound="libopus", texts=("webvtt",), text="webvtt",
            video="libvpx-vp9", deep="libsvtav1", clear="libvpx-vp9",
        ),
        ".avi": Container(
            format="avi", sounds=("mp3", "mp2", "ac3", "pcm_s16le", "pcm_u8"), sound="libmp3lame", video="mpeg4",
            deep="mpeg4", turns=False,
        ),
    }
)  # fmt: skip
"""By suffix: `video`, `deep` (more than 8 bits) and `clear` (alpha) are what is taken when nobody chose an encoder.

sounds: beginnings of codecs' names. exact: keeps every time; the others round to milliseconds or to the frame rate.
turns: can say how the film is turned.
"""


def family(codec: str) -> Family:
    """How that encoder is told what to do."""
    found = [known for name, known in FAMILIES.items() if codec.startswith(name) or codec.endswith("_" + name)]
    return found[0] if found else QUANTISED


def plainly(codec: str) -> str:
    """A codec by the name that people know."""
    return {"libopus": "Opus", "libmp3lame": "MP3", "aac": "AAC"}.get(codec, codec)


def copied(codec: str, known: Sequence[str]) -> bool:
    """Whether a track of that codec is one of the known, by the beginning of its name."""
    return bool(codec) and any(codec.startswith(name) for name in known)
