"""Every way into roop, so that tests can walk those that lead to a swapped picture.

A new surface (a method of Engine, a command, a part such as an API) belongs here, or test_safety_entries.py fails.
"""

import base64
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from types import SimpleNamespace

from PIL import Image as Pillow

from lib_roop import images
from lib_roop.__main__ import main
from lib_roop.api.answers import Asked
from lib_roop.api.table import TABLE
from lib_roop.batch.making import REFUSED, Task
from lib_roop.engine import Engine
from lib_roop.errors import Refused
from lib_roop.options import PostOptions, SwapUnit
from lib_roop.options.film import FilmOptions
from lib_roop.ui import asked
from lib_roop.ui.asked import Asked as Wanted
from lib_roop.ui.panel import Choices
from lib_roop.ui.presets import PresetFolder
from lib_roop.ui.tools import folders, footage, results
from lib_roop.ui.tools.desk import Desk
from lib_roop.video.rendering import Plant, rendered
from lib_roop.video.stages import Ledger
from lib_roop.video.treating import Enhancing, Swapping
from lib_roop.webui import extras
from lib_roop.webui.buttons import Tab, buttons
from tests.fakes import FakeCanvas, FakeHost, FakeRestorer
from tests.webui.flavours import A1111
from tests.webui.host import Webui
from tests.webui.studio import Studio, photo


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


def _filmed(engine: Engine, folder: Path) -> object:
    treatment = Swapping(engine, [SwapUnit(source=(folder / "pale.png",))])
    frame = FakeCanvas(0, images.read(folder / "dark.png").rgb)
    (done,) = rendered([frame], treatment, Plant(workers=1, ahead=1), Ledger())
    return done.swap.save(folder / "out.png")


def _enhanced(engine: Engine, folder: Path) -> object:
    return _restoring(engine).enhance(folder / "dark.png", PostOptions()).save(folder / "out.png")


def _enhanced_frames(engine: Engine, folder: Path) -> object:
    frame = FakeCanvas(0, images.read(folder / "dark.png").rgb)
    treatment = Enhancing(_restoring(engine), PostOptions())
    (done,) = rendered([frame], treatment, Plant(workers=1, ahead=1), Ledger())
    return done.swap.save(folder / "out.png")


def _folder(engine: Engine, folder: Path) -> object:
    (folder / "in").mkdir()
    (folder / "dark.png").rename(folder / "in" / "dark.png")
    typed = ("--source", "HERE/pale.png", "--target", "HERE/in", "--output", "HERE/results", "--copy-others")
    return _command("swap", *typed)(engine, folder)


def _enhanced_folder(engine: Engine, folder: Path) -> object:
    (folder / "in").mkdir()
    (folder / "dark.png").rename(folder / "in" / "dark.png")
    return _command("enhance", "--target", "HERE/in", "--output", "HERE/results")(_restoring(engine), folder)


def _restoring(engine: Engine) -> Engine:
    """One behind the same gate that has a restorer."""
    return Engine(FakeHost(own_restorers={"blue": FakeRestorer()}), gate=engine.gate)


def _enlarged(engine: Engine, folder: Path) -> object:
    picture, post = images.read(folder / "dark.png"), PostOptions(upscaler="lanczos", upscale_first=True)
    planned = engine.plan(picture, [SwapUnit(source=(folder / "pale.png",))])
    return engine.enlarged(engine.apply(picture, planned, post), post).save(folder / "out.png")


def _generated(engine: Engine, folder: Path) -> object:
    with Webui(A1111, folder).running() as webui:
        studio = Studio(webui)
        studio.use(engine)
        asked = {"source": photo(images.read(folder / "pale.png").rgb)}
        made = studio.made([images.read(folder / "dark.png").rgb], asked)
    return Refused.exit_code if made.said else 0


def _swapped_again(engine: Engine, folder: Path) -> object:
    with Webui(A1111, folder).running() as webui:
        webui.load()
        webui.options["outdir_samples"] = str(folder)
        shown = Pillow.open(folder / "dark.png"), Pillow.open(folder / "pale.png")
        tab = Tab(name="txt2img", gallery=None, information=None)
        bound = buttons(lambda: engine, engine.host, tab)
        return bound.again([0, shown[:1], "{}"], {"units": [{"source": list(shown[1:])}]})


