"""roop models: what there is, got and removed when asked, and never from another tool's folder."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.cli import models
from lib_roop.cli.arguments import parse
from lib_roop.cli.report import Report
from lib_roop.engine import Engine
from lib_roop.errors import InputError, ModelError
from lib_roop.zoo.cards import Listed
from tests.cli.running import Run, process
from tests.fakes import FakeHost
from tests.zoo.graphs import card_of, tiny
from tests.zoo.site import Site, served
from tests.zoo.test_unpack import FINDER, RIGHT, pack_of, zipped

WHOLE = tiny()
ZIP = zipped(RIGHT)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with served() as found:
        yield found


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    """Keeps its own models in `own`, and finds those in `theirs`."""
    return FakeHost((tmp_path / "own", tmp_path / "theirs"))


@pytest.fixture
def listed(site: Site) -> tuple[Listed, ...]:
    """One net, and one pack."""
    net = replace(card_of(WHOLE), urls=(site.put("/tiny.onnx", WHOLE),), commercial_use=False, licence="Some licence")
    return net, pack_of(ZIP, site.put("/people.zip", ZIP))


@pytest.fixture
def run(host: FakeHost, listed: tuple[Listed, ...]) -> Callable[..., Report]:
    return lambda *words: models.run(parse(["models", *words]), lambda: Engine(host), listed)


def test_list_shows_what_is_there_and_what_it_may_be_used_for(run: Callable[..., Report], host: FakeHost) -> None:
    net, pack = run("list").lines
    assert "no commercial use  Some licence" in net and "there" not in net
    assert pack.startswith("people") and "analysis" in pack and "  commercial use" in pack
    host.folders[0].mkdir()
    (host.folders[0] / "tiny.onnx").write_bytes(WHOLE)
    assert "there" in run("list").lines[0]
    (host.folders[0] / "tiny.onnx").write_bytes(WHOLE[:-1])
    report = run("list")
    assert "DAMAGED" in report.lines[0]
    assert report.body["action"] == "list"
    assert report.body["models"][0] == {
        "name": "tiny",
        "task": "detection",
        "path": str(host.folders[0] / "tiny.onnx"),
        "bytes": len(WHOLE),
        "licence": "Some licence",
        "commercial_use": False,
    }


def test_get_gets_what_a_net_needs_too(host: FakeHost, listed: tuple[Listed, ...], site: Site) -> None:
    needy = replace(
        card_of(WHOLE), name="needy", file="needy.onnx", urls=(site.put("/needy.onnx", WHOLE),), needs=("tiny",)
    )
    report = models.run(parse(["models", "get", "needy", "tiny"]), lambda: Engine(host), (*listed, needy))
    assert report.lines == tuple(str(host.folders[0] / name) for name in ("needy.onnx", "tiny.onnx"))


def test_get_says_the_licence_first_and_then_gets_it_once(
    run: Callable[..., Report], host: FakeHost, site: Site
) -> None:
    report = run("get", "tiny")
    assert host.said == ["tiny: Some licence (no commercial use)."]
    assert report.lines == (str(host.folders[0] / "tiny.onnx"),)
    assert (host.folders[0] / "tiny.onnx").read_bytes() == WHOLE
    run("get", "tiny")
    assert len(site.asked) == 1


def test_get_unpacks_a_pack(run: Callable[..., Report], host: FakeHost) -> None:
    assert run("get", "people", "tiny").lines == (
        str(host.folders[0] / "people"),
        str(host.folders[0] / "tiny.onnx"),
    )
    assert {path.name for path in host.folders[0].iterdir()} == {"people", "tiny.onnx", "hashes.json"}


def test_get_takes_what_another_tool_has_and_replaces_what_is_damaged(
    run: Callable[..., Report], host: FakeHost, site: Site
) -> None:
    host.folders[1].mkdir()
    theirs = host.folders[1] / "tiny.onnx"
    theirs.write_bytes(WHOLE)
    assert run("get", "tiny").lines == (str(theirs),)
    assert site.asked == []
    theirs.write_bytes(bytes(len(WHOLE)))
    assert run("get", "tiny").lines == (str(host.folders[0] / "tiny.onnx"),)
    assert theirs.read_bytes() == bytes(len(WHOLE))


def test_get_stops_when_the_host_says_so(run: Callable[..., Report], host: FakeHost) -> None:
    host.stop = True
    with pytest.raises(ModelError, match="tiny was stopped; what has come stays"):
        run("get", "tiny")
    host.stop = False
    assert run("get", "tiny").exit_code == 0


def test_verify_reads_every_file_anew(run: Callable[..., Report], host: FakeHost) -> None:
    assert run("verify").lines == ("no models",)
    run("get", "tiny", "people")
    report = run("verify")
    assert (report.exit_code, report.error) == (0, "")
    assert [(entry["name"], entry["ok"]) for entry in report.body["models"]] == [
        ("tiny", True),
        ("finder", True),
        ("teller", True),
    ]
    path, before = host.folders[0] / "people" / "finder.onnx", (host.folders[0] / "people" / "finder.onnx").stat()
    path.write_bytes(bytes(len(FINDER)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    report = run("verify")
    assert report.exit_code == 2
    assert f"The net {path} is damaged" in report.error and "WRONG" in "".join(report.lines)


def test_verify_misses_what_was_asked_for_and_what_a_pack_needs(run: Callable[..., Report], host: FakeHost) -> None:
    report = run("verify", "tiny")
    assert (report.exit_code, report.error) == (2, "tiny is not there; get it with: roop models get tiny.")
    run("get", "people")
    (host.folders[0] / "people" / "finder.onnx").unlink()
    assert "The pack people is not whole; get it with: roop models get people" in run("verify").error


def test_verify_accepts_a_changed_file_where_nobody_states_its_hash(host: FakeHost) -> None:
    by_hand = (replace(card_of(WHOLE), size=0, sha256=""),)
    path = host.folders[0] / "tiny.onnx"
    path.parent.mkdir()

    def verify(*words: str) -> Report:
        return models.run(parse(["models", "verify", *words]), lambda: Engine(host), by_hand)

    path.write_bytes(WHOLE)
    assert verify().exit_code == 0
    path.write_bytes(FINDER)
    assert "is another one than when it was first used" in verify().error
    assert verify("--accept").exit_code == 0
    assert verify().exit_code == 0


def test_where_lists_the_folders_and_whether_they_are_there(run: Callable[..., Report], host: FakeHost) -> None:
    host.folders[0].mkdir()
    report = run("where")
    assert report.lines[0] == str(host.folders[0])
    assert report.lines[1].startswith(str(host.folders[1])) and report.lines[1].endswith("not there")
    assert "ROOP_MODELS" in report.notes[0]


def test_remove_deletes_from_roops_own_folder_alone(run: Callable[..., Report], host: FakeHost) -> None:
    run("get", "tiny", "people")
    assert run("remove", "people").lines == (f"deleted {host.folders[0] / 'people'}",)
    assert run("remove", "tiny").body == {"action": "remove", "removed": [str(host.folders[0] / "tiny.onnx")]}
    assert [path.name for path in host.folders[0].iterdir()] == ["hashes.json"]
    with pytest.raises(InputError, match=r"^tiny is not there\.$"):
        run("remove", "tiny")
    host.folders[1].mkdir()
    (host.folders[1] / "tiny.onnx").write_bytes(WHOLE)
    with pytest.raises(InputError, match="which is not roop's own folder; delete it there"):
        run("remove", "tiny")
    assert (host.folders[1] / "tiny.onnx").exists()


def test_a_damaged_file_can_be_removed_too(run: Callable[..., Report], host: FakeHost) -> None:
    host.folders[0].mkdir()
    (host.folders[0] / "tiny.onnx").write_bytes(b"half")
    run("remove", "tiny")
    assert not (host.folders[0] / "tiny.onnx").exists()


@pytest.mark.parametrize("action", ["get", "verify", "remove"])
def test_an_unknown_name_says_which_was_meant(roop: Run, action: str) -> None:
    roop("models", action, "inswaper_128").says(2, "There is no model 'inswaper_128'; did you mean inswapper_128?")


def test_the_command_lists_every_model_that_is_known(roop: Run) -> None:
    ended = roop("models", "list")
    assert ended.code == 0 and "inswapper_128_fp16" in ended.out and "buffalo_l" in ended.out


def test_listing_opens_no_connection() -> None:
    first = "import socket\ndef refuse(*a, **k): raise AssertionError('a connection')\nsocket.socket.connect = refuse"
    assert process("models", "list", first=first).code == 0
