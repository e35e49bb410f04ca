"""roop verify; and that whatever any command writes is marked."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.cli.arguments import COMMANDS
from lib_roop.photographs import photographs
from lib_roop.provenance.verify import NONE, SPEAKS, verify
from tests.certificates import Chain, chain
from tests.cli.running import Run, process

WRITING = {
    "swap": ("--source", "pale.png", "--target", "dark.png", "--output", "out/swap.jpg"),
    "enhance": ("--target", "dark.png", "--upscaler", "lanczos", "--output", "out/enhanced.jpg"),
    "detect": ("pale.png", "--draw", "out/drawn.png"),
    "compare": ("pale.png", "dark.png", "--draw", "out/alike.png"),
    "extract": ("both.png", "--output", "out/faces"),
    "face": ("build", "someone", "pale.png", "--out", "out"),
    "report": ("--source", "pale.png", "--target", "dark.png", "--output", "out"),
    "demo": ("--output", "out"),
}
READING = ("models", "verify", "doctor", "serve", "app")
"""What `serve` answers with is held by tests/api, what `app` shows by tests/ui and tests/browser."""


def test_it_is_known_of_every_command_whether_it_writes_pictures() -> None:
    assert {*WRITING, *READING} == set(COMMANDS)


@pytest.mark.parametrize("command", WRITING)
def test_every_picture_that_a_command_writes_is_marked(
    command: str, roop: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "out").mkdir()
    monkeypatch.chdir(here)
    assert roop(command, *WRITING[command]).code == 0
    unaltered = {path.read_bytes() for path in photographs()}
    written = [path for path in (here / "out").rglob("*") if path.suffix in (".png", ".jpg", ".webp")]
    altered = [path for path in written if path.read_bytes() not in unaltered]
    assert altered
    for path in altered:
        assert any(mark.kind == "digital source type" and mark.discloses for mark in verify(path)), path


def test_what_was_drawn_on_keeps_what_it_said(roop: Run, here: Path) -> None:
    first = provenance.save(images.read(here / "pale.png"), here / "a.png", source_type="trainedAlgorithmicMedia")
    roop("detect", first, "--draw", here / "b.png")
    assert "trainedAlgorithmicMedia" in {mark.value for mark in verify(here / "b.png")}


def test_marks_are_told_file_by_file(roop: Run, here: Path) -> None:
    roop("swap", "--source", here / "pale.png", "--target", here / "dark.png", "--output", here / "a.jpg")
    ended = roop("verify", here / "a.jpg", here / "dark.png")
    assert ended.code == 0 and not ended.err
    lines = ended.out.splitlines()
    assert lines[0] == str(here / "a.jpg") and lines[-2:] == [str(here / "dark.png"), f"  {NONE}"]
    assert "  digital source type  XMP  composite: put together from several pictures" in lines
    assert f"  AI system            XMP  roop (built-in engine): {provenance.SOFTWARE}" in lines
    assert f"  {SPEAKS}" in lines


def test_marks_as_json(roop: Run, here: Path) -> None:
    roop("swap", "--source", here / "pale.png", "--target", here / "dark.png", "--output", here / "a.webp")
    first, second = roop("verify", here / "a.webp", here / "dark.png", "--json", "-").report["files"]
    assert (first["file"], first["error"], first["verdict"]) == (str(here / "a.webp"), None, SPEAKS)
    assert first["marks"][0] == {
        "kind": "digital source type",
        "where": "XMP",
        "value": "composite",
        "meaning": "put together from several pictures",
        "discloses": True,
    }
    assert (second["marks"], second["verdict"]) == ([], NONE)


def test_the_other_files_are_told_when_one_cannot_be_read(roop: Run, here: Path) -> None:
    (here / "junk.png").write_bytes(b"junk")
    ended = roop("verify", here / "none.png", here / "junk.png", here / "pale.png")
    assert ended.code == 2 and str(here / "pale.png") in ended.out
    assert "does not exist" in ended.err and "junk.png is no picture" in ended.err
    report = roop("verify", here / "none.png", here / "pale.png", "--json", "-").report
    assert [bool(each["error"]) for each in report["files"]] == [True, False] and report["exit_code"] == 2


def test_the_report_goes_over_no_file_that_is_verified(roop: Run, here: Path) -> None:
    roop("verify", here / "pale.png", "--json", here / "pale.png").says(2, "would be lost")


def test_what_a_file_says_cannot_move_the_cursor(roop: Run, here: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0131] = "nice\x1b[2J\nroop: all is well"
    Pillow.new("RGB", (4, 4)).save(here / "a.jpg", exif=exif.tobytes())
    out = roop("verify", here / "a.jpg").out
    assert "\x1b" not in out and out.count("\n") == 3


def swap_words(folder: Path, name: str) -> tuple[object, ...]:
    return "swap", "--source", folder / "pale.png", "--target", folder / "dark.png", "--output", folder / name


def test_a_label_is_drawn_when_asked_for(roop: Run, here: Path) -> None:
    roop(*swap_words(here, "plain.png"))
    roop(*swap_words(here, "labelled.png"), "--label")
    changed = (images.read(here / "plain.png").rgb != images.read(here / "labelled.png").rgb).any(-1)
    assert 0.01 < changed.mean() < 0.2


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return chain(tmp_path_factory.mktemp("keys"))


def test_a_result_is_signed_when_asked_for(roop: Run, here: Path, signer: Chain) -> None:
    assert roop(*swap_words(here, "a.jpg"), *signer.words).code == 0
    out = roop("verify", here / "a.jpg").out
    assert "content credentials  C2PA  valid: signed as roop test Signer" in out


def test_a_key_that_cannot_sign_stops_before_any_work(roop: Run, here: Path, signer: Chain) -> None:
    words = ("--c2pa-key", here / "none.pem", "--c2pa-certificate", signer.certificate)
    roop(*swap_words(here, "a.jpg"), *words).says(2, "none.pem cannot be read")
    roop(*swap_words(here, "a.jpg"), "--c2pa-key", signer.key).says(2, "need both")
    assert not (here / "a.jpg").exists()


def test_key_and_certificate_are_not_written_over(roop: Run, here: Path, signer: Chain) -> None:
    before = signer.key.read_bytes()
    roop(*swap_words(here, "a.jpg"), *signer.words, "--report", signer.key).says(2, "would be lost")
    assert signer.key.read_bytes() == before


def test_without_the_extra_it_says_how_to_get_it(here: Path) -> None:
    (here / "key.pem").write_text("any")
    words = ("--c2pa-key", here / "key.pem", "--c2pa-certificate", here / "key.pem")
    process(*swap_words(here, "a.jpg"), *words, first="sys.modules['c2pa'] = None").says(2, 'pip install ".[c2pa]"')


def test_the_report_answers_an_auditor(roop: Run, here: Path) -> None:
    words = (*swap_words(here, "a.png"), "--strength", "0.9", "--label", "--report", here / "r.json")
    assert roop(*words).code == 0
    told = json.loads((here / "r.json").read_text())
    assert told["command"] == "swap" and told["time"].endswith("+00:00") and told["gate"]
    assert [each["what"] for each in told["inputs"]] == ["the target", "a source picture"]
    assert all(len(each["sha256"]) == 64 for each in told["inputs"])
    assert told["units"] == [{"source": [str(here / "pale.png")], "strength": 0.9}]
    assert told["result_options"] == {"label": True}
    models = {model["name"]: model for model in told["models"]}
    assert models["facemesh_468"]["licence"] == "Apache-2.0" and len(models["dlib_resnet_v1"]["sha256"]) == 64
    (result,) = told["results"]
    assert result["engine"] == "built-in" and result["output"]["file"] == str(here / "a.png")
    assert result["faces"][0]["status"] == "swapped" and len(result["faces"][0]["box"]) == 4
    assert {"digital source type", "AI system"} <= {mark["kind"] for mark in result["marks"]}


def test_there_is_no_report_of_what_was_not_written(roop: Run, here: Path) -> None:
    words = ("--min-similarity", "0.99", "--report", here / "r.json")
    assert roop(*swap_words(here, "a.png"), *words).code == 3
    assert not (here / "r.json").exists()
