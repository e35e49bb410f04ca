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
    from .comparing import Comparison
    from .engine import Engine
    from .extracting import Row
    from .faces import Built
    from .library import Arrival, Examination, Kept
    from .provenance.verify import Mark
    from .types import Detection, Face, FaceReport, Step, SwapResult
    from .zoo.cards import Listed
    from .zoo.exploring import Explored


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


def compared(found: Comparison) -> dict[str, Any]:
    """A comparison; `similarity` and `meaning` are those of the first two faces."""
    first = float(found.values[0, 1])
    return {
        "recogniser": found.recogniser,
        "similarity": rounded(first),
        "meaning": found.limits.meaning(first),
        "names": list(found.names),
        "similarities": [[rounded(value) for value in row] for row in found.values.tolist()],
        "limits": asdict(found.limits),
    }


def extracted(rows: Sequence[Row]) -> dict[str, Any]:
    """Faces that were cut out, and pictures of which none could be."""
    return {
        "faces": [
            {"picture": row.picture, "file": row.file, **found_face(row.number, row.face)}
            for row in rows
            if row.face is not None and row.number is not None
        ],
        "failed": [{"picture": row.picture, "reason": row.reason} for row in rows if row.face is None],
    }


def explored(found: Explored) -> dict[str, Any]:
    """What is in an ONNX file."""
    return {
        "path": str(found.path),
        "bytes": found.size,
        "sha256": found.sha256,
        "ir_version": found.ir_version,
        "producer": found.producer,
        "opsets": dict(found.opsets),
        "inputs": [asdict(value) for value in found.inputs],
        "outputs": [asdict(value) for value in found.outputs],
        "operators": dict(found.operators),
        "parameters": found.parameters,
        "card": found.known and asdict(found.known),
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


def kept(face: Kept) -> dict[str, Any]:
    """A face checkpoint."""
    held = face.held
    return {
        "name": held.name,
        "output": str(face.path),
        "preview": face.preview and str(face.preview),
        "bytes": held.bytes,
        "recognisers": dict(held.recognisers),
        "shape": held.shape,
        "texture": held.texture and list(held.texture),
        "sources": list(held.record.sources),
        "doubted": list(held.record.doubted),
        "sex": held.record.sex,
        "age": held.record.age,
        "note": held.record.note,
    }


def origin(face: Kept) -> dict[str, Any]:
    """Who made a face checkpoint, and when."""
    held = face.held
    return {"origin": held.origin, "created": held.record.created or None, "roop": held.record.version or None}


def examined(found: Examination) -> dict[str, Any]:
    """What there is to know of a kept face."""
    return {
        "uses": [asdict(use) for use in found.uses],
        "doubted": list(found.doubted),
        "engine": found.engine,
        "similarity": rounded(found.similarity),
        "findings": list(found.told),
    }


def arrived(found: Arrival) -> dict[str, Any]:
    """What became of a file that was to be taken in."""
    return {"file": found.file, "output": found.path and str(found.path), "told": found.told}


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
