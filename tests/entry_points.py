"""Every way into roop, so that tests can walk those that lead to a swapped picture.

A new surface (a method of Engine, a command, a part such as an API) belongs here, or test_safety_entries.py fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lib_roop import images
from lib_roop.__main__ import main
from lib_roop.engine import Engine
from lib_roop.options import SwapUnit


@dataclass(frozen=True)
class Entry:
    """A way to a swapped picture, which belongs to the `part` of lib_roop.

    run: takes it with an engine and a folder that holds pale.png and dark.png, and writes what it writes there. It
    raises Refused or returns an exit code.
    """

    name: str
    part: str
    run: Callable[[Engine, Path], object]


def _swap(engine: Engine, folder: Path) -> object:
    return engine.swap(folder / "pale.png", folder / "dark.png").save(folder / "out.png")


def _run(engine: Engine, folder: Path) -> object:
    return engine.run(folder / "dark.png", [SwapUnit(source=(folder / "pale.png",))])[0].save(folder / "out.png")


def _apply(engine: Engine, folder: Path) -> object:
    picture = images.read(folder / "dark.png")
    planned = engine.plan(picture, [SwapUnit(source=(folder / "pale.png",))])
    return engine.apply(picture, planned).save(folder / "out.png")


def _command(*words: str) -> Callable[[Engine, Path], object]:
    def run(engine: Engine, folder: Path) -> object:
        return main([word.replace("HERE", str(folder)) for word in words], lambda: engine)

    return run


PAIR = ("--source", "HERE/pale.png", "--target", "HERE/dark.png")
ENTRIES = (
    Entry("Engine.swap", "engine", _swap),
    Entry("Engine.run", "engine", _run),
    Entry("Engine.apply", "engine", _apply),
    Entry("roop swap", "cli", _command("swap", *PAIR, "--output", "HERE/out.png")),
    Entry("roop report", "cli", _command("report", *PAIR, "--output", "HERE/report")),
    Entry("roop doctor", "cli", _command("doctor")),
    Entry("roop demo", "cli", _command("demo", "--output", "HERE/demo")),
)
HARMLESS = {
    "Engine.analyser": "a part, not a picture",
    "Engine.compare": "a number",
    "Engine.detect": "faces of the picture as it is",
    "Engine.identities": "what is known of a person",
    "Engine.neural": "files",
    "Engine.open_net": "a net",
    "Engine.plan": "who would go where",
    "Engine.plans": "the same, for every result",
    "Engine.sources": "what is known of persons",
    "Engine.swapper": "a model",
    "Engine.unload": "nothing",
    "casting": "what is known of persons",
    "faces": "faces as they are, kept",
    "neural": "files and models",
    "roop compare": "a number",
    "roop detect": "the picture as it is, with boxes",
    "roop face": "faces as they are, kept",
    "roop models": "nets",
    "roop verify": "what marks a file carries",
}
"""What gives no swapped picture, and what it gives instead."""
