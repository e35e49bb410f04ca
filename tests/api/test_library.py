"""Kept faces over HTTP."""

import base64
import pickle
from pathlib import Path

import pytest

from lib_roop.identities import checkpoints
from tests.api.serving import Served, sent
from tests.api.test_calls import refused
from tests.fakes import Fakes, row

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
