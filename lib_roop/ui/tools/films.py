"""Films and folders: faces swapped, or only restored, in every frame of a film and in every picture of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...identities import naming
from ...options.film import FilmOptions
from .. import asked, compat, numbering, viewing
from ..compat import Wires
from ..events import Actions, Again, Answer, Numbered, bind
from ..fields import mapping
from ..panel import Panel, panel
from .filmed import clock, facts, playable, reported, said
from .footage import Filming, Progress, Wish, glimpse, probed
from .forms import Form
from .frame import Tool, Work, table
from .sharing import watched

if TYPE_CHECKING:
    from ...video.film import Outcome

TITLE, NAME = "Films and folders", "films"
SWAP, ENHANCE = "Swap faces", "Restore and enlarge only"
AS_THE_FILM = "as the film"
KINDS = (AS_THE_FILM, "mp4", "mov", "mkv", "webm", "avi")
NO_FILM = "Choose a film first."
STOPPED = (
    "It was stopped. What was finished of the film, by whole segments, is kept, and the next start with the same film "
    "and settings goes on from there."
)


def draw(tool: Tool) -> None:
    """Draw it, and let it work."""
    drawn = _Drawn(tool)
    drawn.wire()
    if tool.desk.folders:
        from .folders import Folder

        Folder(Tool(f"{NAME}_folder", tool.widgets, tool.desk), drawn.settings, drawn.parts).wire()


class _Drawn:
    """The tool's parts and their work."""

    def __init__(self, tool: Tool) -> None:
        self._tool, self._desk, self._filming, gradio = tool, tool.desk, Filming(tool.desk), tool.gradio
        choices = replace(tool.desk.choices(), missing=())
        with gradio.Row(elem_classes=["roop-desk"]):
            with gradio.Column(min_width=320):
                self._what = gradio.Radio([SWAP, ENHANCE], value=SWAP, label="What is done", elem_id=tool.id("what"))
                who = Tool(f"{NAME}_who", tool.widgets, tool.desk)
                widgets = replace(tool.widgets, always_on=True, elem_id=who.id)
                drawn = panel(widgets, choices, tool.desk.units, is_img2img=False)
            with gradio.Column(min_width=320):
                self._film = gradio.File(label="Film", elem_id=tool.id("film"))
                label = "Or its path on the machine that roop runs on"
                self._path = gradio.Textbox(label=label, max_lines=1, elem_id=tool.id("path")) if self._own else None
                self._facts = gradio.HTML("", elem_id=tool.id("facts"))
                faces = compat.shown(tool.widgets, label="Click the faces to swap", elem_id=tool.id("seen"))
                with gradio.Accordion("How the film is written", open=False, elem_id=tool.id("options_fold")):
                    self._kind = gradio.Dropdown(list(KINDS), value=AS_THE_FILM, label="Kind of file",
                                                 elem_id=tool.id("kind"))  # fmt: skip
                    self._form = Form(tool, FilmOptions)
                self._preview = gradio.Button("Preview the hardest frame", elem_id=tool.id("preview"))
                self._go, self._stop = tool.buttons("Swap film")
            with gradio.Column(min_width=320):
                self._shown = compat.shown(tool.widgets, label="The hardest frame", elem_id=tool.id("frame"))
                self._player = compat.player(tool.widgets, label="Result", elem_id=tool.id("player"))
                self._file = gradio.File(label="File", interactive=False, visible=False, elem_id=tool.id("file"))
                self._report = gradio.HTML("", elem_id=tool.id("report"))
        self._panel: Panel = replace(drawn, faces=faces, line=tool.line)

    @property
    def _own(self) -> bool:
        """Whether a page may name files of this machine."""
        return self._desk.folders

    @property
    def parts(self) -> list[Any]:
        """What `settings` takes the values of."""
        return [self._what, *self._panel.components]

    def wire(self) -> None:
        """Bind everything."""
        tool = self._tool
        chosen = [self._film, *([self._path] if self._path else [])]
        written = [self._kind, *self._form.parts]
        bind(self._panel, tool.widgets, Actions(
            checkpoints=lambda: [path.stem for path in naming.stored(self._desk.engine.host.face_folder())],
            preview=lambda name: viewing.preview(self._desk.engine.host.face_folder(), name),
            presets=self._desk.presets, faces=self._faces, again=lambda *_: Again(()), fetch=str, ran=lambda _: (),
            pictures=[*chosen, *written],
        ))  # fmt: skip
        looking = Wires(chosen, [self._facts])
        tool.on(self._film.change, self._looked, looking)
        if self._path:
            tool.on(self._path.submit, self._looked, looking)
        tool.on(self._what.change, self._named, Wires([self._what], [self._go, self._preview]))
        given = [*chosen, *written, *self.parts]
        tool.runs(self._preview, self._stop, self._previewed, Wires(given, [self._shown]))
        results = [self._facts, self._player, self._file, self._report]
        tool.runs(self._go, self._stop, self._made, Wires(given, results), stopped=STOPPED)

    def settings(self, given: Sequence[Any]) -> asked.Asked:
        """What the values of `parts` ask for. Raises RoopError, also for a swap that names nobody."""
        what, *shown = given
        values = mapping([True, *shown[1:]], self._desk.units)
        return asked.finishing(values) if what == ENHANCE else self._desk.asked(values)

    def _named(self, what: str) -> Answer:
        verb = "Swap" if what == SWAP else "Restore"
        return {self._go: self._tool.gradio.update(value=f"{verb} film")}

    def _at_hand(self, film: Any, path: Any = "") -> Path:
        # Windows copies paths in quotes.
        typed = str(path or "").strip(' "')
        if typed:
            return Path(typed).expanduser()
        for each in compat.paths(film):
            return each
        raise InputError(NO_FILM)

    def _split(self, given: Sequence[Any]) -> tuple[Path, str, FilmOptions, Sequence[Any]]:
        """The film, the suffix of its result, how it is written, and the rest of the values."""
        count = 2 if self._path else 1
        end = count + 1 + len(self._form.parts)
        kind, *written = given[count:end]
        return (
            self._at_hand(*given[:count]),
            "" if kind == AS_THE_FILM else f".{kind}",
            self._form.read(written),
            given[end:],
        )

    def _looked(self, *chosen: Any) -> Answer:
        """What the film is."""
        if not any(chosen):
            return {self._facts: ""}
        clip = probed(self._at_hand(*chosen))
        return {self._facts: table(("Film", ""), facts(clip)) + said(clip.notes)}

    def _faces(self, given: Sequence[Any], settings: Mapping[str, Any], number: int) -> Numbered:
        """A frame of the film with its faces' numbers."""
        path, _, options, _ = self._split(given[1:])
        units = settings.get("units", ())
        chosen = units[number - 1] if number <= len(units) else {}
        with self._desk.turn():
            engine = self._desk.engine
            picture = glimpse(path, options, engine)
            found = numbering.counted(engine, picture, chosen, lambda: self._desk.asked({"units": [chosen]}).units[0])
        drawn = self._desk.scratch.put("numbered.jpg", viewing.numbered(picture, found))
        return Numbered(str(drawn), numbering.boxes(found), numbering.described(found))

    def _wish(self, given: Sequence[Any]) -> Wish:
        path, suffix, options, rest = self._split(given)
        return Wish(path=path, asked=self.settings(rest), options=options, suffix=suffix)

    def _previewed(self, *given: Any) -> Work:
        """The frame that is hardest, treated."""
        wish = self._wish(given)
        probed(wish.path)
        from ...video import film

        progress = Progress()
        try:
            found = yield from watched(lambda stop: self._filming.preview(wish, stop, progress), progress.glance)
        except film.Stopped:
            yield self._tool.say("It was stopped.")
            return
        picture = self._desk.scratch.put("frame.jpg", found.swap.encoded(".jpg", wish.asked.output))
        shown = self._tool.gradio.update(value=str(picture), visible=True)
        told = f"The hardest of the frames that were looked at is at {clock(found.seconds)}: {found.why}."
        yield {self._shown: shown, **self._tool.say(told, *found.swap.result.notes)}

    def _made(self, *given: Any) -> Work:
        """The film, and what became of it."""
        wish = self._wish(given)
        clip = probed(wish.path)
        from ...video import film

        progress = Progress()
        first = {self._facts: table(("Film", ""), facts(clip)) + said(clip.notes)}
        try:
            outcome = yield from watched(lambda stop: self._filming.made(wish, stop, progress), progress.step)
        except film.Stopped as stopped:
            yield {**first, **self._tool.say(f"{STOPPED} So far {stopped.frames} frames are kept.")}
            return
        yield {**first, **self._result(outcome)}

    def _result(self, outcome: Outcome) -> Answer:
        """As a page shows it."""
        offered, update = str(self._desk.scratch.linked(outcome.path)), self._tool.gradio.update
        plays = playable(outcome)
        place = str(outcome.path) if self._own else f"{outcome.path.name}, in roop's folder of outputs"
        told = [f"The film is {place}.", *([] if plays else ["Browsers may not play it, so it is offered as a file."])]
        return {
            self._player: update(value=offered if plays else None, visible=plays),
            self._file: update(value=offered, visible=True),
            self._report: table(("Report", ""), reported(outcome)) + said(outcome.notes), **self._tool.say(*told),
        }  # fmt: skip
