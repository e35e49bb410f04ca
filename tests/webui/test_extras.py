"""The swap in the Extras tab: one picture, many or a folder, and none of them lost to what goes wrong."""

import importlib.util
import inspect
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.provenance import TEXT
from lib_roop.webui import extras, infotext
from tests.fakes import FakeRestorer, people, row
from tests.ui.fake_gradio import VERSIONS, Gradio
from tests.webui.host import pixels, quoted
from tests.webui.studio import HIM, Studio, marked, photo, seen

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "roop_extras.py"


def him(**options: Any) -> dict[str, Any]:
    """What the page hands over for one face."""
    return {"enabled": True, "reference": Pillow.fromarray(row(HIM)), **options}


class Extras:
    """The tab: what hosts do with each picture before and after their scripts. section: the name of its text."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.webui = studio, studio.webui
        self.section = "postprocessing" if studio.webui.flavour.name == "forge" else "extras"
        self.told: list[dict[str, Any]] = []
        self.saves = True

    def run(self, pictures: Sequence[Pillow.Image], **given: Any) -> list[Pillow.Image]:
        """Every picture through roop; what the host shows."""
        return [self._one(picture, given) for picture in pictures]

    def _one(self, picture: Pillow.Image, given: dict[str, Any]) -> Pillow.Image:
        texts: dict[str, Any] = {str(name): text for name, text in picture.info.items()}
        pp = SimpleNamespace(image=picture, info={})
        extras.process(self.studio.fakes.engine, pp, given)
        self.told.append(pp.info)
        text = ", ".join(f"{key}: {quoted(value)}" for key, value in pp.info.items())
        pp.image.info = {**texts, **({} if self.section == "postprocessing" else {"postprocessing": text})}
        saved = {**texts, self.section: text}
        extension = self.webui.options["samples_format"]
        if self.saves:
            folder = str(self.webui.folder / "extras")
            self.webui.save_image(pp.image, folder, "", extension=extension, existing_info=saved)
        shown: Pillow.Image = pp.image
        return shown


def shown(people_: Sequence[int]) -> Pillow.Image:
    return Pillow.fromarray(row(*people_))


def test_a_batch_is_swapped_picture_by_picture_and_told(everywhere: Studio) -> None:
    tab = Extras(everywhere)
    made = tab.run([shown([10]), shown([20, 30])], **him(target_faces="all", strength=0.5))
    assert [people(pixels(each)) for each in made] == [[105], [110, 115]]
    assert [each["roop 1 strength"] for each in tab.told] == [0.5, 0.5]
    assert tab.told[0]["roop"].startswith("fake engine; face 0: ") and "face 1" in tab.told[1]["roop"]


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_what_is_saved_says_that_it_was_altered_and_that_it_was_generated(everywhere: Studio, extension: str) -> None:
    everywhere.webui.options["samples_format"] = extension
    generated = shown([10])
    generated.info["parameters"] = "a person\nSteps: 20, Sampler: Euler, Seed: 1"
    tab = Extras(everywhere)
    tab.run([shown([20]), generated], **him())
    first, second = everywhere.webui.saved
    assert marked(first) and marked(second)
    assert b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in first.read_bytes()
    if extension == "png":
        assert b"digitalsourcetype/trainedAlgorithmicMedia" in second.read_bytes()


def test_the_picture_in_memory_carries_the_mark_and_its_own_texts(studio: Studio) -> None:
    generated = shown([10])
    generated.info = {
        "parameters": "a person\nSteps: 20, Sampler: Euler",
        "exif": b"with a small picture",
        "dpi": (1, 1),
    }
    pp = SimpleNamespace(image=generated, info={})
    extras.process(studio.fakes.engine, pp, him())
    assert set(pp.image.info) == {"parameters", TEXT} and "/trainedAlgorithmicMedia" in pp.image.info[TEXT]
    assert generated.info.keys() == {"parameters", "exif", "dpi"} and people(pixels(generated)) == [10]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_is_sent_to_a_program_is_marked_though_the_host_changes_its_texts(everywhere: Studio, kind: str) -> None:
    for picture, altered in ((shown([10]), True), (shown([]), False)):
        tab = Extras(everywhere)
        tab.saves = False
        (made,) = tab.run([picture], **him())
        assert TEXT not in made.info
        stream = io.BytesIO()
        made.save(stream, format=kind, quality=80)
        assert (b"DigitalSourceType" in stream.getvalue()) == altered


def test_a_picture_that_stays_as_it_was_is_not_marked(everywhere: Studio) -> None:
    tab = Extras(everywhere)
    tab.run([shown([])], **him())
    tab.run([shown([10])])
    assert [seen(path) for path in everywhere.webui.saved] == [[], [10]]
    assert not any(map(marked, everywhere.webui.saved))


def test_a_file_that_is_called_like_a_mask_is_marked_all_the_same(studio: Studio) -> None:
    tab = Extras(studio)
    folder = studio.webui.folder
    (made,) = tab.run([shown([10])], **him())
    texts = {"extras": 'roop: "fake engine; face 0: swapped"'}
    studio.webui.save_image(made, str(folder), "", seed=1, suffix="-mask", existing_info=texts)
    assert studio.webui.saved[-1].stem.endswith("-mask") and marked(studio.webui.saved[-1])


def test_alpha_is_kept(everywhere: Studio) -> None:
    picture = shown([10]).convert("RGBA")
    alpha = np.arange(40 * 60, dtype=np.uint8).reshape(60, 40)
    picture.putalpha(Pillow.fromarray(alpha))
    (made,) = Extras(everywhere).run([picture], **him())
    assert made.mode == "RGBA" and people(pixels(made)) == [HIM]
    if not everywhere.webui.flavour.stealthy:
        assert np.array_equal(np.asarray(made.getchannel("A")), alpha)


@pytest.mark.parametrize("given", [{}, {"enabled": None}, {"enabled": False}], ids=["nothing", "none", "off"])
def test_off_is_off(everywhere: Studio, given: dict[str, Any]) -> None:
    picture = shown([10])
    pp = SimpleNamespace(image=picture, info={})
    fields = dict.fromkeys(field.name for field in extras.FIELDS)
    extras.process(everywhere.fakes.engine, pp, {**fields, **given})
    assert pp.image is picture and pp.info == {} and everywhere.fakes.detector.calls == 0


def test_a_program_sends_what_it_wants_changed_and_none_for_the_rest(everywhere: Studio) -> None:
    fields = dict.fromkeys(field.name for field in extras.FIELDS)
    tab = Extras(everywhere)
    (made,) = tab.run(
        [shown([10, 20])], **{**fields, "enabled": True, "reference": photo(row(HIM)), "target_faces": "1"}
    )
    assert people(pixels(made)) == [10, HIM]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference": None}, "Face 1 has no picture; give it a reference picture or a face checkpoint."),
        (
            {"reference": "/etc/hostname"},
            "source takes pictures as base64 or data URI; this is neither: '...'.",
        ),
        ({"strength": 9.0}, "strength goes from 0 to 1.5, not 9.0."),
        ({"checkpoint": "../anna"}, None),
        ({"target_faces": "first"}, "target_faces takes face numbers such as 0 or 0,2, not 'first'."),
        ({"target_faces": "5"}, None),
        ({"restorer": "of another machine"}, "There is no restorer 'of another machine'."),
    ],
    ids=["nobody", "path", "range", "name", "numbers", "missing", "restorer"],
)
def test_what_cannot_be_done_is_said_and_the_picture_stays(
    everywhere: Studio, given: dict[str, Any], sentence: str | None
) -> None:
    tab = Extras(everywhere)
    (made,) = tab.run([shown([10])], **him(**given))
    (told,) = tab.told
    assert people(pixels(made)) == [10] and list(told) == ["roop note"]
    assert sentence is None or told["roop note"] == sentence


class Broken(Engine):
    """Breaks on the second picture."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.count = 0

    def run(self, *given: Any, **named: Any) -> Any:
        self.count += 1
        if self.count == 2:
            raise RuntimeError("a bug")
        return super().run(*given, **named)


