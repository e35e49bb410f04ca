"""Kept faces over HTTP."""

import base64
import pickle
from pathlib import Path

import pytest

from lib_roop.api import server
from lib_roop.engine import Engine
from lib_roop.identities import checkpoints
from lib_roop.portrait import portrait
from tests.api.serving import Served, sent, serving
from tests.api.test_calls import refused
from tests.fakes import FakeHost, Fakes, row

ANNA = [sent(row(90)), sent(row(92))]


@pytest.fixture
def folder(fakes: Fakes) -> Path:
    return fakes.host.faces


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_face_is_built_listed_shown_and_used(roop: Served, folder: Path) -> None:
    answer = roop.post("/roop/v1/faces", name="Ännä", images=ANNA, sex="female")
    assert answer.status == 201 and answer.body["sex"] == "female" and len(answer.body["pictures"]) == 2
    (listed,) = roop.get("/roop/v1/faces").body["faces"]
    assert listed["name"] == "Ännä" and listed["output"] == "Ännä.safetensors"
    shown = roop.get("/roop/v1/faces/%C3%84nn%C3%A4").body
    assert shown["origin"] == "roop" and base64.b64decode(shown["image"]).startswith(b"\x89PNG")
    used = roop.post("/roop/v1/swap", image=sent(row(10)), units=[{"checkpoint": "Ännä"}])
    assert used.status == 200 and used.body["results"][0]["source"] == "Ännä"
    assert names(folder) == ["Ännä.png", "Ännä.safetensors"]


def test_a_face_that_is_there_stays_unless_it_is_to_be_overwritten(roop: Served) -> None:
    asked = {"name": "anna", "images": ANNA}
    assert [roop.post("/roop/v1/faces", **asked).status for _ in range(2)] == [201, 409]
    assert roop.post("/roop/v1/faces", **asked, overwrite=True, texture=False).body["texture"] is None


def test_of_several_faces_that_of_the_person_in_most_pictures_is_picked_where_asked(roop: Served) -> None:
    asked = {"name": "anna", "images": [*map(sent, (row(200), row(204), row(206, 0)))], "overwrite": True}
    assert [told["outlier"] for told in roop.post("/roop/v1/faces", **asked).body["pictures"]] == [False, False, True]
    alike = roop.post("/roop/v1/faces", **asked, pick="alike").body["pictures"]
    assert [told["outlier"] for told in alike] == [False, False, False] and alike[2]["faces"] == 2
    refused(roop.post("/roop/v1/faces", **asked, pick="smallest"), 400, "pick", "is one of")


def test_a_face_is_handed_out_and_taken_in(roop: Served, folder: Path) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    data = roop.get("/roop/v1/faces/anna?format=reactor").data
    assert checkpoints.decode(data, "a", "it").origin == "reactor"
    refused(roop.get("/roop/v1/faces/anna?format=pkl"), 400, "format", "is one of")
    answer = roop.post("/roop/v1/faces", name="berta", file=base64.b64encode(data).decode())
    assert answer.status == 201 and answer.body["sex"] == "female" and "berta.safetensors" in names(folder)


def test_a_pickle_is_not_taken_in(roop: Served, folder: Path) -> None:
    data = base64.b64encode(pickle.dumps({"embedding": [0.0]})).decode()
    refused(roop.post("/roop/v1/faces", name="eve", file=data), 400, None, "no face checkpoint")
    assert names(folder) == []


def test_a_face_is_renamed_with_its_preview_and_byte_for_byte(roop: Served, folder: Path) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    before = (folder / "anna.safetensors").read_bytes()
    assert roop.ask("PATCH", "/roop/v1/faces/anna", {"name": "berta"}).body["name"] == "berta"
    assert names(folder) == ["berta.png", "berta.safetensors"]
    assert (folder / "berta.safetensors").read_bytes() == before


def test_a_face_is_not_renamed_onto_another(roop: Served) -> None:
    for name in ("anna", "berta"):
        roop.post("/roop/v1/faces", name=name, images=ANNA)
    assert roop.ask("PATCH", "/roop/v1/faces/anna", {"name": "berta"}).status == 409
    assert roop.ask("PATCH", "/roop/v1/faces/anna", {"sex": "male"}).body["sex"] == "male"
    assert roop.ask("PATCH", "/roop/v1/faces/anna", {"sex": "same"}).status == 400
    assert roop.ask("PATCH", "/roop/v1/faces/anna", {}).status == 400


