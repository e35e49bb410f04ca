"""Stand-ins for nets, which implement the protocols of lib_roop on drawn pictures.

A face is a square of one colour on black: red is the score (255 sure), green the person (a direction of 0..90 degrees,
so that people resemble each other more the closer their numbers are), blue 1 for female, 2 for male.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lib_roop.analysers.base import Analyser
from lib_roop.engine import Engine
from lib_roop.errors import Refused
from lib_roop.facemesh import POINTS
from lib_roop.geometry import region
from lib_roop.options import RuntimeOptions
from lib_roop.safety import Gate
from lib_roop.swappers.base import Swapper
from lib_roop.types import (
    CropSpec,
    Detection,
    Face,
    Floats,
    Identity,
    Image,
    Patch,
    Pose,
    Restorer,
    Sex,
    SwapJob,
    Upscaler,
)

RECOGNISER = "w600k_r50"
SEXES: Mapping[int, Sex] = {1: "female", 2: "male"}
SURE = 255
BLUE = 200
GREENER = 3


@dataclass(frozen=True)
class Person:
    """A face to draw: `place` is its column, row and side."""

    place: tuple[int, int, int]
    number: int = 0
    score: int = SURE
    sex: int = 0

    @property
    def colour(self) -> tuple[int, int, int]:
        return self.score, self.number, self.sex


def drawn(*people: Person, size: tuple[int, int] = (60, 100)) -> Image:
    """RGB uint8 of `size` height, width with these people."""
    picture = np.zeros((*size, 3), np.uint8)
    for person in people:
        x, y, side = person.place
        picture[y : y + side, x : x + side] = person.colour
    return picture


def row(*numbers: int, sexes: Sequence[int] = ()) -> Image:
    """People next to each other, of growing size, from left to right."""
    sex = [*sexes, *[0] * len(numbers)]
    return drawn(
        *(Person((5 + 30 * place, 10, 16 + place), number, sex=sex[place]) for place, number in enumerate(numbers)),
        size=(60, 30 * len(numbers) + 10),
    )


def angle(number: int) -> Floats:
    """The embedding of a person, as long as `RECOGNISER`'s are."""
    turn = np.pi / 2 * number / 255
    return np.pad(np.array([np.cos(turn), np.sin(turn)], np.float32), (0, 510))


def colour_at(image: Image, box: Floats) -> tuple[int, int, int]:
    """The colour in the middle of a box."""
    x, y = int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)
    red, green, blue = (int(part) for part in image[y, x])
    return red, green, blue


def meshed(face: Face) -> Face:
    """The face with a mesh that fills its box, and five points in it."""
    x0, y0, x1, y1 = (float(edge) for edge in face.box)
    steps = np.linspace(0, 1, POINTS)
    dense = np.stack([x0 + steps * (x1 - x0), y0 + (1 - steps) * (y1 - y0), 0 * steps], 1).astype(np.float32)
    points = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
    landmarks = np.array([(x0 + x * (x1 - x0), y0 + y * (y1 - y0)) for x, y in points], np.float32)
    return replace(face, dense=dense, landmarks=landmarks, pose=Pose(1.0, 2.0, 3.0))


def face(number: int, box: tuple[float, float, float, float], **more: object) -> Face:
    """A face by its box."""
    plain = Face(id=number, box=np.array(box, np.float32), landmarks=np.zeros((5, 2), np.float32), score=0.9)
    return replace(meshed(plain), **more)  # type: ignore[arg-type]


@dataclass
class FakeDetector:
    """Finds the squares."""

    calls: int = 0

    def detect(self, image: Image, threshold: float) -> Detection:
        self.calls += 1
        packed = image.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
        # Rows would take ten times as long as numbers, and many tests draw films.
        colours = [colour for colour in np.unique(packed).tolist() if colour >> 16]
        found = [each for colour in colours for each in _squares(packed == colour, colour >> 16)]
        found.sort(key=lambda each: float(each.box[0]))
        faces = [each for each in found if each.score >= threshold]
        return Detection(
            tuple(replace(each, id=place) for place, each in enumerate(faces)),
            tuple(each for each in found if each.score < threshold),
        )


def _squares(there: NDArray[np.bool_], red: int) -> list[Face]:
    count, _, boxes, _ = cv2.connectedComponentsWithStats(there.astype(np.uint8))
    score = red / SURE
    return [face(0, (x, y, x + width, y + height), score=score) for x, y, width, height, _ in boxes[1:count].tolist()]


