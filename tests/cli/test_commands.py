"""roop detect, compare, doctor and demo; and how the program ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib_roop import doctor, images
from lib_roop.__main__ import main
from lib_roop.engine import Engine
from lib_roop.errors import InputError, ModelError
from lib_roop.photographs import photographs
from tests.cli.running import ROOT, Run, names, process, save
from tests.fakes import Fakes, Person, drawn, row


def test_detect_numbers_faces_and_says_where_they_are(roop: Run, here: Path) -> None:
    ended = roop("detect", here / "both.png")
    first, second = ended.out.splitlines()
    assert ended.code == 0 and first.startswith("face 0  score 0.") and second.startswith("face 1  ")
    assert "  box " in first and "  yaw " in first and " pitch " in first and " roll " in first


def test_the_box_that_detect_prints_can_be_given_to_swap(roop: Run, here: Path) -> None:
    box = roop("detect", here / "dark.png").out.split("  box ")[1].split()[0]
    words = ("--source", here / "pale.png", "--target", here / "dark.png", "--box", box, "--json", "-")
    assert roop("swap", *words).report["faces"][0]["status"] == "swapped"


def test_the_numbers_of_detect_are_those_of_the_order(run_with: Run, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", row(10, 20, 30))
    faces = run_with(Fakes().engine(), "detect", picture, "--order", "large-small", "--json", "-").report["faces"]
    assert [face["index"] for face in faces] == [0, 1, 2]
    assert [face["box"][0] for face in faces] == [65, 35, 5]


def test_detect_tells_sex_and_age_where_something_can(run_with: Run, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", row(10, 20, sexes=(1, 0)))
    words = ("detect", picture, "--json", "-")
    assert [(face["sex"], face["age"]) for face in run_with(Fakes().engine(), *words).report["faces"]] == [
        ("female", 30),
        (None, 30),
    ]
    silent = run_with(Fakes(attributes=None).engine(), *words).report["faces"]
    assert [(face["sex"], face["age"]) for face in silent] == [(None, None)] * 2
    assert "female  age 30  yaw +1" in run_with(Fakes().engine(), "detect", picture).out


def test_detect_shows_what_just_failed(run_with: Run, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", drawn(Person((10, 10, 20), 5, score=100)))
    ended = run_with(Fakes().engine(), "detect", picture)
    assert (ended.code, ended.out.splitlines()[0]) == (0, "no face")
    assert ended.out.splitlines()[1].startswith("near miss  score 0.39  box 10,10,20,20")
    assert "face 0" in run_with(Fakes().engine(), "detect", picture, "--detection-threshold", "0.3").out


def test_detect_draws_into_a_copy(roop: Run, here: Path) -> None:
    before = (here / "pale.png").read_bytes()
    ended = roop("detect", here / "pale.png", "--draw", here / "drawn.png")
    assert ended.out.splitlines()[-1] == str(here / "drawn.png") and (here / "pale.png").read_bytes() == before
    painted = images.read(here / "drawn.png")
    assert painted.rgb.shape == (192, 192, 3) and b"composite" in painted.metadata.xmp


def test_compare_knows_the_same_picture_and_another(roop: Run, here: Path) -> None:
    (here / "again.png").write_bytes((here / "pale.png").read_bytes())
    assert roop("compare", here / "pale.png", here / "again.png").out.startswith("similarity 1.00 ")
    report = roop("compare", here / "pale.png", here / "dark.png", "--json", "-").report
    assert report["recogniser"] == "dlib_resnet_v1" and 0 <= report["similarity"] < 1


def test_the_doctor_finds_this_machine_well(roop: Run) -> None:
    ended = roop("doctor")
    assert (ended.code, ended.err) == (0, "") and ended.out.endswith("All is well.\n")
    assert "WRONG" not in ended.out and "two drawn faces swapped in" in ended.out


def test_where_nets_run_is_reported_and_can_be_typed(afresh: Run, here: Path) -> None:
    report = afresh("detect", here / "pale.png", "--provider", "cpu", "--threads", 1, "--json", "-").report
    assert report["devices"] == {"blazeface_short_range.onnx": ["cpu"], "facemesh_468.onnx": ["cpu"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--provider", "abacus"), "offers cpu here, not abacus"),
        (("--threads", "-1"), "--threads goes from 0 to 1024, not -1"),
        (("--det-size", "9999"), "--det-size goes from 0 to 4096"),
        (("--pack", "nowhere"), "no pack and no folder 'nowhere'"),
    ],
)
def test_a_device_or_pack_that_cannot_be_is_said(
    afresh: Run, here: Path, words: tuple[str, ...], sentence: str
) -> None:
    afresh("compare", here / "pale.png", here / "dark.png", *words).says(2, sentence)


def test_the_doctor_says_which_restorers_upscalers_and_masks_are_there(afresh: Run) -> None:
    checks = {check["name"]: check for check in afresh("doctor", "--json", "-").report["checks"]}
    assert checks["masks"]["found"].startswith("box, hull, difference") and "lanczos" in checks["upscalers"]["found"]
    assert "gfpgan_1.4" in checks["restorers"]["found"] and "codeformer" in checks["restorers"]["found"]


def test_the_doctor_says_that_a_device_is_not_offered(afresh: Run) -> None:
    ended = afresh("doctor", "--provider", "abacus", "--json", "-")
    checks = {check["name"]: check for check in ended.report["checks"]}
    assert ended.code == 2 and not checks["providers"]["ok"] and "not abacus" in checks["providers"]["mend"]


def test_the_doctor_goes_on_without_onnxruntime() -> None:
    ended = process("doctor", "--json", "-", first="sys.modules['onnxruntime'] = None")
    checks = {check["name"]: check for check in ended.report["checks"]}
    assert ended.code == 2 and ended.report["facts"]["python"]
    assert checks["net dlib_resnet_v1"]["ok"] and not checks["providers"]["ok"] and not checks["self-test"]["ok"]
    assert "pip install onnxruntime" in ended.report["error"]


def test_the_doctor_goes_on_without_opencv() -> None:
    ended = process("doctor", first="sys.modules['cv2'] = None")
    assert ended.code == 2 and "net facemesh_468           ok" in ended.out and "Traceback" not in ended.err


def test_two_builds_of_one_package_are_a_clash() -> None:
    assert doctor.clash(["onnxruntime"]) is None
    found = doctor.clash(["onnxruntime", "onnxruntime-gpu"])
    assert found and not found.ok and found.found == "onnxruntime and onnxruntime-gpu overwrite each other"
    assert found.mend == ("pip uninstall onnxruntime onnxruntime-gpu, then pip install --force-reinstall onnxruntime")


def test_clashing_builds_are_found_by_what_is_installed(tmp_path: Path) -> None:
    for name in ("opencv-python", "opencv-python-headless"):
        folder = tmp_path / f"{name.replace('-', '_')}-4.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.0\n")
    ended = process("doctor", first=f"sys.path.insert(0, {str(tmp_path)!r})")
    assert ended.code == 2 and "opencv-python-headless and opencv-python overwrite each other" in ended.out
    assert "pip uninstall opencv-python-headless opencv-python" in ended.err


def test_a_package_that_is_not_installed_has_no_version() -> None:
    assert doctor.installed("numpy") == np.__version__
    assert doctor.installed("no-such-package-here") == ""


def test_the_demo_gives_each_the_others_face(roop: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "demo"
    ended = roop("demo", "--output", folder)
    assert ended.code == 0 and not ended.err
    pictures = {"target.png", "detection.png", "result.png", "before_after.png"}
    assert names(folder) == {"about.txt", "astronaut.png", "grace_hopper.jpg", *pictures}
    assert all(str(folder / name) in ended.out for name in pictures)
    target, result = images.read(folder / "target.png"), images.read(folder / "result.png")
    changed = (target.rgb != result.rgb).any(-1)
    assert changed[:, :512].any() and changed[:, 512:].any() and changed.mean() < 0.2
    assert b"composite" in result.metadata.xmp


def test_the_demos_faces_end_nearer_to_who_they_got(roop: Run, tmp_path: Path) -> None:
    report = roop("demo", "--output", tmp_path, "--json", "-").report
    assert [face["identity"] for face in report["faces"]] == ["grace_hopper", "astronaut"]
    for face in report["faces"]:
        assert face["status"] == "swapped" and face["similarity"] > face["similarity_before"] + 0.2


def test_the_demo_writes_over_its_own_pictures_only(roop: Run, tmp_path: Path) -> None:
    (tmp_path / "result.png").write_bytes(b"mine")
    roop("demo", "--output", tmp_path).says(2, "holds a result.png that is not the demo's")
    assert (tmp_path / "result.png").read_bytes() == b"mine" and names(tmp_path) == {"result.png"}
    assert roop("demo", "--output", tmp_path / "own").code == 0
    assert roop("demo", "--output", tmp_path / "own").code == 0


def test_the_demos_photographs_are_the_packages_own_files(roop: Run, tmp_path: Path) -> None:
    roop("demo", "--output", tmp_path)
    for original in photographs():
        assert (tmp_path / original.name).read_bytes() == original.read_bytes()


def test_without_its_photographs_the_demo_says_where_they_come_from() -> None:
    absent = "sys.modules.update(skimage=None, matplotlib=None)"
    process("demo", first=absent).says(2, "The demo's photographs come with scikit-image and matplotlib: pip install")


def test_the_demo_needs_a_folder(roop: Run, here: Path) -> None:
    roop("demo", "--output", here / "pale.png").says(2, "cannot be made")


def test_ctrl_c_is_one_line_and_code_130(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    def stop() -> Engine:
        raise KeyboardInterrupt

    assert main(["detect", str(here / "pale.png")], stop) == 130
    assert capsys.readouterr().err == "roop: stopped.\n"


def test_a_bug_shows_its_traceback(here: Path) -> None:
    def broken() -> Engine:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main(["detect", str(here / "pale.png")], broken)


@pytest.mark.parametrize("words", [("swap", "--help"), ("compare", "pale.png", "dark.png", "--json", "r.json")])
def test_a_reader_that_goes_away_is_no_error(here: Path, words: tuple[str, ...]) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from lib_roop.__main__ import main; sys.exit(main())"
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", program, *words]
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False, cwd=here, env=buffered)
    assert (done.returncode, done.stderr) == (141, b"")
    assert ("r.json" in names(here)) == ("r.json" in words)


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such a name")
def test_a_name_that_the_terminal_cannot_show_is_escaped(roop: Run, here: Path) -> None:
    odd = here / os.fsdecode(b"odd\xff\xc3\xa9.png")
    odd.write_bytes((here / "pale.png").read_bytes())
    ended = process("detect", odd, "--json", "-", first="sys.stderr.reconfigure(encoding='ascii')")
    assert ended.code == 0 and len(ended.report["faces"]) == 1
    assert roop("detect", here / os.fsdecode(b"gone\xff.png")).code == 2


def test_reports_in_files_are_whole_json(roop: Run, here: Path) -> None:
    roop("detect", here / "pale.png", "--json", here / "r.json")
    assert json.loads((here / "r.json").read_text())["command"] == "detect"
    assert not [name for name in names(here) if name.endswith(".part")]


@pytest.mark.parametrize("error", [InputError("Do this."), ModelError("Do that.")])
def test_what_the_user_can_mend_is_never_a_traceback(
    capsys: pytest.CaptureFixture[str], here: Path, error: Exception
) -> None:
    def failing() -> Engine:
        raise error

    assert main(["detect", str(here / "pale.png")], failing) == 2
    assert capsys.readouterr().err == f"roop: {error}\n"
