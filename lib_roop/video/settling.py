"""How a film is written, settled from what it is, what was asked for and what the file can hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.codec
import av.codec.codec

from ..errors import FilmError, OptionError
from ..options.declaring import no_such
from ..options.film import FilmOptions
from ..options.unit import AUTO
from . import colours, mastering
from .clip import Clip, Colour
from .encoders import CONTAINERS, Container, Family, copied, family, plainly

MOST_THREADS = 16
FIELDS = {"libx264": "x264-params", "ffv1": "", "utvideo": "", "huffyuv": "", "ffvhuff": "", "rawvideo": ""}
"""Encoders that keep fields apart, and the option that tells them; lossless ones need none."""
TRANSPARENT = ("libvpx", "prores_ks", "ffv1", "utvideo")
"""Encoders that are trusted with alpha when a container can hold it."""
BITSTREAM_ALPHA = (".mkv", ".webm", ".mov", ".avi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a film is written.

    codec, options, threads: the encoder, as ffmpeg calls it, and all that it is told, threads among it, for with other
    threads it writes other bytes. quality: its own number, as "crf 16". pixel_format: what it takes. suffix: of the
    file. time_base: of the frames' times; rate: frames a second, for the encoder's planning. colour, aspect, display,
    field_order: what the file says of the picture. sounds: for each track of sound "" to copy it, else the encoder.
    texts: for each of subtitles "" to copy it, else the codec, None to leave it out. notes: what the user should know.
    """

    codec: str
    options: Mapping[str, str]
    threads: int
    quality: str
    pixel_format: str
    suffix: str
    time_base: Fraction
    rate: Fraction
    colour: Colour
    aspect: Fraction
    field_order: str
    sounds: tuple[str, ...]
    texts: tuple[str | None, ...]
    notes: tuple[str, ...] = field(compare=False)
    clip: Clip = field(repr=False, compare=False)
    output: Path = field(repr=False, compare=False)

    @property
    def container(self) -> Container:
        return CONTAINERS[self.suffix]

    @property
    def family(self) -> Family:
        return family(self.codec)

    @property
    def key(self) -> Mapping[str, Any]:
        """Everything that the encoded frames depend on, as JSON can hold it."""
        return {
            "codec": self.codec,
            "options": dict(sorted(self.options.items())),
            "threads": self.threads,
            "pixel_format": self.pixel_format,
            "time_base": str(self.time_base),
            "rate": str(self.rate),
            "colour": [self.colour.matrix, self.colour.transfer, self.colour.primaries, self.colour.full],
            "aspect": str(self.aspect),
            "field_order": self.field_order,
            "library": [av.library_versions[name][0] for name in ("libavcodec", "libavformat")],
        }


def settled(clip: Clip, options: FilmOptions, output: Path) -> Encoding:
    """How `clip` is written to `output`. Nothing is written yet.

    Raises FilmError for a suffix or pixels that cannot be, OptionError for an encoder or a preset that there is not.
    """
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        known = ", ".join(CONTAINERS)
        raise FilmError(f"Films are written as {known}; give {output.name} one of these endings.", field="output")
    container = CONTAINERS[suffix]
    codec = _codec(clip, options, suffix)
    notes: list[str] = []
    pixel_format = _pixels(clip, codec, suffix, notes)
    colour = clip.colour
    if colour.matrix == 0 and not av.VideoFormat(pixel_format, 16, 16).is_rgb:
        colour = replace(colour, matrix=1)
    notes += _rounding(clip, container)
    if clip.rotation and not container.turns:
        notes.append(f"AVI cannot say that the film is turned by {clip.rotation} degrees; write an .mp4 or .mkv")
    fields = clip.field_order if codec in FIELDS else ""
    if clip.field_order and not fields:
        notes.append(f"{codec} stores the film's fields as whole frames; libx264 and ffv1 keep them apart")
    quality, own = _told(codec, options, fields)
    if codec == "libx265" and clip.colour.hdr:
        own["x265-params"] += "".join(f":{name}={value}" for name, value in mastering.told(clip).items())
    if codec.startswith("prores") and "444" in pixel_format:
        quality, own["profile"] = "profile 4", "4"
    return Encoding(
        codec=codec,
        options=own,
        threads=min(os.cpu_count() or 1, MOST_THREADS),
        quality=quality,
        pixel_format=pixel_format,
        suffix=suffix,
        time_base=clip.time_base,
        rate=clip.rate,
        colour=colour,
        aspect=clip.aspect,
        field_order=fields,
        sounds=tuple(_sounds(clip, options, container, notes)),
        texts=tuple(_texts(clip, container, notes)),
        notes=tuple(notes),
        clip=clip,
        output=output,
    )


def _codec(clip: Clip, options: FilmOptions, suffix: str) -> str:
    container = CONTAINERS[suffix]
    if options.encoder == AUTO:
        if clip.alpha and container.clear and (clip.depth == 8 or container.clear == "prores_ks"):
            return container.clear
        return container.deep if clip.depth > 8 or clip.colour.hdr else container.video
    known = sorted(name for name in av.codec.codecs_available if _encodes(name))
    if options.encoder not in known:
        raise OptionError(no_such("encoder", options.encoder, known), field="encoder")
    return options.encoder


def _encodes(name: str) -> bool:
    try:
        return av.codec.Codec(name, "w").type == "video"
    except av.codec.codec.UnknownCodecError:
        return False


