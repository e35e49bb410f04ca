"""Pictures about pictures: numbered faces, and pictures side by side with captions. Pure functions, arrays in and out.

Pictures are RGB uint8 HxWx3. Text is ASCII.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

import cv2
import numpy as np

from .types import Face, Floats, Image, Pose

Colour = tuple[int, int, int]
Point = tuple[int, int]
Panel = tuple[str, Image]
"""A caption and its picture."""

FRAME, POINTS, GAZE, DARK, LIGHT = (255, 190, 0), (0, 220, 255), (255, 80, 110), (28, 30, 34), (255, 255, 255)
SIDEWAYS, UPWARDS, MISSED = (90, 150, 255), (110, 220, 90), (170, 172, 178)
PAPER, INK, FAINT = (247, 246, 243), (38, 40, 44), (110, 112, 118)
FONT = cv2.FONT_HERSHEY_SIMPLEX
SUBPIXEL_BITS = 4
UNLIKE, ALIKE = (236, 240, 244), (16, 84, 138)
"""The colours of the similarities 0 and 1, and between them that of the rest."""
CELLS = 32, 140, 1024
"""The least and the most pixels of a square of a matrix, and of all squares of a row where that leaves room."""
LONGEST_LABEL = 24


def numbered(image: Image, faces: Sequence[Face], missed: Sequence[Face] = ()) -> Image:
    """A copy of `image` with a box, a number and the score for each face, its five points, and how the head is turned.

    The numbers are the places in `faces`. Those `missed` get a grey box and their score.
    """
    result = image.copy()
    for face in missed:
        _box(result, face, MISSED)
    for face in faces:
        _outline(result, face)
    for face in missed:
        _tag(result, face, f"missed  {face.score:.2f}")
    for number, face in enumerate(faces):
        # Tags lie over all boxes: in a crowd the numbers are what must stay readable.
        _tag(result, face, f"{number}  {face.score:.2f}")
        _pose_line(result, face)
    return result


def matrix(values: Floats, names: Sequence[str], title: str) -> Image:
    """Numbers 0..1 as coloured squares (n, n) with a name for each row, and its number above each column; RGB."""
    least, most, room = CELLS
    cell, gap = int(np.clip(room // len(names), least, most)), 16
    size = float(np.clip(cell * 0.13, 8, 17))
    labels = [f"{number}  {_plain(name)}".strip() for number, name in enumerate(names, start=1)]
    left = 2 * gap + max(_extent(label, size)[0] for label in labels)
    top = 3 * gap + 2 * math.ceil(size)
    side = cell * len(names)
    result = np.full((top + side + gap, max(left + side + gap, 480), 3), PAPER, np.uint8)
    _text(result, title, (gap, gap + math.ceil(size), result.shape[1] - 2 * gap), size, INK)
    for row, label in enumerate(labels):
        _text(result, label, (gap, top + row * cell + (cell + math.ceil(size)) // 2, left - 2 * gap), size, INK)
        _middle(result, str(row + 1), (left + row * cell, top - gap, cell), size, INK)
        for column, value in enumerate(values[row].tolist()):
            x, y = left + column * cell, top + row * cell
            colour = [round(a + (b - a) * value) for a, b in zip(UNLIKE, ALIKE, strict=True)]
            result[y : y + cell - 1, x : x + cell - 1] = colour
            _middle(
                result,
                f"{value:.2f}",
                (x, y + (cell + math.ceil(size)) // 2, cell),
                size,
                LIGHT if value > 0.5 else INK,
            )
    return result


def sheet(rows: Sequence[Sequence[Panel]], title: str, *, width: int = 1536) -> Image:
    """Rows of captioned pictures below the `title`; the pictures of a row are equally high and together fill `width`.

    Raises ValueError for a row without pictures.
    """
    gap, line = max(4, width // 64), max(12, width // 32)
    result = np.full((line + gap, width, 3), PAPER, np.uint8)
    _text(result, title, (gap, line, width - 2 * gap), line * 0.42, INK)
    return np.vstack([result, *(_row(panels, width, gap, line) for panels in rows)])


def plate(text: str, size: float, room: tuple[int, int]) -> Image:
    """White text on a dark plate with a light rim, legible on whatever it is put; RGB, at most `room` width, height.

    size: how high the capitals are, in pixels, less where there is no room.
    """
    pad, rim = 0.55, 0.12
    wide = _extent(text, 100.0)[0] / 100 + 2 * (pad + rim)
    size = max(1.0, min(size, room[0] / wide, room[1] / (1 + 2 * (pad + rim))))
    edge, space = max(1, round(rim * size)), round(pad * size)
    width, height = _extent(text, size)
    shape = (min(room[1], height + 2 * (edge + space)), min(room[0], width + 2 * (edge + space)))
    result = np.full((*shape, 3), LIGHT, np.uint8)
    result[edge : shape[0] - edge, edge : shape[1] - edge] = DARK
    _text(result, text, (edge + space, shape[0] - edge - space, width), size, LIGHT)
    return result


def close_up(image: Image, face: Face, *, zoom: float = 2.0) -> Image:
    """The square of `image` round a face, `zoom` times the face's longer side, smaller where the picture is."""
    height, width = image.shape[:2]
    side = max(1, min(round(zoom * max(face.width, face.height)), height, width))
    x = int(np.clip(round(float(face.box[0] + face.box[2] - side) / 2), 0, width - side))
    y = int(np.clip(round(float(face.box[1] + face.box[3] - side) / 2), 0, height - side))
    return image[y : y + side, x : x + side]


