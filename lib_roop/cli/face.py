"""`roop face`: face checkpoints are built, shown, listed, removed, exported and imported."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import bodies
from ..errors import InputError
from .report import Report, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..types import Identity

PRIVATE = "The file describes a person's face, which is biometric data: give it only to whom that person would."


def run(arguments: argparse.Namespace, make_engine: Callable[[], Engine]) -> Report:
    """Carry out `roop face <action>`. Raises RoopError."""
    engine = make_engine()
    report = _ACTIONS[arguments.action](arguments, engine)
    return replace(report, body={"action": arguments.action, **report.body})


def _build(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import faces
    from ..identities import checkpoints, naming

    folder = Path(arguments.out).expanduser() if arguments.out else engine.host.face_folder()
    path = naming.place(folder, arguments.name)
    if path.exists() and not (arguments.overwrite or arguments.update):
        raise InputError(
            f"{path} is there already; choose another name, add to it with --update, or write over it with --overwrite."
        )
    earlier = checkpoints.read(naming.find(arguments.name, folder)).identity if arguments.update else None
    built = faces.build(
        engine, arguments.name, arguments.pictures, method=arguments.method, drop_outliers=arguments.drop_outliers
    )
    identity = replace(built.identity, sex=built.identity.sex if arguments.sex == "auto" else arguments.sex)
    kept = replace(built, identity=identity if arguments.texture else replace(identity, texture=None))
    if earlier:
        kept = faces.completed(earlier, kept)
        if arguments.sex != "auto":
            kept = replace(kept, identity=replace(kept.identity, sex=arguments.sex))
    path, picture = faces.save(kept, folder, overwrite=arguments.overwrite or arguments.update)
    rows = [bodies.sampled(built, number) for number in range(len(built.samples))]
    return Report(
        body={
            **bodies.kept(kept.identity, path, picture),
            "pictures": rows,
        },
        lines=(*table([_row(row) for row in rows]), *_told(kept.identity, path), str(path)),
        notes=built.notes,
    )


def _show(arguments: argparse.Namespace, engine: Engine) -> Report:
    from .. import faces
    from ..identities import checkpoints, naming

    path = naming.find(arguments.face, engine.host.face_folder())
    found = checkpoints.read(path)
    picture = naming.preview(path)
    body = {**bodies.kept(found.identity, path, picture if picture.is_file() else None), **bodies.origin(found)}
    made = [f"made by {found.origin}", *([found.created] if found.created else [])]
    lines = (*_told(found.identity, path), ", ".join(made), naming.shown(str(path)))
    return Report(
        body=body, lines=lines, notes=tuple(filter(None, [naming.shown(faces.lacking(engine, found.identity))]))
    )


def _list(arguments: argparse.Namespace, engine: Engine) -> Report:
    from ..identities import checkpoints, naming

    del arguments
    folder = engine.host.face_folder()
    rows, entries, notes = [], [], []
    for path in naming.stored(folder):
        try:
            found = checkpoints.read(path)
        except InputError as error:
            notes.append(naming.shown(str(error)))
            rows.append((naming.shown(path.stem), "damaged", "", ""))
            continue
        picture = naming.preview(path)
        shown = picture if picture.is_file() else None
        entries.append({**bodies.kept(found.identity, path, shown), **bodies.origin(found)})
        skin = "with skin" if found.identity.texture is not None else "no skin"
        rows.append((naming.shown(path.stem), skin, ", ".join(sorted(found.identity.embeddings)), found.origin))
    lines = (*(table(rows) if rows else ("no faces",)), str(folder))
    return Report(body={"folder": str(folder), "faces": entries}, lines=lines, notes=tuple(notes))


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
    from ..identities import checkpoints, naming

    file = Path(arguments.file).expanduser()
    if file.suffix.lower() != naming.SUFFIX:
        raise InputError(f"{file} is no {naming.SUFFIX} file; call it {file.stem}{naming.SUFFIX}.")
    identity = checkpoints.load(arguments.face, engine.host.face_folder()).identity
    path = checkpoints.write(identity, file, kind=arguments.format, overwrite=arguments.overwrite)
    notes = [PRIVATE]
    if arguments.format != "roop" and identity.sex is None:
        notes.append("The face's sex is not known; other tools will read female.")
    return Report(
        body={"output": str(path), "format": arguments.format, "bytes": path.stat().st_size},
        lines=(str(path),),
        notes=tuple(notes),
    )


def _import(arguments: argparse.Namespace, engine: Engine) -> Report:
    from ..identities import checkpoints, naming

    file = Path(arguments.file).expanduser()
    identity = checkpoints.imported(file)
    path = naming.place(engine.host.face_folder(), arguments.name or file.stem)
    identity = replace(identity, name=path.stem)
    picture = naming.preview(path)
    if picture.exists() and not arguments.overwrite:
        raise InputError(f"{picture} is there already; choose another name, or write over it with --overwrite.")
    checkpoints.write(identity, path, overwrite=arguments.overwrite)
    # It shows whoever had this name before.
    naming.delete(picture)
    return Report(body=bodies.kept(identity, path, None), lines=(*_told(identity, path), str(path)))


_ACTIONS = {
    "build": _build,
    "show": _show,
    "list": _list,
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


def _told(identity: Identity, path: Path) -> tuple[str, ...]:
    from ..identities import naming

    facts = [f"{id_} ({len(values)} numbers)" for id_, values in sorted(identity.embeddings.items())]
    texture = identity.texture
    facts.append(f"skin {texture.rgb.shape[1]}x{texture.rgb.shape[0]}" if texture is not None else "no skin")
    count = len(identity.sources)
    facts += ["1 picture" if count == 1 else f"{count} pictures"] if count else []
    facts += [identity.sex] if identity.sex else []
    facts += [f"age {identity.age}"] if identity.age is not None else []
    return (f"{naming.shown(identity.name)}: {', '.join(facts)}, {path.stat().st_size / 1000:.1f} kB",)
