"""Finding, comparing and swapping faces over HTTP."""

import base64
import io
import threading
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import __version__, images
from lib_roop.api import server
from lib_roop.engine import Engine
from lib_roop.images import Picture
from lib_roop.provenance.verify import SPEAKS
from lib_roop.types import Image
from tests.api.serving import Answer, Served, sent, serving
from tests.fakes import BLUE, FakeGate, FakeRestorer, Fakes, Person, drawn, people, row

PAIR, ONE = sent(row(10, 200)), sent(row(90))
EMPTY = sent(drawn())


def picture(text: str) -> Picture:
    return images.read(f"data:image/png;base64,{text}")


def unit(**more: object) -> dict[str, object]:
    return {"source": [ONE], **more}


def refused(answer: Answer, status: int, field: str | None, *parts: str) -> None:
    """Assert that it failed so, with one sentence that holds these parts."""
    assert (answer.status, answer.body.get("field")) == (status, field), answer.body
    for part in parts:
        assert part in answer.body["error"]


def test_it_says_who_answers(roop: Served) -> None:
    assert roop.get("/roop/v1/version").body == {"version": __version__, "api": "v1"}


def test_the_schema_is_that_of_the_options(roop: Served) -> None:
    schema = roop.get("/roop/v1/schema").body
    assert schema["unit"]["properties"]["strength"]["maximum"] == 1.5
    assert "c2pa_key" not in schema["output"]["properties"] and schema["requests"]["swap"]["required"]


def test_the_doctor_answers() -> None:
    with serving(server.application(Engine())) as served:
        body = served.get("/roop/v1/doctor").body
    assert {"well", "facts", "checks"} <= body.keys() and body["facts"]["roop"] == __version__


def test_models_are_listed_with_their_licences(roop: Served) -> None:
    listed = roop.get("/roop/v1/models").body["models"]
    assert listed and all(each["licence"] and each["path"] is None for each in listed)


def test_faces_are_found_and_numbered(roop: Served) -> None:
    body = roop.post("/roop/v1/detect", image=PAIR, order="right-left").body
    assert [face["index"] for face in body["faces"]] == [0, 1]
    assert body["faces"][0]["box"][0] > body["faces"][1]["box"][0] and body["faces"][0]["age"] == 30
    assert roop.post("/roop/v1/detect", image=EMPTY).body["faces"] == []


def test_a_plan_says_who_would_go_where_and_why_not_the_others(roop: Served, fakes: Fakes) -> None:
    (result,) = roop.post("/roop/v1/plan", image=PAIR, units=[unit(target_faces="1")]).body["results"]
    left, right = result["faces"]
    assert (left["status"], right["status"], right["unit"]) == ("skipped", "swap", 0)
    assert left["reason"] and right["engine"] == "fake" and result["problem"] is None
    assert fakes.swapper.batches == []


def test_a_plan_says_what_a_swap_would_say(roop: Served) -> None:
    (result,) = roop.post("/roop/v1/plan", image=EMPTY, units=[unit()]).body["results"]
    assert "No face was found" in result["problem"]


def test_a_swap_gives_a_marked_picture_and_a_report(roop: Served) -> None:
    body = roop.post("/roop/v1/swap", image=PAIR, units=[unit(target_faces="1")]).body
    (made,) = body["images"]
    assert people(picture(made).rgb) == [10, 90]
    assert b"DigitalSourceType" in picture(made).metadata.xmp
    (result,) = body["results"]
    assert [face["status"] for face in result["faces"]] == ["skipped", "swapped"] and result["image"] == 0
    assert body["gate"] == "fake" and roop.post("/roop/v1/verify", image=made).body["verdict"] == SPEAKS


def test_a_data_uri_will_do_and_options_are_taken(roop: Served) -> None:
    post = {"upscaler": "lanczos", "scale": 2}
    asked = {"image": f"data:image/png;base64,{PAIR}", "units": [unit()], "post": post, "output": {"label": True}}
    body = roop.post("/roop/v1/swap", **asked).body
    assert body["results"][0]["scale"] == 2
    assert picture(body["images"][0]).rgb.shape[1] == 2 * picture(PAIR).rgb.shape[1]


def test_unblended_sources_give_a_picture_each(roop: Served) -> None:
    sources = [ONE, sent(row(60))]
    body = roop.post("/roop/v1/swap", image=PAIR, units=[{"source": sources, "blend": "none"}]).body
    assert [people(picture(each).rgb)[0] for each in body["images"]] == [90, 60]
    assert [each["image"] for each in body["results"]] == [0, 1]


def test_what_a_threshold_drops_is_reported_and_not_shown(roop: Served) -> None:
    answer = roop.post("/roop/v1/swap", image=PAIR, units=[unit(min_similarity=1.0, strength=0.2)])
    assert answer.status == 422 and answer.body["images"] == []
    assert answer.body["results"][0]["faces"][0]["status"] == "rejected"


