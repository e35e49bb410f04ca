"""All faces of many pictures as square crops, into a folder or a zip, with a table of them."""

from __future__ import annotations

import csv
import io
import secrets
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import geometry, images, provenance, templates
from .analysing import looked
from .engine import Engine
from .errors import InputError, OptionError, PictureError
from .files import write_whole
from .images import Picture
from .options import AUTO, NONE, PostOptions, SwapUnit
from .restorers import restored
from .types import CropSpec, Face, Image, Restorer, Upscaler
from .upscalers.base import resized

SIDES, SIDE = (32, 1024), 256
"""The least and the most pixels of a crop, and how many it has where nothing is said."""
TABLE = "faces.csv"
NOBODY = "no face was found"
COLUMNS = ("picture", "number", "x0", "y0", "x1", "y1", "score", "sex", "age", "yaw", "pitch", "roll", "file", "reason")
MARGIN = 1.5
"""How much wider than a face's box a plain crop is."""
LONGEST = 100
"""So many bytes of a picture's name go into the names of its faces: file systems allow 255."""
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What begins like this is no text to a spreadsheet, but something to be carried out."""

Put = Callable[[str, bytes], None]
"""Takes a file by its name. Raises InputError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """How faces are cut out.

    aligned: upright, eyes and mouth where FFHQ's pictures have them; else the box made square and half as wide again.
    side: pixels. unit: its threshold and order count. upscaler: enlarges faces that have fewer pixels
    than the crop. restorer: draws them anew, as `visibility` and `fidelity` 0..1 say.
    """

    aligned: bool = True
    side: int = SIDE
    unit: SwapUnit = SwapUnit()
    restorer: Restorer | None = None
    upscaler: Upscaler | None = None
    visibility: float = 1.0
    fidelity: float = 0.5

    def __post_init__(self) -> None:
        if not SIDES[0] <= self.side <= SIDES[1]:
            raise OptionError(f"size goes from {SIDES[0]} to {SIDES[1]} pixels, not {self.side}.", field="size")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """A face of a picture and the file that shows it; without a face, the reason why there is none."""

    picture: str
    number: int | None = None
    face: Face | None = None
    file: str = ""
    reason: str = ""


def finished(engine: Engine, crops: Crops, post: PostOptions) -> Crops:
    """`crops` with the restorer and the upscaler that `post` names, opened.

    Raises OptionError for a name that is not known, ModelError for one that is and cannot run here.
    """
    if post.restorer == AUTO:
        raise OptionError("restorer takes a name here, or none: auto is for swapped faces.", field="restorer")
    finishers = engine.finishers
    return replace(
        crops,
        restorer=None if post.restorer == NONE else finishers.restorer(post.restorer),
        upscaler=None if post.upscaler == NONE else finishers.upscaler(post.upscaler),
        visibility=post.restorer_visibility,
        fidelity=post.fidelity,
    )


class Album:
    """Where faces go, each under a name of its own on every file system, wherever their pictures lay."""

    def __init__(self, put: Put) -> None:
        self.put = put
        self._taken: set[str] = set()

    def stem(self, picture: str) -> str:
        """What the names of the faces of one more picture of that name begin with."""
        letters = (letter if letter.isalnum() or letter in "-_. ()" else "_" for letter in picture)
        data = unicodedata.normalize("NFC", "".join(letters)).encode()
        plain = data[:LONGEST].decode(errors="ignore").strip(" .") or "picture"
        stem, number = plain, 1
        while stem.casefold() in self._taken:
            number += 1
            stem = f"{plain}-{number}"
        self._taken.add(stem.casefold())
        return stem


def extracted(engine: Engine, path: Path, crops: Crops, album: Album, name: str = "") -> list[Row]:
    """The faces of a picture file into `album`, as marked PNGs; one row with the reason when it has none or is damaged.

    name: what the picture is called in rows, by default its path.
    """
    name = name or str(path)
    try:
        picture = images.read(path)
    except PictureError as error:
        return [Row(picture=name, reason=str(error).replace(str(path), name))]
    faces = looked(engine, picture, crops.unit).faces
    if not faces:
        return [Row(picture=name, reason=NOBODY)]
    stem, rows = album.stem(picture.name), []
    for number, face in enumerate(faces):
        file = f"{stem}_{number}.png"
        album.put(file, encoded(cut(picture, face, crops), crops))
        rows.append(Row(picture=name, number=number, face=face, file=file))
    return rows