def test_a_bug_in_one_picture_does_not_end_the_batch(everywhere: Studio) -> None:
    fakes = everywhere.fakes
    engine = Broken(fakes.host, analyser=fakes.analyser, swappers={"mesh": fakes.swapper}, gate=fakes.gate)
    done = [SimpleNamespace(image=shown([number]), info={}) for number in (10, 20, 30)]
    for pp in done:
        extras.process(lambda: engine, pp, him())
    assert [people(pixels(pp.image)) for pp in done] == [[HIM], [20], [HIM]]
    assert list(done[1].info) == ["roop note"] and "RuntimeError" in done[1].info["roop note"]


@pytest.mark.parametrize("button", ["interrupted", "skipped"])
def test_after_a_stop_pictures_stay(everywhere: Studio, button: str) -> None:
    setattr(everywhere.webui.state, button, True)
    tab = Extras(everywhere)
    assert people(pixels(tab.run([shown([10])], **him())[0])) == [10] and tab.told == [{}]


def test_a_stop_during_the_swap_leaves_the_picture_and_says_nothing(everywhere: Studio) -> None:
    everywhere.fakes.host.stop = True
    tab = Extras(everywhere)
    assert people(pixels(tab.run([shown([10])], **him())[0])) == [10] and tab.told == [{}]


