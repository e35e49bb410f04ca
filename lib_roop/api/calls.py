"""Finding, comparing and swapping faces for a program: objects in, objects out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import __version__, analysing, bodies, comparing, doctor, extracting, planning, request
from ..engine import Engine, Swap
from ..errors import InputError, OptionError, RoopError, TooLarge
from ..extracting import Crops
from ..identities import naming
from ..images import Picture
from ..options import NONE, PICTURES, OutputOptions, PostOptions, SwapUnit, from_mapping
from ..planning import Plan
from ..provenance import verify as marks
from ..types import Face
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
from .schemas import COMPARE, COUNTED, DETECT, EXTRACT, FINISHING, PLAN, SIGNING, SWAP, VERIFY, schema

Body = dict[str, Any]
TAKES_PICTURES = ("source", *PICTURES)
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
    seen = analysing.looked(engine, picture, _counting(asked.values))
    return {**bodies.detected(engine, seen.found, seen.faces), "notes": list(picture.notes)}


def compare(engine: Engine, asked: Asked) -> Body:
    """How alike faces are, each with each: the largest ones of pictures, and kept ones."""
    only(asked.values, COMPARE)
    names = asked.values.get("checkpoints", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise OptionError("checkpoints is a list of names of kept faces.", field="checkpoints")
    pictures = Pictures().several(asked.values, "images", least=max(2 - len(names), 0)) if _sent(asked, names) else []
    if len(pictures) + len(names) > MOST_COMPARED:
        raise InputError(f"At most {MOST_COMPARED} faces are compared at once; send fewer.", field="images")
    subjects = [comparing.shown(engine, picture) for picture in pictures]
    for place, name in enumerate(names):
        with request.within(f"checkpoints[{place}]"):
            # The name of a kept face, and never a path.
            naming.checked(name)
            subjects.append(comparing.kept(engine, name))
    return bodies.compared(comparing.compared(engine, subjects))


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
    crops = _crops(engine, asked.values)
    pngs: list[str] = []
    found: list[Body] = []
    for number, picture in enumerate(Pictures().several(asked.values, "images")):
        faces = analysing.looked(engine, picture, crops.unit).faces
        if (len(pngs) + len(faces)) * crops.side**2 > MOST_PIXELS:
            raise TooLarge("The faces are too many for one answer; send fewer pictures, or lower size.", field="size")
        for index, face in enumerate(faces):
            found.append({"picture": number, "image": len(pngs), **bodies.found_face(index, face)})
            pngs.append(base64_of(extracting.encoded(extracting.cut(picture, face, crops), crops)))
    return {"images": pngs, "faces": found}


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
                if name not in TAKES_PICTURES and isinstance(value, str) and len(value) > LONGEST_TEXT:
                    raise OptionError(f"{name} is longer than {LONGEST_TEXT} letters.", field=name)
            units.append(request.unit(given, place + 1, pictures.read))
    if not units:
        raise OptionError("units is missing; name at least one, with its source pictures.", field="units")
    return units


def _counting(values: Mapping[str, Any]) -> SwapUnit:
    """The options that say which faces count, and in which order."""
    return from_mapping(SwapUnit, {name: values[name] for name in COUNTED if name in values})


def _crops(engine: Engine, values: Mapping[str, Any]) -> Crops:
    side = values.get("size", extracting.SIDE)
    if not isinstance(side, int) or isinstance(side, bool):
        raise OptionError("size takes a whole number of pixels.", field="size")
    crops = Crops(aligned=yes(values, "aligned", default=True), side=side, unit=_counting(values))
    asked = {name: values[name] for name in FINISHING if name in values}
    return extracting.finished(engine, crops, from_mapping(PostOptions, {"restorer": NONE, **asked}))


def _sent(asked: Asked, names: Sequence[str]) -> bool:
    return "images" in asked.values or len(names) < 2


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