def test_a_picture_without_a_face_is_no_success(roop: Served) -> None:
    refused(roop.post("/roop/v1/swap", image=EMPTY, units=[unit()]), 422, None, "No face was found")


@pytest.mark.parametrize("call", [1, 2], ids=["target", "result"])
def test_what_the_gate_refuses_is_not_answered(fakes: Fakes, call: int) -> None:
    with serving(server.application(replace(fakes, gate=FakeGate(refuses=call)).engine())) as served:
        answer = served.post("/roop/v1/swap", image=PAIR, units=[unit()])
    assert answer.status == 403 and "images" not in answer.body and "refused" in answer.body


def test_a_net_that_is_missing_is_named(roop: Served) -> None:
    answer = roop.post("/roop/v1/swap", image=PAIR, units=[unit(model="inswapper_128")])
    assert answer.status == 424 and "inswapper_128" in answer.body["error"]


def test_pictures_are_compared_each_with_each(roop: Served) -> None:
    body = roop.post("/roop/v1/compare", images=[ONE, ONE, sent(row(200))]).body
    assert body["similarities"][0][1] == 1 and body["similarities"][2][0] == body["similarities"][0][2] < 1
    assert body["similarity"] == 1


def test_kept_faces_are_compared_by_name(roop: Served) -> None:
    assert roop.post("/roop/v1/faces", name="Anna", images=[ONE]).status == 201
    body = roop.post("/roop/v1/compare", images=[ONE, sent(row(200))], checkpoints=["Anna"]).body
    assert body["names"][2] == "Anna" and body["similarities"][0][2] == 1 and body["meaning"] == "the same person"
    assert body["limits"] == {"perhaps": 0.2, "same": 0.28}
    assert roop.post("/roop/v1/compare", checkpoints=["Anna", "Anna"]).body["similarity"] == 1
    for name in ("../Anna", "/etc/Anna.safetensors", "Bert"):
        refused(roop.post("/roop/v1/compare", images=[ONE], checkpoints=[name]), 400, "checkpoints[0]")
    refused(roop.post("/roop/v1/compare", checkpoints=["Anna"]), 400, "images", "1 to 100")
    refused(roop.post("/roop/v1/compare", checkpoints="Anna"), 400, "checkpoints", "list of names")
    refused(roop.post("/roop/v1/compare", checkpoints=["Anna"] * 17), 400, "images", "At most 16")


def test_faces_are_extracted_finer_by_a_restorer_that_is_named(fakes: Fakes) -> None:
    fakes.host.own_restorers = {"blue": FakeRestorer()}
    with serving(server.application(fakes.engine())) as roop:
        asked = {"images": [ONE], "size": 64}
        body = roop.post("/roop/v1/extract", **asked, restorer="blue", upscaler="lanczos").body
        crop = picture(body["images"][0])
        assert crop.rgb[36, 32].tolist() == [0, 0, BLUE] and b"TrainedAlgorithmicMedia" in crop.metadata.xmp
        refused(roop.post("/roop/v1/extract", **asked, restorer="bleu"), 400, None, "did you mean 'blue'")
        refused(roop.post("/roop/v1/extract", **asked, restorer="auto"), 400, "restorer", "takes a name")
        refused(roop.post("/roop/v1/extract", **asked, fidelity=2), 400, "fidelity", "goes from")


@pytest.mark.parametrize("aligned", [True, False])
def test_faces_are_extracted_with_marks(roop: Served, aligned: bool) -> None:
    body = roop.post("/roop/v1/extract", images=[PAIR, ONE], size=64, aligned=aligned).body
    assert [(face["picture"], face["image"]) for face in body["faces"]] == [(0, 0), (0, 1), (1, 2)]
    crops = [picture(each) for each in body["images"]]
    assert all(crop.rgb.shape == (64, 64, 3) and b"DigitalSourceType" in crop.metadata.xmp for crop in crops)
    assert [int(crop.rgb[32, 32, 1]) for crop in crops] == [10, 200, 90]


