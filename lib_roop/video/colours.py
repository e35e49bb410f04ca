"""Frames to RGB, and what was changed there back into a frame's own planes.

A change is brought back as a difference: the matrices are linear, so a difference needs no offset, and what has none
keeps every bit, whatever its depth, matrix and range.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import av
import av.filter
import av.video.reformatter
import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Floats, Image
from .clip import Clip
from .curves import seen_of, signal_of
from .planes import (
    DEPTHS,
    HALVINGS,
    Box,
    Layout,
    Plane,
    channels,
    halving,
    known,
    layout_of,
    planes_of,
    shared,
    to_planes,
    to_rgb,
)

FINE = 0x4 | 0x2000 | 0x4000 | 0x40000 | 0x80000
"""swscale's bicubic, full chroma there and back, accurate rounding, exact bits; PyAV 17 has no names for them."""
SCALERS = {1: 1, 4: 4, 7: 7, 9: 9}
"""swscale's number of each matrix; all others are BT.601's."""


def working(clip: Clip) -> str:
    """The pixel format in which the clip's frames are painted: its own when planar, else the nearest without loss."""
    form = av.VideoFormat(clip.pixel_format, 64, 64)
    parts = [part for part in form.components if not part.is_alpha]
    alpha = "a" if clip.alpha else ""
    if form.is_rgb or form.has_palette:
        stem = f"gbr{alpha}p"
    elif len(parts) == 1 and not alpha:
        stem = "gray"
    else:
        stem = f"yuv{alpha}{HALVINGS[halving(form)]}p"
    if clip.pixel_format == stem.replace("yuv", "yuvj"):
        return clip.pixel_format
    depth = max(part.bits for part in parts)
    names = (stem if bits == 8 else f"{stem}{bits}le" for bits in DEPTHS if bits >= min(depth, 16))
    return next(name for name in names if known(name))


def seen(frame: av.VideoFrame, clip: Clip) -> Image:
    """The frame upright, RGB uint8 HxWx3, within one of 255 of the exact formula; HDR as `curves` has it."""
    frame = converted(frame, working(clip), clip)
    layout = layout_of(frame.format)
    # HDR stays in its own depth up to its curve, which is steep in the dark.
    most = layout.most if clip.colour.hdr else 255
    values = cv2.transform(channels(planes_of(frame), layout), most * to_rgb(layout, clip.colour))
    if clip.colour.hdr:
        picture = seen_of(clip.colour.hdr, most)[cast(Any, values)]
    else:
        picture = cast(Image, values if values.dtype == np.uint8 else cv2.convertScaleAbs(values))
    return _upright(picture, clip.rotation)


