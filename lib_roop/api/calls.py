"""Finding, comparing and swapping faces for a program: objects in, objects out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from .. import __version__, bodies, doctor, geometry, images, planning, provenance, request, templates
from ..engine import Engine, Swap
from ..errors import InputError, OptionError, RoopError, TooLarge
from ..images import Picture
from ..options import NONE, OutputOptions, PostOptions, SwapUnit, from_mapping
from ..planning import Plan
from ..provenance import verify as marks
from ..selection import ordered
from ..types import CropSpec, Face
from ..zoo import store
from .answers import (
    LONGEST_TEXT,
    MOST_PIXELS,
    Asked,
    Failed,
    Pictures,
    base64_of,
    brief,
    only,
    yes,
)
from .schemas import DETECT, EXTRACT, PLAN, SIGNING, SWAP, VERIFY, schema

Body = dict[str, Any]
PICTURES = ("source", *request.PICTURES)
SIDES = 32, 1024
MOST_COMPARED = 16


def version(engine: Engine, asked: Asked) -> Body:
    """Who answers."""
    del engine, asked
    return {"version": __version__, "api": "v1"}


def described(engine: Engine, asked: Asked) -> Body:
    """JSON Schema of all that can be asked."""
    del engine, asked
    return schema()


def healthy(engine: Engine, asked: Asked) -> Body:
    """What works on this machine."""
    del asked
    found = doctor.checks(lambda: engine)
    return {"well": all(check.ok for check in found), **doctor.body(doctor.facts(), found)}


def models(engine: Engine, asked: Asked) -> Body:
    """The nets that can be got, and those that are there."""
    del asked
    folders = store.folders(engine.host.model_folders())
    return {"models": [bodies.listed(item, store.present(item, folders)) for item in engine.models]}


def detect(engine: Engine, asked: Asked) -> Body:
    """The faces of a picture, numbered."""
    only(asked.values, DETECT)
    picture = Pictures().read(asked.values.get("image"), "image")
    _, body = _detected(engine, picture, asked.values)
    return {**body, "notes": list(picture.notes)}


def compare(engine: Engine, asked: Asked) -> Body:
    """How alike the largest faces of pictures are, each with each."""
    only(asked.values, ("images",))
    pictures = Pictures().several(asked.values, "images", least=2)
    if len(pictures) > MOST_COMPARED:
        raise InputError(f"At most {MOST_COMPARED} pictures are compared at once; send fewer.", field="images")
    matrix = [[1.0] * len(pictures) for _ in pictures]
    for (one, a), (other, b) in combinations(enumerate(pictures), 2):
        matrix[one][other] = matrix[other][one] = round(engine.compare(a, b), 4)
    return {"recogniser": engine.analyser.recogniser.id, "similarity": matrix[0][1], "similarities": matrix}


def plan(engine: Engine, asked: Asked) -> Body:
    """Who would go where, and why not the others; nothing is swapped."""
    only(asked.values, PLAN)
    pictures = Pictures()
    picture = pictures.read(asked.values.get("image"), "image")
    units = _units(asked.values, pictures)
    return {"results": [_planned(each, units, picture.name) for each in engine.plans(picture, units)]}


def swap(engine: Engine, asked: Asked) -> Body:
    """A picture with other faces, its marks in it, and what became of every face."""
    only(asked.values, SWAP)
    pictures = Pictures()
    picture = pictures.read(asked.values.get("image"), "image")
    units = _units(asked.values, pictures)
    with request.within("post"):
        post = request.part(PostOptions, asked.values.get("post"))
    with request.within("output"):
        output = request.part(OutputOptions, asked.values.get("output"), leave=SIGNING)
    return swapped(engine, picture, units, post, output)


def swapped(
    engine: Engine, picture: Picture, units: Sequence[SwapUnit], post: PostOptions, output: OutputOptions
) -> Body:
    """Carry it out. Raises as `Engine.run` does, Failed when nothing came of it, TooLarge for too large a result."""
    larger = post.scale**2 if post.upscaler != NONE else 1
    height, width = picture.rgb.shape[:2]
    if height * width * larger > MOST_PIXELS:
        message = f"The result would have more than {MOST_PIXELS // 10**6} megapixels; lower scale."
        raise TooLarge(message, field="scale")
    swaps = engine.run(picture, units, post)
    results = [_result(each) for each in swaps]
    pngs: list[str] = []
    for each, result in zip(swaps, results, strict=True):
        result["image"] = None if each.result.rejected else len(pngs)
        pngs += [] if each.result.rejected else [base64_of(each.encoded(".png", output))]
    notes = dict.fromkeys((*picture.notes, *(note for each in swaps for note in each.result.notes)))
    body = {"images": pngs, "gate": engine.gate.name, "results": results, "notes": list(notes)}
    if not pngs:
        dropped = "; ".join(dict.fromkeys(each.result.rejected for each in swaps))
        raise Failed(422, f"Nothing passed: {dropped}.", body=body)
    return body


def extract(engine: Engine, asked: Asked) -> Body:
    """All faces of pictures as square crops, aligned or plain."""
    only(asked.values, EXTRACT)
    side = asked.values.get("size", 256)
    if not isinstance(side, int) or isinstance(side, bool) or not SIDES[0] <= side <= SIDES[1]:
        raise OptionError(f"size goes from {SIDES[0]} to {SIDES[1]} pixels.", field="size")
    aligned = yes(asked.values, "aligned", default=True)
    crops: list[str] = []
    found: list[Body] = []
    for number, picture in enumerate(Pictures().several(asked.values, "images")):
        faces, body = _detected(engine, picture, asked.values)
        if (len(crops) + len(faces)) * side**2 > MOST_PIXELS:
            raise TooLarge("The faces are too many for one answer; send fewer pictures, or lower size.", field="size")
        for face, told in zip(faces, body["faces"], strict=True):
            found.append({"picture": number, "image": len(crops), **told})
            crops.append(base64_of(_crop(picture, face, side, aligned=aligned)))
    return {"images": crops, "faces": found}


def verified(engine: Engine, asked: Asked) -> Body:
    """Which marks a picture carries."""
    del engine
    only(asked.values, VERIFY)
    found = marks.verify(request.content(asked.values.get("image"), "image"), most=MOST_PIXELS)
    return {"verdict": marks.verdict(found), "marks": bodies.marks(found)}


def _units(values: Mapping[str, Any], pictures: Pictures) -> list[SwapUnit]:
    units = []
    for place, given in enumerate(request.unit_list(values.get("units", ()))):
        with request.within(f"units[{place}]"):
            for name, value in given.items():
                brief(name, value)
                if name not in PICTURES and isinstance(value, str) and len(value) > LONGEST_TEXT:
                    raise OptionError(f"{name} is longer than {LONGEST_TEXT} letters.", field=name)
            units.append(request.unit(given, place + 1, pictures.read))
    if not units:
        raise OptionError("units is missing; name at least one, with its source pictures.", field="units")
    return units


def _detected(engine: Engine, picture: Picture, values: Mapping[str, Any]) -> tuple[tuple[Face, ...], Body]:
    names = ("order", "detection_threshold")
    unit = from_mapping(SwapUnit, {name: values[name] for name in names if name in values})
    reads = engine.analyser.attributes is not None
    found = engine.detect(picture, threshold=unit.detection_threshold, attributes=reads)
    faces = tuple(ordered(found.faces, unit.order))
    return faces, bodies.detected(engine, found, faces)


def _planned(planned: Plan, units: Sequence[SwapUnit], name: str) -> Body:
    given = [
        {
            **_place(each.face),
            "status": "swap",
            "reason": "",
            "unit": next(number for number, unit in enumerate(units) if unit is each.casting.unit),
            "identity": each.identity.name,
            "engine": each.casting.swapper.engine,
            "models": list(each.casting.models),
        }
        for each in planned.assignments
    ]
    left = [{**_place(face), "status": "skipped", "reason": reason} for face, reason in planned.skipped]
    return {
        "source": planned.source,
        "faces": sorted((*given, *left), key=lambda face: int(face["index"])),
        "near_misses": [bodies.found_face(number, face) for number, face in enumerate(planned.near_misses)],
        "problem": _problem(planned, name),
        "notes": list(planned.notes),
    }


def _problem(planned: Plan, name: str) -> str | None:
    """What a swap would say instead of doing it."""
    try:
        planning.require_work(planned, name)
    except RoopError as error:
        return str(error)
    return None


def _place(face: Face) -> Body:
    found = bodies.found_face(face.id, face)
    return {name: found[name] for name in ("index", "box", "score", "sex", "age")}


def _result(each: Swap) -> Body:
    return {
        "source": each.source,
        **bodies.made(each.result),
        "faces": [bodies.swapped_face(face) for face in each.result.faces],
        "rejected": each.result.rejected,
    }


def _crop(picture: Picture, face: Face, side: int, *, aligned: bool) -> bytes:
    """A marked PNG: aligned as in FFHQ's pictures, or the face's box made square and half as wide again."""
    if aligned:
        spec = templates.frame(face.landmarks, templates.FFHQ_512, side)
    else:
        (x0, y0), (x1, y1) = face.box[:2].tolist(), face.box[2:].tolist()
        scale = side / (1.5 * max(x1 - x0, y1 - y0, 1))
        shift = side / 2 - scale * (x0 + x1) / 2, side / 2 - scale * (y0 + y1) / 2
        spec = CropSpec(geometry.similarity_fit([(0, 0), (1, 0)], [shift, (shift[0] + scale, shift[1])]), side, side)
    pixels = geometry.resampled(picture.rgb, spec.matrix, (side, side))
    return provenance.encoded(images.read(pixels), ".png", source_type=provenance.COMPOSITE)