def test_a_note_is_kept_with_a_face(roop: Served, folder: Path) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    preview = (folder / "anna.png").read_bytes()
    changed = roop.ask("PATCH", "/roop/v1/faces/anna", {"note": " hers\n<b> ", "sex": "female", "name": "berta"}).body
    assert (changed["note"], changed["sex"], changed["name"]) == ("hers\n<b>", "female", "berta")
    assert roop.get("/roop/v1/faces/berta").body["note"] == roop.get("/roop/v1/faces").body["faces"][0]["note"]
    assert (folder / "berta.png").read_bytes() == preview
    refused(roop.ask("PATCH", "/roop/v1/faces/berta", {"note": "x" * 1001}), 400, "note", "at most 1000")
    refused(roop.ask("PATCH", "/roop/v1/faces/berta", {"note": 5}), 400, "note", "takes text")
    roop.post("/roop/v1/faces", name="clara", images=ANNA)
    taken = roop.ask("PATCH", "/roop/v1/faces/berta", {"note": "other", "name": "clara"})
    assert taken.status == 409 and roop.get("/roop/v1/faces/berta").body["note"] == "hers\n<b>"
    assert roop.ask("PATCH", "/roop/v1/faces/berta", {"note": ""}).body["note"] == ""


def test_a_note_comes_along_with_a_file_of_roop_and_no_other(roop: Served) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    roop.ask("PATCH", "/roop/v1/faces/anna", {"note": "hers"})
    for kind, note in (("roop", "hers"), ("reactor", ""), ("faceswaplab", "")):
        data = base64.b64encode(roop.get(f"/roop/v1/faces/anna?format={kind}").data).decode()
        assert roop.post("/roop/v1/faces", name=f"of {kind}", file=data).body["note"] == note


def test_a_face_is_examined(tmp_path: Path) -> None:
    engine = Engine(FakeHost(faces=tmp_path))
    with serving(server.application(engine)) as served:
        pale = sent(portrait(192, (236, 190, 166), (92, 60, 34)))
        assert served.post("/roop/v1/faces", name="pale", images=[pale]).status == 201
        body = served.get("/roop/v1/faces/pale/doctor").body
        assert served.get("/roop/v1/faces/nobody/doctor").status == 404
    assert body["uses"] == [{"engine": "built-in", "model": "mesh", "ready": True, "lacks": ""}]
    assert body["engine"] == "built-in" and 0.45 < body["similarity"] <= 1 and body["doubted"] == []
    assert "images" not in body and any("is like the face by" in sentence for sentence in body["findings"])


def test_a_face_is_deleted_for_good(roop: Served, folder: Path) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    removed = roop.ask("DELETE", "/roop/v1/faces/anna").body["removed"]
    assert sorted(removed) == ["anna.png", "anna.safetensors"] and names(folder) == []
    assert roop.ask("DELETE", "/roop/v1/faces/anna").status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_face_that_is_not_there_is_not_found(roop: Served, method: str) -> None:
    answer = roop.ask(method, "/roop/v1/faces/nobody", {"sex": "male"} if method == "PATCH" else None)
    assert answer.status == 404 and "nobody" in answer.body["error"]


@pytest.mark.parametrize(
    "name", ["../a", "/etc/a", "a\\b", "a\0b", "CON", ".a", "a.pkl", "a" * 300, "", 5, None, "\ud800"]
)
def test_a_name_that_no_file_can_have_is_refused(roop: Served, folder: Path, name: object) -> None:
    refused(roop.post("/roop/v1/faces", name=name, images=ANNA), 400, "name")
    assert names(folder) == [] and names(folder.parent) in ([], ["faces"])


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "%2e%2e", "a%00", "a.safetensors"])
def test_a_path_in_an_address_reaches_no_file(roop: Served, name: str) -> None:
    assert roop.get(f"/roop/v1/faces/{name}").status in (400, 404)


def test_a_damaged_face_is_noted_and_the_others_are_listed(roop: Served, folder: Path) -> None:
    roop.post("/roop/v1/faces", name="anna", images=ANNA)
    (folder / "bad.safetensors").write_bytes(b"no face")
    body = roop.get("/roop/v1/faces").body
    assert [each["name"] for each in body["faces"]] == ["anna"] and "bad" in body["notes"][0]
    assert str(folder) not in body["notes"][0]
