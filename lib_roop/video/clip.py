"""What a film's file says of itself: its picture, times, colours, and what else is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, overload

import av
import av.buffer
import av.container
import av.error
import av.logging
import av.video.stream

from ..errors import FilmError
from .stills import Reel
from .streams import codec_of, display_of, duration_of, fields_of, first_frame, name_of, rotation_of

FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,nut,mxf,ivf,yuv4mpegpipe,rm,wtv,dv,gxf,h264,hevc,vvc,m4v,mpegvideo,obu"
)
"""Containers that hold films themselves: no lists of other files (hls, concat), no pictures, which Pillow has."""
OPENING = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
PICTURES = ("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis")
"""Brands of pictures in a film's container."""
MATRICES = {0: "RGB", 1: "BT.709", 4: "FCC", 5: "BT.601", 6: "BT.601", 7: "SMPTE 240M", 9: "BT.2020"}
"""Which ways from RGB to YUV are read, by ffmpeg's number."""
UNTAGGED = (0, 2, 3)
"""ffmpeg's numbers for reserved and unspecified; 0 is RGB where a matrix is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """How numbers become light, in ffmpeg's numbers. full: whether black is 0. guessed: what was untagged, or ""."""

    matrix: int
    transfer: int
    primaries: int
    full: bool
    guessed: str = ""

    @property
    def hdr(self) -> str:
        """ "PQ", "HLG", or "" for what is no HDR."""
        return {16: "PQ", 18: "HLG"}.get(self.transfer, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What a file says of its film.

    width, height: of decoded frames. rotation: degrees clockwise that make them upright, by the display matrix
    `display`. depth: bits a channel. start: pts of the first frame, in `time_base`. duration: seconds; frames: about
    how many; both 0 where unknown. aspect: width of a pixel by its height. field_order: "tff", "bff", or "" for
    progressive. audio, subtitles: codecs, one for each track. notes: what the user should know. reel: of a film that is
    made of pictures, and has nothing else.
    """

    path: Path
    container: str
    codec: str
    width: int
    height: int
    rotation: int
    display: tuple[int, ...] | None
    pixel_format: str
    depth: int
    time_base: Fraction
    rate: Fraction
    start: int
    duration: float
    frames: int
    aspect: Fraction
    colour: Colour
    field_order: str
    alpha: bool
    audio: tuple[str, ...]
    subtitles: tuple[str, ...]
    chapters: int
    notes: tuple[str, ...]
    reel: Reel | None = None

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as the film is shown, in its own pixels."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def step(self) -> Fraction:
        """How many ticks of `time_base` a frame lasts on average, at least one."""
        return max(Fraction(1), 1 / (self.rate * self.time_base))


def is_film(path: str | os.PathLike[str]) -> bool:
    """Whether the file holds moving pictures, by its content; still pictures and Pillow's animations are none."""
    try:
        with opened(Path(path)) as container:
            picture_stream(container)
    except FilmError:
        return False
    return True


def probe(path: str | os.PathLike[str]) -> Clip:
    """What the file says of its film; its first frame is decoded. Raises FilmError: none in it, damaged, unreadable."""
    path = Path(path)
    with opened(path) as container:
        stream = picture_stream(container)
        frame = first_frame(container, stream)
        return _clip(path, container, stream, frame)


def reading(path: Path, **settings: Any) -> av.container.InputContainer:
    """The local file, open, whatever its name looks like and its tags are encoded in. Raises av's errors."""
    opening: Any = av.open
    # PyAV 19 does so by itself, and does not know the word any more.
    older = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "replace"}
    container: av.container.InputContainer = opening(f"file:{path}", **older, **settings)
    return container


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """The file, open. Raises FilmError when it is not there or is no film, in the library's own words."""
    if not path.is_file():
        what = "is a folder, not a film" if path.is_dir() else "is not there"
        raise FilmError(f"{path} {what}; name a film's file.", field="target")
    if not path.stat().st_size:
        raise FilmError(f"{path.name} is empty; copy or record it again.", field="target")
    # torchvision, which web UIs load, has Python told of errors: a decoder's thread that tells one waits for Python,
    # and Python, where it closes that decoder, for the thread.
    av.logging.set_level(None)
    try:
        container = _begun(path)
    except (av.error.FFmpegError, OSError, UnicodeError) as error:
        raise _unreadable(path, error, _said(path)) from error
    with container:
        yield container


class Words(Sequence[str]):
    """What the library has said up to now, sentence by sentence."""

    def __init__(self, logs: Sequence[tuple[int, str, str]]) -> None:
        self._logs = logs

    def __len__(self) -> int:
        return len(self._logs)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        said = [" ".join(text.split()).rstrip(".") for _, _, text in self._logs]
        return said[place]


@contextmanager
def heard() -> Iterator[Sequence[str]]:
    """What the library says of errors in this thread meanwhile; a switch for all threads, so not for every frame."""
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as logs:
            yield Words(logs)
    finally:
        av.logging.set_level(None)


