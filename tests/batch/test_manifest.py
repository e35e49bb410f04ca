"""What is noted of a folder of results, and what of it is believed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.batch.manifest import NAME, Entry, Manifest, Owner, results
from lib_roop.errors import InputError
from lib_roop.zoo.hashes import sha256_of
from tests.cli.running import ROOT, names

OWNER = Owner(root="r", target="a.png", content="c")


def noted(folder: Path, place: str = "a.png", data: bytes = b"result", owner: Owner = OWNER) -> Entry:
    """A result, written and noted as a run does it."""
    with Manifest(folder) as book:
        book.begin(owner, [place])
        book.put(place, data)
        entry = Entry(
            owner=owner, key="k", status="swapped", faces=2, swapped=1, similarity=0.5, ms=3.5, engine="fake",
            models=("paint",), outputs={place: sha256_of(folder / place)},
        )  # fmt: skip
        book.done(entry)
    return entry


def read(folder: Path, target: str = "a.png", key: str = "k") -> Entry | None:
    with Manifest(folder) as book:
        return book.made(target, key)


def test_what_was_noted_is_known_to_the_next_run(tmp_path: Path) -> None:
    entry = noted(tmp_path / "new" / "out", "below/a.png")
    again = read(tmp_path / "new" / "out")
    assert again and replace(again, models=tuple(again.models)) == entry
    assert read(tmp_path / "new" / "out", key="other") is read(tmp_path / "new" / "out", target="b.png") is None


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"resul")])
def test_a_result_that_is_gone_or_changed_is_not_believed(tmp_path: Path, change: object) -> None:
    noted(tmp_path)
    change(tmp_path / "a.png")  # type: ignore[operator]
    assert read(tmp_path) is None


def test_a_torn_line_is_passed_over_and_the_next_one_begins_anew(tmp_path: Path) -> None:
    noted(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for length in range(len(last)):
        (tmp_path / NAME).write_bytes(whole[: len(whole) - len(last) + length])
        # The line is whole when only its end is missing.
        assert (read(tmp_path) is None) == (length < len(last) - 1)
    (tmp_path / NAME).write_bytes(whole[:-20])
    noted(tmp_path, data=b"again")
    assert read(tmp_path) is not None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00\x00\x00",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{}",
        b'{"owner": {}}',
        b'{"owner": {"root": 1, "target": "a", "content": "c"}, "places": ["a"]}',
        b'{"owner": {"root": "r", "target": "a", "content": "c"}, "places": [7]}',
        b'{"owner": {"root": "r", "target": "a", "content": "c"}, "places": ["../a"]}',
        b'{"owner": {"root": "r", "target": "a", "content": "c"}, "places": ["/etc/a"]}',
        b'{"owner": {"root": "r", "target": "a", "content": "c"}, "key": "k", "status": "s", "outputs": {"a": 7}}',
        b'{"owner": {"root": "r", "target": "a", "content": "c"}, "key": "k", "status": 1}',
        b"[" * 100_000,
    ],
)
def test_lines_of_others_are_passed_over(tmp_path: Path, line: bytes) -> None:
    (tmp_path / NAME).write_bytes(line + b"\n")
    assert results(tmp_path) == frozenset() and read(tmp_path, "a") is None


def test_a_result_is_known_as_roops_before_it_is_written(tmp_path: Path) -> None:
    with Manifest(tmp_path) as book:
        book.begin(OWNER, ["a.png"])
        assert book.owner("a.png") == OWNER
    assert results(tmp_path) == {tmp_path.resolve() / "a.png"}


def test_what_a_killed_run_left_half_written_is_taken_away(tmp_path: Path) -> None:
    with Manifest(tmp_path) as book:
        book.begin(OWNER, ["below/a.png"])
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / f".{'0' * 16}.part").write_bytes(b"half")
    (tmp_path / "below" / ".mine.part").write_bytes(b"not roop's")
    read(tmp_path)
    assert names(tmp_path / "below") == {".mine.part"}


def test_edited_or_moved_it_is_the_same_target(tmp_path: Path) -> None:
    assert OWNER.same(replace(OWNER, content="edited")) and OWNER.same(replace(OWNER, root="moved"))
    assert not OWNER.same(replace(OWNER, root="another", content="another"))
    assert not OWNER.same(replace(OWNER, target="b.png"))


def test_only_one_run_works_in_a_folder(tmp_path: Path) -> None:
    noted(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom lib_roop.batch.manifest import Manifest\n"
        f"Manifest(Path({str(tmp_path)!r}))"
    )
    with Manifest(tmp_path):
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert other.returncode and "Another run works in" in other.stderr
    assert read(tmp_path) is not None


def test_a_manifest_that_is_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(InputError, match="choose another --output"):
        Manifest(tmp_path)


def test_nothing_is_left_where_nothing_was_noted(tmp_path: Path) -> None:
    assert read(tmp_path / "out") is None and not (tmp_path / "out").exists()


def test_names_that_no_encoding_has_are_kept(tmp_path: Path) -> None:
    odd = replace(OWNER, target="\udcff.png")
    noted(tmp_path, owner=odd)
    assert read(tmp_path, "\udcff.png") is not None
    assert all(json.loads(line) for line in (tmp_path / NAME).read_bytes().splitlines())
