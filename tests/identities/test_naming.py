"""What a face may be called, and where it lies."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop.errors import InputError
from lib_roop.identities import naming


@pytest.mark.parametrize(
    "name",
    ["Anna", "Анна", "安娜", "アンナ", "آنا", "अन्ना", "Zoë-2 (b)", "👩‍🚀 Eileen", "a.b", "Dr. Who", "con2", "x" * 200],
)
def test_a_name_may_be_in_any_script(tmp_path: Path, name: str) -> None:
    path = naming.place(tmp_path, name)
    path.write_bytes(b"x")
    assert path.parent == tmp_path and path.name == f"{name}.safetensors"
    assert naming.stored(tmp_path) == [path] == [naming.find(name, tmp_path)]


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", ".hidden", "end.", "end ", " begin"),
        *("a/b", "../x", "/etc/passwd", "a\\b", "C:x", "a*", "a?", 'a"b', "<a>", "a|b"),
        *("a\nb", "a\0b", "a\x7fb", "a\u202eb", "\u200fa", "a\u2028b", "a\ud800b"),
        *("CON", "con", "nul.txt", "Com1", "LPT9.x", "com¹", "CONIN$", "aux ."),
        *("none", "None"),
        *("a.safetensors", "A.SafeTensors", "a.png", "a.pkl", "a.PKL"),
        *("x" * 201, "ф" * 101, "👩" * 51),
    ],
)
def test_a_name_that_some_system_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        naming.place(tmp_path, name)
    assert "\n" not in str(caught.value)


def test_two_spellings_of_one_name_are_one(tmp_path: Path) -> None:
    assert naming.place(tmp_path, "Zoe\u0308") == naming.place(tmp_path, "Zo\u00eb")


@given(st.text(max_size=60))
def test_every_name_is_refused_or_stays_in_its_folder(name: str) -> None:
    try:
        path = naming.place(Path("/faces"), name)
    except InputError:
        return
    assert path.parent == Path("/faces") and len(path.name.encode()) < 250 and not path.name.startswith(".")


def test_a_name_that_is_mistyped_says_which_was_meant(tmp_path: Path) -> None:
    (tmp_path / "eileen.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match=r"There is no face 'eilen'; did you mean 'eileen'\?"):
        naming.find("eilen", tmp_path)
    with pytest.raises(InputError, match=r"There is no face 'bob'; the list of kept faces shows what there is\."):
        naming.find("bob", tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["./a", "x/y.safetensors", "gone.safetensors", "/etc/passwd\0", "old.pkl"])
def test_a_path_that_is_no_file_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is no file; name a face checkpoint"):
        naming.find(text, tmp_path)


def test_faces_are_listed_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("b.safetensors", "A.safetensors", "c.png", "d.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "e.safetensors").mkdir()
    assert [path.stem for path in naming.stored(tmp_path)] == ["A", "b"]
    assert naming.stored(tmp_path / "nowhere") == []


def test_removing_a_face_removes_its_preview_too(tmp_path: Path) -> None:
    for name in ("a.safetensors", "a.png", "b.safetensors"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in naming.remove(tmp_path / "a.safetensors")] == ["a.png", "a.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["b.safetensors"]
    assert naming.remove(tmp_path / "a.safetensors") == []


def test_a_preview_is_removed_also_when_its_face_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert naming.remove(tmp_path / "a.safetensors") == [tmp_path / "a.png"]
    assert not list(tmp_path.iterdir())


def test_a_face_stays_while_its_preview_cannot_be_removed(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"")
    (tmp_path / "a.png").mkdir()
    with pytest.raises(InputError, match=r"a\.png cannot be deleted"):
        naming.remove(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").exists()


def test_removing_a_face_sweeps_what_was_left_unfinished_long_ago(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (f".{'a' * 16}.part", f".{'b' * 16}.part", ".mine.part"))
    for path in (old, new, other):
        path.write_bytes(b"")
    for path in (old, other):
        os.utime(path, (1, 1))
    assert naming.remove(tmp_path / "a.safetensors") == [old]
    assert set(tmp_path.iterdir()) == {new, other}


def test_text_that_is_shown_moves_no_cursor_and_keeps_every_script() -> None:
    assert naming.shown("a\x1b[2J\n\u202eb") == "a [2J  b"
    assert naming.shown("Анна 安娜 👩‍🚀") == "Анна 安娜 👩‍🚀"