@pytest.mark.parametrize(
    ("path", "body", "field", "part"),
    [
        ("swap", {"units": [unit()]}, "image", "base64"),
        ("swap", {"image": PAIR}, "units", "units is missing"),
        ("swap", {"image": PAIR, "units": [{}]}, "units[0].source", "no picture"),
        ("swap", {"image": PAIR, "units": [unit(), unit(strenght=1)]}, "units[1].strenght", "did you mean 'strength'"),
        ("swap", {"image": PAIR, "units": [unit(strength=9)]}, "units[0].strength", "goes from 0 to 1.5"),
        ("swap", {"image": PAIR, "units": [unit(target_faces="x")]}, "units[0].target_faces", "face numbers"),
        ("swap", {"image": PAIR, "units": [unit(box="1,2")]}, "units[0].box", "four numbers"),
        ("swap", {"image": PAIR, "units": [unit(mask=["hul"])]}, "units[0].mask", "did you mean"),
        ("swap", {"image": PAIR, "units": [unit(in_source=True)]}, "units[0].in_source", "no option"),
        ("swap", {"image": PAIR, "units": [unit()], "post": {"scale": 0}}, "post.scale", "goes from"),
        ("swap", {"image": PAIR, "units": [unit()], "output": {"c2pa_key": "a"}}, "output.c2pa_key", "command line"),
        ("swap", {"image": PAIR, "units": [unit()] * 11}, "units", "at most 10"),
        ("swap", {"image": PAIR, "units": [unit(source_face="0," * 600 + "0")]}, "units[0].source_face", "longer"),
        ("swap", {"image": PAIR, "units": [unit()], "folder": "/"}, "folder", "no field"),
        ("detect", {"image": PAIR, "order": "up"}, "order", "is one of"),
        ("compare", {"images": [PAIR]}, "images", "2 to 100"),
        ("compare", {"images": [PAIR, "!"]}, "images[1]", "base64"),
        ("extract", {"images": [PAIR], "size": 5}, "size", "goes from"),
        ("extract", {"images": [PAIR], "aligned": 1}, "aligned", "true or false"),
        ("verify", {"image": 5}, "image", "base64"),
    ],
)
def test_what_does_not_fit_is_said_with_its_field(
    roop: Served, path: str, body: dict[str, object], field: str, part: str
) -> None:
    refused(roop.post(f"/roop/v1/{path}", **body), 400, field, part)


@pytest.mark.parametrize(
    "given", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/a.png", "data:,a", "../a.png"]
)
@pytest.mark.parametrize("place", ["image", "source", "like", "mask_picture"])
def test_nothing_that_is_sent_becomes_a_path_or_an_address(roop: Served, place: str, given: str) -> None:
    asked = {"image": PAIR, "units": [unit()]}
    if place == "image":
        asked["image"] = given
    else:
        asked["units"] = [unit(**{place: [given] if place == "source" else given})]
    field = "image" if place == "image" else f"units[0].{place}"
    refused(roop.post("/roop/v1/swap", **asked), 400, field, "base64")


def test_a_face_is_named_and_never_a_path(roop: Served) -> None:
    answer = roop.post("/roop/v1/swap", image=PAIR, units=[{"checkpoint": "../anna.safetensors"}])
    refused(answer, 400, "units[0].checkpoint", "cannot hold")


def header(width: int, height: int) -> str:
    """A PNG that begins as one of that size does, and holds nothing."""
    stream = io.BytesIO()
    Pillow.new("1", (8, 8)).save(stream, "PNG")
    data = bytearray(stream.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return base64.b64encode(data).decode()


def test_too_many_pixels_are_refused_from_the_header(roop: Served) -> None:
    refused(roop.post("/roop/v1/detect", image=header(60_000, 60_000)), 413, "image", "megapixels")


def test_the_pictures_of_a_request_are_counted_together(roop: Served) -> None:
    large: Image = np.zeros((4000, 4000, 3), np.uint8)
    answer = roop.post("/roop/v1/compare", images=[sent(large)] * 5)
    refused(answer, 413, "images[4]", "together")


def test_a_result_that_would_be_too_large_is_not_begun(roop: Served) -> None:
    large: Image = np.zeros((2000, 2000, 3), np.uint8)
    answer = roop.post("/roop/v1/swap", image=sent(large), units=[unit()], post={"upscaler": "lanczos", "scale": 8})
    refused(answer, 413, "scale", "lower scale")


def test_a_damaged_picture_is_said_to_be_one(roop: Served) -> None:
    refused(roop.post("/roop/v1/detect", image=PAIR[: len(PAIR) // 2 // 4 * 4]), 400, "image", "damaged")


def test_sixteen_callers_at_once_get_their_own_answers(roop: Served) -> None:
    answers: dict[int, list[int]] = {}

    def ask(number: int) -> None:
        source, target = sent(row(10 * number)), sent(row(5, 250))
        body = roop.post("/roop/v1/swap", image=target, units=[{"source": [source]}]).body
        answers[number] = people(picture(body["images"][0]).rgb)

    callers = [threading.Thread(target=ask, args=(number,)) for number in range(1, 17)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert answers == {number: [10 * number, 250] for number in range(1, 17)}


def test_a_person_drawn_small_is_found_where_the_threshold_is_low(roop: Served) -> None:
    unsure = sent(drawn(Person((5, 10, 20), 10, score=100)))
    assert roop.post("/roop/v1/detect", image=unsure).body["near_misses"]
    assert roop.post("/roop/v1/detect", image=unsure, detection_threshold=0.3).body["faces"]