@dataclass
class FakeLandmarker:
    """Lays a mesh into the box."""

    calls: int = 0

    def fit(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        self.calls += 1
        return [meshed(each) for each in faces]


@dataclass
class FakeRecogniser:
    """Reads the person off the green in the middle of the face."""

    id: str = RECOGNISER
    calls: int = 0

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        self.calls += 1
        return [
            replace(each, embeddings={**each.embeddings, self.id: angle(colour_at(image, each.box)[1])})
            for each in faces
        ]


@dataclass
class FakeAttributeReader:
    """Reads the sex off the blue in the middle of the face."""

    calls: int = 0

    def read(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        self.calls += 1
        return [replace(each, sex=SEXES.get(colour_at(image, each.box)[2]), age=30) for each in faces]


@dataclass
class FakeFollower:
    """Finds the squares that have moved by less than half their width."""

    calls: int = 0

    def follow(self, image: Image, faces: Sequence[Face]) -> list[Face | None]:
        self.calls += 1
        there = FakeDetector().detect(image, 0.5).faces
        return [next((self._moved(each, new) for new in there if self._near(each, new)), None) for each in faces]

    def _near(self, face: Face, other: Face) -> bool:
        return float(np.abs(face.box - other.box).max()) < face.width / 2

    def _moved(self, face: Face, other: Face) -> Face:
        return replace(face, box=other.box, landmarks=other.landmarks, dense=other.dense)


@dataclass(eq=False)
class FakeSwapper:
    """Paints the box in the source's colour, as strongly as asked."""

    name: str = "mesh"
    engine: str = "fake"
    models: tuple[str, ...] = ("paint",)
    side: int = 0
    batches: list[int] = field(default_factory=list)

    @property
    def skin(self) -> bool:
        return self.engine != "neural"

    def frame(self, face: Face, identity: Identity) -> CropSpec:
        x0, y0, x1, y1 = (round(float(edge)) for edge in face.box)
        return region(x0, y0, x1 - x0, y1 - y0)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        self.batches.append(len(jobs))
        return [_painted(job) for job in jobs]


def _painted(job: SwapJob) -> Patch:
    texture = job.identity.texture
    assert texture is not None
    height, width = texture.rgb.shape[:2]
    pixels = job.crop.pixels
    mixed = job.strength * texture.rgb[height // 2, width // 2] + (1 - job.strength) * pixels
    x, y = (round(-float(shift)) for shift in job.crop.spec.matrix[:, 2])
    mask = np.ones(pixels.shape[:2], np.float32)
    return Patch(x, y, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), mask)


@dataclass(eq=False)
class FakeRestorer:
    """Makes faces blue."""

    name: str = "blue"
    models: tuple[str, ...] = ("blue_net",)
    crops: int = 0
    fidelity: float = -1.0

    def restore(self, crops: Sequence[Image], fidelity: float) -> list[Image]:
        self.crops += len(crops)
        self.fidelity = fidelity
        return [np.full_like(crop, (0, 0, BLUE)) for crop in crops]


@dataclass(eq=False)
class FakeUpscaler:
    """Repeats pixels, and makes them a little greener."""

    name: str = "green"
    models: tuple[str, ...] = ("green_net",)
    pictures: int = 0

    def upscale(self, images: Sequence[Image], scale: float) -> list[Image]:
        self.pictures += len(images)
        sizes = [(round(image.shape[1] * scale), round(image.shape[0] * scale)) for image in images]
        large = [
            cv2.resize(image, size, interpolation=cv2.INTER_NEAREST) for image, size in zip(images, sizes, strict=True)
        ]
        return [np.minimum(image + np.array([0, GREENER, 0]), 255).astype(np.uint8) for image in large]


@dataclass(frozen=True)
class FakeCanvas:
    """A film's frame that is an array, one of ten a second."""

    number: int
    image: Image

    @property
    def seconds(self) -> float:
        return self.number / 10

    def seen(self) -> Image:
        return self.image

    def painted(self, before: Image, after: Image, regions: Sequence[tuple[int, int, int, int]]) -> Image:
        result = self.image.copy()
        for x0, y0, x1, y1 in regions:
            result[y0:y1, x0:x1] = after[y0:y1, x0:x1]
        return result

    def redrawn(self, image: Image) -> Image:
        return image


@dataclass
class FakeGate:
    """Remembers what it was shown, and refuses the `refuses`-th of its calls, counted from 1; 0 refuses none."""

    refuses: int = 0
    name: str = "fake"
    shown: list[Image] = field(default_factory=list)
    ages: list[int | None] = field(default_factory=list)

    def check(self, pictures: Sequence[Image], youngest: int | None) -> None:
        self.shown += [picture.copy() for picture in pictures]
        self.ages.append(youngest)
        if len(self.shown) == self.refuses:
            raise Refused("The picture shows what it must not.")


@dataclass
class FakeHost:
    """Keeps models in `folders` and stops when told to."""

    folders: tuple[Path, ...] = ()
    faces: Path = Path("no-faces")
    stop: bool = False
    said: list[str] = field(default_factory=list)
    wish: RuntimeOptions = RuntimeOptions()
    own_restorers: Mapping[str, Restorer] = field(default_factory=dict)
    own_upscalers: Mapping[str, Upscaler] = field(default_factory=dict)

    def model_folders(self) -> tuple[Path, ...]:
        return self.folders

    def face_folder(self) -> Path:
        return self.faces

    def runtime(self) -> RuntimeOptions:
        return self.wish

    def restorers(self) -> Mapping[str, Restorer]:
        return self.own_restorers

    def upscalers(self) -> Mapping[str, Upscaler]:
        return self.own_upscalers

    def interrupted(self) -> bool:
        return self.stop

    def say(self, message: str) -> None:
        self.said.append(message)


@dataclass
class Fakes:
    """One of each, and the engine that they make."""

    detector: FakeDetector = field(default_factory=FakeDetector)
    landmarker: FakeLandmarker = field(default_factory=FakeLandmarker)
    recogniser: FakeRecogniser = field(default_factory=FakeRecogniser)
    attributes: FakeAttributeReader | None = field(default_factory=FakeAttributeReader)
    follower: FakeFollower | None = None
    swapper: FakeSwapper = field(default_factory=FakeSwapper)
    gate: Gate = field(default_factory=FakeGate)
    host: FakeHost = field(default_factory=FakeHost)

    @property
    def analyser(self) -> Analyser:
        parts = self.detector, self.landmarker, self.recogniser, self.attributes, self.follower
        return Analyser("fake", ("squares",), *parts)

    def engine(self) -> Engine:
        swappers: dict[str, Swapper] = {"mesh": self.swapper}
        return Engine(self.host, analyser=self.analyser, swappers=swappers, gate=self.gate)


def people(picture: Image) -> list[int]:
    """Who is seen, from left to right."""
    found = FakeDetector().detect(picture, 0.05).faces
    return [int(picture[int(each.box[1]), int(each.box[0]), 1]) for each in found]