def _row(panels: Sequence[Panel], width: int, gap: int, line: int) -> Image:
    if not panels:
        raise ValueError("a row of a sheet needs a picture")
    aspects = [image.shape[1] / image.shape[0] for _, image in panels]
    edges = np.cumsum([0.0, *aspects]) / sum(aspects) * (width - gap * (len(panels) + 1))
    height = max(1, round(float(edges[-1]) / sum(aspects)))
    result = np.full((height + line, width, 3), PAPER, np.uint8)
    for place, (caption, image) in enumerate(panels):
        left, right = (round(float(edge)) + gap * (place + 1) for edge in edges[place : place + 2])
        result[:height, left:right] = _resized(image, right - left, height)
        _text(result, caption, (left, height + round(line * 0.55), right - left), line * 0.3, FAINT)
    return result


def _outline(image: Image, face: Face) -> None:
    thick = _pen(image, face)
    _box(image, face, FRAME)
    for tip, colour in _axes(face):
        for shade, width in ((DARK, thick + 2), (colour, thick)):
            cv2.arrowedLine(
                image, _fixed(face.landmarks[2]), _fixed(tip), shade, width, cv2.LINE_AA, SUBPIXEL_BITS, 0.25
            )
    for point in face.landmarks:
        for colour, radius in ((DARK, thick + 2), (POINTS, thick + 1)):
            cv2.circle(image, _fixed(point), radius << SUBPIXEL_BITS, colour, cv2.FILLED, cv2.LINE_AA, SUBPIXEL_BITS)


def _box(image: Image, face: Face, colour: Colour) -> None:
    thick = _pen(image, face)
    x0, y0, x1, y1 = (round(float(edge)) for edge in face.box)
    cv2.rectangle(image, (x0, y0), (x1, y1), DARK, thick + 2, cv2.LINE_AA)
    cv2.rectangle(image, (x0, y0), (x1, y1), colour, thick, cv2.LINE_AA)


def _axes(face: Face) -> list[tuple[np.ndarray[tuple[int], np.dtype[np.float32]], Colour]]:
    """The tips and colours of the head's axes from its nose: to its side, upwards, and where it looks; none unposed."""
    if face.pose is None:
        return []
    (right, up), nose = _sideways(face.pose, 0.3 * face.width), face.landmarks[2]
    ways = ((right, SIDEWAYS), (up, UPWARDS), (_gaze(face.pose, 0.55 * face.width), GAZE))
    return [(nose + np.array(way, np.float32), colour) for way, colour in ways]


