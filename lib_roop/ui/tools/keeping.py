"""Keeping a face that was put together: what would be kept, and where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from .. import compat
from ..compat import Wires
from .frame import Step, Tool, Work

if TYPE_CHECKING:
    from ...casting import Sample
    from ...faces import Built
    from ...gathering import Candidate


class Keeping:
    """Makes one face of those that are ticked, shows it, and keeps it."""

    def __init__(self, tool: Tool) -> None:
        self._tool, self._desk = tool, tool.desk
        self._result: Any = None

    def draw(self, inputs: Sequence[Any]) -> None:
        """The buttons, and what they show."""
        tool, gradio = self._tool, self._tool.gradio
        with gradio.Row():
            preview = gradio.Button("Preview", elem_id=tool.id("preview"))
            keep = gradio.Button("Keep this face", variant="primary", elem_id=tool.id("run"))
            stop = gradio.Button("Stop", elem_id=tool.id("run_stop"))
        tool.place_line()
        self._result = compat.gallery(
            tool.widgets, label="The face", columns=4, height=240, visible=False, elem_id=tool.id("result")
        )
        wires = Wires(inputs, [self._result])
        tool.runs(preview, stop, self._previewed, wires)
        tool.changes_faces(tool.runs(keep, stop, self._kept, wires))

    def _previewed(self, *given: Any) -> Work:
        yield from self._work(*given, writes=False)

    def _kept(self, *given: Any) -> Work:
        yield from self._work(*given, writes=True)

    def _work(self, found: Sequence[Candidate], used: Sequence[str], *settings: Any, writes: bool) -> Work:
        from ... import faces, gathering

        name, sex, method, overwrite = settings
        name = naming.checked(str(name or "").strip())
        chosen = [each for number, each in enumerate(found) if label(number, each) in set(used or ())]
        if not chosen:
            raise InputError("Find faces in pictures first, and tick those that are to be used.")
        samples: list[Sample] = []
        parts = gathering.by_picture(chosen)
        for number, part in enumerate(parts):
            yield Step(number, len(parts), f"Reading {naming.shown(part[0].source.name)}")
            with self._desk.turn():
                samples += gathering.samples(self._desk.engine, part, alone=len(chosen) == 1)
        yield Step(len(parts), len(parts), "Blending")
        with self._desk.turn():
            folder = self._desk.engine.host.face_folder()
            name = name if overwrite else faces.free_name(name, folder)
            built = faces.settled(faces.build_of(name, samples, method=method), sex=sex)
            if writes:
                faces.save(built, folder, overwrite=bool(overwrite))
        update = self._tool.gradio.update
        told = f"{name} is kept" if writes else f"It would be kept as {name}"
        yield {
            self._result: update(value=self._pictures(built), visible=True),
            **self._tool.say(f"{told}: {_told(built)}.", *built.notes),
        }

    def _pictures(self, built: Built) -> list[tuple[str, str]]:
        """The preview as it lies beside the checkpoint, and the skin that the mesh model paints with."""
        from ... import faces

        files = {"Preview": faces.previewed(built)}
        if len(built.samples) > 1:
            files["Blended skin"] = faces.skin(built)
        scratch = self._desk.scratch
        return [(str(scratch.put(f"{each.lower()}.png", data)), each) for each, data in files.items() if data]


def label(number: int, candidate: Candidate) -> str:
    """What the face `number` is called where it can be ticked."""
    return f"{number + 1}: {naming.shown(candidate.name)}"


def _told(built: Built) -> str:
    identity = built.identity
    count = len(set(identity.sources))
    parts = [f"{len(built.samples)} faces" if len(built.samples) > 1 else "1 face"]
    parts += [f"{count} pictures"] if count > 1 else []
    parts += [" and ".join(sorted(identity.embeddings)), "with skin" if identity.texture is not None else "no skin"]
    parts += [each for each in (identity.sex, identity.age and f"age {identity.age}") if each]
    return ", ".join(parts)