def _told(codec: str, options: FilmOptions, fields: str) -> tuple[str, dict[str, str]]:
    """The encoder's own number, in words, and its options."""
    kind = family(codec)
    own = dict(kind.extra)
    value = kind.value(options.quality)
    rounded = value if kind.number == ("crf",) and codec in ("libx264", "libx265") else round(value)
    own.update(dict.fromkeys(kind.number, f"{rounded:g}"))
    if options.preset:
        if not kind.preset:
            raise OptionError(f"The encoder {codec} has no presets; leave out --preset.", field="preset")
        own[kind.preset] = options.preset
    if codec == "libx265":
        # What it would write to the terminal is said by the library's errors; other closed segments need no open GOP.
        own["x265-params"] = "log-level=none:open-gop=0"
    if codec.startswith("libx264"):
        # Its macroblock tree reads memory that nobody set, on processors with AVX-512: the same frames would give other
        # bytes each time.
        own["x264-params"] = "mbtree=0"
    if fields:
        own["field_order"] = {"tff": "tt", "bff": "bb"}[fields]
        if FIELDS[codec]:
            own[FIELDS[codec]] += f":{fields}=1"
    shown = kind.shown if kind.shown == "lossless" else f"{kind.shown} {rounded:g}"
    return shown, own


def _pixels(clip: Clip, codec: str, suffix: str, notes: list[str]) -> str:
    """The encoder's pixel format that loses least of the film's, the smallest of these. Raises FilmError."""
    wanted = av.VideoFormat(colours.working(clip), 16, 16)
    taken = [form.name for form in av.codec.Codec(codec, "w").video_formats or ()]
    clear = clip.alpha and suffix in BITSTREAM_ALPHA and codec.startswith(TRANSPARENT)
    fitting = [
        (_loss(wanted, form, clear=clear), number, name)
        for number, name in enumerate(taken)
        for form in (av.VideoFormat(name, 16, 16),)
        if _plain(form)
    ]
    if not fitting:
        raise FilmError(f"{codec} takes no pixels that roop can give it; choose libx264, libx265 or ffv1.")
    (lost, *_), _, name = min(fitting)
    if lost:
        notes.append(f"{codec} stores {name} instead of the film's {clip.pixel_format}")
    if clip.alpha and not clear:
        notes.append(f"{codec} in {suffix} stores no transparency; .webm and .mov do")
    return name


def _plain(form: av.VideoFormat) -> bool:
    """Whether the pixels lie in memory, as whole numbers, and full range is told by a tag."""
    name = form.name
    return bool(form.components) and not (name.startswith("yuvj") or "msb" in name or form.is_big_endian
                                          or name.endswith(("f16le", "f32le")))  # fmt: skip


def _loss(wanted: av.VideoFormat, form: av.VideoFormat, *, clear: bool) -> tuple[int, int, int, int]:
    """What would be lost, what would be stored for nothing, and what is only unlike."""
    have, want = _shape(form), _shape(wanted)
    grey = want[3] == 1
    alpha = max(0, clear - have[4]), max(0, have[4] - clear)
    lost = max(0, want[0] - have[0]) + (0 if grey else 8 * max(0, have[1] - want[1]) + 8 * max(0, have[2] - want[2]))
    lost += 32 * (have[3] < want[3]) + 64 * alpha[0]
    idle = max(0, have[0] - want[0]) + 8 * max(0, want[1] - have[1]) + 8 * max(0, want[2] - have[2])
    idle += 8 * max(0, have[3] - want[3]) + 8 * alpha[1]
    unlike = int(form.is_rgb != wanted.is_rgb)
    return lost + 4 * unlike, idle, unlike, int(not form.is_planar)


def _shape(form: av.VideoFormat) -> tuple[int, int, int, int, int]:
    """Bits, how often chroma is halved across and down, channels without alpha, and whether there is alpha."""
    parts = [part for part in form.components if not part.is_alpha]
    chroma = [part for part in parts if part.is_chroma]
    across = 16 // chroma[0].width // 2 if chroma else 0
    down = 16 // chroma[0].height // 2 if chroma else 0
    return max(part.bits for part in parts), across, down, len(parts), int(len(parts) < len(form.components))


def _rounding(clip: Clip, container: Container) -> Iterator[str]:
    """What the container does to the frames' times."""
    if container.format == "avi":
        yield "AVI has no times of its own: each frame is shown at the next of even times"
    elif not container.exact and not _whole(clip):
        yield f"{container.format} files count in milliseconds, to which each frame's time is rounded"


def _whole(clip: Clip) -> bool:
    """Whether every time is surely a whole number of milliseconds."""
    tick = clip.time_base * 1000
    return tick.denominator == 1 or (clip.step.denominator == 1 and (clip.step * tick).denominator == 1)


def _sounds(clip: Clip, options: FilmOptions, container: Container, notes: list[str]) -> Iterator[str]:
    for number, codec in enumerate(clip.audio if options.audio else (), 1):
        kept = copied(codec, container.sounds) and _held(codec, container.format)
        if not kept:
            notes.append(
                f"sound track {number} is encoded anew, as {plainly(container.sound)}, because "
                f"{container.format} files hold no {codec or 'sound of its kind'}"
            )
        yield "" if kept else container.sound


def _held(codec: str, format: str) -> bool:  # noqa: A002 - the library's word
    """Whether the library writes that codec into such files."""
    with av.open(os.devnull, "w", format=format) as container:
        return bool({codec, av.codec.Codec(codec, "r").name} & container.supported_codecs)


def _texts(clip: Clip, container: Container, notes: list[str]) -> Iterator[str | None]:
    for number, codec in enumerate(clip.subtitles, 1):
        if copied(codec, container.texts) and _held(codec, container.format):
            yield ""
        elif container.text and codec in ("subrip", "mov_text", "webvtt", "text", "ass"):
            notes.append(f"subtitles {number} become {container.text}; how their words look is lost")
            yield container.text
        else:
            notes.append(f"subtitles {number} ({codec or 'unknown'}) are left out: {container.format} files hold none")
            yield None
