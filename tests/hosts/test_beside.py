"""roop beside what a running web UI has of its own or of others: scripts that put pictures together, ADetailer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from tests.hosts.client import SIZE, Host, differing, opened, sent
from tests.hosts.test_api import faces

REPAINTS = {"ad_model": "mediapipe_face_full", "ad_prompt": "as it is", "ad_denoising_strength": 0.4}
"""What comes out of this is what goes in; the net is in its package."""


def sd_upscale(host: Host) -> dict[str, Any]:
    """A job of the script that enlarges a picture in tiles."""
    known = host.script("sd upscale", img2img=True)
    if known is None:
        pytest.skip("SD upscale")
    values = {"Tile overlap": 64, "Overlap": 64, "Scale Factor": 2.0, "Scale factor": 2.0, "Upscaler": host.upscaler}
    return {"script_name": "sd upscale", "script_args": [values.get(each["label"], each["value"]) for each in known]}


def test_sd_upscale_puts_swapped_tiles_together_whatever_the_filter_says(
    host: Host, unit: dict[str, Any], group: Pillow.Image
) -> None:
    job = {"init_images": [sent(group)], **sd_upscale(host)}
    before = host.img2img(**job)
    made = host.img2img({"units": [{**unit, "min_similarity": 0.99}]}, **job)
    assert made.picture.shape == before.picture.shape
    assert min(made.picture.shape[:2]) > min(SIZE)
    changed = differing(made.picture, before.picture)
    # A tile that is missing would be black, or another one in its place.
    assert 0.005 < changed.mean() < 0.3
    assert "roop" in made.text


@pytest.mark.parametrize("swapped", [True, False])
def test_what_is_put_together_of_tiles_is_marked(
    host: Host,
    unit: dict[str, Any],
    group: Pillow.Image,
    written: Callable[[], Sequence[Path]],
    swapped: bool,
) -> None:
    asked = [{"units": [unit]}] if swapped else []
    made = host.img2img(*asked, init_images=[sent(group)], **sd_upscale(host))
    assert [bool(images.packets_of(path.read_bytes())) for path in written()] == [swapped]
    assert ("digitalsourcetype" in str(opened(made.raw[0]).info).lower()) == swapped


def adetailer(host: Host) -> dict[str, Any]:
    """What a job says to ADetailer."""
    if not host.script("adetailer", img2img=False):
        pytest.skip("ADetailer is not among the web UI's extensions")
    return {"ADetailer": {"args": [True, False, REPAINTS]}}


def test_adetailer_and_roop_both_work_on_every_picture(host: Host, unit: dict[str, Any]) -> None:
    made = host.txt2img({"units": [unit]}, beside=adetailer(host), n_iter=2, batch_size=2)
    assert len(made.raw) == 4
    assert [faces(text) for text in made.texts] == [6] * 4
    assert all("ADetailer model" in text and "roop note" not in text for text in made.texts)


def test_adetailer_costs_a_swapped_picture_no_mark_and_leaves_no_other_file(
    host: Host, unit: dict[str, Any], written: Callable[[], Sequence[Path]]
) -> None:
    host.txt2img({"units": [unit]}, beside=adetailer(host))
    assert [bool(images.packets_of(path.read_bytes())) for path in written()] == [True]


def test_the_filter_drops_and_keeps_the_same_pictures_with_adetailer(host: Host, unit: dict[str, Any]) -> None:
    asked = {"units": [{**unit, "min_similarity": 0.9}]}
    made = host.txt2img(asked, beside=adetailer(host), prompt="as it comes", batch_size=4)
    assert sorted(faces(text) for text in made.texts) == [0, 1]
    assert list(host.txt2img({"units": [{**unit, "min_similarity": 0.99}]}, beside=adetailer(host)).raw) == []


def test_adetailer_swaps_nothing_twice_in_the_picture_img2img_starts_from(
    host: Host, unit: dict[str, Any], group: Pillow.Image
) -> None:
    asked = {"units": [{**unit, "in_source": True, "in_generated": False}]}
    alone, made = (host.img2img(asked, init_images=[sent(group)], beside=beside) for beside in ({}, adetailer(host)))
    assert "roop source" in made.text and "roop: " not in made.text
    assert differing(made.picture, alone.picture, 24).mean() < 0.02


def test_adetailer_without_roop_is_as_it_was(host: Host) -> None:
    off, absent = host.txt2img({"units": []}, beside=adetailer(host)), host.txt2img(beside=adetailer(host))
    assert np.array_equal(off.picture, absent.picture)
    assert list(off.texts) == list(absent.texts)