def test_faces_are_restored_where_that_is_asked(everywhere: Studio) -> None:
    everywhere.fakes.host.own_restorers = {"blue": FakeRestorer()}
    tab = Extras(everywhere)
    tab.run([shown([10])], **him(restorer="blue", restorer_visibility=0.5))
    assert tab.told[0]["roop restorer"] == "blue" and tab.told[0]["roop restorer visibility"] == 0.5


@pytest.fixture(params=VERSIONS[:3])
def gradio(request: pytest.FixtureRequest) -> Iterator[Gradio]:
    """The host's gradio."""
    made: Any = Gradio(request.param)
    components = ModuleType("modules.ui_components")
    postprocessing: Any = ModuleType("modules.scripts_postprocessing")
    postprocessing.ScriptPostprocessing = type("ScriptPostprocessing", (), {"name": None, "order": 1000})
    names = {"gradio": made, "modules.ui_components": components, "modules.scripts_postprocessing": postprocessing}
    before = {name: sys.modules.pop(name, None) for name in names}
    sys.modules.update(names)
    try:
        vars(sys.modules["modules"])["scripts_postprocessing"] = postprocessing
        yield made
    finally:
        for name, module in before.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module


def script(gradio: Gradio) -> Any:
    """The script's classes, as hosts find them."""
    spec = importlib.util.spec_from_file_location(SCRIPT.name, SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    base = sys.modules["modules.scripts_postprocessing"].ScriptPostprocessing
    (found,) = [each for each in vars(module).values() if inspect.isclass(each) and issubclass(each, base)]
    assert type(found) is type, "SD.Next takes no other classes"
    return found


def test_the_host_finds_one_section_behind_its_own(everywhere: Studio, gradio: Gradio) -> None:
    found = script(gradio)
    assert (found.name, found.order) == ("roop", 20000)


def test_the_section_hands_over_what_is_processed_under_labels_of_its_own(everywhere: Studio, gradio: Gradio) -> None:
    drawn = script(gradio)().ui()
    assert list(drawn) == ["enabled", *(field.name for field in extras.FIELDS)]
    labels = [each.options["label"] for each in drawn.values()]
    assert len(set(labels)) == len(labels)
    assert all(each.id.startswith("roop_extras_") for each in drawn.values())
    assert len({each.id for each in drawn.values()}) == len(drawn)
    assert drawn["enabled"].options["value"] is False


def test_a_fresh_section_that_is_switched_on_swaps_with_the_defaults(everywhere: Studio, gradio: Gradio) -> None:
    drawn = script(gradio)().ui()
    values = {name: each.options.get("value") for name, each in drawn.items()}
    tab = Extras(everywhere)
    (made,) = tab.run([shown([10])], **{**values, **him()})
    assert people(pixels(made)) == [HIM] and set(tab.told[0]) == {"roop 1", infotext.RAN}


def test_without_values_the_script_does_nothing(everywhere: Studio, gradio: Gradio) -> None:
    picture = shown([10])
    pp = SimpleNamespace(image=picture, info={})
    script(gradio)().process(pp, **dict.fromkeys(field.name for field in extras.FIELDS))
    assert pp.image is picture and pp.info == {}