def cut(picture: Picture, face: Face, crops: Crops) -> Image:
    """One face as a square (RGB), finished as `crops` says."""
    spec = (
        templates.frame(face.landmarks, templates.FFHQ_512, crops.side) if crops.aligned else _plain(face, crops.side)
    )
    scale = geometry.scale_of(spec.matrix)
    pixels = geometry.resampled(picture.rgb, spec.matrix, (crops.side, crops.side))
    if crops.upscaler and scale > 1:
        small = max(round(crops.side / scale), 1)
        own = geometry.resampled(picture.rgb, geometry.enlarged(spec, small, small).matrix, (small, small))
        (pixels,) = crops.upscaler.upscale([own], crops.side / small)
        pixels = resized(pixels, crops.side, crops.side)
    if crops.restorer:
        inside = replace(face, landmarks=geometry.transform(face.landmarks, spec.matrix))
        patches = restored(pixels, [inside], crops.restorer, crops.visibility, crops.fidelity)
        pixels = geometry.paste(pixels, patches)
    return pixels


def encoded(crop: Image, crops: Crops) -> bytes:
    """A crop as a marked PNG: a net that drew in it is said."""
    drew = any(part.models for part in (crops.restorer, crops.upscaler) if part)
    kind = provenance.TRAINED_COMPOSITE if drew else provenance.COMPOSITE
    return provenance.encoded(images.read(crop), ".png", source_type=kind)


def table(rows: Sequence[Row]) -> bytes:
    """The rows as CSV (UTF-8 with the mark that spreadsheets look for)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([_text(value) for value in cells(row)] for row in rows)
    return b"\xef\xbb\xbf" + stream.getvalue().encode(errors="replace")


def cells(row: Row) -> tuple[object, ...]:
    """One row in the order of `COLUMNS`; what is not known is None."""
    face = row.face
    if face is None:
        return (row.picture, *(None,) * (len(COLUMNS) - 2), row.reason)
    box = (round(float(edge), 1) for edge in face.box)
    angles = (face.pose and round(getattr(face.pose, name), 1) for name in ("yaw", "pitch", "roll"))
    score = round(float(face.score), 4)
    return (row.picture, row.number, *box, score, face.sex, face.age, *angles, row.file, row.reason)


@contextmanager
def into_folder(folder: Path) -> Iterator[Put]:
    """Files go into a new folder, or an empty one; it is made for the first of them. Raises InputError."""

    def put(name: str, data: bytes) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, data)
        except OSError as error:
            raise InputError(f"{folder / name} cannot be written ({error.strerror or error}).") from error

    try:
        filled = folder.exists() and any(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder} is no folder that can be used ({error.strerror or error}).") from error
    if filled:
        raise InputError(f"The folder {folder} holds something already; name a new one.")
    yield put


@contextmanager
def into_zip(path: Path) -> Iterator[Put]:
    """Files go into a zip, which is there as a whole at the end, and not at all after an error. Raises InputError."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with zipfile.ZipFile(part, "x") as archive:
            yield archive.writestr
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}); choose another place.") from error
    finally:
        part.unlink(missing_ok=True)


def _plain(face: Face, side: int) -> CropSpec:
    (x0, y0), (x1, y1) = face.box[:2].tolist(), face.box[2:].tolist()
    scale = side / (MARGIN * max(x1 - x0, y1 - y0, 1))
    shift = side / 2 - scale * (x0 + x1) / 2, side / 2 - scale * (y0 + y1) / 2
    return CropSpec(geometry.similarity_fit([(0, 0), (1, 0)], [shift, (shift[0] + scale, shift[1])]), side, side)


def _text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
