"""Whatever goes wrong inside roop, a running web UI hands out and saves its picture as it was, with a sentence.

`zz-roop-breaks`, an extension beside roop, makes the part that a job names raise.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from tests.hosts.client import Host, Made, sent
from tests.hosts.test_api import faces, mask

SAID = "roop failed (RuntimeError: broken on purpose)"
ALWAYS = (
    *("lib_roop.webui.request:read", "lib_roop.webui.settings:applied", "lib_roop.webui.infotext:settings"),
    *("lib_roop.engine:Engine.run", "lib_roop.engine:Engine.sources", "lib_roop.looking:Lookers.analyse"),
    *("lib_roop.planning:plan", "lib_roop.safety:NudityGate.check", "lib_roop.swappers:MeshSwapper.swap"),
    *("lib_roop.pipeline:apply", "lib_roop.engine:Engine.enlarged", "lib_roop.webui.saving:finished"),
    *("lib_roop.provenance:carry", "lib_roop.webui.infotext:facts"),
)
DROPPING = tuple(f"lib_roop.webui.filtering:{name}" for name in ("entries", "sorted_out", "lay_out"))
INPAINTING = (
    ("lib_roop.webui.inpainting:mask", "mask"),
    ("lib_roop.pipeline:apply", "mask"),
    ("lib_roop.pipeline:apply", "picture"),
)
LATE = ("lib_roop.webui.filtering:told", "lib_roop.webui.saving:mark_shown", "lib_roop.engine:Engine.release_idle")


@pytest.fixture
def breaking(host: Host) -> Iterator[Callable[[str], dict[str, Any]]]:
    """What a job says to break a part of roop; the next job mends it."""
    if not host.script("roop breaks", img2img=False):
        pytest.skip("zz-roop-breaks is not among the web UI's extensions")
    yield lambda place: {"roop breaks": {"args": [place]}}
    host.txt2img(width=64, height=64, save_images=False)


def as_it_was(made: Made, before: Made) -> None:
    assert np.array_equal(made.picture, before.picture)
    assert SAID in made.text.partition("roop note: ")[2]
    assert not faces(made.text) and b"digitalsourcetype" not in made.raw[0].encode()


@pytest.mark.parametrize("place", ALWAYS)
def test_a_picture_stays_as_it_was_wherever_roop_breaks(
    host: Host, unit: dict[str, Any], plain: Made, breaking: Callable[[str], dict[str, Any]], place: str
) -> None:
    as_it_was(host.txt2img({"units": [unit]}, beside=breaking(place)), plain)


@pytest.mark.parametrize("place", DROPPING)
def test_a_filter_that_breaks_leaves_every_picture_as_it_was(
    host: Host, unit: dict[str, Any], plain: Made, breaking: Callable[[str], dict[str, Any]], place: str
) -> None:
    as_it_was(host.txt2img({"units": [{**unit, "min_similarity": 0.1}]}, beside=breaking(place)), plain)


@pytest.mark.parametrize("first", [True, False], ids=["upscaled first", "restored first"])
def test_what_finishes_a_swap_may_break(
    host: Host, unit: dict[str, Any], plain: Made, breaking: Callable[[str], dict[str, Any]], first: bool
) -> None:
    post = {"upscaler": host.upscaler, "scale": 2, "upscale_first": first}
    broken = breaking("lib_roop.webui.host:HostUpscaler.upscale")
    as_it_was(host.txt2img({"units": [unit], "post": post}, beside=broken), plain)
    if "FakeRestorer" in host.restorers:
        broken = breaking("lib_roop.webui.host:HostRestorer.restore")
        as_it_was(host.txt2img({"units": [unit], "post": {**post, "restorer": "FakeRestorer"}}, beside=broken), plain)


@pytest.mark.parametrize("broken", INPAINTING, ids=[f"{place} {where}" for place, where in INPAINTING])
def test_an_inpainted_picture_stays_as_it_was(
    host: Host,
    unit: dict[str, Any],
    group: Pillow.Image,
    breaking: Callable[[str], dict[str, Any]],
    broken: tuple[str, str],
) -> None:
    place, where = broken
    job: dict[str, Any] = {"init_images": [sent(group)], "mask": mask(), "inpainting_fill": 1}
    asked = {"units": [unit], "job": {"inpaint": where}}
    before = host.img2img(**job)
    as_it_was(host.img2img(asked, beside=breaking(place), **job), before)


def test_the_picture_img2img_starts_from_stays_as_it_was(
    host: Host, unit: dict[str, Any], group: Pillow.Image, breaking: Callable[[str], dict[str, Any]]
) -> None:
    job: dict[str, Any] = {"init_images": [sent(group)]}
    asked = {"units": [{**unit, "in_source": True, "in_generated": False}]}
    before = host.img2img(**job)
    as_it_was(host.img2img(asked, beside=breaking("lib_roop.pipeline:apply"), **job), before)


@pytest.mark.parametrize("place", LATE)
def test_what_breaks_after_the_last_picture_costs_none(
    host: Host, unit: dict[str, Any], breaking: Callable[[str], dict[str, Any]], place: str
) -> None:
    made = host.txt2img({"units": [{**unit, "min_similarity": 0.1}]}, beside=breaking(place))
    assert faces(made.text) == 6 and len(made.raw) == 1


def test_a_broken_job_saves_the_picture_as_it_was_and_unmarked(
    host: Host,
    unit: dict[str, Any],
    breaking: Callable[[str], dict[str, Any]],
    written: Callable[[], Sequence[Path]],
) -> None:
    before = host.txt2img()
    host.txt2img({"units": [unit]}, beside=breaking("lib_roop.pipeline:apply"))
    paths = written()
    assert len(paths) == 2 and all(images.packets_of(path.read_bytes()) == [] for path in paths)
    assert all(np.array_equal(images.read(path).rgb, before.picture) for path in paths)


def test_the_job_after_a_broken_one_is_swapped(
    host: Host, unit: dict[str, Any], breaking: Callable[[str], dict[str, Any]]
) -> None:
    host.txt2img({"units": [unit]}, beside=breaking("lib_roop.engine:Engine.run"))
    assert faces(host.txt2img({"units": [unit]}).text) == 6