def _processed(engine: Engine, folder: Path) -> object:
    with Webui(A1111, folder).running() as webui:
        webui.load()
        pp = SimpleNamespace(image=Pillow.open(folder / "dark.png"), info={})
        extras.process(lambda: engine, pp, {"enabled": True, "reference": Pillow.open(folder / "pale.png")})
        webui.save_image(pp.image, str(folder / "extras"), "", existing_info={"extras": f"roop: {pp.info.get('roop')}"})
    return Refused.exit_code if "roop note" in pp.info else 0


def _on_a_page(engine: Engine, folder: Path) -> object:
    picture = images.read(folder / "dark.png")
    results.made(_desk(engine, folder), picture, Wanted(units=(SwapUnit(source=(folder / "pale.png",)),)))
    return 0


def _many_on_a_page(engine: Engine, folder: Path) -> object:
    wanted = Wanted(units=(SwapUnit(source=(folder / "pale.png",)),))
    return list(results.saved(_desk(engine, folder), folder / "dark.png", wanted, 0))


def _film_on_a_page(engine: Engine, folder: Path) -> object:
    from tests import clips

    rgb = images.read(folder / "dark.png").rgb
    film = clips.film(folder / "dark.mkv", [rgb])
    wish = footage.Wish(
        path=film,
        asked=Wanted(units=(SwapUnit(source=(images.read(folder / "pale.png"),)),)),
        options=FilmOptions(workers=1, encoder="ffv1"),
    )
    return footage.Filming(_desk(engine, folder)).made(wish, Event(), footage.Progress())


def _folder_on_a_page(engine: Engine, folder: Path) -> object:
    (folder / "in").mkdir()
    (folder / "dark.png").rename(folder / "in" / "dark.png")
    units = (SwapUnit(source=(images.read(folder / "pale.png"),)),)
    task = Task(units=units, target=folder / "in", output=folder / "results")
    going = folders.Going()
    folders.gone_through(_desk(engine, folder), task, Event(), going)
    return Refused.exit_code if going.rows[0].status == REFUSED else 0


def _desk(engine: Engine, folder: Path) -> Desk:
    return Desk(
        get_engine=lambda: engine, turn=nullcontext, outputs=lambda: folder / "outputs", choices=Choices,
        asked=asked.read, presets=PresetFolder(folder), units=1,
    )  # fmt: skip


def _asked(path: str) -> Callable[[Engine, Path], object]:
    def run(engine: Engine, folder: Path) -> object:
        pale, dark = (base64.b64encode((folder / name).read_bytes()).decode() for name in ("pale.png", "dark.png"))
        way = next(each for each in TABLE if each.name == f"POST {path}")
        old = {"source_image": pale, "target_image": dark}
        values = old if path == "/roop/image" else {"image": dark, "units": [{"source": [pale]}]}
        body = dict(way.work(engine, Asked(values=values)))  # type: ignore[arg-type]
        (folder / "out.png").write_bytes(base64.b64decode(body.get("image") or body["images"][0]))
        return 0

    return run


def _command(*words: str) -> Callable[[Engine, Path], object]:
    def run(engine: Engine, folder: Path) -> object:
        return main([word.replace("HERE", str(folder)) for word in words], lambda: engine)

    return run


