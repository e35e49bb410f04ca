"""What clients of the original roop get."""

import pytest

from tests.api.serving import Served, sent
from tests.api.test_calls import picture, refused
from tests.fakes import Fakes, people, row

SOURCE, TARGET = sent(row(90)), sent(row(10, 200))


def test_a_swap_of_the_original_gives_one_marked_picture(roop: Served) -> None:
    body = roop.post("/roop/image", source_image=SOURCE, target_image=TARGET, face_index=[1]).body
    assert list(body) == ["image"] and people(picture(body["image"]).rgb) == [10, 90]
    assert b"DigitalSourceType" in picture(body["image"]).metadata.xmp


def test_every_field_of_the_original_is_understood(roop: Served, fakes: Fakes) -> None:
    body = {
        "source_image": SOURCE, "target_image": TARGET, "face_index": [0, 1], "scale": 2, "upscale_visibility": 1,
        "face_restorer": "None", "restorer_visibility": 1, "model": "inswapper_128.onnx",
    }  # fmt: skip
    made = picture(roop.post("/roop/image", **body).body["image"])
    assert made.rgb.shape[1] == 2 * picture(TARGET).rgb.shape[1] and fakes.swapper.batches == [2]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("face_index", "0", "face_index"),
        ("source_image", "/etc/passwd", "source_image"),
        ("target_image", "", "target_image"),
        ("model", 5, "model"),
        ("result_file_path", "elsewhere/a.png", "result_file_path"),
    ],
)
def test_what_does_not_fit_is_said(roop: Served, field: str, value: object, named: str) -> None:
    body = {"source_image": SOURCE, "target_image": TARGET, field: value}
    refused(roop.post("/roop/image", **body), 400, named)


def test_the_models_that_are_there_are_listed(roop: Served) -> None:
    assert roop.get("/roop/models").body == {"models": ["mesh"]}
