"""The JSON of every command is what docs/json.md says."""

import re
from pathlib import Path
from typing import Any

import pytest

from lib_roop import __version__
from lib_roop.cli.arguments import COMMANDS
from lib_roop.cli.report import Report, table
from lib_roop.errors import InputError, ModelError, NoFaceError, OptionError, PictureError, Refused
from tests.cli.running import ROOT, Run, process, save
from tests.fakes import FakeHost, FakeRestorer, Fakes, Person, drawn, row

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def documented() -> dict[str, dict[str, str]]:
    """The fields of docs/json.md with their types, by heading."""
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    sections = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        heading: dict(re.findall(r"^\| `(\w+)` \| ([a-z]+\??) \|", body, re.MULTILINE))
        for heading, body in zip(sections[::2], sections[1::2], strict=True)
    }


def holds(value: dict[str, Any], *headings: str) -> None:
    """Assert that `value` has the fields of these sections, in their types, and no others."""
    fields = {name: kind for heading in headings for name, kind in documented()[heading].items()}
    assert set(value) == set(fields)
    for name, kind in fields.items():
        allowed = TYPES[kind.rstrip("?")]
        if value[name] is None:
            assert kind.endswith("?"), name
        else:
            assert isinstance(value[name], allowed) and isinstance(value[name], bool) == (allowed == (bool,)), name


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return save(tmp_path / "a.png", row(10, 20, sexes=(1, 0)))


@pytest.mark.parametrize("words", [(), ("--similarity",), ("--min-similarity", "1", "--strength", "0.1")])
def test_the_report_of_a_swap(run_with: Run, picture: Path, words: tuple[str, ...]) -> None:
    report = run_with(
        Fakes().engine(), "swap", "--source", picture, "--source-face", 1, "--target", picture, "--json", "-", *words
    ).report
    holds(report, "Every report", "swap")
    for result in report["results"]:
        holds(result, "A result of swap")
    for step in (report["restorer"], report["upscaler"]):
        holds(step, "A restorer or an upscaler of swap")
    for face in report["faces"]:
        holds(face, "A face of swap")


def test_the_report_of_an_enhancement(run_with: Run, picture: Path) -> None:
    words = ("enhance", "--target", picture, "--upscaler", "lanczos", "--json", "-")
    report = run_with(Fakes(host=FakeHost(own_restorers={"blue": FakeRestorer()})).engine(), *words).report
    holds(report, "Every report", "enhance")
    for step in (report["restorer"], report["upscaler"]):
        holds(step, "A restorer or an upscaler of swap")
    for face in report["faces"]:
        holds(face, "A face of swap")


def test_the_report_of_a_detection(run_with: Run, tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", drawn(Person((5, 5, 9), 1, sex=1), Person((40, 5, 9), 2, score=100)))
    report = run_with(Fakes().engine(), "detect", picture, "--json", "-").report
    holds(report, "Every report", "detect")
    for face in (*report["faces"], *report["near_misses"]):
        holds(face, "A face of detect")
        assert len(face["box"]) == 4 and len(face["landmarks"]) == 5 and set(face["pose"]) == {"yaw", "pitch", "roll"}


def test_the_report_of_a_comparison(run_with: Run, picture: Path) -> None:
    holds(run_with(Fakes().engine(), "compare", picture, picture, "--json", "-").report, "Every report", "compare")


def test_the_report_of_the_doctor(roop: Run) -> None:
    report = roop("doctor", "--json", "-").report
    holds(report, "Every report", "doctor")
    for check in report["checks"]:
        holds(check, "A check of doctor")


def test_the_report_of_the_demo(roop: Run, tmp_path: Path) -> None:
    report = roop("demo", "--output", tmp_path, "--json", "-").report
    holds(report, "Every report", "demo")
    for face in report["faces"]:
        assert isinstance(face.pop("similarity_before"), float)
        holds(face, "A face of swap")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert documented()[command]


def test_the_report_of_a_failure_has_the_common_fields(run_with: Run, picture: Path, tmp_path: Path) -> None:
    ended = run_with(Fakes().engine(), "detect", tmp_path / "gone.png", "--json", "-")
    holds(ended.report, "Every report")
    assert ended.report["exit_code"] == ended.code == 2
    assert ended.err == f"roop: {ended.report['error']}\n"
    assert (ended.report["version"], ended.report["command"]) == (__version__, "detect")


@pytest.mark.parametrize(("words", "command"), [("detect --bogus", "detect"), ("detcet", None), ("--bogus", None)])
def test_the_report_of_a_line_that_cannot_be_understood(words: str, command: str | None) -> None:
    ended = process(*words.split(), "--json", "-")
    holds(ended.report, "Every report")
    assert (ended.code, ended.report["command"]) == (2, command)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(InputError, 2), (OptionError, 2), (PictureError, 2), (ModelError, 2), (NoFaceError, 3), (Refused, 4)],
)
def test_every_kind_of_error_has_its_code_in_the_documentation(kind: type[InputError], code: int) -> None:
    assert kind.exit_code == code
    assert f"\n| {code} | " in (ROOT / "docs" / "json.md").read_text(encoding="utf-8")


def test_a_report_without_trouble_has_no_error() -> None:
    report = Report(body={"extra": 1}, notes=("So it is.",)).as_json("swap")
    assert (report["error"], report["exit_code"], report["notes"], report["extra"]) == (None, 0, ["So it is."], 1)


def test_the_columns_of_a_table_are_aligned() -> None:
    assert table([("a", "bb", ""), ("aaa", "b", "c")]) == ("a    bb", "aaa  b   c")