_enhance = _command("enhance", "--target", "HERE/dark.png", "--output", "HERE/out.png")
PAIR = ("--source", "HERE/pale.png", "--target", "HERE/dark.png")
ENTRIES = (
    Entry("Engine.swap", "engine", _swap),
    Entry("Engine.run", "engine", _run),
    Entry("Engine.apply", "engine", _apply),
    Entry("Engine.enlarged", "engine", _enlarged),
    Entry("Engine.enhance", "engine", _enhanced),
    Entry("an enhanced film's frames", "video", _enhanced_frames),
    Entry("a folder of pictures", "batch", _folder),
    Entry("an enhanced folder", "batch", _enhanced_folder),
    Entry("a film's frames", "video", _filmed),
    Entry("the web UI's hooks", "webui", _generated),
    Entry("the web UI's button", "webui", _swapped_again),
    Entry("the web UI's Extras tab", "webui", _processed),
    Entry("a page's Swap", "ui", _on_a_page),
    Entry("a page's many pictures", "ui", _many_on_a_page),
    Entry("a page's folder", "ui", _folder_on_a_page),
    *([Entry("a page's film", "ui", _film_on_a_page)] if find_spec("av") else []),
    Entry("POST /roop/v1/swap", "api", _asked("/roop/v1/swap")),
    Entry("POST /roop/image", "api", _asked("/roop/image")),
    Entry("roop swap", "cli", _command("swap", *PAIR, "--output", "HERE/out.png")),
    Entry("roop enhance", "cli", lambda engine, folder: _enhance(_restoring(engine), folder)),
    Entry("roop report", "cli", _command("report", *PAIR, "--output", "HERE/report")),
    Entry("roop doctor", "cli", _command("doctor")),
    Entry("roop demo", "cli", _command("demo", "--output", "HERE/demo")),
)
HARMLESS = {
    "Engine.analyser": "a part, not a picture",
    "Engine.compare": "a number",
    "Engine.draw": "patches, which only apply pastes",
    "Engine.detect": "faces of the picture as it is",
    "Engine.enhancing": "what must be known of pictures",
    "Engine.follow": "faces of a frame as it is",
    "Engine.largest": "a face of the picture as it is",
    "Engine.identities": "what is known of a person",
    "Engine.loaded": "nets",
    "Engine.look": "faces of a frame as it is",
    "Engine.neural": "files",
    "Engine.open_net": "a net",
    "Engine.plan": "who would go where",
    "Engine.plans": "the same, for every result",
    "Engine.prepare": "units and their sources",
    "Engine.recognisers": "names",
    "Engine.release_idle": "nothing",
    "Engine.sources": "what is known of persons",
    "Engine.swapper": "a model",
    "Engine.unload": "nothing",
    "analysing": "faces of the picture as it is, drawn",
    "bodies": "words for programs",
    "casting": "what is known of persons",
    "comparing": "numbers",
    "extracting": "faces as they are, cut out",
    "doctor": "what is well; the faces that it swaps are drawn, and not handed out",
    "faces": "faces as they are, kept",
    "gathering": "faces as they are, shown",
    "finishing": "parts, not pictures",
    "library": "faces as they are, kept; the head that one is tried on is drawn, and not handed out",
    "inventory": "names",
    "looking": "what looks at pictures",
    "neural": "files and models",
    "preparing": "units and their sources",
    "request": "what a program asks for",
    "swap": "holds a result that the engine made past the gate, and writes it with its marks",
    "GET /roop/models": "names",
    "GET /roop/v1/doctor": "what is well",
    "GET /roop/v1/faces": "what is known of persons",
    "GET /roop/v1/faces/{name}": "a face as it is",
    "GET /roop/v1/faces/{name}/doctor": "what is known of persons; what it swaps is drawn, and not handed out",
    "GET /roop/v1/models": "nets",
    "GET /roop/v1/schema": "words",
    "GET /roop/v1/version": "a number",
    "POST /roop/v1/compare": "numbers",
    "POST /roop/v1/detect": "faces of the picture as it is",
    "POST /roop/v1/extract": "faces as they are, cut out",
    "POST /roop/v1/faces": "a face as it is, kept",
    "PATCH /roop/v1/faces/{name}": "the same under another name",
    "DELETE /roop/v1/faces/{name}": "nothing",
    "POST /roop/v1/plan": "who would go where",
    "POST /roop/v1/verify": "what marks a picture carries",
    "roop compare": "numbers",
    "roop extract": "faces as they are, cut out",
    "roop detect": "the picture as it is, with boxes",
    "roop face": "faces as they are, kept",
    "roop models": "nets",
    "roop serve": "the API, whose ways are listed one by one",
    "app": "a page, which asks those above",
    "roop app": "the same",
    "first_use": "words",
    "weights": "files",
    "roop verify": "what marks a file carries",
}
"""What gives no swapped picture, and what it gives instead."""
