"""Every source on every target, measured: what `roop report` and the benchmark `likeness` count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import mean
from typing import TYPE_CHECKING, Any

from ..errors import InputError, NoFaceError, Refused, RoopError
from .places import is_uri

if TYPE_CHECKING:
    from ..analysers.base import Recogniser
    from ..drawing import Panel
    from ..engine import Engine
    from ..images import Picture
    from ..measures import Bearing, Finish, Likeness
    from ..options import SwapUnit
    from ..types import Face, Image, SwapResult

ONE_BY_ONE = (InputError, NoFaceError, Refused)
"""What is wrong with one picture or pair; other errors concern all of them."""
SHOT = 216
"""Pixels of a face's close-up."""


@dataclass(frozen=True, slots=True)
class Who:
    """A face of a picture for a report: `picture` as it was given, `face` its number, None when there is none."""

    picture: str
    name: str
    face: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A face that takes part. `laid` has its mesh found anew in its box, as that of a result is."""

    who: Who
    picture: Picture
    face: Face
    laid: Face
    digest: str

    def same(self, other: Subject) -> bool:
        """Whether both are one face, be it of two copies of a file."""
        return (self.digest, self.face.id) == (other.digest, other.face.id)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Row:
    """One pair at one strength, or what could not be measured and why.

    likeness: by recogniser id. shots: source, target and result, close up. exit_code: of what went wrong.
    """

    source: Who | None
    target: Who | None
    strength: float | None = None
    engine: str = ""
    likeness: Mapping[str, Likeness] = field(default_factory=dict)
    finish: Finish | None = None
    bearing: Bearing | None = None
    shots: tuple[Panel, ...] = ()
    reason: str = ""
    exit_code: int = 0

    @property
    def numbers(self) -> dict[str, Any]:
        """The measures for JSON; empty when there are none."""
        if self.finish is None or self.bearing is None:
            return {}
        likeness = {name: _likeness(values) for name, values in self.likeness.items()}
        return dict(_rounded({"likeness": likeness, **asdict(self.finish), **asdict(self.bearing)}))


def failed(error: RoopError, *, source: Who | None = None, target: Who | None = None) -> Row:
    """The row of what could not be measured."""
    return Row(source=source, target=target, reason=str(error), exit_code=error.exit_code)


def subjects(engine: Engine, given: str, *, every: bool) -> list[Subject]:
    """The faces of a picture, by its path or data URI, or only the largest one. Raises PictureError, NoFaceError."""
    from .. import images
    from ..selection import ordered

    picture = images.read(given)
    faces = engine.detect(picture, embeddings=True).faces
    if not faces:
        raise NoFaceError(f"No face was found in {picture.name}; choose a picture that shows one clearly.")
    digest, path = picture.digest, picture.name if is_uri(given) else given
    names = {face.id: f"{picture.name}#{face.id}" if len(faces) > 1 else picture.name for face in faces}
    chosen = faces if every else ordered(faces, "large-small")[:1]
    known, laid = _embedded(engine, picture.rgb, chosen), _laid(engine, picture.rgb, chosen)
    return [
        Subject(Who(path, names[face.id], face.id), picture, face, anew, digest)
        for face, anew in zip(known, laid, strict=True)
    ]


def pairs(
    engine: Engine, sources: Sequence[Subject], targets: Sequence[Subject], units: Sequence[SwapUnit]
) -> Iterator[Row]:
    """One row for each source, target and unit; no face is put on itself. `units` say how, not who.

    Ends early when the host is interrupted. Raises ModelError.
    """
    wanted = [(source, target) for source in sources for target in targets if not source.same(target)]
    for number, (source, target) in enumerate(wanted, 1):
        engine.host.say(f"pair {number} of {len(wanted)}: {source.who.name} onto {target.who.name}")
        for unit in units:
            if engine.host.interrupted():
                return
            try:
                yield _measured(engine, source, target, unit)
            except ONE_BY_ONE as error:
                row = failed(error, source=source.who, target=target.who)
                yield replace(row, strength=unit.strength)


def means(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The mean of each measure for each strength, over the rows that were measured; `background` is the largest."""
    measured = [row for row in rows if row.numbers]
    strengths = sorted({row.strength for row in measured if row.strength is not None})
    groups = [(strength, [row.numbers for row in measured if row.strength == strength]) for strength in strengths]
    return [
        {
            "strength": strength,
            "pairs": len(group),
            **_rounded(_mean(group)),
            "background": max(numbers["background"] for numbers in group),
        }
        for strength, group in groups
    ]


def _measured(engine: Engine, source: Subject, target: Subject, unit: SwapUnit) -> Row:
    from .. import drawing, measures

    who = replace(unit, source=(source.picture,), source_face=str(source.face.id), target_faces=str(target.face.id))
    result = engine.run(target.picture, [who])[0].result
    if not result.patches:
        raise NoFaceError(f"{target.who.name} was not swapped: {_reason(result, target.face.id)}.")
    (known,) = _embedded(engine, result.image, [target.face])
    (laid,) = _laid(engine, result.image, [target.face])
    likeness = {
        recogniser.id: measures.likeness(recogniser.id, source.face, target.face, known)
        for recogniser in _recognisers(engine)
    }
    close = [
        (name, _small(drawing.close_up(picture, face, zoom=1.6)))
        for name, picture, face in (
            (source.who.name, source.picture.rgb, source.face),
            (target.who.name, target.picture.rgb, target.face),
            (_caption(unit.strength, likeness), result.image, target.face),
        )
    ]
    return Row(
        source=source.who,
        target=target.who,
        strength=unit.strength,
        engine=result.engine,
        likeness=likeness,
        finish=measures.finish(target.picture.rgb, target.face, result),
        bearing=_bearing(target.laid, laid),
        shots=tuple(close),
    )


def _bearing(before: Face, after: Face) -> Bearing:
    from .. import measures

    if before.dense is None or after.dense is None:
        raise InputError("The analyser lays no mesh on faces, so pose and expression cannot be measured; use another.")
    return measures.bearing(before.dense, after.dense)


def _reason(result: SwapResult, number: int) -> str:
    return next((face.reason for face in result.faces if face.index == number), "it was not found again")


def _recognisers(engine: Engine) -> tuple[Recogniser, ...]:
    return (engine.analyser.recogniser,)


def _embedded(engine: Engine, image: Image, faces: Sequence[Face]) -> list[Face]:
    """The faces as every recogniser sees them in this picture, at the points that they have."""
    known = list(faces)
    for recogniser in _recognisers(engine):
        known = recogniser.embed(image, known)
    return known


def _laid(engine: Engine, image: Image, faces: Sequence[Face]) -> list[Face]:
    """The faces with meshes found anew in their boxes."""
    return engine.analyser.landmarker.fit(image, [replace(face, dense=None) for face in faces])


def _likeness(values: Likeness) -> dict[str, float]:
    return {**asdict(values), "nearer": values.nearer, "progress": values.progress}


def _caption(strength: float, likeness: Mapping[str, Likeness]) -> str:
    values = next(iter(likeness.values()))
    return f"{strength:g}: {values.before:.2f} > {values.after:.2f}"


def _small(image: Image) -> Image:
    import cv2
    import numpy as np

    size = min(SHOT, image.shape[1]), min(SHOT, image.shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _mean(group: Sequence[Any]) -> Any:
    """Of numbers, or name by name of mappings."""
    if isinstance(group[0], Mapping):
        return {name: _mean([numbers[name] for numbers in group]) for name in group[0]}
    return mean(map(float, group))


def _rounded(value: Any) -> Any:
    """Floats to four digits, in mappings too."""
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value
