"""A film's frames in the order in which they are shown, each with its own time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

import av
import av.container
import av.error
import av.packet
import av.video.stream

from ..errors import FilmError
from . import colours, pictured
from .clip import Clip, opened, picture_stream
from .streams import BROKEN, Decoder, decoder

TIMELESS = ("avi", "h264", "hevc", "vvc", "m4v", "mpegvideo", "obu")
"""Containers without times of presentation: frames follow each other at the film's rate."""
SEEKABLE = ("mov", "matroska", "nut", "flv", "asf", "ivf")
"""Containers that are looked up by time. In streams times begin anew, or are guessed otherwise after a seek."""
BACK = (0, 3, 15)
"""How many seconds before the wanted frame a key frame is looked for, should those before be too late."""
Part: TypeAlias = "av.packet.Packet[av.video.stream.VideoStream]"
FLUSHES = 64
"""How often a decoder that stumbles at the end is asked for what it still holds."""


@dataclass(slots=True)
class Damage:
    """What was wrong with a film while it was read; `frames` begins it anew and adds to it.

    packets: parts passed over. corrupt: frames that the decoder had to guess in part. moved: frames whose times were
    missing, double or went back. changed: frames of another size or pixel format, converted. broken: why it ended
    early, or "". missing: seconds that the file promises and has not.
    """

    packets: int = 0
    corrupt: int = 0
    moved: int = 0
    changed: int = 0
    broken: str = ""
    missing: float = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each kind of damage."""
        found = {
            f"damaged parts of the film that were passed over: {self.packets}": self.packets,
            f"damaged frames: {self.corrupt}": self.corrupt,
            f"frames without a time of their own, which were given one: {self.moved}": self.moved,
            f"frames of another size or pixel format, which were converted: {self.changed}": self.changed,
            f"the film breaks off ({self.broken})": self.broken,
            f"the film ends {self.missing:.1f} s before its file says so; it was probably cut off": self.missing,
        }
        return tuple(note for note, there in found.items() if there)

    def clear(self) -> None:
        for part in fields(self):
            setattr(self, part.name, part.default)


def frames(clip: Clip, *, first: int | None = None, damage: Damage | None = None) -> Iterator[av.VideoFrame]:
    """The film's frames, of the clip's size and pixel format; pts strictly rise in the clip's time base.

    first: the pts to start at; frames from there on are those that the whole film has. damage: filled in meanwhile.
    Raises FilmError when the file is gone or no longer a film.
    """
    if clip.reel is not None:
        yield from pictured.frames(clip, first)
        return
    found = Damage() if damage is None else damage
    for begin in _beginnings(clip, first):
        found.clear()
        with opened(clip.path) as container:
            timed = _timed(_decoded(container, begin, found), clip, found)
            head = next(timed, None)
            if begin is not None and (
                head is None or not head.key_frame or head.pts is None or head.pts > (first or 0)
            ):
                continue
            last = clip.start
            for frame in chain([head] if head else [], timed):
                last = frame.pts or 0
                if first is None or last >= first:
                    yield frame
            found.missing = _missing(clip, last)
            return


def _beginnings(clip: Clip, first: int | None) -> Iterator[int | None]:
    """Where to seek to, one after the other until a key frame not after `first` is found; None: the film's start."""
    if first is not None and first > clip.start and _is(clip, SEEKABLE):
        places = [first - round(seconds / clip.time_base) for seconds in BACK]
        yield from (place for place in places if place > clip.start)
    yield None


def _missing(clip: Clip, last: int) -> float:
    """Seconds that the file promises after the last frame; a little is no sign of damage."""
    short = clip.duration - float((last - clip.start + clip.step) * clip.time_base)
    return short if short > max(0.4, 0.02 * clip.duration) else 0.0


def _is(clip: Clip, containers: tuple[str, ...]) -> bool:
    return not set(clip.container.split(",")).isdisjoint(containers)


def _decoded(container: av.container.InputContainer, begin: int | None, damage: Damage) -> Iterator[av.VideoFrame]:
    """What the decoder gives; with `begin` from a key frame there on, for what comes before lacks what it needs."""
    stream = picture_stream(container)
    context = decoder(stream)
    if begin is not None:
        container.seek(begin, stream=stream)
    ready = begin is None
    for packet in _packets(container, damage):
        for frame in _opened_up(context, packet, damage):
            ready = ready or frame.key_frame
            if ready:
                yield frame


def _packets(container: av.container.InputContainer, damage: Damage) -> Iterator[Part | None]:
    """The film's packets and a last one that empties the decoder, also when the file breaks off."""
    try:
        for packet in container.demux(picture_stream(container)):
            if packet.size:
                yield packet
    except (av.error.FFmpegError, OSError) as error:
        damage.broken = error.strerror or str(error)
    yield None


def _opened_up(context: Decoder, packet: Part | None, damage: Damage) -> Iterator[av.VideoFrame]:
    for _ in range(1 if packet is not None else FLUSHES):
        try:
            found = context.decode(packet)
        except av.error.EOFError:
            return
        except BROKEN:
            damage.packets += 1
            continue
        except av.error.FFmpegError as error:
            raise FilmError(f"The film cannot be decoded ({error.strerror}); convert it to H.264.") from error
        damage.corrupt += sum(frame.is_corrupt for frame in found)
        yield from found
        return


def _timed(decoded: Iterator[av.VideoFrame], clip: Clip, damage: Damage) -> Iterator[av.VideoFrame]:
    """The frames with times that rise: their own, else by the decoder's clock (AVI), else by the film's rate."""
    counted = _is(clip, TIMELESS)
    due, last, shift, dts0 = Fraction(clip.start), None, 0, None
    for frame in decoded:
        own = frame.pts
        if counted:
            dts0 = frame.dts if dts0 is None else dts0
            own = None if frame.dts is None or dts0 is None else clip.start + frame.dts - dts0
        time = round(due) if own is None else own + shift
        if last is not None and time <= last:
            back = (last - time) * clip.time_base
            time = last + 1 if back < 1 else round(due)
            shift += time - (own or 0) if back >= 1 and own is not None else 0
            damage.moved += 1
        elif own is None and not counted:
            damage.moved += 1
        last, due = time, time + clip.step if own is not None else max(due, Fraction(time)) + clip.step
        frame.pts, frame.time_base = time, clip.time_base
        yield _alike(frame, clip, damage)


def _alike(frame: av.VideoFrame, clip: Clip, damage: Damage) -> av.VideoFrame:
    """The frame in the clip's size and pixel format; some films change theirs on the way."""
    if (frame.width, frame.height, frame.format.name) == (clip.width, clip.height, clip.pixel_format):
        return frame
    damage.changed += 1
    return colours.fitted(frame, clip)
