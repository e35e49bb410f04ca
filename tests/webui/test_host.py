"""What the host lends: its restorers, its upscalers, its stop button, its folders."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.engine import Engine
from lib_roop.options import RuntimeOptions
from lib_roop.types import Image
from lib_roop.webui import interfaces
from lib_roop.webui.host import WebuiHost
from tests.fakes import FakeSwapper, Person, drawn, row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Studio, unit

CORNER = 23
"""What a restorer here paints blue."""


class Restoration:
    """A face restorer of the host, which may be told a weight."""

    def __init__(self, name: str, *, weighted: bool) -> None:
        self._name, self.asked = name, list[float]()
        self.restore = self._weighted if weighted else self._plain

    def name(self) -> str:
        return self._name

    def _plain(self, np_image: Image) -> Image:
        assert np_image.dtype == np.uint8 and np_image.shape == (512, 512, 3)
        np_image[..., 2] = CORNER
        return np_image

    def _weighted(self, np_image: Image, w: float | None = None) -> Image:
        assert w is not None
        self.asked.append(w)
        return self._plain(np_image)


class Rounding:
    """An upscaler of the host: sides become multiples of 8."""

    def upscale(self, picture: Pillow.Image, scale: float, _: str) -> Pillow.Image:
        size = int(picture.width * scale) // 8 * 8, int(picture.height * scale) // 8 * 8
        return picture.resize(size, Pillow.Resampling.NEAREST)


def lent(studio: Studio, *, side: int = 0) -> list[Restoration]:
    """roop with what the host lends, and a swap model that draws faces with that many pixels."""
    fakes = studio.fakes
    fakes.swapper = FakeSwapper(side=side)
    host = WebuiHost()
    studio.use(Engine(host, analyser=fakes.analyser, swappers={"mesh": fakes.swapper}, gate=studio.gate))
    shared: Any = interfaces.shared()
    made = [Restoration("CodeFormer", weighted=True), Restoration("GFPGAN", weighted=False)]
    if studio.webui.flavour.restorers:
        shared.face_restorers += made
    shared.sd_upscalers.append(SimpleNamespace(name="Rounding", scaler=Rounding(), data_path=""))
    return made


def blue(picture: Pillow.Image) -> int:
    """In the middle of the first face."""
    return int(pixels(picture)[18, 13, 2])


def test_the_hosts_first_restorer_finishes_what_a_128_pixel_model_drew(compositing: Studio) -> None:
    first, _ = lent(compositing, side=128)
    large = drawn(Person((2, 2, 96), 10), size=(100, 100))
    made = compositing.made([large], unit(), post={"fidelity": 0.75})
    assert abs(int(pixels(made.images[0])[50, 50, 2]) - CORNER) <= 1 and first.asked == [0.75]


def test_a_face_of_a_few_pixels_is_not_restored_unasked(compositing: Studio) -> None:
    first, _ = lent(compositing, side=128)
    made = compositing.made([row(10)], unit())
    assert blue(made.images[0]) == 0 and not first.asked


def test_nothing_restores_what_the_mesh_model_drew(compositing: Studio) -> None:
    first, _ = lent(compositing)
    made = compositing.made([row(10)], unit())
    assert blue(made.images[0]) == 0 and not first.asked


def test_a_restorer_is_chosen_by_its_name_and_not_told_what_it_does_not_know(compositing: Studio) -> None:
    first, _ = lent(compositing)
    made = compositing.made([row(10)], unit(), post={"restorer": "GFPGAN"})
    assert abs(blue(made.images[0]) - CORNER) <= 1 and not first.asked


@pytest.mark.parametrize("everyone", [False, True])
def test_only_swapped_faces_are_restored_unless_all_are_asked_for(compositing: Studio, everyone: bool) -> None:
    lent(compositing)
    post = {"restorer": "GFPGAN", "restore_all": everyone}
    (picture,) = compositing.made([row(10, 20)], unit(), post=post).images
    assert abs(int(pixels(picture)[19, 43, 2]) - (CORNER if everyone else 0)) <= 1


def test_a_host_without_restorers_is_no_error(sdnext: Studio) -> None:
    lent(sdnext, side=128)
    made = sdnext.made([row(10)], unit())
    assert made.people == [[HIM]] and not made.values("roop note")[0]


def test_a_restorer_that_the_host_does_not_have_is_named(everywhere: Studio) -> None:
    lent(everywhere)
    made = everywhere.made([row(10)], unit(), post={"restorer": "RestoreFormer"})
    assert made.people == [[10]] and "'RestoreFormer'" in made.said[0]


def test_the_result_has_the_asked_size_though_the_hosts_upscaler_rounds(everywhere: Studio) -> None:
    lent(everywhere)
    (picture,) = everywhere.made([row(10)], unit(), post={"upscaler": "Rounding", "scale": 1.15}).images
    assert picture.size == (46, 69)


def test_nothing_is_no_upscaler(everywhere: Studio) -> None:
    lent(everywhere)
    assert set(WebuiHost().upscalers()) == {"Nearest", "Rounding"}


@pytest.mark.parametrize("button", ["interrupted", "skipped"])
def test_the_hosts_buttons_stop_the_engine(everywhere: Studio, button: str) -> None:
    assert not WebuiHost().interrupted()
    setattr(everywhere.webui.state, button, True)
    assert WebuiHost().interrupted()


def test_models_are_looked_for_where_hosts_and_others_keep_them(everywhere: Studio, tmp_path: Path) -> None:
    models = everywhere.webui.folder / "models"
    everywhere.webui.options["roop_models_folders"] = f"{tmp_path / 'more'}, "
    folders = WebuiHost().model_folders()
    assert folders[:2] == (models / "roop", tmp_path / "more") and models / "insightface" in folders
    assert WebuiHost().face_folder() == models / "roop" / "faces"
    shared: Any = interfaces.shared()
    shared.cmd_opts.roop_models_path = str(tmp_path / "own")
    assert WebuiHost().model_folders()[0] == tmp_path / "own"


def test_settings_that_are_not_there_yet_have_their_defaults(everywhere: Studio) -> None:
    assert WebuiHost().runtime() == RuntimeOptions()
    everywhere.webui.options |= {"roop_threads": 4, "roop_provider": 7}
    assert WebuiHost().runtime() == RuntimeOptions(threads=4)
