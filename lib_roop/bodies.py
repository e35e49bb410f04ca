"""What roop has to say as JSON for programs: the command line and the HTTP API say it alike (docs/json.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Refused
from .options import NONE

if TYPE_CHECKING:
    from .casting import Sample
    from .engine import Engine
    from .faces import Built
    from .identities.checkpoints import Checkpoint
    from .provenance.verify import Mark
    from .types import Detection, Face, FaceReport, Identity, Step, SwapResult
    from .zoo.cards import Listed


def swapped_face(face: FaceReport) -> dict[str, Any]:
    """One face of a swap for JSON."""
    return {
        "index": face.index,
        "box": list(face.box),
        "score": round(float(face.score), 4),
        "status": face.status,
        "reason": face.reason,
        "identity": face.identity,
        "similarity": rounded(face.similarity),
        "reference_similarity": rounded(face.reference_similarity),
        "ms": dict(face.ms),
    }


def made(result: SwapResult) -> dict[str, Any]:
    """What made a result, for JSON."""
    return {
        "engine": result.engine,
        "models": list(result.models),
        "restorer": _step(result.restorer),
        "upscaler": _step(result.upscaler),
        "scale": result.scale,
    }


def found_face(index: int, face: Face) -> dict[str, Any]:
    """One face of a detection for JSON."""
    pose = face.pose
    return {
        "index": index,
        "box": [round(float(edge), 1) for edge in face.box],
        "score": round(float(face.score), 4),
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in face.landmarks],
        "pose": pose and {name: round(getattr(pose, name), 1) for name in ("yaw", "pitch", "roll")},
        "sex": face.sex,
        "age": face.age,
    }


def _step(step: Step) -> dict[str, Any]:
    return {"name": None if step.name == NONE else step.name, "models": list(step.models), "reason": step.reason}


def rounded(value: float | None) -> float | None:
    """A similarity to four digits."""
    return None if value is None else round(float(value), 4)


def refused(error: Refused) -> dict[str, Any]:
    """What the gate saw."""
    return {"part": error.part, "score": rounded(error.score)}


def detected(engine: Engine, found: Detection, faces: Sequence[Face]) -> dict[str, Any]:
    """A detection, its `faces` in the order that numbers them."""
    return {
        "models": list(engine.analyser.models),
        "faces": [found_face(number, face) for number, face in enumerate(faces)],
        "near_misses": [found_face(number, face) for number, face in enumerate(found.near_misses)],
    }


def marks(found: Sequence[Mark]) -> list[dict[str, Any]]:
    """The marks of a picture."""
    return [asdict(mark) for mark in found]


def sampled(built: Built, number: int) -> dict[str, Any]:
    """One of the pictures that a face was built of."""
    sample: Sample = built.samples[number]
    quality, outlier = sample.quality, number in built.outliers
    return {
        "name": sample.identity.name,
        "faces": sample.faces,
        "size": round(quality.size),
        "sharpness": rounded(quality.sharpness),
        "yaw": round(quality.yaw, 1),
        "score": rounded(quality.score),
        "resemblance": rounded(built.resemblance[number]),
        "outlier": outlier,
        "used": not (outlier and built.dropped),
    }


def kept(identity: Identity, path: Path, picture: Path | None) -> dict[str, Any]:
    """A face checkpoint; `picture` is its preview's file, if there is one."""
    texture = identity.texture
    return {
        "name": identity.name,
        "output": str(path),
        "preview": picture and str(picture),
        "bytes": path.stat().st_size,
        "recognisers": {id_: len(values) for id_, values in sorted(identity.embeddings.items())},
        "shape": identity.shape is not None,
        "texture": texture and [int(texture.rgb.shape[1]), int(texture.rgb.shape[0])],
        "sources": list(identity.sources),
        "sex": identity.sex,
        "age": identity.age,
    }


def origin(found: Checkpoint) -> dict[str, Any]:
    """Who made a face checkpoint, and when."""
    return {"origin": found.origin, "created": found.created or None, "roop": found.version or None}


def listed(item: Listed, place: Path | None) -> dict[str, Any]:
    """A net that can be got; `place` is where it lies, if it does."""
    return {
        "name": item.name,
        "task": item.task,
        "path": place and str(place),
        "bytes": item.size,
        "licence": item.licence,
        "commercial_use": item.commercial_use,
    }
