"""`roop face`: faces are built, shown, listed, named and noted, removed, exported, imported and examined."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import bodies
from ..errors import InputError
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..library import Kept

PARTLY = 5
"""The exit code where some files of a folder were taken in and others not."""
PRIVATE = "The file describes a person's face, which is biometric data: give it only to whom that person would."


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Carry out `roop face <action>`. Raises RoopError."""
    engine = make_engine()
    report = _ACTIONS[arguments.action](arguments, engine)
    return replace(report, body={"action": arguments.action, **report.body})


def _build(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import faces, gathering, library
    from ..identities import checkpoints, naming

    folder = Path(arguments.out).expanduser() if arguments.out else engine.host.face_folder()
    path = naming.place(folder, arguments.name)
    if path.exists() and not (arguments.overwrite or arguments.update):
        raise InputError(
            f"{path} is there already; choose another name, add to it with --update, or write over it with --overwrite."
        )
    earlier = checkpoints.read(naming.find(arguments.name, folder)).identity if arguments.update else None
    build = gathering.PICKS[arguments.pick]
    built = build(
        engine, arguments.name, arguments.pictures, method=arguments.method, drop_outliers=arguments.drop_outliers
    )
    made = faces.settled(built, sex=arguments.sex, texture=arguments.texture)
    if earlier:
        made = faces.settled(faces.completed(earlier, made), sex=arguments.sex)
    path, _ = faces.save(made, folder, overwrite=arguments.overwrite or arguments.update)
    rows = [bodies.sampled(built, number) for number in range(len(built.samples))]
    kept = library.kept(path)
    return Report(
        body={**bodies.kept(kept), "pictures": rows},
        lines=(*table([_row(row) for row in rows]), *_told(kept), str(path)),
        notes=built.notes,
    )


def _show(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import faces, library
    from ..identities import checkpoints, naming

    path = naming.find(arguments.face, engine.host.face_folder())
    identity, kept = checkpoints.read(path).identity, library.kept(path)
    held = kept.held
    made = [f"made by {held.origin}", *([held.record.created] if held.record.created else [])]
    note = [f"note: {naming.shown(held.record.note)}"] if held.record.note else []
    used = library.summary(library.uses(engine, held))
    return Report(
        body={**bodies.kept(kept), **bodies.origin(kept)},
        lines=(*_told(kept), ", ".join(made), used, *note, naming.shown(str(path))),
        notes=tuple(filter(None, [naming.shown(faces.lacking(engine, identity))])),
    )


def _list(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library
    from ..identities import naming

    del arguments
    folder = engine.host.face_folder()
    found = library.listed(folder)
    rows = [(name, "damaged", "", "") for name, _ in found.damaged]
    for each in found.faces:
        skin = "with skin" if each.held.texture else "no skin"
        rows.append((naming.shown(each.path.stem), skin, ", ".join(each.held.recognisers), each.held.origin))
    rows.sort(key=lambda row: row[0].casefold())
    return Report(
        body={
            "folder": str(folder),
            "faces": [{**bodies.kept(each), **bodies.origin(each)} for each in found.faces],
        },
        lines=(*(table(rows) if rows else ("no faces",)), str(folder)),
        notes=tuple(sentence for _, sentence in found.damaged),
    )


def _rename(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library

    path = library.renamed(library.named(engine.host.face_folder(), arguments.name), arguments.new)
    return Report(body=bodies.kept(library.kept(path)), lines=(str(path),))


def _note(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library

    path = library.named(engine.host.face_folder(), arguments.name)
    library.described(path, note=arguments.text)
    return Report(body=bodies.kept(library.kept(path)), lines=(str(path),))


def _doctor(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library
    from ..identities import naming

    found = library.examined(engine, naming.find(arguments.face, engine.host.face_folder()))
    return Report(body=bodies.examined(found), lines=tuple(map(naming.shown, found.told)))


def _remove(arguments: argparse.Namespace, engine: Engine) -> Report:
    from ..identities import naming

    path = naming.place(engine.host.face_folder(), arguments.name)
    if not path.exists() and not naming.preview(path).exists():
        path = naming.find(path.stem, engine.host.face_folder())
    if not arguments.yes:
        deleted = path if path.exists() else naming.preview(path)
        raise InputError(f"Nothing was deleted; roop face remove {arguments.name} --yes deletes {deleted} for good.")
    gone = [str(each) for each in naming.remove(path)]
    return Report(body={"removed": gone}, lines=tuple(f"deleted {each}" for each in gone))


def _export(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library
    from ..identities import checkpoints, naming

    file = Path(arguments.file).expanduser()
    if file.suffix.lower() != naming.SUFFIX:
        raise InputError(f"{file} is no {naming.SUFFIX} file; call it {file.stem}{naming.SUFFIX}.")
    face = naming.find(arguments.face, engine.host.face_folder())
    identity, data = checkpoints.read(face).identity, library.exported(face, arguments.format)
    if not arguments.overwrite and os.path.lexists(file):
        raise InputError(f"{file} is there already; choose another name, or write over it with --overwrite.")
    path = checkpoints.put(file, data)
    notes = [PRIVATE]
    if arguments.format == "roop" and identity.note:
        notes.append("The note that you wrote about the face goes with it.")
    if arguments.format != "roop" and identity.sex is None:
        notes.append("The face's sex is not known; other tools will read female.")
    return Report(
        body={"output": str(path), "format": arguments.format, "bytes": path.stat().st_size},
        lines=(str(path),),
        notes=tuple(notes),
    )


def _import(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import library
    from ..identities import checkpoints, naming

    file, folder = Path(arguments.file).expanduser(), engine.host.face_folder()
    if file.is_dir():
        return _import_all(arguments, file, folder)
    place = naming.place(folder, arguments.name or file.stem)
    kept = library.kept(library.taken_in(checkpoints.imported(file), place, overwrite=arguments.overwrite))
    return Report(body=bodies.kept(kept), lines=(*_told(kept), str(kept.path)))


def _import_all(arguments: argparse.Namespace, source: Path, folder: Path) -> Report:
    from .. import library

    if arguments.name or arguments.overwrite:
        raise InputError("A folder takes neither a name nor --overwrite: its faces are called as their files.")
    found = [library.arrived(folder, file) for file in library.face_files(source)]
    lost = [each for each in found if each.path is None]
    if len(lost) == len(found):
        raise InputError(f"No file of the folder {source} is a face that could be taken in: {lost[0].told}")
    return Report(
        body={"folder": str(folder), "files": [bodies.arrived(each) for each in found]},
        lines=table([(each.file, each.told) for each in found if each.path]),
        notes=tuple(each.told for each in lost),
        exit_code=PARTLY if lost else 0,
        error=f"{len(lost)} of {len(found)} files could not be taken in." if lost else "",
    )


_ACTIONS = {
    "build": _build,
    "show": _show,
    "list": _list,
    "rename": _rename,
    "note": _note,
    "doctor": _doctor,
    "remove": _remove,
    "export": _export,
    "import": _import,
}


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    resemblance = row["resemblance"]
    verdict = "another person?" if row["outlier"] else ""
    return (
        row["name"],
        "1 face" if row["faces"] == 1 else f"{row['faces']} faces",
        f"{row['size']} px",
        f"sharpness {row['sharpness']:.2f}",
        f"yaw {row['yaw']:+.0f}",
        f"score {row['score']:.2f}",
        "" if resemblance is None else f"resemblance {resemblance:.2f}",
        verdict if row["used"] else f"{verdict} left out",
    )


def _told(kept: Kept) -> tuple[str, ...]:
    from ..identities import naming

    held, said = kept.held, kept.held.record
    facts = [f"{id_} ({length} numbers)" for id_, length in held.recognisers.items()]
    facts.append(f"skin {held.texture[0]}x{held.texture[1]}" if held.texture else "no skin")
    count = len(said.sources)
    facts += ["1 picture" if count == 1 else f"{count} pictures"] if count else []
    facts += [said.sex] if said.sex else []
    facts += [f"age {said.age}"] if said.age is not None else []
    return (f"{naming.shown(held.name)}: {', '.join(facts)}, {held.bytes / 1000:.1f} kB",)
