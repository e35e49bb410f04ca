"""Library: the kept faces as cards, with what each holds; named, noted, examined, handed out, deleted and taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError
from ...identities import naming
from .. import compat
from ..compat import Wires
from ..panel import sentences
from .arrivals import Arrivals
from .cards import about, pictures
from .frame import Answer, Tool

TITLE, NAME = "Library", "library"
MOST = 60
"""So many cards are shown at once: each is a picture that goes to the browser."""
FORMATS = {"roop": "roop", "ReActor": "reactor", "FaceSwapLab": "faceswaplab"}
DELETE = "Delete"
CHOOSE = "Click a face first."


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    Cards(tool).wire()
    Arrivals(Tool(f"{NAME}_import", tool.widgets, tool.desk)).wire()


class Cards:
    """The faces, the one that was chosen, and what can be done with it."""

    def __init__(self, tool: Tool) -> None:
        self._tool, self._desk, gradio = tool, tool.desk, tool.gradio
        # Its own line: the page lists the faces anew when one was changed, and what was said of that has to stay.
        self._listing = Tool(f"{NAME}_cards", tool.widgets, tool.desk)
        # Which face is chosen, and which of them a second click would delete.
        self._chosen, self._doomed = gradio.State(""), gradio.State("")
        with gradio.Row(elem_classes=["roop-desk"]):
            with gradio.Column(min_width=320):
                with compat.row(tool.widgets):
                    self._part = gradio.Textbox(label="Part of the name", max_lines=1, elem_id=tool.id("part"))
                    # The id ends as those of the panels, so that the page clicks it too whenever faces were changed.
                    self._refresh = compat.tool(tool.widgets, "🔄", "List the faces", tool.id("face1_refresh"))
                self._cards = compat.gallery(
                    tool.widgets, label="Faces", columns=4, height=360, allow_preview=False, elem_id=tool.id("cards")
                )
                self._listing.place_line()
            with gradio.Column(min_width=320):
                self._about = gradio.HTML(sentences([CHOOSE]), elem_id=tool.id("about"))
                self._note = gradio.Textbox(label="Note, kept in the face's file", lines=2, elem_id=tool.id("note"))
                self._keep = gradio.Button("Keep the note", elem_id=tool.id("keep"))
                beside = {"min_width": 100, "elem_classes": ["roop-beside"]}
                with gradio.Row():
                    self._name = gradio.Textbox(label="Name", max_lines=1, elem_id=tool.id("name"))
                    self._rename = gradio.Button("Rename", elem_id=tool.id("rename"), **beside)
                with gradio.Row():
                    self._kind = gradio.Dropdown(
                        list(FORMATS), value="roop", label="A file for", elem_id=tool.id("kind")
                    )
                    self._export = gradio.Button("Export", elem_id=tool.id("export"), **beside)
                self._file = gradio.File(label="Exported", interactive=False, visible=False, elem_id=tool.id("file"))
                with gradio.Row():
                    self._examine = gradio.Button("Examine", elem_id=tool.id("examine"))
                    self._delete = gradio.Button(DELETE, variant="stop", elem_id=tool.id("delete"))
                tool.place_line()

    def wire(self) -> None:
        """Bind everything."""
        tool, chosen = self._tool, self._chosen
        card = [chosen, self._doomed, self._about, self._note, self._name, self._file, self._delete]
        for listener in (self._refresh.click, self._part.submit, *([tool.tab.select] if tool.tab else [])):
            self._listing.on(listener, self._listed, Wires([self._part], [self._cards]))
        tool.on(self._cards.select, self._choose, Wires([self._cards], card), numbered=True)
        tool.on(self._examine.click, self._examined, Wires([chosen], [self._about]))
        tool.on(self._export.click, self._exported, Wires([chosen, self._kind], [self._file]))
        tool.on(self._keep.click, self._noted, Wires([chosen, self._note], card))
        listed = [*card, self._cards, self._listing.line]
        given = Wires([chosen, self._name, self._part], listed)
        tool.changes_faces(tool.on(self._rename.click, self._renamed, given))
        asked = Wires([chosen, self._doomed, self._part], listed)
        tool.changes_faces(tool.on(self._delete.click, self._deleted, asked))

    @property
    def _folder(self) -> Path:
        return self._desk.engine.host.face_folder()

    def _listed(self, part: Any) -> Answer:
        """The faces whose names hold a text, as cards."""
        from ... import library

        found = library.listed(self._folder)
        wanted = str(part or "").strip().casefold()
        faces = [face for face in found.faces if wanted in face.held.name.casefold()]
        told = [sentence for _, sentence in found.damaged]
        if len(faces) > MOST:
            told.insert(0, f"{MOST} of {len(faces)} faces are shown; type a part of the name.")
        elif not faces:
            told.insert(0, "No face is called so." if wanted else "No face is kept yet.")
        return {self._cards: pictures(self._desk.scratch, faces[:MOST]), **self._listing.say(*told)}

    def _choose(self, number: int, cards: Any) -> Answer:
        if not cards or number >= len(cards):
            raise InputError(CHOOSE)
        return self._card(str(cards[number][1]))

    def _card(self, name: str) -> Answer:
        """The face of that name, as its card."""
        from ... import library

        face = library.kept(library.named(self._folder, name))
        return {
            **self._settled(name),
            self._about: about(face, library.uses(self._desk.engine, face.held)),
            self._note: face.held.record.note,
            self._name: name,
            self._file: self._tool.gradio.update(value=None, visible=False),
        }

    def _settled(self, name: str) -> Answer:
        """The face that is chosen, which no click has doomed."""
        return {self._chosen: name, self._doomed: "", self._delete: self._tool.gradio.update(value=DELETE)}

    def _examined(self, name: str) -> Answer:
        from ... import library

        path = library.named(self._folder, _chosen(name))
        with self._desk.turn():
            found = library.examined(self._desk.engine, path)
        return {self._about: about(library.kept(path), found.uses) + sentences(found.told)}

    def _exported(self, name: str, kind: str) -> Answer:
        from ... import library

        data = library.exported(library.named(self._folder, _chosen(name)), FORMATS.get(kind, kind))
        path = self._desk.scratch.put(f"{name}{naming.SUFFIX}", data)
        told = "It describes a person's face, which is biometric data: give it only to whom that person would."
        return {self._file: self._tool.gradio.update(value=str(path), visible=True), **self._tool.say(told)}

    def _noted(self, name: str, note: Any) -> Answer:
        from ... import library

        with self._desk.turn():
            library.described(library.named(self._folder, _chosen(name)), note=str(note or ""))
        return {**self._card(name), **self._tool.say("The note is kept.")}

    def _renamed(self, name: str, new: Any, part: Any) -> Answer:
        from ... import library

        with self._desk.turn():
            place = library.renamed(library.named(self._folder, _chosen(name)), str(new or "").strip())
        return {**self._listed(part), **self._card(place.stem), **self._tool.say(f"It is called {place.stem} now.")}

    def _deleted(self, name: str, doomed: str, part: Any) -> Answer:
        """Ask at the first click, delete at the second."""
        from ... import library

        path = library.named(self._folder, _chosen(name))
        if doomed != name:
            asked = f"A second click deletes {name} for good: its recognition data, its skin and its preview."
            button = self._tool.gradio.update(value=f"Delete {name} for good")
            return {self._doomed: name, self._delete: button, **self._tool.say(asked)}
        with self._desk.turn():
            naming.remove(path)
        bare = {self._about: sentences([CHOOSE]), self._note: "", self._name: ""}
        file = {self._file: self._tool.gradio.update(value=None, visible=False)}
        return {**self._listed(part), **self._settled(""), **bare, **file, **self._tool.say(f"{name} is deleted.")}


def _chosen(name: str) -> str:
    if not name:
        raise InputError(CHOOSE)
    return name
