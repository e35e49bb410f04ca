"""What programs get from roop's own requests in a running web UI, /roop/v1."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.provenance.verify import NONE, SPEAKS
from tests.hosts.client import SIZE, Host, Made, opened, sent

NAME, LATER = "roop-tests-asked", "roop-tests-renamed"


@pytest.fixture(scope="module")
def pictures(astronaut: Pillow.Image, hopper: Pillow.Image, group: Pillow.Image) -> Mapping[str, str]:
    return {"astronaut": sent(astronaut), "hopper": sent(hopper), "group": sent(group)}


@pytest.fixture
def asked(pictures: Mapping[str, str], unit: dict[str, Any]) -> dict[str, Any]:
    """A swap of two of the group's faces."""
    return {"image": pictures["group"], "units": [{**unit, "target_faces": "0,2"}]}


def test_faces_are_found_and_numbered(host: Host, pictures: Mapping[str, str]) -> None:
    found = host.roop("POST", "detect", {"image": pictures["group"]})["faces"]
    assert [face["index"] for face in found] == list(range(6))


def test_a_plan_says_who_goes_where(host: Host, asked: dict[str, Any]) -> None:
    (planned,) = host.roop("POST", "plan", asked)["results"]
    assert [face["index"] for face in planned["faces"] if face["status"] == "swap"] == [0, 2]
    assert planned["problem"] is None


def test_a_swap_changes_the_faces_it_tells_of_and_is_marked(
    host: Host, asked: dict[str, Any], pictures: Mapping[str, str], group: Pillow.Image
) -> None:
    made = host.roop("POST", "swap", asked)
    (image,), (result,) = made["images"], made["results"]
    assert [face["index"] for face in result["faces"] if face["status"] == "swapped"] == [0, 2]
    changed = (np.asarray(opened(image)) != np.asarray(group)).any(axis=2)
    for face in result["faces"]:
        left, top, right, bottom = map(round, face["box"])
        inside = changed[top:bottom, left:right]
        assert inside.mean() > 0.3 if face["status"] == "swapped" else not inside.any()
    assert host.roop("POST", "verify", {"image": image})["verdict"] == SPEAKS
    assert host.roop("POST", "verify", {"image": pictures["group"]})["verdict"] == NONE


def test_a_setting_that_is_misspelt_is_named(host: Host, asked: dict[str, Any]) -> None:
    asked["units"][0]["strenght"] = 1
    with pytest.raises(AssertionError, match=r"answers 400: .*strength"):
        host.roop("POST", "swap", asked)


def test_two_pictures_of_one_person_are_more_alike_than_those_of_two(
    host: Host, pictures: Mapping[str, str], astronaut: Pillow.Image
) -> None:
    images = [pictures["astronaut"], sent(astronaut.rotate(8)), pictures["hopper"]]
    of_one, of_two = host.roop("POST", "compare", {"images": images})["similarities"][0][1:]
    assert of_two < of_one


def test_faces_are_cut_out(host: Host, pictures: Mapping[str, str]) -> None:
    cut = host.roop("POST", "extract", {"images": [pictures["astronaut"], pictures["group"]], "size": 128})
    assert [face["picture"] for face in cut["faces"]] == [0, *[1] * 6]
    assert {opened(image).size for image in cut["images"]} == {(128, 128)}


@pytest.fixture
def face(host: Host, pictures: Mapping[str, str]) -> Iterator[str]:
    """A face that was kept; it is gone afterwards under both of its names."""
    body = {"name": NAME, "images": [pictures["astronaut"]], "overwrite": True}
    yield str(host.roop("POST", "faces", body)["name"])
    for kept in host.roop("GET", "faces")["faces"]:
        if kept["name"] in {NAME, LATER}:
            host.roop("DELETE", f"faces/{kept['name']}")


def test_a_face_is_kept_renamed_used_in_a_job_and_deleted(host: Host, face: str) -> None:
    changed = host.roop("PATCH", f"faces/{face}", {"name": LATER, "note": "of the tests", "sex": "female"})
    assert (changed["name"], changed["note"], changed["sex"]) == (LATER, "of the tests", "female")
    assert host.roop("GET", f"faces/{LATER}")["note"] == "of the tests"
    assert f"face 0: {LATER}" in host.txt2img({"units": [{"checkpoint": LATER}]}).text
    assert host.roop("DELETE", f"faces/{LATER}")["removed"]
    assert not {face, LATER} & {kept["name"] for kept in host.roop("GET", "faces")["faces"]}


def test_a_request_during_a_job_is_answered_and_the_job_is_done(
    host: Host, unit: dict[str, Any], asked: dict[str, Any]
) -> None:
    jobs: list[Made] = []
    job = threading.Thread(target=lambda: jobs.append(host.txt2img({"units": [unit]}, n_iter=3)))
    job.start()
    assert len(host.roop("POST", "swap", asked)["images"]) == 1
    job.join(120)
    (made,) = jobs
    assert len(made.raw) == 3
    assert made.pictures[0].shape == (SIZE[1], SIZE[0], 3)
