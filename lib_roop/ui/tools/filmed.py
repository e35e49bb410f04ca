"""What a page says of films, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..panel import sentences

if TYPE_CHECKING:
    from ...video.clip import Clip
    from ...video.film import Outcome

MOST_TIMES = 8
"""So many times of drop-outs are said."""
PLAYED = {".mp4": ("libx264", "h264"), ".webm": ("libvpx", "libsvtav1")}
"""What browsers play: beginnings of encoders' names by the file's suffix,"""
PLAIN = ("yuv420p", "yuva420p", "yuvj420p")
"""with these pixels."""


def facts(clip: Clip) -> list[tuple[str, str]]:
    """What there is to say of a film, by what it is."""
    width, height = clip.upright
    told = [
        ("Size", f"{width} x {height}" + (f", turned by {clip.rotation}°" if clip.rotation else "")),
        ("Length", f"{clock(clip.duration)}, about {clip.frames} frames" if clip.duration else "not said"),
        ("Frames a second", f"{float(clip.rate):.3f}".rstrip("0").rstrip(".")),
        ("Picture", ", ".join(filter(None, (clip.codec, clip.pixel_format, clip.colour.hdr)))),
        ("Sound", ", ".join(clip.audio) or "none"),
        ("Subtitles", ", ".join(clip.subtitles)),
    ]
    return [(what, said) for what, said in told if said]


def reported(outcome: Outcome) -> list[tuple[str, object]]:
    """What became of a film, by what it is; what there is none of is left out."""
    from ...video import telling

    tally, encoding, seconds = outcome.tally, outcome.encoding, max(outcome.seconds, 1e-9)
    body = tally.body()
    times = ", ".join(map(exactly, tally.dropout_times[:MOST_TIMES]))
    found, steadied = body["jitter"].values()
    shares = sorted(telling.budget(outcome.ledger, outcome.plant, seconds).items(), key=lambda item: -item[1])
    rows: list[tuple[str, object]] = [
        ("Frames", tally.frames),
        ("With altered faces", f"{tally.swapped} frames, {tally.faces} faces in all"),
        ("Faces filled in that single frames lacked", tally.filled),
        ("Frames that lost a face for a moment", tally.dropouts and f"{tally.dropouts}, at {times}"),
        ("Frames left as they were, below the thresholds", tally.refused),
        ("Similarity, on average", body["similarity"]),
        ("Jitter of faces, in their widths", steadied is not None and f"{found:.4f}, steadied to {steadied:.4f}"),
        ("Encoder", f"{encoding.codec}, {encoding.quality}, {encoding.pixel_format}"),
        ("Time", f"{exactly(seconds)}, {max(tally.frames - outcome.before, 0) / seconds:.1f} frames a second"),
        ("At work", ", ".join(f"{stage} {share:.0%}" for stage, share in shares)),
    ]
    return [(what, said) for what, said in rows if said]


def said(notes: Iterable[str]) -> str:
    """Notes as sentences, in HTML."""
    return sentences(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in notes)


def playable(outcome: Outcome) -> bool:
    """Whether browsers play it as it is."""
    codecs = PLAYED.get(outcome.path.suffix, ())
    return bool(codecs) and outcome.encoding.codec.startswith(codecs) and outcome.encoding.pixel_format in PLAIN


def clock(seconds: float) -> str:
    """As 1:02:03, or 2:03."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def exactly(seconds: float) -> str:
    """As 2:03.40."""
    minutes, left = divmod(seconds, 60)
    return f"{int(minutes)}:{left:05.2f}"