def picture_stream(container: av.container.InputContainer) -> av.video.stream.VideoStream:
    """The film in an open file, cover pictures passed over. Raises FilmError when there is none."""
    still = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    films = [stream for stream in container.streams.video if not stream.disposition & still]
    if not films or container.metadata.get("major_brand", "").strip() in PICTURES:
        sound = " but sound" if container.streams.audio else ""
        raise FilmError(f"{name_of(container)} has no moving picture{sound}; name a film's file.", field="target")
    return next((stream for stream in films if stream.disposition & av.stream.Disposition.default), films[0])


def _begun(path: Path) -> av.container.InputContainer:
    # With its protocol named, a file's name is never taken for an address.
    return reading(path, options=dict(OPENING))


def _said(path: Path) -> Sequence[str]:
    """What the library says when the file is opened once more; a film that opens at once is opened unheard."""
    with heard() as words:
        try:
            _begun(path).close()
        except (av.error.FFmpegError, OSError, UnicodeError):
            return words[:]
    return []


def _unreadable(path: Path, error: Exception, words: Sequence[str]) -> FilmError:
    spoken = [word for word in dict.fromkeys(words) if word and "whitelist" not in word]
    said = f" ({'; '.join(spoken[:2])})" if spoken else ""
    if isinstance(error, av.error.ArgumentError):
        return FilmError(f"{path.name} is no film; name a film's file, such as an .mp4 or .mkv.", field="target")
    if isinstance(error, (av.error.InvalidDataError, av.error.EOFError)):
        return FilmError(
            f"{path.name} cannot be read as a film{said}: it is none, or was cut off before its end was written; "
            "copy or record it again.",
            field="target",
        )
    return FilmError(
        f"{path.name} cannot be opened{said or f' ({error})'}; see whether other programs play it.", field="target"
    )


def _clip(
    path: Path, container: av.container.InputContainer, stream: av.video.stream.VideoStream, frame: av.VideoFrame
) -> Clip:
    display = display_of(frame)
    rotation, notes = rotation_of(display)
    colour = _colour(path, frame)
    interlaced, said = fields_of(stream, frame)
    # PyAV 19 has rational numbers of its own, which know less than fractions do.
    time_base = Fraction(stream.time_base or 1)
    rate = Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 25)
    start = frame.pts if frame.pts is not None else stream.start_time or 0
    duration = duration_of(container, stream, float(start * time_base))
    notes += [colour.guessed] * bool(colour.guessed) + said
    others = len(container.streams.video) - 1
    notes += [f"of the file's {others + 1} pictures one is taken, that of {stream.width}x{stream.height}"] * bool(
        others
    )
    return Clip(
        path=path,
        container=container.format.name,
        codec=codec_of(stream),
        width=frame.width,
        height=frame.height,
        rotation=rotation,
        display=display,
        pixel_format=frame.format.name,
        depth=max(part.bits for part in frame.format.components),
        time_base=time_base,
        rate=rate,
        start=start,
        duration=duration,
        frames=stream.frames or round(duration * rate),
        aspect=Fraction(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1),
        colour=colour,
        field_order=interlaced,
        alpha=any(part.is_alpha for part in frame.format.components),
        audio=tuple(codec_of(track) for track in container.streams.audio),
        subtitles=tuple(codec_of(track) for track in container.streams.subtitles),
        chapters=len(container.chapters()),
        notes=tuple(notes),
    )


def _colour(path: Path, frame: av.VideoFrame) -> Colour:
    rgb = frame.format.is_rgb or frame.format.has_palette
    grey = len([part for part in frame.format.components if not part.is_alpha]) == 1 and not rgb
    matrix, transfer, primaries = int(frame.colorspace), int(frame.color_trc), int(frame.color_primaries)
    full = rgb or frame.format.name.startswith("yuvj") or int(frame.color_range) == 2
    high = frame.height >= 720 or frame.width >= 1280
    lines = 5 if frame.height == 576 else 6
    guessed = ""
    if rgb:
        matrix = 0
    elif matrix in UNTAGGED:
        matrix = 9 if primaries == 9 else 1 if high else lines
        guessed = "" if grey else f"the film does not say its colours; {MATRICES[matrix]} is assumed, as players do"
    elif matrix not in MATRICES:
        raise FilmError(
            f"{path.name} stores its colours in a way that is not read here (ffmpeg's colour space {matrix}); "
            "convert it to BT.709 or BT.2020.",
            field="target",
        )
    return Colour(
        matrix=matrix,
        transfer=transfer if transfer not in UNTAGGED else 13 if rgb else {1: 1, 9: 14}.get(matrix, 6),
        primaries=primaries if primaries not in UNTAGGED else matrix if matrix in (1, 5, 6, 7, 9) else 1,
        full=full,
        guessed=guessed,
    )