def painted(frame: av.VideoFrame, clip: Clip, before: Image, after: Image, regions: Sequence[Box]) -> av.VideoFrame:
    """A new frame in the `working` format to which, in the regions, after - before is added; the rest keeps every bit.

    before: what `seen` gave; after: the same, changed. regions: x0, y0, x1, y1 in upright pixels, grown to whole chroma
    samples.
    """
    frame = converted(frame, working(clip), clip)
    layout, new = layout_of(frame.format), _twin(frame)
    source, target = planes_of(frame), planes_of(new)
    matrix = to_planes(layout, clip.colour)[:, :3]
    pictures = [np.rot90(picture, clip.rotation // 90) for picture in (before, after)]
    for region in regions:
        x0, y0, x1, y1 = layout.grown(_coded(region, clip), frame.width, frame.height)
        if x0 < x1 and y0 < y1:
            old, wished = (_signal(np.ascontiguousarray(picture[y0:y1, x0:x1]), clip) for picture in pictures)
            for index, x, y, change in _spread(wished - old, matrix, layout):
                top, left = y0 // y, x0 // x
                part = slice(top, top + change.shape[0]), slice(left, left + change.shape[1])
                _put(target[index][part], source[index][part] + np.rint(change), layout.most)
    return new


def drawn(rgb: Image, frame: av.VideoFrame, clip: Clip) -> av.VideoFrame:
    """A new frame in the `working` format of a whole upright picture of any size; all else of it is `frame`'s."""
    picture = np.ascontiguousarray(np.rot90(rgb, clip.rotation // 90))
    frame = _rescaled(frame, working(clip), picture.shape[1], picture.shape[0], clip)
    layout, new = layout_of(frame.format), _twin(frame)
    target = planes_of(new)
    # A row of ones, for the offsets, would cost more than to add them.
    matrix = to_planes(layout, clip.colour)
    for row, (index, _, _, values) in enumerate(_spread(_signal(picture, clip), matrix[:, :3], layout)):
        _put(target[index], np.rint(values + np.float32(matrix[row, 3])), layout.most)
    return new


def converted(frame: av.VideoFrame, pixel_format: str, clip: Clip) -> av.VideoFrame:
    """The frame in another pixel format, matrix and range unchanged; YUV made of RGB is BT.709 in full range."""
    return _rescaled(frame, pixel_format, frame.width, frame.height, clip)


def fitted(frame: av.VideoFrame, clip: Clip) -> av.VideoFrame:
    """A frame of another size or pixel format in the clip's own."""
    return _rescaled(frame, clip.pixel_format, clip.width, clip.height, clip)


def _spread(rgb: Floats, matrix: NDArray[np.float64], layout: Layout) -> list[tuple[int, int, int, Floats]]:
    """For each plane its number, how many pixels across and down share its samples, and their values."""
    values = cast(Floats, cv2.transform(rgb, matrix))
    values = values[..., None] if values.ndim == 2 else values
    found = []
    for number, index in enumerate(layout.planes):
        x, y = (layout.across, layout.down) if number else (1, 1)
        part = values[..., number]
        found.append((index, x, y, shared(part, layout) if x * y > 1 else part))
    return found


def _signal(picture: Image, clip: Clip) -> Floats:
    """RGB 0..255 as it was seen, to the film's own signal 0..1."""
    if clip.colour.hdr:
        return cast(Floats, np.take(signal_of(clip.colour.hdr), picture))
    return picture * np.float32(1 / 255)


def _put(target: Plane, values: NDArray[Any], most: int) -> None:
    np.copyto(target, np.clip(values, 0, most), casting="unsafe")


def _coded(region: Box, clip: Clip) -> Box:
    """A region of the upright picture in the coded one."""
    x0, y0, x1, y1 = region
    width, height = clip.width, clip.height
    return {
        90: (y0, height - x1, y1, height - x0),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (width - y1, x0, width - y0, x1),
    }.get(clip.rotation, region)


def _upright(picture: Image, rotation: int) -> Image:
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return cast(Image, cv2.rotate(picture, turns[rotation])) if rotation else picture


def _twin(frame: av.VideoFrame) -> av.VideoFrame:
    """A copy with all that belongs to a frame: one made anew would lose its fields, captions and light levels."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    sink = graph.add("buffersink")
    source.link_to(sink)
    graph.configure()
    graph.push(frame)
    twin = cast(av.VideoFrame, graph.pull())
    twin.make_writable()
    return twin


def _coloured(frame: av.VideoFrame, clip: Clip) -> av.VideoFrame:
    """Grey as YUV of the same depth: swscale takes grey for full range, whatever is said of it."""
    depth = frame.format.components[0].bits
    blank = av.VideoFrame(frame.width, frame.height, "yuv444p" if depth == 8 else f"yuv444p{depth}le")
    blank.pts, blank.color_range, blank.colorspace = frame.pts, 2 if clip.colour.full else 1, clip.colour.matrix
    blank.color_trc, blank.color_primaries = frame.color_trc, frame.color_primaries
    if frame.time_base is not None:
        blank.time_base = frame.time_base
    luma, *chroma = planes_of(blank)
    luma[:] = planes_of(frame)[0]
    for plane in chroma:
        plane[:] = 1 << depth - 1
    return blank


def _rescaled(frame: av.VideoFrame, pixel_format: str, width: int, height: int, clip: Clip) -> av.VideoFrame:
    if (frame.format.name, frame.width, frame.height) == (pixel_format, width, height):
        return frame
    if pixel_format.startswith("yuv") and frame.format.name.startswith("gray"):
        frame = _coloured(frame, clip)
    rgb = frame.format.is_rgb or frame.format.has_palette
    matrix = 1 if rgb else SCALERS.get(clip.colour.matrix, 5)
    span = 2 if clip.colour.full else 1
    return av.video.reformatter.VideoReformatter().reformat(
        frame,
        width=width,
        height=height,
        format=pixel_format,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=span,
        dst_color_range=span,
        interpolation=FINE,
        threads=1,
    )
