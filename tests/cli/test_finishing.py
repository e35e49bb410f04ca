"""Masks, colours, restorers and upscalers on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images
from lib_roop.engine import Engine
from tests.cli.running import Run, save
from tests.fakes import FakeHost, FakeRestorer, Fakes, FakeUpscaler, row


@pytest.fixture
def fakes() -> Engine:
    host = FakeHost(own_restorers={"blue": FakeRestorer()}, own_upscalers={"green": FakeUpscaler()})
    return Fakes(host=host).engine()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "a.png", row(200))
    save(tmp_path / "b.png", row(10, 20))
    return tmp_path


def test_a_real_swap_takes_all_of_them(roop: Run, here: Path) -> None:
    words = ["--mask", "hull:feather=0.1", "box", "--keep", "mouth", "--colour", "mkl", "--colour-strength", 0.8]
    more = ["--upscaler", "lanczos", "--scale", 1.5, "--restorer", "none", "--output", here / "out.png"]
    pair = ["--source", here / "pale.png", "--target", here / "dark.png"]
    ended = roop("swap", *pair, *words, *more, "--json", "-")
    assert ended.code == 0, ended.err
    assert images.read(here / "out.png").rgb.shape == (288, 288, 3)
    assert ended.report["upscaler"] == {"name": "lanczos", "models": [], "reason": ""} and ended.report["scale"] == 1.5
    assert {"swap", "mask", "colour", "paste"} <= set(ended.report["faces"][0]["ms"])


def test_the_words_say_what_ran_beside_the_swap(run_with: Run, fakes: Engine, folder: Path) -> None:
    pair = ("--source", folder / "a.png", "--target", folder / "b.png")
    ended = run_with(fakes, "swap", *pair, "--restorer", "blue", "--upscaler", "green", "--scale", 3)
    assert "restorer: blue" in ended.out.splitlines()
    assert "upscaler: green, 3 times as large" in ended.out.splitlines()


def test_the_report_names_restorer_and_upscaler_with_their_nets(run_with: Run, fakes: Engine, folder: Path) -> None:
    pair = ("--source", folder / "a.png", "--target", folder / "b.png")
    kept = folder / "kept.json"
    report = run_with(
        fakes, "swap", *pair, "--restorer", "blue", "--upscaler", "green", "--report", kept, "--json", "-"
    ).report
    assert report["restorer"] == {"name": "blue", "models": ["blue_net"], "reason": ""}
    assert report["upscaler"] == {"name": "green", "models": ["green_net"], "reason": ""}
    assert report["models"] == ["paint", "blue_net", "green_net"] == report["results"][0]["models"]
    told = json.loads(kept.read_text())
    assert told["result_options"] == {"restorer": "blue", "upscaler": "green"}
    assert {"blue_net", "green_net"} <= {model["name"] for model in told["models"]}


def test_why_auto_took_no_restorer_is_reported(run_with: Run, fakes: Engine, folder: Path) -> None:
    pair = ("--source", folder / "a.png", "--target", folder / "b.png")
    restorer = run_with(fakes, "swap", *pair, "--json", "-").report["restorer"]
    assert restorer["name"] is None and restorer["reason"].startswith("auto restores what neural models")


def test_units_hold_masks_and_the_command_line_what_follows(run_with: Run, fakes: Engine, folder: Path) -> None:
    drawing = np.zeros_like(row(10, 20))
    drawing[:18] = 255
    (folder / "units").mkdir()
    save(folder / "units" / "drawn.png", drawing)
    unit = {"source": "../a.png", "mask": ["box", "difference"], "keep": "eyes", "mask_picture": "drawn.png"}
    (folder / "units" / "u.json").write_text(json.dumps([unit]))
    words = ("--target", folder / "b.png", "--upscaler", "lanczos", "--scale", 1, "--output", folder / "out.png")
    assert run_with(fakes, "swap", "--units", folder / "units" / "u.json", *words).code == 0
    changed = (images.read(folder / "out.png").rgb != row(10, 20)).any(-1)
    assert changed[10:18].any() and not changed[18:].any()


def test_a_drawn_mask_is_an_input_that_is_not_written_over(run_with: Run, fakes: Engine, folder: Path) -> None:
    mask = save(folder / "mask.png", row(10, 20))
    pair = ("--source", folder / "a.png", "--target", folder / "b.png")
    ended = run_with(fakes, "swap", *pair, "--mask-picture", mask, "--output", mask)
    ended.says(2, "is the picture of --mask-picture, which would be lost")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--restorer", "bleu"), "There is no restorer 'bleu'; did you mean 'blue'?"),
        (("--upscaler", "lancos"), "did you mean 'lanczos'?"),
        (("--scale", "9"), "--scale goes from 1 to 8"),
        (("--mask", "hul"), "There is no mask 'hul'; did you mean 'hull'?"),
        (("--restorer-visibility", "2"), "--restorer-visibility goes from 0 to 1"),
        (("--colour", "blue"), "colour is one of none, mean, reinhard, mkl, histogram"),
        (("--restorer", "codeformer"), "get it with: roop models get codeformer"),
        (("--mask-picture", "nothing.png"), "nothing.png"),
        (("--keep", "nose"), "There is no choice for keep 'nose'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    run_with: Run, fakes: Engine, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    pair = ("--source", folder / "a.png", "--target", folder / "b.png")
    run_with(fakes, "swap", *pair, *words).says(2, sentence)