def _tag(image: Image, face: Face, text: str) -> None:
    """The text on a dark plate that stands on the box, or hangs inside it at the picture's upper edge."""
    size = float(np.clip(face.height * 0.09, 9, max(9, image.shape[0] / 24)))
    width, height = _extent(text, size)
    pad = max(2, round(size * 0.4))
    x = int(np.clip(round(float(face.box[0])), 0, max(0, image.shape[1] - width - 2 * pad)))
    bottom = max(round(float(face.box[1])), height + 2 * pad)
    cv2.rectangle(image, (x, bottom - height - 2 * pad), (x + width + 2 * pad, bottom), DARK, cv2.FILLED)
    _text(image, text, (x + pad, bottom - pad, width), size, LIGHT)


def _pose_line(image: Image, face: Face) -> None:
    """The angles below the box, where they are legible and have room."""
    size = 0.06 * face.height
    x, y = round(float(face.box[0])), round(float(face.box[3]) + 2 * size)
    if face.pose is None or size < 8 or y + size / 2 > image.shape[0]:
        return
    text = f"yaw {face.pose.yaw:+.0f}  pitch {face.pose.pitch:+.0f}  roll {face.pose.roll:+.0f}"
    pad, width = round(size / 2), round(face.width)
    image[max(0, y - round(size) - pad) : y + pad, max(0, x) : max(0, x + width)] //= 2
    _text(image, text, (x + pad, y, max(1, width - 2 * pad)), size, LIGHT)


def _pen(image: Image, face: Face) -> int:
    """How thick lines are, for large faces and small ones."""
    return int(np.clip(round(face.width / 60), 1, max(1, min(image.shape[:2]) // 150)))


def _gaze(pose: Pose, length: float) -> tuple[float, float]:
    """How far the tip of an arrow of `length` pixels lies from the nose when it points where the head does.

    A head that looks straight out of the picture has none: its arrow points at the viewer.
    """
    yaw, pitch = math.radians(pose.yaw), math.radians(pose.pitch)
    return length * math.sin(yaw) * math.cos(pitch), -length * math.sin(pitch)


def _sideways(pose: Pose, length: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """How far the tips of a head's axes to the picture's right and upwards lie from the nose, as `facemesh.pose` turns.

    They are `length` pixels long where they lie in the picture's plane.
    """
    (sy, cy), (sp, cp), (sr, cr) = (
        (math.sin(angle), math.cos(angle)) for angle in map(math.radians, (pose.yaw, pose.pitch, pose.roll))
    )
    right, down = (cy * cr + sy * sp * sr, cp * sr), (sy * sp * cr - cy * sr, cp * cr)
    return (length * right[0], length * right[1]), (-length * down[0], -length * down[1])


def _plain(name: str) -> str:
    """What of `name` can be written: accents are left out, as the letters of other scripts are."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST_LABEL]


def _middle(image: Image, text: str, place: tuple[int, int, int], size: float, colour: Colour) -> None:
    """As `_text`, in the middle of the room."""
    x, y, room = place
    width, _ = _extent(text, size)
    _text(image, text, (x + max(0, room - width) // 2, y, room), size, colour)


def _resized(image: Image, width: int, height: int) -> Image:
    shrinks = height < image.shape[0]
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8)


def _text(image: Image, text: str, place: tuple[int, int, int], size: float, colour: Colour) -> None:
    """Text whose capitals are `size` pixels high, or less. `place`: its lower left corner, and how wide it may be."""
    x, y, room = place
    width, _ = _extent(text, size)
    fitting = size * min(1.0, room / max(width, 1))
    cv2.putText(image, text, (x, y), FONT, _scale(fitting), colour, _weight(fitting), cv2.LINE_AA)


def _extent(text: str, size: float) -> tuple[int, int]:
    (width, _), _ = cv2.getTextSize(text, FONT, _scale(size), _weight(size))
    return width, math.ceil(size)


def _scale(size: float) -> float:
    return size / 21.0  # capitals of this font are 21 pixels high at scale 1


def _weight(size: float) -> int:
    return max(1, round(size / 12))


def _fixed(point: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float32]]) -> Point:
    """A place in the fixed-point numbers that OpenCV's `shift` takes."""
    return round(float(point[0]) * (1 << SUBPIXEL_BITS)), round(float(point[1]) * (1 << SUBPIXEL_BITS))
