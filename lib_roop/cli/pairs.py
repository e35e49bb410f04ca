"""Every source on every target, measured: what `roop report` and the benchmark `likeness` count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import InputError, ModelError, NoFaceError, Refused, RoopError
from .places import is_uri

if TYPE_CHECKING:
    from ..analysers.base import Recogniser
    from ..drawing import Panel
    from ..engine import Engine
    from ..images import Picture
    from ..measures import Bearing, Finish, Likeness
    from ..types import Face, Image, Mask, SwapResult
    from .variants import Trial, Variant

ONE_BY_ONE = (InputError, NoFaceError, Refused)
"""What is wrong with one picture or pair; other errors concern all of them."""
SHOT, FINE_SHOT = 216, 320
"""Pixels of a face's close-up, and where boosts and restorers are to be told apart."""


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
    """One pair swapped in one way, or what could not be measured and why.

    models: the nets that ran for its pixels. ms: what the face took, without looking at pictures. likeness: by
    recogniser id. shots: source, target and result, close up. exit_code: of what went wrong.
    """

    source: Who | None
    target: Who | None
    variant: Variant | None = None
    engine: str = ""
    models: tuple[str, ...] = ()
    ms: float | None = None
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
        return dict(rounded({"likeness": likeness, **asdict(self.finish), **asdict(self.bearing)}))


def failed(
    error: RoopError, *, source: Who | None = None, target: Who | None = None, variant: Variant | None = None
) -> Row:
    """The row of what could not be measured."""
    return Row(source=source, target=target, variant=variant, reason=str(error), exit_code=error.exit_code)


def subjects(engine: Engine, given: str, *, every: bool, recognisers: Sequence[Recogniser]) -> list[Subject]:
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
    known, laid = _embedded(recognisers, picture.rgb, chosen), _laid(engine, picture.rgb, chosen)
    return [
        Subject(Who(path, names[face.id], face.id), picture, face, anew, digest)
        for face, anew in zip(known, laid, strict=True)
    ]


def wanted(sources: Sequence[Subject], targets: Sequence[Subject]) -> list[tuple[Subject, Subject]]:
    """Every source on every target; no face is put on itself."""
    return [(source, target) for source in sources for target in targets if not source.same(target)]


def measured(engine: Engine, pairs: Sequence[tuple[Subject, Subject]], trial: Trial) -> Iterator[Row]:
    """One row for each pair and variant.

    Ends early when the host is interrupted. A variant that cannot run is one row where it is compared with others;
    else raises ModelError.
    """
    left = list(trial.variants)
    for number, (source, target) in enumerate(pairs, 1):
        if not left:
            return
        model = f"{left[0].model}, " if trial.compared else ""
        engine.host.say(f"{model}pair {number} of {len(pairs)}: {source.who.name} onto {target.who.name}")
        for variant in tuple(left):
            if engine.host.interrupted():
                return
            try:
                if trial.compared and number == 1:
                    # The first run of a net takes longer, which is not to count against whoever is first.
                    _swapped(engine, source, target, variant)
                yield _row(engine, source, target, variant, trial)
            except ONE_BY_ONE as error:
                yield failed(error, source=source.who, target=target.who, variant=variant)
            except ModelError as error:
                if not trial.compared:
                    raise
                left.remove(variant)
                yield failed(error, variant=variant)


def _row(engine: Engine, source: Subject, target: Subject, variant: Variant, trial: Trial) -> Row:
    from .. import drawing, measures

    result = _swapped(engine, source, target, variant)
    (known,) = _embedded(trial.recognisers, result.image, [target.face])
    (laid,) = _laid(engine, result.image, [target.face])
    likeness = {
        recogniser.id: measures.likeness(recogniser.id, source.face, target.face, known)
        for recogniser in trial.recognisers
    }
    size = FINE_SHOT if trial.compared else SHOT
    close = [
        (name, _small(drawing.close_up(picture, face, zoom=1.6), size))
        for name, picture, face in (
            (source.who.name, source.picture.rgb, source.face),
            (target.who.name, target.picture.rgb, target.face),
            (_caption(variant.strength, likeness), result.image, target.face),
        )
    ]
    return Row(
        source=source.who,
        target=target.who,
        variant=variant,
        engine=result.engine,
        models=result.models,
        ms=round(sum(sum(face.ms.values()) for face in result.faces if face.index == target.face.id), 1),
        likeness=likeness,
        finish=measures.finish(target.picture.rgb, target.face, result, _outline(target) if trial.compared else None),
        bearing=_bearing(target.laid, laid),
        shots=tuple(close),
    )


def _swapped(engine: Engine, source: Subject, target: Subject, variant: Variant) -> SwapResult:
    number = str(target.face.id)
    who = replace(variant.unit, source=(source.picture,), source_face=str(source.face.id), target_faces=number)
    result = engine.run(target.picture, [who], variant.post)[0].result
    if not result.patches:
        raise NoFaceError(f"{target.who.name} was not swapped: {_reason(result, target.face.id)}.")
    return result


def _outline(subject: Subject) -> Mask | None:
    """HxW: the face by its mesh, the same for all variants, whatever each of them changes."""
    from .. import masks

    dense = subject.laid.dense
    return None if dense is None else masks.hull(dense[:, :2], *subject.picture.rgb.shape[:2])


def _bearing(before: Face, after: Face) -> Bearing:
    from .. import measures

    if before.dense is None or after.dense is None:
        raise InputError("The analyser lays no mesh on faces, so pose and expression cannot be measured; use another.")
    return measures.bearing(before.dense, after.dense)


def _reason(result: SwapResult, number: int) -> str:
    return next((face.reason for face in result.faces if face.index == number), "it was not found again")


def _embedded(recognisers: Sequence[Recogniser], image: Image, faces: Sequence[Face]) -> list[Face]:
    """The faces as every recogniser sees them in this picture, at the points that they have."""
    known = list(faces)
    for recogniser in recognisers:
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


def _small(image: Image, most: int) -> Image:
    import cv2
    import numpy as np

    size = min(most, image.shape[1]), min(most, image.shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def rounded(value: Any) -> Any:
    """Floats to four digits, in mappings too."""
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value
