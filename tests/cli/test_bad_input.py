"""Whatever is wrong with what was given: one sentence, the right code, nothing lost, nothing left behind."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop.portrait import portrait
from tests.cli.conftest import DARK
from tests.cli.running import ROOT, Run, names, process

FULL_DISK = "import resource; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
"""No file may be larger; Python would keep what fits of a compiled module, which no other process could load."""


def missing(path: Path, whole: bytes) -> None:
    path.unlink(missing_ok=True)


def empty(path: Path, whole: bytes) -> None:
    path.write_bytes(b"")


def truncated(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[: len(whole) // 3])


def text(path: Path, whole: bytes) -> None:
    path.write_text("This is no picture.\n" * 50)


def header_only(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[:24])


def folder(path: Path, whole: bytes) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


@pytest.fixture
def kept(here: Path) -> Callable[[], bool]:
    """Says whether the folder still holds exactly what it held."""
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    return lambda: before == {path.name: path.read_bytes() for path in here.iterdir()}


@pytest.mark.parametrize("where", ["source", "target", "like"])
@pytest.mark.parametrize("spoil", [missing, empty, truncated, text, header_only, folder])
def test_a_file_that_is_no_whole_picture(
    roop: Run, here: Path, where: str, spoil: Callable[[Path, bytes], None]
) -> None:
    spoil(here / "bad.png", (here / "pale.png").read_bytes())
    before = names(here)
    given = {"source": "pale.png", "target": "dark.png", "like": "dark.png", where: "bad.png"}
    words = [word for option, name in given.items() for word in (f"--{option}", here / name)]
    roop("swap", *words).says(2, str(here / "bad.png"))
    assert names(here) == before


@pytest.mark.parametrize("command", ["detect", "compare"])
@pytest.mark.parametrize("spoil", [missing, empty, truncated, text])
def test_the_other_commands_refuse_it_too(
    roop: Run, here: Path, command: str, spoil: Callable[[Path, bytes], None]
) -> None:
    spoil(here / "bad.png", (here / "pale.png").read_bytes())
    words = [here / "bad.png"] if command == "detect" else [here / "pale.png", here / "bad.png"]
    roop(command, *words).says(2, str(here / "bad.png"))


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 1)])
def test_a_tiny_picture_has_no_face(roop: Run, here: Path, size: tuple[int, int]) -> None:
    Pillow.new("RGB", size).save(here / "tiny.png")
    roop("swap", "--source", here / "pale.png", "--target", here / "tiny.png").says(3, "No face was found in tiny")
    roop("swap", "--source", here / "tiny.png", "--target", here / "dark.png").says(2, "No face was found in tiny")
    assert roop("detect", here / "tiny.png").out == "no face\n"


def test_no_face_where_one_is_needed(roop: Run, here: Path, kept: Callable[[], bool]) -> None:
    empty_, pale, dark = here / "empty.png", here / "pale.png", here / "dark.png"
    roop("swap", "--source", empty_, "--target", dark).says(2, "No face was found in empty")
    roop("swap", "--source", pale, "--target", empty_).says(3, "No face was found in empty")
    roop("swap", "--source", pale, "--target", dark, "--like", empty_).says(2, "No face was found in empty")
    roop("compare", pale, empty_).says(2, "No face was found in empty")
    assert kept()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--source-face", "1"), "The source picture pale has no face 1: it shows 1 face, numbered from 0."),
        (("--target-faces", "7"), "There is no face 7 in dark: 1 face counts, numbered from 0."),
        (("--target-faces", "0,one"), "target_faces takes face numbers such as 0 or 0,2, not '0,one'."),
        (("--source-face", "0,0", "--target-faces", "0"), "--source-face names 2 faces and --target-faces 1"),
        (("--strength", "nan"), "strength goes from 0 to 1.5, not nan."),
        (("--strength", "2"), "strength goes from 0 to 1.5, not 2.0."),
        (("--like-threshold", "-1"), "like_threshold goes from 0 to 1, not -1.0."),
        (("--detection-threshold", "0"), "detection_threshold goes from 0.05 to 0.99, not 0.0."),
        (("--max-faces", "-1"), "max_faces goes from 0 to 1000, not -1."),
        (("--order", "sideways"), "order is one of left-right"),
        (("--sex", "male"), "cannot tell a face's sex"),
        (("--model", "magic"), "model is one of auto, mesh"),
        (("--box", "1,2,3"), "box takes four numbers x,y,width,height, not '1,2,3'."),
        (("--box", "900,900,50,50"), "The box 900,900,50,50 lies outside the picture, which is 192x192."),
        (("--box=-5,-5,nan,5",), "box needs a width and a height"),
        (("--output", "/"), "--output / is a folder; name a file in it."),
    ],
)
def test_an_option_that_does_not_fit(
    roop: Run, here: Path, kept: Callable[[], bool], words: tuple[str, ...], sentence: str
) -> None:
    roop("swap", "--source", here / "pale.png", "--target", here / "dark.png", *words).says(2, sentence)
    assert kept()


@pytest.mark.parametrize(
    ("option", "name", "sentence"),
    [
        ("--output", "nowhere/out.png", "nowhere is no folder; make it first."),
        ("--output", "pale.png/out.png", "pale.png is no folder; make it first."),
        ("--output", "out.txt", "cannot be written as .txt; use .png, .jpg"),
        ("--output", "out", "cannot be written as a file without suffix"),
        ("--output", "dark.png", "is the target, which would be lost; choose another name."),
        ("--output", "pale.png", "is a source picture, which would be lost"),
        ("--output", "link.png", "is the target, which would be lost"),
        ("--output", "./nowhere/../dark.png", "is no folder"),
        ("--output", "sub/../dark.png", "is the target"),
        ("--output", "empty.png", "is the picture of --like, which would be lost"),
        ("--json", "nowhere/out.json", "nowhere is no folder; make it first."),
        ("--json", "sub", "is a folder; name a file in it."),
        ("--json", "dark.png", "is the target, which would be lost"),
        ("--json", "pale.png", "is a source picture, which would be lost"),
        ("--json", "new.png", "is also that of --output, which would be lost"),
    ],
)
def test_a_place_that_cannot_take_the_result_is_named_before_any_work(
    run_with: Run, here: Path, option: str, name: str, sentence: str
) -> None:
    (here / "sub").mkdir()
    (here / "link.png").symlink_to(here / "dark.png")
    before = {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()}
    words = ["--source", here / "pale.png", "--target", here / "dark.png", "--like", here / "empty.png"]
    if name == "new.png":
        words += ["--output", here / "new.png"]
    ended = run_with(None, "swap", *words, option, f"{here}/{name}")
    ended.says(2, sentence)
    assert {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


def test_the_file_of_units_is_not_written_over(run_with: Run, here: Path) -> None:
    units = here / "units.json"
    units.write_text('[{"source": "pale.png"}]')
    run_with(None, "swap", "--units", units, "--target", here / "dark.png", "--json", units).says(
        2, "the file of --units"
    )
    words = ("swap", "--units", units, "--target", here / "dark.png", "--json", here / "pale.png")
    run_with(None, *words).says(2, "is a source picture, which would be lost")
    assert units.read_text() == '[{"source": "pale.png"}]'


@pytest.mark.parametrize("option", ["--draw", "--json"])
def test_detect_does_not_write_over_its_picture(run_with: Run, here: Path, option: str) -> None:
    run_with(None, "detect", here / "pale.png", option, here / "pale.png").says(2, "is the input, which would be lost")


def test_a_mistyped_line_writes_over_nothing(run_with: Run, here: Path, kept: Callable[[], bool]) -> None:
    ended = run_with(None, "swap", "--target", here / "dark.png", "--json", here / "dark.png", "--bogus")
    ended.says(2, "There is no option --bogus")
    assert kept()


def test_a_target_that_is_no_file_needs_an_output(run_with: Run, here: Path) -> None:
    words = ("--source", here / "pale.png", "--target", "data:image/png;base64,AAAA")
    run_with(None, "swap", *words).says(2, "Name the result with --output")


def test_a_full_disk_keeps_what_was_there_and_leaves_nothing(here: Path, kept: Callable[[], bool]) -> None:
    (here / "out.png").write_bytes(b"old")
    words = ("swap", "--source", here / "pale.png", "--target", here / "dark.png", "--output", here / "out.png")
    ended = process(*words, first=FULL_DISK)
    ended.says(2, "out.png cannot be written (File too large)")
    assert (here / "out.png").read_bytes() == b"old"
    assert names(here) == {"pale.png", "dark.png", "both.png", "empty.png", "out.png"}


def test_a_report_that_does_not_fit_leaves_nothing(here: Path) -> None:
    limit = FULL_DISK.replace("2000", "100")
    ended = process("detect", here / "pale.png", "--json", here / "r.json", first=limit)
    assert ended.code == 2 and "r.json cannot be written (File too large)" in ended.err
    assert "face 0" in ended.out and names(here) == {"pale.png", "dark.png", "both.png", "empty.png"}


def test_without_onnxruntime_one_sentence_says_how_to_get_it(here: Path) -> None:
    absent = "sys.modules['onnxruntime'] = None"
    ended = process("swap", "--source", here / "pale.png", "--target", here / "dark.png", first=absent)
    ended.says(2, "pip install onnxruntime")


def test_without_opencv_one_sentence_points_to_the_doctor(here: Path) -> None:
    ended = process("compare", here / "pale.png", here / "dark.png", first="sys.modules['cv2'] = None")
    ended.says(2, "A package that roop needs cannot be imported", "roop doctor")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of roop in which one byte of a net is another."""
    root = tmp_path_factory.mktemp("damaged")
    shutil.copytree(ROOT / "lib_roop", root / "lib_roop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "models", root / "models")
    net = root / "models" / "builtin" / "facemesh_468.onnx"
    data = bytearray(net.read_bytes())
    data[5000] ^= 1
    net.write_bytes(data)
    return root


def test_a_damaged_net_is_named_and_not_run(here: Path, damaged: Path) -> None:
    words = ("swap", "--source", here / "pale.png", "--target", here / "dark.png")
    process(*words, root=damaged).says(2, "facemesh_468.onnx is damaged (its sha256 is not the expected one)")


def test_the_doctor_goes_on_behind_a_damaged_net(damaged: Path) -> None:
    ended = process("doctor", root=damaged)
    assert ended.code == 2 and "Traceback" not in ended.err
    for part in (
        "numpy",
        "net blazeface_short_range  ok",
        "net facemesh_468           WRONG  damaged",
        "providers",
        "self-test",
    ):
        assert part in ended.out
    assert ended.err.count("\n") == 1 and "install roop anew" in ended.err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says so of a process by itself")
def test_a_panorama_is_swapped_within_bounds(tmp_path: Path, pictures: Path) -> None:
    panorama = np.full((700, 20_000, 3), 128, np.uint8)
    panorama[250:442, 15_000:15_192] = portrait(192, *DARK)
    Pillow.fromarray(panorama).save(tmp_path / "wide.jpg", quality=90)
    # What getrusage says begins with what the parent had in use, here the whole test run.
    peak = (
        "import atexit; atexit.register(lambda: print('peak', "
        "int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024))"
    )
    ended = process("swap", "--source", pictures / "pale.png", "--target", tmp_path / "wide.jpg", first=peak)
    assert ended.code == 0, ended
    assert int(ended.out.rpartition("peak ")[2]) < 700
    with Pillow.open(tmp_path / "pale_wide.jpg") as written:
        assert written.size == (20_000, 700)
