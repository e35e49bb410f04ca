"""The nets that can be got: what is there, what is missing, under which licence; fetched when asked, and verified."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ... import inventory, weights
from ...errors import InputError, OptionError, RoopError
from ...zoo import catalogue, store
from ...zoo.cards import Listed
from ...zoo.hashes import Ledger
from ..compat import Wires
from ..panel import sentences
from .frame import Answer, Step, Tool, Work, table

TITLE, NAME = "Models", "models"
HEADS = ("name", "what for", "MB", "here", "use", "licence")
CHECKED = ("file", "", "path")
LICENCES = "I have read the licence and accept it"
PATIENCE = 0.3
"""Seconds between two looks at how much has come."""


def draw(tool: Tool) -> None:
    """Draw it and bind what it does."""
    gradio = tool.gradio
    listed = gradio.HTML("", elem_id=tool.id("list"))
    look = gradio.Button("Look again", elem_id=tool.id("look"))
    with gradio.Row():
        choice = gradio.Dropdown(
            [item.name for item in catalogue.MODELS], label="Fetch", multiselect=True, elem_id=tool.id("choice")
        )
        accepted = gradio.Checkbox(False, label=LICENCES, elem_id=tool.id("accepted"))
    terms = gradio.HTML("", elem_id=tool.id("terms"))
    fetch, stop = tool.buttons("Fetch", "fetch")
    verify, leave = tool.buttons("Verify every file", "verify")
    checked = gradio.HTML("", elem_id=tool.id("checked"))
    work = _Work(tool, listed)
    for listener in (look.click, tool.tab.select):
        tool.on(listener, work.look, Wires((), [listed]))
    tool.on(choice.change, lambda names: {terms: _terms(names)}, Wires([choice], [terms]))
    tool.runs(fetch, stop, work.fetch, Wires([choice, accepted], [listed]))
    tool.runs(verify, leave, lambda: work.verify(checked), Wires((), [checked]))


class _Work:
    """What is done with the nets."""

    def __init__(self, tool: Tool, listed: Any) -> None:
        self._tool, self._listed = tool, listed

    def look(self) -> Answer:
        """The table, and where files are looked for."""
        folders = store.folders(self._tool.desk.engine.host.model_folders())
        rows = [_row(item, folders) for item in self._tool.desk.engine.models]
        said = f"Files that you put into {folders[0]} are found; others are looked for in {_others(folders)}."
        # Others who reach the page need not know how folders of this machine are called.
        said = said if self._tool.desk.folders else "Files in roop's folder of models are found."
        return {self._listed: table(HEADS, rows), **self._tool.say(said)}

    def fetch(self, names: Sequence[str] | None, accepted: bool) -> Work:
        """Get what was chosen, one after the other."""
        items = _named(names)
        if not items:
            raise InputError("Choose what to fetch first.")
        if not accepted:
            raise OptionError("Read the licences, tick that you accept them, and click again.")
        for item in items:
            for done, whole in _coming(self._tool, item):
                yield Step(done // 10**6, whole // 10**6, f"{item.name}, megabytes")
        yield {**self.look(), **self._tool.say(f"{' and '.join(item.name for item in items)} came, and is whole.")}

    def verify(self, checked: Any) -> Work:
        """Read every file anew."""
        host = self._tool.desk.engine.host
        folders, ledger = store.folders(host.model_folders()), Ledger(host.model_folders()[0])
        found = [(item, store.present(item, folders)) for item in self._tool.desk.engine.models]
        files = [pair for item, place in found if place for pair in store.files(item, place)]
        rows: list[tuple[object, ...]] = []
        for number, (card, path) in enumerate(files):
            yield Step(number, len(files), path.name, {checked: table(CHECKED, rows)})
            shown = str(path) if self._tool.desk.folders else path.name
            rows.append((card.name, weights.wrong(card, path, ledger) or "ok", shown))
        said = "Every file is as it should be." if all(row[1] == "ok" for row in rows) else "See the table."
        yield {checked: table(CHECKED, rows), **self._tool.say(said if rows else "There is no file yet.")}


def _coming(tool: Tool, item: Listed) -> Iterator[tuple[int, int]]:
    """How many bytes of how many have come, until all have. Raises RoopError. Left early, it stops the download."""
    told: queue.Queue[tuple[int, int] | RoopError | None] = queue.Queue()
    left = threading.Event()

    def get() -> None:
        try:
            weights.fetch(tool.desk.engine.host, [item], lambda done, whole: told.put((done, whole)), left.is_set)
            told.put(None)
        except RoopError as error:
            told.put(error)

    thread = threading.Thread(target=get, daemon=True)
    thread.start()
    try:
        last = (0, item.size or 1)
        while True:
            try:
                news = told.get(timeout=PATIENCE)
                while not told.empty():
                    news = told.get()
            except queue.Empty:
                news = last
            if news is None:
                return
            if isinstance(news, RoopError):
                raise news
            last = news
            yield last
    finally:
        left.set()
        thread.join()


def _named(names: Sequence[str] | None) -> list[Listed]:
    return [catalogue.named(name, catalogue.MODELS) for name in names or ()]


def _terms(names: Sequence[str] | None) -> str:
    return sentences(inventory.terms(item) for item in _named(names))


def _row(item: Listed, folders: Sequence[Any]) -> tuple[object, ...]:
    place = store.present(item, folders)
    here = "yes" if place and store.installed(item, folders) else "damaged" if place else "no"
    use = "also commercial" if item.commercial_use else "not commercial"
    return item.name, item.task, round(item.size / 1e6) if item.size else "", here, use, item.licence


def _others(folders: Sequence[Any]) -> str:
    return ", ".join(str(folder) for folder in folders[1:]) or "no other folder"
